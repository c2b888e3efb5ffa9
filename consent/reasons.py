"""Every reason the guard can give, in words a coordinator can act on.

`problem` and `remedy` are English message ids with `{named}` fields, like those of errors, so whoever
explains an error can explain a reason. Details name scopes, channels, fact keys and places in the
script; they never quote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent.errors import N_
from consent.terms import Scope


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a script: sentence from 0, characters start..end of it."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against. `code` is stable, for machines and the log."""

    code: str
    problem: str
    remedy: str
    details: Mapping[str, object] = field(default_factory=dict)
    span: Span | None = None

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}".format(**self.details)


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """A kind of reason; called with its details it gives one."""

    code: str
    problem: str
    remedy: str

    def __call__(self, *, span: Span | None = None, **details: object) -> Reason:
        """Return the reason, about `span` of the script where there is one."""
        if span is not None:
            details["sentence"] = span.sentence + 1
        return Reason(self.code, self.problem, self.remedy, details, span)


# ── the case ──────────────────────────────────────────────────────────────────────────────────────
REQUESTER = ReasonKind(
    "requester", N_("This account may not ask for a video of this case."), N_("Ask a coordinator.")
)
CASE_NOT_OPEN = ReasonKind(
    "case-not-open",
    N_("This case no longer takes any work."),
    N_("Speak with the coordinator of the case."),
)
NOT_A_DEMONSTRATION = ReasonKind(
    "not-a-demonstration",
    N_("A demonstration may only use the historic portraits that come with the program."),
    N_("Open a case for this person and ask their family."),
)
DEMONSTRATION_STAYS = ReasonKind(
    "demonstration-stays",
    N_("A demonstration is for looking at on this machine; it may not go out to a channel."),
    N_("Leave out every channel but local."),
)
ORDER_UNCHECKED = ReasonKind(
    "order-unchecked",
    N_("Nobody has checked yet whether a protection order is in force."),
    N_("A coordinator asks the authority and records the answer."),
)
ORDER_IN_FORCE = ReasonKind(
    "order-in-force",
    N_("A protection order is in force: showing this person could put them in danger."),
    N_("Do not publish anything. Speak with the coordinator of the case."),
)
NO_ANCHOR = ReasonKind(
    "no-anchor",
    N_("The official folio of the search is not verified by two people."),
    N_("Add the folio or the number of the investigation, and have two other people verify it."),
)
OTHER_PHOTO = ReasonKind(
    "other-photo",
    N_("This photograph is not one of this case."),
    N_("Use a photograph that the family handed over for this case."),
)
OBJECTION_OPEN = ReasonKind(
    "objection-open",
    N_("A relative objects, and nobody has settled it yet."),
    N_("A coordinator speaks with the family and settles it."),
)
OBJECTION_UPHELD = ReasonKind(
    "objection-upheld",
    N_("A relative objected, and the coordinator agreed with them."),
    N_("Do not publish anything about this person."),
)
OBJECTION_OF_PERSON = ReasonKind(
    "objection-of-person",
    N_("The person themself does not want to be shown."),
    N_("Do not publish anything about this person."),
)
MINOR_NOT_APPROVED = ReasonKind(
    "minor-not-approved",
    N_("The person was a minor when they disappeared, and no coordinator has approved a video."),
    N_("A coordinator decides whether a minor may be shown."),
)
MINOR_FIRST_PERSON = ReasonKind(
    "minor-first-person",
    N_("A minor's portrait does not speak in the first person."),
    N_("Write the script in the third person."),
)
MINOR_OBJECTS = ReasonKind(
    "minor-objects",
    N_("The child does not want their portrait to be used."),
    N_("Respect the answer; do not ask again for the same."),
)
PUBLIC_FIGURE = ReasonKind(
    "public-figure",
    N_("The person is declared to be a public figure, and an animated face of one deceives."),
    N_("Publish a still poster elsewhere. If this is a mistake, a second person, a coordinator, lifts it."),
)

# ── what is asked for ─────────────────────────────────────────────────────────────────────────────
VOICE_LIKENESS = ReasonKind(
    "voice-likeness",
    N_("Nobody's voice is imitated here, with or without consent."),
    N_("Use one of the voices of the program."),
)
SCOPE_NOT_ASKED = ReasonKind(
    "scope-not-asked",
    N_("The video needs a permission that this request does not name: {scope}."),
    N_("Ask for it by name, or change the video."),
)
NOTHING_ASKED = ReasonKind(
    "nothing-asked",
    N_("The request names no channel where the video would be seen."),
    N_("Name the channels."),
)
LANGUAGE_NOT_ASKED = ReasonKind(
    "language-not-asked",
    N_("The script's language is not among those of the request."),
    N_("Name the script's language in the request."),
)

# ── the family's consent ──────────────────────────────────────────────────────────────────────────
NO_CONSENT = ReasonKind(
    "no-consent",
    N_("Nobody of the family has been asked yet."),
    N_("Show a relative the notice, the photograph and the script, and record the answer."),
)
CONSENT_PENDING = ReasonKind(
    "consent-pending",
    N_("The family has not answered yet."),
    N_("Wait for the answer. They may take the time they need."),
)
CONSENT_REFUSED = ReasonKind(
    "consent-refused", N_("The family said no."), N_("Respect the answer; do not ask again for the same.")
)
CONSENT_WITHDRAWN = ReasonKind(
    "consent-withdrawn",
    N_("The family withdrew its permission."),
    N_("Take down what was published; see the takedown list."),
)
CONSENT_EXPIRED = ReasonKind(
    "consent-expired",
    N_("The family's permission has run out."),
    N_("Ask whether they want to renew it."),
)
CONSENT_ENDED = ReasonKind(
    "consent-ended",
    N_("The record of the family's permission is no longer valid."),
    N_("Look at its history and ask again if the family wishes."),
)
CONSENT_PAUSED = ReasonKind(
    "consent-paused",
    N_("The family's permission is paused."),
    N_("Do not press anybody about it. A coordinator may release it after three days."),
)
NOTICE_OUTDATED = ReasonKind(
    "notice-outdated",
    N_("The notice the family answered was replaced by one that says something else."),
    N_("Read them the new notice and ask again."),
)
NOTICE_UNKNOWN = ReasonKind(
    "notice-unknown",
    N_("Nobody can show the words of the notice the family answered."),
    N_("Read them the notice in force and ask again."),
)
CONSENT_UNVERIFIED = ReasonKind(
    "consent-unverified",
    N_("Two people have not yet verified the family's permission."),
    N_("Two people other than the one who collected it compare the record with its proof."),
)
GRANTOR_UNVERIFIED = ReasonKind(
    "grantor-unverified",
    N_("Two people have not yet verified how the person who consents is related."),
    N_("Two people other than the one who added the relative check the proof."),
)
GRANTOR_NOT_CLOSE = ReasonKind(
    "grantor-not-close",
    N_("The person who consents is not a close relative or representative."),
    N_("Ask a parent, child, spouse, sibling, grandparent, guardian or legal representative."),
)
GRANTOR_NOT_GUARDIAN = ReasonKind(
    "grantor-not-guardian",
    N_("For a minor, a parent, guardian or legal representative has to consent."),
    N_("Ask the parent, guardian or legal representative."),
)
PHOTO_CHANGED = ReasonKind(
    "photo-changed",
    N_("The family consented to another photograph."),
    N_("Use that photograph, or ask the family about this one."),
)
SCRIPT_CHANGED = ReasonKind(
    "script-changed",
    N_("The family consented to other words."),
    N_("Use those words, or read the family the new ones and ask again."),
)
MOTION_CHANGED = ReasonKind(
    "motion-changed",
    N_("The family consented to another motion."),
    N_("Use that motion, or show the family this one and ask again."),
)
CHANNEL_MISSING = ReasonKind(
    "channel-missing",
    N_("The family has not allowed this channel: {channel}."),
    N_("Leave it out, or ask the family."),
)
LANGUAGE_MISSING = ReasonKind(
    "language-missing",
    N_("The family has not allowed a video in this language: {video_language}."),
    N_("Leave it out, or ask the family."),
)
_ASK = N_("Do without it, or ask the family.")
SCOPE_MISSING: Mapping[Scope, ReasonKind] = {
    scope: ReasonKind(f"scope-missing-{scope.value.replace('_', '-')}", problem, _ASK)
    for scope, problem in {
        Scope.STILL_POSTER: N_("The family has not allowed the photograph on a poster."),
        Scope.HEAD_MOTION: N_("The family has not allowed the face to move."),
        Scope.LIP_MOVEMENT: N_("The family has not allowed the lips to move."),
        Scope.FIRST_PERSON: N_("The family has not allowed the portrait to speak in the first person."),
        Scope.NARRATION: N_("The family has not allowed a narrator to speak."),
        Scope.ALLEGATIONS: N_("The family has not allowed saying what was reported to the authorities."),
        Scope.PROJECTION: N_("The family has not allowed showing it in public places."),
        Scope.PRESS: N_("The family has not allowed giving it to the press."),
        Scope.PUBLIC_VERIFY: N_("The family has not allowed a public page about this video."),
        Scope.VOICE_LIKENESS: VOICE_LIKENESS.problem,
    }.items()
}

# ── the script, sentence by sentence ──────────────────────────────────────────────────────────────
_SAY_OTHERWISE = N_("Take it out of the script.")
NO_WORDS = ReasonKind("no-words", N_("The script has no sentence."), N_("Write what is to be said."))
UNCITED = ReasonKind(
    "uncited",
    N_("Sentence {sentence} does not say on which verified facts it rests."),
    N_("Cite the facts after the sentence, or mark it as stating none."),
)
UNKNOWN_FACT = ReasonKind(
    "unknown-fact",
    N_("Sentence {sentence} cites “{key}”, which this case does not have."),
    N_("Add the fact with its source, or cite another."),
)
UNVERIFIED_FACT = ReasonKind(
    "unverified-fact",
    N_("Sentence {sentence} cites “{key}”, which two people have not verified."),
    N_("Two people other than the one who added it compare the fact with its source."),
)
DOUBTFUL_FACT = ReasonKind(
    "doubtful-fact",
    N_("Sentence {sentence} cites “{key}”, whose source is of low confidence."),
    N_("Leave it out, or record the fact from a source that can be trusted."),
)
UNSUPPORTED_NUMBER = ReasonKind(
    "unsupported-number",
    N_("Sentence {sentence} gives a number or date that the cited facts do not hold."),
    N_("Correct it, or cite the fact it comes from."),
)
NO_CLAIM_WITH_NUMBER = ReasonKind(
    "no-claim-with-number",
    N_("Sentence {sentence} is marked as stating no fact but gives a number."),
    N_("Cite the fact that the number comes from."),
)
NO_CLAIM_WITH_NAME = ReasonKind(
    "no-claim-with-name",
    N_("Sentence {sentence} is marked as stating no fact but names somebody or something."),
    N_("Cite the fact that the name comes from."),
)
HIDDEN_CHARACTERS = ReasonKind(
    "hidden-characters",
    N_("Sentence {sentence} holds characters that cannot be seen or are made to look like others."),
    N_("Type the sentence again."),
)
MONEY = ReasonKind("money", N_("Sentence {sentence} speaks of money."), _SAY_OTHERWISE)
ACCOUNT = ReasonKind("account", N_("Sentence {sentence} gives a bank account or card."), _SAY_OTHERWISE)
RANSOM = ReasonKind("ransom", N_("Sentence {sentence} speaks of a ransom."), _SAY_OTHERWISE)
PROOF_OF_LIFE = ReasonKind(
    "proof-of-life",
    N_("Sentence {sentence} sounds as if the person spoke from where they are."),
    N_("Take it out: nobody knows this, and it is what extortionists say."),
)
PRIVATE_PHONE = ReasonKind(
    "private-phone",
    N_("Sentence {sentence} gives a telephone number that is not in the verified directory."),
    N_("Use a line of the directory, or have two people verify this one."),
)
EMAIL = ReasonKind("email", N_("Sentence {sentence} gives an e-mail address."), _SAY_OTHERWISE)
LINK = ReasonKind("link", N_("Sentence {sentence} gives a web page or a private profile."), _SAY_OTHERWISE)
ADDRESS = ReasonKind(
    "address",
    N_("Sentence {sentence} gives a street address."),
    N_("Name the neighbourhood or the town."),
)
IDENTITY_NUMBER = ReasonKind(
    "identity-number", N_("Sentence {sentence} gives a CURP or RFC."), _SAY_OTHERWISE
)
PLATE = ReasonKind("plate", N_("Sentence {sentence} gives a vehicle's plates."), _SAY_OTHERWISE)
ALLEGATION = ReasonKind(
    "allegation",
    N_("Sentence {sentence} accuses somebody or says what crime happened, without saying who reported it."),
    N_("Say where it comes from, for example “according to the report”, and cite it."),
)
FIRST_PERSON_UNDECLARED = ReasonKind(
    "first-person-undeclared",
    N_("Sentence {sentence} speaks as the person, and the script says it is in the third person."),
    N_("Write it in the third person, or declare the script as first person and ask the family."),
)

# ── the clearance itself ──────────────────────────────────────────────────────────────────────────
_CLEAR_AGAIN = N_("Ask for a new clearance.")
FORGED = ReasonKind("forged", N_("This clearance was not given by this archive."), _CLEAR_AGAIN)
OVERDUE = ReasonKind("overdue", N_("This clearance has run out."), _CLEAR_AGAIN)
FROM_THE_FUTURE = ReasonKind(
    "from-the-future",
    N_("This clearance is dated in the future: a clock is wrong."),
    N_("Set the clock of this computer and ask for a new clearance."),
)
USED = ReasonKind("used", N_("This clearance was already used for another video."), _CLEAR_AGAIN)
OTHER_PURPOSE = ReasonKind("other-purpose", N_("This clearance was given for something else."), _CLEAR_AGAIN)
OTHER_INPUT = ReasonKind(
    "other-input",
    N_("The photograph, the words or the motion are not those of this clearance."),
    _CLEAR_AGAIN,
)
NOT_RENDERING = ReasonKind(
    "not-rendering",
    N_("This video was stopped."),
    N_("Look at the case's history before asking for a new clearance."),
)

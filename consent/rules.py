"""The rules of `consent.gate`, each by name, and the policy they make up.

    RENDERING = AllOf(the case, what is asked for, the script)
    CONSENT   = AllOf(the state of the record, who gave it, what it covers)

RENDERING looks at a dossier; CONSENT at one consent record in it, and one record has to carry all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consent import guard, reasons
from consent.accounts import Action
from consent.cases import CaseKind, ChildOpinion, ProtectionOrder, Status
from consent.clearance import Person, Purpose
from consent.demonstration import PORTRAITS
from consent.dossier import Dossier
from consent.facts import FOLIO, INVESTIGATION
from consent.notice import Standing
from consent.policy import AllOf, AnyOf, Decision, Policy, Rule
from consent.reasons import Reason, ReasonKind
from consent.records import VALID, Consent, State
from consent.relatives import GUARDIANS, MAY_CONSENT, Outcome, Relationship
from consent.terms import CHANNEL_SCOPES, Channel, Scope


@dataclass(frozen=True, slots=True)
class Candidate:
    """One consent record, looked at for one request."""

    dossier: Dossier
    consent: Consent


def decide(dossier: Dossier, *, only_consent: str | None = None) -> Decision:
    """Say yes, on which consent record, or give every reason against.

    only_consent: look at this record alone (a clearance rests on one record and stays with it).
    """
    against = RENDERING.reasons(dossier)
    considered = [
        consent for consent in dossier.consents if only_consent is None or consent.id == only_consent
    ]
    if not considered:
        return Decision((*against, reasons.NO_CONSENT()))
    judged = [(CONSENT.reasons(Candidate(dossier, consent)), consent) for consent in considered]
    fewest, nearest = min(judged, key=lambda pair: len(pair[0]))
    every = (*against, *fewest)
    return Decision(every, None if every else nearest.id)


# ── the case ──────────────────────────────────────────────────────────────────────────────────────
def _requester(dossier: Dossier) -> Iterator[Reason]:
    account = dossier.requester
    if account is None or not account.may(Action.REQUEST_CLEARANCE, dossier.case.id):
        yield reasons.REQUESTER()


def _case_open(dossier: Dossier) -> Iterator[Reason]:
    if dossier.case.status is not Status.OPEN:
        yield reasons.CASE_NOT_OPEN()


def _protection_order(dossier: Dossier) -> Iterator[Reason]:
    if dossier.case.protection_order is ProtectionOrder.UNCHECKED:
        yield reasons.ORDER_UNCHECKED()
    if dossier.case.protection_order is ProtectionOrder.IN_FORCE:
        yield reasons.ORDER_IN_FORCE()


def _verified_fact(key: str) -> Rule[Dossier]:
    def find(dossier: Dossier) -> Iterator[Reason]:
        if key not in dossier.facts or not dossier.facts[key].verified:
            yield reasons.NO_ANCHOR()

    return Rule(f"{key} verified", find)


def _about_missing(policy: Policy[Dossier], name: str) -> Rule[Dossier]:
    """What only a missing person's case has to meet."""

    def find(dossier: Dossier) -> Iterator[Reason]:
        if dossier.case.kind is CaseKind.MISSING:
            yield from policy.reasons(dossier)

    return Rule(name, find)


def _demonstration(dossier: Dossier) -> Iterator[Reason]:
    """A demonstration is no way around a family: known historic portraits only, and no channel."""
    if dossier.case.kind is not CaseKind.DEMONSTRATION:
        return
    if dossier.request.photo_sha256 not in PORTRAITS:
        yield reasons.NOT_A_DEMONSTRATION()
    if dossier.request.channels - {Channel.LOCAL}:
        yield reasons.DEMONSTRATION_STAYS()


def _photo_of_case(dossier: Dossier) -> Iterator[Reason]:
    if dossier.request.photo_sha256 not in dossier.photos:
        yield reasons.OTHER_PHOTO()


def _public_figure(dossier: Dossier) -> Iterator[Reason]:
    if dossier.case.public_figure:
        yield reasons.PUBLIC_FIGURE()


def _objections(dossier: Dossier) -> Iterator[Reason]:
    for objection in dossier.objections:
        if dossier.relatives[objection.relative_id].relationship is Relationship.SELF:
            yield reasons.OBJECTION_OF_PERSON()
        elif objection.outcome is None:
            yield reasons.OBJECTION_OPEN()
        elif objection.outcome is Outcome.UPHELD:
            yield reasons.OBJECTION_UPHELD()


def _minor(dossier: Dossier) -> Iterator[Reason]:
    if not dossier.case.minor:
        return
    if dossier.case.minor_approved_by is None:
        yield reasons.MINOR_NOT_APPROVED()
    if dossier.case.child_opinion is ChildOpinion.DISAGREES:
        yield reasons.MINOR_OBJECTS()
    if dossier.request.script.person is Person.FIRST or Scope.FIRST_PERSON in dossier.request.scopes:
        yield reasons.MINOR_FIRST_PERSON()


# ── what is asked for ─────────────────────────────────────────────────────────────────────────────
def _voice_likeness(dossier: Dossier) -> Iterator[Reason]:
    if Scope.VOICE_LIKENESS in dossier.request.scopes:
        yield reasons.VOICE_LIKENESS()


def _scopes_named(dossier: Dossier) -> Iterator[Reason]:
    for scope in sorted(implied_scopes(dossier) - dossier.request.scopes):
        yield reasons.SCOPE_NOT_ASKED(scope=scope.value)


def implied_scopes(dossier: Dossier) -> frozenset[Scope]:
    """What the script, the channels and the purpose need, whether or not the request names it."""
    request = dossier.request
    scopes = {CHANNEL_SCOPES[channel] for channel in request.channels if channel in CHANNEL_SCOPES}
    if request.purpose is Purpose.VIDEO:
        speaker = Scope.FIRST_PERSON if request.script.person is Person.FIRST else Scope.NARRATION
        scopes |= {Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, speaker}
    else:
        scopes.add(Scope.STILL_POSTER)
    if guard.makes_allegation(request.script):
        scopes.add(Scope.ALLEGATIONS)
    return frozenset(scopes)


def _channels_named(dossier: Dossier) -> Iterator[Reason]:
    if not dossier.request.channels:
        yield reasons.NOTHING_ASKED()


def _language_named(dossier: Dossier) -> Iterator[Reason]:
    if dossier.request.script.language not in dossier.request.languages:
        yield reasons.LANGUAGE_NOT_ASKED()


def _script(dossier: Dossier) -> Iterator[Reason]:
    known = guard.Known(
        facts=dossier.facts,
        numbers=frozenset(line.number for line in dossier.contacts),
        institutions=tuple(line.institution for line in dossier.contacts),
    )
    yield from guard.examine(dossier.request.script, known)


RENDERING: AllOf[Dossier] = AllOf(
    Rule("requester", _requester),
    Rule("case open", _case_open),
    Rule("demonstration", _demonstration),
    _about_missing(Rule("protection order", _protection_order), "protection order"),
    _about_missing(AnyOf(_verified_fact(FOLIO), _verified_fact(INVESTIGATION)), "official anchor"),
    Rule("photo of the case", _photo_of_case),
    Rule("public figure", _public_figure),
    Rule("objections", _objections),
    Rule("minor", _minor),
    Rule("voice likeness", _voice_likeness),
    Rule("scopes named", _scopes_named),
    Rule("channels named", _channels_named),
    Rule("language named", _language_named),
    Rule("script", _script),
)

# ── the consent record ────────────────────────────────────────────────────────────────────────────
_NOT_VALID: dict[State, ReasonKind] = {
    State.UNKNOWN: reasons.CONSENT_PENDING,
    State.REQUESTED: reasons.CONSENT_PENDING,
    State.DEFERRED: reasons.CONSENT_PENDING,
    State.REFUSED: reasons.CONSENT_REFUSED,
    State.WITHDRAWN: reasons.CONSENT_WITHDRAWN,
    State.EXPIRED: reasons.CONSENT_EXPIRED,
    State.TERMINATED: reasons.CONSENT_ENDED,
    State.INVALIDATED: reasons.CONSENT_ENDED,
}


def _state(candidate: Candidate) -> Iterator[Reason]:
    state = candidate.consent.state_at(candidate.dossier.now)
    if state not in VALID:
        yield _NOT_VALID[state]()


def _not_paused(candidate: Candidate) -> Iterator[Reason]:
    if candidate.consent.paused:
        yield reasons.CONSENT_PAUSED()


def _notice(candidate: Candidate) -> Iterator[Reason]:
    standing = candidate.dossier.notices.get(candidate.consent.notice_sha256, Standing.UNKNOWN)
    if standing is Standing.OUTDATED:
        yield reasons.NOTICE_OUTDATED()
    if standing is Standing.UNKNOWN:
        yield reasons.NOTICE_UNKNOWN()


def _verified(candidate: Candidate) -> Iterator[Reason]:
    if not candidate.consent.verified:
        yield reasons.CONSENT_UNVERIFIED()


def _grantor(candidate: Candidate) -> Iterator[Reason]:
    grantor = candidate.dossier.relatives[candidate.consent.relative_id]
    if not grantor.verified:
        yield reasons.GRANTOR_UNVERIFIED()
    demonstration = candidate.dossier.case.kind is CaseKind.DEMONSTRATION
    if grantor.relationship not in ({Relationship.PUBLIC_DOMAIN} if demonstration else MAY_CONSENT):
        yield reasons.GRANTOR_NOT_CLOSE()
    elif candidate.dossier.case.minor and grantor.relationship not in GUARDIANS:
        yield reasons.GRANTOR_NOT_GUARDIAN()


def _bound_inputs(candidate: Candidate) -> Iterator[Reason]:
    terms, request = candidate.consent.terms, candidate.dossier.request
    if terms.photo_sha256 != request.photo_sha256:
        yield reasons.PHOTO_CHANGED()
    if terms.script_sha256 != request.script.sha256:
        yield reasons.SCRIPT_CHANGED()
    if request.motion_sha256 is not None and terms.motion_sha256 != request.motion_sha256:
        yield reasons.MOTION_CHANGED()


def _covered(candidate: Candidate) -> Iterator[Reason]:
    terms, request = candidate.consent.terms, candidate.dossier.request
    for scope in sorted((request.scopes | implied_scopes(candidate.dossier)) - terms.scopes):
        yield reasons.SCOPE_MISSING[scope]()
    for channel in sorted(request.channels - terms.channels):
        yield reasons.CHANNEL_MISSING(channel=channel.value)
    for language in sorted((request.languages | {request.script.language}) - terms.languages):
        yield reasons.LANGUAGE_MISSING(video_language=language)


CONSENT: AllOf[Candidate] = AllOf(
    Rule("consent valid", _state),
    Rule("consent not paused", _not_paused),
    Rule("notice", _notice),
    Rule("consent verified", _verified),
    Rule("grantor", _grantor),
    Rule("bound inputs", _bound_inputs),
    Rule("covered", _covered),
)

"""Every rule with a case it allows and a case it refuses, on one dossier that nothing speaks against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from consent import rules
from consent.accounts import Account, Role
from consent.archive import open_archive
from consent.cases import Case, CaseKind, ChildOpinion, ProtectionOrder, Status
from consent.clearance import ClearanceRequest, Person, Purpose, ScriptText
from consent.demonstration import PORTRAITS
from consent.dossier import Dossier, compile_dossier
from consent.facts import INVESTIGATION, Confidence, Fact
from consent.notice import Standing
from consent.policy import AllOf, AnyOf, Rule
from consent.records import Consent, State
from consent.relatives import MAY_CONSENT, Objection, Outcome, Relationship, Relative
from consent.rules import Candidate, decide
from consent.terms import Channel, Scope
from tests.consent.story import SCRIPT, VOLUNTEER, Clock, tell

Change = Callable[[Dossier], Dossier]
OTHER = "0" * 64


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dossier]:
    clock = Clock()
    home: Path = tmp_path_factory.mktemp("archive")
    with open_archive(home, clock=clock) as archive:
        story = tell(archive)
        with archive.reading() as session:
            key = archive.vault.case_key(story.case_id)
            yield compile_dossier(session, key, story.request(), clock())


def case(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        changed: Case = replace(dossier.case, **changes)
        return replace(dossier, case=changed)

    return change


def request(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        changed: ClearanceRequest = replace(dossier.request, **changes)
        return replace(dossier, request=changed)

    return change


def consent(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        changed: Consent = replace(dossier.consents[0], **changes)
        return replace(dossier, consents=(changed,))

    return change


def terms(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        return consent(terms=replace(dossier.consents[0].terms, **changes))(dossier)

    return change


def grantor(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        ((key, relative),) = dossier.relatives.items()
        changed: Relative = replace(relative, **changes)
        return replace(dossier, relatives={key: changed})

    return change


def objection(outcome: Outcome | None) -> Change:
    def change(dossier: Dossier) -> Dossier:
        (relative_id,) = dossier.relatives
        raised = Objection("objection-1", relative_id, "No.", dossier.now, outcome)
        return replace(dossier, objections=(raised,))

    return change


def folio(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        changed: Fact = replace(dossier.facts["folio"], **changes)
        return replace(dossier, facts={**dossier.facts, "folio": changed})

    return change


def lugar(**changes: object) -> Change:
    def change(dossier: Dossier) -> Dossier:
        changed: Fact = replace(dossier.facts["lugar"], **changes)
        return replace(dossier, facts={**dossier.facts, "lugar": changed})

    return change


def notice_standing(standing: Standing) -> Change:
    def change(dossier: Dossier) -> Dossier:
        return replace(dossier, notices={dossier.consents[0].notice_sha256: standing})

    return change


def only_an_investigation(dossier: Dossier) -> Dossier:
    facts = {**dossier.facts, INVESTIGATION: dossier.facts["folio"]}
    del facts["folio"]
    return replace(dossier, facts=facts)


def script(**changes: object) -> Change:
    """Another script, to which the family has consented."""

    def change(dossier: Dossier) -> Dossier:
        other: ScriptText = replace(SCRIPT, **changes)
        asked = request(script=other)(dossier)
        return replace(asked, consents=terms(script_sha256=other.sha256)(dossier).consents)

    return change


def both(*changes: Change) -> Change:
    def change(dossier: Dossier) -> Dossier:
        for one in changes:
            dossier = one(dossier)
        return dossier

    return change


def scopes(asked: set[Scope], given: set[Scope]) -> Change:
    return both(
        request(scopes=frozenset(asked)),
        terms(scopes=frozenset(given)),
    )


GRANTABLE = frozenset(Scope) - {Scope.VOICE_LIKENESS}
VIDEO = {Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, Scope.NARRATION}
MINOR = case(minor=True, minor_approved_by="coord-uno")
POSTER = both(
    request(purpose=Purpose.POSTER, motion_sha256=None, scopes=frozenset({Scope.STILL_POSTER})),
    terms(scopes=frozenset({Scope.STILL_POSTER})),
)
PROJECTED = both(
    request(channels=frozenset({Channel.PROJECTION}), scopes=frozenset({*VIDEO, Scope.PROJECTION})),
    terms(channels=frozenset({Channel.PROJECTION}), scopes=frozenset({*VIDEO, Scope.PROJECTION})),
)
HISTORIC = next(iter(PORTRAITS))
DEMONSTRATION = both(
    case(kind=CaseKind.DEMONSTRATION, protection_order=ProtectionOrder.UNCHECKED, disappeared=None),
    grantor(relationship=Relationship.PUBLIC_DOMAIN),
    lambda dossier: replace(dossier, photos=frozenset({HISTORIC})),
    request(photo_sha256=HISTORIC, channels=frozenset({Channel.LOCAL})),
    terms(photo_sha256=HISTORIC, channels=frozenset({Channel.LOCAL})),
)
REPORTED = script(sentences=(("Según la denuncia, fue privada de la libertad en Guadalajara.", ("lugar",)),))

ALLOWED: dict[str, Change] = {
    "as it is": lambda dossier: dossier,
    "a coordinator asks": lambda d: replace(d, requester=Account("coord-uno", Role.COORDINATOR)),
    "the investigation is the anchor": only_an_investigation,
    "an objection was lifted": objection(Outcome.LIFTED),
    "a minor, approved, by the mother, in the third person": MINOR,
    "a demonstration over a historic portrait": DEMONSTRATION,
    "a minor who agrees": both(MINOR, case(child_opinion=ChildOpinion.AGREES)),
    "a minor nobody could ask": both(MINOR, case(child_opinion=ChildOpinion.NOT_POSSIBLE)),
    "on an earlier notice that still holds": notice_standing(Standing.HONOURED),
    "a source that is trusted": lugar(confidence=Confidence.HIGH),
    "a doubtful fact that nobody says": folio(confidence=Confidence.LOW),
    "renewed": consent(state=State.RENEWED_GIVEN),
    "the last second": lambda d: consent(expires_at=d.now + timedelta(seconds=1))(d),
    "more was given than is asked": terms(scopes=GRANTABLE),
    "a poster": POSTER,
    "projected": PROJECTED,
    "reported, attributed and allowed": both(
        REPORTED,
        scopes(VIDEO, {*VIDEO, Scope.ALLEGATIONS}),
        request(scopes=frozenset({*VIDEO, Scope.ALLEGATIONS})),
    ),
    "in the first person": both(
        script(person=Person.FIRST),
        scopes(VIDEO | {Scope.FIRST_PERSON}, VIDEO | {Scope.FIRST_PERSON}),
    ),
    **{
        f"given by {relationship.value}": grantor(relationship=relationship)
        for relationship in sorted(MAY_CONSENT)
    },
}

REFUSED: dict[str, tuple[Change, set[str]]] = {
    "nobody asks": (lambda d: replace(d, requester=None), {"requester"}),
    "an auditor asks": (lambda d: replace(d, requester=Account("a", Role.AUDITOR)), {"requester"}),
    "a revoked account asks": (
        lambda d: replace(d, requester=Account(VOLUNTEER, Role.VOLUNTEER, active=False)),
        {"requester"},
    ),
    "found": (case(status=Status.FOUND), {"case-not-open"}),
    "closed": (case(status=Status.CLOSED), {"case-not-open"}),
    "a public figure": (case(public_figure=True), {"public-figure"}),
    "a minor who does not want it": (
        both(MINOR, case(child_opinion=ChildOpinion.DISAGREES)),
        {"minor-objects"},
    ),
    "paused": (consent(paused=True), {"consent-paused"}),
    "paused and withdrawn": (
        consent(paused=True, state=State.WITHDRAWN),
        {"consent-paused", "consent-withdrawn"},
    ),
    "a notice that was replaced": (notice_standing(Standing.OUTDATED), {"notice-outdated"}),
    "a notice nobody can show": (notice_standing(Standing.UNKNOWN), {"notice-unknown"}),
    "a notice nobody kept": (lambda d: replace(d, notices={}), {"notice-unknown"}),
    "a doubtful fact": (lugar(confidence=Confidence.LOW), {"doubtful-fact"}),
    "order unchecked": (case(protection_order=ProtectionOrder.UNCHECKED), {"order-unchecked"}),
    "order in force": (case(protection_order=ProtectionOrder.IN_FORCE), {"order-in-force"}),
    "folio verified by one": (folio(verified_by=("vol-dos",)), {"no-anchor"}),
    "no folio": (
        lambda d: replace(d, facts={k: f for k, f in d.facts.items() if k != "folio"}),
        {"no-anchor"},
    ),
    "public domain for somebody missing": (
        grantor(relationship=Relationship.PUBLIC_DOMAIN),
        {"grantor-not-close"},
    ),
    "a demonstration by a mother": (
        both(DEMONSTRATION, grantor(relationship=Relationship.MOTHER)),
        {"grantor-not-close"},
    ),
    "a demonstration over anybody's photograph": (
        both(
            DEMONSTRATION,
            lambda d: replace(d, photos=frozenset({OTHER})),
            request(photo_sha256=OTHER),
            terms(photo_sha256=OTHER),
        ),
        {"not-a-demonstration"},
    ),
    "a demonstration for a channel": (
        both(
            DEMONSTRATION,
            request(channels=frozenset({Channel.WHATSAPP})),
            terms(channels=frozenset({Channel.WHATSAPP})),
        ),
        {"demonstration-stays"},
    ),
    "a photograph of another case": (lambda d: replace(d, photos=frozenset({OTHER})), {"other-photo"}),
    "an objection": (objection(None), {"objection-open"}),
    "an objection upheld": (objection(Outcome.UPHELD), {"objection-upheld"}),
    "the person objects": (
        both(grantor(relationship=Relationship.SELF), objection(None)),
        {"objection-of-person"},
    ),
    "the person objected and somebody lifted it": (
        both(grantor(relationship=Relationship.SELF), objection(Outcome.LIFTED)),
        {"objection-of-person"},
    ),
    "a minor, not approved": (case(minor=True), {"minor-not-approved"}),
    "a minor in the first person": (
        both(
            MINOR,
            request(scopes=frozenset({*VIDEO, Scope.FIRST_PERSON})),
            terms(scopes=frozenset({*VIDEO, Scope.FIRST_PERSON})),
        ),
        {"minor-first-person"},
    ),
    "a minor, by a sibling": (
        both(MINOR, grantor(relationship=Relationship.SIBLING)),
        {"grantor-not-guardian"},
    ),
    "their voice": (
        request(scopes=frozenset({*VIDEO, Scope.VOICE_LIKENESS})),
        {"voice-likeness", "scope-missing-voice-likeness"},
    ),
    "motion without its name": (request(scopes=VIDEO - {Scope.HEAD_MOTION}), {"scope-not-asked"}),
    "press without its name": (
        both(request(channels=frozenset({Channel.PRESS})), terms(channels=frozenset({Channel.PRESS}))),
        {"scope-not-asked", "scope-missing-press"},
    ),
    "no channel": (request(channels=frozenset()), {"nothing-asked"}),
    "a language not named": (request(languages=frozenset()), {"language-not-asked"}),
    "a script without words": (script(sentences=()), {"no-words"}),
    "nobody asked": (lambda d: replace(d, consents=()), {"no-consent"}),
    "asked": (consent(state=State.REQUESTED), {"consent-pending"}),
    "unknown": (consent(state=State.UNKNOWN), {"consent-pending"}),
    "deferred": (consent(state=State.DEFERRED), {"consent-pending"}),
    "refused": (consent(state=State.REFUSED), {"consent-refused"}),
    "withdrawn": (consent(state=State.WITHDRAWN), {"consent-withdrawn"}),
    "expired and recorded": (consent(state=State.EXPIRED), {"consent-expired"}),
    "expired this moment": (lambda d: consent(expires_at=d.now)(d), {"consent-expired"}),
    "terminated": (consent(state=State.TERMINATED), {"consent-ended"}),
    "invalidated": (consent(state=State.INVALIDATED), {"consent-ended"}),
    "verified by one": (consent(verified_by=("vol-dos",)), {"consent-unverified"}),
    "relationship verified by one": (grantor(verified_by=("vol-dos",)), {"grantor-unverified"}),
    "a friend": (grantor(relationship=Relationship.OTHER), {"grantor-not-close"}),
    "another photograph": (terms(photo_sha256=OTHER), {"photo-changed"}),
    "other words": (terms(script_sha256=OTHER), {"script-changed"}),
    "another motion": (terms(motion_sha256=OTHER), {"motion-changed"}),
    "a channel not given": (terms(channels=frozenset({Channel.WHATSAPP})), {"channel-missing"}),
    "a language not given": (terms(languages=frozenset({"en"})), {"language-missing"}),
    "reported, not allowed": (REPORTED, {"scope-not-asked", "scope-missing-allegations"}),
    **{
        f"{scope.value} not given": (
            both(request(scopes=frozenset({*VIDEO, scope})), terms(scopes=GRANTABLE - {scope})),
            {f"scope-missing-{scope.value.replace('_', '-')}"},
        )
        for scope in sorted(GRANTABLE)
    },
}


@pytest.mark.parametrize("name", ALLOWED)
def test_allowed(ready: Dossier, name: str) -> None:
    decision = decide(ALLOWED[name](ready))
    assert decision.reasons == ()
    assert decision.consent_id == ready.consents[0].id


@pytest.mark.parametrize("name", REFUSED)
def test_refused(ready: Dossier, name: str) -> None:
    change, codes = REFUSED[name]
    decision = decide(change(ready))
    assert {reason.code for reason in decision.reasons} == codes
    assert decision.consent_id is None


def test_every_rule_refuses_something_and_allows_the_dossier(ready: Dossier) -> None:
    for policy in (*rules.RENDERING.parts, *rules.CONSENT.parts):
        refusals = 0
        for change, _ in REFUSED.values():
            changed = change(ready)
            subject = changed if policy in rules.RENDERING.parts else None
            if subject is None and changed.consents:
                subject = Candidate(changed, changed.consents[0])
            refusals += bool(subject is not None and policy.reasons(subject))
        assert refusals, policy


def test_all_reasons_are_given_at_once(ready: Dossier) -> None:
    every = both(
        case(status=Status.FOUND, protection_order=ProtectionOrder.IN_FORCE),
        objection(None),
        consent(state=State.WITHDRAWN),
        grantor(verified_by=()),
    )
    assert {reason.code for reason in decide(every(ready)).reasons} == {
        "case-not-open",
        "order-in-force",
        "objection-open",
        "consent-withdrawn",
        "grantor-unverified",
    }


def test_one_record_has_to_carry_everything(ready: Dossier) -> None:
    """Two half consents are no consent; the reasons are those of the record nearest to one."""
    (whole,) = ready.consents
    half = replace(whole, id="half", terms=replace(whole.terms, channels=frozenset({Channel.WHATSAPP})))
    rest = replace(
        whole,
        id="rest",
        terms=replace(whole.terms, channels=frozenset({Channel.FACEBOOK})),
        verified_by=(),
    )
    decision = decide(replace(ready, consents=(rest, half)))
    assert [reason.details for reason in decision.reasons] == [{"channel": "facebook"}]
    assert decide(replace(ready, consents=(rest, half, whole))).consent_id == whole.id
    assert not decide(replace(ready, consents=(whole, half)), only_consent="half").allowed


def test_a_minor_is_one_by_the_date_of_birth(ready: Dossier, tmp_path: Path) -> None:
    with open_archive(tmp_path, clock=Clock()) as archive:
        story = tell(archive, born=date(2003, 5, 19))  # a day short of eighteen
        assert "minor-not-approved" in story.codes()


def test_policies_combine(ready: Dossier) -> None:
    def against(code: str) -> Rule[Dossier]:
        return Rule(code, lambda _: [rules.reasons.NO_ANCHOR()] * len(code))

    fine: Rule[Dossier] = Rule("fine", lambda _: ())
    assert len(AllOf(against("a"), fine, against("bb")).reasons(ready)) == 3
    assert AnyOf(against("a"), fine).reasons(ready) == ()
    assert len(AnyOf(against("bb"), against("a")).reasons(ready)) == 1
    with pytest.raises(ValueError, match="empty"):
        AnyOf()

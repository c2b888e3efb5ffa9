"""People, cases, facts, relatives, contacts, evidence and consent records: who may, and what follows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consent import accounts, canonical, cases, contacts, evidence, facts, notice, receipt, records, relatives
from consent.accounts import Role
from consent.archive import Archive
from consent.errors import (
    BadValue,
    Erased,
    FourEyes,
    Frozen,
    NoSuch,
    NotPermitted,
    WrongState,
)
from consent.evidence import EvidenceKind
from consent.records import TRANSITIONS, VALID, State
from consent.relatives import Outcome, Relationship
from consent.terms import Scope, Terms
from tests.consent.story import (
    COORDINATOR,
    PHOTO,
    PHOTO_SHA256,
    SECOND,
    THIRD,
    VOLUNTEER,
    Clock,
    ask,
    hotline,
    new_case,
    new_relative,
    people,
    tell,
    usual_terms,
)


@pytest.fixture
def case_id(archive: Archive) -> str:
    people(archive)
    return new_case(archive)


# ── cases and facts ───────────────────────────────────────────────────────────────────────────────
def test_a_case_needs_dates_in_order_and_an_age(archive: Archive, clock: Clock) -> None:
    people(archive)
    today = clock().date()
    for disappeared, born in ((today + timedelta(days=1), None), (today, today + timedelta(days=1))):
        with pytest.raises(BadValue):
            cases.open_case(archive, actor=VOLUNTEER, disappeared=disappeared, born=born, minor=False)
    with pytest.raises(BadValue):
        cases.open_case(archive, actor=VOLUNTEER, disappeared=today)
    flagged = cases.open_case(archive, actor=VOLUNTEER, disappeared=today, minor=True)
    assert cases.find(archive, flagged.id, actor=VOLUNTEER).minor


@pytest.mark.parametrize(
    ("born", "disappeared", "minor"),
    [
        (date(2003, 5, 18), date(2021, 5, 18), False),
        (date(2003, 5, 19), date(2021, 5, 18), True),
        (date(2004, 2, 29), date(2022, 2, 28), True),
        (date(2004, 2, 29), date(2022, 3, 1), False),
    ],
)
def test_eighteen_years_end_on_the_birthday(
    archive: Archive, born: date, disappeared: date, minor: bool
) -> None:
    people(archive)
    assert cases.open_case(archive, actor=VOLUNTEER, disappeared=disappeared, born=born).minor is minor


def test_four_eyes_on_a_fact(archive: Archive, case_id: str) -> None:
    facts.add_fact(archive, case_id, "edad", "31", source="Ficha", actor=VOLUNTEER)
    with pytest.raises(FourEyes):
        facts.verify_fact(archive, case_id, "edad", actor=VOLUNTEER)
    assert not facts.verify_fact(archive, case_id, "edad", actor=SECOND).verified
    with pytest.raises(FourEyes):
        facts.verify_fact(archive, case_id, "edad", actor=SECOND)
    assert facts.verify_fact(archive, case_id, "edad", actor=THIRD).verified
    with pytest.raises(NoSuch):
        facts.verify_fact(archive, case_id, "altura", actor=SECOND)


def test_a_fact_told_anew_has_to_be_verified_anew(archive: Archive, case_id: str) -> None:
    facts.add_fact(archive, case_id, "lugar", "Tonalá", source="Otra ficha", actor=SECOND)
    (fact,) = (f for f in facts.list_facts(archive, case_id, actor=VOLUNTEER) if f.key == "lugar")
    assert (fact.value, fact.verified) == ("Tonalá", False)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("contacto", "33"),
        ("", "x"),
        ("a b", "x"),
        ("-", "x"),
        ("edad", ""),
        ("edad", "  "),
        ("edad", "x" * 2001),
        ("edad", "a\x00b"),
        ("edad", "x" * 5_000_000),
    ],
)
def test_facts_that_cannot_be_recorded(archive: Archive, case_id: str, key: str, value: str) -> None:
    with pytest.raises(BadValue):
        facts.add_fact(archive, case_id, key, value, source="Ficha", actor=VOLUNTEER)


@pytest.mark.parametrize("value", ["'; DROP TABLE facts; --", "<script>alert(1)</script>", "{0}{x}", "𝓛 ñ é"])
def test_odd_text_comes_back_as_it_was(archive: Archive, case_id: str, value: str) -> None:
    assert facts.add_fact(archive, case_id, "señas", value, source=value, actor=VOLUNTEER).value == value


def test_a_frozen_case_takes_no_work_but_hears_a_no(archive: Archive) -> None:
    story = tell(archive)
    cases.close(archive, story.case_id, actor=COORDINATOR)
    with pytest.raises(Frozen):
        facts.add_fact(archive, story.case_id, "edad", "17", source="Ficha", actor=VOLUNTEER)
    with pytest.raises(Frozen):
        records.verify(archive, story.consent_id, actor=COORDINATOR)
    with pytest.raises(WrongState):
        cases.mark_found(archive, story.case_id, actor=COORDINATOR)
    relatives.object_to(archive, story.case_id, story.relative_id, "No.", actor=VOLUNTEER)
    assert records.withdraw(archive, story.consent_id, actor=VOLUNTEER).state is State.WITHDRAWN


def test_only_a_coordinator_settles_checks_and_erases(archive: Archive) -> None:
    story = tell(archive)
    no = relatives.object_to(archive, story.case_id, story.relative_id, "No.", actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        relatives.settle_objection(archive, story.case_id, no.id, Outcome.LIFTED, reason="-", actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        cases.check_protection_order(archive, story.case_id, cases.ProtectionOrder.NONE, actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        cases.approve_minor(archive, story.case_id, actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        cases.erase(archive, story.case_id, actor=VOLUNTEER)


# ── relatives ─────────────────────────────────────────────────────────────────────────────────────
def test_the_person_s_own_objection_cannot_be_settled_away(archive: Archive, case_id: str) -> None:
    person = new_relative(archive, case_id, Relationship.SELF)
    no = relatives.object_to(archive, case_id, person, "No quiero aparecer.", actor=COORDINATOR)
    with pytest.raises(WrongState):
        relatives.settle_objection(archive, case_id, no.id, Outcome.LIFTED, reason="-", actor=COORDINATOR)
    settled = relatives.settle_objection(
        archive, case_id, no.id, Outcome.UPHELD, reason="Su voluntad.", actor=COORDINATOR
    )
    assert settled.blocks
    with pytest.raises(WrongState):
        relatives.settle_objection(archive, case_id, no.id, Outcome.UPHELD, reason="-", actor=COORDINATOR)


def test_relatives_and_proofs_belong_to_their_case(archive: Archive, case_id: str) -> None:
    other = new_case(archive)
    foreign = new_relative(archive, other)
    (photo,) = evidence.list_evidence(archive, other, actor=VOLUNTEER)
    with pytest.raises(NoSuch):
        relatives.verify_relative(archive, case_id, foreign, actor=COORDINATOR)
    with pytest.raises(NoSuch):
        relatives.object_to(archive, case_id, foreign, "No.", actor=VOLUNTEER)
    with pytest.raises(NoSuch):
        relatives.add_relative(
            archive, case_id, "Otra", Relationship.MOTHER, actor=VOLUNTEER, proof_id=photo.id
        )
    with pytest.raises(NoSuch):
        ask(archive, case_id, foreign)
    with pytest.raises(NoSuch):
        relatives.settle_objection(archive, case_id, "x", Outcome.LIFTED, reason="-", actor=COORDINATOR)
    (mother,) = relatives.list_relatives(archive, other, actor=VOLUNTEER)
    assert (mother.id, mother.name, mother.verified) == (foreign, "Una Madre Ejemplo", True)


# ── the contact directory ─────────────────────────────────────────────────────────────────────────
def test_a_line_counts_when_two_verified_it_and_until_it_is_stale(archive: Archive, clock: Clock) -> None:
    people(archive)
    hotline(archive)
    (line,) = contacts.directory(archive)
    assert line.number == "+523336682100"
    with pytest.raises(FourEyes):
        contacts.verify_line(archive, line.id, actor=VOLUNTEER)
    clock.forward(days=180)
    assert len(contacts.directory(archive)) == 1
    clock.forward(days=1)
    assert contacts.directory(archive) == ()
    with pytest.raises(NoSuch):
        contacts.verify_line(archive, "contact-none", actor=SECOND)


def test_lines_that_cannot_be_recorded(archive: Archive, clock: Clock) -> None:
    people(archive)
    today = clock().date()
    for number, day in (("12", today), ("not a number", today), ("911", today + timedelta(days=1))):
        with pytest.raises(BadValue):
            contacts.add_line(archive, "X", number, source="Y", checked_on=day, actor=VOLUNTEER)


# ── evidence ──────────────────────────────────────────────────────────────────────────────────────
def test_evidence_comes_back_whole_and_lies_encrypted(archive: Archive, case_id: str) -> None:
    (photo,) = evidence.list_evidence(archive, case_id, actor=VOLUNTEER)
    assert (photo.kind, photo.sha256, photo.size) == (EvidenceKind.PHOTO, PHOTO_SHA256, len(PHOTO))
    assert evidence.read(archive, photo.id, actor=SECOND) == PHOTO
    stored = (archive.home / "vault" / case_id / photo.id).read_bytes()
    assert PHOTO not in stored
    accounts.create(archive, "auditora", Role.AUDITOR, actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        evidence.read(archive, photo.id, actor="auditora")
    with pytest.raises(NoSuch):
        evidence.read(archive, "evidence-none", actor=SECOND)


@pytest.mark.parametrize(("data", "media_type"), [(b"", "image/jpeg"), (b"x", "a picture")])
def test_evidence_that_cannot_be_kept(archive: Archive, case_id: str, data: bytes, media_type: str) -> None:
    with pytest.raises(BadValue):
        evidence.store(archive, case_id, EvidenceKind.PHOTO, data, media_type=media_type, actor=VOLUNTEER)


# ── consent records ───────────────────────────────────────────────────────────────────────────────
def test_the_states_and_their_transitions_are_closed() -> None:
    assert set(TRANSITIONS) == set(State)
    assert {State.GIVEN, State.RENEWED_GIVEN} == VALID
    reached = frozenset().union(*TRANSITIONS.values())
    assert reached == set(State) - {State.UNKNOWN}
    for final in (State.REFUSED, State.WITHDRAWN, State.TERMINATED, State.INVALIDATED):
        assert TRANSITIONS[final] == frozenset()


def test_a_record_keeps_every_step(archive: Archive, case_id: str, clock: Clock) -> None:
    consent = ask(archive, case_id, new_relative(archive, case_id))
    with pytest.raises(WrongState):
        records.verify(archive, consent.id, actor=SECOND)
    records.defer(archive, consent.id, actor=VOLUNTEER)
    records.give(archive, consent.id, actor=VOLUNTEER)
    with pytest.raises(FourEyes):
        records.verify(archive, consent.id, actor=VOLUNTEER)
    for verifier in (SECOND, THIRD):
        records.verify(archive, consent.id, actor=verifier)
    clock.forward(days=100)
    until = clock() + timedelta(days=365)
    renewed = records.renew(archive, consent.id, expires_at=until, erase_at=until, actor=SECOND)
    assert [step.state for step in renewed.steps] == [
        State.REQUESTED,
        State.DEFERRED,
        State.GIVEN,
        State.RENEWED_GIVEN,
    ]
    assert not renewed.verified
    with pytest.raises(FourEyes):
        records.verify(archive, consent.id, actor=SECOND)
    for verifier in (VOLUNTEER, THIRD):
        renewed = records.verify(archive, consent.id, actor=verifier)
    assert renewed.verified
    with pytest.raises(WrongState):
        records.refuse(archive, consent.id, actor=VOLUNTEER)
    with pytest.raises(NoSuch):
        records.find(archive, "consent-none", actor=VOLUNTEER)


def test_the_proof_of_a_yes_belongs_to_the_case(archive: Archive, case_id: str) -> None:
    relative = new_relative(archive, case_id)
    consent = ask(archive, case_id, relative)
    other = new_case(archive)
    (foreign,) = evidence.list_evidence(archive, other, actor=VOLUNTEER)
    with pytest.raises(NoSuch):
        records.give(archive, consent.id, actor=VOLUNTEER, proof_id=foreign.id)
    paper = evidence.store(
        archive, case_id, EvidenceKind.CONSENT, b"%PDF", media_type="application/pdf", actor=VOLUNTEER
    )
    assert records.give(archive, consent.id, actor=VOLUNTEER, proof_id=paper.id).proof_id == paper.id


def test_a_yes_that_comes_after_its_own_end_is_none(archive: Archive, case_id: str, clock: Clock) -> None:
    consent = ask(archive, case_id, new_relative(archive, case_id))
    clock.forward(days=366)
    with pytest.raises(BadValue):
        records.give(archive, consent.id, actor=VOLUNTEER)


def test_terms_that_cannot_be_asked_for() -> None:
    good = usual_terms()
    for changes in (
        {"scopes": frozenset()},
        {"scopes": frozenset({Scope.VOICE_LIKENESS})},
        {"channels": frozenset()},
        {"languages": frozenset({"fr"})},
        {"photo_sha256": "x"},
        {"motion_sha256": "x"},
        {"territory": ("",)},
    ):
        with pytest.raises(BadValue):
            Terms(**{**{name: getattr(good, name) for name in Terms.__slots__}, **changes})


def test_notices_are_versioned_in_both_languages() -> None:
    for language in ("es", "en"):
        shown = notice.current_notice(language)
        assert shown.version == "1"
        assert len(shown.text) > 1000
    with pytest.raises(NoSuch):
        notice.current_notice("../es")


def test_a_receipt_says_what_was_agreed_and_who_looked(archive: Archive) -> None:
    story = tell(archive)
    given = receipt.receipt(archive, story.consent_id, actor=VOLUNTEER)
    assert canonical.decode(canonical.encode(given)) == given
    assert set(given) == {"header", "processing", "parties", "events"}
    assert given["processing"]["photo_sha256"] == PHOTO_SHA256
    assert given["processing"]["privacy_notice"]["sha256"] == notice.current_notice("es").sha256
    assert given["parties"]["grantor"]["relationship"] == "mother"
    assert given["parties"]["verified_by"] == [SECOND, THIRD]
    assert [event["event_state"] for event in given["events"]] == ["Requested", "Given"]
    accounts.create(archive, "auditora", Role.AUDITOR, actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        receipt.receipt(archive, story.consent_id, actor="auditora")
    cases.erase(archive, story.case_id, actor=COORDINATOR)
    with pytest.raises(Erased):
        receipt.receipt(archive, story.consent_id, actor=VOLUNTEER)

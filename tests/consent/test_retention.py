"""Dates that were promised: what runs out, and what is erased when its time comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent import audit, cases, evidence, records, retention
from consent.archive import Archive
from consent.errors import Erased
from consent.evidence import EvidenceKind
from consent.records import State
from tests.consent.story import VOLUNTEER, Clock, ask, new_relative, tell


def with_proof(archive: Archive, case_id: str, relative_id: str) -> tuple[str, str]:
    """A consent that was given on paper, and the scan of it."""
    consent = ask(archive, case_id, relative_id)
    scan = evidence.store(
        archive, case_id, EvidenceKind.CONSENT, b"firma", media_type="application/pdf", actor=VOLUNTEER
    )
    records.give(archive, consent.id, actor=VOLUNTEER, proof_id=scan.id)
    return consent.id, scan.id


def test_the_case_is_erased_when_no_consent_holds_it(archive: Archive, clock: Clock) -> None:
    story = tell(archive)
    assert retention.erase_due(archive) == 0
    clock.forward(days=730)
    assert retention.erase_due(archive) == 1
    assert retention.erase_due(archive) == 0
    with pytest.raises(Erased):
        cases.find(archive, story.case_id, actor=VOLUNTEER)
    assert not archive.vault.holds(story.case_id)
    assert audit.verify(archive).sound


def test_while_another_consent_holds_the_case_only_the_proof_goes(archive: Archive, clock: Clock) -> None:
    story = tell(archive)
    consent_id, scan = with_proof(archive, story.case_id, new_relative(archive, story.case_id))
    clock.forward(days=10)
    until = clock() + timedelta(days=730)
    records.renew(archive, story.consent_id, expires_at=until, erase_at=until, actor=VOLUNTEER)
    assert evidence.read(archive, scan, actor=VOLUNTEER) == b"firma"
    clock.forward(days=725)
    assert retention.erase_due(archive) == 1
    assert records.find(archive, consent_id, actor=VOLUNTEER).state is State.TERMINATED
    assert records.find(archive, story.consent_id, actor=VOLUNTEER).state is State.RENEWED_GIVEN
    with pytest.raises(Erased):
        evidence.read(archive, scan, actor=VOLUNTEER)
    assert not list((archive.home / "vault" / story.case_id).glob(scan))
    assert scan not in {one.id for one in evidence.list_evidence(archive, story.case_id, actor=VOLUNTEER)}
    assert audit.verify(archive).sound


@pytest.mark.parametrize("answer", [records.refuse, records.defer, None])
def test_a_question_without_a_yes_is_erased_too(archive: Archive, clock: Clock, answer: object) -> None:
    story = tell(archive)
    asked = ask(archive, story.case_id, story.relative_id)
    if answer is not None:
        answer(archive, asked.id, actor=VOLUNTEER)
    clock.forward(days=731)
    assert retention.erase_due(archive) == 2
    with pytest.raises(Erased):
        cases.find(archive, story.case_id, actor=VOLUNTEER)

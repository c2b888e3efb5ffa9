"""Under threat: a pause works at once, says nothing outwardly, and nobody undoes it alone or in a hurry."""

from __future__ import annotations

from hashlib import sha256

import pytest

from consent import accounts, audit, gate, pauses, records, registry
from consent.accounts import Role
from consent.archive import Archive
from consent.errors import CoolingOff, FourEyes, NotPermitted, Refused, WrongState
from consent.models import LedgerRow
from consent.pauses import Worry
from consent.receipt import receipt
from consent.records import State
from consent.registry import PublicStatus
from tests.consent.story import COORDINATOR, SECOND, VOLUNTEER, Clock, Story, tell

WORDS = "Llamó llorando; dice que la obligan a retirarlo."
THREAT = Worry.WITHDRAWN_UNDER_THREAT


def published(story: Story) -> int:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    registry.publish(
        story.archive, render.render_id, sha256=sha256(b"x").hexdigest(), manifest=b"m", clearance=clearance
    )
    return render.render_id


def test_a_withdrawal_under_threat_is_honoured_at_once(archive: Archive) -> None:
    story = tell(archive)
    out = published(story)
    waiting = gate.clear(archive, story.request())
    running = registry.open_render(archive, gate.clear(archive, story.request()))
    pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=VOLUNTEER)
    assert registry.status(archive, out) is PublicStatus.INACTIVE
    assert registry.find(archive, running.render_id).state == "inactive"
    assert {one.render_id for one in registry.takedowns(archive, actor=VOLUNTEER)} == {out}
    assert story.codes() == {"consent-paused"}
    with pytest.raises(Refused) as refusal:
        registry.open_render(archive, waiting)
    assert [reason.code for reason in refusal.value.reasons] == ["consent-paused"]
    assert audit.verify(archive).sound


def test_only_coordinators_read_why_and_nothing_outside_the_case_says_it(archive: Archive) -> None:
    story = tell(archive)
    pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=VOLUNTEER)
    (kept,) = pauses.list_pauses(archive, story.case_id, actor=COORDINATOR)
    assert (kept.worry, kept.words, kept.released_at) == (THREAT, WORDS, None)
    with pytest.raises(NotPermitted):
        pauses.list_pauses(archive, story.case_id, actor=VOLUNTEER)
    with archive.reading() as session:
        bodies = " ".join(row.body for row in session.query(LedgerRow))
    assert "threat" not in bodies
    assert "llorando" not in bodies
    assert "pause" not in str(receipt(archive, story.consent_id, actor=VOLUNTEER)).lower()


def test_release_takes_three_days_and_a_second_person(archive: Archive, clock: Clock) -> None:
    story = tell(archive)
    accounts.create(archive, "coord-dos", Role.COORDINATOR, actor=COORDINATOR)
    out = published(story)
    pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=COORDINATOR)
    with pytest.raises(CoolingOff) as early:
        pauses.release(archive, story.consent_id, actor="coord-dos")
    assert early.value.details == {"hours": 72}
    clock.forward(hours=71, minutes=1)
    with pytest.raises(CoolingOff) as early:
        pauses.release(archive, story.consent_id, actor="coord-dos")
    assert early.value.details == {"hours": 1}
    clock.forward(minutes=59)
    with pytest.raises(FourEyes):
        pauses.release(archive, story.consent_id, actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        pauses.release(archive, story.consent_id, actor=SECOND)
    assert pauses.release(archive, story.consent_id, actor="coord-dos").released_by == "coord-dos"
    assert story.codes() == set()
    assert registry.status(archive, out) is PublicStatus.INACTIVE  # what was out does not come back
    with pytest.raises(WrongState):
        pauses.release(archive, story.consent_id, actor="coord-dos")


def test_a_pause_can_end_in_a_withdrawal_and_begins_only_once(archive: Archive) -> None:
    story = tell(archive)
    pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=VOLUNTEER)
    with pytest.raises(WrongState):
        pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=SECOND)
    assert records.withdraw(archive, story.consent_id, actor=VOLUNTEER).state is State.WITHDRAWN
    assert story.codes() == {"consent-paused", "consent-withdrawn"}


def test_what_is_over_is_not_paused(archive: Archive) -> None:
    story = tell(archive)
    records.withdraw(archive, story.consent_id, actor=VOLUNTEER)
    with pytest.raises(WrongState):
        pauses.pause(archive, story.consent_id, THREAT, WORDS, actor=VOLUNTEER)

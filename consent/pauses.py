"""Pauses: what happens to a consent when somebody may have been threatened.

A withdrawal under threat is honoured at once: nothing more is made, what is out is no longer active, and
its takedowns are open. To everybody outside it looks like any other ending, for whoever threatens may be
looking; the receipt is silent about it too. Inside, the record says what happened, under the case's key.
Nobody undoes a pause in the heat of the moment: it takes three days and a coordinator who did not pause it.
What was published stays inactive even then; a released consent allows new videos.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, case_key_of
from consent.errors import CoolingOff, FourEyes, NoSuch, WrongState
from consent.events import Event
from consent.halting import RenderState, halt_consent
from consent.inputs import checked_text, new_id
from consent.models import ConsentRow, PauseRow
from consent.records import TRANSITIONS, State
from consent.vault import CaseKey

COOLING_OFF = timedelta(hours=72)
_HOUR = timedelta(hours=1)
_PAUSED = "paused"


class Worry(StrEnum):
    """What somebody fears has happened."""

    WITHDRAWN_UNDER_THREAT = "withdrawn-under-threat"
    GIVEN_UNDER_PRESSURE = "given-under-pressure"


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause of one consent. words: what was said or seen, as the person who paused wrote it."""

    id: str
    consent_id: str
    worry: Worry
    words: str
    paused_by: str
    paused_at: datetime
    released_by: str | None
    released_at: datetime | None


def pause(archive: Archive, consent_id: str, worry: Worry, words: str, *, actor: str) -> Pause:
    """Set a consent aside at once, and stop every render that rests on it.

    Raises WrongState (it is paused already, or over for good), BadValue, NotPermitted, NoSuch, Erased.
    """
    private: dict[str, Any] = {"worry": worry.value, "words": checked_text("words", words)}
    with archive.writing() as work:
        consent = _consent_row(work.session, consent_id)
        permit(work, actor, Action.WITHDRAW_CONSENT, consent.case_id)
        _require_pausable(work.session, consent)
        pause_id = new_id("pause")
        key = work.case_key(consent.case_id)
        row = PauseRow(
            id=pause_id,
            case_id=consent.case_id,
            consent_id=consent_id,
            sealed=key.seal(private, f"pause/{pause_id}"),
            paused_by=actor,
            paused_at=work.now,
        )
        work.session.add(row)
        work.log(
            Event.CONSENT_PAUSED, actor=actor, case_id=consent.case_id, private=private, consent=consent_id
        )
        halt_consent(work, consent_id, RenderState.INACTIVE, actor=actor)
        return _pause(row, key)


def release(archive: Archive, consent_id: str, *, actor: str) -> Pause:
    """Let a paused consent count again, as a coordinator other than the one who paused it.

    Raises CoolingOff within `COOLING_OFF` of the pause, FourEyes, WrongState (it is not paused),
    NotPermitted, NoSuch, Erased.
    """
    with archive.writing() as work:
        consent = _consent_row(work.session, consent_id)
        permit(work, actor, Action.SETTLE_OBJECTION, consent.case_id)
        row = _standing_row(work.session, consent_id)
        if row is None:
            raise WrongState(kind="consent", state=consent.state, wanted="released")
        if row.paused_by == actor:
            raise FourEyes(actor=actor)
        left = row.paused_at + COOLING_OFF - work.now
        if left > timedelta(0):
            raise CoolingOff(hours=-(-left // _HOUR))
        row.released_by, row.released_at = actor, work.now
        work.log(Event.CONSENT_RELEASED, actor=actor, case_id=consent.case_id, consent=consent_id)
        return _pause(row, work.case_key(consent.case_id))


def list_pauses(archive: Archive, case_id: str, *, actor: str) -> tuple[Pause, ...]:
    """The pauses of a case, oldest first, for coordinators; raises NotPermitted, NoSuch, Erased."""
    query = select(PauseRow).where(PauseRow.case_id == case_id).order_by(PauseRow.paused_at, PauseRow.id)
    with archive.reading() as session:
        permit_in(session, actor, Action.SETTLE_OBJECTION, case_id)
        key = case_key_of(session, archive.vault, case_id)
        return tuple(_pause(row, key) for row in session.execute(query).scalars())


def _require_pausable(session: Session, consent: ConsentRow) -> None:
    over = not TRANSITIONS[State(consent.state)]
    paused = _standing_row(session, consent.id) is not None
    if over or paused:
        raise WrongState(kind="consent", state=_PAUSED if paused else consent.state, wanted=_PAUSED)


def _standing_row(session: Session, consent_id: str) -> PauseRow | None:
    query = select(PauseRow).where(PauseRow.consent_id == consent_id, PauseRow.released_at.is_(None))
    return session.execute(query).scalar_one_or_none()


def _consent_row(session: Session, consent_id: str) -> ConsentRow:
    row = session.get(ConsentRow, consent_id)
    if row is None:
        raise NoSuch(kind="consent", name=consent_id)
    return row


def _pause(row: PauseRow, key: CaseKey) -> Pause:
    private = cast(dict[str, Any], key.unseal(row.sealed, f"pause/{row.id}"))
    return Pause(
        id=row.id,
        consent_id=row.consent_id,
        worry=Worry(private["worry"]),
        words=private["words"],
        paused_by=row.paused_by,
        paused_at=row.paused_at,
        released_by=row.released_by,
        released_at=row.released_at,
    )

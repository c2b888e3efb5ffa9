"""Ending sessions: what happens to whoever is inside when an account, a link or a password goes."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Select, select

from consent.archive import Work
from consent.events import Event
from consent.people_rows import SessionRow


class Ending(StrEnum):
    """Why a session ended."""

    CLOSED = "closed"
    IDLE = "idle"
    RAN_OUT = "ran-out"
    REVOKED = "revoked"


def end_session(work: Work, row: SessionRow, why: Ending, *, actor: str) -> None:
    """End one session, unless it has ended."""
    if row.ended_at is None:
        row.ended_at = work.now
        work.log(Event.SESSION_ENDED, actor=actor, session=row.id, why=why.value)


def end_sessions_of(work: Work, handle: str, *, actor: str) -> int:
    """End every session of an account; return how many."""
    return _end_all(work, select(SessionRow).where(SessionRow.handle == handle), actor)


def end_sessions_through(work: Work, link_id: str, *, actor: str) -> int:
    """End every session that a link opened."""
    return _end_all(work, select(SessionRow).where(SessionRow.link_id == link_id), actor)


def _end_all(work: Work, query: Select[SessionRow], actor: str) -> int:
    rows = work.session.execute(query.where(SessionRow.ended_at.is_(None)).order_by(SessionRow.id)).scalars()
    ended = rows.all()
    for row in ended:
        end_session(work, row, Ending.REVOKED, actor=actor)
    return len(ended)

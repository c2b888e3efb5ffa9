"""Being logged in: a token in the person's hands, everything else on the server.

    token, session = sessions.open(archive, "coord-uno", password, code)
    actor = sessions.resume(archive, token).account.handle      # with every request
    sessions.close(archive, token)

A session ends after 30 idle minutes, after 12 hours whatever happens, when its account is closed, its
password changed, or by somebody's hand. The archive keeps a digest of the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from consent import accounts
from consent.accounts import Account, Action, permit
from consent.archive import SYSTEM, Archive, Work
from consent.errors import NoSuch, SessionEnded
from consent.events import Event
from consent.inputs import is_handle, new_id
from consent.people_rows import SessionRow
from consent.signing_off import Ending, end_session, end_sessions_of
from consent.tokens import digest, new_token

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SLIDE = timedelta(minutes=1)  # how much later a session is seen before that is written down
SKEW = timedelta(minutes=5)  # how far the server's clock may have been set back


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is inside. link_id: of the link that let a relative in; None with a password."""

    id: str
    account: Account
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    link_id: str | None = None


def open(archive: Archive, handle: str, password: str, code: str | None = None) -> tuple[str, Session]:
    """Let somebody in; return their token, which is kept nowhere, and the session.

    Raises LogInRefused, CodeNeeded or TooSoon (see `accounts.authenticate`).
    """
    accounts.authenticate(archive, handle, password, code)
    with archive.writing() as work:
        return begin(work, handle, LONGEST)


def begin(work: Work, handle: str, longest: timedelta, *, link_id: str | None = None) -> tuple[str, Session]:
    """Open a session for whoever proved who they are; raises SessionEnded when they were just shut out."""
    account = accounts.look_up(work.session, handle)
    if account is None or not account.active:
        raise SessionEnded
    token, kept = new_token()
    row = SessionRow(
        id=new_id("session"),
        digest=kept,
        handle=handle,
        link_id=link_id,
        opened_at=work.now,
        seen_at=work.now,
        ends_at=work.now + longest,
    )
    work.session.add(row)
    work.session.flush()
    work.log(Event.SESSION_OPENED, actor=handle, session=row.id)
    return token, _session(row, account)


def resume(archive: Archive, token: str) -> Session:
    """Return the session of a token and begin its idle time anew; raises SessionEnded.

    Refusing a session that has run out or whose account was closed is an entry in the log.
    """
    session = resume_any(archive, token)
    if session.link_id is not None:
        raise SessionEnded
    return session


def resume_any(archive: Archive, token: str) -> Session:
    """The same for sessions that a link opened, too (see `consent.own_phone`)."""
    kept = digest(token)
    now = archive.clock()
    with archive.reading() as session:
        row, account = _look_up(session, kept)
        if _fault(row, account, now) is None and now - row.seen_at < SLIDE:
            return _session(row, account)
    with archive.writing() as work:
        row, account = _look_up(work.session, kept)
        fault = _fault(row, account, work.now)
        if fault is None:
            row.seen_at = max(row.seen_at, work.now)
            return _session(row, account)
        end_session(work, row, fault, actor=SYSTEM)
        work.log(Event.SESSION_REFUSED, actor=row.handle, session=row.id, why=fault.value)
    raise SessionEnded


def close(archive: Archive, token: str) -> None:
    """Log out; nothing happens when the session has ended already."""
    with archive.writing() as work:
        row = work.session.execute(
            select(SessionRow).where(SessionRow.digest == digest(token))
        ).scalar_one_or_none()
        if row is not None:
            end_session(work, row, Ending.CLOSED, actor=row.handle)


def revoke(archive: Archive, session_id: str, *, actor: str) -> None:
    """End one session, one's own or, as coordinator, anybody's; raises NotPermitted, NoSuch."""
    with archive.writing() as work:
        row = work.session.get(SessionRow, session_id) if is_handle(session_id) else None
        if row is None:
            raise NoSuch(kind="session", name=session_id)
        _permit(work, row.handle, actor)
        end_session(work, row, Ending.REVOKED, actor=actor)


def revoke_all(archive: Archive, handle: str, *, actor: str) -> int:
    """End every session of an account and return how many; raises NotPermitted."""
    with archive.writing() as work:
        _permit(work, handle, actor)
        return end_sessions_of(work, handle, actor=actor)


def list_live(archive: Archive, handle: str, *, actor: str) -> tuple[Session, ...]:
    """The sessions in which an account is inside at this moment, oldest first; raises NotPermitted."""
    query = select(SessionRow).where(SessionRow.handle == handle, SessionRow.ended_at.is_(None))
    now = archive.clock()
    with archive.reading() as session:
        if actor != handle:
            accounts.permit_in(session, actor, Action.MANAGE_ACCOUNTS)
        account = accounts.look_up(session, handle)
        rows = session.execute(query.order_by(SessionRow.opened_at, SessionRow.id)).scalars().all()
        return tuple(
            _session(row, account)
            for row in rows
            if account is not None and _fault(row, account, now) is None
        )


def _permit(work: Work, handle: str, actor: str) -> None:
    if actor != handle:
        permit(work, actor, Action.MANAGE_ACCOUNTS)


def _look_up(session: DatabaseSession, kept: str) -> tuple[SessionRow, Account]:
    row = session.execute(select(SessionRow).where(SessionRow.digest == kept)).scalar_one_or_none()
    account = None if row is None else accounts.look_up(session, row.handle)
    if row is None or account is None:
        raise SessionEnded
    return row, account


def _fault(row: SessionRow, account: Account, now: datetime) -> Ending | None:
    """Why nobody is inside any more; None when they are."""
    if row.ended_at is not None or not account.active:
        return Ending.REVOKED
    if not row.opened_at - SKEW <= now < row.ends_at:
        return Ending.RAN_OUT
    if not row.seen_at - SKEW <= now < row.seen_at + IDLE:
        return Ending.IDLE
    return None


def _session(row: SessionRow, account: Account) -> Session:
    return Session(row.id, account, row.opened_at, row.seen_at, row.ends_at, row.link_id)

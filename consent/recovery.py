"""Letting somebody back in who lost password or telephone: two coordinators, neither of them that person.

    recovery.begin(archive, "coord-tres", actor="coord-uno")
    token = recovery.approve(archive, "coord-tres", actor="coord-dos")    # handed over in person
    recovery.finish(archive, token, "a new long password")               # by coord-tres

A request waits a day for the second coordinator, the token an hour. Afterwards the account has a new
password and no second factor, and every session it had is ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from consent import accounts, lockout, passwords, second_factor
from consent.accounts import LOG_IN, Action, Role, permit, permit_in
from consent.archive import Archive, Work
from consent.errors import LinkRefused, NoSuch, NotPermitted, TwoCoordinators, WrongState
from consent.events import Event
from consent.inputs import new_id
from consent.people_rows import RecoveryRow
from consent.tokens import digest, new_token

TO_APPROVE = timedelta(days=1)
TO_FINISH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A request to let `handle` back in. approved_by: None while a second coordinator is awaited."""

    id: str
    handle: str
    begun_by: str
    begun_at: datetime
    approved_by: str | None


def begin(archive: Archive, handle: str, *, actor: str) -> Recovery:
    """Ask, as first coordinator, that somebody be let back in.

    Raises NotPermitted, NoSuch, TwoCoordinators (the person themself), WrongState (asked already, or
    the account is closed or has no password to lose).
    """
    with archive.writing() as work:
        _permit(work, handle, actor)
        account = accounts.find_in(work.session, handle)
        if not account.active or account.role is Role.FAMILY:
            raise WrongState(kind="account", state="closed", wanted="recovery")
        if _open_row(work.session, handle, work.now) is not None:
            raise WrongState(kind="recovery", state="begun", wanted="begun")
        row = RecoveryRow(id=new_id("recovery"), handle=handle, begun_by=actor, begun_at=work.now)
        work.session.add(row)
        work.log(Event.RECOVERY_BEGUN, actor=actor, account=handle, recovery=row.id)
        return _recovery(row)


def approve(archive: Archive, handle: str, *, actor: str) -> str:
    """Agree, as second coordinator; return the token to hand over, which is kept nowhere.

    Raises NotPermitted, NoSuch (nobody asked, or longer ago than a day), TwoCoordinators, WrongState.
    """
    with archive.writing() as work:
        _permit(work, handle, actor)
        row = _require_open(work, handle)
        if actor == row.begun_by:
            raise TwoCoordinators(actor=actor, account=handle)
        if row.approved_by is not None:
            raise WrongState(kind="recovery", state="approved", wanted="approved")
        token, kept = new_token()
        row.approved_by, row.approved_at, row.digest = actor, work.now, kept
        work.log(Event.RECOVERY_APPROVED, actor=actor, account=handle, recovery=row.id)
        return token


def cancel(archive: Archive, handle: str, *, actor: str) -> None:
    """Stop a recovery, as a coordinator or as the one it is about; raises NotPermitted, NoSuch."""
    with archive.writing() as work:
        if actor != handle or not accounts.is_active(work.session, actor):
            permit(work, actor, Action.MANAGE_ACCOUNTS)
        row = _require_open(work, handle)
        row.ended_at = work.now
        work.log(Event.RECOVERY_CANCELLED, actor=actor, account=handle, recovery=row.id)


def finish(archive: Archive, token: str, password: str) -> str:
    """Set the new password with the token that two coordinators gave; return the account's handle.

    Raises BadValue (the password), LinkRefused: used, cancelled, an hour old, never given, or one of the
    two is a coordinator no more.
    """
    hashed = passwords.hashed(password)
    with archive.writing() as work:
        row = work.session.execute(
            select(RecoveryRow).where(RecoveryRow.digest == digest(token))
        ).scalar_one_or_none()
        if row is None or not _stands(work, row):
            raise LinkRefused
        row.ended_at = work.now
        accounts.set_password(work, row.handle, hashed, actor=row.handle)
        second_factor.remove(work, row.handle)
        lockout.forgive(work, archive, LOG_IN, row.handle)
        work.log(Event.RECOVERY_DONE, actor=row.handle, account=row.handle, recovery=row.id)
        return row.handle


def pending(archive: Archive, handle: str, *, actor: str) -> Recovery | None:
    """The recovery of an account that is under way, if any; raises NotPermitted."""
    with archive.reading() as session:
        if actor != handle:
            permit_in(session, actor, Action.MANAGE_ACCOUNTS)
        row = _open_row(session, handle, archive.clock())
        return None if row is None else _recovery(row)


def _permit(work: Work, handle: str, actor: str) -> None:
    permit(work, actor, Action.MANAGE_ACCOUNTS)
    if actor == handle:
        raise TwoCoordinators(actor=actor, account=handle)


def _open_row(session: DatabaseSession, handle: str, now: datetime) -> RecoveryRow | None:
    """The recovery that still waits for its second coordinator or for its token."""
    query = select(RecoveryRow).where(RecoveryRow.handle == handle, RecoveryRow.ended_at.is_(None))
    rows = session.execute(query.order_by(RecoveryRow.begun_at.desc())).scalars()
    return next((row for row in rows if now < _deadline(row)), None)


def _require_open(work: Work, handle: str) -> RecoveryRow:
    row = _open_row(work.session, handle, work.now)
    if row is None:
        raise NoSuch(kind="recovery", name=handle)
    return row


def _deadline(row: RecoveryRow) -> datetime:
    return row.begun_at + TO_APPROVE if row.approved_at is None else row.approved_at + TO_FINISH


def _stands(work: Work, row: RecoveryRow) -> bool:
    """Whether both coordinators still are, the account is open and the hour has not passed."""
    try:
        for coordinator in (row.begun_by, row.approved_by or ""):
            permit(work, coordinator, Action.MANAGE_ACCOUNTS)
    except NotPermitted:
        return False
    return row.ended_at is None and work.now < _deadline(row) and accounts.is_active(work.session, row.handle)


def _recovery(row: RecoveryRow) -> Recovery:
    return Recovery(row.id, row.handle, row.begun_by, row.begun_at, row.approved_by)

"""Somebody who looks at pictures and video in a relative's place, for whom it would be too much.

A relative names them; they get an account that may look, in this one case, and nothing else. Withdrawing
the grant closes the account and whatever session it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consent import accounts, passwords
from consent.accounts import Action, Role, permit, permit_in
from consent.archive import Archive
from consent.errors import NoSuch, WrongState
from consent.events import Event
from consent.inputs import checked_handle, is_handle
from consent.people_rows import ViewerRow
from consent.relatives import relative_row


@dataclass(frozen=True, slots=True)
class Viewer:
    """A grant to look. named_by: who wrote down the relative's wish."""

    handle: str
    case_id: str
    relative_id: str
    named_by: str
    named_at: datetime
    withdrawn_at: datetime | None


def name(
    archive: Archive, case_id: str, relative_id: str, handle: str, *, password: str, actor: str
) -> Viewer:
    """Record whom a relative named, and make their account.

    Raises BadValue, NotPermitted, NoSuch, AlreadyThere, Erased.
    """
    checked_handle(handle)
    hashed = passwords.hashed(password)
    with archive.writing() as work:
        permit(work, actor, Action.NAME_VIEWER, case_id)
        work.case_key(case_id)  # says NoSuch or Erased
        relative_row(work.session, case_id, relative_id)
        accounts.admit(work, handle, Role.VIEWER, actor=actor, case_id=case_id, password_hash=hashed)
        row = ViewerRow(
            handle=handle, case_id=case_id, relative_id=relative_id, named_by=actor, named_at=work.now
        )
        work.session.add(row)
        work.session.flush()
        work.log(Event.VIEWER_NAMED, actor=actor, case_id=case_id, relative=relative_id, viewer=handle)
        return _viewer(row)


def withdraw(archive: Archive, handle: str, *, actor: str) -> Viewer:
    """Take the grant back, at once; raises NotPermitted, NoSuch, WrongState."""
    with archive.writing() as work:
        row = work.session.get(ViewerRow, handle) if is_handle(handle) else None
        if row is None:
            raise NoSuch(kind="viewer", name=handle)
        permit(work, actor, Action.NAME_VIEWER, row.case_id)
        if row.withdrawn_at is not None:
            raise WrongState(kind="viewer", state="withdrawn", wanted="withdrawn")
        row.withdrawn_at = work.now
        work.log(
            Event.VIEWER_WITHDRAWN, actor=actor, case_id=row.case_id, relative=row.relative_id, viewer=handle
        )
        if accounts.is_active(work.session, handle):
            accounts.shut(work, handle, actor=actor)
        return _viewer(row)


def list_viewers(archive: Archive, case_id: str, *, actor: str) -> tuple[Viewer, ...]:
    """Whom the relatives of a case named, oldest first; raises NotPermitted."""
    query = select(ViewerRow).where(ViewerRow.case_id == case_id)
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        rows = session.execute(query.order_by(ViewerRow.named_at, ViewerRow.handle)).scalars()
        return tuple(map(_viewer, rows))


def _viewer(row: ViewerRow) -> Viewer:
    return Viewer(row.handle, row.case_id, row.relative_id, row.named_by, row.named_at, row.withdrawn_at)

"""People, by handle: roles, what each role may do, and how they prove who they are.

Every function that changes something takes `actor`, the handle of who does it, and asks `permit` here,
inside its own transaction. A page that hides a button is a courtesy; this is the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent import lockout, passwords, second_factor
from consent.archive import SYSTEM, Archive, Work
from consent.errors import (
    N_,
    AlreadyThere,
    ArchiveError,
    BadValue,
    CodeNeeded,
    LastCoordinator,
    LogInRefused,
    NoSuch,
    NotPermitted,
    WrongState,
)
from consent.events import Event
from consent.inputs import checked_handle, is_handle
from consent.models import AccountRow, CaseRow
from consent.signing_off import end_sessions_of

LOG_IN = "log-in"
UNKNOWN = "unknown"  # how the log calls an account that there is not: what was typed may be a password


class Role(StrEnum):
    """What somebody is here for."""

    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    FAMILY = "family"
    VIEWER = "viewer"  # looks at pictures and video for a relative who cannot bear to; nothing else


class Action(StrEnum):
    """What can be done."""

    MANAGE_ACCOUNTS = "manage-accounts"
    OPEN_CASE = "open-case"
    READ_CASE = "read-case"
    ADD = "add"
    VERIFY = "verify"
    CHECK_PROTECTION_ORDER = "check-protection-order"
    APPROVE_MINOR = "approve-minor"
    FREEZE_CASE = "freeze-case"
    ERASE_CASE = "erase-case"
    READ_EVIDENCE = "read-evidence"
    LOOK = "look"
    COLLECT_CONSENT = "collect-consent"
    ANSWER_CONSENT = "answer-consent"
    WITHDRAW_CONSENT = "withdraw-consent"
    OBJECT = "object"
    NAME_VIEWER = "name-viewer"
    SETTLE_OBJECTION = "settle-objection"
    REQUEST_CLEARANCE = "request-clearance"
    TAKE_DOWN = "take-down"
    AUDIT = "audit"
    KEEP_KEYS = "keep-keys"


_WORKERS = frozenset({Role.VOLUNTEER, Role.COORDINATOR})
_COORDINATORS = frozenset({Role.COORDINATOR})
_WITH_FAMILY = _WORKERS | {Role.FAMILY}
_OF_ONE_CASE = frozenset({Role.FAMILY, Role.VIEWER})

MAY: Mapping[Action, frozenset[Role]] = {
    Action.MANAGE_ACCOUNTS: _COORDINATORS,
    Action.OPEN_CASE: _WORKERS,
    Action.READ_CASE: _WITH_FAMILY,
    Action.ADD: _WORKERS,
    Action.VERIFY: _WORKERS,
    Action.CHECK_PROTECTION_ORDER: _COORDINATORS,
    Action.APPROVE_MINOR: _COORDINATORS,
    Action.FREEZE_CASE: _WORKERS,
    Action.ERASE_CASE: _COORDINATORS,
    Action.READ_EVIDENCE: _WORKERS,
    Action.LOOK: _WITH_FAMILY | {Role.VIEWER},
    Action.COLLECT_CONSENT: _WORKERS,
    Action.ANSWER_CONSENT: _WITH_FAMILY,
    Action.WITHDRAW_CONSENT: _WITH_FAMILY,
    Action.OBJECT: _WITH_FAMILY,
    Action.NAME_VIEWER: _WITH_FAMILY,
    Action.SETTLE_OBJECTION: _COORDINATORS,
    Action.REQUEST_CLEARANCE: _WORKERS,
    Action.TAKE_DOWN: _WORKERS,
    Action.KEEP_KEYS: _COORDINATORS,
    Action.AUDIT: frozenset({Role.COORDINATOR, Role.AUDITOR}),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who acts. case_id: the one case that the account of a relative or viewer belongs to."""

    handle: str
    role: Role
    case_id: str | None = None
    active: bool = True

    def may(self, action: Action, case_id: str | None = None) -> bool:
        """Whether this account may do `action`, on that case."""
        own = self.role not in _OF_ONE_CASE or (case_id is not None and case_id == self.case_id)
        return self.active and own and self.role in MAY[action]


def create(
    archive: Archive,
    handle: str,
    role: Role,
    *,
    actor: str | None = None,
    case_id: str | None = None,
    password: str | None = None,
) -> Account:
    """Create an account. The first of an archive is a coordinator and needs no `actor`.

    A viewer's account is made where a relative names them (`consent.viewers`).
    Raises BadValue, AlreadyThere, NoSuch (case), NotPermitted.
    """
    checked_handle(handle)
    if role is Role.VIEWER:
        raise BadValue(field="role", why=N_("a viewer is named by a relative"))
    if (role is Role.FAMILY) != (case_id is not None):
        raise BadValue(field="case_id", why=N_("a family account belongs to one case, others to none"))
    hashed = None if password is None else passwords.hashed(password)
    with archive.writing() as work:
        by = _permit_creation(work.session, role, actor, handle)
        return admit(work, handle, role, actor=by, case_id=case_id, password_hash=hashed)


def admit(
    work: Work,
    handle: str,
    role: Role,
    *,
    actor: str,
    case_id: str | None = None,
    password_hash: str | None = None,
) -> Account:
    """Write an account that `actor` was permitted to make; raises AlreadyThere, NoSuch (case)."""
    if handle in {SYSTEM, UNKNOWN} or work.session.get(AccountRow, handle) is not None:
        raise AlreadyThere(kind="account", name=handle)
    if case_id is not None and work.session.get(CaseRow, case_id) is None:
        raise NoSuch(kind="case", name=case_id)
    work.session.add(
        AccountRow(
            handle=handle,
            role=role.value,
            case_id=case_id,
            password_hash=password_hash,
            created_at=work.now,
        )
    )
    work.session.flush()
    work.log(Event.ACCOUNT_CREATED, actor=actor, account=handle, role=role.value)
    return Account(handle, role, case_id)


def revoke(archive: Archive, handle: str, *, actor: str) -> None:
    """Close an account and its sessions at once; what it did stays, what it asks for from now on is refused.

    Raises NotPermitted, NoSuch, WrongState (closed already), LastCoordinator.
    """
    with archive.writing() as work:
        permit(work, actor, Action.MANAGE_ACCOUNTS)
        shut(work, handle, actor=actor)


def shut(work: Work, handle: str, *, actor: str) -> None:
    """Close an account and its sessions, as `actor` was permitted to do."""
    row = account_row(work.session, handle)
    if row.revoked_at is not None:
        raise WrongState(kind="account", state="closed", wanted="closed")
    if _is_last_coordinator(work.session, row):
        raise LastCoordinator(actor=actor, action=Action.MANAGE_ACCOUNTS.value, account=handle)
    row.revoked_at = work.now
    work.log(Event.ACCOUNT_REVOKED, actor=actor, account=handle)
    end_sessions_of(work, handle, actor=actor)


def authenticate(archive: Archive, handle: str, password: str, code: str | None = None) -> Account:
    """Return the account when the password is its own, and the code too where it has a second factor.

    Raises TooSoon after many failures, CodeNeeded when only the code is missing, and LogInRefused
    without saying why; both the answer and its time are the same whether there is such an account or not.
    """
    failures = lockout.count_attempt(archive, LOG_IN, handle)
    with archive.reading() as session:
        account = look_up(session, handle)
        stored = None if account is None or not account.active else _stored(session, handle)
    right = passwords.matches(stored, password)
    with archive.writing() as work:
        found = look_up(work.session, handle)
        unchanged = found is not None and found.active and _stored(work.session, handle) == stored
        refusal = _second_step(archive, work, handle, code) if right and unchanged else LogInRefused()
        if refusal is None:
            lockout.forgive(work, archive, LOG_IN, handle)
        elif not isinstance(refusal, CodeNeeded):
            name = UNKNOWN if found is None else handle
            work.log(Event.LOG_IN_REFUSED, actor=SYSTEM, account=name, failures=failures)
    if refusal is not None or found is None:
        raise refusal or LogInRefused()
    return found


def change_password(archive: Archive, handle: str, old: str, new: str, *, code: str | None = None) -> None:
    """Replace a password by its owner's hand, and end every session that the old one opened.

    Raises what `authenticate` raises, and BadValue.
    """
    hashed = passwords.hashed(new)
    authenticate(archive, handle, old, code)
    with archive.writing() as work:
        set_password(work, handle, hashed, actor=handle)


def set_password(work: Work, handle: str, hashed: str, *, actor: str) -> None:
    """Write a new password's hash and end the account's sessions."""
    account_row(work.session, handle).password_hash = hashed
    work.log(Event.PASSWORD_CHANGED, actor=actor, account=handle)
    end_sessions_of(work, handle, actor=actor)


def find(archive: Archive, handle: str) -> Account:
    """Return an account; raises NoSuch."""
    with archive.reading() as session:
        return find_in(session, handle)


def find_in(session: Session, handle: str) -> Account:
    """The same in a session."""
    return _account(account_row(session, handle))


def is_active(session: Session, handle: str) -> bool:
    """Whether there is such an account and nobody has closed it."""
    account = look_up(session, handle)
    return account is not None and account.active


def list_all(archive: Archive) -> tuple[Account, ...]:
    """All accounts, by handle."""
    with archive.reading() as session:
        return tuple(map(_account, session.execute(select(AccountRow).order_by(AccountRow.handle)).scalars()))


def permit(work: Work, actor: str, action: Action, case_id: str | None = None) -> Account:
    """Return the account of `actor` when it may do `action` (on that case); raises NotPermitted."""
    return permit_in(work.session, actor, action, case_id)


def permit_in(session: Session, actor: str, action: Action, case_id: str | None = None) -> Account:
    """The same for a reading session."""
    account = look_up(session, actor)
    if account is None or not account.may(action, case_id):
        raise NotPermitted(actor=actor, action=action.value)
    return account


def look_up(session: Session, handle: str) -> Account | None:
    """Return the account called `handle`, or None; any text can be asked about."""
    row = session.get(AccountRow, handle) if is_handle(handle) else None
    return None if row is None else _account(row)


def account_row(session: Session, handle: str) -> AccountRow:
    """Return the row of an account; raises NoSuch."""
    row = session.get(AccountRow, handle) if is_handle(handle) else None
    if row is None:
        raise NoSuch(kind="account", name=handle)
    return row


def _account(row: AccountRow) -> Account:
    return Account(row.handle, Role(row.role), row.case_id, active=row.revoked_at is None)


def _permit_creation(session: Session, role: Role, actor: str | None, handle: str) -> str:
    """Return the handle the entry is logged under."""
    if actor is not None:
        return permit_in(session, actor, Action.MANAGE_ACCOUNTS).handle
    first = session.execute(select(func.count()).select_from(AccountRow)).scalar_one() == 0
    if not first or role is not Role.COORDINATOR:
        raise NotPermitted(actor=handle, action=Action.MANAGE_ACCOUNTS.value)
    return SYSTEM


def _stored(session: Session, handle: str) -> str | None:
    return account_row(session, handle).password_hash


def _second_step(archive: Archive, work: Work, handle: str, code: str | None) -> ArchiveError | None:
    """Return what still stands in the way of somebody whose password is right."""
    if not second_factor.is_enrolled(work.session, handle):
        return None
    if not code:
        return CodeNeeded()
    accepted = second_factor.accepts(work, archive.keys.master, handle, code)
    return None if accepted else LogInRefused()


def _is_last_coordinator(session: Session, row: AccountRow) -> bool:
    others = select(func.count()).where(
        AccountRow.role == Role.COORDINATOR.value,
        AccountRow.revoked_at.is_(None),
        AccountRow.handle != row.handle,
    )
    return row.role == Role.COORDINATOR and session.execute(others).scalar_one() == 0

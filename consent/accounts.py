"""People, by handle: roles, what each role may do, and passwords.

Every function that changes something takes `actor`, the handle of who does it, and asks `permit` here,
inside its own transaction. A page that hides a button is a courtesy; this is the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent.archive import SYSTEM, Archive, Work
from consent.errors import N_, AlreadyThere, BadValue, NoSuch, NotPermitted
from consent.events import Event
from consent.inputs import checked_handle
from consent.models import AccountRow, CaseRow

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000
_hasher = PasswordHasher()  # Argon2id; argon2-cffi's defaults are RFC 9106's second recommendation


class Role(StrEnum):
    """What somebody is here for."""

    VOLUNTEER = "volunteer"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    FAMILY = "family"


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
    COLLECT_CONSENT = "collect-consent"
    ANSWER_CONSENT = "answer-consent"
    WITHDRAW_CONSENT = "withdraw-consent"
    OBJECT = "object"
    SETTLE_OBJECTION = "settle-objection"
    REQUEST_CLEARANCE = "request-clearance"
    TAKE_DOWN = "take-down"
    AUDIT = "audit"


_WORKERS = frozenset({Role.VOLUNTEER, Role.COORDINATOR})
_COORDINATORS = frozenset({Role.COORDINATOR})
_WITH_FAMILY = _WORKERS | {Role.FAMILY}

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
    Action.COLLECT_CONSENT: _WORKERS,
    Action.ANSWER_CONSENT: _WITH_FAMILY,
    Action.WITHDRAW_CONSENT: _WITH_FAMILY,
    Action.OBJECT: _WITH_FAMILY,
    Action.SETTLE_OBJECTION: _COORDINATORS,
    Action.REQUEST_CLEARANCE: _WORKERS,
    Action.TAKE_DOWN: _WORKERS,
    Action.AUDIT: frozenset({Role.COORDINATOR, Role.AUDITOR}),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who acts. case_id: the one case a family account belongs to."""

    handle: str
    role: Role
    case_id: str | None = None
    active: bool = True

    def may(self, action: Action, case_id: str | None = None) -> bool:
        """Whether this account may do `action`, on that case."""
        own = self.role is not Role.FAMILY or (case_id is not None and case_id == self.case_id)
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

    Raises BadValue, AlreadyThere, NoSuch (case), NotPermitted.
    """
    checked_handle(handle)
    if handle == SYSTEM:
        raise AlreadyThere(kind="account", name=handle)
    if (role is Role.FAMILY) != (case_id is not None):
        raise BadValue(field="case_id", why=N_("a family account belongs to one case, others to none"))
    hashed = None if password is None else _hash(password)
    with archive.writing() as work:
        by = _permit_creation(work.session, role, actor, handle)
        if work.session.get(AccountRow, handle) is not None:
            raise AlreadyThere(kind="account", name=handle)
        if case_id is not None and work.session.get(CaseRow, case_id) is None:
            raise NoSuch(kind="case", name=case_id)
        work.session.add(
            AccountRow(
                handle=handle, role=role.value, case_id=case_id, password_hash=hashed, created_at=work.now
            )
        )
        work.log(Event.ACCOUNT_CREATED, actor=by, account=handle, role=role.value)
    return Account(handle, role, case_id)


def revoke(archive: Archive, handle: str, *, actor: str) -> None:
    """Close an account at once; what it did stays, what it asks for from now on is refused."""
    with archive.writing() as work:
        permit(work, actor, Action.MANAGE_ACCOUNTS)
        row = work.session.get(AccountRow, handle)
        if row is None:
            raise NoSuch(kind="account", name=handle)
        row.revoked_at = work.now
        work.log(Event.ACCOUNT_REVOKED, actor=actor, account=handle)


def authenticate(archive: Archive, handle: str, password: str) -> Account:
    """Return the account when the password is its own; raises NotPermitted, without saying why."""
    with archive.reading() as session:
        row = session.get(AccountRow, handle)
        stored = row.password_hash if row is not None and row.revoked_at is None else None
    try:
        _hasher.verify(stored or _nobody(), password[:MAX_PASSWORD])
    except (VerifyMismatchError, InvalidHashError):
        raise NotPermitted(actor=handle, action="log-in") from None
    return find(archive, handle)


def find(archive: Archive, handle: str) -> Account:
    """Return an account; raises NoSuch."""
    with archive.reading() as session:
        account = look_up(session, handle)
    if account is None:
        raise NoSuch(kind="account", name=handle)
    return account


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
    """Return the account called `handle`, or None."""
    row = session.get(AccountRow, handle)
    return None if row is None else _account(row)


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


def _hash(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadValue(field="password", why=N_("use at least 12 characters"))
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """What a password is compared with when there is no such account, so that both answers take as long."""
    return _hasher.hash("nobody")

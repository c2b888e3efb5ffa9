"""Enrolling a telephone as second factor (RFC 6238: SHA-1, six digits, steps of 30 seconds).

    enrolment = totp.begin(archive, actor="coord-uno")      # show enrolment.uri as a QR code, once
    codes = totp.confirm(archive, "123456", actor="coord-uno")  # print them, once

From the first code on, nobody logs in to the account without one.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyotp

from consent import accounts, lockout, second_factor
from consent.accounts import Role
from consent.archive import Archive, Work
from consent.errors import LogInRefused, NotPermitted, WrongState
from consent.events import Event
from consent.keys import seal
from consent.people_rows import SecondFactorRow

ISSUER = "Presente"
ENROL = "enrol"
_WITHOUT_PASSWORD = frozenset({Role.FAMILY})


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What a telephone needs to know. uri: `otpauth://totp/...`; secret: the same for typing, base 32."""

    uri: str
    secret: str


def begin(archive: Archive, *, actor: str, code: str | None = None) -> Enrolment:
    """Make a secret for the actor's own telephone; it counts once `confirm` has seen a code of it.

    code: of the telephone in force, when there is one: whoever finds an open desk cannot replace it.
    Raises NotPermitted, TooSoon, LogInRefused (a wrong code).
    """
    if code is not None:
        lockout.count_attempt(archive, ENROL, actor)
    secret = pyotp.random_base32()
    with archive.writing() as work:
        row = _own_row(work, actor)
        if row.sealed is not None:
            if not second_factor.accepts(work, archive.keys.master, actor, code or ""):
                raise LogInRefused
            lockout.forgive(work, archive, ENROL, actor)
        row.pending = seal(archive.keys.master, secret.encode(), second_factor.context(actor))
    uri = pyotp.TOTP(secret).provisioning_uri(name=actor, issuer_name=ISSUER)
    return Enrolment(uri, secret)


def confirm(archive: Archive, code: str, *, actor: str) -> tuple[str, ...]:
    """Put the new telephone in force with its first code; return ten recovery codes, shown only now.

    Raises NotPermitted, TooSoon, LogInRefused (a wrong code), WrongState (nothing was begun).
    """
    lockout.count_attempt(archive, ENROL, actor)
    with archive.writing() as work:
        row = _own_row(work, actor)
        if row.pending is None:
            raise WrongState(kind="second factor", state="none", wanted="enrolled")
        row.last_step = -1
        if not second_factor.spend_step(row, archive.keys.master, row.pending, code.strip(), work.now):
            raise LogInRefused
        row.sealed, row.pending = row.pending, None
        codes = second_factor.renew_recovery_codes(work, actor)
        lockout.forgive(work, archive, ENROL, actor)
        work.log(Event.TOTP_ENROLLED, actor=actor, account=actor)
        return codes


def is_enrolled(archive: Archive, handle: str) -> bool:
    """Whether an account needs a code to log in."""
    with archive.reading() as session:
        return second_factor.is_enrolled(session, handle)


def _own_row(work: Work, actor: str) -> SecondFactorRow:
    account = accounts.look_up(work.session, actor)
    if account is None or not account.active or account.role in _WITHOUT_PASSWORD:
        raise NotPermitted(actor=actor, action=ENROL)
    row = work.session.get(SecondFactorRow, actor)
    if row is None:
        row = SecondFactorRow(handle=actor, last_step=-1)
        work.session.add(row)
    return row

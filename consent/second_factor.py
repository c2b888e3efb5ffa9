"""The code beside the password: six digits of RFC 6238, or a recovery code from paper.

A step's code is accepted once, a step early or late for clocks that differ. The secret is sealed with the
archive's master key. `consent.totp` says how a telephone is enrolled.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consent.archive import Work
from consent.events import Event
from consent.keys import seal, unseal
from consent.people_rows import RecoveryCodeRow, SecondFactorRow
from consent.tokens import digest

WINDOW = 1  # steps of 30 s that a telephone's clock may be early or late
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no look-alikes: read from paper
_GROUPS, _GROUP = 4, 4  # 30**16: 78 bits, so a plain digest of it is enough
_DIGITS = re.compile(r"\d{6}", re.ASCII)


def is_enrolled(session: Session, handle: str) -> bool:
    """Whether this account needs a code to log in."""
    row = session.get(SecondFactorRow, handle)
    return row is not None and row.sealed is not None


def accepts(work: Work, master: bytes, handle: str, code: str) -> bool:
    """Whether `code` lets this account in; a code that does is spent."""
    typed = "".join(code[:64].split()).replace("-", "").lower()
    if _DIGITS.fullmatch(typed):
        row = work.session.get(SecondFactorRow, handle)
        return (
            row is not None
            and row.sealed is not None
            and spend_step(row, master, row.sealed, typed, work.now)
        )
    return _spend_recovery_code(work, handle, typed)


def spend_step(row: SecondFactorRow, master: bytes, sealed: bytes, typed: str, now: datetime) -> bool:
    """Whether `typed` is the code of a step around `now` that was not used yet; uses it up."""
    secret = unseal(master, sealed, context(row.handle)).decode()
    try:
        step = pyotp.TOTP(secret).verify_and_get_timecode(typed, for_time=now, valid_window=WINDOW)
    except OTPVerificationError:
        return False
    if step <= row.last_step:
        return False
    row.last_step = step
    return True


def renew_recovery_codes(work: Work, handle: str) -> tuple[str, ...]:
    """Return ten new recovery codes; those there were stop working. Only their digests are kept."""
    work.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.handle == handle))
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        work.session.add(RecoveryCodeRow(digest=_digest(handle, code.replace("-", "")), handle=handle))
    return codes


def remove(work: Work, handle: str) -> None:
    """Forget the telephone and the recovery codes of an account."""
    for table in (SecondFactorRow, RecoveryCodeRow):
        work.session.execute(delete(table).where(table.handle == handle))


def reseal(session: Session, old: bytes, new: bytes) -> None:
    """Seal every secret with the master key `new` instead of `old`."""
    for row in session.execute(select(SecondFactorRow)).scalars():
        row.sealed, row.pending = (
            None
            if closed is None
            else seal(new, unseal(old, closed, context(row.handle)), context(row.handle))
            for closed in (row.sealed, row.pending)
        )


def context(handle: str) -> str:
    """What a sealed secret says it is."""
    return f"second factor of {handle}"


def _spend_recovery_code(work: Work, handle: str, typed: str) -> bool:
    row = work.session.get(RecoveryCodeRow, _digest(handle, typed))
    if row is None or row.used_at is not None:
        return False
    row.used_at = work.now
    work.session.flush()
    unused = select(func.count()).where(RecoveryCodeRow.handle == handle, RecoveryCodeRow.used_at.is_(None))
    left = work.session.execute(unused).scalar_one()
    work.log(Event.RECOVERY_CODE_USED, actor=handle, account=handle, left=left)
    return True


def _recovery_code() -> str:
    groups = ("".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _digest(handle: str, typed: str) -> str:
    return digest(f"recovery code of {handle}: {typed}")

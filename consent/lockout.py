"""Back-off: whoever keeps failing waits, longer each time and never for good.

An attempt counts as failed from its beginning until `forgive`, so many at once gain nothing. What was
tried is remembered by a keyed digest, alike for handles that exist and those that do not.
"""

from __future__ import annotations

import math
from datetime import timedelta

from sqlalchemy import delete

from consent.archive import Archive, Work
from consent.errors import TooSoon
from consent.people_rows import ThrottleRow
from consent.tokens import keyed_digest

FREE = 5  # attempts before the first wait
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(days=1)  # after a quiet day nothing is held against anybody


def count_attempt(archive: Archive, kind: str, name: str) -> int:
    """Count an attempt at `name` and return how many were made in a row.

    kind: what is attempted, in one word. Raises TooSoon, with the seconds left to wait.
    """
    with archive.writing() as work:
        row = _row(work, _subject(archive, kind, name))
        left = row.blocked_until - work.now
        if timedelta(0) < left <= LONGEST_WAIT:  # longer ones come from a clock that was set back
            raise TooSoon(seconds=math.ceil(left.total_seconds()))
        row.failures = row.failures + 1 if abs(work.now - row.last_at) < MEMORY else 1
        row.last_at = work.now
        row.blocked_until = work.now + wait_after(row.failures)
        return row.failures


def forgive(work: Work, archive: Archive, kind: str, name: str) -> None:
    """Forget the failures at `name`, and those of others that are a day old."""
    subject = _subject(archive, kind, name)
    quiet_since = work.now - MEMORY
    work.session.execute(
        delete(ThrottleRow).where((ThrottleRow.subject == subject) | (ThrottleRow.last_at < quiet_since))
    )


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: none, then 30 s doubling up to 15 minutes."""
    if failures < FREE:
        return timedelta(0)
    doubled = 1 << min(failures - FREE, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _subject(archive: Archive, kind: str, name: str) -> str:
    return keyed_digest(archive.keys.master, f"attempt {kind}", name)


def _row(work: Work, subject: str) -> ThrottleRow:
    row = work.session.get(ThrottleRow, subject)
    if row is None:
        row = ThrottleRow(subject=subject, failures=0, last_at=work.now, blocked_until=work.now)
        work.session.add(row)
    return row

"""The contact directory: the only telephone numbers a video may give.

A line is entered as an institution publishes it, verified by two people, and goes stale: extortion
begins with a number that is not the one it seems to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import phonenumbers
from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import four_eyes
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive
from consent.errors import N_, BadValue, NoSuch
from consent.events import Event
from consent.four_eyes import Kind
from consent.inputs import checked_text, new_id
from consent.models import ContactRow

FRESH_FOR = timedelta(days=180)
HOME_REGION = "MX"
_SHORT_DIGITS = 3  # 911, 089 and the like are dialled as they are


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A public line. number: "+523336682100", or a short one as dialled ("911")."""

    id: str
    institution: str
    number: str
    source: str
    checked_on: date
    added_by: str
    verified_by: tuple[str, ...]

    def usable(self, today: date) -> bool:
        """Whether it may be given out: verified by two and looked at within half a year."""
        return four_eyes.is_verified(self.verified_by) and today - self.checked_on <= FRESH_FOR


def add_line(
    archive: Archive, institution: str, number: str, *, source: str, checked_on: date, actor: str
) -> ContactLine:
    """Enter a line as `source` publishes it on `checked_on`. Raises BadValue, NotPermitted."""
    normal = normalise(number)
    if normal is None:
        raise BadValue(field="number", why=N_("it is not a telephone number"))
    with archive.writing() as work:
        permit(work, actor, Action.ADD)
        if checked_on > work.now.date():
            raise BadValue(field="checked_on", why=N_("the dates are in the future or out of order"))
        row = ContactRow(
            id=new_id("contact"),
            institution=checked_text("institution", institution, limit=200),
            number=normal,
            source=checked_text("source", source),
            checked_on=checked_on,
            added_by=actor,
            added_at=work.now,
        )
        work.session.add(row)
        work.log(Event.CONTACT_ADDED, actor=actor, contact=row.id)
        return _line(work.session, row)


def verify_line(archive: Archive, contact_id: str, *, actor: str) -> ContactLine:
    """Record that `actor` compared the line with its source. Raises FourEyes, NoSuch, NotPermitted."""
    with archive.writing() as work:
        permit(work, actor, Action.VERIFY)
        row = work.session.get(ContactRow, contact_id)
        if row is None:
            raise NoSuch(kind="contact", name=contact_id)
        four_eyes.add_verification(
            work, Kind.CONTACT, row.id, brought_by=row.added_by, actor=actor, case_id=None
        )
        return _line(work.session, row)


def directory(archive: Archive) -> tuple[ContactLine, ...]:
    """The lines that may be given out today."""
    with archive.reading() as session:
        return load(session, archive.clock().date())


def list_lines(archive: Archive, *, actor: str) -> tuple[ContactLine, ...]:
    """Every line, also those that wait for a second person or went stale; raises NotPermitted."""
    with archive.reading() as session:
        permit_in(session, actor, Action.VERIFY)
        return _all(session)


def load(session: Session, today: date) -> tuple[ContactLine, ...]:
    """The lines that may be given out on `today`, by institution."""
    return tuple(line for line in _all(session) if line.usable(today))


def _all(session: Session) -> tuple[ContactLine, ...]:
    rows = session.execute(select(ContactRow).order_by(ContactRow.institution, ContactRow.id)).scalars()
    return tuple(_line(session, row) for row in rows)


def normalise(number: str) -> str | None:
    """Return E.164 for a Mexican or international number, short ones as dialled; None when it is none."""
    digits = "".join(char for char in number if char.isdigit())
    if len(digits) == _SHORT_DIGITS:
        return digits
    try:
        parsed = phonenumbers.parse(number, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _line(session: Session, row: ContactRow) -> ContactLine:
    return ContactLine(
        id=row.id,
        institution=row.institution,
        number=row.number,
        source=row.source,
        checked_on=row.checked_on,
        added_by=row.added_by,
        verified_by=four_eyes.verifiers(session, Kind.CONTACT, row.id),
    )

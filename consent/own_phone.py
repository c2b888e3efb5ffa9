"""What a relative can do on their own telephone, in the one session that a link opened, and nothing more.

Every function takes the session's token and looks up for itself which case, relative and consent it is
bound to; none takes an identifier, so there is nothing to try others with.
"""

from __future__ import annotations

from dataclasses import dataclass

from consent import links, records, relatives, sessions
from consent.archive import Archive
from consent.errors import NoSuch, NotPermitted, SessionEnded
from consent.events import Event
from consent.links import Link, Purpose
from consent.models import NoticeRow
from consent.records import Consent
from consent.relatives import Objection


@dataclass(frozen=True, slots=True)
class Question:
    """What is put before a relative: the notice as it was when they were asked, and what is asked."""

    notice: str
    language: str
    consent: Consent
    purposes: frozenset[Purpose]


def read(archive: Archive, token: str) -> Question:
    """Return what the relative is asked; that they saw it is an entry in the log. Raises SessionEnded."""
    link = _link(archive, token, Purpose.READ)
    with archive.writing() as work:
        consent = records.load_one(work.session, link.consent_id)
        notice = work.session.get(NoticeRow, consent.notice_sha256)
        if notice is None:
            raise NoSuch(kind="notice", name=consent.notice_sha256)
        work.log(Event.NOTICE_READ, actor=link.relative_id, case_id=link.case_id, consent=consent.id)
        return Question(notice.text, notice.language, consent, link.purposes)


def give(archive: Archive, token: str) -> Consent:
    """Say yes. Raises SessionEnded, NotPermitted (not through this link), and what `records.give` does."""
    link = _link(archive, token, Purpose.ANSWER)
    return records.give(archive, link.consent_id, actor=link.relative_id)


def refuse(archive: Archive, token: str) -> Consent:
    """Say no. Raises SessionEnded, NotPermitted, WrongState."""
    link = _link(archive, token, Purpose.ANSWER)
    return records.refuse(archive, link.consent_id, actor=link.relative_id)


def defer(archive: Archive, token: str) -> Consent:
    """Say not now. Raises SessionEnded, NotPermitted, WrongState."""
    link = _link(archive, token, Purpose.ANSWER)
    return records.defer(archive, link.consent_id, actor=link.relative_id)


def withdraw(archive: Archive, token: str) -> Consent:
    """Take a yes back. Raises SessionEnded, NotPermitted, WrongState."""
    link = _link(archive, token, Purpose.WITHDRAW)
    return records.withdraw(archive, link.consent_id, actor=link.relative_id)


def object_to(archive: Archive, token: str, words: str) -> Objection:
    """Object, in the relative's own words. Raises SessionEnded, NotPermitted, BadValue."""
    link = _link(archive, token, Purpose.OBJECT)
    return relatives.object_to(archive, link.case_id, link.relative_id, words, actor=link.relative_id)


def _link(archive: Archive, token: str, purpose: Purpose) -> Link:
    session = sessions.resume_any(archive, token)
    if session.link_id is None:
        raise SessionEnded
    with archive.reading() as reading:
        link = links.load_one(reading, session.link_id)
    if purpose not in link.purposes:
        raise NotPermitted(actor=link.relative_id, action=purpose.value)
    return link

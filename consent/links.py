"""One-time links: a relative opens the notice on their own telephone and answers there, alone.

    token, link = links.issue(archive, case_id, relative_id, consent_id, purposes, hours=24, actor=...)
    # show LINK_PATH.format(token=token) as a QR code, once
    token, session = links.redeem(archive, token, client="203.0.113.7")

A link opens one session of an hour, bound to this case, relative and consent; `consent.own_phone` says
what can be done in it. In the log the relative acts under their own identifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from consent import accounts, lockout, sessions
from consent.accounts import Action, Role, permit, permit_in
from consent.archive import SYSTEM, Archive, Work
from consent.errors import N_, BadValue, LinkRefused, NoSuch, TooSoon, WrongState
from consent.events import Event
from consent.inputs import is_handle, new_id
from consent.models import ConsentRow
from consent.people_rows import LinkRow
from consent.relatives import relative_row
from consent.sessions import Session
from consent.signing_off import end_sessions_through
from consent.tokens import digest, new_token

LINK_PATH = "/familia/{token}"
LONGEST_HOURS = 72
A_VISIT = timedelta(hours=1)
MOST_AN_HOUR = 5  # links for one relative
REDEEM = "redeem"


class Purpose(StrEnum):
    """What a relative can do through a link. Reading the notice is part of all of them."""

    READ = "read"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    OBJECT = "object"


EVERYTHING = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class Link:
    """A link, without the token that opens it."""

    id: str
    case_id: str
    relative_id: str
    consent_id: str
    purposes: frozenset[Purpose]
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    revoked_at: datetime | None

    def opens(self, now: datetime) -> bool:
        """Whether it still lets its relative in."""
        return (
            self.redeemed_at is None and self.revoked_at is None and self.issued_at <= now < self.expires_at
        )


def issue(
    archive: Archive,
    case_id: str,
    relative_id: str,
    consent_id: str,
    purposes: Iterable[Purpose] = EVERYTHING,
    *,
    hours: int,
    actor: str,
) -> tuple[str, Link]:
    """Make a link for a relative; return its token, which is kept nowhere, and what is known of it.

    hours: 1 to 72. Raises BadValue, NotPermitted, NoSuch, Erased, TooSoon (five in an hour already).
    """
    if not 1 <= hours <= LONGEST_HOURS:
        raise BadValue(field="hours", why=N_("a link lives from 1 to 72 hours"))
    wanted = frozenset(purposes) | {Purpose.READ}
    token, kept = new_token()
    with archive.writing() as work:
        permit(work, actor, Action.COLLECT_CONSENT, case_id)
        work.case_key(case_id)  # says NoSuch or Erased
        relative_row(work.session, case_id, relative_id)
        consent = work.session.get(ConsentRow, consent_id)
        if consent is None or (consent.case_id, consent.relative_id) != (case_id, relative_id):
            raise NoSuch(kind="consent", name=consent_id)
        _require_few(work, relative_id)
        if accounts.look_up(work.session, relative_id) is None:
            accounts.admit(work, relative_id, Role.FAMILY, actor=actor, case_id=case_id)
        row = LinkRow(
            id=new_id("link"),
            digest=kept,
            case_id=case_id,
            relative_id=relative_id,
            consent_id=consent_id,
            purposes=" ".join(sorted(wanted)),
            issued_by=actor,
            issued_at=work.now,
            expires_at=work.now + timedelta(hours=hours),
        )
        work.session.add(row)
        work.session.flush()
        work.log(Event.LINK_ISSUED, actor=actor, case_id=case_id, link=row.id, consent=consent_id)
        return token, _link(row)


def redeem(archive: Archive, token: str, *, client: str) -> tuple[str, Session]:
    """Open the one session of a link; return the session's own token and the session.

    client: where the attempt comes from (an address); only failures of the same one are counted.
    Raises LinkRefused, without saying why (the log does), and TooSoon.
    """
    lockout.count_attempt(archive, REDEEM, client)
    with archive.writing() as work:
        row = work.session.execute(
            select(LinkRow).where(LinkRow.digest == digest(token))
        ).scalar_one_or_none()
        fault = "unknown" if row is None else _fault(work, row)
        if row is not None and fault is None:
            row.redeemed_at = work.now
            lockout.forgive(work, archive, REDEEM, client)
            work.log(Event.LINK_REDEEMED, actor=row.relative_id, case_id=row.case_id, link=row.id)
            return sessions.begin(work, row.relative_id, A_VISIT, link_id=row.id)
        if row is not None and fault is not None:
            work.log(Event.LINK_REFUSED, actor=SYSTEM, case_id=row.case_id, link=row.id, why=fault)
    raise LinkRefused


def revoke(archive: Archive, link_id: str, *, actor: str) -> Link:
    """Take a link back and end the session it opened; raises NotPermitted, NoSuch, WrongState."""
    with archive.writing() as work:
        row = _row(work.session, link_id)
        permit(work, actor, Action.COLLECT_CONSENT, row.case_id)
        if row.revoked_at is not None:
            raise WrongState(kind="link", state="revoked", wanted="revoked")
        row.revoked_at = work.now
        work.log(Event.LINK_REVOKED, actor=actor, case_id=row.case_id, link=row.id)
        end_sessions_through(work, row.id, actor=actor)
        return _link(row)


def list_links(archive: Archive, case_id: str, *, actor: str) -> tuple[Link, ...]:
    """The links of a case, oldest first; raises NotPermitted."""
    query = select(LinkRow).where(LinkRow.case_id == case_id).order_by(LinkRow.issued_at, LinkRow.id)
    with archive.reading() as session:
        permit_in(session, actor, Action.COLLECT_CONSENT, case_id)
        return tuple(map(_link, session.execute(query).scalars()))


def load_one(session: DatabaseSession, link_id: str) -> Link:
    """Return a link, to whoever came in through it; raises NoSuch."""
    return _link(_row(session, link_id))


def _require_few(work: Work, relative_id: str) -> None:
    since = work.now - timedelta(hours=1)
    recent = select(func.count(), func.min(LinkRow.issued_at)).where(
        LinkRow.relative_id == relative_id, LinkRow.issued_at > since
    )
    count, oldest = work.session.execute(recent).one()
    if count >= MOST_AN_HOUR:
        raise TooSoon(seconds=int((oldest - since).total_seconds()) + 1)


def _fault(work: Work, row: LinkRow) -> str | None:
    account = accounts.look_up(work.session, row.relative_id)
    if row.revoked_at is not None or account is None or not account.active:
        return "revoked"
    if row.redeemed_at is not None:
        return "used"
    return None if _link(row).opens(work.now) else "expired"


def _row(session: DatabaseSession, link_id: str) -> LinkRow:
    row = session.get(LinkRow, link_id) if is_handle(link_id) else None
    if row is None:
        raise NoSuch(kind="link", name=link_id)
    return row


def _link(row: LinkRow) -> Link:
    return Link(
        id=row.id,
        case_id=row.case_id,
        relative_id=row.relative_id,
        consent_id=row.consent_id,
        purposes=frozenset(map(Purpose, row.purposes.split())),
        issued_by=row.issued_by,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        redeemed_at=row.redeemed_at,
        revoked_at=row.revoked_at,
    )

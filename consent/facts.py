"""Facts: what is known about the missing person, from which source, and who checked it.

Only verified facts may be spoken or printed. A fact is known by its key, chosen by whoever adds it and
cited in scripts ("lugar", "fecha"); the official anchors have fixed keys.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import ficha, four_eyes
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, Work, case_key_of
from consent.cases import Status, open_row
from consent.errors import N_, BadValue, FolioTaken, NoSuch
from consent.events import Event
from consent.ficha import FOLIO, INVESTIGATION
from consent.four_eyes import Kind
from consent.inputs import checked_key, checked_text, new_id
from consent.keys import Keys
from consent.models import CaseRow, FactRow
from consent.vault import CaseKey

__all__ = [
    "FOLIO",
    "INVESTIGATION",
    "Confidence",
    "Fact",
    "add_fact",
    "list_facts",
    "load",
    "verify_fact",
]
CONTACT_KEYS = frozenset({"contacto", "contact"})  # cited for a line of the directory; never a fact


class Confidence(StrEnum):
    """How far whoever brought a fact trusts its source. What is LOW is kept for the search, and not said."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one source says. verified_by: handles, in order of time. source_date: of the source itself."""

    id: str
    key: str
    value: str
    source: str
    added_by: str
    added_at: datetime
    verified_by: tuple[str, ...]
    confidence: Confidence = Confidence.MEDIUM
    source_date: date | None = None

    @property
    def verified(self) -> bool:
        """Whether two people compared it with its source."""
        return four_eyes.is_verified(self.verified_by)


def add_fact(
    archive: Archive,
    case_id: str,
    key: str,
    value: str,
    *,
    source: str,
    actor: str,
    source_date: date | None = None,
    confidence: Confidence = Confidence.MEDIUM,
) -> Fact:
    """Record a fact; the same key again supersedes the earlier telling, which then needs verifying anew.

    Keys of the ficha have rules of their own (see `consent.ficha`), and a folio belongs to one open case.
    Raises BadValue, FolioTaken, NotPermitted, NoSuch, Frozen, Erased.
    """
    checked_key(key)
    if key in CONTACT_KEYS:
        raise BadValue(field="key", why=N_("telephone lines come from the contact directory"))
    private: dict[str, Any] = {
        "key": key,
        "value": checked_text("value", value),
        "source": checked_text("source", source),
        "source_date": None if source_date is None else source_date.isoformat(),
        "confidence": confidence.value,
    }
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id)
        today = work.now.date()
        ficha.checked(key, private["value"], today)
        if source_date is not None and source_date > today:
            raise BadValue(field="source_date", why=N_("the dates are in the future or out of order"))
        mark = _mark(archive.keys, private["value"]) if key == FOLIO else None
        _require_free(work, case_id, mark)
        earlier = _current(work.session, case_id, key)
        if earlier is not None:
            earlier.superseded_at, earlier.mark = work.now, None
        fact_id = new_id("fact")
        row = FactRow(
            id=fact_id,
            case_id=case_id,
            key=key,
            sealed=work.case_key(case_id).seal(private, f"fact/{fact_id}"),
            added_by=actor,
            added_at=work.now,
            mark=mark,
        )
        work.session.add(row)
        work.log(Event.FACT_ADDED, actor=actor, case_id=case_id, private=private, fact=fact_id)
        return _fact(work.session, row, work.case_key(case_id))


def verify_fact(archive: Archive, case_id: str, key: str, *, actor: str) -> Fact:
    """Record that `actor` compared the fact with its source and found it so.

    Raises FourEyes for whoever added it or verified it already, NotPermitted, NoSuch, Frozen, Erased.
    """
    with archive.writing() as work:
        permit(work, actor, Action.VERIFY, case_id)
        open_row(work, case_id)
        row = _current(work.session, case_id, key)
        if row is None:
            raise NoSuch(kind="fact", name=key)
        four_eyes.add_verification(
            work, Kind.FACT, row.id, brought_by=row.added_by, actor=actor, case_id=case_id
        )
        return _fact(work.session, row, work.case_key(case_id))


def list_facts(archive: Archive, case_id: str, *, actor: str) -> tuple[Fact, ...]:
    """The current facts of a case, by key; raises NotPermitted, NoSuch, Erased."""
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        return load(session, case_key_of(session, archive.vault, case_id))


def load(session: Session, key: CaseKey) -> tuple[Fact, ...]:
    """The current facts of the case that `key` opens, by key."""
    query = select(FactRow).where(FactRow.case_id == key.case_id, FactRow.superseded_at.is_(None))
    return tuple(_fact(session, row, key) for row in session.execute(query.order_by(FactRow.key)).scalars())


def _current(session: Session, case_id: str, key: str) -> FactRow | None:
    query = select(FactRow).where(
        FactRow.case_id == case_id, FactRow.key == key, FactRow.superseded_at.is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def _mark(keys: Keys, folio: str) -> str:
    """A keyed digest of a folio, however its dashes are written, so that no table holds the folio itself."""
    key = hmac.digest(keys.signer.private_bytes_raw(), b"presente folio marks", sha256)
    digits = "".join(char for char in folio.lower() if char.isalnum())
    return hmac.digest(key, digits.encode(), sha256).hex()


def _require_free(work: Work, case_id: str, mark: str | None) -> None:
    """Raise FolioTaken when another open case has this folio."""
    if mark is None:
        return
    query = select(FactRow.case_id).join(CaseRow, CaseRow.id == FactRow.case_id)
    same = query.where(
        FactRow.mark == mark, FactRow.case_id != case_id, CaseRow.status == Status.OPEN.value
    ).limit(1)
    other = work.session.execute(same).scalar_one_or_none()
    if other is not None:
        raise FolioTaken(case=other)


def _fact(session: Session, row: FactRow, key: CaseKey) -> Fact:
    private = cast(dict[str, Any], key.unseal(row.sealed, f"fact/{row.id}"))
    return Fact(
        id=row.id,
        key=row.key,
        value=private["value"],
        source=private["source"],
        added_by=row.added_by,
        added_at=row.added_at,
        verified_by=four_eyes.verifiers(session, Kind.FACT, row.id),
        confidence=Confidence(private["confidence"]),
        source_date=None if private["source_date"] is None else date.fromisoformat(private["source_date"]),
    )

"""Facts: what is known about the missing person, from which source, and who checked it.

Only verified facts may be spoken or printed. A fact is known by its key, chosen by whoever adds it and
cited in scripts ("lugar", "fecha"); the official anchors have fixed keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import four_eyes
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, case_key_of
from consent.cases import open_row
from consent.errors import N_, BadValue, NoSuch
from consent.events import Event
from consent.four_eyes import Kind
from consent.inputs import checked_key, checked_text, new_id
from consent.models import FactRow
from consent.vault import CaseKey

FOLIO = "folio"  # folio único of the national register (RNPDNO)
INVESTIGATION = "carpeta"  # carpeta de investigación of a prosecutor's office
CONTACT_KEYS = frozenset({"contacto", "contact"})  # cited for a line of the directory; never a fact


@dataclass(frozen=True, slots=True)
class Fact:
    """What one source says. verified_by: handles, in order of time."""

    id: str
    key: str
    value: str
    source: str
    added_by: str
    added_at: datetime
    verified_by: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether it may be spoken or printed."""
        return four_eyes.is_verified(self.verified_by)


def add_fact(archive: Archive, case_id: str, key: str, value: str, *, source: str, actor: str) -> Fact:
    """Record a fact; the same key again supersedes the earlier telling, which then needs verifying anew.

    Raises BadValue, NotPermitted, NoSuch, Frozen, Erased.
    """
    checked_key(key)
    if key in CONTACT_KEYS:
        raise BadValue(field="key", why=N_("telephone lines come from the contact directory"))
    private: dict[str, Any] = {
        "key": key,
        "value": checked_text("value", value),
        "source": checked_text("source", source),
    }
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id)
        earlier = _current(work.session, case_id, key)
        if earlier is not None:
            earlier.superseded_at = work.now
        fact_id = new_id("fact")
        row = FactRow(
            id=fact_id,
            case_id=case_id,
            key=key,
            sealed=work.case_key(case_id).seal(private, f"fact/{fact_id}"),
            added_by=actor,
            added_at=work.now,
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
    )

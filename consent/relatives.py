"""Relatives: who may consent and who may object, with the proof of how they are related.

An objection blocks until a coordinator settles it; it is never a matter of majority. The missing person
is presumed alive: if they appear and object, nobody can settle that away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import four_eyes
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, Work, case_key_of
from consent.cases import open_row
from consent.errors import NoSuch, WrongState
from consent.events import Event
from consent.four_eyes import Kind
from consent.inputs import checked_text, new_id
from consent.models import EvidenceRow, ObjectionRow, RelativeRow
from consent.vault import CaseKey


class Relationship(StrEnum):
    """What a person is to the missing person. SELF is the missing person.

    PUBLIC_DOMAIN stands where a family would, in demonstrations only.
    """

    SELF = "self"
    MOTHER = "mother"
    FATHER = "father"
    CHILD = "child"
    SPOUSE = "spouse"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GUARDIAN = "guardian"
    LEGAL_REPRESENTATIVE = "legal-representative"
    OTHER = "other"
    PUBLIC_DOMAIN = "public-domain"


GUARDIANS = frozenset(
    {
        Relationship.MOTHER,
        Relationship.FATHER,
        Relationship.GUARDIAN,
        Relationship.LEGAL_REPRESENTATIVE,
    }
)
MAY_CONSENT = frozenset(Relationship) - {Relationship.OTHER, Relationship.PUBLIC_DOMAIN}


class Outcome(StrEnum):
    """How an objection was settled."""

    LIFTED = "lifted"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Relative:
    """A person of the family. verified_by: who checked the proof of the relationship."""

    id: str
    name: str
    relationship: Relationship
    proof_id: str | None
    added_by: str
    verified_by: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether two people checked the relationship."""
        return four_eyes.is_verified(self.verified_by)


@dataclass(frozen=True, slots=True)
class Objection:
    """A relative's no. outcome: None while nobody settled it."""

    id: str
    relative_id: str
    words: str
    raised_at: datetime
    outcome: Outcome | None

    @property
    def blocks(self) -> bool:
        """Whether it stands in the way."""
        return self.outcome is not Outcome.LIFTED


def add_relative(
    archive: Archive,
    case_id: str,
    name: str,
    relationship: Relationship,
    *,
    actor: str,
    proof_id: str | None = None,
) -> Relative:
    """Record a relative; `proof_id` names the evidence of the relationship.

    Raises BadValue, NotPermitted, NoSuch, Frozen, Erased.
    """
    private: dict[str, Any] = {"name": checked_text("name", name, limit=200)}
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id)
        if proof_id is not None:
            _require_evidence(work, case_id, proof_id)
        relative_id = new_id("relative")
        row = RelativeRow(
            id=relative_id,
            case_id=case_id,
            relationship=relationship.value,
            sealed=work.case_key(case_id).seal(private, f"relative/{relative_id}"),
            proof_id=proof_id,
            added_by=actor,
            added_at=work.now,
        )
        work.session.add(row)
        work.log(
            Event.RELATIVE_ADDED,
            actor=actor,
            case_id=case_id,
            private={**private, "relationship": relationship.value, "proof": proof_id},
            relative=relative_id,
        )
        return _relative(work.session, row, work.case_key(case_id))


def verify_relative(archive: Archive, case_id: str, relative_id: str, *, actor: str) -> Relative:
    """Record that `actor` checked the proof of the relationship. Raises FourEyes and as `add_relative`."""
    with archive.writing() as work:
        permit(work, actor, Action.VERIFY, case_id)
        open_row(work, case_id)
        row = relative_row(work.session, case_id, relative_id)
        four_eyes.add_verification(
            work, Kind.RELATIVE, row.id, brought_by=row.added_by, actor=actor, case_id=case_id
        )
        return _relative(work.session, row, work.case_key(case_id))


def list_relatives(archive: Archive, case_id: str, *, actor: str) -> tuple[Relative, ...]:
    """The relatives of a case."""
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        return load(session, case_key_of(session, archive.vault, case_id))


def list_objections(archive: Archive, case_id: str, *, actor: str) -> tuple[Objection, ...]:
    """The objections of a case, oldest first; raises NotPermitted, NoSuch, Erased."""
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        return load_objections(session, case_key_of(session, archive.vault, case_id))


def object_to(archive: Archive, case_id: str, relative_id: str, words: str, *, actor: str) -> Objection:
    """Record a relative's objection; it blocks from this moment, whatever the state of the case."""
    private: dict[str, Any] = {"words": checked_text("words", words)}
    with archive.writing() as work:
        permit(work, actor, Action.OBJECT, case_id)
        relative_row(work.session, case_id, relative_id)
        objection_id = new_id("objection")
        row = ObjectionRow(
            id=objection_id,
            case_id=case_id,
            relative_id=relative_id,
            sealed=work.case_key(case_id).seal(private, f"objection/{objection_id}"),
            raised_by=actor,
            raised_at=work.now,
        )
        work.session.add(row)
        work.log(
            Event.OBJECTION_RAISED,
            actor=actor,
            case_id=case_id,
            private={**private, "relative": relative_id},
            objection=objection_id,
        )
        return _objection(row, work.case_key(case_id))


def settle_objection(
    archive: Archive, case_id: str, objection_id: str, outcome: Outcome, *, reason: str, actor: str
) -> Objection:
    """Settle an objection, with the reason a coordinator gives.

    Raises WrongState when it is settled already, or when the missing person themself objected and it
    would be lifted; NotPermitted, NoSuch, Erased.
    """
    private = {"reason": checked_text("reason", reason)}
    with archive.writing() as work:
        permit(work, actor, Action.SETTLE_OBJECTION, case_id)
        row = work.session.get(ObjectionRow, objection_id)
        if row is None or row.case_id != case_id:
            raise NoSuch(kind="objection", name=objection_id)
        relationship = relative_row(work.session, case_id, row.relative_id).relationship
        if row.outcome is not None:
            raise WrongState(kind="objection", state=row.outcome, wanted=outcome.value)
        if relationship == Relationship.SELF and outcome is Outcome.LIFTED:
            raise WrongState(kind="objection", state=Relationship.SELF.value, wanted=outcome.value)
        row.outcome, row.settled_by, row.settled_at = outcome.value, actor, work.now
        work.log(
            Event.OBJECTION_SETTLED,
            actor=actor,
            case_id=case_id,
            private=private,
            objection=objection_id,
            outcome=outcome.value,
        )
        return _objection(row, work.case_key(case_id))


def load(session: Session, key: CaseKey) -> tuple[Relative, ...]:
    """The relatives of the case that `key` opens, in the order they were added."""
    query = select(RelativeRow).where(RelativeRow.case_id == key.case_id)
    rows = session.execute(query.order_by(RelativeRow.added_at, RelativeRow.id)).scalars()
    return tuple(_relative(session, row, key) for row in rows)


def load_objections(session: Session, key: CaseKey) -> tuple[Objection, ...]:
    """The objections of the case that `key` opens, oldest first."""
    query = select(ObjectionRow).where(ObjectionRow.case_id == key.case_id)
    rows = session.execute(query.order_by(ObjectionRow.raised_at, ObjectionRow.id)).scalars()
    return tuple(_objection(row, key) for row in rows)


def relative_row(session: Session, case_id: str, relative_id: str) -> RelativeRow:
    """Return the row of a relative of this case; raises NoSuch."""
    row = session.get(RelativeRow, relative_id)
    if row is None or row.case_id != case_id:
        raise NoSuch(kind="relative", name=relative_id)
    return row


def _require_evidence(work: Work, case_id: str, evidence_id: str) -> None:
    row = work.session.get(EvidenceRow, evidence_id)
    if row is None or row.case_id != case_id:
        raise NoSuch(kind="evidence", name=evidence_id)


def _relative(session: Session, row: RelativeRow, key: CaseKey) -> Relative:
    private = cast(dict[str, Any], key.unseal(row.sealed, f"relative/{row.id}"))
    return Relative(
        id=row.id,
        name=private["name"],
        relationship=Relationship(row.relationship),
        proof_id=row.proof_id,
        added_by=row.added_by,
        verified_by=four_eyes.verifiers(session, Kind.RELATIVE, row.id),
    )


def _objection(row: ObjectionRow, key: CaseKey) -> Objection:
    private = cast(dict[str, Any], key.unseal(row.sealed, f"objection/{row.id}"))
    return Objection(
        id=row.id,
        relative_id=row.relative_id,
        words=private["words"],
        raised_at=row.raised_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
    )

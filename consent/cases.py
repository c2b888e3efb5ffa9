"""Cases: one missing person each, from opening to found, closed or erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consent.accounts import Action, look_up, permit, permit_in
from consent.archive import ERASED, Archive, Work, case_key_of
from consent.errors import N_, BadValue, FourEyes, Frozen, NoSuch, NotPermitted, WrongState
from consent.events import Event
from consent.halting import RenderState, halt_case
from consent.inputs import new_id
from consent.models import CaseRow, EvidenceRow, FactRow
from consent.vault import CaseKey

ADULT_YEARS = 18


class Status(StrEnum):
    """Where a case stands. Only an open one takes work."""

    OPEN = "open"
    FOUND = "found"
    CLOSED = "closed"
    ERASED = ERASED


class CaseKind(StrEnum):
    """Whom a case is about. A demonstration is about nobody missing and never leaves this machine."""

    MISSING = "missing"
    DEMONSTRATION = "demonstration"


class ProtectionOrder(StrEnum):
    """Whether an order keeps the person's whereabouts from somebody: showing a face can break it."""

    UNCHECKED = "unchecked"
    NONE = "none"
    IN_FORCE = "in-force"


class ChildOpinion(StrEnum):
    """What a child said about their portrait being used, where somebody could ask them."""

    NOT_POSSIBLE = "not-possible"
    AGREES = "agrees"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True)
class Case:
    """A missing person, without their name: names are facts.

    disappeared: None in a demonstration. minor: under 18 when they disappeared, or now.
    minor_approved_by: the coordinator who approved that a minor's portrait be used at all, after asking
    for the child's opinion. public_figure: somebody declared that the person is one.
    """

    id: str
    kind: CaseKind
    status: Status
    protection_order: ProtectionOrder
    disappeared: date | None
    born: date | None
    minor: bool
    minor_approved_by: str | None
    child_opinion: ChildOpinion | None = None
    public_figure: bool = False


def open_case(
    archive: Archive, *, actor: str, disappeared: date, born: date | None = None, minor: bool | None = None
) -> Case:
    """Open a case. When the date of birth is not known, say whether the person is a minor.

    Raises BadValue for dates in the future or out of order, NotPermitted.
    """
    if born is None and minor is None:
        raise BadValue(field="born", why=N_("give the date of birth, or say whether this is a minor"))
    with archive.writing() as work:
        permit(work, actor, Action.OPEN_CASE)
        if not (born or date.min) <= disappeared <= work.now.date():
            raise BadValue(field="disappeared", why=N_("the dates are in the future or out of order"))
        private: dict[str, Any] = {
            "born": None if born is None else born.isoformat(),
            "disappeared": disappeared.isoformat(),
            "minor": minor,
        }
        return _open(work, CaseKind.MISSING, private, actor)


def open_demonstration(archive: Archive, *, actor: str) -> Case:
    """Open a case about nobody missing; `consent.demonstration` says over which portraits.

    Raises NotPermitted.
    """
    with archive.writing() as work:
        permit(work, actor, Action.OPEN_CASE)
        nobody = {"born": None, "disappeared": None, "minor": False}
        return _open(work, CaseKind.DEMONSTRATION, nobody, actor)


def find(archive: Archive, case_id: str, *, actor: str) -> Case:
    """Return a case; raises NotPermitted, NoSuch, Erased."""
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        key = case_key_of(session, archive.vault, case_id)
        return load(session, key, archive.clock().date())


def list_open(archive: Archive, *, actor: str) -> tuple[str, ...]:
    """Identifiers of the open cases that `actor` may see, oldest first."""
    query = select(CaseRow.id).where(CaseRow.status == Status.OPEN.value)
    with archive.reading() as session:
        account = look_up(session, actor)
        if account is None or not account.active:
            raise NotPermitted(actor=actor, action=Action.READ_CASE.value)
        opened = session.execute(query.order_by(CaseRow.opened_at, CaseRow.id)).scalars()
        return tuple(case_id for case_id in opened if account.may(Action.READ_CASE, case_id))


def check_protection_order(archive: Archive, case_id: str, found: ProtectionOrder, *, actor: str) -> None:
    """Record what a coordinator found when asking about a protection order."""
    with archive.writing() as work:
        permit(work, actor, Action.CHECK_PROTECTION_ORDER, case_id)
        row = open_row(work, case_id)
        row.protection_order = found.value
        work.log(Event.PROTECTION_ORDER_CHECKED, actor=actor, case_id=case_id, private={"found": found.value})


def approve_minor(
    archive: Archive,
    case_id: str,
    *,
    actor: str,
    child_opinion: ChildOpinion = ChildOpinion.NOT_POSSIBLE,
) -> None:
    """Record a coordinator's own approval that a minor's portrait be used, and what the child said.

    A child who disagrees is heard by the gate, whoever approves.
    """
    with archive.writing() as work:
        permit(work, actor, Action.APPROVE_MINOR, case_id)
        row = open_row(work, case_id)
        row.minor_approved_by, row.child_opinion = actor, child_opinion.value
        private: dict[str, Any] = {"child_opinion": child_opinion.value}
        work.log(Event.MINOR_APPROVED, actor=actor, case_id=case_id, private=private)


def declare_public_figure(archive: Archive, case_id: str, *, actor: str) -> None:
    """Record that the person is a public figure, whose animated face deceives more than it finds.

    Nobody's face is looked up anywhere: somebody who knows has to say so. Raises as `close`.
    """
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id).public_figure_by = actor
        work.log(Event.PUBLIC_FIGURE_DECLARED, actor=actor, case_id=case_id)


def lift_public_figure(archive: Archive, case_id: str, *, actor: str) -> None:
    """Take a declaration back, as a coordinator who did not make it. Raises FourEyes, WrongState."""
    with archive.writing() as work:
        permit(work, actor, Action.SETTLE_OBJECTION, case_id)
        row = open_row(work, case_id)
        if row.public_figure_by is None:
            raise WrongState(kind="case", state="not-declared", wanted="lifted")
        if row.public_figure_by == actor:
            raise FourEyes(actor=actor)
        row.public_figure_by = None
        work.log(Event.PUBLIC_FIGURE_LIFTED, actor=actor, case_id=case_id)


def mark_found(archive: Archive, case_id: str, *, actor: str) -> None:
    """The person was found, alive or not: the case freezes, and nothing says which."""
    _freeze(archive, case_id, Status.FOUND, actor)


def close(archive: Archive, case_id: str, *, actor: str) -> None:
    """End the work on a case without a finding, at the family's wish for example."""
    _freeze(archive, case_id, Status.CLOSED, actor)


def erase(archive: Archive, case_id: str, *, actor: str) -> None:
    """Destroy the key and the salt of a case: what it held can be read by nobody, in backups too.

    The log keeps its entries and gains a tombstone; public status of its renders stays.
    """
    with archive.writing() as work:
        permit(work, actor, Action.ERASE_CASE, case_id)
        erase_in(work, case_id, actor=actor)
    archive.vault.shred(case_id)  # after a crash before this line, opening the archive does it


def erase_in(work: Work, case_id: str, *, actor: str) -> None:
    """Decide an erasure inside a transaction; whoever calls shreds the key once it is committed.

    Raises NoSuch, WrongState.
    """
    row = _row(work.session, case_id)
    if row.status == Status.ERASED:
        raise WrongState(kind="case", state=row.status, wanted=Status.ERASED.value)
    halt_case(work, case_id, RenderState.INACTIVE, actor=actor)
    work.session.execute(update(EvidenceRow).where(EvidenceRow.case_id == case_id).values(sha256=None))
    work.session.execute(update(FactRow).where(FactRow.case_id == case_id).values(mark=None))
    row.status = Status.ERASED.value
    work.log(Event.CASE_ERASED, actor=actor, case_id=case_id)


def load(session: Session, key: CaseKey, today: date) -> Case:
    """Return the case that `key` opens, as of `today`."""
    return _case(_row(session, key.case_id), key, today)


def open_row(work: Work, case_id: str) -> CaseRow:
    """Return the row of a case that takes work; raises NoSuch, Erased, Frozen."""
    work.case_key(case_id)
    row = _row(work.session, case_id)
    if row.status != Status.OPEN:
        raise Frozen
    return row


def _open(work: Work, kind: CaseKind, private: dict[str, Any], actor: str) -> Case:
    case_id = new_id("case")
    key = work.vault.make_case_key(case_id)
    row = CaseRow(
        id=case_id,
        kind=kind.value,
        status=Status.OPEN.value,
        protection_order=ProtectionOrder.UNCHECKED.value,
        sealed=key.seal(private, "case"),
        opened_by=actor,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.log(Event.CASE_OPENED, actor=actor, case_id=case_id, private=private, kind=kind.value)
    return _case(row, key, work.now.date())


def _freeze(archive: Archive, case_id: str, status: Status, actor: str) -> None:
    with archive.writing() as work:
        permit(work, actor, Action.FREEZE_CASE, case_id)
        row = _row(work.session, case_id)
        if row.status != Status.OPEN:
            raise WrongState(kind="case", state=row.status, wanted=status.value)
        row.status = status.value
        work.log(Event.CASE_FROZEN, actor=actor, case_id=case_id, private={"status": status.value})
        halt_case(work, case_id, RenderState.INACTIVE, actor=actor)


def _row(session: Session, case_id: str) -> CaseRow:
    row = session.get(CaseRow, case_id)
    if row is None:
        raise NoSuch(kind="case", name=case_id)
    return row


def _case(row: CaseRow, key: CaseKey, today: date) -> Case:
    private = cast(dict[str, Any], key.unseal(row.sealed, "case"))
    born = None if private["born"] is None else date.fromisoformat(private["born"])
    disappeared = None if private["disappeared"] is None else date.fromisoformat(private["disappeared"])
    too_young = born is not None and _years(born, min(disappeared or today, today)) < ADULT_YEARS
    return Case(
        id=row.id,
        kind=CaseKind(row.kind),
        status=Status(row.status),
        protection_order=ProtectionOrder(row.protection_order),
        disappeared=disappeared,
        born=born,
        minor=bool(private["minor"]) or too_young,
        minor_approved_by=row.minor_approved_by,
        child_opinion=None if row.child_opinion is None else ChildOpinion(row.child_opinion),
        public_figure=row.public_figure_by is not None,
    )


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

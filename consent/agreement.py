"""Whether the tables say what the log says.

A change and its entry commit together, so the entries, read in order, tell how every record must stand
now. `Expectation` reads them along with the walk and then compares: a row that an entry does not account
for, a row that is gone, or one that stands otherwise is named. What is sealed is not compared here: the
log commits to it (see `consent.audit`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.canonical import Json
from consent.events import Event, timestamp
from consent.halting import RenderState, render_hex
from consent.models import (
    AccountRow,
    CaseRow,
    ClearanceRow,
    ConsentEventRow,
    ConsentRow,
    ContactRow,
    EvidenceRow,
    FactRow,
    ObjectionRow,
    RelativeRow,
    RenderRow,
    TakedownRow,
    VerificationRow,
)
from consent.walk import BadRecord

FROZEN = "frozen"  # found or closed: the log does not say openly which
_NAMES = {  # events that only say: from here on there is such a row
    Event.FACT_ADDED: "fact",
    Event.RELATIVE_ADDED: "relative",
    Event.CONTACT_ADDED: "contact",
    Event.EVIDENCE_STORED: "evidence",
}
_IDENTIFIERS = {
    "fact": FactRow.id,
    "relative": RelativeRow.id,
    "contact": ContactRow.id,
    "evidence": EvidenceRow.id,
}
_RENDER_STATES = {
    Event.RENDER_FAILED: RenderState.FAILED,
    Event.RENDER_WITHDRAWN: RenderState.WITHDRAWN,
    Event.RENDER_INACTIVE: RenderState.INACTIVE,
}


Name = tuple[str, str]  # kind and identifier
State = tuple[object, ...]


class Standing(NamedTuple):
    """How a record stands, and the number of the entry that last touched it."""

    entry: int
    state: State


class Expectation:
    """How every record must stand, by the entries read so far."""

    def __init__(self) -> None:
        self._standings: dict[Name, Standing] = {}

    def take(self, entry: Mapping[str, Json]) -> None:
        """Take the next entry, as the walk has read it."""
        data = entry["data"]
        assert isinstance(data, Mapping)  # the catalogue says so, and the walk has looked  # noqa: S101
        event, number = Event(str(entry["event"])), int(str(entry["index"]))
        for changes in (self._people_and_cases, self._consents, self._renders):
            for name, state in changes(event, entry, data):
                self._standings[name] = Standing(number, state)

    def compare(self, session: Session) -> None:
        """Compare with the tables; raises BadRecord about the record whose entry is the earliest."""
        left = dict(self._standings)
        wrong: list[tuple[int, Name, str]] = []
        for name, state in _rows(session):
            expected = left.pop(name, None)
            if expected is None:
                wrong.append((-1, name, "is in the tables, and no entry of the log says so"))
            elif expected.state != state:
                wrong.append((expected.entry, name, f"does not stand as entry {expected.entry} left it"))
        wrong += [(gone.entry, name, f"is gone; entry {gone.entry} knows it") for name, gone in left.items()]
        if wrong:
            _, (kind, name_of_it), what = min(wrong)
            raise BadRecord(f"{kind} {name_of_it}", what)

    def _people_and_cases(
        self, event: Event, entry: Mapping[str, Json], data: Mapping[str, Json]
    ) -> Iterator[tuple[Name, State]]:
        case = ("case", str(entry["case"]))
        match event:
            case Event.ACCOUNT_CREATED:
                yield ("account", str(data["account"])), (data["role"], "active")
            case Event.ACCOUNT_REVOKED:
                account = ("account", str(data["account"]))
                yield account, (*self._state(account)[:1], "revoked")
            case Event.CASE_OPENED:
                yield case, (data["kind"], "open")
            case Event.CASE_FROZEN:
                yield case, (*self._state(case)[:1], FROZEN)
            case Event.CASE_ERASED:
                yield case, (*self._state(case)[:1], "erased")
            case Event.VERIFIED:
                yield ("verification", f"{data['kind']}/{data['target']}/{entry['actor']}"), ()
            case _ if event in _NAMES:
                yield (_NAMES[event], str(data[_NAMES[event]])), ()

    def _consents(
        self, event: Event, entry: Mapping[str, Json], data: Mapping[str, Json]
    ) -> Iterator[tuple[Name, State]]:
        match event:
            case Event.CONSENT_STEP:
                consent = ("consent", str(data["consent"]))
                step = (data["state"], entry["actor"], entry["at"])
                yield consent, (entry["case"], *self._state(consent)[1:], step)
            case Event.OBJECTION_RAISED:
                yield ("objection", str(data["objection"])), (None,)
            case Event.OBJECTION_SETTLED:
                yield ("objection", str(data["objection"])), (data["outcome"],)

    def _renders(
        self, event: Event, entry: Mapping[str, Json], data: Mapping[str, Json]
    ) -> Iterator[tuple[Name, State]]:
        render = ("render", str(data.get("render")))
        match event:
            case Event.CLEARANCE_GIVEN:
                yield ("clearance", str(data["clearance"])), (data["consent"], None)
            case Event.RENDER_OPENED:
                clearance = ("clearance", str(data["clearance"]))
                yield clearance, (*self._state(clearance)[:1], data["render"])
                yield render, (RenderState.RENDERING.value, None, None)
            case Event.RENDER_PUBLISHED:
                yield render, (RenderState.PUBLISHED.value, data["sha256"], entry["index"])
            case Event.TAKEDOWN_DONE:
                yield ("takedown", f"{data['render']}/{data['channel']}"), (entry["actor"],)
            case _ if event in _RENDER_STATES:
                yield render, (_RENDER_STATES[event].value, *self._state(render)[1:])

    def _state(self, name: Name) -> State:
        standing = self._standings.get(name)
        return () if standing is None else standing.state


def _rows(session: Session) -> Iterator[tuple[Name, State]]:
    """Every record of the tables by the same names, and how it stands."""
    for person in session.execute(select(AccountRow.handle, AccountRow.role, AccountRow.revoked_at)):
        yield ("account", person.handle), (person.role, "active" if person.revoked_at is None else "revoked")
    for case in session.execute(select(CaseRow.id, CaseRow.kind, CaseRow.status)):
        status = FROZEN if case.status in ("found", "closed") else case.status
        yield ("case", case.id), (case.kind, status)
    tables = (
        (FactRow, "fact"),
        (RelativeRow, "relative"),
        (ContactRow, "contact"),
        (EvidenceRow, "evidence"),
    )
    for table, kind in tables:
        for identifier in session.execute(select(table.id)).scalars():
            yield (kind, identifier), ()
    for word in session.execute(
        select(VerificationRow.kind, VerificationRow.target, VerificationRow.verifier)
    ):
        yield ("verification", f"{word.kind}/{word.target}/{word.verifier}"), ()
    for objection in session.execute(select(ObjectionRow.id, ObjectionRow.outcome)):
        yield ("objection", objection.id), (objection.outcome,)
    yield from _consents(session)
    yield from _renders(session)


def _consents(session: Session) -> Iterator[tuple[Name, State]]:
    steps: dict[str, list[tuple[str, str, str]]] = {}
    for step in session.execute(
        select(ConsentEventRow).order_by(ConsentEventRow.consent_id, ConsentEventRow.step)
    ).scalars():
        steps.setdefault(step.consent_id, []).append((step.state, step.actor, timestamp(step.at)))
    for consent in session.execute(select(ConsentRow.id, ConsentRow.case_id, ConsentRow.state)):
        taken = steps.pop(consent.id, [])
        stands = bool(taken) and taken[-1][0] == consent.state  # the column repeats the last step
        yield ("consent", consent.id), (consent.case_id, *taken) if stands else (consent.state,)


def _renders(session: Session) -> Iterator[tuple[Name, State]]:
    clearances = select(ClearanceRow.nonce, ClearanceRow.consent_id, ClearanceRow.render_id)
    for given in session.execute(clearances):
        used = None if given.render_id is None else render_hex(given.render_id)
        yield ("clearance", given.nonce), (given.consent_id, used)
    columns = select(RenderRow.id, RenderRow.state, RenderRow.sha256, RenderRow.ledger_index)
    for render in session.execute(columns):
        yield ("render", render_hex(render.id)), (render.state, render.sha256, render.ledger_index)
    done = select(TakedownRow.render_id, TakedownRow.channel, TakedownRow.done_by)
    for takedown in session.execute(done.where(TakedownRow.done_at.is_not(None))):
        yield ("takedown", f"{render_hex(takedown.render_id)}/{takedown.channel}"), (takedown.done_by,)

"""Consent records: who agreed to what, on which notice, and every step since.

The states and the shape follow ISO/IEC TS 27560 and Kantara's consent receipt; `consent.receipt` writes
the record in their terms. Only Given and RenewedGiven allow anything. A renewed consent is verified anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent import canonical, four_eyes, notice
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, Work
from consent.canonical import Json
from consent.cases import open_row
from consent.errors import N_, BadValue, NoSuch, WrongState
from consent.events import Event
from consent.four_eyes import Kind
from consent.halting import RenderState, halt_consent
from consent.inputs import new_id
from consent.models import ConsentEventRow, ConsentRow, EvidenceRow, PauseRow
from consent.relatives import relative_row
from consent.terms import Terms


class State(StrEnum):
    """Where a consent stands."""

    UNKNOWN = "Unknown"
    REQUESTED = "Requested"
    DEFERRED = "Deferred"
    GIVEN = "Given"
    RENEWED_GIVEN = "RenewedGiven"
    REFUSED = "Refused"
    WITHDRAWN = "Withdrawn"
    EXPIRED = "Expired"
    TERMINATED = "Terminated"
    INVALIDATED = "Invalidated"


VALID = frozenset({State.GIVEN, State.RENEWED_GIVEN})
_ENDS = frozenset({State.WITHDRAWN, State.EXPIRED, State.TERMINATED, State.INVALIDATED, State.RENEWED_GIVEN})

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.UNKNOWN: frozenset({State.REQUESTED, State.INVALIDATED}),
    State.REQUESTED: frozenset({State.GIVEN, State.REFUSED, State.DEFERRED, State.INVALIDATED}),
    State.DEFERRED: frozenset({State.GIVEN, State.REFUSED, State.INVALIDATED}),
    State.GIVEN: _ENDS,
    State.RENEWED_GIVEN: _ENDS,
    State.EXPIRED: frozenset({State.RENEWED_GIVEN, State.TERMINATED, State.INVALIDATED}),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.TERMINATED: frozenset(),
    State.INVALIDATED: frozenset(),
}
_HALTS: Mapping[State, RenderState] = {
    State.WITHDRAWN: RenderState.WITHDRAWN,
    State.EXPIRED: RenderState.INACTIVE,
    State.TERMINATED: RenderState.INACTIVE,
    State.INVALIDATED: RenderState.INACTIVE,
}


class Method(StrEnum):
    """How the answer was taken."""

    IN_PERSON = "in-person"
    OWN_PHONE = "own-phone"
    PAPER = "paper"
    RECORDED_VOICE = "recorded-voice"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a consent's life."""

    state: State
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent record. verified_by: who checked this giving (or renewal) of it.

    paused: set aside because somebody may have been threatened (see `consent.pauses`).
    """

    id: str
    case_id: str
    relative_id: str
    notice_sha256: str
    method: Method
    terms: Terms
    state: State
    expires_at: datetime
    erase_at: datetime
    collected_by: str
    proof_id: str | None
    verified_by: tuple[str, ...]
    steps: tuple[Step, ...]
    paused: bool = False

    @property
    def verified(self) -> bool:
        """Whether two people checked it."""
        return four_eyes.is_verified(self.verified_by)

    def state_at(self, now: datetime) -> State:
        """The state, with expiry taken into account before anybody has recorded it."""
        return State.EXPIRED if self.state in VALID and now >= self.expires_at else self.state


def request(
    archive: Archive,
    case_id: str,
    relative_id: str,
    terms: Terms,
    *,
    notice_language: str,
    method: Method,
    expires_at: datetime,
    erase_at: datetime,
    actor: str,
) -> Consent:
    """Ask a relative: record the terms and the notice that are put before them.

    Raises BadValue for dates out of order, NotPermitted, NoSuch, Frozen, Erased.
    """
    shown = notice.current_notice(notice_language)
    with archive.writing() as work:
        permit(work, actor, Action.COLLECT_CONSENT, case_id)
        open_row(work, case_id)
        relative_row(work.session, case_id, relative_id)
        _check_dates(work.now, expires_at, erase_at)
        notice.keep(work, shown)
        row = ConsentRow(
            id=new_id("consent"),
            case_id=case_id,
            relative_id=relative_id,
            notice_sha256=shown.sha256,
            method=method.value,
            terms=canonical.encode(terms.as_json()).decode(),
            state=State.UNKNOWN.value,
            round=1,
            expires_at=expires_at,
            erase_at=erase_at,
            collected_by=actor,
        )
        work.session.add(row)
        work.session.flush()
        asked: dict[str, Json] = {**terms.as_json(), "relative": relative_id, "notice": shown.sha256}
        take_step(work, row, State.REQUESTED, actor, private=asked)
        return _consent(work.session, row)


def give(archive: Archive, consent_id: str, *, actor: str, proof_id: str | None = None) -> Consent:
    """Record a yes; `proof_id` names the signed paper or recording in evidence.

    Raises WrongState, BadValue (it expired while it was asked), NotPermitted, NoSuch, Frozen, Erased.
    """
    with archive.writing() as work:
        row = _permitted(work, consent_id, actor, Action.ANSWER_CONSENT)
        open_row(work, row.case_id)
        take_step(work, row, State.GIVEN, actor)
        _check_dates(work.now, row.expires_at, row.erase_at)
        if proof_id is not None:
            proof = work.session.get(EvidenceRow, proof_id)
            if proof is None or proof.case_id != row.case_id:
                raise NoSuch(kind="evidence", name=proof_id)
            row.proof_id = proof_id
        return _consent(work.session, row)


def refuse(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Record a no."""
    return _move(archive, consent_id, State.REFUSED, actor, Action.ANSWER_CONSENT)


def defer(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Record a not now."""
    return _move(archive, consent_id, State.DEFERRED, actor, Action.ANSWER_CONSENT)


def withdraw(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Take a yes back. Stops running renders, marks published ones withdrawn, opens their takedowns."""
    return _move(archive, consent_id, State.WITHDRAWN, actor, Action.WITHDRAW_CONSENT)


def terminate(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """End a consent whose purpose is fulfilled."""
    return _move(archive, consent_id, State.TERMINATED, actor, Action.COLLECT_CONSENT)


def invalidate(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Set a record aside because it was not what it seemed (a wrong person, pressure, a mistake)."""
    return _move(archive, consent_id, State.INVALIDATED, actor, Action.COLLECT_CONSENT)


def renew(
    archive: Archive, consent_id: str, *, expires_at: datetime, erase_at: datetime, actor: str
) -> Consent:
    """Record that the same yes was given again until `expires_at`; two people verify it anew."""
    with archive.writing() as work:
        row = _permitted(work, consent_id, actor, Action.COLLECT_CONSENT)
        open_row(work, row.case_id)
        take_step(work, row, State.RENEWED_GIVEN, actor)
        _check_dates(work.now, expires_at, erase_at)
        row.round += 1
        row.expires_at, row.erase_at, row.collected_by = expires_at, erase_at, actor
        return _consent(work.session, row)


def verify(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Record that `actor` checked the record against its proof. Raises FourEyes, WrongState and others."""
    with archive.writing() as work:
        row = _permitted(work, consent_id, actor, Action.VERIFY)
        open_row(work, row.case_id)
        if State(row.state) not in VALID:
            raise WrongState(kind="consent", state=row.state, wanted="verified")
        four_eyes.add_verification(
            work,
            Kind.CONSENT,
            _target(row),
            brought_by=row.collected_by,
            actor=actor,
            case_id=row.case_id,
        )
        return _consent(work.session, row)


def find(archive: Archive, consent_id: str, *, actor: str) -> Consent:
    """Return a record; raises NotPermitted, NoSuch."""
    with archive.reading() as session:
        row = _row(session, consent_id)
        permit_in(session, actor, Action.READ_CASE, row.case_id)
        return _consent(session, row)


def list_consents(archive: Archive, case_id: str, *, actor: str) -> tuple[Consent, ...]:
    """All consent records of a case; raises NotPermitted."""
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        return load(session, case_id)


def load_one(session: Session, consent_id: str) -> Consent:
    """Return a record, to whoever asked for permission already; raises NoSuch."""
    return _consent(session, _row(session, consent_id))


def load(session: Session, case_id: str) -> tuple[Consent, ...]:
    """All consent records of a case, in a fixed order."""
    rows = session.execute(select(ConsentRow).where(ConsentRow.case_id == case_id).order_by(ConsentRow.id))
    return tuple(_consent(session, row) for row in rows.scalars())


def _move(archive: Archive, consent_id: str, state: State, actor: str, action: Action) -> Consent:
    """Take a step that needs no open case: whoever says no is heard whatever the state of the case."""
    with archive.writing() as work:
        row = _permitted(work, consent_id, actor, action)
        take_step(work, row, state, actor)
        return _consent(work.session, row)


def _permitted(work: Work, consent_id: str, actor: str, action: Action) -> ConsentRow:
    row = _row(work.session, consent_id)
    permit(work, actor, action, row.case_id)
    return row


def take_step(work: Work, row: ConsentRow, state: State, actor: str, *, private: Json = None) -> None:
    """Move a record to `state`, log the step and stop what has to stop; raises WrongState."""
    if state not in TRANSITIONS[State(row.state)]:
        raise WrongState(kind="consent", state=row.state, wanted=state.value)
    row.state = state.value
    steps = select(func.count()).select_from(ConsentEventRow).where(ConsentEventRow.consent_id == row.id)
    number = work.session.execute(steps).scalar_one() + 1
    work.session.add(
        ConsentEventRow(consent_id=row.id, step=number, state=state.value, actor=actor, at=work.now)
    )
    work.log(
        Event.CONSENT_STEP,
        actor=actor,
        case_id=row.case_id,
        private=private,
        consent=row.id,
        state=state.value,
    )
    if state in _HALTS:
        halt_consent(work, row.id, _HALTS[state], actor=actor)


def _check_dates(now: datetime, expires_at: datetime, erase_at: datetime) -> None:
    if not now < expires_at <= erase_at:
        raise BadValue(field="expires_at", why=N_("it must end after now and be erased no earlier than that"))


def _row(session: Session, consent_id: str) -> ConsentRow:
    row = session.get(ConsentRow, consent_id)
    if row is None:
        raise NoSuch(kind="consent", name=consent_id)
    return row


def _target(row: ConsentRow) -> str:
    """What a verification verifies: this giving of the consent, not an earlier one."""
    return f"{row.id}.{row.round}"


def _consent(session: Session, row: ConsentRow) -> Consent:
    steps = select(ConsentEventRow).where(ConsentEventRow.consent_id == row.id).order_by(ConsentEventRow.step)
    pauses = select(PauseRow.id).where(PauseRow.consent_id == row.id, PauseRow.released_at.is_(None))
    return Consent(
        id=row.id,
        case_id=row.case_id,
        relative_id=row.relative_id,
        notice_sha256=row.notice_sha256,
        method=Method(row.method),
        terms=Terms.from_json(row.terms),
        state=State(row.state),
        expires_at=row.expires_at,
        erase_at=row.erase_at,
        collected_by=row.collected_by,
        proof_id=row.proof_id,
        verified_by=four_eyes.verifiers(session, Kind.CONSENT, _target(row)),
        steps=tuple(
            Step(State(step.state), step.actor, step.at) for step in session.execute(steps).scalars()
        ),
        paused=session.execute(pauses.limit(1)).first() is not None,
    )

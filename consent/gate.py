"""The gate: nothing is rendered, signed or published that it does not allow at that moment.

    decision = gate.evaluate(archive, request)       look, without asking for anything
    clearance = gate.clear(archive, request)         ask; raises Refused with every reason
    render = registry.open_render(archive, clearance)
    gate.confirm(archive, clearance, ...)            ask again, before signing

Consent can be withdrawn between any two lines, so a clearance is checked against a fresh evaluation of
the request it answered, which the archive keeps.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import cast

from consent import reasons
from consent.accounts import look_up
from consent.archive import SYSTEM, Archive, Work, case_key_of
from consent.canonical import Json
from consent.clearance import (
    CLOCK_SKEW,
    Clearance,
    ClearanceRequest,
    Person,
    Purpose,
    ScriptText,
    Stage,
    issue,
)
from consent.dossier import compile_dossier
from consent.errors import Erased, Refused
from consent.events import Event
from consent.halting import RenderState
from consent.models import ClearanceRow, RenderRow
from consent.policy import Decision
from consent.reasons import Reason
from consent.rules import decide

__all__ = [
    "Clearance",
    "ClearanceRequest",
    "Decision",
    "Person",
    "Purpose",
    "ScriptText",
    "Stage",
    "clear",
    "confirm",
    "evaluate",
    "log_denial",
    "standing_against",
]


def evaluate(archive: Archive, request: ClearanceRequest) -> Decision:
    """Say what the gate would say now, with every reason; changes and logs nothing.

    Raises NoSuch (case), Erased.
    """
    with archive.reading() as session:
        key = case_key_of(session, archive.vault, request.case_id)
        return decide(compile_dossier(session, key, request, archive.clock()))


def clear(archive: Archive, request: ClearanceRequest) -> Clearance:
    """Give a clearance for exactly this request, or raise Refused with every reason.

    Both answers are entries in the log. Raises NoSuch (case), Erased.
    """
    with archive.writing() as work:
        key = work.case_key(request.case_id)
        decision = decide(compile_dossier(work.session, key, request, work.now))
        if decision.consent_id is not None:
            return _give(archive, work, request, decision.consent_id)
        work.log(
            Event.CLEARANCE_REFUSED,
            actor=request.requested_by if look_up(work.session, request.requested_by) else SYSTEM,
            case_id=request.case_id,
            codes=_codes(decision.reasons),
        )
    raise Refused(decision.reasons)


def confirm(
    archive: Archive,
    clearance: Clearance,
    *,
    render_id: int,
    photo_sha256: str,
    script_sha256: str,
    motion_sha256: str | None,
    stage: Stage,
    purpose: Purpose = Purpose.VIDEO,
) -> None:
    """Ask again for the render that this clearance opened; raises Refused with every reason.

    The digests are those of what is really being rendered. Both answers are entries in the log.
    """
    inputs = (photo_sha256, script_sha256, motion_sha256)
    with archive.writing() as work:
        against = [*standing_against(archive, work, clearance, render_id=render_id)]
        if inputs != (clearance.photo_sha256, clearance.script_sha256, clearance.motion_sha256):
            against.append(reasons.OTHER_INPUT())
        if purpose is not clearance.purpose:
            against.append(reasons.OTHER_PURPOSE())
        if against:
            log_denial(work, clearance, stage, against)
        else:
            work.log(
                Event.CLEARANCE_CONFIRMED,
                actor=clearance.requested_by,
                case_id=clearance.case_id,
                clearance=clearance.nonce,
                stage=stage.value,
            )
    if against:
        raise Refused(against)


def standing_against(
    archive: Archive, work: Work, clearance: Clearance, *, render_id: int | None
) -> tuple[Reason, ...]:
    """Everything that speaks against `clearance` now, inside the transaction that will rely on the answer.

    render_id: the render that uses it; None for the moment that opens one.
    """
    row = work.session.get(ClearanceRow, clearance.nonce)
    if row is None or not clearance.is_signed_by(archive.keys):
        return (reasons.FORGED(),)
    return (*_time(work, clearance), *_use(work, row, render_id), *_evaluate_again(work, row))


def log_denial(work: Work, clearance: Clearance, stage: Stage, against: Sequence[Reason]) -> None:
    """Log that a clearance was not enough. One that is no clearance of this archive names nothing."""
    known = work.session.get(ClearanceRow, clearance.nonce)
    work.log(
        Event.CLEARANCE_DENIED,
        actor=SYSTEM if known is None else known.requested_by,
        case_id=None if known is None else known.case_id,
        clearance="unknown" if known is None else known.nonce,
        stage=stage.value,
        codes=_codes(against),
    )


def _give(archive: Archive, work: Work, request: ClearanceRequest, consent_id: str) -> Clearance:
    nonce = secrets.token_hex(16)
    clearance = issue(archive.keys, request, nonce=nonce, consent_id=consent_id, now=work.now)
    work.session.add(
        ClearanceRow(
            nonce=nonce,
            case_id=request.case_id,
            consent_id=consent_id,
            sealed=work.case_key(request.case_id).seal(request.as_json(), f"clearance/{nonce}"),
            requested_by=request.requested_by,
            issued_at=work.now,
        )
    )
    work.log(
        Event.CLEARANCE_GIVEN,
        actor=request.requested_by,
        case_id=request.case_id,
        private=cast(Json, request.as_json()),
        clearance=nonce,
        consent=consent_id,
    )
    return clearance


def _time(work: Work, clearance: Clearance) -> Iterator[Reason]:
    if work.now >= clearance.expires_at:
        yield reasons.OVERDUE()
    if work.now < clearance.issued_at - CLOCK_SKEW:
        yield reasons.FROM_THE_FUTURE()


def _use(work: Work, row: ClearanceRow, render_id: int | None) -> Iterator[Reason]:
    if row.render_id != render_id:
        yield reasons.USED()
    elif render_id is not None:
        render = work.session.get(RenderRow, render_id)
        if render is None or render.state != RenderState.RENDERING:
            yield reasons.NOT_RENDERING()


def _evaluate_again(work: Work, row: ClearanceRow) -> Iterator[Reason]:
    try:
        key = work.case_key(row.case_id)
    except Erased:
        yield reasons.CASE_NOT_OPEN()
        return
    request = ClearanceRequest.from_json(key.unseal(row.sealed, f"clearance/{row.nonce}"))
    dossier = compile_dossier(work.session, key, request, work.now)
    yield from decide(dossier, only_consent=row.consent_id).reasons


def _codes(against: Sequence[Reason]) -> list[Json]:
    return list(dict.fromkeys(reason.code for reason in against))

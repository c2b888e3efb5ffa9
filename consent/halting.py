"""Stopping renders: what happens to videos when a consent is withdrawn or a person is found."""

from __future__ import annotations

import json
from enum import StrEnum

from sqlalchemy import Select, select

from consent.archive import Work
from consent.events import Event
from consent.models import RenderRow, TakedownRow


class RenderState(StrEnum):
    """Where a render stands. INACTIVE never says why."""

    RENDERING = "rendering"
    PUBLISHED = "published"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    INACTIVE = "inactive"


_RUNNING_OR_OUT = (RenderState.RENDERING.value, RenderState.PUBLISHED.value)
_EVENT = {RenderState.WITHDRAWN: Event.RENDER_WITHDRAWN, RenderState.INACTIVE: Event.RENDER_INACTIVE}


def halt_consent(work: Work, consent_id: str, state: RenderState, *, actor: str) -> None:
    """Stop every render that a consent authorised."""
    _halt(work, select(RenderRow).where(RenderRow.consent_id == consent_id), state, actor)


def halt_case(work: Work, case_id: str, state: RenderState, *, actor: str) -> None:
    """Stop every render of a case."""
    _halt(work, select(RenderRow).where(RenderRow.case_id == case_id), state, actor)


def _halt(work: Work, query: Select[RenderRow], state: RenderState, actor: str) -> None:
    """Move running and published renders to `state`; published ones go on the takedown list."""
    running_or_out = query.where(RenderRow.state.in_(_RUNNING_OR_OUT)).order_by(RenderRow.opened_at)
    for row in work.session.execute(running_or_out).scalars().all():
        if row.state == RenderState.PUBLISHED:
            _open_takedowns(work, row)
        row.state = state.value
        work.log(_EVENT[state], actor=actor, case_id=row.case_id, render=render_hex(row.id))


def _open_takedowns(work: Work, row: RenderRow) -> None:
    for channel in json.loads(row.channels):
        work.session.add(TakedownRow(render_id=row.id, channel=channel, opened_at=work.now))


def render_hex(render_id: int) -> str:
    """A render id as people and the log write it: 14 hex digits (56 bits)."""
    return f"{render_id:014x}"

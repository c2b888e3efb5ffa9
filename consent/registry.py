"""The registry: every render by the id that its watermark carries, and what anybody may learn about it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import gate
from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, Work
from consent.cases import CaseKind
from consent.clearance import Clearance, Stage
from consent.errors import NoSuch, Refused, WrongState
from consent.events import Event
from consent.halting import RenderState, render_hex
from consent.inputs import checked_sha256
from consent.models import CaseRow, ClearanceRow, ConsentRow, ManifestRow, RenderRow, TakedownRow
from consent.terms import Channel

RENDER_ID_BITS = 56  # what the watermark can carry


class PublicStatus(StrEnum):
    """What anybody may know. INACTIVE says "no longer active" and not why."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Render:
    """One render. render_id: 56 bits, random; sha256: of the published file, hex."""

    render_id: int
    case_id: str
    consent_id: str
    channels: tuple[Channel, ...]
    state: RenderState
    opened_at: datetime
    sha256: str | None
    published_at: datetime | None

    @property
    def hex_id(self) -> str:
        """The id as people write it, 14 hex digits."""
        return render_hex(self.render_id)


@dataclass(frozen=True, slots=True)
class PublicationRecord:
    """That a file was published, and the entry of the log that says so."""

    render_id: int
    sha256: str
    channels: tuple[Channel, ...]
    at: datetime
    ledger_index: int


@dataclass(frozen=True, slots=True)
class Takedown:
    """A published render that should come down from a channel; done_at once somebody saw to it."""

    render_id: int
    channel: Channel
    opened_at: datetime
    done_at: datetime | None


def open_render(archive: Archive, clearance: Clearance) -> Render:
    """Use up a clearance and give the render its id; raises Refused with every reason."""
    with archive.writing() as work:
        against = gate.standing_against(archive, work, clearance, render_id=None)
        if not against:
            return _open(work, clearance)
        gate.log_denial(work, clearance, Stage.RENDER, against)
    raise Refused(against)


def publish(
    archive: Archive, render_id: int, *, sha256: str, manifest: bytes, clearance: Clearance
) -> PublicationRecord:
    """Record that the finished file is out, keeping its manifest for copies that lose theirs.

    The gate is asked once more in the same transaction; raises Refused, BadValue, NoSuch.
    """
    checked_sha256("sha256", sha256)
    with archive.writing() as work:
        row = _row(work.session, render_id)
        against = gate.standing_against(archive, work, clearance, render_id=render_id)
        if not against:
            return _publish(work, row, sha256, manifest)
        gate.log_denial(work, clearance, Stage.PUBLISH, against)
    raise Refused(against)


def fail(archive: Archive, render_id: int) -> None:
    """Record that a render was given up (an error, a stop by the person); raises NoSuch, WrongState."""
    with archive.writing() as work:
        row = _row(work.session, render_id)
        if row.state != RenderState.RENDERING:
            raise WrongState(kind="render", state=row.state, wanted=RenderState.FAILED.value)
        row.state = RenderState.FAILED.value
        work.log(
            Event.RENDER_FAILED, actor=_requester(work, row), case_id=row.case_id, render=render_hex(row.id)
        )


def status(archive: Archive, render_id: int) -> PublicStatus:
    """What the public verify page says about an id. A render that never was published is unknown."""
    with archive.reading() as session:
        row = session.get(RenderRow, render_id)
        if row is None or row.published_at is None:
            return PublicStatus.UNKNOWN
        if row.state != RenderState.PUBLISHED:
            return PublicStatus(row.state)
        consent = session.get(ConsentRow, row.consent_id)
        in_time = consent is not None and archive.clock() < consent.expires_at
        return PublicStatus.ACTIVE if in_time else PublicStatus.INACTIVE


def find(archive: Archive, render_id: int) -> Render | None:
    """Return a render, or None; whoever asks for more than `status` is the program itself."""
    with archive.reading() as session:
        row = session.get(RenderRow, render_id)
        return None if row is None else _render(row)


def manifest(archive: Archive, render_id: int) -> bytes | None:
    """The manifest of a published render, to give a stripped copy its credentials back."""
    with archive.reading() as session:
        row = session.get(ManifestRow, render_id)
        return None if row is None else row.manifest


def shows_nobody_missing(archive: Archive, render_id: int) -> bool:
    """Whether a render is a demonstration's; raises NoSuch. What a picture says of itself proves nothing."""
    with archive.reading() as session:
        case = session.get(CaseRow, _row(session, render_id).case_id)
        return case is not None and case.kind == CaseKind.DEMONSTRATION


def list_renders(archive: Archive, case_id: str, *, actor: str) -> tuple[Render, ...]:
    """The renders of a case, oldest first; raises NotPermitted."""
    query = select(RenderRow).where(RenderRow.case_id == case_id).order_by(RenderRow.opened_at, RenderRow.id)
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        return tuple(map(_render, session.execute(query).scalars()))


def takedowns(archive: Archive, *, actor: str) -> tuple[Takedown, ...]:
    """What should come down and has not yet, oldest first; raises NotPermitted."""
    query = select(TakedownRow).where(TakedownRow.done_at.is_(None))
    order = query.order_by(TakedownRow.opened_at, TakedownRow.render_id, TakedownRow.channel)
    with archive.reading() as session:
        permit_in(session, actor, Action.TAKE_DOWN)
        return tuple(
            Takedown(row.render_id, Channel(row.channel), row.opened_at, row.done_at)
            for row in session.execute(order).scalars()
        )


def settle_takedown(archive: Archive, render_id: int, channel: Channel, *, actor: str) -> None:
    """Record that a render came down from a channel; raises NotPermitted, NoSuch."""
    with archive.writing() as work:
        permit(work, actor, Action.TAKE_DOWN)
        row = work.session.get(TakedownRow, (render_id, channel.value))
        if row is None:
            raise NoSuch(kind="takedown", name=render_hex(render_id))
        row.done_at, row.done_by = work.now, actor
        work.log(
            Event.TAKEDOWN_DONE,
            actor=actor,
            case_id=_row(work.session, render_id).case_id,
            render=render_hex(render_id),
            channel=channel.value,
        )


def _open(work: Work, clearance: Clearance) -> Render:
    row = RenderRow(
        id=_new_render_id(work),
        case_id=clearance.case_id,
        consent_id=clearance.consent_id,
        nonce=clearance.nonce,
        channels=json.dumps(list(clearance.channels)),
        state=RenderState.RENDERING.value,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.get_one(ClearanceRow, clearance.nonce).render_id = row.id
    work.log(
        Event.RENDER_OPENED,
        actor=clearance.requested_by,
        case_id=row.case_id,
        render=render_hex(row.id),
        clearance=clearance.nonce,
    )
    return _render(row)


def _publish(work: Work, row: RenderRow, sha256: str, manifest_bytes: bytes) -> PublicationRecord:
    row.state, row.sha256, row.published_at = RenderState.PUBLISHED.value, sha256, work.now
    work.session.add(ManifestRow(render_id=row.id, manifest=manifest_bytes))
    row.ledger_index = work.log(
        Event.RENDER_PUBLISHED,
        actor=_requester(work, row),
        case_id=row.case_id,
        render=render_hex(row.id),
        sha256=sha256,
    )
    return PublicationRecord(row.id, sha256, _channels(row), work.now, row.ledger_index)


def _new_render_id(work: Work) -> int:
    while True:
        render_id = secrets.randbits(RENDER_ID_BITS)
        if render_id and work.session.get(RenderRow, render_id) is None:
            return render_id


def _requester(work: Work, row: RenderRow) -> str:
    return work.session.get_one(ClearanceRow, row.nonce).requested_by


def _row(session: Session, render_id: int) -> RenderRow:
    row = session.get(RenderRow, render_id)
    if row is None:
        raise NoSuch(kind="render", name=render_hex(render_id))
    return row


def _channels(row: RenderRow) -> tuple[Channel, ...]:
    stored: Sequence[str] = json.loads(row.channels)
    return tuple(map(Channel, stored))


def _render(row: RenderRow) -> Render:
    return Render(
        render_id=row.id,
        case_id=row.case_id,
        consent_id=row.consent_id,
        channels=_channels(row),
        state=RenderState(row.state),
        opened_at=row.opened_at,
        sha256=row.sha256,
        published_at=row.published_at,
    )

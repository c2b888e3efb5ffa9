"""Evidence: the untouched originals, in the vault. Writing is once, and reading is an entry in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from typing import IO, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, case_key_of
from consent.cases import open_row
from consent.errors import N_, BadValue, Erased, NoSuch, StoreCorrupt
from consent.events import Event
from consent.inputs import new_id
from consent.models import EvidenceRow
from consent.stream import Source

MAX_BYTES = 4 * 2**30
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")


class EvidenceKind(StrEnum):
    """What a file is evidence of."""

    PHOTO = "photo"
    SCRIPT = "script"
    MOTION = "motion"
    CONSENT = "consent"
    RELATIONSHIP = "relationship"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file in the vault. sha256: of the original, hex; size in bytes."""

    id: str
    case_id: str
    kind: EvidenceKind
    media_type: str
    size: int
    sha256: str
    stored_by: str
    stored_at: datetime


def store(
    archive: Archive, case_id: str, kind: EvidenceKind, data: bytes, *, media_type: str, actor: str
) -> Evidence:
    """Keep an original that is in memory; see `store_from`."""
    return store_from(archive, case_id, kind, BytesIO(data), media_type=media_type, actor=actor)


def store_from(
    archive: Archive, case_id: str, kind: EvidenceKind, source: Source, *, media_type: str, actor: str
) -> Evidence:
    """Keep an original of any size up to 4 GiB, read once and sealed as it comes.

    Nobody waits for it: only the record at the end is written in a transaction.
    Raises BadValue (empty, too large, not a media type), NotPermitted, NoSuch, Frozen, Erased.
    """
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadValue(field="media_type", why=N_("it is not a media type"))
    with archive.reading() as session:
        permit_in(session, actor, Action.ADD, case_id)
        key = case_key_of(session, archive.vault, case_id)
    evidence_id, measured = new_id("evidence"), _Measured(source)
    try:
        archive.vault.store(key, evidence_id, measured)
        if not measured.size:
            raise BadValue(field="data", why=N_("the file is empty or too large"))
        return _record(archive, case_id, evidence_id, kind, measured, media_type, actor)
    except BaseException:
        archive.vault.discard(case_id, evidence_id)
        raise


def read(archive: Archive, evidence_id: str, *, actor: str) -> bytes:
    """Return an original and log who read it; see `read_into`."""
    target = BytesIO()
    read_into(archive, evidence_id, target, actor=actor)
    return target.getvalue()


def read_into(archive: Archive, evidence_id: str, target: IO[bytes], *, actor: str) -> None:
    """Log who reads an original, then write it to `target`, a chunk at a time.

    Raises NotPermitted, NoSuch, Erased, and StoreCorrupt when a byte of it changed: what `target` got
    until then is a beginning, and the caller's to throw away.
    """
    with archive.writing() as work:
        row = work.session.get(EvidenceRow, evidence_id)
        if row is None:
            raise NoSuch(kind="evidence", name=evidence_id)
        permit(work, actor, _reading(EvidenceKind(row.kind)), row.case_id)
        key, digest = work.case_key(row.case_id), row.sha256
        if digest is None:  # its time was over (see `consent.retention`)
            raise Erased
        work.log(Event.EVIDENCE_READ, actor=actor, case_id=row.case_id, evidence=row.id)
    hashing = _Hashing(target)
    archive.vault.fetch(key, evidence_id, cast(IO[bytes], hashing))
    if hashing.hexdigest != digest:
        raise StoreCorrupt


def list_evidence(archive: Archive, case_id: str, *, actor: str) -> tuple[Evidence, ...]:
    """What a case holds, oldest first; raises NotPermitted, NoSuch, Erased."""
    query = select(EvidenceRow).where(EvidenceRow.case_id == case_id)
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        case_key_of(session, archive.vault, case_id)
        rows = session.execute(query.order_by(EvidenceRow.stored_at, EvidenceRow.id)).scalars()
        return tuple(_evidence(row, row.sha256) for row in rows if row.sha256 is not None)


def _reading(kind: EvidenceKind) -> Action:
    """What it takes to read a file: a portrait may be looked at by more people than the papers."""
    return Action.LOOK if kind is EvidenceKind.PHOTO else Action.READ_EVIDENCE


def photo_digests(session: Session, case_id: str) -> frozenset[str]:
    """SHA-256 of the photographs of a case."""
    query = select(EvidenceRow.sha256).where(
        EvidenceRow.case_id == case_id, EvidenceRow.kind == EvidenceKind.PHOTO.value
    )
    return frozenset(digest for digest in session.execute(query).scalars() if digest is not None)


class _Measured:
    """A source that counts and hashes what is read from it."""

    def __init__(self, source: Source) -> None:
        self.size = 0
        self._source = source
        self._hash = sha256()

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def read(self, count: int, /) -> bytes:
        piece = self._source.read(count)
        self.size += len(piece)
        if self.size > MAX_BYTES:
            raise BadValue(field="data", why=N_("the file is empty or too large"))
        self._hash.update(piece)
        return piece


class _Hashing:
    """A target that hashes what is written to it."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._hash = sha256()

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes, /) -> int:
        self._hash.update(data)
        return self._target.write(data)


def _record(
    archive: Archive,
    case_id: str,
    evidence_id: str,
    kind: EvidenceKind,
    measured: _Measured,
    media_type: str,
    actor: str,
) -> Evidence:
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id)
        row = EvidenceRow(
            id=evidence_id,
            case_id=case_id,
            kind=kind.value,
            media_type=media_type,
            size=measured.size,
            sha256=measured.hexdigest,
            stored_by=actor,
            stored_at=work.now,
        )
        work.session.add(row)
        work.log(
            Event.EVIDENCE_STORED,
            actor=actor,
            case_id=case_id,
            private={"sha256": measured.hexdigest},
            evidence=row.id,
            kind=kind.value,
        )
        return _evidence(row, measured.hexdigest)


def _evidence(row: EvidenceRow, digest: str) -> Evidence:
    return Evidence(
        id=row.id,
        case_id=row.case_id,
        kind=EvidenceKind(row.kind),
        media_type=row.media_type,
        size=row.size,
        sha256=digest,
        stored_by=row.stored_by,
        stored_at=row.stored_at,
    )

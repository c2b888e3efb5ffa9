"""Evidence: the untouched originals, in the vault. Writing is once, and reading is an entry in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.accounts import Action, permit, permit_in
from consent.archive import Archive, case_key_of
from consent.cases import open_row
from consent.errors import N_, BadValue, NoSuch, StoreCorrupt
from consent.events import Event
from consent.inputs import new_id
from consent.models import EvidenceRow

MAX_BYTES = 512 * 2**20
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
    """Keep an original. Raises BadValue (empty, over 512 MiB), NotPermitted, NoSuch, Frozen, Erased."""
    if not 0 < len(data) <= MAX_BYTES:
        raise BadValue(field="data", why=N_("the file is empty or too large"))
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadValue(field="media_type", why=N_("it is not a media type"))
    digest = sha256(data).hexdigest()
    with archive.writing() as work:
        permit(work, actor, Action.ADD, case_id)
        open_row(work, case_id)
        row = EvidenceRow(
            id=new_id("evidence"),
            case_id=case_id,
            kind=kind.value,
            media_type=media_type,
            size=len(data),
            sha256=digest,
            stored_by=actor,
            stored_at=work.now,
        )
        work.vault.store(case_id, row.id, data)
        work.session.add(row)
        work.log(
            Event.EVIDENCE_STORED,
            actor=actor,
            case_id=case_id,
            private={"sha256": digest},
            evidence=row.id,
            kind=kind.value,
        )
        return _evidence(row, digest)


def read(archive: Archive, evidence_id: str, *, actor: str) -> bytes:
    """Return an original and log who read it.

    Raises NotPermitted, NoSuch, Erased, and StoreCorrupt when a byte of it changed.
    """
    with archive.writing() as work:
        row = work.session.get(EvidenceRow, evidence_id)
        if row is None:
            raise NoSuch(kind="evidence", name=evidence_id)
        permit(work, actor, Action.READ_EVIDENCE, row.case_id)
        work.case_key(row.case_id)  # says Erased rather than "key missing"
        data = work.vault.fetch(row.case_id, row.id)
        if sha256(data).hexdigest() != row.sha256:
            raise StoreCorrupt
        work.log(Event.EVIDENCE_READ, actor=actor, case_id=row.case_id, evidence=row.id)
        return data


def list_evidence(archive: Archive, case_id: str, *, actor: str) -> tuple[Evidence, ...]:
    """What a case holds, oldest first; raises NotPermitted, NoSuch, Erased."""
    query = select(EvidenceRow).where(EvidenceRow.case_id == case_id)
    with archive.reading() as session:
        permit_in(session, actor, Action.READ_CASE, case_id)
        case_key_of(session, archive.vault, case_id)
        rows = session.execute(query.order_by(EvidenceRow.stored_at, EvidenceRow.id)).scalars()
        return tuple(_evidence(row, row.sha256) for row in rows if row.sha256 is not None)


def photo_digests(session: Session, case_id: str) -> frozenset[str]:
    """SHA-256 of the photographs of a case."""
    query = select(EvidenceRow.sha256).where(
        EvidenceRow.case_id == case_id, EvidenceRow.kind == EvidenceKind.PHOTO.value
    )
    return frozenset(digest for digest in session.execute(query).scalars() if digest is not None)


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

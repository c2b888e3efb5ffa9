"""Checking, proving and exporting the log of an open archive."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import append_only
from consent.accounts import Action, permit
from consent.agreement import Expectation
from consent.archive import Archive
from consent.bundle import verify_bundle, write_bundle
from consent.canonical import Json
from consent.errors import ArchiveError
from consent.events import Event
from consent.ledger import origin_of
from consent.models import CheckpointRow, LedgerHeadRow, LedgerRow
from consent.proofs import GrowthProof, InclusionProof, prove_entry, prove_growth, public_key
from consent.vault import CaseKey
from consent.walk import BadRecord, Fault, LogReport, Record, Walk

__all__ = [
    "Fault",
    "GrowthProof",
    "InclusionProof",
    "LogReport",
    "export",
    "issue_checkpoint",
    "prove_entry",
    "prove_growth",
    "public_key",
    "verify",
    "verify_bundle",
    "verify_in",
]
_BATCH = 1_000


def verify(archive: Archive, *, checkpoints: Sequence[str] = ()) -> LogReport:
    """Read the whole log and say whether it is sound, or name the first bad record.

    Checks each entry's form, place and hash, the checkpoints (stored here, and those given, which were
    kept elsewhere), the head, that what is sealed in living cases is what was committed to, that every
    record stands as the entries say, and that the database still refuses to change the log.
    """
    with archive.reading() as session:
        return verify_in(archive, session, checkpoints=checkpoints)


def verify_in(archive: Archive, session: Session, *, checkpoints: Sequence[str] = ()) -> LogReport:
    """As `verify`, over what `session` sees."""
    head = session.get_one(LedgerHeadRow, 1)
    stored = session.execute(select(CheckpointRow.note).order_by(CheckpointRow.size)).scalars().all()
    notes = (*stored, head.checkpoint, *checkpoints)
    try:
        walk = Walk(origin_of(archive.id), archive.keys.public, notes)
    except BadRecord as bad:
        return LogReport(origin_of(archive.id), 0, "", bad.fault)
    try:
        expectation = _walk(archive, session, walk)
        _compare_head(walk, head)
        expectation.compare(session)
        _compare_triggers(session)
    except BadRecord as bad:
        return walk.report(bad.fault)
    return walk.report()


def issue_checkpoint(archive: Archive, *, actor: str) -> str:
    """Return a signed checkpoint over the log as it is, to be kept elsewhere; raises NotPermitted."""
    with archive.writing() as work:
        permit(work, actor, Action.AUDIT)
        index = work.log(Event.CHECKPOINT_ISSUED, actor=actor)
        note = work.seal()
        work.session.add(CheckpointRow(size=index + 1, note=note, at=work.now))
        return note


def export(archive: Archive, path: Path, *, actor: str) -> LogReport:
    """Write the log to a file that `verify_bundle` checks; the export is itself an entry.

    Raises NotPermitted.
    """
    with archive.writing() as work:
        permit(work, actor, Action.AUDIT)
        work.log(Event.LOG_EXPORTED, actor=actor)
    with archive.reading() as session:
        head = session.get_one(LedgerHeadRow, 1)
        records = (Record(row.body.encode(), row.leaf_hash) for row in _rows(session, head.size))
        write_bundle(
            path,
            origin=origin_of(archive.id),
            key=public_key(archive),
            bodies=records,
            checkpoint=head.checkpoint,
        )
    return verify_bundle(path)


def _walk(archive: Archive, session: Session, walk: Walk) -> Expectation:
    openings, expectation = _Openings(archive), Expectation()
    for row in _rows(session):
        if row.index != walk.frontier.size:
            raise BadRecord(f"entry {walk.frontier.size}", "is missing")
        entry = walk.entry(Record(row.body.encode(), row.leaf_hash))
        openings.compare(row, entry)
        expectation.take(entry)
    walk.end()
    openings.end()
    return expectation


class _Openings:
    """Opens what entries commit to. After an erasure nobody can, and the log has to say so."""

    def __init__(self, archive: Archive) -> None:
        self._vault = archive.vault
        self._keys: dict[str, CaseKey | None] = {}
        self._unopened: dict[str, int] = {}  # case to its first entry that could not be opened

    def compare(self, row: LedgerRow, entry: Mapping[str, Json]) -> None:
        case_id = str(entry["case"])
        if entry["event"] == Event.CASE_ERASED:
            self._unopened.pop(case_id, None)
        elif row.opening is not None or entry["commitment"] is not None:
            key = self._key(case_id)
            if key is None:
                self._unopened.setdefault(case_id, row.index)
            else:
                _open(key, row, entry["commitment"])

    def end(self) -> None:
        for index in self._unopened.values():
            raise BadRecord(f"entry {index}", "cannot be opened, and the log does not say it was erased")

    def _key(self, case_id: str) -> CaseKey | None:
        if case_id not in self._keys:
            held = self._vault.holds(case_id)
            self._keys[case_id] = self._vault.case_key(case_id) if held else None
        return self._keys[case_id]


def _open(key: CaseKey, row: LedgerRow, commitment: Json) -> None:
    try:
        private = key.unseal(row.opening or b"", f"ledger/{row.index}")
    except ArchiveError:
        raise BadRecord(f"entry {row.index}", "what it commits to was changed") from None
    if key.commit([row.index, private]) != commitment:
        raise BadRecord(f"entry {row.index}", "does not commit to what is sealed beside it")


def _compare_head(walk: Walk, head: LedgerHeadRow) -> None:
    if head.size < walk.frontier.size:
        raise BadRecord(f"entry {head.size}", "was added past the head of the log")
    if head.peaks != json.dumps([peak.hex() for peak in walk.frontier.peaks]):
        raise BadRecord("head", "does not have the peaks of its entries")


def _compare_triggers(session: Session) -> None:
    for trigger in append_only.missing(session.connection()):
        raise BadRecord(f"trigger {trigger}", "was taken off: the log is no longer kept from changes")


def _rows(session: Session, size: int | None = None) -> Iterator[LedgerRow]:
    query = select(LedgerRow).order_by(LedgerRow.index)
    if size is not None:
        query = query.where(LedgerRow.index < size)
    yield from session.execute(query.execution_options(yield_per=_BATCH)).scalars()

"""The exported log: one file that anybody can check without the archive.

JSON lines, each canonical (RFC 8785):

    {"format": "presente-log-1", "key": verifier key, "origin": name}      the header
    {"entry": {...}, "leaf": hex}                                          every entry, in order
    {"checkpoint": signed note}                                            over all of them

A bundle that was rewritten from end to end and signed with another key is sound in itself: compare its
key with the published one, or give a checkpoint that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from consent import canonical
from consent.canonical import Json
from consent.checkpoint import public_of
from consent.errors import BundleError
from consent.walk import BadRecord, LogReport, Record, Walk

FORMAT = "presente-log-1"


def write_bundle(path: Path, *, origin: str, key: str, bodies: Iterable[Record], checkpoint: str) -> None:
    """Write a bundle whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as handle:
            for line in _lines(origin, key, bodies, checkpoint):
                handle.write(canonical.encode(line) + b"\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def verify_bundle(path: Path, *, key: str | None = None, checkpoints: Sequence[str] = ()) -> LogReport:
    """Check an exported log, offline.

    key: the archive's published verifier key, when it is known. checkpoints: signed notes that were kept
    elsewhere. Returns a report that names the first bad record; raises BundleError for another kind of file.
    """
    lines = path.read_bytes().split(b"\n")
    if len(lines) < 3 or not lines[0].startswith(b'{"format":'):
        raise BundleError
    try:
        header = _members(lines[0], "header", {"format", "key", "origin"})
        if header["format"] != FORMAT:
            raise BadRecord("header", "is of another format")
        origin, stated = str(header["origin"]), str(header["key"])
        note = str(_members(lines[-2], "checkpoint", {"checkpoint"})["checkpoint"])
        public = _public(stated, key)
        walk = Walk(origin, public, (note, *checkpoints))
    except BadRecord as bad:
        return LogReport("", 0, "", bad.fault)
    return _walk(walk, lines)


def _walk(walk: Walk, lines: Sequence[bytes]) -> LogReport:
    try:
        for number, line in enumerate(lines[1:-2]):
            members = _members(line, f"entry {number}", {"entry", "leaf"})
            walk.entry(Record(canonical.encode(members["entry"]), str(members["leaf"])))
        walk.end()
        if lines[-1]:
            raise BadRecord("checkpoint", "is not the end of the file")
    except BadRecord as bad:
        return walk.report(bad.fault)
    return walk.report()


def _members(line: bytes, record: str, names: set[str]) -> Mapping[str, Json]:
    try:
        value = canonical.decode(line)
    except ValueError:
        raise BadRecord(record, "is not canonical JSON") from None
    if not isinstance(value, Mapping) or set(value) != names:
        raise BadRecord(record, "does not have the members it should have")
    return value


def _public(stated: str, known: str | None) -> bytes:
    try:
        public = public_of(stated)
    except ValueError:
        raise BadRecord("header", "holds no key") from None
    if known is not None and known != stated:
        raise BadRecord("header", "names another key than the published one")
    return public


def _lines(origin: str, key: str, records: Iterable[Record], checkpoint: str) -> Iterator[Mapping[str, Json]]:
    yield {"format": FORMAT, "key": key, "origin": origin}
    for record in records:
        yield {"entry": canonical.decode(record.body), "leaf": record.leaf}
    yield {"checkpoint": checkpoint}

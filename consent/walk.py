"""Reading a log from the first entry to the last, as somebody who does not trust it.

Needs no archive: the live log and an exported one are read by the same eyes. The walk stops at the first
record that is not what it should be and names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consent import canonical
from consent.canonical import Json
from consent.checkpoint import Checkpoint, read_checkpoint
from consent.events import fault_of
from consent.merkle import Frontier, leaf_hash


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad record. record: "entry 17", "header", "checkpoint"; what: in English, for auditors."""

    record: str
    what: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a reading found. size: sound entries from the start; root: over them, hex."""

    origin: str
    size: int
    root: str
    fault: Fault | None = None

    @property
    def sound(self) -> bool:
        """Whether everything was as it should be."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Record:
    """One entry as stored: what was hashed, and the hash it is said to have (hex)."""

    body: bytes
    leaf: str


class BadRecord(Exception):  # noqa: N818 - never leaves the readers of logs
    """Stops a walk; carries the fault."""

    def __init__(self, record: str, what: str) -> None:
        self.fault = Fault(record, what)
        super().__init__(f"{record}: {what}")


class Walk:
    """Entries in order, and the checkpoints that bind them."""

    def __init__(self, origin: str, public: bytes, notes: Iterable[str]) -> None:
        self.origin = origin
        self.frontier = Frontier()
        self._bound_to = self._roots(public, notes)
        self._last_bound = 0
        self._compare()

    def entry(self, record: Record) -> Mapping[str, Json]:
        """Take the next entry and return it read; raises BadRecord."""
        index = self.frontier.size
        name = f"entry {index}"
        leaf = leaf_hash(record.body)
        if leaf.hex() != record.leaf:
            raise BadRecord(name, "does not have the hash it was recorded with")
        try:
            body = canonical.decode(record.body)
        except ValueError:
            raise BadRecord(name, "is not canonical JSON") from None
        fault = fault_of(body, index)
        if fault is not None or not isinstance(body, Mapping):
            raise BadRecord(name, fault or "not an entry")
        self.frontier.append(leaf)
        self._compare()
        return body

    def end(self) -> None:
        """Say that there are no more entries; raises BadRecord when a checkpoint knows of more."""
        size = self.frontier.size
        if any(bound > size for bound in self._bound_to):
            raise BadRecord(
                f"entry {size}", "is missing: a signed checkpoint covers more entries than there are"
            )

    def report(self, fault: Fault | None = None) -> LogReport:
        """Return what was found so far."""
        return LogReport(self.origin, self.frontier.size, self.frontier.root.hex(), fault)

    def _roots(self, public: bytes, notes: Iterable[str]) -> dict[int, bytes]:
        roots: dict[int, bytes] = {}
        for note in notes:
            checkpoint = _read(note)
            if checkpoint.origin != self.origin or not checkpoint.signed_by(public):
                raise BadRecord("checkpoint", "was not signed by the key of this log")
            if roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                raise BadRecord("checkpoint", "two checkpoints of one size differ: the log was forked")
        return roots

    def _compare(self) -> None:
        size = self.frontier.size
        expected = self._bound_to.get(size)
        if expected is None:
            return
        if expected != self.frontier.root:
            span = f"entry {self._last_bound}" + (f" to {size - 1}" if size - 1 > self._last_bound else "")
            raise BadRecord(span, "was rewritten: the signed checkpoint over it says otherwise")
        self._last_bound = size


def _read(note: str) -> Checkpoint:
    try:
        return read_checkpoint(note)
    except ValueError:
        raise BadRecord("checkpoint", "is not a checkpoint") from None

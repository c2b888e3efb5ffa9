"""Proofs about single entries and about growth, small enough to hand to somebody.

A proof is made over the log as it is now and carries the signed checkpoint of that moment, so whoever
gets it needs the archive's published verifier key and nothing else: `tools/verify_bundle.py` checks one,
with no package of ours. JSON, hashes in hex:

    {"format": "presente-proof-1", "proves": "entry", "origin": name, "key": verifier key,
     "index": 17, "entry": the entry as it was hashed, "path": [hex, ...], "checkpoint": signed note}

    {"format": "presente-proof-1", "proves": "growth", "origin": name, "key": verifier key,
     "old_size": 12, "old_root": hex, "path": [hex, ...], "checkpoint": signed note}
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import merkle
from consent.archive import Archive
from consent.canonical import Json
from consent.checkpoint import read_checkpoint, verifier_key
from consent.errors import NoSuch
from consent.ledger import origin_of
from consent.models import LedgerHeadRow, LedgerRow

FORMAT = "presente-proof-1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is number `index` of the log a checkpoint signs. Hashes are 32 bytes.

    body: the entry, in the canonical JSON that was hashed; key: the log's verifier key.
    """

    index: int
    body: str
    path: tuple[bytes, ...]
    checkpoint: str
    key: str

    @property
    def leaf(self) -> bytes:
        """Hash of the entry."""
        return merkle.leaf_hash(self.body.encode())

    @property
    def holds(self) -> bool:
        """Whether the path leads from the entry to the root that the checkpoint signs."""
        signed = read_checkpoint(self.checkpoint)
        return merkle.includes(self.leaf, self.index, signed.size, self.path, signed.root)

    def as_json(self) -> dict[str, Json]:
        """The form to hand out."""
        return {
            "format": FORMAT,
            "proves": "entry",
            "origin": read_checkpoint(self.checkpoint).origin,
            "key": self.key,
            "index": self.index,
            "entry": self.body,
            "path": [step.hex() for step in self.path],
            "checkpoint": self.checkpoint,
        }


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """That the log only grew since it had `old_size` entries under `old_root`. Hashes are 32 bytes."""

    old_size: int
    old_root: bytes
    path: tuple[bytes, ...]
    checkpoint: str
    key: str

    @property
    def holds(self) -> bool:
        """Whether the path leads to the old root and to the one that the checkpoint signs."""
        signed = read_checkpoint(self.checkpoint)
        return merkle.extends(self.old_size, self.old_root, signed.size, signed.root, self.path)

    def as_json(self) -> dict[str, Json]:
        """The form to hand out."""
        return {
            "format": FORMAT,
            "proves": "growth",
            "origin": read_checkpoint(self.checkpoint).origin,
            "key": self.key,
            "old_size": self.old_size,
            "old_root": self.old_root.hex(),
            "path": [step.hex() for step in self.path],
            "checkpoint": self.checkpoint,
        }


def prove_entry(archive: Archive, index: int) -> InclusionProof:
    """Prove that an entry is in the log as it is now; raises NoSuch."""
    with archive.reading() as session:
        leaves, checkpoint = _leaves(session)
        if not 0 <= index < len(leaves):
            raise NoSuch(kind="entry", name=index)
        body = session.get_one(LedgerRow, index).body
    path = tuple(merkle.inclusion_proof(leaves, index))
    return InclusionProof(index, body, path, checkpoint, public_key(archive))


def prove_growth(archive: Archive, old_size: int) -> GrowthProof:
    """Prove that the log only grew since it had `old_size` entries; raises NoSuch."""
    with archive.reading() as session:
        leaves, checkpoint = _leaves(session)
    if not 0 < old_size <= len(leaves):
        raise NoSuch(kind="entry", name=old_size)
    path = tuple(merkle.consistency_proof(leaves, old_size))
    return GrowthProof(old_size, merkle.root_of(leaves[:old_size]), path, checkpoint, public_key(archive))


def public_key(archive: Archive) -> str:
    """The archive's verifier key in signed-note's text form, to be published elsewhere."""
    return verifier_key(origin_of(archive.id), archive.keys.public)


def _leaves(session: Session) -> tuple[list[bytes], str]:
    head = session.get_one(LedgerHeadRow, 1)
    hashes = select(LedgerRow.leaf_hash).where(LedgerRow.index < head.size).order_by(LedgerRow.index)
    return [bytes.fromhex(leaf) for leaf in session.execute(hashes).scalars()], head.checkpoint

"""Signed checkpoints of the log, in the text form of C2SP tlog-checkpoint and signed-note.

    presente/archive-4f0c         origin, also the name of the key
    812                           number of entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root, base64

    — presente/archive-4f0c GbZ...                   key hint (4 bytes) and Ed25519 signature, base64

A checkpoint is meant to leave the machine: whoever keeps one can tell later whether the log they are
shown is a continuation of it.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from consent.keys import Keys, signature_holds

HINT_BYTES = 4
ED25519 = b"\x01"  # signed-note's algorithm identifier


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as read, not yet believed. root: 32 bytes."""

    origin: str
    size: int
    root: bytes
    hint: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The signed part."""
        return _text(self.origin, self.size, self.root)

    def signed_by(self, public: bytes) -> bool:
        """Whether the Ed25519 key `public` (32 bytes) signed it."""
        return self.hint == key_hint(self.origin, public) and signature_holds(
            public, self.signature, self.text.encode()
        )


def write_checkpoint(keys: Keys, origin: str, size: int, root: bytes) -> str:
    """Return the signed note over a tree of `size` entries under `root` (32 bytes)."""
    text = _text(origin, size, root)
    signature = key_hint(origin, keys.public) + keys.sign(text.encode())
    return f"{text}\n— {origin} {b64encode(signature).decode()}\n"


def read_checkpoint(note: str) -> Checkpoint:
    """Parse a signed note; raises ValueError when it is none."""
    try:
        origin, size, root, empty, signature_line, end = note.split("\n")
        dash, name, encoded = signature_line.split(" ")
        signature = b64decode(encoded, validate=True)
        checkpoint = Checkpoint(
            origin, int(size), b64decode(root, validate=True), signature[:HINT_BYTES], signature[HINT_BYTES:]
        )
    except (ValueError, binascii.Error):
        raise ValueError("not a checkpoint") from None
    if (dash, name, empty, end) != ("—", origin, "", "") or not note.startswith(checkpoint.text):
        raise ValueError("not a checkpoint")
    if b64encode(signature).decode() != encoded:  # other unused bits: the same signature, yet a changed byte
        raise ValueError("not a checkpoint")
    return checkpoint


def key_hint(origin: str, public: bytes) -> bytes:
    """First four bytes of SHA-256(name || newline || algorithm || public key), as signed-note says."""
    return sha256(origin.encode() + b"\n" + ED25519 + public).digest()[:HINT_BYTES]


def verifier_key(origin: str, public: bytes) -> str:
    """Return the key in signed-note's text form, to be published: name+hint+base64."""
    return f"{origin}+{key_hint(origin, public).hex()}+{b64encode(ED25519 + public).decode()}"


def public_of(verifier: str) -> bytes:
    """Return the 32 bytes of a key that `verifier_key` wrote; raises ValueError when it is none."""
    name, hint, encoded = verifier.split("+", 2)
    raw = b64decode(encoded, validate=True)
    public = raw[1:]
    if raw[:1] != ED25519 or key_hint(name, public).hex() != hint:
        raise ValueError("not an Ed25519 verifier key")
    return public


def _text(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"

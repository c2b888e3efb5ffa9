"""Sealing what is too large for memory: AES-256-GCM in the STREAM construction.

Hoang, Reyhanitabar, Rogaway and Vizár, "Online authenticated-encryption and its nonce-reuse
misuse-resistance" (CRYPTO 2015), in the shape that age and Tink use:

    salt (16 bytes) || chunk || chunk || ... || last chunk

Each chunk is 64 KiB of plaintext and a 16-byte tag. Its key comes from the caller's key, the salt and the
context by HKDF-SHA256, so it serves one file only; its nonce is a counter (11 bytes) and a byte that is 1
on the last chunk. Chunks that are changed, exchanged, repeated, dropped or taken from another file do not
open, and neither does a file that was cut, even between chunks. Memory stays at a few chunks.

A reader gets each chunk only once it is authentic; that the file is whole is known at its end.
"""

from __future__ import annotations

import io
import secrets
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BYTES = 64 * 2**10
TAG_BYTES = 16
SALT_BYTES = 16
KEY_BYTES = 32
_COUNTER_BYTES = 11


class Source(Protocol):
    """Anything that can be read in pieces."""

    def read(self, count: int, /) -> bytes:
        """Return up to `count` bytes; none at the end."""


class Sealer(io.RawIOBase):
    """Writes sealed to `target` what is written to it. Only `close` completes the file."""

    def __init__(self, key: bytes, target: IO[bytes], context: str) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        target.write(salt)
        self._cipher = _file_cipher(key, salt, context)
        self._target = target
        self._pending = bytearray()
        self._chunks = 0

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # any buffer, as RawIOBase has it
        """Take `data`; a full chunk is held back until it is known not to be the last."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._emit(bytes(self._pending[:CHUNK_BYTES]), last=False)
            del self._pending[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk. A sealed file without one does not open."""
        self._emit(bytes(self._pending), last=True)
        self._pending.clear()

    def _emit(self, plain: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._chunks, last=last), plain, None))
        self._chunks += 1


class Opener(io.RawIOBase):
    """Reads what a `Sealer` wrote; raises cryptography's InvalidTag where it is not that."""

    def __init__(self, key: bytes, source: Source, context: str) -> None:
        salt = _read_exactly(source, SALT_BYTES)
        if len(salt) < SALT_BYTES:
            raise InvalidTag
        self._cipher = _file_cipher(key, salt, context)
        self._source = source
        self._ahead = _read_exactly(source, CHUNK_BYTES + TAG_BYTES)
        self._plain = b""
        self._chunks = 0
        self._ended = False

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]  # any buffer, as above
        """Fill `buffer` as far as one chunk reaches; 0 at the authentic end."""
        while not self._plain and not self._ended:
            self._plain = self._next_chunk()
        taken = self._plain[: len(buffer)]
        buffer[: len(taken)] = taken
        self._plain = self._plain[len(taken) :]
        return len(taken)

    def _next_chunk(self) -> bytes:
        sealed, self._ahead = self._ahead, _read_exactly(self._source, CHUNK_BYTES + TAG_BYTES)
        self._ended = not self._ahead
        plain = self._cipher.decrypt(_nonce(self._chunks, last=self._ended), sealed, None)
        self._chunks += 1
        return plain


def _file_cipher(key: bytes, salt: bytes, context: str) -> AESGCM:
    info = b"presente stream\n" + context.encode()
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, info).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])


def _read_exactly(source: Source, count: int) -> bytes:
    """Read `count` bytes, or all that is left: sources may give less at a time."""
    pieces: list[bytes] = []
    while count and (piece := source.read(count)):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)

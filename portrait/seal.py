"""The collective's sealing keys: the watermark's secret and the C2PA signer, made on first use."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from consent.keys import read_secret, write_secret
from portrait.errors import N_, StudioError
from watermark.certificates import ROOT_FILE, Signer, ensure_signer, trust_anchor

WATERMARK_KEY = "watermark.key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """What marks and signs. key: 32 secret bytes. anchor: PEM of the root that others may trust."""

    key: bytes
    signer: Signer
    anchor: bytes


class SealKeyLost(StudioError):  # noqa: N818 - reads as what it is
    """The watermark's key is gone or damaged, and videos were marked with it."""

    problem = N_("The seal's key “{name}” is missing or damaged; without it no video of ours is recognised.")
    remedy = N_("Put it back from the backup of the archive's folder of keys.")


def open_seal(keys: Path) -> Seal:
    """Open the sealing keys in the folder `keys`, or make them there (files 0600, folder 0700).

    Raises KeysUnusable, SealKeyLost and the archive's key errors: a key that is broken or was lost is never
    replaced by a new one. The watermark's is made first, so beside a signer it can only have been lost.
    """
    key = _watermark_key(keys)
    return Seal(key, ensure_signer(keys), trust_anchor(keys))


def _watermark_key(keys: Path) -> bytes:
    path = keys / WATERMARK_KEY
    if not path.exists():
        if (keys / ROOT_FILE).exists():
            raise SealKeyLost(name=WATERMARK_KEY)
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, secrets.token_bytes(_KEY_BYTES))
    key = read_secret(path)
    if len(key) != _KEY_BYTES:
        raise SealKeyLost(name=WATERMARK_KEY)
    return key


def _write_once(path: Path, key: bytes) -> None:
    """Write the key unless another process just did; then its key counts."""
    mine = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_secret(mine, key)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(mine)
    finally:
        mine.unlink()

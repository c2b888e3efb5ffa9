"""The collective's sealing keys: the watermark's secret and the C2PA signer, made on first use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from consent.keys import read_secret, write_secret
from watermark.certificates import Signer, ensure_signer, trust_anchor

WATERMARK_KEY = "watermark.key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """What marks and signs. key: 32 secret bytes. anchor: PEM of the root that others may trust."""

    key: bytes
    signer: Signer
    anchor: bytes


def open_seal(keys: Path) -> Seal:
    """Open the sealing keys in the folder `keys`, or make them there (files 0600, folder 0700).

    Raises KeysUnusable and the archive's key errors: a broken key is never replaced by a new one.
    """
    signer = ensure_signer(keys)
    path = keys / WATERMARK_KEY
    if not path.exists():
        write_secret(path, secrets.token_bytes(_KEY_BYTES))
    return Seal(read_secret(path), signer, trust_anchor(keys))

"""The vault: what a case holds, encrypted at rest under one key a case.

    master key ── wraps ──► case key file (data key and salt) ── seals ──► columns and evidence files

Each case has a random data key and salt in `vault/<case>/key`, wrapped by the master key. Everything
personal is sealed with the data key (AES-256-GCM, bound to its place by the context; files in chunks, see
`consent.stream`), and the log's commitments are keyed with the salt. To erase a case is to destroy that
one small file: copies of the database or of the evidence without it reveal nothing.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag

from consent import canonical
from consent.canonical import Json
from consent.errors import Erased, StoreCorrupt
from consent.keyring import Keyrings
from consent.keys import KEY_BYTES, read_secret, seal, unseal, write_secret
from consent.stream import CHUNK_BYTES, Opener, Sealer, Source

CASE_KEY_FILE = "key"


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The data key and the salt of one case, 32 bytes each."""

    case_id: str
    data_key: bytes
    salt: bytes

    def seal(self, value: Json, place: str) -> bytes:
        """Seal a JSON value for `place` ("fact/3f2a"); it opens only there and only in this case."""
        return seal(self.data_key, canonical.encode(value), f"{self.case_id}/{place}")

    def unseal(self, sealed: bytes, place: str) -> Json:
        """Open what `seal` closed; raises StoreCorrupt when a byte or the place changed."""
        return canonical.decode(self.unseal_bytes(sealed, place))

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        """Seal bytes for `place`."""
        return seal(self.data_key, plain, f"{self.case_id}/{place}")

    def unseal_bytes(self, sealed: bytes, place: str) -> bytes:
        """Open what `seal_bytes` closed; raises StoreCorrupt when a byte or the place changed."""
        try:
            return unseal(self.data_key, sealed, f"{self.case_id}/{place}")
        except InvalidTag:
            raise StoreCorrupt from None

    def commit(self, value: Json) -> str:
        """Commitment to `value` that cannot be guessed at without the salt: HMAC-SHA-256, hex."""
        return hmac.digest(self.salt, canonical.encode(value), sha256).hex()


class Vault:
    """The case keys and evidence files under one folder."""

    def __init__(self, folder: Path, master: bytes) -> None:
        self._folder = folder
        self._master = master
        self.keyrings = Keyrings(folder.parent / "keys", master)
        folder.mkdir(mode=0o700, exist_ok=True)

    def make_case_key(self, case_id: str) -> CaseKey:
        """Make the key of a new case. Without the case's row (a crash in between) it is of no use."""
        key = CaseKey(case_id, secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))
        self.write_key(key)
        return key

    def write_key(self, key: CaseKey, *, name: str = CASE_KEY_FILE) -> None:
        """Wrap the key of a case into its file."""
        folder = self._folder / key.case_id
        folder.mkdir(mode=0o700, exist_ok=True)
        write_secret(folder / name, seal(self._master, key.data_key + key.salt, f"{key.case_id}/key"))

    def case_key(self, case_id: str) -> CaseKey:
        """Return the key of a case; raises KeyMissing when it is not there, StoreCorrupt when damaged."""
        try:
            both = unseal(self._master, read_secret(self._key_path(case_id)), f"{case_id}/key")
        except InvalidTag:
            raise StoreCorrupt from None
        return CaseKey(case_id, both[:KEY_BYTES], both[KEY_BYTES:])

    def holds(self, case_id: str) -> bool:
        """Whether the case's key still exists."""
        return self._key_path(case_id).exists()

    def held(self) -> tuple[str, ...]:
        """The cases whose keys exist."""
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"*/{CASE_KEY_FILE}")))

    def path(self, case_id: str, evidence_id: str) -> Path:
        """Where a sealed file lies."""
        return self._folder / case_id / evidence_id

    def store(self, key: CaseKey, evidence_id: str, source: Source) -> None:
        """Seal what `source` gives into a file that is never written again, whole or not at all."""
        path = self.path(key.case_id, evidence_id)
        temporary = path.with_name(f".{evidence_id}.part")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as handle:
                sealer = Sealer(key.data_key, handle, f"{key.case_id}/evidence/{evidence_id}")
                while piece := source.read(CHUNK_BYTES):
                    sealer.write(piece)
                sealer.finish()
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(path)
        except FileNotFoundError:  # the folder went with the case's key
            raise Erased from None
        finally:
            temporary.unlink(missing_ok=True)

    def fetch(self, key: CaseKey, evidence_id: str, target: IO[bytes]) -> None:
        """Write to `target` what `store` sealed; raises StoreCorrupt, perhaps after a sound beginning."""
        try:
            with self.path(key.case_id, evidence_id).open("rb") as handle:
                opener = Opener(key.data_key, handle, f"{key.case_id}/evidence/{evidence_id}")
                shutil.copyfileobj(opener, target, CHUNK_BYTES)
        except (InvalidTag, FileNotFoundError):
            raise StoreCorrupt from None

    def discard(self, case_id: str, evidence_id: str) -> None:
        """Take away a file that no record came to point to."""
        self.path(case_id, evidence_id).unlink(missing_ok=True)

    def shred(self, case_id: str) -> None:
        """Destroy the key and salt of a case in every keyring and here, then its files.

        Doing it twice is the same as once; what was interrupted is done again while the key is still here.
        """
        self.keyrings.forget(case_id)
        path = self._key_path(case_id)
        if path.exists():
            with path.open("r+b") as handle:
                handle.write(secrets.token_bytes(path.stat().st_size))
                handle.flush()
                os.fsync(handle.fileno())
            path.unlink()
        shutil.rmtree(self._folder / case_id, ignore_errors=True)

    def _key_path(self, case_id: str) -> Path:
        return self._folder / case_id / CASE_KEY_FILE

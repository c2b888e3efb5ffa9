"""The keyring: what a backup needs to be opened, small, and rewritten wherever it lies.

A backup holds no case key. The keys of all living cases are in the keyring, one file beside the backups,
sealed with the archive's recovery key, which coordinators keep on paper. Each place that holds a keyring is
remembered, and erasing a case rewrites them all without it: from then on no backup, however old, opens
that case. A place that is out of reach (a disk in a drawer) is remembered as owing the erasure, which
happens as soon as it is back. See docs/adr/0005-erasure-and-backups.md for what this cannot do.

    presente-keyring-1 \n archive's name \n AES-256-GCM of canonical JSON
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidTag

from consent import canonical
from consent.errors import BackupUnreadable, KeyCorrupt
from consent.keys import KEY_BYTES, RECOVERY_FILE, read_secret, seal, unseal, write_secret

KEYRING_FILE = "keyring"
PLACES_FILE = "places.json"
_FORMAT = b"presente-keyring-1"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys of the living cases (data key and salt, 64 bytes), and which cases were erased.

    signing: the archive's Ed25519 private key, 32 bytes.
    """

    archive_id: str
    signing: bytes
    cases: Mapping[str, bytes]
    erased: frozenset[str]

    def without(self, case_id: str) -> Keyring:
        """The same keyring after an erasure."""
        left = {name: key for name, key in self.cases.items() if name != case_id}
        return Keyring(self.archive_id, self.signing, left, self.erased | {case_id})

    def write(self, path: Path, recovery: bytes) -> None:
        """Write it whole or not at all, over the old one."""
        plain = canonical.encode(
            {
                "signing": self.signing.hex(),
                "cases": {name: key.hex() for name, key in self.cases.items()},
                "erased": sorted(self.erased),
            }
        )
        header = _FORMAT + b"\n" + self.archive_id.encode() + b"\n"
        write_secret(path, header + seal(recovery, plain, f"keyring/{self.archive_id}"))


def read_keyring(path: Path, recovery: bytes) -> Keyring:
    """Open a keyring; raises BackupUnreadable for another key, another file, a changed byte."""
    try:
        kind, name, sealed = path.read_bytes().split(b"\n", 2)
        archive_id = name.decode()
        plain = cast(dict[str, Any], canonical.decode(unseal(recovery, sealed, f"keyring/{archive_id}")))
    except (OSError, ValueError, InvalidTag):
        raise BackupUnreadable(name=path.name) from None
    if kind != _FORMAT:
        raise BackupUnreadable(name=path.name)
    cases = {name: bytes.fromhex(key) for name, key in plain["cases"].items()}
    return Keyring(archive_id, bytes.fromhex(plain["signing"]), cases, frozenset(plain["erased"]))


class Keyrings:
    """The places where an archive's keyrings lie, and the erasures each still owes."""

    def __init__(self, keys_folder: Path, master: bytes) -> None:
        self._folder = keys_folder
        self._master = master

    @property
    def recovery_key(self) -> bytes:
        """The recovery key, 32 bytes; made when it is asked for the first time. Raises KeyCorrupt."""
        path = self._folder / RECOVERY_FILE
        if not path.exists():
            write_secret(path, seal(self._master, secrets.token_bytes(KEY_BYTES), RECOVERY_FILE))
        try:
            return unseal(self._master, read_secret(path), RECOVERY_FILE)
        except InvalidTag:
            raise KeyCorrupt(name=RECOVERY_FILE) from None

    @property
    def owing(self) -> Mapping[Path, tuple[str, ...]]:
        """Every place, with the erasures that did not reach it yet."""
        path = self._folder / PLACES_FILE
        if not path.exists():
            return {}
        stored: dict[str, list[str]] = json.loads(path.read_bytes())
        return {Path(folder): tuple(cases) for folder, cases in stored.items()}

    def remember(self, folder: Path) -> None:
        """Count `folder` among the places from now on."""
        self._keep({**self.owing, folder.resolve(): self.owing.get(folder.resolve(), ())})

    def forget(self, case_id: str) -> None:
        """Take a case out of every keyring: noted as owed first, then done wherever it can be."""
        places = self.owing
        if places:
            self._keep({folder: (*cases, case_id) for folder, cases in places.items()})
            self.catch_up()

    def catch_up(self) -> None:
        """Do what is owed, where the place is within reach."""
        places = dict(self.owing)
        for folder, cases in places.items():
            path = folder / KEYRING_FILE
            if cases and path.exists():
                keyring = read_keyring(path, self.recovery_key)
                for case_id in cases:
                    keyring = keyring.without(case_id)
                keyring.write(path, self.recovery_key)
                places[folder] = ()
        if places != self.owing:
            self._keep(places)

    def _keep(self, places: Mapping[Path, tuple[str, ...]]) -> None:
        stored = {str(folder): list(dict.fromkeys(cases)) for folder, cases in places.items()}
        write_secret(self._folder / PLACES_FILE, json.dumps(stored).encode())

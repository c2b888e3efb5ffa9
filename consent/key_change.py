"""Putting a new master key in the place of the old one, whatever happens in between.

    keys/next/...        the new key files, complete
    vault/<case>/next    each case's key under the new master key

are written first, all of them. The database then decides, by committing the new key's check value. From
there on `settle`, at once or at the next opening, puts the new files in place; when the transaction never
committed, it throws them away. `consent.rotation` is the transaction.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from consent.errors import KeyCorrupt, KeyMissing, WrongKey
from consent.keys import (
    KDF_FILE,
    MASTER_FILE,
    RECOVERY_FILE,
    KeyMarks,
    Keys,
    load_keys,
    make_keys,
    read_secret,
    seal,
    unseal,
    write_secret,
)
from consent.vault import Vault

NEXT = "next"
_EXCLUSIVE = {MASTER_FILE: KDF_FILE, KDF_FILE: MASTER_FILE}  # an archive has the one or the other


def stage(home: Path, keys: Keys, passphrase: bytes | None) -> Keys:
    """Write the new key files and every case's key under the new master key; nothing is in force yet."""
    folder = home / "keys" / NEXT
    discard(home)
    new = make_keys(folder, passphrase, signer=keys.signer)
    recovery = home / "keys" / RECOVERY_FILE
    if recovery.exists():
        plain = unseal(keys.master, read_secret(recovery), RECOVERY_FILE)
        write_secret(folder / RECOVERY_FILE, seal(new.master, plain, RECOVERY_FILE))
    old_vault, new_vault = (Vault(home / "vault", one.master) for one in (keys, new))
    for case_id in old_vault.held():
        new_vault.write_key(old_vault.case_key(case_id), name=NEXT)
    return new


def settle(home: Path, passphrase: bytes | None, marks: KeyMarks) -> Keys:
    """Finish or undo a change that was under way, and return the keys in force; raises as `load_keys`."""
    if (home / "keys" / NEXT).is_dir():
        if _opens(home / "keys" / NEXT, passphrase, marks):
            _promote(home)
        elif _opens(home / "keys", passphrase, marks):
            discard(home)
    return load_keys(home / "keys", passphrase, marks)


def discard(home: Path) -> None:
    """Throw away what was staged."""
    for staged in (home / "vault").glob(f"*/{NEXT}"):
        staged.unlink()
    if (home / "keys" / NEXT).is_dir():
        shutil.rmtree(home / "keys" / NEXT)


def _promote(home: Path) -> None:
    """Put what was staged in force. Every step can be repeated; the folder goes last."""
    folder = home / "keys" / NEXT
    for staged in (home / "vault").glob(f"*/{NEXT}"):
        staged.replace(staged.with_name("key"))
    for staged in folder.iterdir():
        write_secret(home / "keys" / staged.name, staged.read_bytes())
        if staged.name in _EXCLUSIVE:
            (home / "keys" / _EXCLUSIVE[staged.name]).unlink(missing_ok=True)
    shutil.rmtree(folder)


def _opens(folder: Path, passphrase: bytes | None, marks: KeyMarks) -> bool:
    try:
        load_keys(folder, passphrase, marks)
    except (KeyMissing, KeyCorrupt, WrongKey):
        return False
    return True

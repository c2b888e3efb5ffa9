"""Putting a backup back: a new home, new master key, and no case that was erased since.

What a restored archive cannot know is what happened after its backup. So it says so itself: its log goes on
with an entry that names the backup, every session ends, and the erasures the keyring knows of are carried
out again before anybody gets to see it. A checkpoint from between the backup and the loss will not fit the
restored log: `audit verify` then names the first entry that is missing, which is the truth.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select, update

from consent import cases, db
from consent.archive import DATABASE_FILE, SYSTEM, Archive, Clock, open_archive, utc_now
from consent.backup import FORMAT, context_of, unpacked
from consent.errors import AlreadyThere, BackupUnreadable
from consent.events import Event
from consent.keyring import Keyring, read_keyring
from consent.keys import KEY_BYTES, Keys, make_keys
from consent.models import AccountRow, Base, CaseRow, IdentityRow, LedgerHeadRow
from consent.signing_off import end_sessions_of
from consent.stream import Opener
from consent.vault import CaseKey, Vault


def restore(
    backup: Path,
    keyring: Path,
    recovery_key: str,
    home: Path,
    *,
    url: str | None = None,
    passphrase: bytes | None = None,
    clock: Clock = utc_now,
) -> Archive:
    """Restore a backup into `home`, which must not exist or be empty, and open it.

    url, passphrase, clock: as for `open_archive`; the database must have no archive in it. Whole or not at
    all. Raises BackupUnreadable (another key or file, a changed byte), AlreadyThere, and OpenError's members.
    """
    recovery = _key_of(recovery_key)
    ring = read_keyring(keyring, recovery)
    if home.exists() and any(home.iterdir()):
        raise AlreadyThere(kind="archive", name=home.name)
    building = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700, parents=True)
    try:
        name = _rebuild(backup, ring, recovery, building, url, passphrase)
        if home.exists():
            home.rmdir()
        building.replace(home)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    archive = open_archive(home, url=url, passphrase=passphrase, clock=clock)
    _continue(archive, ring, name)
    return archive


def _rebuild(
    backup: Path, ring: Keyring, recovery: bytes, home: Path, url: str | None, passphrase: bytes | None
) -> str:
    signer = Ed25519PrivateKey.from_private_bytes(ring.signing)
    keys = make_keys(home / "keys", passphrase, signer=signer)
    vault = Vault(home / "vault", keys.master)
    for case_id, both in ring.cases.items():
        vault.write_key(CaseKey(case_id, both[:KEY_BYTES], both[KEY_BYTES:]))
    engine = db.connect(url or db.sqlite_url(home / DATABASE_FILE))
    try:
        db.upgrade(engine)
        with db.write_session(engine) as session:
            if session.get(IdentityRow, 1) is not None:
                raise AlreadyThere(kind="archive", name="database")
            return _read(backup, ring, recovery, _Restoring(session.connection(), vault, ring, keys))
    finally:
        engine.dispose()


class _Restoring:
    """Takes a backup's members, one after the other."""

    def __init__(self, connection: Connection, vault: Vault, ring: Keyring, keys: Keys) -> None:
        self._connection = connection
        self._vault = vault
        self._ring = ring
        self._keys = keys

    def take(self, name: str, content: IO[bytes]) -> None:
        """Put one member where it belongs."""
        kind, *rest = name.split("/")
        if kind == "tables":
            self._rows(rest[0], json.load(content))
        elif kind == "evidence" and rest[0] in self._ring.cases:
            case_id, evidence_id = rest
            path = self._vault.path(case_id, evidence_id)
            _copy(path, content)

    def _rows(self, name: str, rows: list[list[Any]]) -> None:
        table = Base.metadata.tables[name]
        columns = list(table.columns)
        values = [
            {column.name: unpacked(column, value) for column, value in zip(columns, row, strict=True)}
            for row in rows
        ]
        if name == LedgerHeadRow.__tablename__:  # the one row is there from the beginning, and only grows
            self._connection.execute(update(table), values[0])
            return
        if name == IdentityRow.__tablename__:
            values[0]["key_check"] = self._keys.marks.check
        self._connection.execute(insert(table), values)


def _copy(path: Path, content: IO[bytes]) -> None:
    """Copy a file that only its owner reads; the folder is not in force yet, so no temporary name."""
    path.touch(mode=0o600)
    with path.open("wb") as handle:
        shutil.copyfileobj(content, handle)


def _read(backup: Path, ring: Keyring, recovery: bytes, restoring: _Restoring) -> str:
    try:
        with backup.open("rb") as handle:
            form, archive_id, name = (handle.readline(200).decode().rstrip("\n") for _ in range(3))
            if (form, archive_id) != (FORMAT, ring.archive_id):
                raise BackupUnreadable(name=backup.name)
            opener = Opener(recovery, handle, context_of(archive_id, name))
            _each_member(cast(IO[bytes], opener), restoring.take)
            while opener.read(2**16):  # the end of the stream proves that nothing was cut
                pass
    except (OSError, ValueError, InvalidTag, tarfile.TarError, KeyError):
        raise BackupUnreadable(name=backup.name) from None
    return name


def _each_member(source: IO[bytes], take: Callable[[str, IO[bytes]], None]) -> None:
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                take(member.name, content)


def _continue(archive: Archive, ring: Keyring, name: str) -> None:
    with archive.writing() as work:
        work.log(Event.ARCHIVE_RESTORED, actor=SYSTEM, backup=name)
        for handle in work.session.execute(select(AccountRow.handle)).scalars().all():
            end_sessions_of(work, handle, actor=SYSTEM)
        living = select(CaseRow.id).where(CaseRow.status != cases.Status.ERASED.value)
        for case_id in work.session.execute(living).scalars().all():
            if case_id in ring.erased:
                cases.erase_in(work, case_id, actor=SYSTEM)


def _key_of(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BackupUnreadable(name="recovery key")
    return key

"""Backups: the whole archive in one sealed file, for either database, and back again.

    presente-backup-1 \n archive's name \n backup's name \n sealed stream of a tar file:

    about.json                    when, how many entries the log had, which schema
    tables/<table>/<number>.json  every row of every table, a thousand a file
    evidence/<case>/<file>        the vault's files, as sealed as they lie there

The rows are one snapshot and carry no SQL, so an archive can move between SQLite and PostgreSQL. The file
opens with the recovery key; what the cases hold opens with the keyring as well (`consent.keyring`), which
an erasure rewrites. No plaintext touches the disk on the way, and memory does not grow with the archive.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Column, Date, LargeBinary, Table, inspect, select
from sqlalchemy.orm import Session

from consent.accounts import Action, permit
from consent.archive import Archive
from consent.errors import StoreCorrupt
from consent.events import Event, timestamp
from consent.keyring import KEYRING_FILE, Keyring
from consent.models import Base, CaseRow, EvidenceRow, LedgerHeadRow, UtcDateTime
from consent.stream import Sealer

FORMAT = "presente-backup-1"
SUFFIX = ".presente-backup"
NOT_KEPT = frozenset({"alembic_version"})
ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. entries: size of the log in it."""

    name: str
    path: Path
    keyring: Path
    entries: int


def back_up(archive: Archive, folder: Path, *, actor: str) -> Backup:
    """Write a backup and the keyring of this moment into `folder`, which is remembered as their place.

    The backup is an entry in the log, and in itself. Raises NotPermitted.
    """
    name = f"backup-{secrets.token_hex(8)}"
    with archive.writing() as work:
        permit(work, actor, Action.KEEP_KEYS)
        work.log(Event.BACKUP_MADE, actor=actor, backup=name)
    keyrings = archive.vault.keyrings
    keyrings.remember(folder)
    path = folder / f"{name}{SUFFIX}"
    temporary = path.with_suffix(".part")
    try:
        with temporary.open("wb") as handle:
            handle.write(f"{FORMAT}\n{archive.id}\n{name}\n".encode())
            sealer = Sealer(keyrings.recovery_key, handle, context_of(archive.id, name))
            entries = _write(archive, cast(IO[bytes], sealer), name)
            sealer.finish()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    write_keyring(archive, folder)
    return Backup(name, path, folder / KEYRING_FILE, entries)


def write_keyring(archive: Archive, folder: Path) -> None:
    """Write the keyring as it is now to a place."""
    with archive.writing() as work:  # no case is opened or erased meanwhile
        erased = work.session.execute(select(CaseRow.id).where(CaseRow.status == "erased")).scalars().all()
        keys = {case_id: archive.vault.case_key(case_id) for case_id in archive.vault.held()}
        living = {
            case_id: key.data_key + key.salt for case_id, key in keys.items() if case_id not in set(erased)
        }
        signing = archive.keys.signer.private_bytes_raw()
        keyring = Keyring(archive.id, signing, living, frozenset(erased))
        keyring.write(folder / KEYRING_FILE, archive.vault.keyrings.recovery_key)


def recovery_key(archive: Archive, *, actor: str) -> str:
    """The recovery key for paper: sixteen groups of four hex digits. Raises NotPermitted."""
    with archive.writing() as work:
        permit(work, actor, Action.KEEP_KEYS)
        work.log(Event.RECOVERY_KEY_SHOWN, actor=actor)
    digits = archive.vault.keyrings.recovery_key.hex()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def context_of(archive_id: str, name: str) -> str:
    """What a backup's stream says it is."""
    return f"backup/{archive_id}/{name}"


def _write(archive: Archive, target: IO[bytes], name: str) -> int:
    with archive.reading() as session, _tar(target) as tar:
        entries = session.get_one(LedgerHeadRow, 1).size
        about = {"backup": name, "at": timestamp(archive.clock()), "entries": entries}
        _add(tar, "about.json", json.dumps(about).encode())
        for table in _tables(session):
            for number, rows in enumerate(_batches(session, table)):
                _add(tar, f"tables/{table.name}/{number:08}.json", json.dumps(rows).encode())
        for case_id, evidence_id in session.execute(select(EvidenceRow.case_id, EvidenceRow.id)).all():
            path = archive.vault.path(case_id, evidence_id)
            if path.exists():  # gone where the case was erased
                tar.add(path, f"evidence/{case_id}/{evidence_id}")
        return entries


def _tables(session: Session) -> list[Table]:
    """Every table, those that others point to first; a table nobody declared is an error, not a gap."""
    there = set(inspect(session.connection()).get_table_names()) - NOT_KEPT
    if there != set(Base.metadata.tables):
        raise StoreCorrupt
    return Base.metadata.sorted_tables


def _batches(session: Session, table: Table) -> Iterator[list[list[Any]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS)
    for part in session.execute(query).partitions():
        yield [[packed(value) for value in row] for row in part]


def packed(value: object) -> object:
    """A column's value in JSON: times and days in ISO 8601, bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value


def unpacked(column: Column[Any], value: Any) -> Any:
    """The inverse of `packed`, by the type the column has."""
    if value is None:
        return None
    match column.type:
        case LargeBinary():
            return base64.b64decode(value)
        case UtcDateTime():
            return datetime.fromisoformat(value)
        case Date():
            return date.fromisoformat(value)
    return value


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


@contextmanager
def _tar(target: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=target, mode="w|") as tar:
        yield tar

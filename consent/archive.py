"""The archive as a whole: where it is, what opens it, and the two ways to touch it.

    with open_archive(home) as archive:
        with archive.writing() as work: ...     # one writer; log entries commit with the change
        with archive.reading() as session: ...

Everybody else in this package takes an `Archive` and says what happens in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from consent import db, key_change
from consent.canonical import Json
from consent.errors import Erased, NoSuch, StoreCorrupt, StoreUnreachable, WrongKey
from consent.events import Event
from consent.keys import KeyMarks, Keys, make_keys
from consent.ledger import Sequencer
from consent.models import CaseRow, IdentityRow
from consent.vault import CaseKey, Vault

Clock = Callable[[], datetime]
DATABASE_FILE = "archive.db"
ERASED = "erased"
SYSTEM = "system"  # the actor of what nobody did by hand; no account can be called this


def utc_now() -> datetime:
    """The time of day, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class Work:
    """One writing transaction: a session, the moment it began, and the right to log.

    seal: writes the log's head and returns the checkpoint over it; happens by itself at the end.
    """

    session: Session
    now: datetime
    vault: Vault
    seal: Callable[[], str]
    _sequencer: Sequencer
    _case_keys: dict[str, CaseKey] = field(default_factory=dict)

    def log(
        self,
        event: Event,
        *,
        actor: str,
        case_id: str | None = None,
        private: Json = None,
        **data: Json,
    ) -> int:
        """Log `event`, with what it says openly (`data`) and what it only commits to (`private`)."""
        case_key = self.case_key(case_id) if case_id is not None and private is not None else None
        return self._sequencer.append(
            event, self.now, actor=actor, case_key=case_key, case_id=case_id, private=private, data=data
        )

    def case_key(self, case_id: str) -> CaseKey:
        """Return the key of a case; raises NoSuch or Erased."""
        if case_id not in self._case_keys:
            self._case_keys[case_id] = case_key_of(self.session, self.vault, case_id)
        return self._case_keys[case_id]


class Archive:
    """An open archive. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(self, home: Path, engine: Engine, archive_id: str, keys: Keys, clock: Clock) -> None:
        self.home = home
        self.id = archive_id
        self.keys = keys
        self.clock = clock
        self.vault = Vault(home / "vault", keys.master)
        self._engine = engine
        self._key_check = keys.marks.check

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for reading."""
        with db.read_session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Yield the one writing transaction of the moment; any error undoes all of it, entries included."""
        with db.write_session(self._engine) as session:
            sequencer = Sequencer(session)
            if session.get_one(IdentityRow, 1).key_check != self._key_check:
                raise WrongKey  # the master key was changed by somebody else since this was opened
            seal = partial(sequencer.seal, self.keys, self.id)
            yield Work(session, self.clock(), self.vault, seal, sequencer)
            seal()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_archive(
    home: Path, *, url: str | None = None, passphrase: bytes | None = None, clock: Clock = utc_now
) -> Archive:
    """Open the archive at the folder `home`, or found one there.

    url: SQLAlchemy URL of the database; SQLite in `home` when None. Keys and evidence stay in `home`.
    passphrase: opens (or founds) an archive whose master key comes from it instead of a key file.
    clock: gives aware datetimes.

    Raises the members of OpenError. A missing key is never replaced by a new one.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    engine = db.connect(url or db.sqlite_url(home / DATABASE_FILE))
    try:
        db.upgrade(engine)
        archive = _open(home, engine, passphrase, clock)
        _finish_erasures(archive)
    except BaseException:
        engine.dispose()
        raise
    return archive


def upgrade(home: Path, *, url: str | None = None) -> bool:
    """Bring the database's schema up to date without opening the archive; True when something changed."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = db.connect(url or db.sqlite_url(home / DATABASE_FILE))
    try:
        return db.upgrade(engine)
    finally:
        engine.dispose()


def case_key_of(session: Session, vault: Vault, case_id: str) -> CaseKey:
    """Return the key of a case; raises NoSuch, Erased, or KeyMissing when it is lost."""
    status = session.execute(select(CaseRow.status).where(CaseRow.id == case_id)).scalar_one_or_none()
    if status is None:
        raise NoSuch(kind="case", name=case_id)
    if status == ERASED:
        raise Erased
    return vault.case_key(case_id)


def _open(home: Path, engine: Engine, passphrase: bytes | None, clock: Clock) -> Archive:
    keys_folder = home / "keys"
    try:
        with db.read_session(engine) as session:
            identity = session.get(IdentityRow, 1)
        if identity is None:
            identity = _found(engine, keys_folder, passphrase, clock)
    except OperationalError as error:
        raise StoreUnreachable from error
    except DatabaseError as error:
        raise StoreCorrupt from error
    keys = key_change.settle(home, passphrase, KeyMarks(identity.key_check, identity.public_key))
    return Archive(home, engine, identity.archive_id, keys, clock)


def _found(engine: Engine, keys_folder: Path, passphrase: bytes | None, clock: Clock) -> IdentityRow:
    """Make the identity and keys of a new archive, unless somebody else just did."""
    with db.write_session(engine) as session:
        sequencer = Sequencer(session)
        already = session.get(IdentityRow, 1)
        if already is not None:
            return already
        keys = make_keys(keys_folder, passphrase)
        archive_id = f"archive-{secrets.token_hex(8)}"
        now = clock()
        identity = IdentityRow(
            id=1,
            archive_id=archive_id,
            key_check=keys.marks.check,
            public_key=keys.marks.public,
            created_at=now,
        )
        session.add(identity)
        sequencer.append(
            Event.ARCHIVE_CREATED,
            now,
            actor=SYSTEM,
            case_key=None,
            case_id=None,
            private=None,
            data={"archive": archive_id},
        )
        sequencer.seal(keys, archive_id)
        return identity


def _finish_erasures(archive: Archive) -> None:
    """Destroy the keys of cases whose erasure was decided just before a crash."""
    with archive.reading() as session:
        erased = session.execute(select(CaseRow.id).where(CaseRow.status == ERASED)).scalars().all()
    for case_id in erased:
        if archive.vault.holds(case_id):
            archive.vault.shred(case_id)
    archive.vault.keyrings.catch_up()

"""The database: engine, transactions that decide who writes, and migrations.

Everything is portable SQL over SQLAlchemy; SQLite (WAL) is the default and PostgreSQL the other
store. Only what concerns locking and durability differs, and it differs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from sqlalchemy.orm import Session

from consent.errors import N_, BadValue, NewerSchema, StoreCorrupt, StoreUnreachable

BUSY_SECONDS = 30
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x50524553  # any number, the same for all; PostgreSQL's advisory locks have no names


def connect(url: str) -> Engine:
    """Return the engine of the database at an SQLAlchemy `url`."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_pre_ping=True)


def sqlite_url(path: Path) -> str:
    """URL of a SQLite file."""
    return f"sqlite:///{path.resolve()}"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver leaves BEGIN to _begin_sqlite
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",  # an entry that was handed out survives a power cut
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("presente_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """Yield a session that sees one moment and writes nothing."""
    if engine.dialect.name == "postgresql":  # SQLite's readers see one moment anyway
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine, autoflush=False) as session, _storable():
        yield session


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """Yield the one writing session of the moment; commits at the end, rolls back on any error.

    SQLite admits one writer by BEGIN IMMEDIATE; elsewhere the row of the log's head is locked by
    `consent.ledger` as the first thing that happens.
    """
    writer = engine.execution_options(presente_writes=True)
    with _storable(), Session(writer, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def _storable() -> Iterator[None]:
    """Refuse text that a database cannot hold or look up: NUL, half a character, longer than its column."""
    try:
        yield
    except (DataError, UnicodeEncodeError):  # their words quote the text
        raise BadValue(
            field="text", why=N_("it holds characters that cannot be stored, or too many")
        ) from None


def upgrade(engine: Engine) -> bool:
    """Bring the schema up to date; True when something changed.

    Raises StoreUnreachable, StoreCorrupt or NewerSchema.
    """
    try:
        with engine.execution_options(presente_writes=True).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            return _upgrade(connection)
    except OperationalError as error:
        raise StoreUnreachable from error
    except DatabaseError as error:
        raise StoreCorrupt from error


def _upgrade(connection: Connection) -> bool:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return False
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerSchema
    command.upgrade(config, "head")
    return True

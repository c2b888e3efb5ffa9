"""What the database itself refuses: to change or take out what was recorded once.

The program never does it. These triggers are for everybody else with a connection: a mistaken UPDATE, a
library, a person with a shell. Whoever owns the database can take them off again, so they come first and
the signed tree comes last; `audit verify` says when one is missing.

    ledger        grows at its end, one entry after the other; never changed, never cut
    checkpoints   never changed or taken out once handed out
    notices       the words people were shown stay the words they were shown
    ledger_head   one row, and its size never shrinks

Erasure needs none of this undone: it destroys keys, and adds an entry.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

FIXED = ("ledger", "checkpoints", "notices")
REFUSAL = "presente: this table only grows"
_SHRINKS = "NEW.size < OLD.size OR NEW.id <> OLD.id"
_OUT_OF_ORDER = 'NEW."index" <> (SELECT COALESCE(MAX("index") + 1, 0) FROM ledger)'


def install(connection: Connection) -> None:
    """Put the triggers on; for a database that has the tables and no trigger."""
    for statement in _statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def missing(connection: Connection) -> tuple[str, ...]:
    """Names of the triggers that should be there and are not, or are switched off."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A') "
        "AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    there = set(connection.execute(text(query)).scalars())
    return tuple(name for name, *_ in _triggers(connection.dialect.name) if name not in there)


def _triggers(dialect: str) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield (name, table, moment, condition) of each."""
    for table in FIXED:
        yield f"{table}_unchanged", table, "UPDATE", None
        yield f"{table}_kept", table, "DELETE", None
    yield "ledger_in_order", "ledger", "INSERT", _OUT_OF_ORDER  # SQLite's INSERT OR REPLACE, too
    yield "ledger_head_grows", "ledger_head", "UPDATE", _SHRINKS
    yield "ledger_head_kept", "ledger_head", "DELETE", None
    if dialect == "postgresql":
        for table in (*FIXED, "ledger_head"):
            yield f"{table}_not_emptied", table, "TRUNCATE", None


def _statements(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        yield _POSTGRESQL_REFUSE
        yield _POSTGRESQL_IN_ORDER
    for name, table, moment, condition in _triggers(dialect):
        if dialect != "postgresql":
            when = f"WHEN {condition}" if condition else ""
            yield (
                f"CREATE TRIGGER {name} BEFORE {moment} ON {table} {when} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
            continue
        each = "STATEMENT" if moment == "TRUNCATE" else "ROW"
        function, when = "presente_refuse", f"WHEN ({condition})" if condition else ""
        if condition == _OUT_OF_ORDER:  # PostgreSQL allows no subquery in WHEN
            function, when = "presente_in_order", ""
        yield (
            f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH {each} {when} "
            f"EXECUTE FUNCTION {function}()"
        )


_POSTGRESQL_REFUSE = f"""
CREATE FUNCTION presente_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$
"""
_POSTGRESQL_IN_ORDER = f"""
CREATE FUNCTION presente_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_OUT_OF_ORDER} THEN RAISE EXCEPTION '{REFUSAL}'; END IF;
  RETURN NEW;
END $$
"""

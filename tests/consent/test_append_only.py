"""Raw SQL against the tables that only grow, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from consent import append_only, audit, cases
from consent.archive import Archive
from tests.consent.story import COORDINATOR, tell

REFUSED = [
    "UPDATE ledger SET body = '{}'",
    'UPDATE ledger SET opening = NULL WHERE "index" = 3',
    "DELETE FROM ledger",
    'DELETE FROM ledger WHERE "index" = (SELECT MAX("index") FROM ledger)',
    "INSERT INTO ledger (\"index\", body, leaf_hash) VALUES (2, '{}', 'ab')",
    "INSERT INTO ledger (\"index\", body, leaf_hash) VALUES (9999, '{}', 'ab')",
    "INSERT INTO ledger (\"index\", body, leaf_hash) VALUES (-1, '{}', 'ab')",
    "UPDATE checkpoints SET note = ''",
    "DELETE FROM checkpoints",
    "UPDATE notices SET text = 'other words'",
    "DELETE FROM notices",
    "UPDATE ledger_head SET size = size - 1",
    "UPDATE ledger_head SET id = 2",
    "DELETE FROM ledger_head",
]
ONLY_SQLITE = [
    "INSERT OR REPLACE INTO ledger (\"index\", body, leaf_hash) VALUES (2, '{}', 'ab')",
    'UPDATE OR REPLACE ledger SET "index" = 2 WHERE "index" = 3',
]
ONLY_POSTGRESQL = [
    "TRUNCATE ledger",
    "TRUNCATE checkpoints",
    "TRUNCATE ledger_head",
    "INSERT INTO ledger (\"index\", body, leaf_hash) VALUES (2, '{}', 'ab') "
    'ON CONFLICT ("index") DO UPDATE SET body = excluded.body',
]


def test_the_database_refuses_whatever_is_not_growing(archive: Archive) -> None:
    story = tell(archive)
    audit.issue_checkpoint(archive, actor=COORDINATOR)
    postgresql = archive._engine.dialect.name == "postgresql"
    for statement in (*REFUSED, *(ONLY_POSTGRESQL if postgresql else ONLY_SQLITE)):
        with pytest.raises(DatabaseError, match=append_only.REFUSAL), archive.writing() as work:
            work.session.execute(text(statement))
    cases.erase(archive, story.case_id, actor=COORDINATOR)
    assert audit.verify(archive).sound


def test_a_trigger_that_was_taken_off_is_noticed(archive: Archive) -> None:
    postgresql = archive._engine.dialect.name == "postgresql"
    with archive._engine.begin() as connection:
        assert append_only.missing(connection) == ()
        off = "ALTER TABLE ledger DISABLE TRIGGER ledger_kept" if postgresql else "DROP TRIGGER ledger_kept"
        connection.execute(text(off))
        assert append_only.missing(connection) == ("ledger_kept",)
    fault = audit.verify(archive).fault
    assert fault is not None
    assert fault.record == "trigger ledger_kept"

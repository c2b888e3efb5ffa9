"""The log: whatever is changed, taken out, added or put elsewhere is named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from consent import accounts, append_only, audit, canonical, cases, checkpoint, facts
from consent.accounts import Role
from consent.archive import Archive, open_archive
from consent.bundle import verify_bundle
from consent.errors import BadValue, BundleError, NoSuch, NotPermitted
from consent.events import CATALOGUE, Event, entry_body, fault_of
from consent.merkle import leaf_hash
from consent.models import CheckpointRow, FactRow, LedgerHeadRow, LedgerRow
from tests.consent.story import COORDINATOR, VOLUNTEER, Clock, new_case, people, tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A log with some sixty entries; tests put back what they change."""
    with open_archive(tmp_path_factory.mktemp("told"), clock=Clock()) as archive:
        tell(archive)
        audit.issue_checkpoint(archive, actor=COORDINATOR)
        tell_more(archive)
        yield archive


def tell_more(archive: Archive) -> None:
    new_case(archive)


def size_of(archive: Archive) -> int:
    with archive.reading() as session:
        return session.get_one(LedgerHeadRow, 1).size


def tampered(archive: Archive, *statements: object) -> str | None:
    """The record that verification names after `statements`, which are undone again.

    The intruder owns the database, so the triggers are taken off first, and put on again to hide it.
    """
    engine = archive._engine
    with engine.connect() as connection:
        saved = {
            table: connection.execute(select(table)).mappings().all()
            for table in (LedgerRow.__table__, LedgerHeadRow.__table__, CheckpointRow.__table__)
        }
    with triggers_off(engine) as connection:
        for statement in statements:
            connection.execute(statement)
    fault = audit.verify(archive).fault
    with triggers_off(engine) as connection:
        for table, rows in saved.items():
            connection.execute(delete(table))
            connection.execute(insert(table), [dict(row) for row in rows])
    return None if fault is None else fault.record


@contextmanager
def triggers_off(engine: Engine) -> Iterator[Connection]:
    """A transaction on SQLite in which everything can be changed."""
    with engine.begin() as connection:
        for name in append_only_triggers(connection):
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        append_only.install(connection)


def append_only_triggers(connection: Connection) -> list[str]:
    triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return list(connection.execute(triggers).scalars())


def row_of(archive: Archive, index: int) -> LedgerRow:
    with archive.reading() as session:
        return session.get_one(LedgerRow, index)


def test_an_untouched_log_is_sound(told: Archive) -> None:
    report = audit.verify(told)
    assert report.sound
    assert report.size == size_of(told)
    assert tampered(told) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_character_names_its_entry(told: Archive, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size_of(told) - 1))
    row = row_of(told, index)
    column = data.draw(st.sampled_from(["body", "leaf_hash", "opening"]))
    value = getattr(row, column)
    if value is None:
        changed: object = b"\0"
    else:
        place = data.draw(st.integers(0, len(value) - 1))
        other = bytes([value[place] ^ 1]) if column == "opening" else chr(ord(value[place]) ^ 1)
        changed = value[:place] + other + value[place + 1 :]
    statement = update(LedgerRow).where(LedgerRow.index == index).values({column: changed})
    assert tampered(told, statement) == f"entry {index}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_entries_taken_out_or_exchanged_are_named(told: Archive, data: st.DataObject) -> None:
    last = size_of(told) - 1
    first = data.draw(st.integers(0, last - 1))
    second = data.draw(st.integers(first + 1, last))
    assert tampered(told, delete(LedgerRow).where(LedgerRow.index == first)) == f"entry {first}"
    one, two = row_of(told, first), row_of(told, second)
    exchange = [
        update(LedgerRow)
        .where(LedgerRow.index == place)
        .values(body=row.body, leaf_hash=row.leaf_hash, opening=row.opening)
        for place, row in ((first, two), (second, one))
    ]
    assert tampered(told, *exchange) == f"entry {first}"


def test_a_cut_tail_and_an_added_entry_are_named(told: Archive) -> None:
    size = size_of(told)
    assert tampered(told, delete(LedgerRow).where(LedgerRow.index >= size - 3)) == f"entry {size - 3}"
    body = rewritten(row_of(told, size - 1), index=size)
    added = insert(LedgerRow).values(index=size, body=body.decode(), leaf_hash=leaf_hash(body).hex())
    assert tampered(told, added) == f"entry {size}"


def rewritten(row: LedgerRow, **changes: object) -> bytes:
    return canonical.encode({**canonical.decode(row.body.encode()), "commitment": None, **changes})


def test_a_rewritten_entry_with_a_fitting_hash_is_caught_by_the_checkpoint(told: Archive) -> None:
    body = rewritten(row_of(told, 3), actor="somebody")
    statement = (
        update(LedgerRow)
        .where(LedgerRow.index == 3)
        .values(body=body.decode(), leaf_hash=leaf_hash(body).hex(), opening=None)
    )
    with told.reading() as session:
        covered = session.execute(select(func.min(CheckpointRow.size))).scalar_one()
    assert tampered(told, statement) == f"entry 0 to {covered - 1}"


def test_a_forged_checkpoint_and_head_are_named(told: Archive) -> None:
    note = audit.issue_checkpoint(told, actor=COORDINATOR)
    forged = note.replace(note.splitlines()[2], "A" * 43 + "=")
    assert tampered(told, update(CheckpointRow).values(note=forged)) == "checkpoint"
    assert tampered(told, update(CheckpointRow).values(note="nothing")) == "checkpoint"
    assert tampered(told, update(LedgerHeadRow).values(peaks="[]")) == "head"


def test_a_rolled_back_archive_is_caught_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    with open_archive(tmp_path / "archive") as archive:
        people(archive)
    database = tmp_path / "archive" / "archive.db"
    old = database.read_bytes()
    with open_archive(tmp_path / "archive") as archive:
        new_case(archive)
        kept = audit.issue_checkpoint(archive, actor=COORDINATOR)
        assert audit.verify(archive, checkpoints=[kept]).sound
    for leftover in database.parent.glob("archive.db*"):
        leftover.unlink()
    database.write_bytes(old)
    with open_archive(tmp_path / "archive") as archive:
        assert audit.verify(archive).sound
        fault = audit.verify(archive, checkpoints=[kept]).fault
        assert fault is not None
        assert fault.record == f"entry {size_of(archive)}"


def test_entries_and_growth_can_be_proved(archive: Archive) -> None:
    people(archive)
    old = size_of(archive)
    old_note = checkpoint.read_checkpoint(audit.issue_checkpoint(archive, actor=COORDINATOR))
    new_case(archive)
    for index in (0, old - 1, size_of(archive) - 1):
        assert audit.prove_entry(archive, index).holds
    growth = audit.prove_growth(archive, old_note.size)
    assert growth.holds
    assert growth.old_root == old_note.root
    for wrong in (-1, size_of(archive)):
        with pytest.raises(NoSuch):
            audit.prove_entry(archive, wrong)
    with pytest.raises(NoSuch):
        audit.prove_growth(archive, 0)


def test_an_exported_log_is_checked_without_the_archive(archive: Archive, tmp_path: Path) -> None:
    people(archive)
    new_case(archive)
    path = tmp_path / "log.jsonl"
    assert audit.export(archive, path, actor=COORDINATOR).sound
    kept = audit.issue_checkpoint(archive, actor=COORDINATOR)
    report = verify_bundle(path, key=audit.public_key(archive))
    assert report.sound
    assert verify_bundle(path, checkpoints=[kept]).fault.record == f"entry {report.size}"
    assert b"Lucero" not in path.read_bytes()
    with open_archive(tmp_path / "other") as other:
        assert verify_bundle(path, key=audit.public_key(other)).fault.record == "header"
    with pytest.raises(NotPermitted):
        audit.export(archive, path, actor=VOLUNTEER)


@pytest.fixture(scope="module")
def bundle(told: Archive, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bundle") / "log.jsonl"
    audit.export(told, path, actor=COORDINATOR)
    return path.read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_an_export_is_found_and_named(
    bundle: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(bundle) - 1))
    bit = data.draw(st.integers(0, 7))
    flipped = bytearray(bundle)
    flipped[place] ^= 1 << bit
    path = tmp_path / "flipped.jsonl"
    path.write_bytes(flipped)
    lines = bundle.count(b"\n")
    line = bundle[:place].count(b"\n")
    try:
        fault = verify_bundle(path).fault
    except BundleError:
        assert line == 0
        return
    assert fault is not None
    ends = line in {0, lines - 1}
    assert fault.record in (
        {"header", "checkpoint", "entry 0", f"entry {lines - 2}"}
        if ends
        else {f"entry {line - 1}", f"entry {line}"}
    )


def test_lines_taken_out_or_exchanged_in_an_export_are_named(bundle: bytes, tmp_path: Path) -> None:
    path = tmp_path / "changed.jsonl"
    lines = bundle.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert verify_bundle(path).fault.record == "entry 4"
    path.write_bytes(b"".join([*lines[:5], lines[7], lines[6], lines[5], *lines[8:]]))
    assert verify_bundle(path).fault.record == "entry 4"
    path.write_bytes(b"".join(lines[:-3] + lines[-1:]))
    assert verify_bundle(path).fault.record == f"entry {len(lines) - 4}"
    path.write_bytes(bundle + b"\n")
    assert not verify_bundle(path).sound
    path.write_bytes(b"a video, perhaps")
    with pytest.raises(BundleError):
        verify_bundle(path)


def test_a_change_that_fails_leaves_neither_state_nor_entry(archive: Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    before = size_of(archive)
    with pytest.raises(BadValue):
        cases.open_case(
            archive, actor=VOLUNTEER, disappeared=archive.clock().date() + timedelta(days=1), minor=False
        )
    with pytest.raises(RuntimeError), archive.writing() as work:
        work.log(Event.FACT_ADDED, actor=VOLUNTEER, case_id=case_id, private={"a": 1}, fact="fact-1")
        work.session.execute(update(FactRow).values(key="changed"))
        work.session.flush()
        raise RuntimeError
    assert size_of(archive) == before
    assert "nombre" in {fact.key for fact in facts.list_facts(archive, case_id, actor=VOLUNTEER)}
    assert audit.verify(archive).sound


def test_eight_writers_lose_no_entry(archive: Archive) -> None:
    people(archive)
    before = size_of(archive)

    def write(number: int) -> None:
        for step in range(5):
            accounts.create(archive, f"vol-{number}-{step}", Role.VOLUNTEER, actor=COORDINATOR)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert size_of(archive) == before + 40
    assert len(accounts.list_all(archive)) == 4 + 40
    assert audit.verify(archive).sound


KILLED = """
import sys, pathlib
from consent import accounts
from consent.accounts import Role
from consent.archive import open_archive
archive = open_archive(pathlib.Path(sys.argv[1]))
for number in range(10_000):
    accounts.create(archive, f"vol-{number}", Role.VOLUNTEER, actor="coord-uno")
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_log_and_state_in_agreement(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with open_archive(home) as archive:
        people(archive)
        before = size_of(archive)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    ) as writer:
        assert writer.stdout is not None
        handed_out = [writer.stdout.readline() for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
    with open_archive(home) as archive:
        written = len(accounts.list_all(archive)) - 4
        assert size_of(archive) - before == written >= len(handed_out)
        assert audit.verify(archive).sound


def test_the_catalogue_is_closed() -> None:
    assert set(CATALOGUE) == set(Event)
    now = Clock().moment
    sound = entry_body(0, now, Event.CASE_ERASED, actor=VOLUNTEER, case_id="case-1", data={}, commitment=None)
    assert fault_of(sound, 0) is None
    wrong: list[dict[str, object]] = [
        {"index": 1},
        {"at": "yesterday"},
        {"event": "something-else"},
        {"actor": "María Ejemplo"},
        {"case": "a case"},
        {"data": {"name": "x"}},
        {"commitment": "short"},
        {"extra": 1},
        {"v": 2},
    ]
    for change in wrong:
        assert fault_of({**sound, **change}, 0)
    assert fault_of([], 0)
    with pytest.raises(ValueError, match="identifier"):
        entry_body(
            0,
            now,
            Event.FACT_ADDED,
            actor="a",
            case_id=None,
            data={"fact": "Lucero Ejemplo"},
            commitment=None,
        )


def test_checkpoints_are_signed_notes(archive: Archive) -> None:
    people(archive)
    note = audit.issue_checkpoint(archive, actor=COORDINATOR)
    read = checkpoint.read_checkpoint(note)
    public = checkpoint.public_of(audit.public_key(archive))
    assert read.signed_by(public)
    assert not read.signed_by(b"\1" * 32)
    for broken in (
        "",
        note[:-1],
        note.replace("—", "-"),
        note.replace("presente/", "other/", 1),
        note + "\n",
        unused_bits(note),
    ):
        with pytest.raises(ValueError, match="checkpoint"):
            checkpoint.read_checkpoint(broken)
    with pytest.raises(ValueError, match="verifier"):
        checkpoint.public_of(audit.public_key(archive).replace("+A", "+B", 1))


def unused_bits(note: str) -> str:
    """The same note, with other bits where base64 has none to say."""
    end = note.rindex("=") - 1
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return note[:end] + alphabet[alphabet.index(note[end]) ^ 1] + note[end + 1 :]


def test_the_log_never_says_who_a_case_is_about(archive: Archive) -> None:
    story = tell(archive)
    cases.mark_found(archive, story.case_id, actor=VOLUNTEER)
    with archive.reading() as session:
        log = "".join(session.execute(select(LedgerRow.body)).scalars())
    for word in ("Lucero", "Guadalajara", "Madre", "found", "mother"):
        assert word not in log

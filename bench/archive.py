"""The archive's numbers: the gate, the log, many writers, killed writers, tampering. Under five minutes.

    python -m bench.archive [--small]

PostgreSQL is measured where it is installed, in a cluster of its own that flushes to disk.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection, bindparam, event, insert, select, text, update

from bench.machine import report
from consent import accounts, append_only, audit, gate, merkle, proofs
from consent.accounts import Role
from consent.archive import Archive, open_archive
from consent.bundle import verify_bundle
from consent.errors import BundleError
from consent.events import Event
from consent.models import (
    CaseRow,
    CheckpointRow,
    ConsentEventRow,
    ConsentRow,
    EvidenceRow,
    FactRow,
    LedgerHeadRow,
    LedgerRow,
    RelativeRow,
    VerificationRow,
)
from tests import postgres
from tests.consent.story import COORDINATOR, new_case, people, tell

LOG_TABLES = (LedgerRow.__table__, LedgerHeadRow.__table__, CheckpointRow.__table__)


@dataclass(frozen=True)
class Sizes:
    cases: int = 10_000
    decisions: int = 200
    appends: int = 600
    entries: int = 100_000
    changes: int = 500
    kills: int = 200
    tamperings: int = 1_000


SMALL = Sizes(200, 20, 60, 2_000, 10, 5, 40)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def gate_among(cases: int, decisions: int, folder: Path, url: str | None) -> dict[str, object]:
    """One case lives through the public functions; its rows are then copied under other names."""
    with open_archive(folder / "gate", url=url) as archive:
        story = tell(archive)
        crowd(archive, story.case_id, cases - 1)
        request = story.request()
        assert gate.evaluate(archive, request).reasons == ()
        evaluate = [1e3 * seconds(lambda: gate.evaluate(archive, request)) for _ in range(decisions)]
        clear = [1e3 * seconds(lambda: gate.clear(archive, request)) for _ in range(decisions)]
    return {
        "cases": cases,
        "evaluate_ms": {"median": round(statistics.median(evaluate), 2), "p95": p95(evaluate)},
        "clear_ms": {"median": round(statistics.median(clear), 2), "p95": p95(clear)},
        "goal_ms": 20,
    }


def p95(values: list[float]) -> float:
    return round(sorted(values)[int(0.95 * len(values))], 2)


def crowd(archive: Archive, model: str, others: int) -> None:
    """Copy a case's rows `others` times; what is sealed opens nowhere, and the gate never asks it to."""
    tables = (CaseRow, FactRow, EvidenceRow, RelativeRow, ConsentRow, ConsentEventRow, VerificationRow)
    with archive.writing() as work:
        rows = {table: work.session.execute(select(table.__table__)).mappings().all() for table in tables}
        own = {model} | {str(row["id"]) for kept in rows.values() for row in kept if "id" in row}
        for start in range(0, others, 500):
            numbers = range(start, min(start + 500, others))
            for table, kept in rows.items():
                copies = [copied(row, own, number) for number in numbers for row in kept]
                work.session.execute(insert(table), [copy for copy in copies if copy is not None])


def copied(row: Mapping[str, object], own: set[str], number: int) -> dict[str, object] | None:
    """The row of another case; None for a row of no case."""
    copy = {name: renamed(value, own, number) for name, value in row.items()}
    return copy if copy != dict(row) else None


def renamed(value: object, own: set[str], number: int) -> object:
    if not isinstance(value, str):
        return value
    name, dot, given = value.partition(".")  # a consent's verification names its round, too
    return f"{name}-{number}{dot}{given}" if name in own else value


def append_rate(appends: int, folder: Path, url: str | None, synchronous: str | None) -> float:
    """Changes a second, one entry each, each in a transaction of its own."""
    with open_archive(folder / f"appends-{synchronous}", url=url) as archive:
        people(archive)
        if synchronous is not None:
            set_synchronous(archive, synchronous)

        def run() -> None:
            for _ in range(appends):
                with archive.writing() as work:
                    work.log(Event.LOG_EXPORTED, actor=COORDINATOR)

        return round(appends / seconds(run), 1)


def set_synchronous(archive: Archive, level: str) -> None:
    engine = archive._engine
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA synchronous = {level}").close())


def long_log(entries: int, folder: Path, url: str | None) -> dict[str, object]:
    """One log: written in transactions of a thousand, proved, verified, exported, verified offline."""
    with open_archive(folder / "long", url=url) as archive:
        people(archive)

        def fill() -> None:
            for _ in range(entries // 1_000):
                with archive.writing() as work:
                    for _ in range(1_000):
                        work.log(Event.LOG_EXPORTED, actor=COORDINATOR)

        filled = seconds(fill)
        prove = seconds(lambda: require(proofs.prove_entry(archive, entries // 3).holds))
        growth = seconds(lambda: require(proofs.prove_growth(archive, entries // 3).holds))
        verify = seconds(lambda: require(audit.verify(archive).sound))
        path = folder / "long.jsonl"
        export = seconds(lambda: audit.export(archive, path, actor=COORDINATOR))
        offline = seconds(lambda: require(verify_bundle(path).sound))
        leaves = [merkle.leaf_hash(str(number).encode()) for number in range(entries)]
        tree = seconds(lambda: merkle.root_of(leaves))
    return {
        "entries": entries,
        "append_in_batches_per_s": round(entries / filled),
        "prove_entry_s": round(prove, 2),
        "prove_growth_s": round(growth, 2),
        "verify_s": round(verify, 2),
        "proof_and_verification_s": round(prove + verify, 2),
        "export_s": round(export, 2),
        "verify_export_s": round(offline, 2),
        "tree_alone_s": round(tree, 2),
        "goal_s": 10,
    }


def require(held: bool) -> None:
    assert held


def many_writers(changes: int, folder: Path, url: str | None) -> dict[str, object]:
    """Eight processes' worth of threads, each its own connection; every change is an account."""
    with open_archive(folder / "writers", url=url) as archive:
        people(archive)
        before = audit.verify(archive).size

        def write(writer: int) -> None:
            with open_archive(folder / "writers", url=url) as own:
                for step in range(changes):
                    accounts.create(own, f"vol-{writer}-{step}", Role.VOLUNTEER, actor=COORDINATOR)

        def run() -> None:
            threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        took = seconds(run)
        verdict = audit.verify(archive)
        found = len(accounts.list_all(archive)) - 4
    return {
        "changes": 8 * changes,
        "entries_lost": 8 * changes - (verdict.size - before),
        "records_lost": 8 * changes - found,
        "sound": verdict.sound,
        "changes_per_s": round(8 * changes / took, 1),
    }


def killed_writers(kills: int, folder: Path, chance: random.Random) -> dict[str, object]:
    """Kill -9 a writer at a random moment, open the archive, compare; the same archive all along."""
    home = folder / "killed"
    with open_archive(home) as archive:
        people(archive)
    forking = get_context("fork")
    agreed = written = 0
    for number in range(kills):
        writer = forking.Process(target=write_until_killed, args=(home, number))
        writer.start()
        time.sleep(chance.uniform(0.01, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        with open_archive(home) as archive:
            agreed += audit.verify(archive).sound
            written = len(accounts.list_all(archive)) - 4
    return {"kills": kills, "log_and_state_agreed": agreed, "changes_that_survived": written}


def write_until_killed(home: Path, number: int) -> None:
    with open_archive(home) as archive:
        for step in range(10_000):
            if step % 8 == 7:
                new_case(archive)  # keys, evidence and many tables at once
            accounts.create(archive, f"vol-{number}-{step}", Role.VOLUNTEER, actor=COORDINATOR)


def tampering(times: int, folder: Path, chance: random.Random) -> dict[str, object]:
    """Half of them on the export's bytes, half on the live tables, triggers off."""
    with open_archive(folder / "tampered") as archive:
        tell(archive)
        audit.issue_checkpoint(archive, actor=COORDINATOR)
        path = folder / "tampered.jsonl"
        audit.export(archive, path, actor=COORDINATOR)
        sound = path.read_bytes()
        export = [change_a_byte(sound, path, chance) for _ in range(times // 2)]
        live = [change_a_row(archive, chance) for _ in range(times - times // 2)]
    named = [right for right in (*export, *live) if right is not None]
    return {
        "tamperings": times,
        "detected": len(named),
        "first_bad_record_named": sum(named),
        "of_the_export": len(export),
        "of_the_live_log": len(live),
    }


def change_a_byte(sound: bytes, path: Path, chance: random.Random) -> bool | None:
    """Whether the right line was named; None when nothing was noticed."""
    place = chance.randrange(len(sound))
    bent = bytearray(sound)
    bent[place] ^= chance.randrange(1, 256)
    path.write_bytes(bent)
    try:
        fault = verify_bundle(path).fault
    except BundleError:
        return place < sound.index(b"\n")
    if fault is None:
        return None
    line, last = sound[:place].count(b"\n"), sound.count(b"\n") - 1
    if line in (0, last):
        return fault.record in ("header", "checkpoint") or fault.record.startswith("entry")
    return fault.record in (f"entry {line - 1}", f"entry {line}")


def change_a_row(archive: Archive, chance: random.Random) -> bool | None:
    with archive.reading() as session, session.begin_nested() as changes:
        connection = session.connection()
        for trigger in connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {trigger.name}"))
        rows = connection.execute(select(LedgerRow.__table__)).mappings().all()
        row = chance.choice(rows)
        expected = spoil(connection, row, chance, len(rows))
        append_only.install(connection)
        fault = audit.verify_in(archive, session).fault
        changes.rollback()
    return None if fault is None else fault.record in expected


def spoil(connection: Connection, row: dict[str, object], chance: random.Random, size: int) -> set[str]:
    """Change, take out or exchange one entry; return the records that may be named."""
    index = int(str(row["index"]))
    this = LedgerRow.index == index
    column = chance.choice(["body", "leaf_hash", "opening", "row", "exchange"])
    if column == "row":
        connection.execute(LedgerRow.__table__.delete().where(this))
        return {f"entry {index}"}
    if column == "exchange":
        other = (index + 1) % size
        connection.execute(update(LedgerRow).where(this).values(index=size + 1))
        connection.execute(update(LedgerRow).where(LedgerRow.index == other).values(index=index))
        connection.execute(update(LedgerRow).where(LedgerRow.index == size + 1).values(index=other))
        return {f"entry {min(index, other)}"}
    value = row[column]
    if value is None:
        changed: object = b"\0"
    else:
        data = bytearray(value if isinstance(value, bytes) else str(value).encode())
        data[chance.randrange(len(data))] ^= chance.randrange(1, 32)
        changed = bytes(data) if isinstance(value, bytes) else data.decode("utf-8", errors="replace")
    statement = update(LedgerRow).where(this).values({column: bindparam("changed")})
    connection.execute(statement, {"changed": changed})
    return {f"entry {index}"}


@contextmanager
def servers() -> Iterator[dict[str, str | None]]:
    """SQLite, and PostgreSQL where it is installed."""
    programs = postgres.programs()
    if programs is None:
        yield {"sqlite": None}
        return
    with postgres.cluster(programs, durable=True) as server:
        yield {"sqlite": None, "postgresql": server}


def on_each(
    stores: dict[str, str | None], measure: Callable[[Path, str | None], object]
) -> dict[str, object]:
    results: dict[str, object] = {}
    for name, server in stores.items():
        with tempfile.TemporaryDirectory() as folder:
            if server is None:
                results[name] = measure(Path(folder), None)
            else:
                with postgres.empty_schema(server) as url:
                    results[name] = measure(Path(folder), url)
    return results


def main() -> None:
    sizes = SMALL if "--small" in sys.argv else Sizes()
    chance = random.Random(5)
    began = time.perf_counter()
    with servers() as stores, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results: dict[str, object] = {
            "gate": on_each(stores, lambda home, url: gate_among(sizes.cases, sizes.decisions, home, url)),
            "appends_per_s": {
                **on_each(stores, lambda home, url: append_rate(sizes.appends, home, url, None)),
                "sqlite_synchronous_normal": append_rate(sizes.appends, folder, None, "NORMAL"),
                "sqlite_synchronous_off": append_rate(sizes.appends, folder, None, "OFF"),
                "goal": 300,
            },
            "log": on_each({"sqlite": None}, lambda home, url: long_log(sizes.entries, home, url)),
            "eight_writers": on_each(stores, lambda home, url: many_writers(sizes.changes, home, url)),
            "killed": killed_writers(sizes.kills, folder, chance),
            "tampering": tampering(sizes.tamperings, folder, chance),
        }
    results["bench_seconds"] = round(time.perf_counter() - began)
    report("archive", results, "sqlalchemy", "cryptography", "psycopg")


if __name__ == "__main__":
    main()

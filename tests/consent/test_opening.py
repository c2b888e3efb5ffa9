"""Founding, opening and not being able to open an archive."""

from __future__ import annotations

import io
import stat
import tracemalloc
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text, update

from consent import accounts, audit, cases, db, evidence
from consent import archive as archives
from consent.archive import open_archive
from consent.errors import (
    BadValue,
    Frozen,
    KeyCorrupt,
    KeyExposed,
    KeyMissing,
    NewerSchema,
    OpenError,
    StoreCorrupt,
    StoreUnreachable,
    WrongKey,
)
from consent.evidence import EvidenceKind
from consent.models import Base, IdentityRow
from tests.consent.story import COORDINATOR, VOLUNTEER, Clock, new_case, people
from tests.consent.test_stream import Counted


def test_an_archive_is_closed_to_others_and_opens_again(tmp_path: Path, url: str | None) -> None:
    home = tmp_path / "home"
    with open_archive(home, url=url) as first:
        people(first)
        founded = first.id, first.keys.public
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for path in home.rglob("*"):
        if path.parent.name == "keys":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.is_dir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with open_archive(home, url=url) as again:
        assert (again.id, again.keys.public) == founded
        assert accounts.find(again, COORDINATOR).active
        assert audit.verify(again).sound


def test_a_passphrase_opens_what_it_founded_and_no_other_does(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_archive(home, passphrase=b"una frase larga").close()
    open_archive(home, passphrase=b"una frase larga").close()
    assert not (home / "keys" / "master.key").exists()
    with pytest.raises(WrongKey):
        open_archive(home, passphrase=b"otra frase larga")
    with pytest.raises(KeyMissing):
        open_archive(home)
    (home / "keys" / "kdf.json").write_text("{}")
    with pytest.raises(KeyCorrupt):
        open_archive(home, passphrase=b"una frase larga")


@pytest.mark.parametrize("name", ["master.key", "signing.key"])
def test_keys_that_are_lost_damaged_or_open_to_others_are_told_apart(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    open_archive(home).close()
    path = home / "keys" / name
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(KeyMissing):
        open_archive(home)
    assert not path.exists()
    path.write_bytes(kept[:-1])
    path.chmod(0o600)
    with pytest.raises(KeyCorrupt):
        open_archive(home)
    path.write_bytes(kept)
    path.chmod(0o640)
    with pytest.raises(KeyExposed):
        open_archive(home)
    path.chmod(0o600)
    open_archive(home).close()


def test_the_keys_of_another_archive_do_not_open_this_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        open_archive(tmp_path / name).close()
    for key in ("master.key", "signing.key"):
        (tmp_path / "one" / "keys" / key).write_bytes((tmp_path / "two" / "keys" / key).read_bytes())
    with pytest.raises(WrongKey):
        open_archive(tmp_path / "one")


def test_a_signing_key_of_the_same_master_but_another_archive_is_wrong(tmp_path: Path) -> None:
    with open_archive(tmp_path / "home") as archive, archive.writing() as work:
        work.session.execute(update(IdentityRow).values(public_key=b"x" * 32))
    with pytest.raises(WrongKey):
        open_archive(tmp_path / "home")


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreCorrupt):
        open_archive(tmp_path)


def test_a_server_that_does_not_answer_is_said_to_be_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        open_archive(tmp_path, url="postgresql+psycopg://nobody@127.0.0.1:1/none")


def test_a_newer_schema_is_not_touched(tmp_path: Path, url: str | None) -> None:
    with open_archive(tmp_path, url=url) as archive, archive.writing() as work:
        work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema):
        open_archive(tmp_path, url=url)


def test_migrations_build_exactly_the_tables_of_the_models(tmp_path: Path, url: str | None) -> None:
    assert archives.upgrade(tmp_path, url=url)
    assert not archives.upgrade(tmp_path, url=url)
    engine = db.connect(url or db.sqlite_url(tmp_path / archives.DATABASE_FILE))
    with engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert difference == []


def test_an_erasure_that_was_interrupted_is_finished_on_opening(
    tmp_path: Path, url: str | None, clock: Clock
) -> None:
    with open_archive(tmp_path, url=url, clock=clock) as archive:
        people(archive)
        case_id = new_case(archive)
        key = (tmp_path / "vault" / case_id / "key").read_bytes()
        cases.erase(archive, case_id, actor=COORDINATOR)
    (tmp_path / "vault" / case_id).mkdir()
    (tmp_path / "vault" / case_id / "key").write_bytes(key)
    open_archive(tmp_path, url=url, clock=clock).close()
    assert not (tmp_path / "vault" / case_id).exists()


def test_a_case_whose_key_is_lost_is_not_taken_for_an_erased_one(archive: archives.Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    (archive.home / "vault" / case_id / "key").unlink()
    with pytest.raises(KeyMissing):
        cases.find(archive, case_id, actor=VOLUNTEER)
    report = audit.verify(archive)
    assert report.fault is not None
    assert "erased" in report.fault.what


def test_a_damaged_piece_of_evidence_is_noticed(archive: archives.Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    (photo,) = evidence.list_evidence(archive, case_id, actor=VOLUNTEER)
    path = archive.home / "vault" / case_id / photo.id
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreCorrupt):
        evidence.read(archive, photo.id, actor=VOLUNTEER)
    path.unlink()
    with pytest.raises(StoreCorrupt):
        evidence.read(archive, photo.id, actor=VOLUNTEER)


def test_every_way_of_not_opening_is_an_open_error() -> None:
    for kind in (KeyMissing, KeyCorrupt, KeyExposed, WrongKey, StoreCorrupt, StoreUnreachable, NewerSchema):
        assert issubclass(kind, OpenError)


def test_a_large_file_goes_through_in_pieces(archive: archives.Archive) -> None:
    """Twenty-four megabytes in and out, in under four of memory."""
    people(archive)
    case_id = new_case(archive)
    size = 24 * 2**20
    tracemalloc.start()
    stored = evidence.store_from(
        archive, case_id, EvidenceKind.OTHER, Counted(size), media_type="video/mp4", actor=VOLUNTEER
    )
    hole = Hole()
    evidence.read_into(archive, stored.id, hole, actor=VOLUNTEER)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert hole.written == stored.size == size
    assert peak < 4 * 2**20


def test_a_file_that_cannot_be_recorded_leaves_nothing(archive: archives.Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    before = sorted((archive.home / "vault" / case_id).iterdir())
    cases.close(archive, case_id, actor=VOLUNTEER)
    with pytest.raises(Frozen):
        evidence.store(archive, case_id, EvidenceKind.OTHER, b"x", media_type="text/plain", actor=VOLUNTEER)
    with pytest.raises(BadValue):
        evidence.store(archive, case_id, EvidenceKind.OTHER, b"", media_type="text/plain", actor=VOLUNTEER)
    assert sorted((archive.home / "vault" / case_id).iterdir()) == before


class Hole(io.RawIOBase):
    """Counts what falls into it."""

    written = 0

    def write(self, data: bytes) -> int:
        self.written += len(data)
        return len(data)

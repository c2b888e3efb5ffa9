"""Backups, the keyring, and a new master key; what is erased stays erased in all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from consent import accounts, audit, cases, evidence, facts, key_change, rotation
from consent.archive import Archive, open_archive
from consent.backup import Backup, back_up, recovery_key
from consent.errors import AlreadyThere, BackupUnreadable, Erased, NotPermitted, WrongKey
from consent.evidence import EvidenceKind
from consent.restore import restore
from tests.consent.story import COORDINATOR, PHOTO, VOLUNTEER, Clock, new_case, people, tell

NAME = b"Lucero Ejemplo Prueba"


def holds(folder: Path, *words: bytes) -> list[str]:
    """Files in which any of the words can be read."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(word in path.read_bytes() for word in words)]


@pytest.fixture
def made(archive: Archive, tmp_path: Path) -> tuple[Backup, str, str, str]:
    """A backup of an archive with two cases, and the recovery key."""
    story = tell(archive)
    other = new_case(archive)
    (tmp_path / "disk").mkdir()
    paper = recovery_key(archive, actor=COORDINATOR)
    return back_up(archive, tmp_path / "disk", actor=COORDINATOR), paper, story.case_id, other


def test_a_backup_brings_everything_back(
    archive: Archive, made: tuple[Backup, str, str, str], tmp_path: Path, clock: Clock
) -> None:
    """Into SQLite from either database, under a new passphrase; every row but those of the restoring."""
    backup, paper, case_id, _ = made
    assert holds(tmp_path / "disk", NAME, PHOTO, b"Guadalajara", b"CREATE TABLE") == []
    home = tmp_path / "again"
    with restore(backup.path, backup.keyring, paper, home, passphrase=b"otra frase", clock=clock) as again:
        assert audit.verify(again, checkpoints=[]).sound
        assert again.id == archive.id
        assert again.keys.public == archive.keys.public
        (photo,) = evidence.list_evidence(again, case_id, actor=VOLUNTEER)
        assert evidence.read(again, photo.id, actor=VOLUNTEER) == PHOTO
        for told in (archive, again):
            assert {fact.value for fact in facts.list_facts(told, case_id, actor=VOLUNTEER)} >= {
                NAME.decode()
            }
        growth = audit.prove_growth(again, backup.entries)
        assert growth.old_root == audit.prove_growth(archive, backup.entries).old_root
    with open_archive(home, passphrase=b"otra frase", clock=clock) as again:
        assert accounts.list_all(again) == accounts.list_all(archive)


def test_a_backup_goes_into_the_other_database(
    archive: Archive, made: tuple[Backup, str, str, str], tmp_path: Path, clock: Clock, other_url: str | None
) -> None:
    backup, paper, case_id, _ = made
    home = tmp_path / "again"
    with restore(backup.path, backup.keyring, paper, home, url=other_url, clock=clock) as again:
        assert audit.verify(again).sound
        assert facts.list_facts(again, case_id, actor=VOLUNTEER)
        new_case(again)
        assert audit.verify(again).sound
    with pytest.raises(AlreadyThere):
        restore(backup.path, backup.keyring, paper, home, url=other_url)


def test_what_was_erased_after_a_backup_cannot_be_restored(
    archive: Archive, made: tuple[Backup, str, str, str], tmp_path: Path, clock: Clock
) -> None:
    backup, paper, case_id, other = made
    before = backup.keyring.read_bytes()
    cases.erase(archive, case_id, actor=COORDINATOR)
    assert backup.keyring.read_bytes() != before
    assert holds(tmp_path, NAME, PHOTO) == []
    with restore(backup.path, backup.keyring, paper, tmp_path / "again", clock=clock) as again:
        with pytest.raises(Erased):
            facts.list_facts(again, case_id, actor=VOLUNTEER)
        assert facts.list_facts(again, other, actor=VOLUNTEER)
        assert audit.verify(again).sound
        assert not (again.home / "vault" / case_id).exists()
    assert holds(tmp_path, NAME, PHOTO) == []


def test_a_disk_in_a_drawer_owes_the_erasure_until_it_is_back(
    archive: Archive, made: tuple[Backup, str, str, str], tmp_path: Path, clock: Clock
) -> None:
    backup, paper, case_id, other = made
    disk, drawer = backup.path.parent, tmp_path / "drawer"
    disk.rename(drawer)
    cases.erase(archive, case_id, actor=COORDINATOR)
    assert archive.vault.keyrings.owing == {disk: (case_id,)}
    cases.erase(archive, other, actor=COORDINATOR)
    assert archive.vault.keyrings.owing == {disk: (case_id, other)}
    drawer.rename(disk)
    archive.vault.keyrings.catch_up()
    assert archive.vault.keyrings.owing == {disk: ()}
    with restore(backup.path, backup.keyring, paper, tmp_path / "again", clock=clock) as again:
        for gone in (case_id, other):
            with pytest.raises(Erased):
                cases.find(again, gone, actor=VOLUNTEER)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made, other: (made.path.write_bytes(made.path.read_bytes()[:-1]), None)[1],
        lambda made, other: (made.path.write_bytes(made.path.read_bytes()[: -(64 * 1024)]), None)[1],
        lambda made, other: (made.path.write_bytes(b"x" + made.path.read_bytes()), None)[1],
        lambda made, other: (made.keyring.write_bytes(made.keyring.read_bytes()[:-1] + b"x"), None)[1],
        lambda made, other: (made.keyring.unlink(), None)[1],
        lambda made, other: "00" * 32,
        lambda made, other: "not a key",
        lambda made, other: (shutil.copy(other.keyring, made.keyring), None)[1],
    ],
)
def test_what_does_not_open_leaves_nothing_behind(
    tmp_path: Path, spoil: Callable[[Backup, Backup], str | None]
) -> None:
    made = []
    for name in ("one", "two"):
        with open_archive(tmp_path / name, clock=Clock()) as archive:
            people(archive)
            case_id = new_case(archive)
            large = bytes(200_000)
            evidence.store(archive, case_id, EvidenceKind.OTHER, large, media_type="a/b", actor=VOLUNTEER)
            (tmp_path / f"disk-{name}").mkdir()
            paper = recovery_key(archive, actor=COORDINATOR)
            made.append((back_up(archive, tmp_path / f"disk-{name}", actor=COORDINATOR), paper))
    (mine, paper), (other, _) = made
    wrong_paper = spoil(mine, other)
    with pytest.raises(BackupUnreadable):
        restore(mine.path, mine.keyring, wrong_paper or paper, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / ".again.restoring").exists()


def test_a_volunteer_keeps_no_keys(archive: Archive, tmp_path: Path) -> None:
    people(archive)
    with pytest.raises(NotPermitted):
        back_up(archive, tmp_path, actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        recovery_key(archive, actor=VOLUNTEER)
    with pytest.raises(NotPermitted):
        rotation.rotate(archive, passphrase=None, actor=VOLUNTEER)
    assert not (archive.home / "keys" / "next").exists()


@pytest.mark.parametrize("first", [None, b"una frase larga"])
@pytest.mark.parametrize("second", [None, b"otra frase larga"])
def test_a_new_master_key_opens_everything_and_the_old_one_nothing(
    tmp_path: Path, url: str | None, clock: Clock, first: bytes | None, second: bytes | None
) -> None:
    home = tmp_path / "home"
    with open_archive(home, url=url, passphrase=first, clock=clock) as archive:
        story = tell(archive)
        paper = recovery_key(archive, actor=COORDINATOR)
        shutil.copytree(home / "keys", tmp_path / "old")
        with open_archive(home, url=url, passphrase=first, clock=clock) as elsewhere:
            rotation.rotate(archive, passphrase=second, actor=COORDINATOR)
            with pytest.raises(WrongKey):
                new_case(elsewhere)
    with open_archive(home, url=url, passphrase=second, clock=clock) as archive:
        assert audit.verify(archive).sound
        assert facts.list_facts(archive, story.case_id, actor=VOLUNTEER)
        assert recovery_key(archive, actor=COORDINATOR) == paper
        new_case(archive)
    assert (home / "keys" / "master.key").exists() == (second is None)
    assert (home / "keys" / "kdf.json").exists() == (second is not None)
    shutil.rmtree(home / "keys")
    shutil.copytree(tmp_path / "old", home / "keys")
    with pytest.raises(WrongKey):
        open_archive(home, url=url, passphrase=first, clock=clock)


def test_a_change_of_keys_that_was_interrupted_is_finished_or_undone(tmp_path: Path, clock: Clock) -> None:
    home = tmp_path / "home"
    with open_archive(home, clock=clock) as archive:
        story = tell(archive)
        key_change.stage(home, archive.keys, b"otra frase larga")  # and no transaction
    with open_archive(home, clock=clock) as archive:
        assert not (home / "keys" / "next").exists()
        assert list((home / "vault").glob("*/next")) == []
        shutil.copytree(home, tmp_path / "before")
        rotation.rotate(archive, passphrase=None, actor=COORDINATOR)
    # As after a crash between the transaction and the first rename: new keys staged, old ones in place.
    for name in ("keys", "vault"):
        (home / name).rename(tmp_path / f"new-{name}")
        shutil.copytree(tmp_path / "before" / name, home / name)
    (home / "keys" / "next").mkdir(mode=0o700)
    for path in (tmp_path / "new-keys").iterdir():
        shutil.copy(path, home / "keys" / "next")
    shutil.copy(tmp_path / "new-vault" / story.case_id / "key", home / "vault" / story.case_id / "next")
    with open_archive(home, clock=clock) as archive:
        assert not (home / "keys" / "next").exists()
        assert facts.list_facts(archive, story.case_id, actor=VOLUNTEER)
        assert audit.verify(archive).sound

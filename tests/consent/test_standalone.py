"""The one file that checks an export without us, run as a stranger would run it."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent import audit
from consent.archive import Archive, open_archive
from consent.bundle import verify_bundle
from tests.consent.story import COORDINATOR, Clock, new_case, people

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_bundle.py"
# RFC 8032, section 7.1: tests 1 to 3 (secret key, message).
RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    with open_archive(tmp_path_factory.mktemp("archive"), clock=Clock()) as opened:
        people(opened)
        new_case(opened)
        yield opened


@pytest.fixture(scope="module")
def export(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "log.jsonl"
    audit.export(archive, path, actor=COORDINATOR)
    return path


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_bundle", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, *arguments: object) -> tuple[int, str]:
    """Alone: a copy of the file in an empty folder, no site-packages, no variables, nothing of ours."""
    copy = folder / "verify_bundle.py"
    copy.write_bytes(VERIFIER.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", copy, *map(str, arguments)],
        cwd=folder, env={}, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_stranger_finds_an_export_sound(archive: Archive, export: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    report = verify_bundle(export)
    code, said = run(tmp_path, export, "--key", audit.public_key(archive))
    assert (code, said.startswith(f"sound: {report.size} entries")) == (0, True)
    assert report.root in said
    kept.write_text(audit.issue_checkpoint(archive, actor=COORDINATOR))
    assert run(tmp_path, export, "--checkpoint", kept)[1].startswith(f"NOT SOUND, entry {report.size}: ")
    assert run(tmp_path, export, "--key", "another+00+AA")[1].startswith("NOT SOUND, header: ")


def test_a_stranger_checks_proofs(archive: Archive, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    for made in (audit.prove_entry(archive, 5), audit.prove_growth(archive, 7)):
        told = made.as_json()
        proof.write_text(json.dumps(told))
        assert run(tmp_path, "--proof", proof, "--key", told["key"])[0] == 0
        proof.write_text(json.dumps({**told, "path": told["path"][::-1]}))
        assert run(tmp_path, "--proof", proof)[0] == 1
        proof.write_text(json.dumps({**told, "checkpoint": told["checkpoint"].replace("\n", "\n1", 1)}))
        assert run(tmp_path, "--proof", proof)[0] == 1


def test_what_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"a video, perhaps")
    for arguments in ((path,), ("--proof", path), (tmp_path / "nothing",)):
        assert run(tmp_path, *arguments)[0] == 2


def test_it_names_the_record_that_the_program_names(
    export: Path, tmp_path: Path, verifier: ModuleType
) -> None:
    """Three hundred changed bytes anywhere; both readers agree that something is wrong, and where."""
    sound, changed = export.read_bytes(), tmp_path / "changed.jsonl"
    chance = random.Random(8)
    for _ in range(300):
        place = chance.randrange(len(sound) - 1)
        start = sound.rfind(b"\n", 0, place) + 1
        bent = bytearray(sound)
        bent[place] ^= chance.randrange(1, 256)
        changed.write_bytes(bent)
        try:
            theirs = verifier.check_bundle(changed, None, [])
        except verifier.Bad as bad:
            theirs = str(bad).split(": ")[0]
        except ValueError:
            assert start == 0
            continue
        fault = verify_bundle(changed).fault
        assert fault is not None
        assert theirs == fault.record


def test_its_ed25519_is_the_standard_s(verifier: ModuleType) -> None:
    for secret, message in RFC8032:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        public, said = key.public_key().public_bytes_raw(), bytes.fromhex(message)
        signature = key.sign(said)
        assert verifier.signature_holds(public, said, signature)
        assert not verifier.signature_holds(public, said + b"x", signature)
        assert not verifier.signature_holds(public[:-1] + b"\xff", said, signature)
        other = int.from_bytes(signature[32:], "little") + verifier.Q  # the same point, written otherwise
        assert not verifier.signature_holds(public, said, signature[:32] + other.to_bytes(32, "little"))
        assert not verifier.signature_holds(public, said, signature[:-1])

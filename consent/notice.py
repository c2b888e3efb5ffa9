"""The notice a person reads or hears before answering, versioned; the archive keeps every one it used.

The first line of a notice says its version and, where its words changed so much that those who answered
before have to be asked again, the earliest version whose answers still hold:

    version: 3; honours: 2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from consent.archive import Work
from consent.errors import NoSuch
from consent.models import NoticeRow

NOTICES = Path(__file__).parent / "notices"
_HEADER = re.compile(r"version: (\d+)(?:; honours: (\d+))?")


class Standing(StrEnum):
    """Whether an answer given on a notice still holds."""

    HONOURED = "honoured"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Notice:
    """The words, with their version; sha256 over the text as it stands in the file.

    honours: the earliest version whose answers still hold.
    """

    language: str
    version: str
    text: str
    sha256: str
    honours: int = 1


@cache
def current_notice(language: str) -> Notice:
    """Return the notice in force in "es" or "en"; raises NoSuch for another language."""
    path = NOTICES / f"{language}.md"
    if language not in _languages():
        raise NoSuch(kind="notice", name=language)
    return parse(language, path.read_text(encoding="utf-8"))


def parse(language: str, text: str) -> Notice:
    """Read a notice; raises ValueError when its first line does not say its version."""
    header = _HEADER.fullmatch(text.split("\n", 1)[0])
    if header is None:
        raise ValueError("a notice begins with its version")
    digest = sha256(text.encode()).hexdigest()
    return Notice(language, header[1], text, digest, int(header[2] or 1))


def standing(shown: Notice | None, current: Notice) -> Standing:
    """Say whether an answer given on `shown` holds while `current` is in force.

    UNKNOWN for words nobody kept or that are not the ones their digest names, for a version newer than
    this program, and for other words under the version in force: then a notice was changed without
    saying so, and nobody can tell what the person was told.
    """
    if shown is None or sha256(shown.text.encode()).hexdigest() != shown.sha256:
        return Standing.UNKNOWN
    if shown.sha256 == current.sha256:
        return Standing.HONOURED
    if int(shown.version) >= int(current.version):
        return Standing.UNKNOWN
    return Standing.HONOURED if int(shown.version) >= current.honours else Standing.OUTDATED


def standing_of(session: Session, digest: str) -> Standing:
    """Say whether an answer given on the notice kept under `digest` holds."""
    row = session.get(NoticeRow, digest)
    if row is None or row.language not in _languages():
        return Standing.UNKNOWN
    shown = Notice(row.language, row.version, row.text, digest)
    return standing(shown, current_notice(row.language))


def _languages() -> frozenset[str]:
    return frozenset(source.stem for source in NOTICES.glob("*.md"))


def keep(work: Work, notice: Notice) -> None:
    """Keep the words of a notice beside the consents that were given on it."""
    if work.session.get(NoticeRow, notice.sha256) is None:
        work.session.add(
            NoticeRow(
                sha256=notice.sha256, language=notice.language, version=notice.version, text=notice.text
            )
        )
        work.session.flush()

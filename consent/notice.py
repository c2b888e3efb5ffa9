"""The notice a person reads or hears before answering, versioned; the archive keeps every one it used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from consent.archive import Work
from consent.errors import NoSuch
from consent.models import NoticeRow

NOTICES = Path(__file__).parent / "notices"
_VERSION = "version: "


@dataclass(frozen=True, slots=True)
class Notice:
    """The words, with their version; sha256 over the text as it stands in the file."""

    language: str
    version: str
    text: str
    sha256: str


@cache
def current_notice(language: str) -> Notice:
    """Return the notice in force in "es" or "en"; raises NoSuch for another language."""
    path = NOTICES / f"{language}.md"
    if language not in {source.stem for source in NOTICES.glob("*.md")}:
        raise NoSuch(kind="notice", name=language)
    text = path.read_text(encoding="utf-8")
    version = text.splitlines()[0].removeprefix(_VERSION)
    return Notice(language, version, text, sha256(text.encode()).hexdigest())


def keep(work: Work, notice: Notice) -> None:
    """Keep the words of a notice beside the consents that were given on it."""
    if work.session.get(NoticeRow, notice.sha256) is None:
        work.session.add(
            NoticeRow(
                sha256=notice.sha256, language=notice.language, version=notice.version, text=notice.text
            )
        )
        work.session.flush()

"""Spellings for names and places that the voices would read wrong: what families notice first.

A lexicon is a text file that anybody can write, one entry a line, the name and how it would be
written so that it is read right; `#` begins a comment:

    Oaxaca = Uajaca
    Ximena = Jimena
    CDMX = Ciudad de México
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from portrait.errors import N_, ScriptError
from portrait.speech.tongues import LEXICON_DIR
from portrait.types import Language

_ENTRY = re.compile(r"\s*([^\W_]+(?:['’·-][^\W_]+)*)\s*=\s*([^\W\d_]+(?:[ '’-][^\W\d_]+)*)\s*")
MOST_BYTES = 1_000_000


class BrokenLexicon(ScriptError):  # noqa: N818 - reads as what it is
    """A line of a lexicon that is not `name = spelling`."""

    problem = N_("Line {line} of the list of names “{file}” cannot be read.")
    remedy = N_("Write one name a line, like: Oaxaca = Uajaca")


def load_lexicon(language: Language, *more: Path) -> Mapping[str, str]:
    """Return the shipped spellings of `language` and those of `more` files, the last one winning.

    Keys and spellings are in lower case. Raises BrokenLexicon.
    """
    spellings: dict[str, str] = {}
    for path in (LEXICON_DIR / f"{language}.txt", *more):
        spellings.update(_read(path))
    return spellings


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        text = file.read(MOST_BYTES).decode("utf-8-sig", "replace")
    entries: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        content = line.split("#")[0]
        if not content.strip():
            continue
        found = _ENTRY.fullmatch(content)
        if not found:
            raise BrokenLexicon(line=number, file=path.name)
        entries[found[1].lower()] = found[2].lower()
    return entries

"""What each language calls months, letters, signs, units and abbreviations when it says them aloud."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portrait.types import Language

LEXICON_DIR = Path(__file__).parents[1] / "assets" / "lexicon"


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language that written signs stand for; read from `assets/lexicon/<language>.toml`.

    letters: the name of each letter of the alphabet. signs: said inside words and addresses.
    units, currencies: symbol -> (one, many). abbreviations: in lower case, as written, full stops
    included; "licenciado/licenciada" gives the form after «el» and the one after «la».
    """

    language: Language
    months: tuple[str, ...]
    letters: Mapping[str, str]
    signs: Mapping[str, str]
    units: Mapping[str, tuple[str, str]]
    currencies: Mapping[str, tuple[str, str]]
    fractions: Mapping[str, str]
    abbreviations: Mapping[str, str]
    number: str
    percent: str
    minus: str
    to: str
    plus: str
    point: str
    comma: str
    zero_minutes: str
    extension: str
    with_cents: str
    cents: str
    morning: str
    afternoon: str
    hours: str
    oh_clock: str


@cache
def tongue_of(language: Language) -> Tongue:
    """Read the words of a language; once a process."""
    with (LEXICON_DIR / f"{language}.toml").open("rb") as file:
        words = tomllib.load(file)
    return Tongue(language=language, **words)

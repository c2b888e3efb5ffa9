"""From the script as written to plain words as said, without losing which is which.

A sentence becomes `Unit`s: a piece of the text as written («18/05/2021,») and the plain words it
is said with («dieciocho de mayo de dos mil veintiuno»). The written pieces joined with spaces are
the sentence again, so captions quote the script and still know when each piece sounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from portrait.speech.readings import Context, read_at
from portrait.speech.tongues import tongue_of
from portrait.types import Language

_PAUSES = (("…", "…"), ("?", "?"), ("!", "!"), (".", "."), (";", ";"), (":", ":"), (",", ",)—–]»"))
"""What a voice is asked for, strongest first, and the written signs that ask for it."""
_STOPS = (".", "?", "!", "…")


@dataclass(frozen=True, slots=True)
class Word:
    """A word to be said: lower case, letters, inner apostrophes and hyphens only.

    pause: the mark after it, one of `,;:.?!…`, or "".
    """

    text: str
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the text as written, and the words (at least one) it is said with."""

    written: str
    words: tuple[Word, ...]

    def with_pause(self, pause: str) -> Unit:
        """Return this unit with another pause at its end."""
        return replace(self, words=(*self.words[:-1], replace(self.words[-1], pause=pause)))


def spoken_units(sentence: str, language: Language, lexicon: Mapping[str, str]) -> tuple[Unit, ...]:
    """Say `sentence` in plain words.

    lexicon: word in lower case -> how it is written so that it is read right («oaxaca» -> «uajaca»).
    The units' `written` joined by spaces equal the sentence with its white space collapsed; the last
    word carries a full stop, a question or exclamation mark or an ellipsis. A text without any
    letter or digit gives no unit.
    """
    context = Context.of(" ".join(sentence.split()), tongue_of(language), lexicon)
    units: list[Unit] = []
    start, unsaid = 0, ""
    while start < len(context.text):
        end, spoken, after = read_at(context, start)
        written = context.text[start:end]
        if spoken:
            units.append(Unit(unsaid + written, _words(spoken, after)))
            unsaid = ""
        elif units:  # «—», «...»: said by nothing but a pause
            last = units[-1]
            joined = Unit(f"{last.written} {written}", last.words)
            units[-1] = joined.with_pause(last.words[-1].pause or _pause(written) or ",")
        else:
            unsaid = f"{written} "
        start = end + 1
    if units and units[-1].words[-1].pause not in _STOPS:
        units[-1] = units[-1].with_pause(".")
    return tuple(units)


def _words(spoken: str, after: str) -> tuple[Word, ...]:
    """Cut spoken text into words; commas inside it and the marks after it become pauses."""
    pieces = spoken.lower().split()
    words = [Word(piece.rstrip(","), "," if piece.endswith(",") else "") for piece in pieces]
    return (*words[:-1], Word(words[-1].text, _pause(after)))


def _pause(marks: str) -> str:
    """Return the strongest pause that the signs after a word ask for."""
    marks = marks.replace("...", "…")
    return next((pause for pause, signs in _PAUSES if any(sign in marks for sign in signs)), "")

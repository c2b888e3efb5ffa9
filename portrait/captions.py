"""Captions: the script's own words, two short lines at a time, when they are said.

A caption never crosses a sentence. Where a sentence needs several, the cut is chosen for the whole
sentence at once (dynamic programming over its words): after a comma rather than after «de la», never
inside a date or a number where it can be helped, both lines about equally long.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from portrait.speech.base import share_span
from portrait.speech.tongues import tongue_of
from portrait.types import Caption, Language, Script, Timed

SHORTEST, LONGEST = 1.0, 6.0
"""Seconds a caption shows at least (where the next one leaves room) and at most (but for one long word)."""
GAP = 0.04
"""Seconds between two captions, so that the eye notices the change."""
_BRIDGE = 0.8  # a pause shorter than this keeps the caption up
_LINES = 2

_CLINGS = {  # words that belong to what follows: a cut after them hurts, a cut before them reads well
    Language.SPANISH: """
        a al con de del desde e el en entre es hasta la las lo los mi mis ni no o para pero por que se si
        sin sobre su sus tu un una unas unos y
    """,
    Language.ENGLISH: """
        a an and at by for from he her his i if in into is it my no not of on or our she so that the
        their they this to was we were with you your
    """,
}
_PER_CAPTION, _PER_LINE, _IMBALANCE = 12.0, 2.0, 30.0
_TORN_NUMBER, _TORN_PHRASE, _TORN_NAME, _NO_COMMA, _NEW_PHRASE, _TOO_SHORT = 60.0, 12.0, 8.0, 6.0, 3.0, 20.0
_IMPOSSIBLE = float("inf")


@dataclass(frozen=True, slots=True)
class _Setting:
    """One way to set a run of words: its lines, and what is wrong with them."""

    lines: tuple[str, ...]
    cost: float


def make_captions(words: Sequence[Timed], script: Script, *, max_chars: int = 34) -> tuple[Caption, ...]:
    """Return captions whose lines, joined with spaces, are the script's text.

    words: the narration's, labelled as the script writes them. max_chars: longest line; a single
    longer word has a line of its own.
    """
    captions: list[Caption] = []
    for sentence in _by_sentence(words, script):
        captions += _Sentence(sentence, script.language, max_chars).captions()
    return tuple(_hold(captions))


def to_srt(captions: Sequence[Caption]) -> str:
    """Return a SubRip file. SubRip has no escapes: arrows and angle brackets become look-alikes."""
    blocks = (
        f"{number}\n{_clock(caption.start, ',')} --> {_clock(caption.end, ',')}\n"
        + "\n".join(line.replace("<", "‹").replace(">", "›") for line in caption.lines)
        for number, caption in enumerate(captions, 1)
    )
    return "\n\n".join(blocks) + "\n"


def to_vtt(captions: Sequence[Caption]) -> str:
    """Return a WebVTT file (W3C WebVTT 1, section 4.1)."""
    blocks = (
        f"{_clock(caption.start, '.')} --> {_clock(caption.end, '.')}\n"
        + "\n".join(html.escape(line, quote=False) for line in caption.lines)
        for caption in captions
    )
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def _clock(seconds: float, decimal_mark: str) -> str:
    milliseconds = round(seconds * 1000)
    whole, thousandths = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{decimal_mark}{thousandths:03}"


def _by_sentence(words: Sequence[Timed], script: Script) -> Iterator[list[Timed]]:
    """Yield the words of each sentence."""
    remaining = iter(words)
    for sentence in script.sentences:
        length = len(" ".join(sentence.text.split()))
        taken: list[Timed] = []
        while sum(len(word.label) + 1 for word in taken) <= length and (word := next(remaining, None)):
            taken.append(word)
        if taken:
            yield taken


class _Sentence:
    """The words of one sentence, and the best way to cut them into captions."""

    def __init__(self, words: Sequence[Timed], language: Language, max_chars: int) -> None:
        self._words = [piece for word in words for piece in _pieces(word, max_chars)]
        self._clings = frozenset(_CLINGS[language].split())
        self._months = frozenset(month.lower() for month in tongue_of(language).months)
        self._max_chars = max_chars

    def captions(self) -> list[Caption]:
        """Return the captions whose costs add up to the least."""
        count = len(self._words)
        best: list[tuple[float, int]] = [(0.0, 0)] + [(_IMPOSSIBLE, 0)] * count  # (cost, where it begins)
        for end in range(1, count + 1):
            for first in range(end - 1, -1, -1):
                setting = self._set(first, end)
                if setting.cost == _IMPOSSIBLE:
                    break  # longer ones fit even less
                best[end] = min(best[end], (best[first][0] + setting.cost, first))
        cuts = [count]
        while cuts[-1] > 0:
            cuts.append(best[cuts[-1]][1])
        return [self._caption(first, end) for first, end in pairwise(reversed(cuts))]

    def _caption(self, first: int, end: int) -> Caption:
        return Caption(self._set(first, end).lines, self._words[first].start, self._words[end - 1].end)

    def _set(self, first: int, end: int) -> _Setting:
        """Return the best lines for words first..end-1; cost infinite when they do not fit one caption."""
        seconds = self._words[end - 1].end - self._words[first].start
        if end - first > 1 and seconds > LONGEST:
            return _Setting((), _IMPOSSIBLE)
        cost = _PER_CAPTION + (_TOO_SHORT if seconds < SHORTEST else 0.0)
        if end < len(self._words):
            cost += self._break_cost(end)
        text = self._text(first, end)
        if len(text) <= self._max_chars or end - first == 1:
            return _Setting((text,), cost)
        settings = (self._two_lines(first, middle, end) for middle in range(first + 1, end))
        lines, line_cost = min(settings, key=lambda setting: setting[1])
        return _Setting(lines, cost + line_cost)

    def _two_lines(self, first: int, middle: int, end: int) -> tuple[tuple[str, ...], float]:
        lines = self._text(first, middle), self._text(middle, end)
        fits = all(
            len(line) <= self._max_chars or words == 1
            for line, words in zip(lines, (middle - first, end - middle), strict=True)
        )
        imbalance = ((len(lines[0]) - len(lines[1])) / self._max_chars) ** 2 * _IMBALANCE
        cost = _PER_LINE + imbalance + self._break_cost(middle) / _LINES
        return lines, cost if fits else _IMPOSSIBLE

    def _text(self, first: int, end: int) -> str:
        return " ".join(word.label for word in self._words[first:end])

    def _break_cost(self, at: int) -> float:
        """Return how much a cut before word `at` hurts the reading."""
        left, right = self._words[at - 1].label, self._words[at].label
        if re.search(r"[,;:.!?…)»”]$", left) and not (_has_digit(left) and _has_digit(right)):
            return 0.0
        if self._tears_number(left.lower(), right.lower()):
            return _TORN_NUMBER
        if left.lower() in self._clings:
            return _TORN_PHRASE
        if right.lower() in self._clings:
            return _NEW_PHRASE
        return _TORN_NAME if left[:1].isupper() and right[:1].isupper() else _NO_COMMA

    def _tears_number(self, left: str, right: str) -> bool:
        """Whether the cut lies inside «18 de mayo de 2021», «33 1234 5678», «21 años» or «May 18»."""
        left, right = left.strip(",.;:"), right.strip(",.;:")
        if _has_digit(left):
            return True
        if left in ("de", "of", "del"):
            return right in self._months or _has_digit(right)
        return left in self._months and (_has_digit(right) or right in ("de", "del"))


def _pieces(word: Timed, max_chars: int) -> list[Timed]:
    """Cut a label that is longer than a line at its spaces («33 1234 5678, extensión 12»)."""
    parts = word.label.split()
    if len(word.label) <= max_chars or len(parts) == 1:
        return [word]
    spans = share_span((word.start, word.end), parts)
    return [Timed(part, start, end) for part, (start, end) in zip(parts, spans, strict=True)]


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _hold(captions: Sequence[Caption]) -> Iterator[Caption]:
    """Keep every caption up until it has been read, or until just before the next one."""
    for caption, following in zip(captions, [*captions[1:], None], strict=True):
        wanted = max(caption.end, caption.start + SHORTEST)
        if following is not None:
            room = following.start - GAP
            bridged = room if following.start - wanted < _BRIDGE else wanted
            wanted = min(bridged, room, max(caption.start + LONGEST, caption.end))
        yield Caption(caption.lines, caption.start, max(wanted, caption.start + GAP))

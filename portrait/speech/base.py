"""What every voice has in common: the protocol, and how spoken sentences become one narration.

There is deliberately no way to hand a voice a recording of somebody: stock voices only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from portrait.speech.lexicon import load_lexicon
from portrait.speech.normalise import Unit, Word, spoken_units
from portrait.types import Narration, Progress, Script, Timed

SENTENCE_GAP = 0.35
"""Seconds of silence between two sentences: calm, and room to breathe."""

Span = tuple[float, float]


class Voice(Protocol):
    """Something that reads a script aloud and knows when every phone and word sounds."""

    @property
    def name(self) -> str:
        """The name to show and to record in the manifest."""

    def speak(
        self, script: Script, *, lexicon: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> Narration:
        """Narrate `script`. lexicon: spellings of this collective's own names, over the shipped ones.

        Raises MissingPart when a part of the voice is not there, and whatever `progress` raises.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One sentence as an engine speaks it; times from its first sample.

    samples: (N,) float32 in [-1, 1]. phones: IPA. words: (start, end) of every spoken `Word`.
    """

    samples: NDArray[np.float32]
    phones: tuple[Timed, ...]
    words: tuple[Span, ...]


def read_aloud(script: Script, lexicon: Mapping[str, str] | None) -> list[tuple[Unit, ...]]:
    """Return what is to be said, one tuple of units a sentence, names spelled for the voice."""
    spellings = {**load_lexicon(script.language), **{k.lower(): v for k, v in (lexicon or {}).items()}}
    return [spoken_units(sentence.text, script.language, spellings) for sentence in script.sentences]


def words_of(units: Sequence[Unit]) -> tuple[Word, ...]:
    """Return the words of a sentence's units, in order."""
    return tuple(word for unit in units for word in unit.words)


def join_utterances(
    sentences: Sequence[tuple[Unit, ...]],
    utterances: Sequence[Utterance],
    *,
    rate: int,
    voice: str,
    notes: tuple[str, ...] = (),
) -> Narration:
    """Put spoken sentences one after another, SENTENCE_GAP apart, and label words as they are written."""
    gap = np.zeros(round(SENTENCE_GAP * rate), np.float32)
    pieces: list[NDArray[np.float32]] = []
    phones: list[Timed] = []
    words: list[Timed] = []
    start = 0.0
    for units, utterance in zip(sentences, utterances, strict=True):
        pieces += [utterance.samples, gap]
        phones += [Timed(phone.label, start + phone.start, start + phone.end) for phone in utterance.phones]
        words += [Timed(unit.written, start + a, start + b) for unit, (a, b) in _unit_spans(units, utterance)]
        start += (len(utterance.samples) + len(gap)) / rate
    samples = np.clip(np.concatenate(pieces[:-1]), -1, 1)
    return Narration(samples, rate, tuple(phones), tuple(words), voice, notes)


def _unit_spans(units: Sequence[Unit], utterance: Utterance) -> list[tuple[Unit, Span]]:
    edges = np.cumsum([0, *(len(unit.words) for unit in units)])
    return [
        (unit, (utterance.words[first][0], utterance.words[end - 1][1]))
        for unit, (first, end) in zip(units, pairwise(edges.tolist()), strict=True)
    ]


def share_span(span: Span, words: Sequence[str]) -> list[Span]:
    """Divide a span among words that the engine did not time one by one, by their letters."""
    edges = np.cumsum([0, *(len(word) for word in words)]) / sum(len(word) for word in words)
    times = span[0] + edges * (span[1] - span[0])
    return list(pairwise(times.tolist()))


def spans_of_words(words: Sequence[Word], phones: Sequence[Timed], owners: Sequence[int]) -> list[Span]:
    """Return when each word sounds, from its phones.

    owners: for every phone, the index of its word, never decreasing. Words said in one breath with
    the one before («of the») have no phone of their own: they share its span.
    """
    first_phone = {owner: index for index, owner in reversed(list(enumerate(owners)))}
    voiced = sorted(first_phone) or [0]
    spans: list[Span] = []
    for head, next_head in pairwise([*voiced, len(words)]):
        begin = 0 if head == voiced[0] else head  # silent words at the very start share the first span
        own = [phone for phone, owner in zip(phones, owners, strict=True) if owner == head]
        span = (own[0].start, own[-1].end) if own else (0.0, 0.0)
        spans += share_span(span, [word.text for word in words[begin:next_head]])
    return spans

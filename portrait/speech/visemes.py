"""From the phones of a narration to the shapes of a mouth.

Every phone asks for one of 15 visemes, every viseme is a point in the six `LIP_SHAPES`, and each
phone's influence rises and fades around its middle: the dominance functions of Cohen and Massaro,
"Modeling coarticulation in synthetic visual speech" (1993), eq. 1-3, with a plateau for long phones.
Lips that must touch (p, b, m) or meet the teeth (f, v) are enforced after smoothing, because an
open mouth on a /p/ is what viewers notice first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from portrait.types import LIP_SHAPES, LipTrack, Narration, Timed

LEAD = 0.040
"""Seconds by which the mouth moves before the sound, as mouths do."""
SHORTEST_REST = 0.12
"""Gaps between phones of at least these seconds are pauses in which the mouth comes to rest."""


class Viseme(NamedTuple):
    """A mouth shape: the six LIP_SHAPES (0..1), and how strongly it insists against its neighbours."""

    jaw: float
    spread: float
    round: float
    upper: float
    tuck: float
    press: float
    strength: float


VISEMES = {
    "sil": Viseme(0, 0, 0, 0, 0, 0, 1.5),
    "PP": Viseme(0, 0.05, 0.05, 0, 0, 1.0, 1.6),  # p b m
    "FF": Viseme(0.14, 0.15, 0, 0.45, 0.80, 0, 1.6),  # f v
    "TH": Viseme(0.25, 0.20, 0, 0.20, 0, 0, 0.7),  # θ ð
    "DD": Viseme(0.20, 0.22, 0, 0.25, 0, 0, 0.8),  # t d
    "kk": Viseme(0.30, 0.10, 0, 0.15, 0, 0, 0.5),  # k g x h
    "CH": Viseme(0.18, 0, 0.55, 0.35, 0, 0, 1.1),  # tʃ dʒ ʃ ʒ ʝ
    "SS": Viseme(0.10, 0.40, 0, 0.35, 0, 0, 0.9),  # s z
    "nn": Viseme(0.22, 0.18, 0, 0.20, 0, 0, 0.8),  # n ɲ l
    "RR": Viseme(0.24, 0.10, 0.15, 0.15, 0, 0, 0.8),  # r ɾ ɹ
    "aa": Viseme(0.80, 0.15, 0, 0.25, 0, 0, 1.0),
    "E": Viseme(0.50, 0.45, 0, 0.30, 0, 0, 1.0),
    "ih": Viseme(0.25, 0.75, 0, 0.30, 0, 0, 1.0),
    "oh": Viseme(0.50, 0, 0.65, 0.10, 0, 0, 1.1),
    "ou": Viseme(0.22, 0, 1.00, 0.05, 0, 0, 1.4),
}
"""The 15 visemes of MPEG-4's and most engines' naming, as this project's mouth makes them."""

_PHONES = {
    "PP": "p b m β",
    "FF": "f v ɸ ʋ ɱ",
    "TH": "θ ð",
    "DD": "t d ʈ ɖ",
    "kk": "k ɡ g x h ɣ χ ŋ ɴ q ɦ ʔ ç c ɟ",
    "CH": "tʃ dʒ ʃ ʒ ʝ ʂ ɕ",
    "SS": "s z ts dz",
    "nn": "n ɲ l ʎ ɫ ɳ",
    "RR": "r ɾ ɹ ɻ ɽ ʁ",
    "aa": "a ɑ ɐ æ ʌ ɒ",
    "E": "e ɛ ə ɜ ɚ ɝ ø œ",
    "ih": "i ɪ j ɨ ᵻ",
    "oh": "o ɔ ɤ",
    "ou": "u ʊ w y ʉ ɯ ɥ",
}
_VISEME_OF = {phone: viseme for viseme, phones in _PHONES.items() for phone in phones.split()}
_CLOSED = frozenset("pbm")  # not β: between Spanish vowels the lips approach and do not touch
_LONGEST_PHONE = max(map(len, _VISEME_OF))

_PLATEAU = 0.35  # part of a phone's half length during which it has its full influence
_FADE, _REST_FADE = 0.045, 0.060  # seconds in which an influence falls to 1/e
_REACH = 0.5  # seconds after which an influence is nothing
_SMOOTHING = 0.034  # seconds, standard deviation
_CLOSING = 0.035  # seconds in which lips part from a closure
_TUCKED = 0.7  # least tuck at f and v
_AT_ONCE = 2_048  # frames computed together: bounds memory, whatever the length


@dataclass(frozen=True, slots=True, eq=False)
class _Segments:
    """What the mouth does, piece by piece, in time order; every array has one entry a segment."""

    middle: NDArray[np.float64]
    half: NDArray[np.float64]
    fade: NDArray[np.float64]
    strength: NDArray[np.float64]
    target: NDArray[np.float64]  # (P, 6)
    closed: NDArray[np.bool_]
    tucked: NDArray[np.bool_]


def lip_track(narration: Narration, fps: float) -> LipTrack:
    """Return the mouth shapes of `narration`, ceil(duration * fps) frames of LIP_SHAPES in 0..1.

    The lips are closed in the frame nearest to the middle of every p, b and m, and rest in pauses.
    """
    frames = max(int(np.ceil(narration.duration * fps)), 1)
    times = np.arange(frames) / fps + LEAD
    segments = _segments(narration)
    weights = np.concatenate(
        [_blend(times[first : first + _AT_ONCE], segments) for first in range(0, frames, _AT_ONCE)]
    )
    weights = _smooth(weights, _SMOOTHING * fps)
    closure = _near(times, segments, segments.closed, fps)
    tuck = _near(times, segments, segments.tucked, fps)
    jaw, upper, tucked, pressed = (LIP_SHAPES.index(shape) for shape in ("jaw", "upper", "tuck", "press"))
    weights[:, [jaw, upper]] *= 1 - closure[:, None]
    weights[:, jaw] *= 1 - tuck / 2
    weights[:, tucked] = np.maximum(weights[:, tucked] * (1 - closure), _TUCKED * tuck * (1 - closure))
    weights[:, pressed] = np.maximum(weights[:, pressed], closure)
    return LipTrack(np.clip(weights, 0, 1).astype(np.float32), fps)


def symbols_of(phone: str) -> list[str]:
    """Return the known symbols an IPA label passes through: «eɪ» is e, ɪ; «ˈɑːɹ» is ɑ, ɹ; «tʃ» is itself."""
    found: list[str] = []
    position = 0
    while position < len(phone):
        lengths = (
            length for length in range(_LONGEST_PHONE, 0, -1) if phone[position:][:length] in _VISEME_OF
        )
        length = next(lengths, 0)
        if length:
            found.append(phone[position : position + length])
        position += length or 1  # a mark of stress, length or voicing is passed over
    return found


def _segments(narration: Narration) -> _Segments:
    pieces = list(_pieces(narration.phones, narration.duration))
    start, end = (np.array([piece[column] for piece in pieces]) for column in (1, 2))
    symbols = [piece[0] for piece in pieces]
    names = [_VISEME_OF.get(symbol, "sil") for symbol in symbols]
    visemes = np.array([VISEMES[name] for name in names], np.float64)
    return _Segments(
        middle=(start + end) / 2,
        half=np.maximum((end - start) / 2, 0.015),
        fade=np.array([_REST_FADE if name == "sil" else _FADE for name in names]),
        strength=visemes[:, -1],
        target=visemes[:, : len(LIP_SHAPES)],
        closed=np.array([symbol in _CLOSED for symbol in symbols]),
        tucked=np.array([name == "FF" for name in names]),
    )


def _pieces(phones: tuple[Timed, ...], duration: float) -> Iterator[tuple[str, float, float]]:
    """Yield (symbol, start, end) of every part of every phone; "" for the rests between them."""
    reached = -SHORTEST_REST  # the mouth rests before the first phone and after the last
    for phone in phones:
        if phone.start - reached >= SHORTEST_REST:
            yield "", reached, phone.start
        parts = symbols_of(phone.label)
        edges = np.linspace(phone.start, phone.end, len(parts) + 1).tolist()
        yield from zip(parts, edges, edges[1:], strict=False)
        reached = phone.end
    yield "", reached, max(duration, reached) + 2 * SHORTEST_REST


def _blend(times: NDArray[np.float64], segments: _Segments) -> NDArray[np.float64]:
    """Return (T, 6): every segment's target, weighed by its dominance at each time."""
    reach = segments.half + _REACH
    near = (segments.middle + reach >= times[0]) & (segments.middle - reach <= times[-1])
    away = np.abs(times[:, None] - segments.middle[near]) - segments.half[near] * _plateau(segments)[near]
    dominance = segments.strength[near] * np.exp(-np.maximum(away, 0) / segments.fade[near])  # (T, P)
    return dominance @ segments.target[near] / np.maximum(dominance.sum(axis=1, keepdims=True), 1e-9)


def _plateau(segments: _Segments) -> NDArray[np.float64]:
    """Return the part of each half length with full influence; a rest lasts nearly to its ends."""
    rests = segments.fade == _REST_FADE
    return np.where(rests, np.maximum(1 - _REST_FADE / segments.half, _PLATEAU), _PLATEAU)


def _smooth(weights: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Gaussian smoothing over time, `sigma` in frames."""
    radius = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(weights, ((radius, radius), (0, 0)), "edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0) @ kernel


def _near(
    times: NDArray[np.float64], segments: _Segments, which: NDArray[np.bool_], fps: float
) -> NDArray[np.float64]:
    """Return (T,): 1 at the frame nearest to the middle of a chosen segment, falling to 0 around it."""
    nearness = np.zeros(len(times))
    span = int(np.ceil(0.25 * fps))
    for middle, half in zip(segments.middle[which], segments.half[which], strict=True):
        centre = int(np.clip(np.rint((middle - times[0]) * fps), 0, len(times) - 1))
        around = slice(max(centre - span, 0), centre + span + 1)
        away = np.maximum(np.abs(times[around] - times[centre]) - half / 2, 0)
        nearness[around] = np.maximum(nearness[around], np.exp(-((away / _CLOSING) ** 2)))
    return nearness

"""Finds the visible label in a suspicious video: how many zones still stand, and what they say.

The letters are known, so this is no reading of text but a comparison with what `watermark.label` draws:
normalised cross-correlation (Lewis 1995) of the mean frame with every wording at every size it may have
after re-encoding, scaling, cropping and letterboxing. First coarsely over all sizes, then finely around
the best. The label stands still while the picture moves, so the mean over frames brings it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.label import EM_PER_SHORT_SIDE, WORDING, Box, LabelKind, text_block

PRESENT_FROM: Final = 0.70
"""Correlation from which a zone counts. Zones reach .86 or more after 360p at CRF 33, a fifth cropped or
letterboxed; films, faces, noise and other captions in the same letters stay below .55 (tests/watermark)."""

_COARSE_SIDE: Final = 320
_MEAN_OF: Final = 16  # frames
_SIZES: Final = (0.52, 1.36)  # em relative to EM_PER_SHORT_SIDE: letterboxed 9:16 in 16:9 .. a fifth cropped
_COARSE_STEP: Final = 1.03
_COARSE_EMS: Final = 7.5  # width of the left part compared coarsely: strokes overlap up to 1.5 % off in size
_FINE_STEP: Final = 1.006
_LEAST_EM: Final = 5.0  # pixels; nobody reads smaller letters, and so few pixels resemble anything
_CANDIDATES: Final = 4
_DRAWN_EM: Final = 40.0
_STANDS_FROM: Final = 0.40  # in a single frame, noisier than the mean

_Wording = tuple[LabelKind, str]


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What is left of the label.

    present: at least one whole zone was found. zones_found: 0, 1 or 2. score: the best correlation, 0..1,
    whether or not it counts as present. kind, language: what the label says, None when absent.
    frames_labelled: share of the sampled frames in which it stands, 0..1.
    """

    present: bool
    zones_found: int
    score: float
    kind: LabelKind | None = None
    language: str | None = None
    frames_labelled: float = 0.0


@dataclass(frozen=True, slots=True)
class _Match:
    score: float
    wording: _Wording
    em: float  # pixels of the frame that was searched
    left: int
    top: int


def find_label(lumas: Sequence[NDArray[np.uint8]]) -> LabelReport:
    """Look for the label in luma frames (H, W) uint8 of one size, spread over the video; one is enough."""
    spread = lumas[:: -(-len(lumas) // _MEAN_OF)]
    mean = np.mean(np.stack(spread), axis=0, dtype=np.float32)
    best = max((_refine(mean, match) for match in _coarse(mean)), key=lambda match: match.score, default=None)
    if best is None or best.score < PRESENT_FROM:
        return LabelReport(False, 0, max(0.0, best.score) if best else 0.0)
    kind, language = best.wording
    return LabelReport(
        present=True,
        zones_found=_count_zones(mean, best),
        score=best.score,
        kind=kind,
        language=language,
        frames_labelled=float(np.mean([_stands(frame, best) for frame in spread])),
    )


def _coarse(mean: NDArray[np.float32]) -> list[_Match]:
    """Return the few best matches over all wordings and sizes, in pixels of `mean`."""
    scale = min(1.0, _COARSE_SIDE / min(mean.shape))
    small = cv2.resize(mean, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    nominal = EM_PER_SHORT_SIDE * min(small.shape)
    sizes = _steps(nominal * _SIZES[0], nominal * _SIZES[1], _COARSE_STEP)
    found = [
        _Match(score, wording, em / scale, round(left / scale), round(top / scale))
        for em in sizes[sizes >= _LEAST_EM]
        for wording in WORDING
        for score, left, top in _best(small, _letters(wording, em)[:, : round(_COARSE_EMS * em)])
    ]
    return sorted(found, key=lambda match: match.score)[-_CANDIDATES:]


def _refine(mean: NDArray[np.float32], match: _Match) -> _Match:
    """Try the sizes around a coarse match, in a window a little larger than the zone."""
    box = _surroundings(match, mean.shape)
    window = mean[box.top : box.bottom, box.left : box.right]
    finer = [
        _Match(score, match.wording, em, box.left + left, box.top + top)
        for em in _steps(match.em / _COARSE_STEP, match.em * _COARSE_STEP, _FINE_STEP)
        for score, left, top in _best(window, _letters(match.wording, em))
    ]
    return max(finer, key=lambda finer_match: finer_match.score, default=match)


def _best(picture: NDArray[Any], template: NDArray[np.float32]) -> Iterator[tuple[float, int, int]]:
    """Yield (score, left, top) of the best place for a zone, nothing where it does not fit."""
    scores = _correlation(picture, template)
    if scores is not None:
        _, score, _, (left, top) = cv2.minMaxLoc(scores)
        yield score, left, top


def _correlation(picture: NDArray[Any], template: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Correlation in -1..1 of a zone's letters with every place of `picture`, None where it does not fit."""
    if template.shape[0] > picture.shape[0] or template.shape[1] > picture.shape[1]:
        return None
    scores: NDArray[Any] = cv2.matchTemplate(picture.astype(np.float32), template, cv2.TM_CCOEFF_NORMED)
    return np.where(np.isfinite(scores), scores, 0).astype(np.float32)  # flat patches have no correlation


@lru_cache(maxsize=512)
def _letters(wording: _Wording, em: float) -> NDArray[np.float32]:
    """Coverage of a zone's letters at any size, scaled down like a whole frame would be."""
    drawn = text_block(WORDING[wording], _DRAWN_EM).ink
    written = np.flatnonzero(drawn.any(axis=0))
    drawn = drawn[:, written[0] : written[-1] + 1]  # a crop may take the padding and leave every letter
    size = (round(drawn.shape[1] * em / _DRAWN_EM), round(drawn.shape[0] * em / _DRAWN_EM))
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.float32)


def _count_zones(mean: NDArray[np.float32], match: _Match) -> int:
    """Count the places where the same zone stands: the match itself, and any that does not overlap it."""
    scores = _correlation(mean, _letters(match.wording, match.em))
    if scores is None:
        return 1
    rows = _letters(match.wording, match.em).shape[0]
    zones = 0
    while scores.max() >= PRESENT_FROM:
        top = int(np.unravel_index(scores.argmax(), scores.shape)[0])
        scores[max(0, top - rows) : top + rows] = 0
        zones += 1
    return max(1, zones)


def _stands(frame: NDArray[np.uint8], match: _Match) -> bool:
    box = _surroundings(match, frame.shape)
    window = frame[box.top : box.bottom, box.left : box.right]
    return any(score >= _STANDS_FROM for score, _, _ in _best(window, _letters(match.wording, match.em)))


def _surroundings(match: _Match, shape: tuple[int, ...]) -> Box:
    """The zone with half an em around it, inside the frame."""
    rows, columns = _letters(match.wording, match.em * _COARSE_STEP).shape
    slack = round(match.em / 2)
    left, top = max(0, match.left - slack), max(0, match.top - slack)
    right, bottom = min(shape[1], match.left + columns + slack), min(shape[0], match.top + rows + slack)
    return Box(left, top, right - left, bottom - top)


def _steps(low: float, high: float, ratio: float) -> NDArray[np.float64]:
    return np.geomspace(low, high, round(np.log(high / low) / np.log(ratio)) + 1)

"""Find the mark in a suspicious clip and say how likely it is that there is none.

How a false detection is bounded
--------------------------------
A render id is accepted only when 56 decoded bits agree with their CRC-32. In a clip without this key's mark
the decoded bits have nothing to do with the keyed scrambling, so each decoding attempt agrees by chance with
probability 2^-32. At most `MOST_ATTEMPTS` = 40 are made per clip and key, hence by the union bound

    P(found | unmarked) <= 40 * 2^-32 = 9.3e-9 < 1e-8.

An attempt is spent only where the synchronisation template correlates by `LEAST_SYNC` standard deviations
or more. Unmarked clips cost less than one attempt on average (five at most in 360 searches), so the true rate
is nearer to 2e-10; the bound does not count on it.
`Detection.false_positive_probability` is the bound at the attempt that succeeded: attempts so far * 2^-32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from watermark.code import decode
from watermark.errors import TooSmall
from watermark.frames import Luma, sample_lumas
from watermark.pattern import HARMONICS, RADII, templates
from watermark.payload import CHECK_BITS, checked_render_id
from watermark.search import Alignment, Lattice, lattices, synchronise
from watermark.spectrum import examine

MOST_ATTEMPTS = 40
LEAST_SYNC = 5.0
LEAST_SIDE = 96
"""Frames with a shorter side below this many pixels are not examined."""

_LATTICES = 14
_ALIGNMENTS = 2
_BANDS = 6
_LEAST_GAIN = 0.03  # a band whose template vanished still counts a little: its estimate is noisy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """What was found in one clip with one key.

    false_positive_probability: bound on the chance that a clip without the mark is reported like this one;
    1.0 when nothing was found. attempts: decodings made. sync_score: the best template correlation, in
    standard deviations. frames: frames examined. lattice, orientation, shift: where the mark lies (see
    `watermark.search`), None when not found.
    """

    found: bool
    render_id: int | None
    false_positive_probability: float
    attempts: int
    sync_score: float
    frames: int
    lattice: Lattice | None = None
    orientation: int | None = None
    shift: tuple[float, float] | None = None


def detect_file(path: Path, key: bytes, *, time_limit: float = 30.0) -> Detection:
    """Look for the mark in a video or a still picture.

    time_limit: seconds granted to reading; the search after it takes a few seconds at most. Raises the
    `UnreadableMedia` and `ReadingTimedOut` errors of `watermark.errors`.
    """
    return detect(sample_lumas(path, time_limit=time_limit), key)


def detect(lumas: Sequence[Luma], key: bytes) -> Detection:
    """Look for the mark in frames (H, W) uint8 of one size, in order. Raises TooSmall."""
    height, width = lumas[0].shape
    if min(height, width) < LEAST_SIDE:
        raise TooSmall(width=width, height=height, least=LEAST_SIDE)
    attempts, best_score = 0, 0.0
    for lattice, alignment in _candidates(lumas, key):
        best_score = max(best_score, alignment.score)
        if alignment.score < LEAST_SYNC:
            continue
        attempts += 1
        render_id = _attempt(alignment)
        if render_id is not None:
            return Detection(
                found=True,
                render_id=render_id,
                false_positive_probability=attempts * 2.0**-CHECK_BITS,
                attempts=attempts,
                sync_score=alignment.score,
                frames=len(lumas),
                lattice=lattice,
                orientation=alignment.orientation,
                shift=alignment.shift,
            )
        if attempts == MOST_ATTEMPTS:
            break
    return Detection(False, None, 1.0, attempts, best_score, len(lumas))


def _candidates(lumas: Sequence[Luma], key: bytes) -> Iterator[tuple[Lattice, Alignment]]:
    spectrum = examine(lumas)
    for lattice in lattices(spectrum, most=_LATTICES):
        for alignment in synchronise(spectrum, lattice, templates(key), most=_ALIGNMENTS):
            yield lattice, alignment


def _attempt(alignment: Alignment) -> int | None:
    """Decode one alignment; None when the CRC does not agree."""
    template = alignment.template
    turned = alignment.responses * np.exp(2j * np.pi * (HARMONICS @ np.asarray(alignment.shift)))
    agreement = np.stack([turned.real, turned.imag], axis=1) * template.signs  # (N, 2): > 0 for a coded 0
    gains = _gains(agreement, template.sync)
    return checked_render_id(decode(template.payload_evidence(agreement * gains[:, None])))


def _gains(agreement: Floats, sync: NDArray[np.bool_]) -> Floats:
    """(N,) how strongly each wavelength came through, from the template's harmonics around it."""
    edges = np.quantile(RADII, np.linspace(0, 1, _BANDS + 1)[1:-1])
    band = np.digitize(RADII, edges)
    means = np.array([agreement[sync & (band == number)].mean() for number in range(_BANDS)])
    smooth = np.convolve(np.pad(means, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    gains: Floats = np.maximum(smooth, _LEAST_GAIN)[band]
    return gains

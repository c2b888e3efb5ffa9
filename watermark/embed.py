"""Put the mark into luma frames: amplitudes fitted once a render, a texture mask renewed every few frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.mask import Field, allowance, spread
from watermark.pattern import (
    BASE_AMPLITUDE,
    HARMONICS,
    RADII,
    TILES_ACROSS,
    paint,
    phase_of,
    template_of,
)
from watermark.spectrum import EXAMINED_SIDE, Luma, examine

LEAST_PSNR = 45.0
"""dB of luma (peak 255) that the mark never costs more than, averaged over the sampled frames."""

_BLACK, _WHITE = 16, 235  # ITU-R BT.709 limited range
_REFRESH = 5  # frames a mask serves
_CUT = 6.0  # mean change of sparse points, grey levels, that makes a new mask at once
_EAGERNESS = 0.8  # how much of the host's own leaning is compensated
_LEAST, _MOST = 0.35, 2.2  # amplitudes against the nominal one
_BANDS = 12
_CREST = 2.8  # times the root mean square; higher points of the pattern, repeated tile by tile, catch the eye
_EVERY = 32  # px between the points whose change tells a cut

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Fit:
    """Pattern (H, W) of root mean square about 1, and the factor on the mask's allowance."""

    pattern: Field
    strength: np.float32


class Embedder:
    """Marks the frames of one render, in order.

    key: the collective's secret. render_id: 0 .. 2^56 - 1. size: (h, w) of the luma plane. The same key, id,
    samples and frames give the same marked frames.
    """

    def __init__(self, key: bytes, render_id: int, size: tuple[int, int]) -> None:
        self._size = size
        self._signs = template_of(key, render_id).signs_for(render_id)
        self._phase = phase_of(key, render_id)
        self._fit: _Fit | None = None
        self._change: NDArray[np.int16] = np.zeros(size, np.int16)
        self._age = _REFRESH
        self._glimpse: NDArray[np.int16] | None = None

    def prepare(self, sample_lumas: Sequence[Luma]) -> None:
        """Fit the mark to about ten frames (H, W) from all over the clip; fewer do, more are better.

        Each harmonic gets more amplitude where the picture itself leans against its sign and less where it
        leans the same way (improved spread spectrum, Malvar and Florencio 2003). Without this call the first
        marked frame is taken as the only sample.
        """
        masks = [spread(allowance(luma), self._size) for luma in sample_lumas]
        nominal: Floats = np.repeat(BASE_AMPLITUDE[:, None], 2, axis=1)
        leaning = self._leaning(sample_lumas, masks, self._fitted(nominal, masks))
        self._fit = self._fitted(nominal * np.clip(1.0 - _EAGERNESS * leaning, _LEAST, _MOST), masks)
        self._age = _REFRESH

    def apply(self, y: Luma) -> Luma:
        """Return the marked copy of one luma plane (H, W) of limited range; the result is within 16..235."""
        if self._fit is None:
            self.prepare([y])
        glimpse = y[::_EVERY, ::_EVERY].astype(np.int16)
        cut = self._glimpse is None or float(np.mean(np.abs(glimpse - self._glimpse))) > _CUT
        if self._fit is not None and (cut or self._age >= _REFRESH):
            self._change = _change(self._fit, spread(allowance(y), self._size))
            self._glimpse, self._age = glimpse, 0
        self._age += 1
        return _add(y, self._change)

    def _fitted(self, amplitudes: Floats, masks: Sequence[Field]) -> _Fit:
        """Paint the pattern and limit it so that all samples together keep LEAST_PSNR."""
        pattern = paint(amplitudes * self._signs, self._size, self._phase)
        pattern /= np.sqrt(np.mean(pattern * pattern))
        np.clip(pattern, -_CREST, _CREST, out=pattern)
        error = float(np.mean([np.mean((pattern * mask) ** 2) for mask in masks]))
        return _Fit(pattern, np.float32(min(1.0, 255.0 / 10.0 ** (LEAST_PSNR / 20) / error**0.5)))

    def _leaning(self, lumas: Sequence[Luma], masks: Sequence[Field], nominal: _Fit) -> Floats:
        """(N, 2) how far the unmarked clip already leans towards each sign, in units of the nominal mark."""
        marked = [_add(luma, _change(nominal, mask)) for luma, mask in zip(lumas, masks, strict=True)]
        before, after = self._responses(lumas), self._responses(marked)
        band = np.digitize(RADII, np.quantile(RADII, np.linspace(0, 1, _BANDS + 1)[1:-1]))
        gain = np.array([np.mean((after - before)[band == number]) for number in range(_BANDS)])[band]
        return np.asarray(before / np.maximum(gain, 1e-3)[:, None])

    def _responses(self, lumas: Sequence[Luma]) -> Floats:
        """(N, 2) the detector's view of every harmonic, positive in the direction of the mark's sign."""
        values = examine(lumas).values_at(*(HARMONICS.T * np.float32(TILES_ACROSS / EXAMINED_SIDE)))
        turned = values * np.exp(2j * np.pi * (HARMONICS @ np.asarray(self._phase)))
        return np.asarray(np.stack([turned.real, turned.imag], axis=1) * self._signs)


def _change(fit: _Fit, mask: Field) -> NDArray[np.int16]:
    return np.asarray(np.rint(fit.pattern * (mask * fit.strength)), np.int16)


def _add(luma: Luma, change: NDArray[np.int16]) -> Luma:
    """Add in the legal range; a black that was lower than 16 becomes 16."""
    marked = np.asarray(cv2.add(luma, change, dtype=cv2.CV_8U), np.uint8)
    return np.clip(marked, _BLACK, _WHITE, out=marked)

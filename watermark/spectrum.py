"""What the detector sees of a clip: its spectrum, averaged over time, evened out in space and frequency.

The mark stands still while people move, so evidence adds up over frames. What does not move (a wall, a
letterbox) is noise to the mark; dividing by the local contrast and whitening the spectrum keep a few strong
edges from drowning four hundred faint harmonics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

Luma = NDArray[np.uint8]  # (H, W), limited or full range: contrast is evened out anyway
Field = NDArray[np.float32]

EXAMINED_SIDE = 512
"""Every frame is examined at this length of its shorter side, in pixels."""

LONGEST_SIDE = 1536
"""What lies further from the centre is left out, in pixels of the examined frame."""

HIGHEST_FREQUENCY = 0.36  # cycles a pixel of the examined frame; above it codecs leave nothing
_GROUP = 24  # frames averaged before their contrast is evened out
_BACKGROUND = 4.0  # sigma in px of the blur that is taken away
_NEIGHBOURHOOD = 15  # px over which contrast is measured
_EVENNESS = (
    0.75  # exponent of the local energy: between linear (0) and a fully normalised frame (0.5) and beyond
)
_QUIET = 1.5  # energy (grey levels squared) of noise nobody sees
_OUTLIER = 3.0  # times the root mean square
_PADDING = 2.2  # the transform is this much larger than the frame, so bins can be interpolated
_SMOOTHING = 21.0  # whitening window in cycles a frame
_LOUDEST = 4.0  # whitened amplitudes above this are someone's railings, not the mark
_EULER_GAMMA = 0.5772156649


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Whitened spectrum of the examined frame, zero frequency at `centre`, phases against the frame's centre.

    values: (rows, columns), mean power about 1 where there is no mark. power: (rows, columns) their squares,
    with their mean and standard deviation. bins: (rows, columns) of the transform a cycle per pixel.
    """

    values: NDArray[np.complex64]
    power: Field
    mean: float
    deviation: float
    centre: tuple[int, int]
    bins: tuple[int, int]

    def within(self, x: Field, y: Field) -> NDArray[np.bool_]:
        """Tell which frequencies (x, y), in cycles a pixel, are covered."""
        return np.asarray(np.maximum(np.abs(x), np.abs(y)) < HIGHEST_FREQUENCY - 0.005)

    def power_at(self, x: Field, y: Field) -> Field:
        """Power of the nearest bin at covered frequencies (x, y)."""
        column = np.rint(x * np.float32(self.bins[1])).astype(np.int32) + self.centre[1]
        row = np.rint(y * np.float32(self.bins[0])).astype(np.int32) + self.centre[0]
        return np.asarray(np.take(self.power, row * self.power.shape[1] + column))

    def values_at(self, x: Field, y: Field) -> NDArray[np.complex64]:
        """Complex values at covered frequencies (x, y), interpolated bilinearly."""
        column = x * np.float32(self.bins[1]) + self.centre[1]
        row = y * np.float32(self.bins[0]) + self.centre[0]
        left, top = np.floor(column).astype(np.int32), np.floor(row).astype(np.int32)
        right, low = column - left, row - top
        upper = self.values[top, left] * (1 - right) + self.values[top, left + 1] * right
        lower = self.values[top + 1, left] * (1 - right) + self.values[top + 1, left + 1] * right
        return np.asarray(upper * (1 - low) + lower * low, np.complex64)


def examine(lumas: Sequence[Luma]) -> Spectrum:
    """Return the spectrum of one clip; all frames (H, W) of one size, at least one."""
    groups = [lumas[start : start + _GROUP] for start in range(0, len(lumas), _GROUP)]
    evidence = sum(even_out(examined_scale(_mean(group))) for group in groups)
    return whiten(np.asarray(evidence, np.float32))


def examined_scale(frame: Field) -> Field:
    """Bring a frame to a short side of 512 px and cut what is too long, about the centre."""
    height, width = frame.shape
    scale = EXAMINED_SIDE / min(height, width)
    size = (round(width * scale), round(height * scale))
    if size != (width, height):
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        frame = np.asarray(cv2.resize(frame, size, interpolation=method), np.float32)
    top, left = (max(0, (length - LONGEST_SIDE) // 2) for length in frame.shape)
    return frame[top : top + LONGEST_SIDE, left : left + LONGEST_SIDE]


def even_out(frame: Field) -> Field:
    """Take the background away and divide by the local contrast; outliers are clipped."""
    detail = frame - cv2.GaussianBlur(frame, (0, 0), _BACKGROUND)
    energy = np.asarray(cv2.blur(detail * detail, (_NEIGHBOURHOOD, _NEIGHBOURHOOD)))
    even = detail * (energy + _QUIET) ** -_EVENNESS
    limit = _OUTLIER * float(np.sqrt(np.mean(even * even)))
    return np.clip(even, -limit, limit)


def whiten(evidence: Field) -> Spectrum:
    """Transform the evidence (h, w) and divide every bin by the typical amplitude around it."""
    height, width = evidence.shape
    bins = (fft.next_fast_len(int(height * _PADDING)), fft.next_fast_len(int(width * _PADDING)))
    reach = (int(bins[0] * HIGHEST_FREQUENCY), int(bins[1] * HIGHEST_FREQUENCY))
    rows, columns = (np.arange(-length, length + 1) for length in reach)
    # phases against the frame's centre, which no crop about the centre and no change of scale moves
    turn_rows = np.exp(2j * np.pi * rows * (height - 1) / 2 / bins[0]).astype(np.complex64)
    turn_columns = np.exp(2j * np.pi * columns * (width - 1) / 2 / bins[1]).astype(np.complex64)
    whole = fft.fft2(evidence, s=bins, workers=-1)
    values = whole[np.ix_(rows % bins[0], columns % bins[1])] * turn_rows[:, None] * turn_columns
    logarithm = np.log(np.abs(values) ** 2 + np.float32(1e-9))
    window = (_odd(_SMOOTHING * bins[1] / width), _odd(_SMOOTHING * bins[0] / height))
    typical = np.exp(np.asarray(cv2.blur(logarithm, window)) + np.float32(_EULER_GAMMA))
    values /= np.sqrt(typical)
    values *= np.minimum(1, _LOUDEST / np.maximum(np.abs(values), np.float32(1e-6)))
    power = np.asarray(np.abs(values) ** 2, np.float32)
    return Spectrum(
        values=values.astype(np.complex64),
        power=power,
        mean=float(power.mean()),
        deviation=float(power.std()),
        centre=reach,
        bins=bins,
    )


def _mean(group: Sequence[Luma]) -> Field:
    total = group[0].astype(np.float32)
    for luma in group[1:]:
        cv2.accumulate(luma, total)
    return total / np.float32(len(group))


def _odd(length: float) -> int:
    return int(length) | 1

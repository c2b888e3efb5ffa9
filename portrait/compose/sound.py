"""The soundtrack: the narration at -16 LUFS, never above -1 dBTP, as long as the video.

Loudness and true peak after ITU-R BS.1770-5 (annexes 1 and 2), for one channel. Own measurement
rather than a second run of the encoder: it costs milliseconds and can be asked again after limiting.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.optimize import brentq
from scipy.signal import fftconvolve, resample_poly, sosfilt

from portrait.types import Narration

Samples = NDArray[np.float32]

RATE = 48_000
TARGET_LUFS = -16.0
CEILING_DBTP = -1.5  # half a decibel of room below -1 dBTP, because AAC overshoots a little
MOST_GAIN_DB = 40.0  # what needs more is noise, not a voice
_K_WEIGHTING = np.array(  # BS.1770-5, annex 1, tables 1 and 2, for 48 kHz
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
_BLOCK, _HOP = RATE * 4 // 10, RATE // 10  # 400 ms with 75 % overlap
_LOOK_AHEAD = RATE // 200  # 5 ms
_MOST_LIMITING_DB = 9.0
_CLOSE_ENOUGH_DB = 0.05


def soundtrack(narration: Narration | None, seconds: float) -> Samples:
    """Return `seconds` of sound at 48 kHz, mono float32: the narration normalised, then silence.

    Without a narration, or with a silent one, it is silence. A longer narration is cut.
    """
    track = np.zeros(round(seconds * RATE), np.float32)
    if narration is not None and len(narration.samples):
        voice = _at_our_rate(narration)[: len(track)]
        track[: len(voice)] = voice
    return normalise(track)


def normalise(samples: Samples) -> Samples:
    """Return 48 kHz `samples` brought to -16 LUFS with their true peaks held below the ceiling.

    Limiting takes loudness away, so the gain that reaches the target is sought. It stops where the
    limiter would have to take more than a voice bears. Silence stays as it is.
    """
    before = loudness(samples)
    if before == -math.inf:
        return samples
    peaks = true_peak(samples)

    def missing(gain: float) -> float:
        return TARGET_LUFS - loudness(limit(samples, peaks, gain))

    least = min(TARGET_LUFS - before, MOST_GAIN_DB)
    most = min(least + _MOST_LIMITING_DB, MOST_GAIN_DB)
    if missing(least) <= _CLOSE_ENOUGH_DB:
        return limit(samples, peaks, least)
    if missing(most) >= 0:
        return limit(samples, peaks, most)
    return limit(samples, peaks, brentq(missing, least, most, xtol=_CLOSE_ENOUGH_DB))


def loudness(samples: Samples) -> float:
    """Return the integrated loudness of 48 kHz mono `samples` in LUFS, -inf for silence.

    Sounds shorter than one 400 ms block are measured as a single block of their own length.
    """
    if not len(samples):
        return -math.inf
    power = sosfilt(_K_WEIGHTING, samples.astype(np.float64)) ** 2
    total = np.concatenate([[0.0], np.cumsum(power)])
    block = min(_BLOCK, len(power))
    starts = np.arange(0, len(power) - block + 1, _HOP)
    means = (total[starts + block] - total[starts]) / block
    loud = means[_lufs(means) > -70]  # the absolute gate
    if not loud.size:
        return -math.inf
    gate = _lufs(loud.mean()) - 10  # the relative gate
    return float(_lufs(loud[_lufs(loud) > gate].mean()))


def true_peak(samples: Samples) -> NDArray[np.float32]:
    """Return the largest magnitude around each sample, seen at four times the rate; like `samples`."""
    fine = np.abs(resample_poly(samples, 4, 1)).reshape(-1, 4)
    return np.asarray(fine.max(axis=1), np.float32)


def limit(samples: Samples, peaks: Samples, gain_db: float) -> Samples:
    """Return `samples` louder by `gain_db`, held below the ceiling by a gain that moves over 5 ms.

    peaks: the true peaks of `samples`.
    """
    factor, highest = 10 ** (gain_db / 20), 10 ** (CEILING_DBTP / 20)
    louder = samples * np.float32(factor)
    if factor * peaks.max(initial=0) <= highest:
        return louder
    wanted = np.minimum(1, highest / np.maximum(factor * peaks, highest))
    span = 2 * _LOOK_AHEAD + 1
    window = np.hanning(span + 2)[1:-1]
    held = np.pad(minimum_filter1d(wanted, span + 4), _LOOK_AHEAD, mode="edge")
    smooth = fftconvolve(held, window / window.sum(), mode="valid")
    return np.asarray(louder * smooth, np.float32)


def _at_our_rate(narration: Narration) -> Samples:
    common = math.gcd(narration.rate, RATE)
    samples = resample_poly(narration.samples, RATE // common, narration.rate // common)
    return np.asarray(samples, np.float32)


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-30))

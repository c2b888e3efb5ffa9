"""Where the mark lies in a frame that was cropped, scaled, turned, mirrored or squeezed.

Two steps, because the first needs neither template nor phase and so is cheap enough for a fine grid:

1. `lattices`: a marked frame has its power on a lattice of harmonics. The power summed over all of them
   tells scale and rotation, whatever they carry.
2. `synchronise`: at one lattice, the synchronisation templates are correlated over every shift of the tile,
   every quarter turn and both mirrorings (the ring of harmonics is closed under these eight, so the spectrum
   is sampled once).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from watermark.pattern import BASE_AMPLITUDE, HARMONICS, TILES_ACROSS, Template
from watermark.spectrum import EXAMINED_SIDE, Spectrum

Floats = NDArray[np.float64]

_TILE = EXAMINED_SIDE / TILES_ACROSS
_SCALES = np.exp(np.arange(np.log(0.4), np.log(2.5), 0.008))
_TURNS = np.deg2rad(np.arange(-10.0, 10.01, 0.4))
_SAME_PLACE = (0.02, np.deg2rad(0.9))  # lattices nearer than this (log scale, rotation) are one
_REFINEMENTS = ((0.006, 0.006, 0.0040), (0.002, 0.002, 0.0013))  # reach in log scale x, log scale y, rotation
_REFINEMENT_STEPS = 5
_FAINT = 3.0  # standard deviations of lattice power below which a lattice is not worth a look
_SHIFTS = 128  # steps of the shift search along one tile
_FINE = np.linspace(-0.75, 0.75, 7) / _SHIFTS
_WEIGHTS = BASE_AMPLITUDE**2


@dataclass(frozen=True)
class Lattice:
    """Geometry of the harmonics: scales against a whole frame, rotation in radians, and its evidence.

    score: how far the summed power lies above that of an unmarked clip, in standard deviations.
    """

    scale_x: float
    scale_y: float
    rotation: float
    score: float

    @property
    def matrix(self) -> Floats:
        """(2, 2) map from harmonics (u, v) to frequencies (x, y) in cycles a pixel of the examined frame."""
        return _matrices(np.log(self.scale_x), np.log(self.scale_y), np.asarray(self.rotation))


@dataclass(frozen=True, eq=False)
class Alignment:
    """One template found at one phase: what a decoding attempt starts from.

    orientation: index into `ORIENTATIONS`. shift: (x, y) in tiles. score: correlation of the template in
    standard deviations. responses: (N,) complex, the harmonics as they were before orientation and shift.
    """

    template: Template
    orientation: int
    shift: tuple[float, float]
    score: float
    responses: NDArray[np.complex128]


ORIENTATIONS = tuple(
    np.array([[a, 0], [0, b]] if straight else [[0, a], [b, 0]])
    for straight, a, b in product((True, False), (1, -1), (1, -1))
)
"""The four quarter turns and their mirror images, as integer matrices acting on (u, v); the first is none."""


def lattices(spectrum: Spectrum, *, most: int) -> Iterator[Lattice]:
    """Yield the untouched geometry first, then up to `most` refined candidates, best first."""
    yield Lattice(1.0, 1.0, 0.0, float(_scores(spectrum, _matrices(0.0, 0.0, np.asarray(0.0)))))
    scores = np.stack([_scores(spectrum, _matrices(_LOG_SCALES, _LOG_SCALES, turn)) for turn in _TURNS])
    for turn, log_scale in _peaks(scores, most):
        yield _refine(spectrum, log_scale, turn)


def synchronise(
    spectrum: Spectrum, lattice: Lattice, templates: Sequence[Template], *, most: int
) -> list[Alignment]:
    """Return the `most` best alignments of any template at this lattice, best first."""
    frequencies = HARMONICS @ lattice.matrix.T
    covered = spectrum.within(frequencies)
    sampled = spectrum.values_at(np.where(covered[:, None], frequencies, 0.0)) * covered
    responses = np.where(_CONJUGATE, np.conj(sampled[_PARTNER]), sampled[_PARTNER])  # (8, N)
    found = [alignment for template in templates for alignment in _best_shifts(template, responses)]
    return sorted(found, key=lambda alignment: alignment.score, reverse=True)[:most]


def _best_shifts(template: Template, responses: NDArray[np.complex128]) -> Iterator[Alignment]:
    """Yield the best shift of one template in each orientation."""
    expected = (template.signs[:, 0] + 1j * template.signs[:, 1]) * BASE_AMPLITUDE
    products = (responses * np.conj(expected))[:, template.sync]  # (8, sync harmonics)
    u, v = HARMONICS[template.sync].T
    grid = np.zeros((len(products), _SHIFTS, _SHIFTS), np.complex64)
    grid[:, v % _SHIFTS, u] = products
    correlation = fft.ifft2(grid, workers=-1).real.reshape(len(products), -1)
    spread = np.sqrt(np.sum(np.abs(products) ** 2, axis=1) / 2) + 1e-12
    for orientation, place in enumerate(np.argmax(correlation, axis=1)):
        row, column = divmod(int(place), _SHIFTS)
        x, y = (axis.ravel() for axis in np.meshgrid(column / _SHIFTS + _FINE, row / _SHIFTS + _FINE))
        turns = np.exp(2j * np.pi * (np.outer(x, u) + np.outer(y, v)))
        nearby = (turns @ products[orientation]).real
        best = int(np.argmax(nearby))
        yield Alignment(
            template=template,
            orientation=orientation,
            shift=(float(x[best] % 1.0), float(y[best] % 1.0)),
            score=float(nearby[best] / spread[orientation]),
            responses=responses[orientation],
        )


def _scores(spectrum: Spectrum, matrices: Floats) -> Floats:
    """(...,) lattice power of (..., 2, 2) matrices in standard deviations above an unmarked clip's."""
    frequencies = np.einsum("...ij,nj->...ni", matrices, HARMONICS)
    covered = spectrum.within(frequencies)
    weights = _WEIGHTS * covered
    excess = spectrum.power_at(np.where(covered[..., None], frequencies, 0.0)) - spectrum.power.mean()
    spread = spectrum.power.std() * np.sqrt(np.sum(weights**2, axis=-1)) + 1e-12
    return np.asarray(np.sum(weights * excess, axis=-1) / spread)


def _peaks(scores: Floats, most: int) -> list[tuple[float, float]]:
    """(rotation, log scale) of the highest scores that are not neighbours of a higher one."""
    chosen: list[tuple[float, float]] = []
    for place in np.argsort(scores, axis=None)[::-1]:
        row, column = divmod(int(place), scores.shape[1])
        turn, log_scale = float(_TURNS[row]), float(_LOG_SCALES[column])
        if scores[row, column] < _FAINT or len(chosen) == most:
            break
        if all(abs(log_scale - b) > _SAME_PLACE[0] or abs(turn - a) > _SAME_PLACE[1] for a, b in chosen):
            chosen.append((turn, log_scale))
    return chosen


def _refine(spectrum: Spectrum, log_scale: float, turn: float) -> Lattice:
    """Climb to the highest interpolated lattice power near a grid point; both scales are free."""
    best = np.array([log_scale, log_scale, turn])
    power = 0.0
    for reach in _REFINEMENTS:
        steps = [np.linspace(-length, length, _REFINEMENT_STEPS) for length in reach]
        trials = best + np.stack([axis.ravel() for axis in np.meshgrid(*steps, indexing="ij")], axis=-1)
        frequencies = np.einsum("tij,nj->tni", _matrices(*trials.T), HARMONICS)
        covered = spectrum.within(frequencies)
        values = spectrum.values_at(np.where(covered[..., None], frequencies, 0.0))
        powers = np.sum(_WEIGHTS * covered * np.abs(values) ** 2, axis=-1)
        best, power = trials[int(np.argmax(powers))], float(powers.max())
    scale_x, scale_y = np.exp(best[:2])
    return Lattice(float(scale_x), float(scale_y), float(best[2]), _standardised(spectrum, power))


def _standardised(spectrum: Spectrum, power: float) -> float:
    mean = float(spectrum.power.mean()) * float(_WEIGHTS.sum())
    return (power - mean) / (float(spectrum.power.std()) * float(np.sqrt(np.sum(_WEIGHTS**2))) + 1e-12)


def _matrices(log_x: Floats | float, log_y: Floats | float, turn: Floats | float) -> Floats:
    """(..., 2, 2): a picture scaled by (x, y), then turned, has frequencies scaled by 1 / (x, y), turned."""
    cosine, sine = np.cos(turn) / _TILE, np.sin(turn) / _TILE
    shrink_x, shrink_y = np.exp(-np.asarray(log_x)), np.exp(-np.asarray(log_y))
    rows = [[cosine * shrink_x, -sine * shrink_y], [sine * shrink_x, cosine * shrink_y]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _partners() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(8, N) where each orientation carries each harmonic, and whether its value is conjugated there."""
    place = {(int(u), int(v)): index for index, (u, v) in enumerate(HARMONICS)}
    partner = np.empty((len(ORIENTATIONS), len(HARMONICS)), np.int64)
    conjugate = np.empty(partner.shape, np.bool_)
    for row, orientation in enumerate(ORIENTATIONS):
        for column, (u, v) in enumerate(HARMONICS @ orientation.T):
            conjugate[row, column] = u < 0
            partner[row, column] = place[(-u, -v) if u < 0 else (u, v)]
    return partner, conjugate


_LOG_SCALES = np.log(_SCALES)
_PARTNER, _CONJUGATE = _partners()

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

from watermark.pattern import BASE_AMPLITUDE, HARMONICS, LONGEST_RADIUS, RADII, TILES_ACROSS, Template
from watermark.spectrum import EXAMINED_SIDE, Spectrum

Floats = NDArray[np.float64]
Field = NDArray[np.float32]

_TILE = EXAMINED_SIDE / TILES_ACROSS
_REFINEMENT_STEPS = 5
_FAINT = 3.0  # standard deviations of lattice power below which a lattice is not worth a look
_SHIFTS = 128  # steps of the shift search along one tile
_FINE = np.linspace(-0.75, 0.75, 7) / _SHIFTS


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
        return _matrices(np.array([np.log(self.scale_x), np.log(self.scale_y), self.rotation]))


@dataclass(frozen=True, eq=False)
class _Grid:
    """Places (log scale x, log scale y, rotation) to look at, with the harmonics up to `radius`.

    A step moves the outermost of these harmonics by less than the width of a spectral line, so a smaller
    radius allows a coarser grid at the price of fewer harmonics to sum over.
    """

    radius: float
    aspects: Floats  # log scale x minus log scale y
    step: Floats  # (3,)

    def places(self) -> Floats:
        """(places, 3): scales 0.4 to 2.5, rotations up to 10 degrees."""
        scales = np.arange(np.log(0.4), np.log(2.5), self.step[0])
        turns = _symmetric(np.deg2rad(10.0), self.step[2])
        scale, aspect, turn = np.meshgrid(scales, self.aspects, turns, indexing="ij")
        places = np.stack([scale + aspect / 2, scale - aspect / 2, turn], axis=-1)
        return np.asarray(places.reshape(-1, 3))

    def refinements(self) -> Iterator[tuple[float, Floats]]:
        """Yield the radius and the reach around a place of each round of refinement."""
        reach, radius = 0.75 * self.step, self.radius
        while radius < LONGEST_RADIUS:
            yield radius, reach
            radius, reach = radius * 1.7, reach / 2.5
        yield LONGEST_RADIUS, reach
        yield LONGEST_RADIUS, reach / 3


def _symmetric(reach: float, step: float) -> Floats:
    count = int(reach / step)
    return step * np.arange(-count, count + 1)


_GRIDS = (
    _Grid(LONGEST_RADIUS, np.zeros(1), np.array([0.008, 0.008, 0.007])),
    _Grid(9.5, _symmetric(0.12, 0.015), np.array([0.014, 0.014, 0.013])),
)
_CHUNKS = 64  # pieces a grid is looked at in, to bound memory


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
    responses: NDArray[np.complex64]


ORIENTATIONS = tuple(
    np.array([[a, 0], [0, b]] if straight else [[0, a], [b, 0]])
    for straight, a, b in product((True, False), (1, -1), (1, -1))
)
"""The four quarter turns and their mirror images, as integer matrices acting on (u, v); the first is none."""


def lattices(spectrum: Spectrum, *, most: int) -> Iterator[Lattice]:
    """Yield the untouched geometry, then up to `most` refined candidates of each grid, best first."""
    yield Lattice(1.0, 1.0, 0.0, float(_scores(spectrum, np.zeros(3), LONGEST_RADIUS)))
    for grid in _GRIDS:
        places = grid.places()
        scores = np.concatenate(
            [_scores(spectrum, chunk, grid.radius) for chunk in np.array_split(places, _CHUNKS)]
        )
        for place in _peaks(places, scores, grid, most):
            yield _refine(spectrum, place, grid)


def synchronise(
    spectrum: Spectrum, lattice: Lattice, templates: Sequence[Template], *, most: int
) -> list[Alignment]:
    """Return the `most` best alignments of any template at this lattice, best first."""
    x, y = _frequencies(lattice.matrix, HARMONICS)
    covered = spectrum.within(x, y)
    sampled = spectrum.values_at(x * covered, y * covered) * covered
    responses = np.where(_CONJUGATE, np.conj(sampled[_PARTNER]), sampled[_PARTNER])  # (8, N)
    found = [alignment for template in templates for alignment in _best_shifts(template, responses)]
    return sorted(found, key=lambda alignment: alignment.score, reverse=True)[:most]


def _best_shifts(template: Template, responses: NDArray[np.complex64]) -> Iterator[Alignment]:
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


def _scores(spectrum: Spectrum, places: Floats, radius: float) -> Floats:
    """(...,) power of the lattices at (..., 3) places, in standard deviations above an unmarked clip's."""
    x, y, weights = _covered(spectrum, places, radius)
    excess = spectrum.power_at(x, y) - spectrum.mean
    spread = spectrum.deviation * np.sqrt(np.sum(weights**2, axis=-1)) + 1e-12
    return np.asarray(np.sum(weights * excess, axis=-1) / spread, np.float64)


def _covered(spectrum: Spectrum, places: Floats, radius: float) -> tuple[Field, Field, Field]:
    """(..., n) frequencies x, y and weights of the harmonics up to `radius`, all 0 where out of reach."""
    inner = radius >= RADII
    x, y = _frequencies(_matrices(places), HARMONICS[inner])
    covered = spectrum.within(x, y)
    weights: Field = (BASE_AMPLITUDE[inner] ** 2).astype(np.float32)
    return x * covered, y * covered, weights * covered


def _frequencies(matrices: Floats, harmonics: NDArray[np.int64]) -> tuple[Field, Field]:
    """(..., n) frequencies x and y, in cycles a pixel, of n harmonics mapped by (..., 2, 2) matrices."""
    mapped = np.asarray(matrices, np.float32) @ harmonics.T.astype(np.float32)  # (..., 2, n)
    return mapped[..., 0, :], mapped[..., 1, :]


def _peaks(places: Floats, scores: Floats, grid: _Grid, most: int) -> list[Floats]:
    """Return the places of the highest scores that are not neighbours of a higher one."""
    chosen: list[Floats] = []
    for index in np.argsort(scores)[::-1]:
        if scores[index] < _FAINT or len(chosen) == most:
            break
        if all(np.any(np.abs(places[index] - other) > 2.5 * grid.step) for other in chosen):
            chosen.append(places[index])
    return chosen


def _refine(spectrum: Spectrum, place: Floats, grid: _Grid) -> Lattice:
    """Climb to the highest interpolated lattice power near a place of the grid; both scales are free."""
    for radius, reach in grid.refinements():
        steps = [np.linspace(-length, length, _REFINEMENT_STEPS) for length in reach]
        trials = place + np.stack([axis.ravel() for axis in np.meshgrid(*steps, indexing="ij")], axis=-1)
        x, y, weights = _covered(spectrum, trials, radius)
        powers = np.sum(weights * np.abs(spectrum.values_at(x, y)) ** 2, axis=-1)
        place = trials[int(np.argmax(powers))]
    scale_x, scale_y = np.exp(place[:2])
    score = float(_scores(spectrum, place, LONGEST_RADIUS))
    return Lattice(float(scale_x), float(scale_y), float(place[2]), score)


def _matrices(places: Floats) -> Floats:
    """(..., 2, 2) from (..., 3) places: a picture scaled, then turned, has frequencies shrunk, turned."""
    cosine, sine = np.cos(places[..., 2]) / _TILE, np.sin(places[..., 2]) / _TILE
    shrink_x, shrink_y = np.exp(-places[..., 0]), np.exp(-places[..., 1])
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


_PARTNER, _CONJUGATE = _partners()

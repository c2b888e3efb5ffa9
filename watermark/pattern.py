"""The pattern the mark is made of: a square tile of keyed harmonics, repeated over the luma plane.

    pattern(x, y) = Re sum_k  A_k exp(2 pi i (u_k x + v_k y) / T),      T = short side / 4

with integer (u_k, v_k) in a ring of wavelengths, origin at the centre of the frame. The real and the
imaginary part of every A_k carry one sign each. About a fifth of the harmonics form the synchronisation
template, known from the key alone; the others carry the coded payload, scrambled and spread by the key.
A key has several templates, and each render takes one of them at a phase of its own, so averaging many
renders of one collective leaves no common pattern behind.

Everything keyed is drawn from SHAKE-256, never from a random generator of a library whose next version may
draw differently: old renders must verify for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from watermark.code import CODED_BITS, encode
from watermark.payload import Bits, information_bits

TILES_ACROSS = 4
"""Tiles along the shorter side of the marked frame."""

TEMPLATES = 4
"""Synchronisation templates of a key."""

SHORTEST_RADIUS, LONGEST_RADIUS = (
    4.0,
    17.0,
)  # cycles a tile: wavelengths of 32 to 7.5 px at a short side of 512
_SLOPE = 0.6  # amplitude ~ radius^-slope: fine detail is the first that platforms take away
_SYNC_SHARE = 5  # every fifth harmonic, counted outwards

Floats = NDArray[np.float64]


def _ring() -> NDArray[np.int64]:
    """(N, 2) harmonics (u, v), u > 0, sorted outwards.

    Neither u nor v is 0: that is where codecs' block edges and the frame's own borders have their energy.
    The set is closed under quarter turns and mirroring, up to sign, which `search` relies on.
    """
    reach = int(LONGEST_RADIUS)
    found = [
        (u, v)
        for u in range(1, reach + 1)
        for v in range(-reach, reach + 1)
        if v != 0 and SHORTEST_RADIUS <= np.hypot(u, v) <= LONGEST_RADIUS
    ]
    return np.array(sorted(found, key=lambda uv: (uv[0] ** 2 + uv[1] ** 2, uv)))


HARMONICS = _ring()
RADII: Floats = np.hypot(HARMONICS[:, 0], HARMONICS[:, 1])
BASE_AMPLITUDE: Floats = (RADII / SHORTEST_RADIUS) ** -_SLOPE


@dataclass(frozen=True, eq=False)
class Template:
    """One keyed arrangement of the N harmonics.

    sync: (N,) bool, the harmonics of the synchronisation template. signs: (N, 2) of +1 or -1.
    carriers: (P, 2) indices (harmonic, 0 real or 1 imaginary) of the payload. coded_bit: (P,) the coded bit
    each carries. scramble: (384,) bits added to the codeword.
    """

    sync: NDArray[np.bool_]
    signs: Floats
    carriers: NDArray[np.int64]
    coded_bit: NDArray[np.int64]
    scramble: Bits

    def signs_for(self, render_id: int) -> Floats:
        """(N, 2) signs of the whole mark once it carries `render_id`."""
        coded = encode(information_bits(render_id)) ^ self.scramble
        signs = self.signs.copy()
        signs[self.carriers[:, 0], self.carriers[:, 1]] *= 1.0 - 2.0 * coded[self.coded_bit]
        return signs

    def payload_evidence(self, weighted: Floats) -> Floats:
        """Gather (N, 2) weighted responses, already times `signs`, into (384,) evidence for `code.decode`."""
        evidence = np.bincount(
            self.coded_bit, weighted[self.carriers[:, 0], self.carriers[:, 1]], minlength=CODED_BITS
        )
        return evidence * (1.0 - 2.0 * self.scramble)


@lru_cache(maxsize=16)
def templates(key: bytes) -> tuple[Template, ...]:
    """Every template of `key`, in their fixed order."""
    return tuple(_template(key, number) for number in range(TEMPLATES))


def template_of(key: bytes, render_id: int) -> Template:
    """Return the template that the render with this id uses."""
    choice = _stream(key, b"choice", render_id.to_bytes(8, "big"))
    return templates(key)[int(choice.integers(1)[0]) % TEMPLATES]


def phase_of(key: bytes, render_id: int) -> tuple[float, float]:
    """Shift (x, y) of this render's tile against the frame's centre, in tiles, each in [0, 1)."""
    x, y = _stream(key, b"phase", render_id.to_bytes(8, "big")).integers(2) / 2.0**64
    return float(x), float(y)


def paint(amplitudes: Floats, size: tuple[int, int], phase: tuple[float, float]) -> NDArray[np.float32]:
    """Evaluate the pattern for (N, 2) signed amplitudes on a frame (h, w), shifted by `phase` tiles.

    One matrix product: the sum separates into a factor of (v, y) and a factor of (u, x).
    """
    height, width = size
    tile = min(size) / TILES_ACROSS
    reach = int(LONGEST_RADIUS)
    table = np.zeros((2 * reach + 1, reach + 1), np.complex64)
    table[HARMONICS[:, 1] + reach, HARMONICS[:, 0]] = amplitudes[:, 0] + 1j * amplitudes[:, 1]
    x = (np.arange(width) - (width - 1) / 2) / tile - phase[0]
    y = (np.arange(height) - (height - 1) / 2) / tile - phase[1]
    along_x = np.exp(2j * np.pi * np.outer(np.arange(reach + 1), x)).astype(np.complex64)
    along_y = np.exp(2j * np.pi * np.outer(y, np.arange(-reach, reach + 1))).astype(np.complex64)
    down = along_y @ table
    # Re(a b) = Re a Re b - Im a Im b, at half the cost of the complex product
    return np.ascontiguousarray(down.real @ along_x.real - down.imag @ along_x.imag, np.float32)


@dataclass(frozen=True)
class _Stream:
    """An endless keyed sequence, used once."""

    seed: bytes

    def integers(self, count: int) -> NDArray[np.uint64]:
        return np.frombuffer(shake_256(self.seed).digest(8 * count), "<u8")


def _stream(key: bytes, purpose: bytes, detail: bytes) -> _Stream:
    return _Stream(
        b"".join(len(part).to_bytes(4, "big") + part for part in (b"presente mark 1", key, purpose, detail))
    )


def _template(key: bytes, number: int) -> Template:
    def draw(purpose: bytes, count: int) -> NDArray[np.uint64]:
        return _stream(key, purpose, bytes([number])).integers(count)

    count = len(HARMONICS)
    sync = _every_fifth(draw(b"sync", count))
    signs = 1.0 - 2.0 * (draw(b"signs", 2 * count) & 1).reshape(count, 2).astype(np.float64)
    carriers = np.array([(harmonic, part) for harmonic in np.flatnonzero(~sync) for part in (0, 1)])
    order = np.argsort(draw(b"spread", CODED_BITS), kind="stable")
    # Strongest carriers first: the bits that got the weakest first carrier get the strongest second one.
    turns = [order if turn % 2 == 0 else order[::-1] for turn in range(-(-len(carriers) // CODED_BITS))]
    return Template(
        sync=sync,
        signs=signs,
        carriers=carriers,
        coded_bit=np.concatenate(turns)[: len(carriers)],
        scramble=(draw(b"scramble", CODED_BITS) & 1).astype(np.uint8),
    )


def _every_fifth(drawn: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """One harmonic of every five neighbours in radius, so that the template has all wavelengths."""
    chosen = np.zeros(len(drawn), np.bool_)
    for start in range(0, len(drawn), _SYNC_SHARE):
        chosen[start + int(np.argmin(drawn[start : start + _SYNC_SHARE]))] = True
    return chosen

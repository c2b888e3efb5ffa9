"""The rows a label leaves free for captions and for the closing card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_OPAQUE = 24  # alpha from which nothing else may be written over the label


def lowest_free_band(label: NDArray[np.uint8], height: int, *, bottom: int, margin: int, gap: int) -> int:
    """Return the first row of the lowest band of `height` rows that ends at `bottom` or above.

    label: (H, W, 4) uint8 RGBA. No opaque pixel of it is in the band, nor within `gap` rows of it,
    leaving out `margin` columns at either side. Where no band is free, the one with the fewest opaque pixels.
    """
    rows = _opaque_rows(label, margin)[: bottom + gap]
    total = np.concatenate([[0], np.cumsum(rows)])
    first = np.arange(gap, bottom - height + 1)
    in_band = total[first + height + gap] - total[first - gap]
    return int(first[in_band == in_band.min()][-1])


def largest_free_rows(label: NDArray[np.uint8], *, margin: int, gap: int) -> tuple[int, int]:
    """Return first and after-last row of the tallest stretch that keeps `gap` rows from the label."""
    rows = _opaque_rows(label, margin)
    taken = np.concatenate([[-1], np.flatnonzero(rows), [len(rows)]])
    widest = int(np.argmax(np.diff(taken)))
    return int(taken[widest]) + 1 + gap, int(taken[widest + 1]) - gap


def _opaque_rows(label: NDArray[np.uint8], margin: int) -> NDArray[np.int64]:
    """Count the opaque pixels of each row between the margins."""
    return np.asarray((label[:, margin : label.shape[1] - margin, 3] > _OPAQUE).sum(axis=1))

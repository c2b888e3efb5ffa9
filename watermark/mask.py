"""How much a change of luma may weigh at each place before anyone sees it.

Three habits of the eye (after Chou and Li 1995, "A perceptually tuned subband image coder"): texture hides
changes, edges between smooth areas do not, and neither do very dark areas. Texture is told from an edge by
the quietest neighbour: around an edge some neighbour is smooth, inside hair or grass none is. The result is
deliberately coarse and smooth, so the mask itself draws no outline.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]  # (H, W)
Field = NDArray[np.float32]

_CELLS = 120  # along the shorter side
_BLACK, _SHADOW = 16.0, 56.0  # luma of limited range between which visibility falls off
_IN_BLACK = 0.55  # amplitude in black against mid grey

# root mean square change in grey levels on caption plates, on walls, in foliage
_FLAT, _SMOOTH, _ROUGH = 0.35, 0.9, 2.8
_SMOOTH_FROM = 0.8  # contrast (grey levels) from which an area counts as filmed rather than drawn
_GROWTH = 0.16  # allowance a grey level of contrast


def allowance(luma: Luma) -> Field:
    """Return a coarse map of the root mean square change allowed, in grey levels (see `spread`)."""
    height, width = luma.shape
    cell = min(height, width) / _CELLS
    cells = (round(width / cell), round(height / cell))
    half = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    mean = cv2.resize(half, cells, interpolation=cv2.INTER_AREA)
    square = cv2.resize(half * half, cells, interpolation=cv2.INTER_AREA)
    wide_mean, wide_square = cv2.blur(mean, (3, 3)), cv2.blur(square, (3, 3))
    contrast = np.sqrt(np.maximum(wide_square - wide_mean * wide_mean, 0))
    texture = cv2.blur(cv2.erode(contrast, np.ones((7, 7), np.uint8)), (7, 7))
    filmed = np.clip(texture / _SMOOTH_FROM, 0, 1)
    light = np.clip((wide_mean - _BLACK) / (_SHADOW - _BLACK), 0, 1)
    allowed = _FLAT + (_SMOOTH - _FLAT) * filmed + _GROWTH * texture
    allowed = np.minimum(allowed, _ROUGH) * (_IN_BLACK + (1 - _IN_BLACK) * light)
    return np.asarray(cv2.blur(allowed, (3, 3)), np.float32)


def spread(coarse: Field, size: tuple[int, int]) -> Field:
    """Bring a coarse map to the frame's `size` (h, w)."""
    return np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)

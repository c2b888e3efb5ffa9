"""Small brushes: soft polygons and lines on a patch of a frame."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.motion.geometry import Points
from portrait.types import Image

Mask = NDArray[np.float32]  # (h, w) in 0..1
Pixel = TypeVar("Pixel", bound=np.generic)
_SHIFT = 4


class Patch(NamedTuple):
    """A rectangle of a frame: left, top, right, bottom, in pixels; empty when nothing is inside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as cv2 wants them."""
        return self.right - self.left, self.bottom - self.top

    @property
    def corner(self) -> Points:
        """Left top corner."""
        return np.array([self.left, self.top], np.float64)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to paint."""
        return min(self.size) < 3

    def of(self, frame: NDArray[Pixel]) -> NDArray[Pixel]:
        """The patch of an (H, W, ...) array, as a view."""
        return frame[self.top : self.bottom, self.left : self.right]


def patch_around(points: Points, margin: float, shape: tuple[int, ...]) -> Patch:
    """Return the patch of a frame of `shape` that holds (N, 2) points and a margin."""
    low = np.floor(points.min(0) - margin).astype(int)
    high = np.ceil(points.max(0) + margin).astype(int) + 1
    return Patch(max(0, low[0]), max(0, low[1]), min(shape[1], high[0]), min(shape[0], high[1]))


def soft_polygon(points: Points, patch: Patch, feather: float) -> Mask:
    """Fill a polygon of frame coordinates, with edges `feather` pixels soft."""
    mask = np.zeros(patch.size[::-1], np.uint8)
    cv2.fillPoly(mask, [_fixed(points, patch)], 255, cv2.LINE_AA, _SHIFT)
    return _soften(mask, feather)


def soft_line(points: Points, patch: Patch, width: float, feather: float) -> Mask:
    """Draw an open line of frame coordinates."""
    mask = np.zeros(patch.size[::-1], np.uint8)
    cv2.polylines(mask, [_fixed(points, patch)], False, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    return _soften(mask, feather)


def lay_over(frame: Image, patch: Patch, colour: NDArray[np.float32], mask: Mask) -> None:
    """Blend `colour`, (h, w, 3) or (3,) in 0..255, into the patch of `frame`."""
    below = patch.of(frame).astype(np.float32)
    below += (colour - below) * mask[..., None]
    np.clip(np.rint(below, out=below), 0, 255, out=below)
    patch.of(frame)[:] = below


def affine_between(points: Points, moved: Points) -> Points:
    """Return the (2, 3) affine that takes (N, 2) points to `moved`, least squares."""
    return np.linalg.lstsq(np.c_[points, np.ones(len(points))], moved, rcond=None)[0].T


def chain(outer: Points, inner: Points) -> Points:
    """Compose two (2, 3) affines: first `inner`, then `outer`."""
    return np.c_[outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]]


def _fixed(points: Points, patch: Patch) -> NDArray[np.int32]:
    return np.round((points[:, :2] - patch.corner) * (1 << _SHIFT)).astype(np.int32)


def _soften(mask: NDArray[np.uint8], feather: float) -> Mask:
    soft = mask.astype(np.float32) / 255
    return cv2.GaussianBlur(soft, (0, 0), feather) if feather > 0.3 else soft

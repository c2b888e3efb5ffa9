"""RGB to I420, BT.709 limited range: what the encoder eats and the watermark is written into."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.types import Image

KR, KB = 0.2126, 0.0722  # ITU-R BT.709-6, item 3.2


def bt709_matrix() -> NDArray[np.float64]:
    """Return the (3, 4) affine from R'G'B' 0..255 to Y'CbCr limited range (BT.709-6, items 3.2 to 3.4)."""
    luma = np.array([KR, 1 - KR - KB, KB])
    blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - KB))
    red = (np.array([1, 0, 0]) - luma) / (2 * (1 - KR))
    rows = np.stack([luma * 219, blue * 224, red * 224]) / 255
    return np.column_stack([rows, [16, 128, 128]])


_MATRIX = bt709_matrix()


def to_yuv(rgb: Image) -> NDArray[np.uint8]:
    """Return `rgb` (H, W, 3), even H and W, as one I420 array (H * 3 // 2, W).

    Chroma samples lie where H.264 decoders expect them when nothing else is said: on every second
    luma column and between two rows (ITU-T H.264, chroma_sample_loc_type 0).
    """
    height, width = rgb.shape[:2]
    if height % 2 or width % 2:
        raise ValueError(f"I420 needs even sides, not {width} x {height}")
    full = cv2.transform(rgb, _MATRIX)
    frame = np.empty((height * 3 // 2, width), np.uint8)
    cv2.extractChannel(full, 0, dst=frame[:height])
    chroma = frame[height:].reshape(2, height // 2, width // 2)
    for plane, channel in zip(chroma, (1, 2), strict=True):
        plane[:] = _halve(cv2.extractChannel(full, channel))
    return frame


def _halve(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the size: mean of two rows; columns weighted 1 2 1 around every second one, rounded once."""
    rows = np.add(plane[0::2], plane[1::2], dtype=np.uint16)
    eighths = rows[:, 0::2] * 2
    eighths += rows[:, 1::2]
    eighths[:, 1:] += rows[:, 1:-1:2]
    eighths[:, 0] += rows[:, 0]
    return ((eighths + 4) >> 3).astype(np.uint8)

from __future__ import annotations

import cv2
import numpy as np
import pytest

from portrait.compose.colour import to_yuv


def reference(rgb):
    """BT.709-6 in floating point, written from the standard: luma (H, W), chroma (2, H/2, W/2)."""
    r, g, b = (rgb[..., channel] / 255 for channel in range(3))
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    blue, red = (b - luma) / 1.8556, (r - luma) / 1.5748
    chroma = 128 + 224 * np.stack([blue, red])
    chroma = (chroma[:, 0::2] + chroma[:, 1::2]) / 2
    left = np.concatenate([chroma[..., :1], chroma[..., :-1]], axis=-1)[..., 0::2]
    return 16 + 219 * luma, (left + 2 * chroma[..., 0::2] + chroma[..., 1::2]) / 4


NOISE = np.random.default_rng(1).integers(0, 256, (96, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "rgb",
    [
        NOISE,
        cv2.GaussianBlur(NOISE, (0, 0), 3),
        (NOISE > 127).astype(np.uint8) * 255,
        np.full((2, 2, 3), 255, np.uint8),
    ],
    ids=["noise", "smooth", "saturated", "two by two"],
)
def test_within_one_of_the_standard(rgb):
    height, width = rgb.shape[:2]
    yuv = to_yuv(rgb)
    assert yuv.shape == (height * 3 // 2, width)
    assert yuv.dtype == np.uint8
    luma, chroma = reference(rgb)
    assert np.abs(yuv[:height] - luma).max() <= 1
    assert np.abs(yuv[height:].reshape(2, height // 2, width // 2) - chroma).max() <= 1


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_the_colours_of_a_test_card(rgb, yuv):
    picture = to_yuv(np.full((4, 4, 3), rgb, np.uint8))
    assert (picture[0, 0], picture[4, 0], picture[5, 0]) == yuv


def test_odd_sides_are_refused():
    with pytest.raises(ValueError, match="even sides"):
        to_yuv(np.zeros((5, 4, 3), np.uint8))

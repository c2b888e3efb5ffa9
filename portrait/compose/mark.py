"""The project's mark, an empty oval frame around a candle's flame, drawn from `assets/mark.svg`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

MARK = Path(__file__).parents[1] / "assets" / "mark.svg"
_SVG = "{http://www.w3.org/2000/svg}"
_TOKEN = re.compile(r"[MLCZ]|-?\d+(?:\.\d+)?")
_SUBPIXEL_BITS = 4
_OVERSAMPLING = 4


def draw_mark(height: int, colours: Mapping[str, tuple[int, int, int]]) -> Picture.Image:
    """Return the mark as an RGBA picture `height` pixels high.

    colours: RGB of each part, by the ids in the drawing: "frame", "flame", "wick". A part left out
    keeps the colour it has in the drawing.
    """
    root = ElementTree.parse(MARK).getroot()  # noqa: S314 - our own file
    _x, _y, box_width, box_height = (float(v) for v in root.attrib["viewBox"].split())
    width = round(box_width * height / box_height)
    picture = Picture.new("RGBA", (width, height))
    for path in root.iter(f"{_SVG}path"):
        colour = colours.get(path.attrib["id"]) or _hex_colour(path.attrib["fill"])
        mask = _fill(list(_outlines(path.attrib["d"])), (height, width), height / box_height)
        layer = Picture.new("RGBA", picture.size, (*colour, 0))
        layer.putalpha(Picture.fromarray(mask))
        picture.alpha_composite(layer)
    return picture


def _hex_colour(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _outlines(d: str) -> Iterator[NDArray[np.float64]]:
    """Yield each closed outline of an SVG path that uses absolute M, L, C and Z only, as (N, 2) points."""
    tokens = iter(_TOKEN.findall(d))
    points: list[NDArray[np.float64]] = []

    def point() -> NDArray[np.float64]:
        return np.array([float(next(tokens)), float(next(tokens))])

    for command in tokens:
        if command == "Z":
            yield np.array(points)
            points = []
        elif command == "C":
            points.extend(_cubic(points[-1], point(), point(), point()))
        else:
            points.append(point())


def _cubic(*control: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (24, 2) points along a cubic Bézier curve, its start left out."""
    t = np.linspace(0, 1, 25)[1:, None]
    a, b, c, d = control
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def _fill(outlines: list[NDArray[np.float64]], shape: tuple[int, int], scale: float) -> NDArray[np.uint8]:
    """Return the (H, W) coverage 0..255 of the outlines, filled even-odd and smoothed by oversampling."""
    large = np.zeros((shape[0] * _OVERSAMPLING, shape[1] * _OVERSAMPLING), np.uint8)
    unit = scale * _OVERSAMPLING * (1 << _SUBPIXEL_BITS)
    cv2.fillPoly(large, [np.rint(o * unit).astype(np.int32) for o in outlines], 255, shift=_SUBPIXEL_BITS)
    return cv2.resize(large, shape[::-1], interpolation=cv2.INTER_AREA)

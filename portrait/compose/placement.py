"""Where the photo stands in the frame: never stretched, the face clear of label and captions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portrait.compose.presets import Preset

MAX_ENLARGEMENT = 4.0  # beyond this a photo is only blur; it stands smaller on the ground instead
_ROOM_BESIDE, _ROOM_ABOVE, _ROOM_BELOW = 0.55, 0.6, 0.7  # a head with hair and shoulders, in face sizes


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width and height in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The column after the last."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The row after the last."""
        return self.y + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an array that the box covers; for boxes of whole pixels."""
        return slice(int(self.y), int(self.bottom)), slice(int(self.x), int(self.right))


def box_around(points: NDArray[np.floating]) -> Box:
    """Return the box around (N, 2+) points, such as a face's landmarks."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


@dataclass(frozen=True, slots=True)
class Placement:
    """How a photo is drawn: scaled as a whole to `scaled`, its part `visible` put at `target`.

    scaled: (height, width) of the whole photo in frame pixels. visible: box in the scaled photo.
    target: box in the frame, as large as `visible`; its numbers are even. face: the face in the frame.
    """

    preset: Preset
    scaled: tuple[int, int]
    visible: Box
    target: Box
    face: Box


def plan_layout(photo_shape: tuple[int, ...], face: Box, preset: Preset) -> Placement:
    """Place a photo of `photo_shape` (H, W, ...) whose face (forehead to chin) is at `face`.

    The photo keeps its proportions. It is trimmed only as far as the preset's aspect range asks, and
    never through the head; it is enlarged at most `MAX_ENLARGEMENT` times. The face comes to stand
    between the preset's `face_top` and `face_bottom`, shrinking the photo where it must.
    """
    part = _trim(photo_shape, face, preset)
    scale = min(
        preset.width / part.width,
        preset.height / part.height,
        (preset.face_bottom - preset.face_top) / face.height,
        MAX_ENLARGEMENT,
    )
    left = (preset.width - part.width * scale) / 2 - part.x * scale
    top = _top(part, face, scale, preset) - part.y * scale
    return _on_whole_pixels(photo_shape, part, face, preset, scale, left, top)


def working_size(photo_shape: tuple[int, ...], placement: Placement) -> tuple[int, int]:
    """Return the (height, width) a photo needs to be animated at: as drawn, but never enlarged.

    A photo brought to this size before it is animated is not scaled again in every frame.
    """
    height, width = placement.scaled
    return (height, width) if height < photo_shape[0] else (photo_shape[0], photo_shape[1])


def _trim(photo_shape: tuple[int, ...], face: Box, preset: Preset) -> Box:
    """Return the part of the photo to show: the aspect brought into range, the head kept whole."""
    height, width = photo_shape[:2]
    head_width = (1 + 2 * _ROOM_BESIDE) * face.width
    head_height = (1 + _ROOM_ABOVE + _ROOM_BELOW) * face.height
    shown_width = min(width, max(height * preset.max_aspect, head_width))
    shown_height = min(height, max(width / preset.min_aspect, head_height))
    x = face.x + face.width / 2 - shown_width / 2
    y = face.y + face.height / 2 - 0.44 * shown_height
    return Box(
        min(max(x, 0), width - shown_width),
        min(max(y, 0), height - shown_height),
        shown_width,
        shown_height,
    )


def _top(part: Box, face: Box, scale: float, preset: Preset) -> float:
    """Return the frame row of the part's first row, so that the face stands in its place."""
    wished = (preset.height - part.height * scale) * preset.rise
    forehead, chin = (face.y - part.y) * scale, (face.bottom - part.y) * scale
    return max(min(wished, preset.face_bottom - chin), preset.face_top - forehead)


def _on_whole_pixels(
    photo_shape: tuple[int, ...],
    part: Box,
    face: Box,
    preset: Preset,
    scale: float,
    left: float,
    top: float,
) -> Placement:
    """Round a placement of the whole photo (its corner at `left`, `top`) to pixels inside the frame."""
    scaled = max(2, round(photo_shape[0] * scale)), max(2, round(photo_shape[1] * scale))
    left, top = round(left), round(top)
    x0, x1 = _even_span(
        left + part.x * scale, left + part.right * scale, left, left + scaled[1], preset.width
    )
    y0, y1 = _even_span(top + part.y * scale, top + part.bottom * scale, top, top + scaled[0], preset.height)
    return Placement(
        preset=preset,
        scaled=scaled,
        visible=Box(x0 - left, y0 - top, x1 - x0, y1 - y0),
        target=Box(x0, y0, x1 - x0, y1 - y0),
        face=Box(left + face.x * scale, top + face.y * scale, face.width * scale, face.height * scale),
    )


def _even_span(start: float, end: float, first: int, last: int, limit: int) -> tuple[int, int]:
    """Return even ends of start..end within the photo's own first..last and the frame's 0..limit."""
    low = max(2 * round(start / 2), 2 * math.ceil(first / 2), 0)
    high = min(2 * round(end / 2), 2 * math.floor(last / 2), limit)
    return low, high

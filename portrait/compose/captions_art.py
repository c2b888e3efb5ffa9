"""Captions drawn into the picture: white Atkinson on a soft dark plate, clear of the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFilter

from portrait.compose.ground import NIGHT
from portrait.compose.label_room import lowest_free_band
from portrait.compose.lettering import drawable, font
from portrait.compose.placement import Box
from portrait.compose.presets import Preset
from portrait.types import Caption, Image

INK = (255, 255, 255)
_PLATE_OPACITY = 0.74
_SOFTNESS = 2  # pixels over which the plate's edge dissolves
_LINES = 2
_LEADING, _BESIDE, _ABOVE, _CORNER = 1.22, 0.5, 0.24, 0.38  # in type sizes
_GAP = 0.3  # rows between plate and label, in type sizes


@dataclass(frozen=True, slots=True, eq=False)
class CaptionArt:
    """A drawn caption: `frame * gain / 255 + light` in the box `place`, from start to end seconds."""

    place: Box
    gain: Image
    light: Image
    start: float
    end: float

    def lay_over(self, frame: Image) -> None:
        """Draw the caption into `frame`, in place."""
        window = frame[self.place.slices]
        window[:] = cv2.add(cv2.multiply(window, self.gain, scale=1 / 255), self.light)


def draw_captions(
    captions: Sequence[Caption], preset: Preset, label: NDArray[np.uint8]
) -> tuple[CaptionArt, ...]:
    """Draw every caption once, all in one type size, in the band that `label` (H, W, 4) leaves free.

    Captions without a character that can be drawn are left out.
    """
    texts = [(tuple(filter(None, map(drawable, caption.lines))), caption) for caption in captions]
    texts = [(lines, caption) for lines, caption in texts if lines]
    size = _type_size([line for lines, _ in texts for line in lines], preset)
    bottom = caption_band(preset, label).bottom
    art = []
    for lines, caption in texts:
        plate, ink = _draw(lines, size)
        height, width = plate.shape
        place = Box((preset.width - width) // 2, bottom - height, width, height)
        art.append(CaptionArt(place, *_folded(plate, ink), caption.start, caption.end))
    return tuple(art)


def caption_band(preset: Preset, label: NDArray[np.uint8]) -> Box:
    """Return the band two lines may fill: above `caption_bottom` and clear of the label's opaque pixels."""
    height = _plate_height(_LINES, preset.caption_size)
    margin = preset.caption_margin
    top = lowest_free_band(
        label,
        height,
        bottom=preset.caption_bottom,
        margin=margin,
        gap=round(_GAP * preset.caption_size),
    )
    return Box(margin, top, preset.width - 2 * margin, height)


def _plate_height(lines: int, size: int) -> int:
    return round((lines * _LEADING + 2 * _ABOVE) * size) + 4 * _SOFTNESS


def _type_size(lines: Sequence[str], preset: Preset) -> int:
    """Return the largest size, at most the preset's, at which every line fits between the margins."""
    size = preset.caption_size
    room = preset.width - 2 * preset.caption_margin - 2 * _BESIDE * size - 4 * _SOFTNESS
    widest = max((font(size, "Bold").getlength(line) for line in lines), default=0)
    return max(1, min(size, int(size * room / max(widest, 1))))


def _draw(lines: Sequence[str], size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw `lines` centred on a plate; return the opacities (h, w), 0..1, of plate and ink."""
    face = font(size, "Bold")
    width = round(max(map(face.getlength, lines)) + 2 * _BESIDE * size) + 4 * _SOFTNESS
    plate = Picture.new("L", (width, _plate_height(len(lines), size)))
    rim = 2 * _SOFTNESS
    ImageDraw.Draw(plate).rounded_rectangle(
        (rim, rim, plate.width - 1 - rim, plate.height - 1 - rim),
        radius=round(_CORNER * size),
        fill=round(255 * _PLATE_OPACITY),
    )
    ink = Picture.new("L", plate.size)
    pen = ImageDraw.Draw(ink)
    for row, line in enumerate(lines):
        middle = rim + (_ABOVE + _LEADING * (row + 0.5)) * size
        pen.text((plate.width / 2, middle), line, fill=255, font=face, anchor="mm")
    return _opacity(plate.filter(ImageFilter.GaussianBlur(_SOFTNESS))), _opacity(ink)


def _opacity(mask: Picture.Image) -> NDArray[np.float32]:
    return np.asarray(mask, np.float32) / 255


def _folded(plate: NDArray[np.float32], ink: NDArray[np.float32]) -> tuple[Image, Image]:
    """Fold plate and ink into one factor and one sum, (h, w, 3) uint8, that never overflow together."""
    plate, ink = plate[..., None], ink[..., None]
    gain = np.rint(255 * (1 - plate) * (1 - ink) * np.ones(3)).astype(np.uint8)
    light = np.rint(np.array(NIGHT) * plate * (1 - ink) + np.array(INK) * ink).astype(np.uint8)
    return gain, np.minimum(light, 255 - gain)

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
from portrait.compose.lettering import font
from portrait.compose.placement import Box
from portrait.compose.presets import Preset
from portrait.types import Caption, Image

INK = (255, 255, 255)
_PLATE_OPACITY = 0.72
_LEADING = 1.24  # line height, in type sizes
_LINES = 2
_OPAQUE = 24  # alpha of the label from which a caption must not lie over it


@dataclass(frozen=True, slots=True, eq=False)
class CaptionArt:
    """A drawn caption: over the box `place` of a frame, `frame * gain / 255 + light`, from start to end seconds."""

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
    """Draw every caption once, all in one type size, in the band that `label` (H, W, 4) leaves free."""
    if not captions:
        return ()
    size = _type_size(captions, preset)
    band = caption_band(preset, label)
    return tuple(_draw(caption, size, band, preset) for caption in captions)


def caption_band(preset: Preset, label: NDArray[np.uint8]) -> Box:
    """Return the lowest band for two lines, above `caption_bottom`, that no opaque label pixel enters.

    Where the label leaves no band free at all, the band with the fewest opaque pixels.
    """
    height = _band_height(preset)
    left, width = preset.caption_margin, preset.width - 2 * preset.caption_margin
    opaque = (label[: preset.caption_bottom, left : left + width, 3] > _OPAQUE).sum(axis=1)
    covered = np.concatenate([[0], np.cumsum(opaque)])
    in_band = covered[height:] - covered[:-height]  # opaque pixels in the band that starts at each row
    fewest = np.flatnonzero(in_band == in_band.min())
    return Box(left, int(fewest[-1]), width, height)


def _band_height(preset: Preset) -> int:
    return round(preset.caption_size * (_LINES * _LEADING + 0.7))


def _type_size(captions: Sequence[Caption], preset: Preset) -> int:
    """Return the largest size, at most the preset's, at which every line fits the band."""
    pad = _padding(preset.caption_size)[0]
    room = preset.width - 2 * preset.caption_margin - 2 * pad
    widest = max(font(preset.caption_size, "Bold").getlength(line) for c in captions for line in c.lines)
    return max(min(preset.caption_size, int(preset.caption_size * room / max(widest, 1))), 1)


def _padding(size: int) -> tuple[int, int]:
    """Return the plate's margin beside and above the letters."""
    return round(0.5 * size), round(0.26 * size)


def _draw(caption: Caption, size: int, band: Box, preset: Preset) -> CaptionArt:
    """Draw one caption centred in the band's columns and standing on the band's foot."""
    face = font(size, "Bold")
    beside, above = _padding(size)
    leading = round(_LEADING * size)
    width = min(round(max(map(face.getlength, caption.lines))) + 2 * beside, preset.width)
    height = leading * len(caption.lines) + 2 * above
    soft = 2  # pixels by which the plate's edge is softened
    art = Picture.new("L", (width + 4 * soft, height + 4 * soft))
    frame = (2 * soft, 2 * soft, 2 * soft + width - 1, 2 * soft + height - 1)
    ImageDraw.Draw(art).rounded_rectangle(frame, radius=round(0.38 * size), fill=round(255 * _PLATE_OPACITY))
    plate = np.asarray(art.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255
    letters = Picture.new("L", art.size)
    for row, line in enumerate(caption.lines):
        middle = 2 * soft + above + leading * (row + 0.5)
        ImageDraw.Draw(letters).text((art.width / 2, middle), line, fill=255, font=face, anchor="mm")
    ink = np.asarray(letters, np.float32) / 255
    place = Box(
        (preset.width - art.width) // 2,
        int(band.bottom) + 2 * soft - art.height,
        art.width,
        art.height,
    )
    return _as_art(caption, place, plate, ink)


def _as_art(caption: Caption, place: Box, plate: NDArray[np.float32], ink: NDArray[np.float32]) -> CaptionArt:
    """Fold plate and ink, opacities (h, w) in 0..1, into one factor and one sum a pixel."""
    plate, ink = plate[..., None], ink[..., None]
    gain = 255 * (1 - plate) * (1 - ink) * np.ones(3, np.float32)
    light = np.float32(NIGHT) * plate * (1 - ink) + np.float32(INK) * ink
    gain_bytes = np.rint(gain).astype(np.uint8)
    return CaptionArt(
        place,
        gain_bytes,
        np.minimum(np.rint(light).astype(np.uint8), 255 - gain_bytes),
        caption.start,
        caption.end,
    )

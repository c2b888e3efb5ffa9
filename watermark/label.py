"""The visible label: what every picture says about itself, from the first frame to the last.

    ┌─────────────────────────────┐
    │ ▓ Imagen y voz … ▓     ▓IA▓ │   upper zone (left) and the capital mark (right)
    │                             │
    │                             │
    │      ▓ Imagen y voz … ▓     │   lower zone (centred)
    └─────────────────────────────┘

The upper zone falls to a crop from the top or the left, the lower one to a crop from the bottom:
whichever side loses a fifth, one zone keeps every letter; a centred crop of a tenth leaves both. The
letters have their own dark plate, so their contrast does not depend on the picture behind. The wording
is a table, not an argument; there is no way to ask for another text or for none.

Convention: sizes are (height, width) in pixels, boxes (left, top, width, height), origin top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from watermark.errors import NoLabelText, TooSmallForLabel

LABEL_VERSION: Final = 1
"""Goes up whenever the wording or the geometry below changes; the credentials name it."""

LEAST_SIDE: Final = 320
"""Pixels of the shorter side below which capitals would be lower than 8 px."""

CROP_SURVIVED: Final = 0.20
"""Share of the picture that may be cut from any one side while one zone keeps its whole text."""

INK: Final = (0xFB, 0xF7, 0xF0)  # the front desk's warm paper
MARK_INK: Final = (0xF4, 0xB8, 0x60)  # cempasúchil, for dark ground
PLATE: Final = (0x1E, 0x1B, 0x2E)  # the front desk's ink
PLATE_ALPHA: Final = 0.80
"""Opacity at which the marigold mark keeps 4.5 : 1 (WCAG 2.2, 1.4.3) even over pure white."""

FONT_FILE: Final = Path(__file__).parent / "assets" / "fonts" / "AtkinsonHyperlegible-Bold.ttf"

# Everything is measured in ems; one em is the font size. Capitals of this font are 0.668 em high.
EM_PER_SHORT_SIDE: Final = 0.0375
LINE_PITCH: Final = 1.26
PAD_X: Final = 0.52
PAD_Y: Final = 0.42
CAP_HEIGHT: Final = 0.668
DESCENT: Final = 0.12  # what hangs below the last baseline, less what looks like padding anyway
CORNER: Final = 0.45
MARK_EM: Final = 2.0

MARGIN: Final = 0.06
"""Share of height and width kept free around the zones: a centred crop of a tenth touches none of them."""

_FINENESS: Final = 4
"""Letters are drawn this much larger and averaged: hinting at small sizes would widen the lines."""


class LabelKind(StrEnum):
    """Which of the two true statements the label makes."""

    FAMILY = "family"
    DEMONSTRATION = "demonstration"


WORDING: Final[dict[tuple[LabelKind, str], tuple[str, str]]] = {
    (LabelKind.FAMILY, "es"): ("Imagen y voz generadas con IA,", "con autorización de la familia"),
    (LabelKind.FAMILY, "en"): ("Image and voice made with AI,", "authorised by the family"),
    (LabelKind.DEMONSTRATION, "es"): ("Demostración: imagen y voz", "generadas con IA"),
    (LabelKind.DEMONSTRATION, "en"): ("Demonstration: image and voice", "made with AI"),
}
"""The normative text, broken into its two lines, by kind and ISO 639-1 language."""

MARKS: Final = {"es": "IA", "en": "AI"}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels; right and bottom are the first column and row outside it."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """Where the label stands in a picture of one size, so that captions can keep clear of it.

    em: font size in pixels. upper, lower: plates with the whole text. mark: plate of the capital mark.
    """

    em: float
    upper: Box
    lower: Box
    mark: Box


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One plate with its text, as coverages in 0..1: plate and ink are (H, W) float32."""

    plate: NDArray[np.float32]
    ink: NDArray[np.float32]


def label_text(language: str, kind: LabelKind = LabelKind.FAMILY) -> str:
    """Return the normative sentence on one line.

    Raises NoLabelText for a language without a wording.
    """
    return " ".join(_wording(language, kind))


def label_layout(size: tuple[int, int], language: str, kind: LabelKind = LabelKind.FAMILY) -> LabelLayout:
    """Place both zones and the mark in a picture of `size` (height, width).

    Raises TooSmallForLabel below LEAST_SIDE on the shorter side, NoLabelText for an unknown language.
    """
    height, width = size
    if min(size) < LEAST_SIDE:
        raise TooSmallForLabel(width=width, height=height, least=LEAST_SIDE)
    em = EM_PER_SHORT_SIDE * min(size)
    aside, above = round(MARGIN * width), round(MARGIN * height)
    rows, columns = text_block(_wording(language, kind), em).plate.shape
    mark_columns = _mark_block(language, em).plate.shape[1]
    return LabelLayout(
        em=em,
        upper=Box(aside, above, columns, rows),
        lower=Box((width - columns) // 2, height - above - rows, columns, rows),
        mark=Box(width - aside - mark_columns, above, mark_columns, rows),
    )


def label_overlay(
    size: tuple[int, int], language: str, kind: LabelKind = LabelKind.FAMILY
) -> NDArray[np.uint8]:
    """Draw the label for a picture of `size` (height, width).

    Returns (H, W, 4) uint8 RGBA, straight alpha, transparent outside the plates; lay it over every
    frame. `language` is "es" or "en".

    Raises TooSmallForLabel below LEAST_SIDE on the shorter side, NoLabelText for an unknown language.
    """
    layout = label_layout(size, language, kind)
    text = text_block(_wording(language, kind), layout.em)
    overlay = np.zeros((*size, 4), np.uint8)
    _lay(overlay, layout.upper, text, INK)
    _lay(overlay, layout.lower, text, INK)
    _lay(overlay, layout.mark, _mark_block(language, layout.em), MARK_INK)
    return overlay


@lru_cache(maxsize=64)
def text_block(lines: tuple[str, ...], em: float) -> Block:
    """Set `lines`, aligned left, on a rounded plate; `em` is the font size in pixels."""
    font = _font(em)
    width = round(max(font.getlength(line) for line in lines) / _FINENESS + 2 * PAD_X * em)
    baselines = [em * (PAD_Y + CAP_HEIGHT + LINE_PITCH * index) for index in range(len(lines))]
    height = round(baselines[-1] + em * (PAD_Y + DESCENT))
    ink, draw = _canvas(height, width)
    for line, baseline in zip(lines, baselines, strict=True):
        place = (PAD_X * em * _FINENESS, round(baseline) * _FINENESS)  # whole pixels keep capitals sharp
        draw.text(place, line, fill=255, font=font, anchor="ls")
    return Block(plate=_rounded_plate(height, width, CORNER * em), ink=_coverage(ink))


@lru_cache(maxsize=64)
def _mark_block(language: str, em: float) -> Block:
    """Set the capital mark on a plate as high as the text's own."""
    height = text_block(WORDING[LabelKind.FAMILY, language], em).plate.shape[0]
    font = _font(MARK_EM * em)
    width = round(font.getlength(MARKS[language]) / _FINENESS + 2 * PAD_X * em)
    baseline = round((height + CAP_HEIGHT * MARK_EM * em) / 2)
    ink, draw = _canvas(height, width)
    middle = (width / 2 * _FINENESS, baseline * _FINENESS)
    draw.text(middle, MARKS[language], fill=255, font=font, anchor="ms")
    return Block(plate=_rounded_plate(height, width, CORNER * em), ink=_coverage(ink))


def _wording(language: str, kind: LabelKind) -> tuple[str, str]:
    try:
        return WORDING[kind, language]
    except KeyError:
        raise NoLabelText(language=language, choices=", ".join(sorted(MARKS))) from None


@lru_cache(maxsize=64)
def _font(em: float) -> ImageFont.FreeTypeFont:
    # The basic layout engine needs no raqm, so the same letters come out on every machine.
    return ImageFont.truetype(FONT_FILE, _FINENESS * em, layout_engine=ImageFont.Layout.BASIC)


def _rounded_plate(height: int, width: int, radius: float) -> NDArray[np.float32]:
    """Coverage of a rounded rectangle: distance to its edge, one pixel of ramp (Quilez, sdRoundBox)."""
    y = np.abs(np.arange(height) + 0.5 - height / 2)[:, None] - (height / 2 - radius)
    x = np.abs(np.arange(width) + 0.5 - width / 2)[None, :] - (width / 2 - radius)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - radius
    coverage: NDArray[np.float32] = np.clip(0.5 - outside, 0, 1).astype(np.float32)
    return coverage


def _canvas(height: int, width: int) -> tuple[Pillow.Image, ImageDraw.ImageDraw]:
    ink = Pillow.new("L", (width * _FINENESS, height * _FINENESS))
    return ink, ImageDraw.Draw(ink)


def _coverage(ink: Pillow.Image) -> NDArray[np.float32]:
    coverage: NDArray[np.float32] = np.asarray(ink.reduce(_FINENESS), np.float32) / np.float32(255)
    return coverage


def _lay(overlay: NDArray[np.uint8], box: Box, block: Block, ink: tuple[int, int, int]) -> None:
    """Write `block` into `overlay`: ink over plate, as straight alpha (Porter and Duff 1984, "over")."""
    plate = PLATE_ALPHA * block.plate * (1 - block.ink)
    alpha = block.ink + plate
    colour = block.ink[..., None] * np.asarray(ink, np.float32) + plate[..., None] * np.asarray(
        PLATE, np.float32
    )
    patch = overlay[box.top : box.bottom, box.left : box.right]
    patch[..., :3] = np.rint(colour / np.maximum(alpha, 1e-6)[..., None])
    patch[..., 3] = np.rint(255 * alpha)

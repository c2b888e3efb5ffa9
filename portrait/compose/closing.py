"""The closing card: whom to call, who made this, how to check it, and that no money is ever asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from portrait.compose.ground import NIGHT, over
from portrait.compose.label_room import largest_free_rows
from portrait.compose.lettering import Weight, drawable, font, wrap
from portrait.compose.mark import draw_mark
from portrait.compose.placement import Box
from portrait.compose.presets import Preset
from portrait.errors import N_
from portrait.i18n import in_language
from portrait.types import Image, Language

INK, QUIET = (239, 234, 245), (178, 170, 196)  # #EFEAF5 and a quieter twin, 8.0:1 on the night
AMBER, LILAC = (244, 184, 96), (196, 176, 240)  # #F4B860 cempasúchil, #C4B0F0 jacaranda
LARGEST = 0.062  # of the area's width
LEADING = 1.2
INFORMATION = N_("If you have information")
FOLIO = N_("Search record {folio}")
NO_MONEY = N_("Presente never asks for money or personal data.")


@dataclass(frozen=True, slots=True)
class ClosingCard:
    """What the last seconds say. A line that is None or empty is left out.

    contact: the official contact line ("Comisión Nacional de Búsqueda · 800 028 77 83").
    folio: number of the official search record. collective: who made the video with the family.
    verify: how anyone can check the video. language: of the card's own words. seconds: how long it stands.
    """

    language: Language
    contact: str | None = None
    folio: str | None = None
    collective: str | None = None
    verify: str | None = None
    seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One text of the card: its type, and the space above it, in units of the card's own measure."""

    text: str
    size: float
    weight: Weight
    colour: tuple[int, int, int]
    above: float


def draw_closing(card: ClosingCard, preset: Preset, label: NDArray[np.uint8]) -> Image:
    """Return the card as a frame (H, W, 3) with `label` (H, W, 4) over it and nothing else near it.

    Upright formats have the mark above the words, wide ones beside them.
    """
    picture = Picture.new("RGB", (preset.width, preset.height), NIGHT)
    area = _free_area(preset, label)
    lines = _lines(card)
    if preset.width > preset.height:
        _draw_beside(picture, lines, area)
    else:
        _draw_below(picture, lines, area)
    return over(np.asarray(picture), label)


def draw_dark(preset: Preset, label: NDArray[np.uint8]) -> Image:
    """Return the empty card (H, W, 3), which the label never leaves."""
    return over(np.full((*preset.size, 3), NIGHT, np.uint8), label)


def _free_area(preset: Preset, label: NDArray[np.uint8]) -> Box:
    """Return the box between the label's zones, above the part of the screen that phones cover."""
    margin = preset.caption_margin
    top, bottom = largest_free_rows(label, margin=margin, gap=min(preset.size) // 36)
    return Box(margin, top, preset.width - 2 * margin, min(bottom, preset.caption_bottom) - top)


def _draw_beside(picture: Picture.Image, lines: list[_Line], area: Box) -> None:
    left = 0.3 * area.width
    words = Box(area.x + left, area.y, area.width - left, area.height)
    unit = _unit(lines, words)
    mark = _mark(0.56 * area.height)
    picture.paste(mark, (round(area.x), round(area.y + (area.height - mark.height) / 2)), mark)
    y = words.y + (words.height - _height(lines, unit, words.width)) / 2
    _write(ImageDraw.Draw(picture), lines, unit, words, y, "ls")


def _draw_below(picture: Picture.Image, lines: list[_Line], area: Box) -> None:
    mark = _mark(0.2 * area.height)
    gap = 0.07 * area.height
    words = Box(area.x, area.y, area.width, area.height - mark.height - gap)
    unit = _unit(lines, words)
    y = area.y + (words.height - _height(lines, unit, words.width)) / 2
    picture.paste(mark, ((picture.width - mark.width) // 2, round(y)), mark)
    _write(ImageDraw.Draw(picture), lines, unit, words, y + mark.height + gap, "ms")


def _mark(height: float) -> Picture.Image:
    return draw_mark(round(height), {"frame": INK, "flame": AMBER, "candle": LILAC, "wick": INK})


def _lines(card: ClosingCard) -> list[_Line]:
    """Return the texts of the card from top to bottom, in its own language."""
    lines: list[_Line] = []
    if card.contact:
        lines.append(_Line(in_language(card.language, INFORMATION), 1.0, "Regular", QUIET, 0.0))
        parts = card.contact.split("·")
        lines += [_Line(part, 1.4, "Bold", INK, 0.3 if part is parts[0] else 0.05) for part in parts]
    if card.folio:
        lines.append(_Line(in_language(card.language, FOLIO, folio=card.folio), 1.0, "Regular", INK, 0.8))
    if card.collective:
        lines.append(_Line(card.collective, 1.0, "Bold", LILAC, 1.0))
    lines.append(_Line(in_language(card.language, NO_MONEY), 1.0, "Bold", AMBER, 1.0))
    if card.verify:
        lines.append(_Line(card.verify, 0.86, "Regular", QUIET, 0.3))
    return [replace(line, text=_together(drawable(line.text))) for line in lines]


def _together(text: str) -> str:
    """Keep the groups of a telephone number on one line."""
    return re.sub(r"(?<=\d) (?=\d)", "\N{NO-BREAK SPACE}", text)


def _unit(lines: list[_Line], area: Box) -> float:
    """Return the card's measure in pixels: the largest up to a readable size at which all words fit."""
    unit = LARGEST * min(area.width, 1.6 * area.height)
    while _height(lines, unit, area.width) > area.height or _widest(lines, unit, area.width) > area.width:
        unit *= 0.97
    return unit


def _face(line: _Line, unit: float) -> ImageFont.FreeTypeFont:
    return font(max(1, round(line.size * unit)), line.weight)


def _rows(line: _Line, unit: float, width: float) -> list[str]:
    return wrap(line.text, _face(line, unit), width)


def _widest(lines: list[_Line], unit: float, width: float) -> float:
    return max(_face(line, unit).getlength(row) for line in lines for row in _rows(line, unit, width))


def _height(lines: list[_Line], unit: float, width: float) -> float:
    return unit * sum(line.above + LEADING * line.size * len(_rows(line, unit, width)) for line in lines)


def _write(
    pen: ImageDraw.ImageDraw, lines: list[_Line], unit: float, area: Box, y: float, anchor: str
) -> None:
    """Write the texts downwards from `y`, centred on the area ("ms") or from its left edge ("ls")."""
    x = area.x if anchor == "ls" else area.x + area.width / 2
    for line in lines:
        y += line.above * unit
        for row in _rows(line, unit, area.width):
            y += LEADING * line.size * unit
            baseline = y - 0.3 * line.size * unit
            pen.text((x, baseline), row, fill=line.colour, font=_face(line, unit), anchor=anchor)

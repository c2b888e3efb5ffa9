"""The closing card: whom to call, who made this, how to check it, and that no money is ever asked."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from portrait.compose.ground import NIGHT
from portrait.compose.lettering import Weight, font, wrap
from portrait.compose.mark import draw_mark
from portrait.compose.presets import Preset
from portrait.errors import N_
from portrait.i18n import _, use_language
from portrait.types import Image, Language

INK, QUIET = (239, 234, 245), (178, 170, 196)  # #EFEAF5 and a quieter twin, 8.0:1 on the night
AMBER, LILAC = (244, 184, 96), (196, 176, 240)  # #F4B860 cempasúchil, #C4B0F0 jacaranda
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
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One text of the card: its type, and the space above it in type sizes."""

    text: str
    size: float
    weight: Weight
    colour: tuple[int, int, int]
    above: float


def draw_closing(card: ClosingCard, preset: Preset) -> Image:
    """Return the card as a frame (H, W, 3), without the label."""
    unit = min(preset.width, preset.height) / 18
    lines = _lines(card)
    top, bottom = preset.face_top, preset.caption_bottom
    while (height := _height(lines, unit, preset)) > bottom - top:
        unit *= 0.95
    picture = Picture.new("RGB", (preset.width, preset.height), NIGHT)
    y = top + (bottom - top - height) * 0.5
    mark = draw_mark(_mark_height(unit), {"frame": INK, "flame": AMBER, "candle": LILAC, "wick": INK})
    picture.paste(mark, ((preset.width - mark.width) // 2, round(y)), mark)
    y += mark.height
    pen = ImageDraw.Draw(picture)
    for line in lines:
        y += line.above * line.size * unit
        for row in _rows(line, unit, preset):
            y += _leading(line, unit)
            face = font(round(line.size * unit), line.weight)
            pen.text((preset.width / 2, y), row, fill=line.colour, font=face, anchor="ms")
    return np.asarray(picture)


def _lines(card: ClosingCard) -> list[_Line]:
    """Return the texts of the card from top to bottom, in its own language."""
    lines: list[_Line] = []
    if card.contact:
        lines.append(_Line(_in(card.language, INFORMATION), 1.0, "Regular", QUIET, 1.3))
        lines += [
            _Line(part.strip(), 1.35, "Bold", INK, 0.25 if number == 0 else 0.1)
            for number, part in enumerate(card.contact.split("·"))
        ]
    if card.folio:
        lines.append(_Line(_in(card.language, FOLIO, folio=card.folio), 1.0, "Regular", INK, 0.9))
    if card.collective:
        lines.append(_Line(card.collective, 1.0, "Bold", LILAC, 1.3))
    lines.append(_Line(_in(card.language, NO_MONEY), 0.95, "Bold", AMBER, 1.3))
    if card.verify:
        lines.append(_Line(card.verify, 0.85, "Regular", QUIET, 0.4))
    return [replace(lines[0], above=1.8), *lines[1:]]


def _in(language: Language, message: str, **details: object) -> str:
    """Translate into the video's language, whatever language the person at the screen reads."""

    def translated() -> str:
        use_language(language.value)
        return _(message, **details)

    return copy_context().run(translated)


def _rows(line: _Line, unit: float, preset: Preset) -> list[str]:
    width = preset.width - 2 * preset.caption_margin
    return wrap(line.text, font(round(line.size * unit), line.weight), width)


def _leading(line: _Line, unit: float) -> float:
    return 1.22 * line.size * unit


def _mark_height(unit: float) -> int:
    return round(5.2 * unit)


def _height(lines: list[_Line], unit: float, preset: Preset) -> float:
    """Return the height of mark and texts together."""
    texts = sum(
        line.above * line.size * unit + _leading(line, unit) * len(_rows(line, unit, preset))
        for line in lines
    )
    return _mark_height(unit) + texts

"""Atkinson Hyperlegible (SIL Open Font License): made by the Braille Institute to be read by tired eyes."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

FONTS = Path(__file__).parents[1] / "assets" / "fonts"
_WITHOUT_GLYPH = "\U0010ffff"  # never a character, so always drawn as "no glyph"
Weight = Literal["Regular", "Bold"]


@cache
def font(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """Return the typeface at `size` pixels."""
    return ImageFont.truetype(FONTS / f"AtkinsonHyperlegible-{weight}.ttf", size)


def drawable(text: str) -> str:
    """Return `text` as the typeface can draw it, in both weights alike.

    A letter without a glyph is taken apart into base and marks where the typeface has those (a rare
    accent in a name stays an accent); a symbol without one, such as an emoji, is left out.
    """
    return "".join(_drawable(character) for character in unicodedata.normalize("NFC", text)).strip()


@cache
def _drawable(character: str) -> str:
    if character.isspace() or _has_glyph(character):
        return character
    parts = unicodedata.normalize("NFKD", character)
    if parts != character and all(map(_has_glyph, parts)):
        return parts
    return character if character.isalnum() else ""


@cache
def _has_glyph(character: str) -> bool:
    face = font(32, "Bold")
    missing, drawn = face.getmask(_WITHOUT_GLYPH), face.getmask(character)
    return 0 not in drawn.size and (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))


def wrap(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break `text` at spaces into lines of at most `width` pixels, as even as they can be.

    No-break spaces hold. A single word wider than `width` keeps a line to itself.
    """
    lines = _fill(text.split(" "), face, width)
    if len(lines) < 2:
        return lines
    low, high = 0.0, width
    while high - low > 1:  # the narrowest measure that needs no further line makes them even
        middle = (low + high) / 2
        candidate = _fill(text.split(" "), face, middle)
        if len(candidate) > len(lines) or max(map(face.getlength, candidate)) > width:
            low = middle
        else:
            high = middle
    return _fill(text.split(" "), face, high)


def _fill(words: list[str], face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and face.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines

"""Atkinson Hyperlegible (SIL Open Font License): made by the Braille Institute to be read by tired eyes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

FONTS = Path(__file__).parents[1] / "assets" / "fonts"
Weight = Literal["Regular", "Bold"]


@cache
def font(size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    """Return the typeface at `size` pixels."""
    return ImageFont.truetype(FONTS / f"AtkinsonHyperlegible-{weight}.ttf", size)


def wrap(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break `text` at spaces into lines of at most `width` pixels, as even as they can be.

    A single word wider than `width` keeps a line to itself.
    """
    lines = _fill(text.split(), face, width)
    if len(lines) < 2:
        return lines
    low, high = 0.0, width
    while high - low > 1:  # the narrowest measure that needs no further line makes them even
        middle = (low + high) / 2
        candidate = _fill(text.split(), face, middle)
        if len(candidate) > len(lines) or max(map(face.getlength, candidate)) > width:
            low = middle
        else:
            high = middle
    return _fill(text.split(), face, high)


def _fill(words: list[str], face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and face.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines

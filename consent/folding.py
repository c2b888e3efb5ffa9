"""Text as it is compared: small letters without accents."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Small letters without accents, one character for each of `text`."""
    return "".join(_fold_character(char) for char in text)


def _fold_character(char: str) -> str:
    plain = unicodedata.normalize("NFKD", char)[:1].lower()
    return plain[:1] or char

"""Which characters of a text can be both read aloud and shown in a caption."""

from __future__ import annotations

import unicodedata

_NOT_NAMED_LATIN = frozenset("ªºµ")  # letters of Spanish ordinals and units
_LOOK_ALIKES = ("MATHEMATICAL", "FULLWIDTH", "LATIN SMALL LIGATURE")


def clean(text: str) -> str:
    """Return `text` in NFC without what can be neither read nor shown.

    Control characters, bidirectional marks, zero-width characters, emoji and all accents but the
    first of a stack go; spaces and line ends become the plain ones, digits and fractions ASCII, and
    letters that only look different (bold, full-width) the ordinary letters.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        kept.append(_replacement(character, kept[-1] if kept else ""))
    return "".join(kept)


def count_foreign(text: str) -> int:
    """Return how many letters of `text` belong to an alphabet other than the Latin one."""
    return sum(
        character.isalpha()
        and character not in _NOT_NAMED_LATIN
        and not unicodedata.name(character, "").startswith("LATIN")
        for character in text
    )


def _replacement(character: str, previous: str) -> str:
    kind = unicodedata.category(character)
    if character in "\n\t" or (character.isascii() and character.isprintable()):
        return character
    if kind[0] == "Z":
        return "\n" if kind in ("Zl", "Zp") else " "
    if kind == "Mn":
        return character if previous.isalpha() else ""
    if kind[0] == "C" or kind in ("Me", "Sk") or (kind == "So" and character > "ÿ"):
        return ""
    return _plain(character, kind, previous)


def _plain(character: str, kind: str, previous: str) -> str:
    """Return the ordinary digits and letters for those that only look different."""
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    styled = unicodedata.name(character, "").startswith(_LOOK_ALIKES)
    if kind not in ("No", "Nl") and not styled:
        return character
    plain = unicodedata.normalize("NFKC", character).replace("⁄", "/")
    return f" {plain}" if "/" in plain and previous.isdigit() else plain  # 1½ is not 11/2

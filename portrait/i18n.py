"""Spanish first, English beside it: gettext catalogues, one a room, read from their `.po` source.

Message ids are English. `portrait/locale/es/*.po` hold the Spanish; `tests/test_catalogues.py`
fails on a marked string without a translation. Catalogues are compiled in memory, so an editable
install needs no build step and no binary is committed.
"""

from __future__ import annotations

import gettext
import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("es", "en")
_SAID = frozenset({"kind", "why"})  # details that are message ids themselves
LOCALE_DIR = Path(__file__).parent / "locale"
_current: ContextVar[str] = ContextVar("presente_language", default="es")


def use_language(language: str) -> None:
    """Choose the language of this thread's (or this session's) messages: "es" or "en"."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, not {language!r}")
    _current.set(language)


def current_language() -> str:
    """Return the language in force here, "es" unless another was chosen."""
    return _current.get()


@cache
def _translations(language: str) -> gettext.NullTranslations:
    merged: gettext.NullTranslations = gettext.NullTranslations()
    for source in sorted((LOCALE_DIR / language).glob("*.po")):
        compiled = io.BytesIO()
        with source.open("rb") as handle:
            write_mo(compiled, read_po(handle, locale=language))
        compiled.seek(0)
        room = gettext.GNUTranslations(compiled)
        room.add_fallback(merged)
        merged = room
    return merged


def _(message: str, /, **details: object) -> str:
    """Translate `message` into the language in force and fill its `{named}` fields."""
    return in_language(_current.get(), message, **details)


def in_language(language: str, message: str, /, **details: object) -> str:
    """Translate `message` into `language`, whatever language the person at the screen reads."""
    text = _translations(language).gettext(message)
    return text.format(**details) if details else text


def explain(error: Exception) -> tuple[str, str]:
    """Return (what happened, what to do) of a typed error, in the language in force.

    Works for every error of the three trees, which share the attributes `problem`, `remedy` and `details`.
    """
    details = {
        name: _(value) if name in _SAID and isinstance(value, str) else value
        for name, value in getattr(error, "details", {}).items()
    }
    problem, remedy = getattr(error, "problem", str(error)), getattr(error, "remedy", "")
    return _(problem, **details), _(remedy, **details) if remedy else ""

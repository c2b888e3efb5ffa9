"""Everything that can be said can be said in Spanish: each marked string has one translation that fits."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from portrait.i18n import LOCALE_DIR

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("portrait", "consent", "watermark", "ui")
CATALOGUES = sorted((LOCALE_DIR / "es").glob("*.po"))


def marked_strings() -> dict[str, str]:
    """{message id: where it is marked first} of every N_("...") and _("...") in the four packages."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for line, message, _, _ in extract_from_file("python", path, keywords={"N_": None, "_": None}):
                found.setdefault(message, f"{path.relative_to(ROOT)}:{line}")
    return found


def read(path):
    with path.open("rb") as handle:
        return read_po(handle, locale="es", abort_invalid=True)


def fields(text: str) -> Counter[str]:
    """The `{named}` fields of a message; a translation may put them in another order."""
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.fixture(scope="module")
def marked():
    return marked_strings()


@pytest.fixture(scope="module")
def translated():
    """{message id: [(catalogue, translation)]}."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for path in CATALOGUES:
        for message in read(path):
            if message.id:
                entries.setdefault(message.id, []).append((path.name, message.string))
    return entries


def test_every_marked_string_is_translated(marked, translated):
    missing = {message: place for message, place in marked.items() if message not in translated}
    assert not missing, "\n".join(f"{place}: {message}" for message, place in missing.items())


def test_every_translation_is_of_a_marked_string(marked, translated):
    left_over = {message: entries[0][0] for message, entries in translated.items() if message not in marked}
    assert not left_over


def test_no_string_is_translated_twice(translated):
    twice = {
        message: [name for name, _ in entries] for message, entries in translated.items() if len(entries) > 1
    }
    assert not twice


def test_no_translation_is_empty_and_fields_are_kept(translated):
    for message, ((name, translation), *_) in translated.items():
        assert translation.strip(), f"{name}: {message}"
        assert fields(translation) == fields(message), f"{name}: {message}"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_a_catalogue_is_clean(path):
    catalogue = read(path)
    assert str(catalogue.locale) == "es"
    assert catalogue.charset.lower() == "utf-8"
    assert not [message.id for message in catalogue if message.id and message.fuzzy]
    assert not catalogue.obsolete
    ids = [line for line in path.read_text("utf-8").splitlines() if line.startswith("msgid ")]
    assert len(ids) == len({message.id for message in catalogue}), "an id stands twice"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_the_voice_is_calm(path):
    """No exclamation marks, and never "tú"."""
    for message in read(path):
        if not message.id:  # the header
            continue
        said = f" {message.string} ".lower()
        assert not set("!¡") & set(said), message.id
        assert not [word for word in (" tú ", " tu ", " tus ", " contigo ") if word in said], message.id

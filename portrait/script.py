# ruff: noqa: N818 - these errors are named after what is wrong
"""The script: what the portrait says, in which language, as whom, and which facts each sentence cites.

Markdown-light. Optional first lines name language and person; headings and comments are left
out, emphasis loses its marks, and facts are cited like footnotes:

    idioma: es
    persona: primera

    # Para la vigilia
    Desaparecí en *Guadalajara* el 18/05/2021.[^lugar][^fecha]
    Gracias por escuchar.[^-]

`[^-]` says that a sentence states no fact (a greeting, an appeal).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

from portrait.errors import N_, ScriptError
from portrait.letters import clean, count_foreign
from portrait.sentences import sentence_spans
from portrait.speech.base import SENTENCE_GAP, read_aloud, words_of
from portrait.types import Language, Person, Script, Sentence

LONGEST = 6_000
"""Most characters of a script: about seven minutes of speech."""
NO_FACT = "-"
"""The key of a sentence that states no fact."""


class EmptyScript(ScriptError):
    """There is no text."""

    problem = N_("The script is empty.")
    remedy = N_("Write at least one sentence.")


class ScriptTooLong(ScriptError):
    """More text than one video can carry."""

    problem = N_("The script has {characters} characters; a video carries {most} at most.")
    remedy = N_("Shorten it or divide it into several videos. One minute is about 850 characters.")


class NothingToSay(ScriptError):
    """Text without a single letter or digit, such as emoji alone."""

    problem = N_("The script has no words, only symbols.")
    remedy = N_("Write with words what should be said.")


class UnknownLanguage(ScriptError):
    """A language no voice speaks here."""

    problem = N_("There is no voice for the language “{language}”.")
    remedy = N_("Choose one of: {choices}.")


class UnreadableLetters(ScriptError):
    """Letters of another alphabet, which neither the voices nor the captions can show."""

    problem = N_("{letters} letters of the script belong to an alphabet that the voices cannot read.")
    remedy = N_("Write those words with Latin letters, as they sound.")


class UnknownPerson(ScriptError):
    """A grammatical person other than first or third."""

    problem = N_("“{person}” is not a way to speak.")
    remedy = N_("Write “primera” (the portrait speaks) or “tercera” (a narrator speaks).")


class ContradictoryHeader(ScriptError):
    """The script's first lines say one thing, the request another; consent depends on which."""

    problem = N_("The first lines of the script say “{written}”, but “{requested}” was asked for.")
    remedy = N_("Change one of the two so that they agree.")


class BrokenFactMark(ScriptError):
    """Something that begins like a fact mark and is not one; it would be read aloud."""

    problem = N_("A fact mark is not complete: {mark}")
    remedy = N_("Write it like [^lugar], with letters, digits or hyphens, or [^-] for no fact.")


class AmbiguousDate(ScriptError):
    """An English date of which nobody can say whether the day or the month comes first."""

    problem = N_("{date} can be read as two different days.")
    remedy = N_("Write the month as a word, like May 6, 2021.")


_LANGUAGES = {
    **dict.fromkeys(("es", "es-mx", "es-419", "español", "espanol", "spanish"), Language.SPANISH),
    **dict.fromkeys(("en", "en-us", "inglés", "ingles", "english"), Language.ENGLISH),
}
_PERSONS = {
    **dict.fromkeys(("first", "primera", "primera persona", "first person"), Person.FIRST),
    **dict.fromkeys(("third", "tercera", "tercera persona", "third person"), Person.THIRD),
}
_HEADER_KEYS = {"idioma": "language", "language": "language", "persona": "person", "person": "person"}
_HEADER = re.compile(r"\s*(idioma|language|persona|person)\s*:\s*(.*?)\s*", re.IGNORECASE)
_FENCE = "---"

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]^]+)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)
_BULLET = re.compile(r"\s*[-*•]\s+")
_FACT = re.compile(r"\s*\[\^([\w-]+)\]")
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d\d)\b")
_BROKEN_FACT = re.compile(r"\[\^\S{0,20}")

_SPEAKS_AS_ITSELF = re.compile(
    r"\b(?:yo|soy|me llamo|mi nombre|desaparecí|fui|estoy|tengo|tenía|nací|me llevaron|me buscan?|mi familia"
    r"|i|i'm|i’m|my name|my family)\b",
    re.IGNORECASE,
)
_COMMON_SPANISH = "el la los las de del que y en es un una mi se por"
_COMMON_ENGLISH = "the of and is in to my was you for this i at with"

_SYLLABLE = re.compile(r"[aeiouyáéíóúü]+")
_SECONDS_A_SYLLABLE = {Language.SPANISH: 0.166, Language.ENGLISH: 0.205}  # measured on both default voices

Choice = TypeVar("Choice", Language, Person)


def parse_script(text: str, *, language: str | None = None, person: str | None = None) -> Script:
    """Read a script; `language` and `person` may be named here, in its first lines, or in both alike.

    Without either, the language is told by its commonest words, Spanish when in doubt; the person is
    the first when the words speak as the portrait itself («mi nombre es»), since that asks for more
    consent, and the third otherwise.

    Raises EmptyScript, ScriptTooLong, NothingToSay, UnknownLanguage, UnknownPerson, UnreadableLetters,
    ContradictoryHeader, BrokenFactMark and AmbiguousDate, all `ScriptError`.
    """
    if len(text) > LONGEST:
        raise ScriptTooLong(characters=len(text), most=LONGEST)
    readable = clean(text)
    header, body = _split_header(readable)
    chosen_language = _agree(_read_language(header.get("language")), _read_language(language))
    chosen_person = _agree(_read_person(header.get("person")), _read_person(person))

    sentences = tuple(sentence for paragraph in _paragraphs(body) for sentence in _sentences(paragraph))
    spoken = " ".join(sentence.text for sentence in sentences)
    if not any(character.isalnum() for character in spoken):
        only_symbols = bool(spoken) or (bool(text.strip()) and not readable.strip())
        raise NothingToSay if only_symbols else EmptyScript
    if foreign := count_foreign(spoken):
        raise UnreadableLetters(letters=foreign)
    said_in = chosen_language or _guess_language(spoken)
    if said_in is Language.ENGLISH:
        _refuse_ambiguous_dates(spoken)
    return Script(
        sentences,
        said_in,
        chosen_person or (Person.FIRST if _SPEAKS_AS_ITSELF.search(spoken) else Person.THIRD),
    )


def _split_header(text: str) -> tuple[dict[str, str], str]:
    """Return ({"language" | "person": value}, the rest)."""
    lines = text.lstrip().split("\n")
    fenced = lines[0].strip() == _FENCE
    first = 1 if fenced else 0
    header: dict[str, str] = {}
    for number, line in enumerate(lines[first:], first):
        found = _HEADER.fullmatch(line)
        if not found:
            closes = fenced and line.strip() == _FENCE
            return header, "\n".join(lines[number + closes :])
        header[_HEADER_KEYS[found[1].lower()]] = found[2]
    return header, ""


def _read_language(name: str | None) -> Language | None:
    if name is None:
        return None
    try:
        return _LANGUAGES[name.strip().lower()]
    except KeyError:
        raise UnknownLanguage(language=name[:20], choices=", ".join(Language)) from None


def _read_person(name: str | None) -> Person | None:
    if name is None:
        return None
    try:
        return _PERSONS[name.strip().lower()]
    except KeyError:
        raise UnknownPerson(person=name[:20]) from None


def _agree(written: Choice | None, requested: Choice | None) -> Choice | None:
    if written and requested and written != requested:
        raise ContradictoryHeader(written=written.value, requested=requested.value)
    return written or requested


def _guess_language(text: str) -> Language:
    words = re.findall(r"[^\W\d_]+", text.lower())
    spanish = sum(word in _COMMON_SPANISH.split() for word in words)
    english = sum(word in _COMMON_ENGLISH.split() for word in words)
    return Language.ENGLISH if english > spanish else Language.SPANISH


def _refuse_ambiguous_dates(text: str) -> None:
    """A fact must not turn into another one by being read aloud."""
    for found in _NUMERIC_DATE.finditer(text):
        first, second = int(found[1]), int(found[2])
        if first != second and 1 <= first <= 12 and 1 <= second <= 12:
            raise AmbiguousDate(date=found.group())


def _paragraphs(body: str) -> list[str]:
    """Return the paragraphs, each on one line: no comments, headings, bullets or emphasis marks."""
    paragraphs: list[list[str]] = [[]]
    for line in _COMMENT.sub("", body).split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            paragraphs.append([])
        elif _BULLET.match(line):
            paragraphs.append([_BULLET.sub("", line, count=1)])
        else:
            paragraphs[-1].append(line)
    joined = (" ".join(" ".join(lines).split()) for lines in paragraphs)
    return [_EMPHASIS.sub(r"\2", _LINK.sub(r"\1", paragraph)) for paragraph in joined if paragraph]


def _sentences(paragraph: str) -> list[Sentence]:
    """Cut a paragraph into sentences; a fact belongs to the sentence its mark stands in or follows."""
    text, marks = _take_facts(paragraph)
    spans = sentence_spans(text)
    facts: list[list[str]] = [[] for _ in spans]
    for position, key in marks:
        facts[_sentence_at(position, [start for start, _ in spans])].append(key)
    return [Sentence(text[start:end], tuple(keys)) for (start, end), keys in zip(spans, facts, strict=True)]


def _take_facts(paragraph: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the paragraph without its fact marks, and (position in that text, key) of each."""
    pieces: list[str] = []
    marks: list[tuple[int, str]] = []
    length = end = 0
    for mark in _FACT.finditer(paragraph):
        pieces.append(paragraph[end : mark.start()])
        length += mark.start() - end
        marks.append((length, mark[1]))
        end = mark.end()
    text = "".join((*pieces, paragraph[end:]))
    if broken := _BROKEN_FACT.search(text):
        raise BrokenFactMark(mark=broken.group())
    return text, marks


def _sentence_at(position: int, starts: Sequence[int]) -> int:
    return max(bisect_left(starts, position) - 1, 0)


def reading_time(script: Script) -> float:
    """Return about how many seconds the narration of `script` lasts (within a fifth of Kokoro's)."""
    sentences = read_aloud(script, None)
    words = [word for units in sentences for word in words_of(units)]
    syllables = sum(max(len(_SYLLABLE.findall(word.text)), 1) for word in words)
    pauses = sum(bool(word.pause) for word in words) - len(sentences)
    between = (len(sentences) - 1) * SENTENCE_GAP
    return syllables * _SECONDS_A_SYLLABLE[script.language] + pauses * 0.15 + len(sentences) * 0.4 + between

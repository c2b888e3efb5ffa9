"""The script guard: what may not be said, and what must rest on a verified fact.

It reads sentence by sentence and gives every reason with its place. It is careful rather than clever:
numbers come from the cited facts or the contact directory, names in a sentence that "states no fact"
come from the verified facts, and the patterns of `consent.phrases` do the rest.

It reads words only. Whether a picture is found footage of somebody else, carries an official seal or copies
the layout of a ficha, and whether somebody is a public figure, no text says: the first is for the two
people who look at the evidence, the last for whoever declares it (`consent.cases.declare_public_figure`).
Words can always be chosen around a pattern; the guard narrows what the family and two people have to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consent import phrases
from consent.clearance import NO_CLAIM, Person, ScriptText
from consent.contacts import normalise
from consent.facts import CONTACT_KEYS, FOLIO, INVESTIGATION, Confidence, Fact
from consent.folding import fold
from consent.reasons import (
    ACCOUNT,
    ALLEGATION,
    DOUBTFUL_FACT,
    FIRST_PERSON_UNDECLARED,
    HIDDEN_CHARACTERS,
    NO_CLAIM_WITH_NAME,
    NO_CLAIM_WITH_NUMBER,
    NO_WORDS,
    PRIVATE_PHONE,
    UNCITED,
    UNKNOWN_FACT,
    UNSUPPORTED_NUMBER,
    UNVERIFIED_FACT,
    Reason,
    Span,
)

LONGEST_TELEPHONE = 13  # digits, "+52 1" and a Mexican number; cards have 15 or 16 and CLABEs 18
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=\S )[^\W\d_]*[A-ZÁÉÍÓÚÜÑ][^\W\d_]+")
_COMMON_CAPITALS = frozenset({"usted", "ustedes", "presente", "dios", "god"})


@dataclass(frozen=True, slots=True)
class Known:
    """What a script may rest on: the case's facts by key, and the directory's numbers and institutions."""

    facts: Mapping[str, Fact]
    numbers: frozenset[str]
    institutions: tuple[str, ...] = ()


def examine(script: ScriptText, known: Known) -> tuple[Reason, ...]:
    """Every reason against the script, in reading order."""
    if not script.sentences:
        return (NO_WORDS(),)
    return tuple(
        reason
        for number, (text, keys) in enumerate(script.sentences)
        for reason in _examine_sentence(_Sentence(number, text, fold(text), keys), script.person, known)
    )


def makes_allegation(script: ScriptText) -> bool:
    """Whether the script says, attributed or not, that a crime happened or who did it."""
    return any(phrases.ALLEGATION.search(fold(text)) for text, _ in script.sentences)


@dataclass(frozen=True, slots=True)
class _Sentence:
    number: int
    text: str
    folded: str
    keys: tuple[str, ...]

    @property
    def claims(self) -> bool:
        return self.keys != (NO_CLAIM,)

    def span(self, match: re.Match[str] | None = None) -> Span:
        start, end = (0, len(self.text)) if match is None else match.span()
        return Span(self.number, start, end)


def _examine_sentence(sentence: _Sentence, person: Person, known: Known) -> Iterator[Reason]:
    yield from _hidden(sentence)
    yield from _citations(sentence, known)
    yield from _forbidden(sentence)
    yield from _allegations(sentence)
    yield from _numbers(sentence, known)
    if not sentence.claims:
        yield from _names(sentence, known)
    if person is Person.THIRD:
        for match in phrases.SPEAKS_AS_THE_PERSON.finditer(sentence.folded):
            yield FIRST_PERSON_UNDECLARED(span=sentence.span(match))


def _hidden(sentence: _Sentence) -> Iterator[Reason]:
    for place, char in enumerate(sentence.text):
        invisible = unicodedata.category(char) in {"Cf", "Cc", "Cs", "Co"}
        if invisible or (char.isalpha() and "LATIN" not in unicodedata.name(char, "")):
            yield HIDDEN_CHARACTERS(span=Span(sentence.number, place, place + 1))
            return


def _citations(sentence: _Sentence, known: Known) -> Iterator[Reason]:
    if not sentence.keys:
        yield UNCITED(span=sentence.span())
    for key in sentence.keys:
        if key in CONTACT_KEYS or not sentence.claims:
            continue
        fact = known.facts.get(key)
        if fact is None:
            yield UNKNOWN_FACT(span=sentence.span(), key=key)
        elif not fact.verified:
            yield UNVERIFIED_FACT(span=sentence.span(), key=key)
        elif fact.confidence is Confidence.LOW:
            yield DOUBTFUL_FACT(span=sentence.span(), key=key)


def _forbidden(sentence: _Sentence) -> Iterator[Reason]:
    for kind, pattern in phrases.FORBIDDEN.items():
        match = pattern.search(sentence.folded)
        if match is not None:
            yield kind(span=sentence.span(match))


def _allegations(sentence: _Sentence) -> Iterator[Reason]:
    match = phrases.ALLEGATION.search(sentence.folded)
    attributed = sentence.claims and phrases.ATTRIBUTION.search(sentence.folded)
    if match is not None and not attributed:
        yield ALLEGATION(span=sentence.span(match))


def _numbers(sentence: _Sentence, known: Known) -> Iterator[Reason]:
    """Telephone lines come from the directory, every other number from a cited fact."""
    rest = sentence.folded
    for match in _telephones(sentence.folded):
        written = match.group(match.lastindex or 0)
        rest = _blank(rest, match.span(match.lastindex or 0))
        if normalise(written) not in known.numbers and not _is_anchor(written, sentence, known):
            kind = PRIVATE_PHONE if len(_digits(written)) <= LONGEST_TELEPHONE else ACCOUNT
            yield kind(span=sentence.span(match))
    kind = UNSUPPORTED_NUMBER if sentence.claims else NO_CLAIM_WITH_NUMBER
    supported = _numbers_in_facts(sentence, known)
    searched = rest if sentence.claims else sentence.folded
    for match in _NUMBER.finditer(searched):
        if match.group().lstrip("0") not in supported:
            yield kind(span=sentence.span(match))
            return


def _telephones(folded: str) -> Iterator[re.Match[str]]:
    dates = [match.span() for match in phrases.DATE.finditer(folded)]
    for match in phrases.LONG_NUMBER.finditer(folded):
        if not any(start < match.end() and match.start() < end for start, end in dates):
            yield match
    yield from phrases.SHORT_LINE.finditer(folded)
    yield from phrases.SPELLED_NUMBER.finditer(folded)


def _is_anchor(written: str, sentence: _Sentence, known: Known) -> bool:
    """Whether a long number is part of the official folio or investigation number that is cited."""
    digits = _digits(written)
    anchors = (known.facts.get(key) for key in (FOLIO, INVESTIGATION) if key in sentence.keys)
    return bool(digits) and any(fact is not None and digits in _digits(fact.value) for fact in anchors)


def _numbers_in_facts(sentence: _Sentence, known: Known) -> frozenset[str]:
    if not sentence.claims:
        return frozenset()
    values = (known.facts[key].value for key in sentence.keys if key in known.facts)
    return frozenset(number.lstrip("0") for value in values for number in _NUMBER.findall(value))


def _names(sentence: _Sentence, known: Known) -> Iterator[Reason]:
    values = [fact.value for fact in known.facts.values() if fact.verified]
    allowed = {
        word for value in (*values, *known.institutions) for word in re.findall(r"\w+", fold(value))
    } | _COMMON_CAPITALS
    for match in _NAME.finditer(sentence.text):
        if fold(match.group()) not in allowed:
            yield NO_CLAIM_WITH_NAME(span=sentence.span(match))
            return


def _blank(text: str, span: tuple[int, int]) -> str:
    start, end = span
    return text[:start] + " " * (end - start) + text[end:]


def _digits(text: str) -> str:
    return "".join(_NUMBER.findall(text))

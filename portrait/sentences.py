"""Where a sentence ends in Spanish and English running text.

A full stop ends a sentence unless it belongs to an abbreviation, an initial or a number. When
in doubt two sentences stay together: a caption a little long is better than a cut «Lic.».
"""

from __future__ import annotations

import re

_ALWAYS_FOLLOWED = """
    sr sra srta srs sres dr dra drs lic licda ing arq mtro mtra prof profa profr gral cmdte tte sgto cnel
    ma fco gpe hno hna fr pbro mons don dn dña ud uds vd vds mr mrs ms messrs st sto sta gov gen col sen
    rep rev av    av avda blvd calz cd edo mpio deleg esq priv fracc ee
    ej cf vid vs aprox tel ext exp e.g i.e
"""
_FOLLOWED_BY_NUMBER = "no nº núm num nums núms art arts pág págs pp p c.p km fig inc fol cap"
_NEVER_LAST = frozenset(_ALWAYS_FOLLOWED.split())
_BEFORE_A_NUMBER = frozenset(_FOLLOWED_BY_NUMBER.split())  # "No. 5", but also «¿Lo vieron? No. Nadie.»

_END = re.compile(r"""[.!?…]+["'»”’)\]]*(?=\s)""")
_LAST_WORD = re.compile(r"[^\s(\[«“\"'¿¡—-]*$")
_INITIAL = re.compile(r"[A-ZÁÉÍÓÚÑ]$")


def sentence_spans(paragraph: str) -> list[tuple[int, int]]:
    """Return (start, end) of every sentence of `paragraph`, in order, without the space around it.

    Every character that is not white space lies in exactly one span.
    """
    spans, start = [], _skip_space(paragraph, 0)
    for mark in _END.finditer(paragraph):
        if mark.end() > start and _ends_sentence(paragraph, start, mark):
            spans.append((start, mark.end()))
            start = _skip_space(paragraph, mark.end())
    end = len(paragraph.rstrip())
    if end > start:
        spans.append((start, end))
    return _join_wordless(paragraph, spans)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _ends_sentence(text: str, start: int, mark: re.Match[str]) -> bool:
    following = text[_skip_space(text, mark.end()) :][:1]
    if following.islower():
        return False
    if mark.group().rstrip("\"'»”’)]") != ".":
        return True
    before = text[start : mark.start()]
    word = _last_word(before)
    if word.lower() in _NEVER_LAST or _INITIAL.fullmatch(word):
        return False
    if word.lower() in _BEFORE_A_NUMBER and following.isdigit():
        return False
    return not before.strip().isdigit()  # "1. First": the number of a list


def _last_word(text: str) -> str:
    found = _LAST_WORD.search(text)
    return found.group() if found else ""


def _join_wordless(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a span without letter or digit («…», «!!!») to the one before it, or to the next."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        previous_is_wordless = joined and not _has_word(text, joined[-1])
        if joined and (previous_is_wordless or not _has_word(text, (start, end))):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _has_word(text: str, span: tuple[int, int]) -> bool:
    return any(character.isalnum() for character in text[span[0] : span[1]])

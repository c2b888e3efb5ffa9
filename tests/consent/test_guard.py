"""The script guard on the sentences of the corpus: what it stops and what it lets through.

The corpus has three parts. What was worked on (`worked`, `first`) has to come out as written. What is held
out is measured by `bench/guard.py`; here it only has to raise no false alarm.
"""

from __future__ import annotations

import pytest

from consent import guard
from consent.clearance import Person, ScriptText
from consent.folding import fold
from consent.guard import Known
from tests.consent.sentences import Sentence, corpus, known
from tests.consent.sentences import examine as look_at

KNOWN: Known = known()
WORKED = [sentence for sentence in corpus() if not sentence.held_out]
LET_THROUGH = [sentence for sentence in WORKED if not sentence.codes]
STOPPED = [sentence for sentence in WORKED if sentence.codes]


def examine(text: str, keys: str, person: Person = Person.THIRD) -> dict[str, str]:
    """Codes found, with the words they point at."""
    script = ScriptText("es", person, ((text, tuple(keys.split())),))
    return {
        reason.code: text[reason.span.start : reason.span.end]
        for reason in guard.examine(script, KNOWN)
        if reason.span is not None
    }


@pytest.mark.parametrize("sentence", LET_THROUGH, ids=lambda sentence: sentence.say)
def test_let_through(sentence: Sentence) -> None:
    assert {reason.code for reason in look_at(sentence, KNOWN)} <= sentence.may


@pytest.mark.parametrize("sentence", STOPPED, ids=lambda sentence: sentence.say)
def test_stopped_with_its_place(sentence: Sentence) -> None:
    found = {reason.code: reason.span for reason in look_at(sentence, KNOWN)}
    assert sentence.codes <= set(found) <= sentence.codes | sentence.may
    assert all(span is not None and sentence.say[span.start : span.end] for span in found.values())


def test_nothing_held_out_that_may_be_said_is_stopped() -> None:
    sayable = [sentence for sentence in corpus() if sentence.held_out and not sentence.codes]
    assert len(sayable) >= 40
    assert [one.say for one in sayable if {r.code for r in look_at(one, KNOWN)} - one.may] == []


def test_the_corpus_is_large_and_in_both_languages() -> None:
    assert len(corpus()) >= 200
    assert {sentence.language for sentence in corpus() if sentence.codes} == {"es", "en"}


def test_declared_first_person_may_speak_as_the_person() -> None:
    assert examine("Me llamo Lucero Ejemplo.", "nombre", Person.FIRST) == {}
    assert "proof-of-life" in examine("Estoy viva.", "nombre", Person.FIRST)


def test_the_place_is_where_the_words_stand() -> None:
    assert examine("Ayúdenos: hay una RECOMPENSA, según la ficha.", "lugar")["money"] == "RECOMPENSA"
    assert examine("¿Dónde está? Llame al 33 1234 5678.", "lugar")["private-phone"] == "33 1234 5678"


def test_reasons_name_the_sentence() -> None:
    script = ScriptText("es", Person.THIRD, (("Gracias.", ("-",)), ("Hay dinero.", ("lugar",))))
    (reason,) = guard.examine(script, KNOWN)
    assert "Sentence 2" in str(reason)


def test_an_allegation_is_one_attributed_or_not() -> None:
    assert guard.makes_allegation(ScriptText("es", Person.THIRD, (("Según la denuncia, la raptaron.", ()),)))
    assert not guard.makes_allegation(ScriptText("es", Person.THIRD, (("Gracias.", ("-",)),)))


def test_folding_keeps_every_place() -> None:
    for text in ("Ñandú ﬁn ½ İstanbul ß ＡＢＣ", "e\u0301 \u00a0 …"):
        assert len(fold(text)) == len(text)

"""Captions quote the script, in order, in time, and are easy to read."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.captions import GAP, LONGEST, SHORTEST, make_captions, to_srt, to_vtt
from portrait.script import parse_script
from portrait.types import Caption, Language, Narration, Person, Script, Sentence, Timed

WIDTH = 34


def timed(script: Script, pace: float = 0.35) -> list[Timed]:
    """Every word of `script` in `pace` seconds, a breath between sentences."""
    words: list[Timed] = []
    now = 0.0
    for sentence in script.sentences:
        for word in sentence.text.split():
            words.append(Timed(word, now, now + pace))
            now += pace
        now += 0.6
    return words


def quoted(captions: tuple[Caption, ...]) -> str:
    return " ".join(line for caption in captions for line in caption.lines)


WORD = st.one_of(
    st.text("abcdefghijklmnñopqrstuvwxyzáé", min_size=1, max_size=12),
    st.sampled_from(
        ["de", "la", "el", "18", "mayo", "2021,", "33", "1234", "5678.", "¿qué?", "x" * 50, "a,"]
    ),
)
SCRIPTS = st.lists(st.lists(WORD, min_size=1, max_size=40), min_size=1, max_size=4).map(
    lambda sentences: Script(
        tuple(Sentence(" ".join(words)) for words in sentences), Language.SPANISH, Person.THIRD
    )
)


@settings(max_examples=40, deadline=None)
@given(SCRIPTS, st.floats(0.05, 0.9))
def test_captions_are_the_script_again(script: Script, pace: float) -> None:
    words = timed(script, pace)
    captions = make_captions(words, script)
    assert quoted(captions) == script.text
    assert captions[0].start == words[0].start
    for caption in captions:
        assert 1 <= len(caption.lines) <= 2
        assert all(len(line) <= WIDTH or " " not in line for line in caption.lines)
        assert caption.start < caption.end <= caption.start + LONGEST + pace
    for caption, following in pairwise(captions):
        assert caption.end <= following.start
        room = following.start - caption.start
        assert caption.end - caption.start >= min(SHORTEST, room - GAP) - 1e-9


@settings(max_examples=40, deadline=None)
@given(SCRIPTS)
def test_a_caption_never_crosses_a_sentence(script: Script) -> None:
    ends: list[int] = []
    for sentence in script.sentences:
        ends.append((ends[-1] + 1 if ends else 0) + len(sentence.text))
    position = -1
    reached = set()
    for caption in make_captions(timed(script), script):
        position += 1 + len(" ".join(caption.lines))
        reached.add(position)
    assert set(ends) <= reached


def test_labels_of_several_words_and_real_times(plain: Narration, spanish: Script) -> None:
    captions = make_captions(plain.words, spanish)
    assert quoted(captions) == spanish.text
    said = next(word for word in plain.words if word.label.startswith("33"))
    shown = next(caption for caption in captions if "33 1234 5678" in " ".join(caption.lines))
    assert shown.start <= said.start and said.end <= shown.end + GAP


@pytest.mark.parametrize("whole", ["18 de mayo de 2021", "33 1234 5678", "21 años"])
def test_dates_and_numbers_stay_on_one_line(whole: str) -> None:
    for lead in range(1, 30):
        text = "y " * lead + f"pasó el {whole} en la ciudad de Guadalajara, Jalisco, según su familia."
        script = parse_script(text, language="es")
        captions = make_captions(timed(script, 0.2), script)
        assert any(whole in line for caption in captions for line in caption.lines), captions


def test_lines_break_at_commas_rather_than_after_articles() -> None:
    script = parse_script("Si tienes información, llama a la familia de Ejemplo.", language="es")
    (caption,) = make_captions(timed(script, 0.2), script)
    assert caption.lines == ("Si tienes información,", "llama a la familia de Ejemplo.")


CAPTIONS = (
    Caption(("Uno <b>dos</b> & --> tres",), 0.0, 1.5),
    Caption(("Cuatro", "cinco"), 61.25, 3661.999),
)


def test_srt() -> None:
    assert to_srt(CAPTIONS) == (
        "1\n00:00:00,000 --> 00:00:01,500\nUno ‹b›dos‹/b› & --› tres\n\n"
        "2\n00:01:01,250 --> 01:01:01,999\nCuatro\ncinco\n"
    )


def test_vtt() -> None:
    assert to_vtt(CAPTIONS) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nUno &lt;b&gt;dos&lt;/b&gt; &amp; --&gt; tres\n\n"
        "00:01:01.250 --> 01:01:01.999\nCuatro\ncinco\n"
    )


@settings(max_examples=40, deadline=None)
@given(SCRIPTS)
def test_times_of_the_files_never_run_backwards(script: Script) -> None:
    srt = to_srt(make_captions(timed(script, 0.111), script))
    times = [
        ((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms)
        for h, m, s, ms in re.findall(r"(\d\d):(\d\d):(\d\d),(\d{3})", srt)
    ]
    assert times == sorted(times)

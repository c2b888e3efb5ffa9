"""Lips follow the phones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.speech.visemes import LEAD, VISEMES, lip_track, symbols_of
from portrait.types import LIP_SHAPES, LipTrack, Narration, Timed

JAW, SPREAD, ROUND, UPPER, TUCK, PRESS = range(len(LIP_SHAPES))


def narration(phones: list[tuple[str, float, float]], seconds: float) -> Narration:
    timed = tuple(Timed(*phone) for phone in phones)
    return Narration(np.zeros(int(seconds * 16_000), np.float32), 16_000, timed, (), "test")


def at(track: LipTrack, time: float) -> np.ndarray:
    """The mouth at the frame that shows the sound of `time`."""
    frame = round((time - LEAD) * track.fps)
    return track.weights[np.clip(frame, 0, len(track.weights) - 1)]


def spell(phones: str, *, length: float = 0.09, start: float = 0.5) -> Narration:
    timed = [(p, start + i * length, start + (i + 1) * length) for i, p in enumerate(phones.split())]
    return narration(timed, timed[-1][2] + 0.5)


LABELS = ("a", "e", "i", "o", "u", "p", "b", "m", "f", "v", "s", "t", "eɪ", "tʃ", "ɑːɹ", "ʝ", "?", "ʔ")
PHONES = st.lists(st.tuples(st.sampled_from(LABELS), st.floats(0, 0.3), st.floats(0, 0.4)), max_size=30)


@settings(deadline=None)
@given(PHONES, st.sampled_from([24.0, 25.0, 29.97, 30.0, 60.0]))
def test_weights_are_weights(pieces: list[tuple[str, float, float]], fps: float) -> None:
    now = 0.0
    phones = []
    for label, gap, length in pieces:
        phones.append((label, now + gap, now + gap + length))
        now += gap + length
    spoken = narration(phones, now + 0.1)
    track = lip_track(spoken, fps)
    assert track.weights.shape == (max(int(np.ceil(spoken.duration * fps)), 1), len(LIP_SHAPES))
    assert track.weights.dtype == np.float32
    assert np.isfinite(track.weights).all()
    assert track.weights.min() >= 0
    assert track.weights.max() <= 1


@settings(deadline=None)
@given(st.sampled_from("pbm"), st.sampled_from("aeiou"), st.floats(0.03, 0.15), st.sampled_from([25.0, 30.0]))
def test_lips_touch_at_p_b_m(closed: str, vowel: str, length: float, fps: float) -> None:
    start = 0.5 + length
    spoken = narration(
        [(vowel, 0.3, start), (closed, start, start + length), (vowel, start + length, 1.2)], 1.5
    )
    track = lip_track(spoken, fps)
    mouth = at(track, start + length / 2)
    assert mouth[PRESS] > 0.95
    assert mouth[JAW] < 0.05
    assert mouth[TUCK] < 0.05


def test_every_shape_answers_to_its_sounds() -> None:
    assert at(lip_track(spell("t a t"), 25), 0.635)[JAW] > 0.4
    assert at(lip_track(spell("s i s"), 25), 0.635)[SPREAD] > 0.45
    assert at(lip_track(spell("t u t"), 25), 0.635)[ROUND] > 0.6
    assert at(lip_track(spell("t o t"), 25), 0.635)[ROUND] > 0.35
    assert at(lip_track(spell("a f a"), 25), 0.635)[TUCK] > 0.6
    closed, approached = (at(lip_track(spell(f"a {p} a"), 25), 0.635)[PRESS] for p in "bβ")
    assert approached < 0.9 < closed


def test_neighbours_colour_a_consonant() -> None:
    rounded, spread = (at(lip_track(spell(f"{v} t {v}"), 50), 0.635) for v in "ui")
    assert rounded[ROUND] > spread[ROUND] + 0.2
    assert spread[SPREAD] > rounded[SPREAD] + 0.2


def test_pauses_come_to_rest_and_word_gaps_do_not() -> None:
    phones = [("a", 0.4, 0.7), ("a", 0.74, 1.0), ("a", 1.6, 1.9)]
    track = lip_track(narration(phones, 2.4), 25)
    assert at(track, 0.1).max() < 0.05
    assert at(track, 0.72)[JAW] > 0.6
    assert at(track, 1.3).max() < 0.05
    assert at(track, 2.3).max() < 0.05


def test_the_mouth_leads_the_sound() -> None:
    track = lip_track(narration([("a", 1.0, 1.3)], 2.0), 100)
    centre = np.average(np.arange(len(track.weights)) / 100, weights=track.weights[:, JAW])
    assert centre == pytest.approx(1.15 - LEAD, abs=0.015)


def test_silence_is_a_closed_mouth() -> None:
    assert not lip_track(narration([], 1.0), 25).weights.any()


def test_a_long_narration_equals_its_parts() -> None:
    phones = [("a" if i % 2 else "p", 0.2 * i, 0.2 * i + 0.15) for i in range(600)]
    long = lip_track(narration(phones, 121.0), 25)
    early = lip_track(narration(phones[:100], 21.0), 25)
    np.testing.assert_allclose(long.weights[:450], early.weights[:450], atol=1e-5)


@pytest.mark.parametrize(
    ("label", "symbols"),
    [("tʃ", ["tʃ"]), ("eɪ", ["e", "ɪ"]), ("ˈɑːɹ", ["ɑ", "ɹ"]), ("dʒ", ["dʒ"]), ("ʔ", ["ʔ"]), ("", [])],
)
def test_labels_are_taken_apart(label: str, symbols: list[str]) -> None:
    assert symbols_of(label) == symbols


def test_every_phone_of_both_voices_and_languages_has_a_shape(plain: Narration, natural: Narration) -> None:
    assert len(VISEMES) == 15
    for spoken in (plain, natural):
        assert [phone.label for phone in spoken.phones if not symbols_of(phone.label)] == []


def test_real_lips_close_at_real_closures(natural: Narration) -> None:
    track = lip_track(natural, 25)
    closures = [phone for phone in natural.phones if phone.label in ("p", "b", "m")]
    assert len(closures) > 5
    for phone in closures:
        mouth = at(track, (phone.start + phone.end) / 2)
        assert mouth[PRESS] > 0.9
        assert mouth[JAW] < 0.08

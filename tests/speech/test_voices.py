"""The voices speak for real: sound, words and phones agree with each other and with what is heard."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from portrait.errors import Cancelled, MissingPart, UnknownName
from portrait.script import parse_script, reading_time
from portrait.speech import kokoro
from portrait.speech.choose import FALLBACK_NOTE, choose_voice, voice_names
from portrait.speech.espeak import EspeakVoice, phonemes_of_words
from portrait.speech.kokoro import DamagedPart, KokoroVoice
from portrait.speech.normalise import Word
from portrait.types import Language, Narration, Script, Timed


@pytest.fixture(params=["plain", "natural"])
def narration(request: pytest.FixtureRequest) -> Narration:
    return request.getfixturevalue(request.param)


def loudness(narration: Narration, start: float, end: float) -> float:
    """Root mean square of the sound between two times."""
    first, last = (int(max(time, 0) * narration.rate) for time in (start, end))
    return float(np.sqrt(np.mean(np.square(narration.samples[first : max(last, first + 1)]))))


def in_order(timed: tuple[Timed, ...], duration: float) -> bool:
    edges = [0.0, *(edge for item in timed for edge in (item.start, item.end)), duration]
    return all(earlier <= later + 1e-9 for earlier, later in pairwise(edges))


def test_words_are_the_script_and_run_in_order(narration: Narration, spanish: Script) -> None:
    assert " ".join(word.label for word in narration.words) == spanish.text
    assert in_order(narration.words, narration.duration)
    assert in_order(narration.phones, narration.duration)
    assert all(word.end - word.start > 0.02 for word in narration.words)


def test_sound_is_mono_float_in_range(narration: Narration) -> None:
    assert narration.samples.dtype == np.float32
    assert narration.samples.ndim == 1
    assert 0.1 < np.abs(narration.samples).max() <= 1
    assert 10 < narration.duration < 30


def test_words_sound_and_the_breath_between_sentences_does_not(narration: Narration) -> None:
    words = [loudness(narration, word.start, word.end) for word in narration.words]
    assert min(words) > 0.005
    ends = [word for word in narration.words if word.label.endswith(".")]
    for word in ends[:-1]:
        following = next(other for other in narration.words if other.start > word.end)
        middle = (word.end + following.start) / 2
        assert loudness(narration, middle - 0.05, middle + 0.05) < min(words) / 4


def test_labels_fall_where_the_sound_is(narration: Narration) -> None:
    step = 0.005
    frame = round(narration.rate * step)
    usable = len(narration.samples) // frame * frame
    power = np.sqrt(np.mean(narration.samples[:usable].reshape(-1, frame) ** 2, axis=1))
    loudness = np.log10(np.maximum(power / power.max(), 10**-2.5))
    vowels = np.zeros(len(loudness))
    for phone in narration.phones:
        vowels[int(phone.start / step) : int(phone.end / step)] = 1.0 if phone.label[0] in "aeiouɛ" else 0.4
    shifts = range(-24, 25)
    fits = [np.corrcoef(np.roll(vowels, shift), loudness)[0, 1] for shift in shifts]
    assert abs(shifts[int(np.argmax(fits))]) * step <= 0.025
    assert max(fits) > 0.5


def test_phones_lie_within_the_words(narration: Narration) -> None:
    spans = np.array([(word.start, word.end) for word in narration.words])
    for phone in narration.phones:
        middle = (phone.start + phone.end) / 2
        assert np.any((spans[:, 0] - 0.05 <= middle) & (middle <= spans[:, 1] + 0.05)), phone


def test_english_is_spoken_too(english: Script, voices_dir: Path) -> None:
    for voice in (EspeakVoice(Language.ENGLISH), KokoroVoice("af_heart", voices_dir)):
        narration = voice.speak(english)
        assert " ".join(word.label for word in narration.words) == english.text
        assert in_order(narration.words, narration.duration)
        assert "ð" in {phone.label for phone in narration.phones}


def test_the_reading_time_is_a_fair_guess(natural: Narration, spanish: Script) -> None:
    assert reading_time(spanish) == pytest.approx(natural.duration, rel=0.2)


def test_durations_of_the_network_add_up_to_its_sound(voices_dir: Path) -> None:
    voice = KokoroVoice("em_alex", voices_dir)
    script = parse_script("Gracias por escuchar y por compartir.", language="es")
    narration = voice.speak(script)
    frames = narration.duration / kokoro.FRAME
    assert frames == pytest.approx(round(frames), abs=1e-6)
    assert narration.duration - 0.8 < narration.phones[-1].end < narration.duration


def test_a_sentence_too_long_for_the_network_is_cut_where_it_pauses(voices_dir: Path) -> None:
    clause = "mi familia me busca en las calles de la ciudad y en los pueblos, "
    script = parse_script(f"{clause * 8}y no se cansa.", language="es")
    narration = KokoroVoice("ef_dora", voices_dir).speak(script)
    assert " ".join(word.label for word in narration.words) == script.text
    assert in_order(narration.words, narration.duration)


def test_a_collectives_names_are_spoken_as_they_ask() -> None:
    script = parse_script("Busco a Xóchitl.", language="es")
    ours = EspeakVoice(Language.SPANISH).speak(script)
    theirs = EspeakVoice(Language.SPANISH).speak(script, lexicon={"Xóchitl": "Shochil"})
    assert "ʃ" not in {phone.label for phone in ours.phones}
    assert "ʃ" in {phone.label for phone in theirs.phones}
    assert theirs.words[-1].label == "Xóchitl."


def test_every_word_has_its_own_phonemes() -> None:
    words = [
        "one",
        "of",
        "the",
        "last",
        "places",
        "in",
        "the",
        "world",
        "that",
        "I",
        "would",
        "have",
        "been",
        "at",
    ]
    phonemes = phonemes_of_words(words, Language.ENGLISH)
    assert len(phonemes) == len(words)
    assert all(phonemes)
    assert phonemes_of_words([], Language.ENGLISH) == []


def test_names_of_the_lexicon_are_read_right() -> None:
    wahaca = phonemes_of_words(["uajaca"], Language.SPANISH)
    assert wahaca == ["waxˈaka"]


def test_progress_is_told_and_can_stop_the_work(voices_dir: Path) -> None:
    script = parse_script("Uno. Dos. Tres. Cuatro.", language="es")
    for voice in (EspeakVoice(Language.SPANISH), KokoroVoice("ef_dora", voices_dir)):
        told: list[float] = []
        voice.speak(script, progress=lambda stage, fraction, told=told: told.append(fraction))
        assert told == sorted(told)
        assert told[-1] == 1.0

        def stop(stage: str, fraction: float) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            voice.speak(script, progress=stop)


def test_ctrl_c_in_the_middle_is_heard() -> None:
    words = [Word("parar"), Word("aquí", ",")] * 200
    voice = EspeakVoice(Language.SPANISH)
    before = len(voice.utter(words).samples)

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        for moment in np.linspace(0.001, 0.02, 10):
            signal.setitimer(signal.ITIMER_REAL, moment)
            with pytest.raises(KeyboardInterrupt):
                while True:
                    voice.utter(words)
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert len(voice.utter(words).samples) == pytest.approx(before, rel=0.01)


def test_without_voice_files_espeak_speaks_and_says_so(tmp_path: Path, spanish: Script) -> None:
    voice = choose_voice(Language.SPANISH, voices_dir=tmp_path)
    assert isinstance(voice, EspeakVoice)
    assert voice.speak(spanish).notes == (FALLBACK_NOTE,)
    assert choose_voice(Language.SPANISH, voices_dir=tmp_path, name="espeak").speak(spanish).notes == ()


def test_a_voice_asked_for_by_name_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(MissingPart) as missing:
        choose_voice(Language.SPANISH, voices_dir=tmp_path, name="em_alex")
    assert missing.value.details["command"] == "make voices"
    with pytest.raises(UnknownName):
        choose_voice(Language.SPANISH, voices_dir=tmp_path, name="af_heart")
    assert voice_names(Language.ENGLISH)[0] == "af_heart"


def test_a_damaged_voice_file_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "ef_dora.bin").write_bytes(bytes(522_240))
    with pytest.raises(DamagedPart):
        choose_voice(Language.SPANISH, voices_dir=tmp_path)


def test_kokoro_is_chosen_when_it_is_there(voices_dir: Path) -> None:
    assert choose_voice(Language.SPANISH, voices_dir=voices_dir).name == "Kokoro ef_dora"
    assert choose_voice(Language.ENGLISH, voices_dir=voices_dir).name == "Kokoro af_heart"

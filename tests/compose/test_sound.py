from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from portrait.compose.sound import (
    CEILING_DBTP,
    MOST_GAIN_DB,
    RATE,
    TARGET_LUFS,
    limit,
    loudness,
    normalise,
    soundtrack,
    true_peak,
)
from portrait.types import Narration

RAW = ("-f", "f32le", "-ar", str(RATE), "-ac", "1")


def sine(frequency, seconds, level_db=0.0):
    t = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def speechlike(seconds, rate=RATE, level=0.05):
    """Noise with a speech-like spectrum, in syllables and pauses."""
    rng = np.random.default_rng(3)
    t = np.arange(round(seconds * rate)) / rate
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * t), 0, 1) ** 2 * (np.sin(2 * np.pi * 0.31 * t) > -0.6)
    voice = lfilter([1.0], [1.0, -0.92], rng.normal(0, 1, len(t)))
    return (level * voice * syllables).astype(np.float32)


def narration(samples, rate=RATE):
    return Narration(np.asarray(samples, np.float32), rate, (), (), "test")


@pytest.fixture
def measured(tmp_path, ebur128):
    def measure(samples):
        path = tmp_path / "sound.f32"
        path.write_bytes(np.asarray(samples, "<f4").tobytes())
        return ebur128(path, *RAW)

    return measure


def test_the_reference_tone_of_the_standard_reads_as_it_should():
    assert loudness(sine(997, 5)) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize(
    "samples", [sine(1000, 4, -20), speechlike(8), np.concatenate([sine(200, 2), sine(200, 3, -30)])]
)
def test_loudness_agrees_with_another_meter(samples, measured):
    assert loudness(samples) == pytest.approx(measured(samples)[0], abs=0.11)  # it prints one decimal


@pytest.mark.parametrize("level", [0.005, 0.02, 0.4])
def test_a_narration_comes_out_at_sixteen_below_with_its_peaks_held(level, measured):
    track = soundtrack(narration(speechlike(7, 24_000, level), 24_000), 9.0)
    integrated, peak = measured(track)
    assert integrated == pytest.approx(TARGET_LUFS, abs=0.3)
    assert peak <= CEILING_DBTP + 0.1


def test_clicks_are_limited_without_touching_what_is_far_from_them(measured):
    quiet = speechlike(5, level=0.02)
    clicks = quiet.copy()
    clicks[RATE] = 4.0
    held = limit(clicks, true_peak(clicks), 0.0)
    assert measured(held)[1] <= -1.4
    far = np.abs(np.arange(len(quiet)) - RATE) > RATE // 50
    assert np.allclose(held[far], quiet[far], atol=1e-6)


def test_peaks_between_the_samples_are_seen():
    between = sine(RATE / 4, 0.1) * np.float32(1)
    shifted = np.sin(2 * np.pi * (np.arange(4800) / 4 + 1 / 8)).astype(np.float32)
    assert np.abs(shifted).max() == pytest.approx(np.sqrt(0.5), abs=1e-3)
    assert true_peak(shifted)[100:-100].max() == pytest.approx(1.0, abs=0.02)
    assert true_peak(between)[100:-100].max() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.39, 3.2])
@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros(1), np.zeros(24_000), np.ones(1) * 0.1, speechlike(0.05)]
)
def test_short_and_silent_narrations_give_finite_sound_of_the_asked_length(samples, seconds):
    track = soundtrack(narration(samples, 24_000), seconds)
    assert track.dtype == np.float32
    assert len(track) == round(seconds * RATE)
    assert np.isfinite(track).all()
    assert np.abs(track).max(initial=0) <= 1


def test_without_a_narration_there_is_silence():
    assert not soundtrack(None, 1.0).any()
    assert not soundtrack(narration(np.zeros(48_000)), 1.0).any()


def test_a_longer_narration_is_cut_and_a_shorter_one_ends_in_silence():
    voice = narration(speechlike(2.0, 22_050), 22_050)
    assert len(soundtrack(voice, 1.0)) == RATE
    track = soundtrack(voice, 5.0)
    assert track[: 2 * RATE].any()
    assert not track[2 * RATE + 100 :].any()


def test_a_whisper_of_noise_is_not_lifted_to_speech():
    noise = np.random.default_rng(0).normal(0, 5e-4, 2 * RATE).astype(np.float32)
    assert loudness(normalise(noise)) == pytest.approx(loudness(noise) + MOST_GAIN_DB, abs=0.1)


def test_a_voice_of_clicks_is_not_limited_to_death():
    clicks = np.zeros(4 * RATE, np.float32)
    clicks[:: RATE // 5] = 0.9
    track = normalise(clicks)
    assert loudness(track) < TARGET_LUFS
    assert true_peak(track).max() <= 10 ** (CEILING_DBTP / 20) + 0.01

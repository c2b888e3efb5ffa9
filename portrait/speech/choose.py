"""Which voice speaks: the natural one when its file is here, the plain one otherwise, and why."""

from __future__ import annotations

from pathlib import Path

from portrait.errors import N_, UnknownName
from portrait.speech.base import Voice
from portrait.speech.coqui import CoquiVoice
from portrait.speech.espeak import EspeakVoice
from portrait.speech.kokoro import VOICE_NAMES, KokoroVoice, voice_file
from portrait.types import Language

ESPEAK = "espeak"
FALLBACK_NOTE = N_(
    "Kokoro's voice files are not here, so the plainer espeak-ng voice speaks; run make voices to fetch them."
)


def voice_names(language: Language) -> tuple[str, ...]:
    """Return the names of the voices of a language, the default one first."""
    return (*VOICE_NAMES[language], ESPEAK)


def choose_voice(
    language: Language,
    *,
    voices_dir: Path,
    name: str | None = None,
    coqui_model: str | Path | None = None,
    coqui_config: Path | None = None,
) -> Voice:
    """Return the voice `name` of `language`, or the best one whose files are in `voices_dir`.

    coqui_model, coqui_config: one's own Coqui checkpoint and its configuration, or the name of one of
    Coqui's models; they go before everything else. A voice asked for by name is never replaced by
    another: UnknownName when this language has none of that name, MissingPart when it is not here.
    """
    if coqui_model is not None:
        return CoquiVoice(language, coqui_model, coqui_config)
    if name is not None and name not in voice_names(language):
        raise UnknownName(kind=N_("voice"), name=name, choices=", ".join(voice_names(language)))
    default = VOICE_NAMES[language][0]
    if name == ESPEAK:
        return EspeakVoice(language)
    if name is None and not voice_file(voices_dir, default).is_file():
        return EspeakVoice(language, notes=(FALLBACK_NOTE,))
    return KokoroVoice(name or default, voices_dir)

"""Coqui VITS voices behind the common protocol: an extra, for those who have a checkpoint of their own.

Nothing is downloaded: a checkpoint with its configuration, or one of Coqui's published models that
is already in Coqui's own folder. Weights are read with `weights_only=True`, so a checkpoint cannot
run code, and a configuration may name only classes of Coqui itself. Models that imitate a recorded
voice (XTTS, YourTTS, Bark, Tortoise) are refused, and no parameter here takes a recording.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portrait.errors import N_, MissingPart, StudioError
from portrait.speech.base import Span, Utterance, join_utterances, read_aloud, words_of
from portrait.speech.espeak import EspeakVoice
from portrait.speech.normalise import Word
from portrait.types import Language, Narration, Progress, Script, Timed

INSTALL = "pip install 'presente[coqui]' && pip install --no-deps torchaudio torchcodec six"
_MODEL_NAME = re.compile(r"tts_models/[\w-]+/[\w-]+/[\w-]+")


class BadVoiceModel(StudioError):  # noqa: N818 - reads as what it is
    """A Coqui checkpoint that Coqui itself cannot load."""

    problem = N_("The Coqui voice “{file}” could not be loaded ({kind}).")
    remedy = N_("Give a VITS checkpoint (.pth) and the config.json it was trained with.")


class NotAVoiceModel(BadVoiceModel):
    """A file that is absent, or no Coqui configuration."""

    problem = N_("“{file}” is not there or is not part of a Coqui voice.")


class ImitatingModel(BadVoiceModel):
    """A model of a kind that can take a recorded voice for a model."""

    problem = N_("“{file}” describes a model of the kind “{kind}”, which is not used here.")
    remedy = N_("Use a VITS model with its own stock voices. Nobody's recorded voice is imitated.")


class ForeignCode(BadVoiceModel):
    """A configuration that asks for code from outside Coqui."""

    problem = N_("“{file}” names code that is not Coqui's, so it is not loaded.")


class CoquiVoice:
    """A VITS model as a voice. The model is loaded when the voice is made."""

    def __init__(self, language: Language, model: str | Path, config: Path | None = None) -> None:
        """Load a checkpoint and its configuration, or a published model by name («tts_models/es/css10/vits»).

        Raises MissingPart when Coqui or the model is not on this machine, BadVoiceModel when the
        files are not a VITS model with stock voices.
        """
        if importlib.util.find_spec("TTS") is None:
            raise MissingPart(part="Coqui TTS", command=INSTALL)
        checkpoint, configuration = _locate(model, config)
        _check(configuration)
        self.name = f"Coqui {checkpoint.stem}"
        self._model = _load(checkpoint, configuration)
        self._rate = int(self._model.config.audio["sample_rate"])
        self._clock = EspeakVoice(language)

    def speak(
        self, script: Script, *, lexicon: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> Narration:
        """Narrate `script` (see `Voice.speak`)."""
        sentences = read_aloud(script, lexicon)
        utterances = []
        for number, units in enumerate(sentences, 1):
            utterances.append(self._utter(words_of(units)))
            if progress:
                progress(N_("Narration"), number / len(sentences))
        return join_utterances(sentences, utterances, rate=self._rate, voice=self.name)

    def _utter(self, words: Sequence[Word]) -> Utterance:
        spoken = self._infer(" ".join(word.text + word.pause for word in words))
        measured = self._clock.utter(words)
        spans = word_spans(spoken.tokens, spoken.edges)
        if len(spans) != len(words):
            spans = stretch(measured.words, len(spoken.samples) / self._rate)
        return Utterance(spoken.samples, carry_phones(measured, spans), tuple(spans))

    def _infer(self, text: str) -> _Spoken:
        import torch  # noqa: PLC0415 - heavy, and needed only here

        ids = self._model.tokenizer.text_to_ids(text)
        tokens = [self._model.tokenizer.characters.id_to_char(token) for token in ids]
        speaker = torch.tensor([0]) if self._model.num_speakers > 1 else None
        feed = torch.tensor([ids])
        with torch.inference_mode():
            output = self._model.inference(
                feed,
                aux_input={
                    "x_lengths": torch.tensor([len(ids)]),
                    "speaker_ids": speaker,
                    "d_vectors": None,
                    "language_ids": None,
                    "durations": None,
                },
            )
        samples = output["model_outputs"].reshape(-1).numpy().astype(np.float32)
        frames = np.concatenate([[0], np.cumsum(output["durations"].reshape(-1).numpy())])
        return _Spoken(samples, tokens, frames / frames[-1] * len(samples) / self._rate)


@dataclass(frozen=True, slots=True, eq=False)
class _Spoken:
    """What VITS returned: samples (N,), the symbols it read (K), their edges in seconds (K + 1,)."""

    samples: NDArray[np.float32]
    tokens: list[str]
    edges: NDArray[np.float64]


def _locate(model: str | Path, config: Path | None) -> tuple[Path, Path]:
    """Return the checkpoint and its configuration."""
    if _MODEL_NAME.fullmatch(str(model)):
        from trainer.io import get_user_data_dir  # noqa: PLC0415 - an optional part

        folder = Path(get_user_data_dir("tts")) / str(model).replace("/", "--")
        checkpoints = sorted(folder.glob("*.pth"))
        if not checkpoints:
            command = f"tts --model_name {model} --text presente --out_path presente.wav"
            raise MissingPart(part=str(model), command=command)
        return checkpoints[0], folder / "config.json"
    checkpoint = Path(model)
    configuration = config or checkpoint.with_name("config.json")
    for path in (checkpoint, configuration):
        if not path.is_file():
            raise NotAVoiceModel(file=path.name)
    return checkpoint, configuration


def _check(configuration: Path) -> None:
    """Refuse what is not VITS, imitates a recording, or names code that is not Coqui's."""
    try:
        settings = json.loads(configuration.read_text("utf-8"))
        model, arguments = settings["model"], settings.get("model_args", {})
        characters = (settings.get("characters") or {}).get("characters_class") or "TTS."
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAVoiceModel(file=configuration.name) from None
    if model != "vits":
        raise ImitatingModel(file=configuration.name, kind=str(model)[:20])
    if arguments.get("use_d_vector_file") or arguments.get("use_speaker_encoder_as_loss"):
        raise ImitatingModel(file=configuration.name, kind="vits + d_vector")
    if not str(characters).startswith("TTS."):
        raise ForeignCode(file=configuration.name)


def _load(checkpoint: Path, configuration: Path) -> Any:
    from TTS.config import load_config  # noqa: PLC0415 - an optional part
    from TTS.tts.models import setup_model  # noqa: PLC0415 - an optional part

    try:
        config = load_config(str(configuration))
        model = setup_model(config)
        model.load_checkpoint(config, str(checkpoint), eval=True)
    except Exception as error:  # whatever a strange file makes Coqui raise, it is the file's fault
        raise BadVoiceModel(file=checkpoint.name, kind=type(error).__name__) from error
    return model


def word_spans(tokens: Sequence[str], edges: NDArray[np.float64]) -> list[Span]:
    """Return (start, end) of each run of letters between spaces; edges: (K + 1,) seconds of the K symbols."""
    spans: list[Span] = []
    in_word = False
    for token, start, end in zip(tokens, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if token.isspace():
            in_word = False
        elif len(token) == 1 and token.isalpha():
            spans.append((spans.pop()[0], end) if in_word else (start, end))
            in_word = True
    return spans


def stretch(words: Sequence[Span], duration: float) -> list[Span]:
    """Return the spans of `words` scaled so that the last one ends at `duration`."""
    factor = duration / max(words[-1][1], 1e-6)
    return [(start * factor, end * factor) for start, end in words]


def carry_phones(measured: Utterance, spans: Sequence[Span]) -> tuple[Timed, ...]:
    """Move espeak-ng's phones to this voice's tempo, word by word."""
    theirs = np.ravel(measured.words)
    ours = np.maximum.accumulate(np.ravel(spans))
    times = [(phone.start, phone.end) for phone in measured.phones]
    moved = np.interp(np.ravel(times), theirs, ours).reshape(-1, 2).tolist()
    return tuple(
        Timed(phone.label, start, end) for phone, (start, end) in zip(measured.phones, moved, strict=True)
    )

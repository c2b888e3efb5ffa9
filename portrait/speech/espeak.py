"""espeak-ng through ctypes: phonemes for Kokoro, and a plain voice that is always there.

The library (PyPI `espeakng-loader`) reports every phone and word with its time, which `bench/speech.py`
finds within 10 ms of what is heard.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

import espeakng_loader
import numpy as np

from portrait.errors import N_, MissingPart
from portrait.speech.base import Utterance, join_utterances, read_aloud, spans_of_words, words_of
from portrait.speech.normalise import Word
from portrait.types import Language, Narration, Progress, Script, Timed

VOICES = {Language.SPANISH: "es-419", Language.ENGLISH: "en-us"}
_SYNCHRONOUS, _PHONEME_EVENTS, _PHONEME_IPA, _DONT_EXIT = 2, 1, 2, 0x8000
_UTF8, _POS_CHARACTER = 1, 1
_RATE, _PITCH = 1, 3
_IPA_WITH_TIES = 0x02 | 0x80 | ord("^") << 8
_WORD, _PHONEME, _LIST_END = 1, 7, 0
_STRESS = "ˈˌ"


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(slots=True)
class _Take:
    """What the library reported while it spoke one text."""

    sound: list[bytes] = field(default_factory=list)
    phones: list[tuple[float, str, int]] = field(default_factory=list)  # (seconds, IPA, position of its word)
    position: int = 0


class _Library:
    """The one espeak-ng of this process, which only ever runs on its own thread.

    That keeps its global state consistent, and Ctrl-C alive: signals are handled on the main thread,
    and ctypes swallows what is raised inside a callback.
    """

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        data = espeakng_loader.get_data_path().encode()
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        self.rate: int = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, ctypes.c_char_p(data), options)
        if self.rate <= 0:
            raise MissingPart(part="espeak-ng", command="pip install --force-reinstall espeakng-loader")
        self._take = _Take()
        self._callback = _Callback(self._collect)  # kept: the library only borrows it
        self._lib.espeak_SetSynthCallback(self._callback)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="espeak-ng")

    def synthesise(self, text: str, language: Language, *, words_a_minute: int, pitch: int) -> _Take:
        """Speak `text` and return sound and events."""
        return self._thread.submit(self._synthesise, text, language, words_a_minute, pitch).result()

    def phonemes(self, text: str, language: Language) -> str:
        """Return the IPA of `text`, words separated by spaces, diphthongs tied with `^`."""
        return self._thread.submit(self._phonemes, text, language).result()

    def _synthesise(self, text: str, language: Language, words_a_minute: int, pitch: int) -> _Take:
        encoded = text.encode()
        size = ctypes.c_size_t(len(encoded) + 1)
        self._take = _Take()
        self._use(language)
        self._lib.espeak_SetParameter(_RATE, words_a_minute, 0)
        self._lib.espeak_SetParameter(_PITCH, pitch, 0)
        self._lib.espeak_Synth(ctypes.c_char_p(encoded), size, 0, _POS_CHARACTER, 0, _UTF8, None, None)
        self._lib.espeak_Synchronize()
        return self._take

    def _phonemes(self, text: str, language: Language) -> str:
        pointer = ctypes.c_char_p(text.encode())
        clauses = []
        self._use(language)
        while pointer.value:
            clause = self._lib.espeak_TextToPhonemes(ctypes.byref(pointer), _UTF8, _IPA_WITH_TIES)
            clauses.append((clause or b"").decode())
        return re.sub(r"\([a-z-]+\)", "", " ".join(clauses))  # "(en)": where it changes language

    def _use(self, language: Language) -> None:
        self._lib.espeak_SetVoiceByName(VOICES[language].encode())

    def _collect(self, sound: Sequence[int], count: int, events: Sequence[_Event]) -> int:
        """Note what the library reports; called by it, returns 0 to go on."""
        if count > 0 and sound:
            self._take.sound.append(ctypes.string_at(sound, count * 2))
        index = 0
        while events[index].type != _LIST_END:
            event = events[index]
            if event.type == _WORD:
                self._take.position = event.text_position - 1
            elif event.type == _PHONEME:
                label = event.id.string.decode("utf-8", "ignore")
                self._take.phones.append((event.audio_position / 1000, label, self._take.position))
            index += 1
        return 0


_starting = threading.Lock()


@cache
def _library() -> _Library:
    return _Library()


def _espeak() -> _Library:
    with _starting:  # `cache` alone would let two threads start it twice
        return _library()


def phonemes_of_words(words: Sequence[str], language: Language) -> list[str]:
    """Return each word's IPA (stress marks, `^` between tied symbols) as said within its phrase.

    espeak-ng joins some neighbours into one («of the»); where that happens, halves of the phrase are
    asked for until every word has its own.
    """
    if not words:
        return []
    spoken = _espeak().phonemes(" ".join(words), language).split()
    if len(spoken) == len(words):
        return spoken
    if len(words) == 1:
        return ["".join(spoken)]
    half = len(words) // 2
    return phonemes_of_words(words[:half], language) + phonemes_of_words(words[half:], language)


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """The plain voice: instant, clear, robotic. notes: why it speaks instead of another."""

    language: Language
    notes: tuple[str, ...] = ()
    words_a_minute: int = 150
    pitch: int = 45

    @property
    def name(self) -> str:
        """The name to show, with the accent."""
        return f"espeak-ng {VOICES[self.language]}"

    def speak(
        self, script: Script, *, lexicon: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> Narration:
        """Narrate `script` (see `Voice.speak`)."""
        sentences = read_aloud(script, lexicon)
        utterances = []
        for number, units in enumerate(sentences, 1):
            utterances.append(self.utter(words_of(units)))
            if progress:
                progress(N_("Narration"), number / len(sentences))
        return join_utterances(sentences, utterances, rate=_espeak().rate, voice=self.name, notes=self.notes)

    def utter(self, words: Sequence[Word]) -> Utterance:
        """Speak one sentence."""
        pieces = [word.text + word.pause for word in words]
        starts = np.cumsum([0, *(len(piece) + 1 for piece in pieces)])
        take = _espeak().synthesise(
            " ".join(pieces), self.language, words_a_minute=self.words_a_minute, pitch=self.pitch
        )
        samples = np.frombuffer(b"".join(take.sound), np.int16).astype(np.float32) / 32768
        duration = len(samples) / _espeak().rate
        phones: list[Timed] = []
        owners: list[int] = []
        ends = [start for start, _, _ in take.phones[1:]] + [duration]
        for (start, label, position), end in zip(take.phones, ends, strict=True):
            if symbol := label.strip(_STRESS):
                phones.append(Timed(symbol, start, end))
                owners.append(int(np.searchsorted(starts[1:-1], position, side="right")))
        return Utterance(samples, tuple(phones), tuple(spans_of_words(words, phones, owners)))

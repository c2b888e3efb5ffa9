"""What of Coqui's voice can be said without Coqui: its refusals and its timing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from portrait.errors import MissingPart
from portrait.speech import coqui
from portrait.speech.base import Utterance
from portrait.speech.coqui import CoquiVoice, carry_phones, stretch, word_spans
from portrait.types import Language, Timed


def test_without_coqui_the_message_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPart) as missing:
        CoquiVoice(Language.SPANISH, tmp_path / "model.pth")
    assert missing.value.details["command"] == coqui.INSTALL


def test_no_parameter_takes_a_recording() -> None:
    assert set(CoquiVoice.__init__.__annotations__) == {"language", "model", "config", "return"}
    assert set(CoquiVoice.speak.__annotations__) == {"script", "lexicon", "progress", "return"}


def test_words_are_found_between_the_spaces() -> None:
    tokens = ["_", "m", "_", "i", " ", "_", "c", "a", ".", " "]
    assert word_spans(tokens, np.arange(11.0)) == [(1.0, 4.0), (6.0, 8.0)]


def test_without_durations_espeaks_words_are_stretched() -> None:
    assert stretch([(0.0, 1.0), (1.5, 2.0)], 4.0) == [(0.0, 2.0), (3.0, 4.0)]


def test_phones_move_with_their_words() -> None:
    phones = (Timed("m", 0.0, 0.5), Timed("i", 0.5, 1.0), Timed("a", 1.5, 2.0))
    measured = Utterance(np.zeros(1, np.float32), phones, ((0.0, 1.0), (1.5, 2.0)))
    moved = carry_phones(measured, [(1.0, 3.0), (3.0, 5.0)])
    assert [(phone.start, phone.end) for phone in moved] == [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0)]

"""Coqui behind the protocol, with a tiny checkpoint of random weights made here.

Coqui is an extra: this file is collected only where it is installed (see `conftest.py`).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from portrait.errors import MissingPart
from portrait.script import parse_script
from portrait.speech import coqui
from portrait.speech.choose import choose_voice
from portrait.speech.coqui import BadVoiceModel, CoquiVoice
from portrait.types import Language

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of Coqui's own imports
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VITS model of 250,000 random weights, as Coqui itself saves one: model.pth and config.json."""
    import torch
    from TTS.tts.configs.shared_configs import CharactersConfig
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models import setup_model

    folder = tmp_path_factory.mktemp("coqui")
    arguments = VitsArgs(
        hidden_channels=16,
        hidden_channels_ffn_text_encoder=32,
        num_heads_text_encoder=2,
        num_layers_text_encoder=1,
        num_layers_posterior_encoder=1,
        num_layers_flow=1,
        upsample_initial_channel_decoder=16,
        upsample_rates_decoder=[16, 16],
        upsample_kernel_sizes_decoder=[32, 32],
        resblock_kernel_sizes_decoder=[3],
        resblock_dilation_sizes_decoder=[[1, 3, 5]],
        use_sdp=False,
        init_discriminator=False,
    )
    characters = CharactersConfig(
        characters_class="TTS.tts.models.vits.VitsCharacters",
        pad="_",
        eos="",
        bos="",
        blank=None,
        characters="abcdefghijklmnopqrstuvwxyzáéíóúüñ",
        punctuations=" .,;:!?¡¿-…",
        phonemes=None,
    )
    config = VitsConfig(
        model_args=arguments,
        use_phonemes=False,
        text_cleaner="multilingual_cleaners",
        characters=characters,
        test_sentences=[],
        run_name="tiny",
    )
    torch.manual_seed(0)
    torch.save({"model": setup_model(config).state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    return folder / "model.pth"


def test_a_checkpoint_of_ones_own_speaks(checkpoint: Path) -> None:
    script = parse_script("Mi nombre es Ejemplo. Desaparecí el 18/05/2021, en Oaxaca.", language="es")
    voice = choose_voice(Language.SPANISH, voices_dir=checkpoint.parent, coqui_model=checkpoint)
    narration = voice.speak(script)
    assert narration.voice == "Coqui model"
    assert narration.rate == 22_050
    assert np.isfinite(narration.samples).all()
    assert " ".join(word.label for word in narration.words) == script.text
    edges = [edge for word in narration.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[-1] <= narration.duration
    assert len(narration.phones) > 40
    assert all(phone.start <= phone.end <= narration.duration for phone in narration.phones)


def test_weights_that_are_code_are_not_run(checkpoint: Path, tmp_path: Path) -> None:
    import pickle

    proof = tmp_path / "ran"

    class Code:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (proof,)

    evil = tmp_path / "model.pth"
    evil.write_bytes(pickle.dumps({"model": Code()}))
    with pytest.raises(BadVoiceModel):
        CoquiVoice(Language.SPANISH, evil, checkpoint.with_name("config.json"))
    assert not proof.exists()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"model": "xtts"}, coqui.ImitatingModel),
        ({"model": "vits", "model_args": {"use_d_vector_file": True}}, coqui.ImitatingModel),
        ({"model": "vits", "characters": {"characters_class": "os.path"}}, coqui.ForeignCode),
        ([], coqui.NotAVoiceModel),
        ({}, coqui.NotAVoiceModel),
    ],
)
def test_models_that_imitate_or_are_not_voices_are_refused(
    tmp_path: Path, settings: object, error: type[BadVoiceModel]
) -> None:
    (tmp_path / "model.pth").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(error):
        CoquiVoice(Language.SPANISH, tmp_path / "model.pth")


def test_a_published_model_is_never_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_HOME", str(tmp_path))
    with pytest.raises(MissingPart):
        CoquiVoice(Language.SPANISH, "tts_models/es/css10/vits")
    with pytest.raises(coqui.NotAVoiceModel):
        CoquiVoice(Language.SPANISH, tmp_path / "none.pth")

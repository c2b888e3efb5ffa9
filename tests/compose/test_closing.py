from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from portrait.compose.closing import AMBER, LILAC, ClosingCard, draw_closing, draw_dark
from portrait.compose.ground import NIGHT
from portrait.compose.mark import MARK, draw_mark
from portrait.i18n import current_language, use_language
from portrait.types import Language


def pixels_of(frame, colour):
    return int(np.all(frame == colour, axis=2).sum())


def test_every_line_given_is_on_the_card_and_every_line_missing_is_not(card, preset, label):
    whole = draw_closing(card, preset, label)
    for line in ("contact", "folio", "collective", "verify"):
        without = draw_closing(replace(card, **{line: None}), preset, label)
        assert not np.array_equal(whole, without)
        assert np.array_equal(without, draw_closing(replace(card, **{line: ""}), preset, label))
    assert pixels_of(whole, LILAC) > pixels_of(
        draw_closing(replace(card, collective=None), preset, label), LILAC
    )


def test_a_card_without_a_contact_line_still_says_that_no_money_is_asked(preset, label):
    bare = draw_closing(ClosingCard(Language.SPANISH), preset, label)
    amber = np.all(np.abs(bare.astype(int) - AMBER) < 40, axis=2).astype(np.uint8)
    pieces, _map = cv2.connectedComponents(amber)
    assert pieces > 30  # the flame and the label's mark are three; a letter is one
    assert not np.array_equal(bare, draw_closing(ClosingCard(Language.ENGLISH), preset, label))


def test_the_card_speaks_the_language_of_the_video(card, preset, label):
    before = current_language()
    use_language("en")
    try:
        in_english_interface = draw_closing(card, preset, label)
        assert current_language() == "en"
    finally:
        use_language(before)
    assert np.array_equal(in_english_interface, draw_closing(card, preset, label))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"verify": "https://presente.example/" + "verificar-" * 9},
        {"collective": "Colectivo de Familiares en Búsqueda de Personas Desaparecidas " * 4},
        {"contact": "Comisión Estatal de Búsqueda · 800 000 00 00 · Fiscalía · 55 0000 0000 · *0311"},
    ],
    ids=["usual", "long address", "long name", "many contacts"],
)
def test_the_words_keep_clear_of_the_label_and_of_the_edges(changes, card, preset, label):
    faint = label.copy()
    faint[..., :3] = NIGHT  # an invisible label: whatever shows in its place would be a word under it
    faint[..., 3] = np.where(label[..., 3] > 0, 25, 0)
    frame = draw_closing(replace(card, **changes), preset, faint)
    assert (frame[label[..., 3] > 0] == NIGHT).all()
    inside = np.zeros(preset.size, bool)
    inside[
        preset.face_top // 2 : preset.caption_bottom, preset.caption_margin - 4 : -preset.caption_margin + 4
    ] = True
    assert (frame[~inside] == NIGHT).all()
    assert (frame[inside] != NIGHT).any()


def test_between_picture_and_card_only_the_label_is_seen(preset, label):
    dark = draw_dark(preset, label)
    assert (dark[label[..., 3] == 0] == NIGHT).all()
    assert (dark != NIGHT).any()


def test_the_mark_is_drawn_from_the_drawing():
    assert re.findall(r'id="(\w+)"', MARK.read_text()) == ["frame", "candle", "flame", "wick"]
    mark = np.asarray(draw_mark(320, {"flame": (1, 2, 3)}))
    assert mark.shape == (320, 240, 4)
    assert tuple(mark[160, 12]) == (0x1E, 0x1B, 0x2E, 255)  # the frame, in its own colour
    assert tuple(mark[130, 120]) == (1, 2, 3, 255)  # the flame, in the one asked for
    assert mark[0, 0, 3] == mark[100, 60, 3] == 0  # nothing outside, and no face inside

from __future__ import annotations

import numpy as np
import pytest

from portrait.compose.captions_art import caption_band, draw_captions
from portrait.compose.label_room import lowest_free_band
from portrait.types import Caption
from watermark.label import LabelKind, label_overlay

LONG = (
    ("La Subsecretaría de Averiguaciones", "Previas Especializadas la atiende."),
    ("Otorrinolaringológicamente", "electroencefalografista"),
    ("anticonstitucionalmente" * 3, "sí"),
    ("una", "dos", "y una tercera línea"),
)


@pytest.mark.parametrize("lines", LONG)
def test_long_words_stay_inside_the_margins_and_off_the_label(lines, preset, label):
    (art,) = draw_captions([Caption(lines, 0, 1)], preset, label)
    assert preset.caption_margin <= art.place.x
    assert art.place.right <= preset.width - preset.caption_margin
    assert 0 < art.place.y < art.place.bottom <= preset.caption_bottom
    assert not (label[art.place.slices][..., 3] > 24).any()


def test_all_captions_share_one_type_size(preset, label):
    short = Caption(("Sí.",), 0, 1)
    (alone,) = draw_captions([short], preset, label)
    together, _long = draw_captions([short, Caption(LONG[2], 1, 2)], preset, label)
    assert together.place.height < alone.place.height
    assert together.place.bottom == alone.place.bottom


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", LabelKind)
def test_the_band_keeps_clear_of_the_label_in_every_wording(kind, language, preset):
    label = label_overlay(preset.size, language, kind)
    band = caption_band(preset, label)
    assert not label[band.slices][..., 3].any()
    assert preset.face_bottom <= band.y < band.bottom <= preset.caption_bottom


def test_a_label_across_the_captions_moves_them_up(preset, label):
    usual = caption_band(preset, label)
    label[int(usual.y) + 20 : int(usual.y) + 40] = 255
    moved = caption_band(preset, label)
    assert moved.bottom < usual.y + 20
    assert not label[moved.slices][..., 3].any()


def test_where_no_band_is_free_the_least_covered_one_is_taken():
    label = np.full((100, 60, 4), 255, np.uint8)
    label[30:50, 10:30] = 0
    assert lowest_free_band(label, 20, bottom=90, margin=5, gap=0) == 30


def test_emoji_are_left_out_and_a_caption_of_emoji_is_no_caption(preset, label):
    plain, hearts = (
        draw_captions([Caption(lines, 0, 1)], preset, label)
        for lines in (("Te buscamos",), ("Te buscamos ❤️🙏",))
    )
    assert np.array_equal(plain[0].gain, hearts[0].gain)
    assert draw_captions([Caption(("🙏🕯️", " "), 0, 1)], preset, label) == ()


def test_no_captions_no_art(preset, label):
    assert draw_captions([], preset, label) == ()


def test_letters_are_white_on_a_plate_that_darkens_any_picture(preset, label):
    (art,) = draw_captions([Caption(("Te seguimos buscando",), 0, 1)], preset, label)
    frame = np.full((*preset.size, 3), 255, np.uint8)
    art.lay_over(frame)
    window = frame[art.place.slices].astype(float)
    assert window.max() == 255
    assert np.percentile(window, 25) < 95  # white letters on this: more than 6 : 1

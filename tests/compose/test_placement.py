from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.compose.placement import MAX_ENLARGEMENT, Box, Placement, box_around, plan_layout, working_size
from portrait.compose.presets import PRESETS, choose_preset
from portrait.errors import UnknownName

ROUNDING = 2.0  # pixels: the photo's corner is rounded to whole pixels, its visible part to even ones


@st.composite
def placed(draw: st.DrawFn) -> tuple[tuple[int, int], Box, Placement]:
    """A photo of any size and shape, a face of at least 48 px anywhere in it, and where it was placed."""
    height, width = draw(st.integers(64, 6000)), draw(st.integers(64, 6000))
    face_height = draw(st.floats(48, height))
    face_width = draw(st.floats(0.6, 1.0)) * min(face_height, width)
    x, y = draw(st.floats(0, width - face_width)), draw(st.floats(0, height - face_height))
    face = Box(x, y, face_width, face_height)
    return (
        (height, width),
        face,
        plan_layout((height, width, 3), face, draw(st.sampled_from([*PRESETS.values()]))),
    )


@given(placed())
def test_the_photo_stands_inside_the_frame_on_even_pixels(case):
    _photo, _face, placement = case
    target, preset = placement.target, placement.preset
    assert 0 <= target.x < target.right <= preset.width
    assert 0 <= target.y < target.bottom <= preset.height
    assert all(value % 2 == 0 for value in (target.x, target.y, target.width, target.height))


@given(placed())
def test_what_is_visible_lies_in_the_scaled_photo_and_is_as_large_as_its_place(case):
    _photo, _face, placement = case
    visible, target, (height, width) = placement.visible, placement.target, placement.scaled
    assert (visible.width, visible.height) == (target.width, target.height)
    assert 0 <= visible.x < visible.right <= width
    assert 0 <= visible.y < visible.bottom <= height


@given(placed())
def test_a_photo_is_never_stretched_nor_enlarged_beyond_the_limit(case):
    (height, width), _face, placement = case
    scale = max(placement.scaled) / max(height, width)
    assert placement.scaled[0] == pytest.approx(height * scale, abs=1)
    assert placement.scaled[1] == pytest.approx(width * scale, abs=1)
    assert scale <= MAX_ENLARGEMENT


@given(placed())
def test_the_face_is_whole_and_clear_of_label_and_captions(case):
    _photo, _face, placement = case
    face, target, preset = placement.face, placement.target, placement.preset
    assert face.x >= target.x - ROUNDING
    assert face.right <= target.right + ROUNDING
    assert face.y >= max(target.y, preset.face_top) - ROUNDING
    assert face.bottom <= min(target.bottom, preset.face_bottom) + ROUNDING


@given(placed())
def test_the_working_size_is_the_drawn_one_unless_that_would_enlarge(case):
    photo, _face, placement = case
    assert working_size(photo, placement) == min(photo, placement.scaled)


def test_a_photo_of_a_usual_shape_is_shown_whole():
    placement = plan_layout((1500, 1200, 3), Box(400, 400, 400, 500), PRESETS["vertical"])
    assert placement.scaled == (900, 720)
    assert placement.visible == Box(0, 0, 720, 900)


def test_a_wide_photo_is_trimmed_beside_the_face_rather_than_shown_small():
    placement = plan_layout((1000, 2000, 3), Box(1400, 300, 200, 260), PRESETS["vertical"])
    assert placement.target.width == 720
    assert placement.face.x + placement.face.width / 2 == pytest.approx(360, abs=ROUNDING)


def test_a_large_photo_is_animated_at_the_size_it_is_shown():
    placement = plan_layout((4032, 3024, 3), Box(1000, 1200, 1000, 1300), PRESETS["vertical"])
    assert working_size((4032, 3024, 3), placement) == placement.scaled == (960, 720)


def test_box_around_landmarks():
    points = np.array([[3.0, 9.0, 1.0], [7.0, 5.0, -2.0], [4.0, 6.0, 0.0]])
    assert box_around(points) == Box(3, 5, 4, 4)


def test_an_unknown_format_names_the_choices():
    with pytest.raises(UnknownName) as caught:
        choose_preset("square")
    assert caught.value.details["choices"] == "vertical, feed, wide"
    assert choose_preset("feed") is PRESETS["feed"]

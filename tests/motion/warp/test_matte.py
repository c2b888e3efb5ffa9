from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from portrait.motion.matte import over, person_matte, take_apart
from portrait.motion.warp import WarpSource

pixels = arrays(np.uint8, (4, 5, 3))


@given(pixels, pixels)
def test_an_opaque_head_hides_the_plate_and_a_clear_one_shows_it(head: np.ndarray, plate: np.ndarray) -> None:
    opaque = np.full((4, 5, 1), 255, np.uint8)
    np.testing.assert_array_equal(over(np.dstack([head, opaque]), plate), head)
    np.testing.assert_array_equal(over(np.zeros((4, 5, 4), np.uint8), plate), plate)


@given(pixels, pixels, st.integers(0, 255))
def test_a_half_clear_head_mixes(head: np.ndarray, plate: np.ndarray, alpha: int) -> None:
    head = np.minimum(head, alpha)
    layers = np.dstack([head, np.full((4, 5, 1), alpha, np.uint8)])
    expected = head + plate * ((255 - alpha) / 255)
    np.testing.assert_allclose(over(layers, plate), expected, atol=1)


def test_layers_and_rest_are_the_photo(source: WarpSource) -> None:
    layers = source.layers
    again = over(layers.head, layers.plate).astype(np.int16) + layers.rest
    np.testing.assert_array_equal(again, source.image)


def test_the_matte_holds_the_face_and_the_cap_and_not_the_sky(source: WarpSource) -> None:
    matte = source.layers.head[..., 3]
    face = source.mesh.landmarks[[4, 50, 280, 151, 152], :2].astype(int)
    assert (matte[face[:, 1], face[:, 0]] == 255).all()
    crown = source.mesh.landmarks[10, :2] - [0, 0.3 * source.mesh.frame.height]
    assert matte[int(crown[1]), int(crown[0])] == 255
    assert not matte[:60, -60:].any()


def test_the_plate_is_the_photo_where_no_head_is(source: WarpSource) -> None:
    sky, flag = np.s_[:60, -60:], np.s_[:200, :60]
    for place in (sky, flag):
        np.testing.assert_array_equal(source.layers.plate[place], source.image[place])


def test_no_skin_is_left_in_the_plate(source: WarpSource) -> None:
    x, y = source.mesh.landmarks[4, :2].astype(int)
    assert np.abs(source.layers.plate[y, x].astype(int) - source.image[y, x]).max() > 40


def test_the_same_photo_gives_the_same_matte(source: WarpSource) -> None:
    one, other = (person_matte(source.image, source.mesh.landmarks) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_a_picture_filled_by_the_face_has_no_background_to_mirror(source: WarpSource) -> None:
    x, y = source.mesh.landmarks[4, :2].astype(int)
    close = np.ascontiguousarray(source.image[y - 50 : y + 50, x - 40 : x + 40])
    landmarks = source.mesh.landmarks - [x - 40, y - 50, 0]
    layers = take_apart(close, landmarks, np.ones(close.shape[:2], np.float32))
    again = over(layers.head, layers.plate).astype(np.int16) + layers.rest
    np.testing.assert_array_equal(again, close)

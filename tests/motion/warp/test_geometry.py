from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from portrait.motion.geometry import euler, face_frame, rotation_matrix, smoothstep, umeyama
from portrait.motion.warp import WarpSource

angles = st.floats(-80, 80)
points = arrays(np.float64, (12, 3), elements=st.floats(-10, 10), unique=True)


@given(points, angles, angles, angles, st.floats(0.2, 5), arrays(np.float64, 3, elements=st.floats(-9, 9)))
def test_umeyama_finds_the_similarity_again(
    cloud: np.ndarray, yaw: float, pitch: float, roll: float, scale: float, shift: np.ndarray
) -> None:
    cloud = cloud + 20 * np.eye(12, 3)  # never flat: a flat cloud leaves a reflection open
    rotation = rotation_matrix(yaw, pitch, roll)
    s, r, t = umeyama(cloud, scale * cloud @ rotation.T + shift)
    assert np.isclose(s, scale)
    np.testing.assert_allclose(r, rotation, atol=1e-6)
    np.testing.assert_allclose(t, shift, atol=1e-4)


def test_umeyama_never_mirrors() -> None:
    cloud = np.random.default_rng(0).normal(size=(20, 3))
    _, rotation, _ = umeyama(cloud, cloud * [-1, 1, 1])
    assert np.isclose(np.linalg.det(rotation), 1)


@given(angles, angles, angles)
def test_angles_survive_the_matrix(yaw: float, pitch: float, roll: float) -> None:
    np.testing.assert_allclose(euler(rotation_matrix(yaw, pitch, roll)), [yaw, pitch, roll], atol=1e-6)


def test_signs_of_the_angles() -> None:
    nose, crown = np.array([0, 0, -1]), np.array([0, -1, 0])
    assert (rotation_matrix(20, 0, 0) @ nose)[0] < 0  # to the left of the picture
    assert (rotation_matrix(0, 20, 0) @ nose)[1] > 0  # down
    assert (rotation_matrix(0, 0, 20) @ crown)[0] > 0  # clockwise


@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(-20, 20), st.floats(0, 3))
def test_smoothstep_rises_from_0_to_1(start: float, length: float, x: float, further: float) -> None:
    here, there = smoothstep(start, start + length, [x, x + further])
    assert 0 <= here <= there <= 1


def test_smoothstep_falls_when_its_ends_are_swapped() -> None:
    np.testing.assert_allclose(smoothstep(1, 0, [-1, 0, 0.5, 1, 2]), [1, 1, 0.5, 0, 0])


def test_the_face_frame_is_a_right_handed_set_of_axes(source: WarpSource) -> None:
    frame = face_frame(source.mesh.landmarks)
    axes = np.stack([frame.right, frame.down, frame.away])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) > 0
    assert frame.away[2] > 0
    u, v = frame.upright(source.mesh.landmarks[[10, 152], :2])
    assert v[0] < 0 < v[1]
    assert np.abs(u).max() < 0.1

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from portrait.motion import topology as topo
from portrait.motion.driving import Driver
from portrait.motion.warp import WarpSource, prepare
from portrait.types import LipTrack, Photo


@pytest.fixture(scope="module")
def neutral(source: WarpSource) -> np.ndarray:
    """The portrait's own landmarks as a driver's neutral face."""
    face = source.mesh.landmarks
    return ((face - face[topo.RIGID].mean(0)) / source.mesh.frame.height).astype(np.float32)


def gap(source: WarpSource, expression: np.ndarray) -> float:
    """Lip gap in mouth widths."""
    face = source.mesh.landmarks + expression
    return float((face[14] - face[13]) @ source.mesh.frame.down) / source.basis.mouth_width


def test_lips_follow_the_narration_and_not_the_track(source: WarpSource, track, lips) -> None:
    mouth_open = replace(track(), lips=np.array([[1, 0, 0, 0, 0, 0]], np.float32))
    shut = Driver(source.basis, mouth_open, lips(press=1)).at(0)
    own = Driver(source.basis, mouth_open, None).at(0)
    assert gap(source, shut.expression) < 0.02
    assert gap(source, own.expression) > 0.2


def test_a_narration_between_two_frames_is_between_two_shapes(source: WarpSource, track) -> None:
    slow = LipTrack(np.array([[0] * 6, [1, 0, 0, 0, 0, 0]], np.float32), fps=12.5)
    driver = Driver(source.basis, track(3), slow)
    opened = [gap(source, driver.at(frame).expression) for frame in range(4)]
    assert opened[0] < opened[1] < opened[2] == opened[3]


def test_a_residual_of_the_same_face_is_its_own_expression(source: WarpSource, track, neutral) -> None:
    smile = source.basis.fields["smile"]
    driver = Driver(
        source.basis,
        track(residual=smile / source.mesh.frame.height, neutral=neutral),
        None,
    )
    np.testing.assert_allclose(driver.at(0).expression[topo.LIPS], smile[topo.LIPS], atol=1e-3)


def test_a_residual_turns_with_the_face(source: WarpSource, track, neutral) -> None:
    """A driver who holds the head aslant moves the portrait along the portrait's own axes."""
    from portrait.motion.geometry import rotation_matrix

    aslant = rotation_matrix(0, 0, 20)
    smile = source.basis.fields["smile"] / source.mesh.frame.height
    tilted = track(residual=smile @ aslant.T, neutral=(neutral @ aslant.T).astype(np.float32))
    expression = Driver(source.basis, tilted, None).at(0).expression
    np.testing.assert_allclose(expression[topo.LIPS], source.basis.fields["smile"][topo.LIPS], atol=1e-2)


def test_no_reference_opens_the_mouth_like_a_stage(source: WarpSource, track, neutral) -> None:
    shout = source.basis.express({"jaw": 3.0}) / source.mesh.frame.height
    driver = Driver(source.basis, track(residual=shout, neutral=neutral), None)
    assert gap(source, shout * source.mesh.frame.height) > 0.7
    assert 0.4 < gap(source, driver.at(0).expression) < 0.6


def test_lids_and_gaze_keep_within_what_the_photo_shows(source: WarpSource, track) -> None:
    wide = Driver(source.basis, track(lids=-3, gaze=(2, -2)), None).at(0)
    lid = topo.UPPER_LID[0][3]
    eye = np.linalg.norm(np.subtract(*source.mesh.landmarks[list(topo.EYE_CORNERS[0])]))
    assert np.linalg.norm(wide.expression[lid]) < 0.15 * eye
    assert np.abs(wide.gaze).max() < 0.15 * eye


def test_lips_pressed_and_tucked_never_cross(source: WarpSource, track, lips) -> None:
    moment = Driver(source.basis, track(), lips(press=1, tuck=1, upper=1)).at(0)
    face = source.mesh.landmarks
    upper, lower = np.array(topo.LIP_PAIRS).T
    down = source.mesh.frame.down
    rest = np.minimum((face[lower] - face[upper]) @ down, 0)
    moved = face + moment.expression
    assert ((moved[lower] - moved[upper]) @ down >= rest - 1e-9).all()


def test_a_track_that_ended_holds_its_last_frame(source: WarpSource, track) -> None:
    driver = Driver(source.basis, track(2, angles=(5, 0, 0), lids=0.5), None)
    np.testing.assert_array_equal(driver.at(1).expression, driver.at(900).expression)


def test_an_open_mouth_closes_as_far_as_the_drivers(source: WarpSource, show, lips, track, neutral) -> None:
    smiling = prepare(Photo(show(lips(jaw=0.8)), ""))
    rest = gap(smiling, np.zeros((478, 3)))
    still = np.zeros((478, 3), np.float32)
    half = Driver(smiling.basis, track(residual=still, mouth_gap=0.5, neutral=neutral), None).at(0)
    shut = Driver(smiling.basis, track(residual=still, mouth_gap=0.0, neutral=neutral), None).at(0)
    assert rest > 0.1
    assert gap(smiling, half.expression) == pytest.approx(rest / 2, rel=0.15)
    assert gap(smiling, shut.expression) < 0.1 * rest

"""What a viewer sees: the frames themselves, and the face found in them again."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import cv2
import numpy as np
import psutil
import pytest

from portrait.motion import topology as topo
from portrait.motion.geometry import euler, umeyama
from portrait.motion.warp import WarpSource, animate, prepare
from portrait.quality_report import NoFace
from portrait.types import LIP_SHAPES, Photo

pytestmark = pytest.mark.filterwarnings("ignore:SymbolDatabase.GetPrototype:UserWarning")  # MediaPipe's


def mouth(face: np.ndarray) -> tuple[float, float]:
    """Lip gap over mouth width, and mouth width over face width."""
    width = np.linalg.norm((face[61] - face[291])[:2])
    return np.linalg.norm((face[13] - face[14])[:2]) / width, width / np.linalg.norm(
        (face[234] - face[454])[:2]
    )


def eye(face: np.ndarray, side: int) -> float:
    outer, inner = topo.EYE_CORNERS[side]
    upper, lower = topo.UPPER_LID[side][2:5], topo.LOWER_LID[side][2:5]
    gap = np.linalg.norm((face[upper] - face[lower])[:, :2], axis=1).mean()
    return gap / np.linalg.norm((face[outer] - face[inner])[:2])


def test_at_rest_the_frame_is_the_photo(photo: Photo, show, lips) -> None:
    np.testing.assert_array_equal(show(), photo.pixels)
    np.testing.assert_array_equal(show(lips()), photo.pixels)


def test_at_rest_a_videos_track_is_the_photo_too(photo: Photo, source: WarpSource, show) -> None:
    face = source.mesh.landmarks
    neutral = ((face - face[topo.RIGID].mean(0)) / source.mesh.frame.height).astype(np.float32)
    still = np.zeros((478, 3), np.float32)
    np.testing.assert_array_equal(show(residual=still, neutral=neutral), photo.pixels)


def test_outside_the_crop_and_along_its_edge_nothing_changes(
    photo: Photo, source: WarpSource, show, lips
) -> None:
    frame = show(lips(jaw=1), angles=(12, 6, 5), shift=(0.05, 0.02), lids=1)
    box = source.box
    changed = (frame != photo.pixels).any(-1)
    assert changed.sum() > 10_000
    outside = changed.copy()
    box.of(outside)[:] = False
    assert not outside.any()
    assert box.bottom < photo.pixels.shape[0]
    assert not changed[box.bottom - 1].any()


def test_the_sky_beside_the_head_is_not_touched(photo: Photo, show) -> None:
    np.testing.assert_array_equal(show(angles=(10, 0, 4))[:60, -40:], photo.pixels[:60, -40:])


@pytest.mark.parametrize(("axis", "degrees"), [(0, 12), (0, -12), (1, 8), (1, -8), (2, 7), (2, -7)], ids=str)
def test_the_head_turns_as_asked(show, look, axis: int, degrees: float) -> None:
    before = look(show())[topo.RIGID]
    after = look(show(angles=tuple(degrees * (axis == k) for k in range(3))))[topo.RIGID]
    seen = euler(umeyama(before, after)[1])[axis] / degrees
    assert 0.55 < seen < 1.45


def test_the_head_shifts_as_asked(source: WarpSource, show, look) -> None:
    moved = look(show(shift=(0.08, 0.04)))[topo.RIGID] - look(show())[topo.RIGID]
    asked = np.array([0.08, 0.04]) * source.mesh.frame.height
    np.testing.assert_allclose(moved[:, :2].mean(0), asked, atol=2)


def test_the_jaw_opens_the_mouth_and_more_jaw_opens_it_more(show, look, lips) -> None:
    gaps = [mouth(look(show(lips(jaw=jaw))))[0] for jaw in (0, 0.4, 0.8)]
    assert gaps[0] < 0.05
    assert gaps[1] > gaps[0] + 0.05
    assert gaps[2] > gaps[1] + 0.05


def test_rounding_narrows_and_spreading_widens_the_mouth(show, look, lips) -> None:
    rest, narrow, wide = (mouth(look(show(shape)))[1] for shape in (lips(), lips(round=1), lips(spread=1)))
    assert narrow < 0.93 * rest < 1.02 * rest < wide


def test_a_blink_closes_both_eyes(show, look) -> None:
    rest, shut = look(show()), look(show(lids=1))
    for side in range(2):
        assert eye(shut, side) < 0.55 * eye(rest, side)


def test_the_rims_of_the_glasses_stay_while_the_eyes_blink(photo: Photo, source: WarpSource, show) -> None:
    """Above the lids' crease, where this portrait wears its frame, a blink moves next to nothing."""
    difference = cv2.absdiff(show(lids=1), photo.pixels).max(-1)
    brow = (source.mesh.landmarks[topo.BROWS[0] + topo.BROWS[1], :2] + source.box.corner).astype(int)
    lid = (source.mesh.landmarks[topo.UPPER_LID[0] + topo.UPPER_LID[1], :2] + source.box.corner).astype(int)
    assert difference[brow[:, 1], brow[:, 0]].mean() < 6
    assert difference[lid[:, 1], lid[:, 0]].mean() > 20


def test_the_gaze_moves_the_iris_and_leaves_the_skin(photo: Photo, source: WarpSource, show) -> None:
    difference = cv2.absdiff(show(gaze=(0.1, 0)), photo.pixels).max(-1)
    ring = source.mesh.landmarks[topo.EYE_RING[0], :2] + source.box.corner
    inside = np.zeros(difference.shape, np.uint8)
    cv2.fillPoly(inside, [ring.astype(np.int32)], 1)
    assert difference[inside > 0].mean() > 8
    skin = (source.mesh.landmarks[[50, 280, 151, 4, 13], :2] + source.box.corner).astype(int)
    assert not difference[skin[:, 1], skin[:, 0]].any()


def test_brows_rise(show, look) -> None:
    brows = topo.BROWS[0] + topo.BROWS[1]
    moved = look(show(brows=1))[brows, 1] - look(show())[brows, 1]
    assert moved.mean() < -0.5


def test_a_photographed_open_mouth_closes_and_keeps_its_teeth(show, look, lips) -> None:
    opened = prepare(Photo(show(lips(jaw=0.9)), ""))
    assert opened.mouth.open_in_photo
    speaking, pressed = show(lips(jaw=0.9), of=opened), show(lips(press=1), of=opened)
    assert mouth(look(pressed))[0] < 0.4 * mouth(look(speaking))[0]


def test_frames_stream_and_stop_when_nobody_listens(source: WarpSource, track) -> None:
    frames = animate(source, track(4), None, frames=10**12)
    first, second = itertools.islice(frames, 2)
    assert first.shape == second.shape == source.photo.shape
    frames.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("presente-warp")]


def test_the_same_photo_and_track_give_the_same_frames(photo: Photo, source: WarpSource, track, lips) -> None:
    moving = replace(track(3, angles=(6, 2, 1)), lids=np.array([[0, 0], [0.5, 0.5], [1, 1]], np.float32))
    first = list(animate(source, moving, lips(jaw=0.5), frames=3))
    again = list(animate(prepare(photo), moving, lips(jaw=0.5), frames=3))
    np.testing.assert_array_equal(first, again)


def test_a_track_of_one_frame_lasts_as_long_as_asked(source: WarpSource, track) -> None:
    frames = list(animate(source, track(1, angles=(5, 0, 0)), None, frames=4))
    assert len(frames) == 4
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame, frames[0])


def test_no_frames_are_no_frames(source: WarpSource, track) -> None:
    assert list(animate(source, track(), None, frames=0)) == []


@pytest.mark.parametrize(
    ("rows", "columns", "scale"),
    [
        (slice(0, 340), slice(0, 512), 1.0),  # wider than high, the shoulders cut
        (slice(0, 600), slice(60, 420), 1.0),  # narrow: the crop ends at both edges
        (slice(120, 360), slice(110, 390), 1.0),  # the face alone, forehead and chin at the edge
        (slice(0, 600), slice(0, 512), 0.33),  # a face of 66 px
        (slice(0, 487), slice(10, 497), 1.7),  # larger than the flow's grid
    ],
)
def test_any_shape_of_photo(photo: Photo, track, lips, rows: slice, columns: slice, scale: float) -> None:
    pixels = cv2.resize(photo.pixels[rows, columns], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    source = prepare(Photo(pixels, ""))
    rest, turned = (
        next(animate(source, track(angles=(yaw, 0, 0)), lips(jaw=jaw), frames=1))
        for yaw, jaw in ((0, 0), (9, 0.6))
    )
    np.testing.assert_array_equal(rest, pixels)
    assert turned.shape == pixels.shape
    assert turned.dtype == np.uint8
    assert (turned != pixels).any(-1).mean() > 0.02


def test_no_face_is_said(photo: Photo) -> None:
    with pytest.raises(NoFace):
        prepare(Photo(np.full((200, 200, 3), 127, np.uint8), ""))


def test_memory_does_not_grow_with_the_length(photo: Photo, track) -> None:
    source = prepare(Photo(cv2.resize(photo.pixels, None, fx=0.5, fy=0.5), ""))
    moving = track(50, angles=(6, 0, 0))
    process = psutil.Process()
    used = []
    for index, _ in enumerate(animate(source, moving, None, frames=300)):
        if index in (100, 299):
            used.append(process.memory_info().rss)
    assert used[1] - used[0] < 8 << 20  # 200 frames would be 45 MB


def test_narration_of_another_rate_is_followed_in_time(source: WarpSource, track, look) -> None:
    from portrait.types import LipTrack

    weights = np.zeros((50, len(LIP_SHAPES)), np.float32)
    weights[25:, 0] = 0.8  # opens after half a second at 50 frames a second
    frames = list(animate(source, track(25), LipTrack(weights, 50), frames=14))
    assert mouth(look(frames[11]))[0] < 0.05
    assert mouth(look(frames[13]))[0] > 0.15

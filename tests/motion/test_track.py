from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from portrait.errors import Cancelled
from portrait.motion.geometry import euler
from portrait.motion.timing import FRAMEWISE, ROUGHER, biggest_steps, there_and_back
from portrait.motion.topology import LIPS, RIGID
from portrait.motion.track import (
    STRETCH_NOTE,
    NoFaceInVideo,
    SeveralFacesInVideo,
    fit,
    motion_of,
    observe,
    track_video,
)
from portrait.types import MotionTrack

pytestmark = pytest.mark.filterwarnings("ignore:SymbolDatabase.GetPrototype:UserWarning")  # MediaPipe's

Film = Callable[..., Path]
Move = Callable[[float, float, float, float], NDArray[np.uint8]]

T = np.arange(50) / 25
DX, DY = 24 * np.sin(2 * np.pi * 0.5 * T), 10 * np.sin(2 * np.pi * 0.8 * T)
ROLL, SCALE = 8 * np.sin(2 * np.pi * 0.6 * T), 1.5 * (1 + 0.06 * np.sin(2 * np.pi * 0.4 * T))


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory, film: Film, moved: Move) -> Path:
    """Two seconds of a portrait that is shifted, turned and enlarged by known amounts."""
    frames = [moved(*how) for how in zip(DX, DY, ROLL, SCALE, strict=True)]
    return film(tmp_path_factory.mktemp("moving") / "moving.mp4", frames)


@pytest.fixture(scope="module")
def moving_track(moving: Path) -> MotionTrack:
    return track_video(moving)


def test_known_movement_is_recovered(moving_track: MotionTrack) -> None:
    roll = np.array([euler(rotation)[2] for rotation in moving_track.rotation])

    assert len(moving_track) == 50
    assert np.abs((roll - roll[0]) - (ROLL - ROLL[0])).max() < 1.2
    assert np.corrcoef(roll, ROLL)[0, 1] > 0.99
    assert np.abs(moving_track.scale / moving_track.scale[0] - SCALE / SCALE[0]).max() < 0.02
    for axis, shift in ((0, DX), (1, DY)):
        assert np.corrcoef(moving_track.translation[:, axis], shift)[0, 1] > 0.9


def test_a_still_face_keeps_still(moving_track: MotionTrack) -> None:
    """An affine motion changes no expression: what is left is noise."""
    assert moving_track.residual is not None
    assert np.linalg.norm(moving_track.residual[..., :2], axis=-1).mean() < 0.01  # face heights
    assert moving_track.lids.max() < 0.35
    assert np.abs(moving_track.gaze).max() < 0.08
    assert np.abs(moving_track.brows).max() < 0.6


def test_a_track_says_where_the_landmarks_were(moving: Path) -> None:
    """scale * rotation @ (neutral + residual), its rigid centroid moved to translation, is the frame."""
    footage = observe(moving)
    track = motion_of(footage)
    shown = (track.neutral + track.residual) @ track.rotation.transpose(0, 2, 1) * track.scale[:, None, None]
    shown += (np.pad(track.translation, ((0, 0), (0, 1))) - shown[:, RIGID].mean(1))[:, None]

    heights = np.linalg.norm(footage.landmarks[:, 10, :2] - footage.landmarks[:, 152, :2], axis=1)
    unit = np.median(heights / track.scale)
    seen = footage.landmarks / unit
    apart = (shown - shown.mean((0, 1)))[..., :2] - (seen - seen.mean((0, 1)))[..., :2]
    assert np.linalg.norm(apart, axis=-1).mean() < 0.01  # of a face height; the pose is smoothed a little


def test_uneven_times_give_an_even_track(tmp_path: Path, film: Film, moved: Move) -> None:
    times = np.sort(np.concatenate([np.arange(0, 2, 0.08), np.arange(0.5, 1.0, 0.08) + 0.04]))
    roll = 8 * np.sin(2 * np.pi * 0.5 * times)
    path = film(tmp_path / "uneven.mp4", [moved(0, 0, angle, 1.5) for angle in roll], times=times)

    track = track_video(path, fps=25)
    turned = np.array([euler(rotation)[2] for rotation in track.rotation])

    assert len(track) == 49  # 0 to 1.92 seconds
    expected = 8 * np.sin(2 * np.pi * 0.5 * np.arange(49) / 25)
    assert np.abs((turned - turned[0]) - expected).max() < 1.2


def test_the_neutral_frame_may_be_chosen_by_likeness(moving: Path) -> None:
    footage = observe(moving)
    for frame in (5, 21):
        track = motion_of(footage, like=footage.landmarks[frame].astype(np.float64))
        nearest = int(np.argmin(np.abs(track.rotation - np.eye(3)).sum((1, 2))))
        assert abs(nearest - frame) <= 2


def test_a_video_without_a_face_is_refused(tmp_path: Path, film: Film, slate: Callable) -> None:
    with pytest.raises(NoFaceInVideo):
        track_video(film(tmp_path / "nobody.mp4", slate(40)))


def interrupted(moved: Move, count: int, gap: slice) -> list[NDArray[np.uint8]]:
    frames = [moved(0, 0, 0, 1.5)] * count
    frames[gap] = [np.full((480, 480, 3), 90, np.uint8)] * len(range(*gap.indices(count)))
    return frames


def test_a_short_gap_is_bridged(tmp_path: Path, film: Film, moved: Move) -> None:
    track = track_video(film(tmp_path / "gap.mp4", interrupted(moved, 50, slice(20, 28))))

    assert len(track) == 50
    assert STRETCH_NOTE not in track.notes


def test_a_long_gap_leaves_the_longest_stretch(tmp_path: Path, film: Film, moved: Move) -> None:
    track = track_video(film(tmp_path / "gap.mp4", interrupted(moved, 100, slice(20, 40))))

    assert 58 <= len(track) <= 61
    assert STRETCH_NOTE in track.notes


def test_a_face_that_is_mostly_away_is_refused(tmp_path: Path, film: Film, moved: Move) -> None:
    with pytest.raises(NoFaceInVideo) as refused:
        track_video(film(tmp_path / "gap.mp4", interrupted(moved, 60, slice(20, 50))))
    assert 40 < refused.value.details["percent"] < 60


def beside(moved: Move, shrink: int) -> NDArray[np.uint8]:
    one, other = moved(0, 0, 0, 1.5), moved(0, 0, 0, 1.5)[::shrink, ::shrink]
    return np.concatenate([one, np.pad(other, ((0, 480 - other.shape[0]), (0, 0), (0, 0)), mode="edge")], 1)


def test_two_faces_alike_are_refused(tmp_path: Path, film: Film, moved: Move) -> None:
    with pytest.raises(SeveralFacesInVideo):
        track_video(film(tmp_path / "two.mp4", [beside(moved, 1)] * 30))


def test_the_clearly_larger_face_is_followed(tmp_path: Path, film: Film, moved: Move) -> None:
    footage = observe(film(tmp_path / "large.mp4", [beside(moved, 2)] * 30))

    assert (footage.landmarks[:, RIGID, 0].mean(1) < 480 * 640 / 720).all()
    assert len(footage.times) == 30


def test_tracking_can_be_cancelled(moving: Path) -> None:
    def stop(stage: str, fraction: float) -> None:
        assert 0 <= fraction <= 1
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        track_video(moving, progress=stop)
    assert psutil.Process().children() == []


def test_a_speaking_volunteer_blinks_and_speaks(clip: Path) -> None:
    footage = observe(clip)
    track = motion_of(footage)

    assert len(track) == 75
    assert track.lids.max() > 0.9
    assert np.median(track.lids) < 0.1
    assert np.allclose(track.lids[:, 0], track.lids[:, 1], atol=0.05)
    opened = np.linalg.norm(footage.landmarks[:, 13] - footage.landmarks[:, 14], axis=1)
    assert np.corrcoef(track.mouth_gap, opened)[0, 1] > 0.95
    assert np.corrcoef(track.lips[:, 0], opened)[0, 1] > 0.9
    still = track.mouth_gap < 1.2  # the neutral mouth is a mouth at rest
    assert np.abs(track.residual[still][:, LIPS]).mean() < 0.02
    assert np.abs([euler(rotation) for rotation in track.rotation]).max() < 15


# ------------------------------------------------------------------------------------------- fit


def random_track(seed: int, count: int, fps: float, roughness: float) -> MotionTrack:
    """A smooth random movement with as much frame-to-frame noise as `roughness` says."""
    rng = np.random.default_rng(seed)
    moments = np.arange(count) / fps

    def wave(columns: int, size: float) -> NDArray[np.float64]:
        phases = rng.uniform(0, 6.28, columns)
        slow = np.sin(np.outer(moments, rng.uniform(0.5, 3, columns)) + phases)
        return size * (slow + roughness * rng.normal(size=(count, columns)))

    return MotionTrack(
        fps=fps,
        rotation=Rotation.from_rotvec(wave(3, 0.2)).as_matrix().astype(np.float32),
        translation=wave(2, 0.05).astype(np.float32),
        scale=np.exp(wave(1, 0.05)[:, 0]).astype(np.float32),
        lids=np.clip(wave(2, 1), 0, 1).astype(np.float32),
        gaze=wave(2, 0.1).astype(np.float32),
        brows=wave(1, 0.5)[:, 0].astype(np.float32),
        lips=np.clip(wave(6, 1), 0, 1).astype(np.float32),
        residual=wave(478 * 3, 0.01).reshape(count, 478, 3).astype(np.float32),
        mouth_gap=np.exp(wave(1, 1)[:, 0]).astype(np.float32),
        neutral=rng.normal(size=(478, 3)).astype(np.float32),
    )


tracks = st.builds(
    random_track,
    seed=st.integers(0, 999),
    count=st.integers(1, 90),
    fps=st.sampled_from([15.0, 25.0, 29.97, 60.0]),
    roughness=st.sampled_from([0.0, 0.05, 0.5]),
)


@settings(max_examples=60, deadline=None)
@given(track=tracks, seconds=st.floats(0.1, 12), fps=st.sampled_from([24.0, 25.0, 30.0]))
def test_fit_keeps_its_promises(track: MotionTrack, seconds: float, fps: float) -> None:
    fitted = fit(track, seconds, fps)

    assert len(fitted) == round(seconds * fps)
    assert fitted.fps == fps
    product = fitted.rotation @ fitted.rotation.transpose(0, 2, 1)
    assert np.allclose(product, np.eye(3), atol=1e-5)
    assert np.allclose(np.linalg.det(fitted.rotation), 1, atol=1e-5)
    for name in ("rotation", *FRAMEWISE):
        rows, own = getattr(fitted, name), getattr(track, name)
        assert rows.dtype == np.float32
        assert np.allclose(rows[0], own[0], atol=1e-4), name
        assert np.isfinite(rows).all()
    # Straight lines between frames are never faster than the frames; a seam may be, by as much as it says.
    own_steps, steps = biggest_steps(track), biggest_steps(fitted)
    for name, step in steps.items():
        assert step <= ROUGHER * 1.2 * own_steps[name] + 1e-3, name


@given(last=st.floats(0.2, 20), start=st.floats(0, 100))
def test_there_and_back_is_never_faster_than_the_clock(last: float, start: float) -> None:
    times = start + np.arange(200) / 50
    played = there_and_back(times, last)

    assert played.min() >= -1e-9
    assert played.max() <= last + 1e-9
    assert np.abs(np.diff(played)).max() <= 1 / 50 + 1e-9
    assert there_and_back(np.zeros(1), last)[0] == 0


def test_a_track_of_that_length_is_left_alone() -> None:
    track = random_track(1, 80, 25.0, 0.05)
    fitted = fit(track, track.duration, 25.0)

    for name in ("rotation", *FRAMEWISE):
        assert np.allclose(getattr(fitted, name), getattr(track, name), atol=1e-5), name


def test_a_cut_track_comes_to_rest() -> None:
    track = random_track(2, 250, 25.0, 0.0)
    fitted = fit(track, 4.0, 25.0)
    turns = Rotation.from_matrix(fitted.rotation)
    speed = (turns[:-1].inv() * turns[1:]).magnitude()

    assert speed[-1] < 0.15 * speed[:-20].max()
    assert np.allclose(fitted.rotation[:60], track.rotation[:60], atol=1e-5)


def turning(yaw: NDArray[np.float64]) -> MotionTrack:
    """A track that only turns about the neck's axis, at 25 frames a second."""
    count = len(yaw)
    return MotionTrack(
        fps=25.0,
        rotation=Rotation.from_euler("Y", yaw[:, None]).as_matrix().astype(np.float32),
        translation=np.zeros((count, 2), np.float32),
        scale=np.ones(count, np.float32),
        lids=np.zeros((count, 2), np.float32),
        gaze=np.zeros((count, 2), np.float32),
        brows=np.zeros(count, np.float32),
        lips=np.zeros((count, 6), np.float32),
    )


def yaw_of(track: MotionTrack) -> NDArray[np.float64]:
    return np.arctan2(track.rotation[:, 0, 2], track.rotation[:, 2, 2])


def test_a_closed_movement_runs_on() -> None:
    track = turning(0.1 * np.sin(2 * np.pi * np.arange(100) / 100))
    fitted = fit(track, 20.0, 25.0)

    assert np.allclose(fitted.rotation[100:200], track.rotation, atol=1e-4)


def test_a_movement_that_meets_itself_repeats_forwards() -> None:
    """Quick to one side and slow back, over and over: played backwards it would be slow first."""
    phase = np.arange(230) / 75 % 1
    track = turning(0.2 * np.where(phase < 0.2, phase / 0.2, (1 - phase) / 0.8))
    steps = np.diff(yaw_of(fit(track, 40.0, 25.0)))

    assert steps.max() > 3 * -steps.min()


def test_a_movement_that_never_meets_itself_goes_there_and_back() -> None:
    track = turning(np.linspace(0, 0.5, 100))
    fitted = fit(track, 12.0, 25.0)

    assert np.abs(np.diff(yaw_of(fitted))).max() <= 0.5 / 99 + 1e-5
    assert yaw_of(fitted).max() > 0.45


def test_nothing_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="no frame"):
        fit(random_track(1, 10, 25.0, 0.0), 0.0, 25.0)

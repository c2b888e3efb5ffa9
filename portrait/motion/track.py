"""From a reference video to a MotionTrack: what moved, without who moved.

1. Landmarks of the one face that is clearly the largest, frame after frame, at the video's own times.
2. The neutral frame (the paper's best frame, Siarohin et al. 2019, section 3.3 and their demo).
3. Rigid fit of every frame to the neutral one (Umeyama on points that hardly move in the skull).
4. What is left is expression: lids, gaze, brows, lips (`portrait.motion.measures`) and the residual itself.
5. Onto a constant rate. Only the pose is smoothed, without lag: the whole video is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.spatial.transform import Rotation

from portrait.errors import N_, VideoError
from portrait.face import FaceMesh, face_height
from portrait.motion import measures
from portrait.motion.geometry import euler, face_frame, umeyama
from portrait.motion.timing import fit, resample
from portrait.motion.topology import LIPS, OVAL, RIGID
from portrait.motion.video import SHORTEST, Decoding
from portrait.types import Image, MotionTrack, Progress

__all__ = ["Footage", "NoFaceInVideo", "SeveralFacesInVideo", "fit", "motion_of", "observe", "track_video"]

Array = NDArray[np.float64]

MAX_SIDE = 640  # pixels; Face Mesh looks at 192 x 192 of the face anyway
LONGEST_GAP = 0.5  # seconds without a face that are bridged
MOST_MISSING = 0.30  # part of the frames
RIVAL_SIZE = 0.6  # a second face of this part of the first one's height is a rival
MOST_RIVALRY = 0.30  # part of the frames
REACH = 1.0  # face heights a face may move between frames and still be the same
POSE_SMOOTHING = 0.03  # seconds, standard deviation; landmarks tremble by half a degree otherwise
STAGE = N_("Following the movement in the reference video")
STRETCH_NOTE = N_("The face leaves the reference video; only the longest stretch that shows it was used.")


class NoFaceInVideo(VideoError):  # noqa: N818 - reads as what it is
    """No face in too much of the video."""

    problem = N_("“{name}” shows a face in only {percent:.0f} % of its pictures.")
    remedy = N_("Record one face from the front, well lit and always in the picture.")


class SeveralFacesInVideo(VideoError):  # noqa: N818
    """No face is clearly the largest."""

    problem = N_("“{name}” shows several faces of about the same size.")
    remedy = N_("Record one person alone, or clearly nearer to the camera than anybody else.")


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What was seen of one face in a video.

    times: (T,) seconds, rising. landmarks: (T, 478, 3) float32, pixels. notes: message ids for the report.
    """

    times: Array
    landmarks: NDArray[np.float32]
    notes: tuple[str, ...]


def track_video(
    path: Path, *, fps: float = 25, like: Array | None = None, progress: Progress | None = None
) -> MotionTrack:
    """Track the face in the video at `path`; the track lasts as long as the video shows it.

    fps: frames a second of the track. like: (478, 3) landmarks in pixels; the frame most like them becomes
    neutral, the calmest frontal one when None. progress may raise Cancelled. Raises VideoError subclasses.
    """
    return motion_of(observe(path, fps=fps, progress=progress), fps=fps, like=like)


def observe(path: Path, *, fps: float = 25, progress: Progress | None = None) -> Footage:
    """Find the landmarks of the largest face in every frame; raises VideoError subclasses.

    Frames much closer than 1/fps are passed over. Memory: 6 kB a frame, 45 MB for five minutes.
    """
    times: list[float] = []
    found: list[NDArray[np.float32] | None] = []
    rivals = 0
    path = Path(path)
    with Decoding(path, max_side=MAX_SIDE, min_interval=0.8 / fps) as video, _Follower() as follower:
        length = video.info.duration or 1.0
        for frame in video:
            face, rivalled = follower.follow(frame.time, frame.pixels)
            times.append(frame.time)
            found.append(face)
            rivals += rivalled
            if progress is not None:
                progress(STAGE, min(frame.time / length, 1.0))
        notes = video.notes
    if progress is not None:
        progress(STAGE, 1.0)
    seen = np.array([face is not None for face in found])
    if rivals > MOST_RIVALRY * len(seen):
        raise SeveralFacesInVideo(name=path.name)
    kept = _longest_stretch(np.array(times), seen)
    if seen.mean() < 1 - MOST_MISSING or np.ptp(np.array(times)[kept]) < SHORTEST * 0.9:
        raise NoFaceInVideo(name=path.name, percent=100 * seen.mean())
    if len(kept) < seen.sum():
        notes = (*notes, STRETCH_NOTE)
    return Footage(np.array(times)[kept], np.stack([found[i] for i in kept]), notes)


def motion_of(footage: Footage, *, fps: float = 25, like: Array | None = None) -> MotionTrack:
    """Describe the movement in `footage` relative to its neutral frame, at a constant rate."""
    landmarks = footage.landmarks.astype(np.float64)
    neutral = landmarks[_calmest(landmarks) if like is None else _nearest(landmarks, like)]
    height = face_height(neutral)
    rest = (neutral - neutral[RIGID].mean(0)) / height
    rotation, scale, free = _freed(landmarks, neutral, rest)
    translation = (landmarks[:, RIGID].mean(1) - neutral[RIGID].mean(0))[:, :2] / height
    lids = measures.lid_closure(free, rest)
    uneven = MotionTrack(
        fps=fps,
        rotation=rotation.astype(np.float32),
        translation=translation.astype(np.float32),
        scale=scale.astype(np.float32),
        lids=lids.astype(np.float32),
        gaze=measures.gaze(free, rest, lids).astype(np.float32),
        brows=measures.brow_raise(free, rest, lids).astype(np.float32),
        lips=measures.lip_shapes(free, rest).astype(np.float32),
        residual=(free - rest).astype(np.float32),
        mouth_gap=measures.mouth_opening(free, rest).astype(np.float32),
        neutral=rest.astype(np.float32),
        notes=footage.notes,
    )
    times = footage.times - footage.times[0]
    grid = np.arange(np.floor(times[-1] * fps + 1e-6) + 1) / fps
    return _steadied(resample(uneven, grid, fps, keys=times))


class _Follower:
    """Follows the largest face from frame to frame and counts its rivals."""

    def __init__(self) -> None:
        self._mesh = FaceMesh(tracking=True, max_faces=3)
        self._last: tuple[float, NDArray[np.float32]] | None = None
        self._warm = False

    def __enter__(self) -> _Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self._mesh.close()

    def follow(self, time: float, pixels: Image) -> tuple[NDArray[np.float32] | None, bool]:
        """Return the (478, 3) landmarks of the face followed, or None, and whether it had a rival."""
        if not self._warm:  # what the detector alone reports of a first frame is a degree off
            self._warm = any(self._mesh.all_landmarks(pixels) for _ in range(4))
        faces = sorted(self._mesh.all_landmarks(pixels), key=face_height, reverse=True)
        if self._last is not None and time - self._last[0] <= LONGEST_GAP:
            known = self._last[1]
            faces.sort(
                key=lambda face: _distance(face, known) > REACH
            )  # stable: the largest of the near ones
            if faces and _distance(faces[0], known) > REACH:
                return None, False
        if not faces:
            return None, False
        first = faces[0]
        self._last = time, first.astype(np.float32)
        rivals = [
            other
            for other in faces[1:]
            if face_height(other) > RIVAL_SIZE * face_height(first) and _distance(other, first) > REACH / 2
        ]
        return self._last[1], bool(rivals)


def _distance(a: Array, b: Array) -> float:
    """Distance of two faces' middles, in heights of the second."""
    return float(np.linalg.norm(a[:, :2].mean(0) - b[:, :2].mean(0))) / max(face_height(b), 1.0)


def _longest_stretch(times: Array, seen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Indices of the frames that show the face, in the longest stretch without a gap of over LONGEST_GAP."""
    frames = np.flatnonzero(seen)
    cuts = np.flatnonzero(np.diff(times[frames]) > LONGEST_GAP) + 1
    return max(np.split(frames, cuts), key=len)


def _freed(landmarks: Array, neutral: Array, rest: Array) -> tuple[Array, Array, Array]:
    """Return rotations (T, 3, 3), scales (T,) and landmarks freed of both, (T, 478, 3), in `rest`'s frame."""
    height, middle = face_height(neutral), neutral[RIGID].mean(0)
    rotations, scales, free = (
        np.empty((len(landmarks), 3, 3)),
        np.empty(len(landmarks)),
        np.empty(landmarks.shape),
    )
    for i, points in enumerate(landmarks):
        scale, rotation, shift = umeyama(neutral[RIGID], points[RIGID])
        rotations[i], scales[i] = rotation, scale
        free[i] = ((points - shift) @ rotation / scale - middle) / height
    return rotations, scales, free


def _calmest(landmarks: Array) -> int:
    """Return the frame most frontal, mouth closed, eyes open and head where it mostly is.

    Penalties are about 1 at: 6° of yaw or roll, 6° from the usual pitch, 3 % of the face height between the
    lips, lids a tenth off their usual opening, the head moving 25 % or the lips 10 % of a face height a
    second (at 25 frames a second).
    """
    heights = np.array([face_height(points) for points in landmarks])
    axes = [face_frame(points) for points in landmarks]
    pose = np.array([euler(np.stack([a.right, a.down, a.away], 1)) for a in axes])
    gap = measures.lip_gap(landmarks) / heights
    aspect = measures.lid_aspect(landmarks).mean(1)
    usual = np.percentile(aspect, 70)
    head = landmarks[:, RIGID, :2].mean(1)
    lips = landmarks[:, LIPS, :2] - head[:, None]
    moving = _speed(head[:, None]) / heights / 0.01 + _speed(lips) / heights / 0.004
    penalty = (
        np.abs(pose[:, 0]) / 6
        + np.abs(pose[:, 1] - np.median(pose[:, 1])) / 6
        + np.abs(pose[:, 2]) / 6
        + gap / 0.03
        + np.abs(aspect / usual - 1) / 0.1
        + moving
    )
    return int(np.argmin(penalty))


def _speed(points: Array) -> Array:
    """Mean distance that (T, N, 2) points move a frame, over a fifth of a second."""
    distance = np.linalg.norm(np.gradient(points, axis=0), axis=-1).mean(-1)
    return uniform_filter1d(distance, 5, mode="nearest")


def _nearest(landmarks: Array, like: Array) -> int:
    """Return the frame whose landmarks, centred and divided by the root of their hull's area, are nearest."""
    wanted = _normalised(like)
    return int(np.argmin([np.square(_normalised(points) - wanted).sum() for points in landmarks]))


def _normalised(points: Array) -> Array:
    flat = points[:, :2] - points[:, :2].mean(0)
    x, y = flat[OVAL].T
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    return flat / np.sqrt(area)


def _steadied(track: MotionTrack) -> MotionTrack:
    """Smooth rotation, translation and scale with a symmetric kernel: no lag, hardly any loss of a nod."""
    sigma = POSE_SMOOTHING * track.fps
    turns = Rotation.from_matrix(track.rotation).as_rotvec()
    return replace(
        track,
        rotation=Rotation.from_rotvec(gaussian_filter1d(turns, sigma, axis=0, mode="nearest"))
        .as_matrix()
        .astype(np.float32),
        translation=gaussian_filter1d(track.translation, sigma, axis=0, mode="nearest"),
        scale=gaussian_filter1d(track.scale, sigma, mode="nearest"),
    )

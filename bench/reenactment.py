"""Self-reenactment: a clip's own neutral frame, animated by the clip, measured against the clip.

Landmarks are found again on both, so what is measured is what a viewer sees: AKD (average keypoint
distance), and how well mouth and eyes follow. Distances are pixels of a 256 x 256 head crop.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.face import FaceMesh, HeadCrop, head_crop
from portrait.motion import topology as topo
from portrait.motion.track import motion_of, observe
from portrait.motion.video import open_video, read_frames
from portrait.motion.warp import animate, prepare
from portrait.types import Image, MotionTrack, Photo

SIDE = 512  # px of the head crop that is animated
SCALE = 2.6  # face heights it spans
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Take:
    """The clip as a head crop, (T, 512, 512, 3), and what followed it."""

    real: list[Image]
    made: list[Image]
    source: Image


def reenact(path: Path) -> Take:
    """Animate the clip's neutral frame by the clip itself."""
    fps = open_video(path).fps
    footage = observe(path, fps=fps)
    track = motion_of(footage, fps=fps)
    frames = _enlarged_heads(path, fps)[: len(track)]
    neutral = int(np.argmin(np.abs(track.residual).sum((1, 2))))
    return Take(frames, _follow(frames[neutral], track, len(frames)), frames[neutral])


def _follow(source: Image, track: MotionTrack, frames: int) -> list[Image]:
    return list(animate(prepare(Photo(source, "")), track, None, frames=frames))


def _enlarged_heads(path: Path, fps: float) -> list[Image]:
    """Cut the same square around the head out of every frame; small clips are enlarged."""
    crop: HeadCrop | None = None
    heads = []
    with FaceMesh() as mesh:
        for frame in read_frames(path, fps=fps, time_limit=120):
            if crop is None and (face := mesh.landmarks(frame)) is not None:
                crop = head_crop(frame.shape, face, SIDE, scale=SCALE)
            if crop is not None:
                heads.append(crop.cut(frame))
    return heads


def measure(take: Take) -> dict[str, float]:
    """Compare what was made with what was real; the first frames, where the tracker settles, count too."""
    real, made = _landmarks(take.real), _landmarks(take.made)
    seen = [i for i, pair in enumerate(zip(real, made, strict=True)) if all(x is not None for x in pair)]
    a, b = np.stack([real[i] for i in seen]), np.stack([made[i] for i in seen])
    to256 = 256 / SIDE
    still = np.stack([_landmarks([take.source] * 5)[-1]] * len(a))
    return {
        "frames": len(take.real),
        "found": round(len(seen) / len(take.real), 3),
        "akd_px": _rounded(_distance(a, b) * to256),
        "akd_px_of_the_still_photo": _rounded(_distance(a, still) * to256),
        "akd_px_lips": _rounded(_distance(a[:, topo.LIPS], b[:, topo.LIPS]) * to256),
        "mouth_r": _rounded(np.corrcoef(mouth(a), mouth(b))[0, 1]),
        "mouth_gain": _rounded(_slope(mouth(a), mouth(b))),
        "eyes_r": _rounded(np.corrcoef(eyes(a), eyes(b))[0, 1]),
        "eyes_gain": _rounded(_slope(eyes(a), eyes(b))),
        "yaw_gain": _rounded(_slope(_yaw(a), _yaw(b))),
        "pitch_gain": _rounded(_slope(_pitch(a), _pitch(b))),
        "face_l1": _rounded(np.mean([_face_l1(take.real[i], take.made[i], real[i]) for i in seen])),
        "sharpness_of_photo": _rounded(
            np.median([_sharpness(take.made[i], made[i]) for i in seen]) / _sharpness(take.source, still[0])
        ),
        "sharpness_of_clip": _rounded(
            np.median([_sharpness(take.made[i], made[i]) / _sharpness(take.real[i], real[i]) for i in seen])
        ),
    }


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _landmarks(frames: list[Image]) -> list[Array | None]:
    with FaceMesh(tracking=True) as mesh:
        mesh.landmarks(frames[0])
        return [mesh.landmarks(frame) for frame in frames]


def _distance(a: Array, b: Array) -> float:
    surface = slice(topo.SURFACE)
    return float(np.linalg.norm((a - b)[:, surface, :2], axis=-1).mean())


def mouth(landmarks: Array) -> Array:
    """Lip gap over mouth width of (T, 478, 3) landmarks."""
    upper, lower = np.array(topo.LIP_PAIRS[3:6]).T
    gap = np.linalg.norm((landmarks[:, upper] - landmarks[:, lower])[..., :2], axis=-1).mean(1)
    return gap / np.linalg.norm((landmarks[:, 78] - landmarks[:, 308])[:, :2], axis=-1)


def eyes(landmarks: Array) -> Array:
    """Lid gap over eye width, both eyes' mean, of (T, 478, 3) landmarks."""
    both = []
    for side, (outer, inner) in enumerate(topo.EYE_CORNERS):
        upper, lower = topo.UPPER_LID[side][2:5], topo.LOWER_LID[side][2:5]
        gap = np.linalg.norm((landmarks[:, upper] - landmarks[:, lower])[..., :2], axis=-1).mean(1)
        both.append(gap / np.linalg.norm((landmarks[:, outer] - landmarks[:, inner])[:, :2], axis=-1))
    return np.mean(both, 0)


def _yaw(landmarks: Array) -> Array:
    """Where the nose stands between the cheeks: what a turn does in the picture."""
    cheeks = landmarks[:, [234, 454], 0]
    return (landmarks[:, 4, 0] - cheeks.mean(1)) / np.abs(np.diff(cheeks, axis=1)[:, 0])


def _pitch(landmarks: Array) -> Array:
    """Where the nose stands between forehead and chin."""
    ends = landmarks[:, [10, 152], 1]
    return (landmarks[:, 4, 1] - ends.mean(1)) / np.abs(np.diff(ends, axis=1)[:, 0])


def _slope(wanted: Array, got: Array) -> float:
    """Least squares gain of `got` over `wanted`, both about their means."""
    wanted, got = wanted - wanted.mean(), got - got.mean()
    return float((wanted @ got) / (wanted @ wanted))


def _face_box(landmarks: Array) -> tuple[slice, slice]:
    low, high = landmarks[:, :2].min(0) - 8, landmarks[:, :2].max(0) + 8
    x, y = np.clip([low, high], 0, SIDE).astype(int).T
    return slice(*y), slice(*x)


def _face_l1(real: Image, made: Image, landmarks: Array) -> float:
    box = _face_box(landmarks)
    small = [
        cv2.resize(image[box], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for image in (real, made)
    ]
    return float(cv2.absdiff(*small).mean() / 255)


def _sharpness(image: Image, landmarks: Array) -> float:
    """Standard deviation of the Laplacian on the face."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F)[_face_box(landmarks)].std())

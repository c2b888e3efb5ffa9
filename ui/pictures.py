"""The few pictures that a page may show when somebody asks: a face's crop, and stills in greyscale."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.motion.templates import still_times
from portrait.motion.timing import resample
from portrait.motion.warp import animate, prepare
from portrait.quality_report import require_face
from portrait.reference import Reference
from portrait.types import Image, Photo, Progress

STILLS = 8
_LONGEST = 640  # px, enough for a page
_AROUND = 0.35  # of the face's size, on every side


def face_crop(photo: Photo) -> Image:
    """Return the face with a little around it; raises the PhotoErrors of `require_face`."""
    points = require_face(photo)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _AROUND * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = (high + margin).astype(int)
    return _small(photo.pixels[top:bottom, left:right])


def grey(image: Image) -> NDArray[np.uint8]:
    """Return the image (H, W) without colour."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def stills(photo: Photo, reference: Reference, progress: Progress) -> list[NDArray[np.uint8]]:
    """Return eight moments of the motion on this portrait, (H, W) grey. Raises PhotoError, VideoError."""
    small = replace(photo, pixels=_small(photo.pixels))
    landmarks = require_face(small)
    track = reference.track(progress, like=landmarks)
    moments = resample(track, np.array(still_times(track, STILLS)), track.fps)
    frames = animate(prepare(small, landmarks), moments, None, frames=len(moments))
    return [grey(frame) for frame in frames]


def _small(image: Image) -> Image:
    scale = _LONGEST / max(image.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

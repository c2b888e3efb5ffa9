"""From the inputs to the unsigned film: the stages in one stream, nothing kept but the frame at hand.

    photo ─► working size ─► animate ─► compose ─► I420 ─► mark ─► encode
    track ──────────────────────┘          └── captions, label, closing card
    narration ─► lips ──────────┘

Every input is already decided and loaded; nothing here asks for permission or knows where things are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.captions import make_captions
from portrait.compose.closing import ClosingCard
from portrait.compose.colour import to_yuv
from portrait.compose.encode import encode
from portrait.compose.layout import closing_frames, compose, plan_layout, working_size
from portrait.compose.placement import Placement, box_around
from portrait.compose.presets import Preset
from portrait.compose.sound import soundtrack
from portrait.errors import N_
from portrait.motion.timing import fit
from portrait.motion.warp import animate, prepare
from portrait.quality_report import require_face
from portrait.speech.visemes import lip_track
from portrait.stream import Stopwatch, ahead
from portrait.types import Caption, Image, MotionTrack, Narration, Photo, Progress, Script

Luma = NDArray[np.uint8]
Mark = Callable[[Luma], Luma]
FitMark = Callable[[list[Luma]], Mark]
"""Takes a few luma planes (H, W) from all over the film, returns what marks each plane."""

PREPARING = N_("Studying the photograph")
FILMING = N_("Moving, composing and encoding")
WAITING = "wait"  # what the encoder's thread spends waiting for frames; no stage's work
TAIL = 0.6  # seconds the portrait stays after its last word
SAMPLES = 9  # moments of the film that the watermark is fitted to


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything a film is made of.

    track: reference motion of any length and rate.
    label: (H, W, 4) uint8 RGBA of the preset's size. fps: 25 or 30.
    """

    photo: Photo
    track: MotionTrack
    script: Script
    narration: Narration
    preset: Preset
    label: NDArray[np.uint8]
    closing: ClosingCard
    fps: int = 25

    @property
    def moving_frames(self) -> int:
        """Frames in which the portrait moves, before the closing card."""
        return round((self.narration.duration + TAIL) * self.fps)

    @property
    def total_frames(self) -> int:
        """Frames of the whole film."""
        return self.moving_frames + closing_frames(self.closing, self.fps)

    @property
    def captions(self) -> tuple[Caption, ...]:
        """The narration's captions, as burned in and as written beside the film."""
        return make_captions(self.narration.words, self.script, max_chars=self.preset.caption_chars)


def shoot(plan: Plan, fit_mark: FitMark, path: Path, *, watch: Stopwatch, progress: Progress) -> None:
    """Write the film to `path`, marked and unsigned, complete or not at all.

    Raises PhotoError, EncodeError, and whatever `progress` raises.
    """
    progress(PREPARING, 0.0)
    with watch.stage("prepare"):
        landmarks = require_face(plan.photo)
        placement = plan_layout(plan.photo.pixels.shape, box_around(landmarks), plan.preset)
        photo, landmarks = _at_size(plan.photo, landmarks, working_size(plan.photo.pixels.shape, placement))
        source = prepare(photo, landmarks)
        track = fit(plan.track, plan.moving_frames / plan.fps, plan.fps)
        lips = lip_track(plan.narration, plan.fps)
        captions = plan.captions
        mark = fit_mark(_sample_lumas(plan, photo.pixels, placement, captions))
    progress(PREPARING, 1.0)
    moving = watch.through("animate", animate(source, track, lips, frames=plan.moving_frames))
    frames = compose(moving, placement, captions, plan.label, plan.closing, fps=plan.fps)
    marked = _marked(watch.through("compose", frames), mark, watch)
    with watch.stage("encode"):
        encode(
            _counted(watch.through(WAITING, ahead(marked)), plan.total_frames, progress),
            size=plan.preset.size,
            fps=plan.fps,
            sound=soundtrack(plan.narration, plan.total_frames / plan.fps),
            path=path,
        )


def _at_size(
    photo: Photo, landmarks: NDArray[np.float64], size: tuple[int, int]
) -> tuple[Photo, NDArray[np.float64]]:
    """Bring a photo and its landmarks to `size` (H, W), so that no pixel is animated that nobody sees."""
    height, width = photo.pixels.shape[:2]
    if size == (height, width):
        return photo, landmarks
    scale = np.array([size[1] / width, size[0] / height, size[1] / width])
    pixels = cv2.resize(photo.pixels, size[::-1], interpolation=cv2.INTER_AREA)
    corner = np.array([0.5, 0.5, 0])  # pixel centres are at integers
    return replace(photo, pixels=pixels), (landmarks + corner) * scale - corner


def _sample_lumas(
    plan: Plan, photo: Image, placement: Placement, captions: tuple[Caption, ...]
) -> list[Luma]:
    """Compose the still photo at a few moments: each with its caption, and the closing card."""
    fps = SAMPLES / (plan.moving_frames / plan.fps)
    frames = compose(repeat(photo, SAMPLES), placement, captions, plan.label, plan.closing, fps=fps)
    return [_luma_of(to_yuv(frame)) for frame in frames]


def _luma_of(planes: NDArray[np.uint8]) -> Luma:
    """Return the luma plane (H, W) of an I420 array (H * 3 // 2, W), as a view."""
    return planes[: planes.shape[0] * 2 // 3]


def _marked(frames: Iterator[Image], mark: Mark, watch: Stopwatch) -> Iterator[NDArray[np.uint8]]:
    for frame in frames:
        with watch.stage("mark"):
            planes = to_yuv(frame)
            luma = _luma_of(planes)
            luma[:] = mark(luma)
        yield planes


def _counted(
    frames: Iterator[NDArray[np.uint8]], total: int, progress: Progress
) -> Iterator[NDArray[np.uint8]]:
    """Pass frames on and report how far the film is."""
    for number, frame in enumerate(frames, start=1):
        yield frame
        progress(FILMING, number / total)

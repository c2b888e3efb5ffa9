"""From the moving photo to whole frames: ground, photo, captions, label, and the closing card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.compose.captions_art import CaptionArt, draw_captions
from portrait.compose.closing import ClosingCard, draw_closing
from portrait.compose.ground import Stage, over, set_stage
from portrait.compose.placement import Placement, plan_layout, working_size
from portrait.types import Caption, Image

__all__ = ["CROSS_FADE", "closing_frames", "compose", "plan_layout", "working_size"]

CROSS_FADE = 0.5  # seconds from the last moving frame into the closing card


def closing_frames(closing: ClosingCard, fps: float) -> int:
    """Return how many frames `compose` adds after the moving ones."""
    return max(1, round(closing.seconds * fps))


def compose(
    frames: Iterable[Image],
    placement: Placement,
    captions: Sequence[Caption],
    label: NDArray[np.uint8],
    closing: ClosingCard,
    *,
    fps: float = 25,
) -> Iterator[Image]:
    """Yield finished frames (H, W, 3) of `placement.preset`: first the moving photo, then the closing card.

    frames: the animated photo, every frame whole and of one size (best: `working_size`). captions:
    timed from the first frame. label: (H, W, 4) uint8 RGBA, laid over every frame including the
    closing card. Each yielded array is new and may be written to. Without frames nothing is yielded.
    """
    preset = placement.preset
    if label.shape != (*preset.size, 4):
        raise ValueError(f"the label must be {(*preset.size, 4)}, not {label.shape}")
    art = draw_captions(captions, preset, label)
    stage: Stage | None = None
    frame: Image | None = None
    for number, moving in enumerate(frames):
        photo = place_photo(moving, placement)
        stage = stage or set_stage(photo, placement, label)
        frame = _put_together(photo, stage, placement)
        _caption(frame, art, number / fps)
        yield frame
    if stage is not None and frame is not None:
        last = _put_together(photo, stage, placement)
        yield from _close(last, over(draw_closing(closing, preset), label), closing, fps)


def place_photo(photo: Image, placement: Placement) -> Image:
    """Return the visible part of `photo` at the size it has in the frame."""
    scaled = placement.scaled
    if photo.shape[:2] != scaled:
        shrinks = scaled[0] < photo.shape[0]
        photo = cv2.resize(photo, scaled[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return photo[placement.visible.slices]


def _put_together(photo: Image, stage: Stage, placement: Placement) -> Image:
    frame = stage.frame.copy()
    lit = cv2.multiply(photo, stage.gain, scale=1 / 255)
    frame[placement.target.slices] = cv2.add(lit, stage.base, dst=lit)
    return frame


def _caption(frame: Image, art: Sequence[CaptionArt], moment: float) -> None:
    """Draw the caption of this moment, if there is one, into the frame."""
    for caption in art:
        if caption.start <= moment < caption.end:
            caption.lay_over(frame)
            return


def _close(last: Image, card: Image, closing: ClosingCard, fps: float) -> Iterator[Image]:
    """Yield the closing frames: the last picture gives way to the card, which then stands."""
    fading = max(1, round(CROSS_FADE * fps))
    for number in range(closing_frames(closing, fps)):
        t = min(1.0, (number + 1) / fading)
        share = t * t * (3 - 2 * t)
        yield cv2.addWeighted(card, share, last, 1 - share, 0)

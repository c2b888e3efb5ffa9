"""From the moving photo to whole frames: ground, photo, captions, label, and the closing card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.compose.captions_art import CaptionArt, draw_captions
from portrait.compose.closing import ClosingCard, draw_closing, draw_dark
from portrait.compose.ground import Stage, set_stage
from portrait.compose.placement import Placement, plan_layout, working_size
from portrait.types import Caption, Image

__all__ = ["FADE", "closing_frames", "compose", "plan_layout", "working_size"]

FADE = 0.4  # seconds from the last moving frame to darkness, and from there to the closing card


def closing_frames(closing: ClosingCard, fps: float) -> int:
    """Return how many frames `compose` adds after the moving ones: always enough to see the card."""
    return max(round(closing.seconds * fps), 2 * _fading(fps) + 1)


def _fading(fps: float) -> int:
    return max(1, round(FADE * fps))


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
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        return
    stage = set_stage(place_photo(first, placement), placement, label)
    for number, moving in enumerate(chain([first], remaining)):
        photo = place_photo(moving, placement)
        frame = _put_together(photo, stage, placement)
        _caption(frame, art, number / fps)
        yield frame
    last = _put_together(photo, stage, placement)
    yield from _close(last, draw_closing(closing, preset, label), draw_dark(preset, label), closing, fps)


def place_photo(photo: Image, placement: Placement) -> Image:
    """Return the visible part of `photo` at the size it has in the frame; never stretched."""
    scaled, (height, width) = placement.scaled, photo.shape[:2]
    if abs(height * scaled[1] - width * scaled[0]) > height + width:  # more than rounding explains
        raise ValueError(f"a frame of {photo.shape[:2]} does not have the proportions planned for, {scaled}")
    if (height, width) != scaled:
        shrinks = scaled[0] < height
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


def _close(last: Image, card: Image, dark: Image, closing: ClosingCard, fps: float) -> Iterator[Image]:
    """Yield the closing frames: the picture goes dark, then the card appears, so no word lies on the face."""
    fading = _fading(fps)
    for number in range(closing_frames(closing, fps)):
        if number < fading:
            yield _between(last, dark, (number + 1) / fading)
        else:
            yield _between(dark, card, min(1.0, (number + 1 - fading) / fading))


def _between(before: Image, after: Image, t: float) -> Image:
    """Return the mixture at `t` in 0..1 of a gentle dissolve."""
    share = t * t * (3 - 2 * t)
    return cv2.addWeighted(after, share, before, 1 - share, 0)

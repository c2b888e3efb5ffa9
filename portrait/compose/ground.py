"""The still part of every frame, computed once: ground, soft edges of the photo, label."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.compose.placement import Placement
from portrait.types import Image

NIGHT = (23, 21, 31)  # #17151F, the warm dark of the house
_GLOW = 0.30  # how much of the photo's blurred light reaches the ground
_GREY = 0.45  # how much of that light's colour is taken away
_EDGE, _FOOT = 0.045, 0.16  # soft edges of the photo and its longer foot, in parts of its smaller side


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Everything a frame shows besides the moving photo.

    frame: (H, W, 3) the frame without the photo, label included. gain, base: (h, w, 3) uint8 over the
    photo's place, so that `photo * gain / 255 + base` is the photo with soft edges under the label.
    """

    frame: Image
    gain: Image
    base: Image


def set_stage(still: Image, placement: Placement, label: NDArray[np.uint8]) -> Stage:
    """Return the stage for `still`, the visible part as drawn, and `label`, (H, W, 4) uint8 RGBA.

    Ground, edge fade and label all act on a pixel as a factor and a sum, so they are folded into
    one factor and one sum here and cost each frame one multiplication and one addition.
    """
    ground = blurred_ground(still, placement)
    inside = placement.target.slices
    opacity = label[..., 3:].astype(np.float32) / 255
    lettering = label[..., :3] * opacity
    fade = _fade(placement)[..., None]
    gain = fade * (1 - opacity[inside]) * np.ones(3, np.float32)
    base = ground[inside] * (1 - fade) * (1 - opacity[inside]) + lettering[inside]
    return Stage(
        frame=_to_bytes(ground * (1 - opacity) + lettering),
        gain=_to_bytes(255 * gain),
        base=np.minimum(_to_bytes(base), 255 - _to_bytes(255 * gain)),
    )


def over(picture: Image, overlay: NDArray[np.uint8]) -> Image:
    """Return `picture` with the RGBA `overlay` of the same size laid over it."""
    opacity = overlay[..., 3:].astype(np.float32) / 255
    return _to_bytes(picture * (1 - opacity) + overlay[..., :3] * opacity)


def blurred_ground(still: Image, placement: Placement) -> NDArray[np.float32]:
    """Return a dark ground (H, W, 3), 0..255: the photo's own light, far out of focus, towards the night.

    A fixed grain of one level keeps the dark gradient from banding in eight bits.
    """
    height, width = placement.preset.size
    small = cv2.resize(still, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 3.5, borderType=cv2.BORDER_REPLICATE)
    small += _GREY * (small.mean(axis=2, keepdims=True) - small)
    light = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    depth = np.linspace(1, 0.45, height, dtype=np.float32)[:, None, None]
    ground = np.float32(NIGHT) + depth * _GLOW * light
    grain = np.random.default_rng(0).uniform(-1, 1, (height, width, 1)).astype(np.float32)
    return ground + grain


def _fade(placement: Placement) -> NDArray[np.float32]:
    """Return the photo's opacity (h, w), 0..1: soft at edges inside the frame, whole on the face."""
    target, preset, face = placement.target, placement.preset, placement.face
    side = min(target.width, target.height)
    edge, foot = _EDGE * side, _FOOT * side
    columns, rows = np.arange(int(target.width)) + 0.5, np.arange(int(target.height)) + 0.5
    x, y = np.ones(len(columns)), np.ones(len(rows))
    if target.x > 0:
        x *= _rise(columns, min(edge, face.x - target.x))
    if target.right < preset.width:
        x *= _rise(target.width - columns, min(edge, target.right - face.right))
    if target.y > 0:
        y *= _rise(rows, min(edge, face.y - target.y))
    if target.bottom < preset.height:
        y *= _rise(target.height - rows, min(foot, target.bottom - face.bottom))
    return np.outer(y, x).astype(np.float32)


def _rise(distance: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Smoothstep from 0 at the edge to 1 at `length` pixels from it."""
    t = np.clip(distance / max(length, 1.0), 0, 1)
    return t * t * (3 - 2 * t)


def _to_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

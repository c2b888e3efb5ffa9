"""The photo taken apart: a head that can move, what is behind it, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.face import head_matte
from portrait.motion import topology as topo
from portrait.motion.geometry import Points, smoothstep
from portrait.types import Image

_PLATE_SIDE = 256  # the plate is filled in at this size: what the head uncovers is narrow and soft


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A crop as layers; at rest, head over plate plus rest is the photo, exactly.

    head: (H, W, 4) uint8, colour multiplied by the matte, and the matte. plate: (H, W, 3) uint8, the photo
    with the head painted out. rest: (H, W, 3) int16, what the two lack.
    """

    head: NDArray[np.uint8]
    plate: Image
    rest: NDArray[np.int16]


def take_apart(image: Image, landmarks: Points, head: NDArray[np.float32]) -> Layers:
    """Split a crop into layers. head: (H, W) in 0..1, what takes part in the head's motion."""
    matte = person_matte(image, landmarks)
    plate = _paint_out(image, (matte > 0.04) & (head > 0.02), matte)
    colour = _foreground(image, plate, matte)
    premultiplied = np.round(colour * matte[..., None]).astype(np.uint8)
    layers = np.dstack([premultiplied, np.round(matte * 255).astype(np.uint8)])
    rest = image.astype(np.int16) - over(layers, plate)
    return Layers(layers, plate, rest)


def over(head: NDArray[np.uint8], plate: Image) -> NDArray[np.uint8]:
    """Lay a premultiplied (H, W, 4) head over a plate (Porter and Duff, 1984)."""
    red, green, blue, matte = cv2.split(head)
    gap = cv2.bitwise_not(matte)
    behind = cv2.multiply(plate, cv2.merge([gap, gap, gap]), scale=1 / 255)
    return cv2.add(cv2.merge([red, green, blue]), behind)


def person_matte(image: Image, landmarks: Points) -> NDArray[np.float32]:
    """Matte of the person, (H, W) in 0..1: selfie segmentation drawn to the photo's own edges.

    The face's hull is always inside. Guided filter: He, Sun and Tang, 2010.
    """
    longest = max(image.shape[:2])
    guide = image.astype(np.float32) / 255
    rough = head_matte(image)
    fine = cv2.ximgproc.guidedFilter(guide, rough, max(4, longest // 48), 1e-4)
    matte = smoothstep(0.25, 0.8, fine).astype(np.float32)
    hull = np.zeros(image.shape[:2], np.float32)
    outline = cv2.convexHull(landmarks[topo.OVAL, :2].astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(hull, outline, 1.0)
    hull *= cv2.GaussianBlur(hull, (0, 0), max(0.6, longest / 200))
    return np.maximum(matte, hull)


def _paint_out(image: Image, hidden: NDArray[np.bool_], matte: NDArray[np.float32]) -> Image:
    """Fill `hidden` from around it and give the filling the photo's own grain."""
    height, width = image.shape[:2]
    longest = max(height, width)
    reach = max(3, longest // 100) | 1
    hole = cv2.dilate(hidden.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    scale = min(1.0, _PLATE_SIDE / longest)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small_hole = cv2.resize(hole.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    filled = cv2.inpaint(small, (small_hole > 0.02).astype(np.uint8), 4, cv2.INPAINT_TELEA)
    filled = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    filled += _grain(image, matte)
    soft = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), max(0.8, longest / 400))[..., None]
    return np.clip(np.round(image * (1 - soft) + filled * soft), 0, 255).astype(np.uint8)


def _grain(image: Image, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Noise as strong as the background's own, so that the filling does not look like plastic."""
    background = matte < 0.02
    strength = 2.0
    if background.sum() > 100:
        fine = image.astype(np.float32) - cv2.GaussianBlur(image, (0, 0), 2).astype(np.float32)
        strength = min(5.0, 1.48 * float(np.median(np.abs(fine[background]))))
    noise = np.random.default_rng(0).normal(0, 1, image.shape[:2]).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * strength * 1.5


def _foreground(image: Image, plate: Image, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the head's own colour where hair and background mix.

    Blur fusion: Forte, "Approximate fast foreground colour estimation", ICIP 2021, eq. 4 and 5.
    """
    colour = image.astype(np.float32)
    alpha = matte[..., None]
    for radius in (max(3, max(image.shape[:2]) // 12), max(3, max(image.shape[:2]) // 80)):
        size = (2 * radius + 1, 2 * radius + 1)
        weight = cv2.blur(matte, size)[..., None] + 1e-5
        ahead = cv2.blur(colour * alpha, size) / weight
        behind = cv2.blur(plate * (1 - alpha), size) / (1 - weight + 2e-5)
        colour = np.clip(ahead + alpha * (image - alpha * ahead - (1 - alpha) * behind), 0, 255)
    return colour

"""The inside of the mouth: upper teeth fixed to the skull, lower teeth and tongue to the jaw.

Nothing of it is seen in a photo with closed lips, so it is painted: dark, soft and in the photo's own
light, because a mouth in motion shows little more. Where the photo shows teeth, they are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.motion import topology as topo
from portrait.motion.geometry import Points, smoothstep
from portrait.motion.mesh import Placed
from portrait.motion.paint import (
    Mask,
    Patch,
    affine_between,
    chain,
    lay_over,
    patch_around,
    soft_line,
    soft_polygon,
)
from portrait.types import Image

_SIDE = 256  # px of the textures, which span 1.5 mouth widths
_SPAN, _LEFT, _TOP = 1.5, -0.75, -0.35
_OPEN = 0.07  # lip gap over mouth width from which a photo shows the inside of its mouth
_TOOTH_EDGES = np.array([0, 0.085, 0.152, 0.222, 0.285, 0.34, 0.385])
_TOOTH_RISE = np.array([0, -0.006, 0.0, -0.006, -0.010, -0.015])
_LOWER_EDGES = np.array([0, 0.052, 0.108, 0.17, 0.235, 0.30])


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """The inside of one photo's mouth.

    skull: (256, 256, 4) float32 premultiplied colour 0..255 and matte 0..1 of what moves with the skull.
    jaw: the same of what moves with the jaw. cavity: (3,) the dark behind. to_crop: (2, 3) affine of the
    textures. seam: (3,) colour between closed lips. open_in_photo: whether the photo shows the inside itself.
    """

    landmarks: Points
    width: float
    skull: NDArray[np.float32]
    jaw: NDArray[np.float32]
    cavity: NDArray[np.float32]
    seam: NDArray[np.float32]
    to_crop: Points
    open_in_photo: bool

    def paint(self, frame: Image, placed: Placed) -> None:
        """Paint the inside between the lips; nothing is touched while they stay as in the photo."""
        ring = placed.landmarks[topo.INNER_RING, :2]
        patch = patch_around(ring, 0.08 * self.width, frame.shape)
        if patch.empty:
            return
        gap, rest = _gap(placed.landmarks) / self.width, _gap(placed.rigid) / self.width
        if self.open_in_photo:
            shown = float(smoothstep(0.0, 0.03, abs(gap - rest)) * smoothstep(0.004, 0.03, gap))
            self._close(frame, patch, placed, gap)
        else:
            shown = float(smoothstep(0.006, 0.035, gap - 0.8 * rest))
        if shown > 0:
            mask = soft_polygon(ring, patch, max(0.6, self.width / 85)) * shown * self._corners(patch, placed)
            lay_over(frame, patch, self._inside(patch, placed, mask, gap), mask)

    def _corners(self, patch: Patch, placed: Placed) -> Mask:
        """1 between the lips, fading towards the corners, where lips touch even in an open mouth."""
        one, other = placed.landmarks[list(topo.MOUTH_CORNERS), :2]
        along = (other - one) / np.linalg.norm(other - one)
        y, x = np.mgrid[patch.top : patch.bottom, patch.left : patch.right]
        across = np.abs((x - (one + other)[0] / 2) * along[0] + (y - (one + other)[1] / 2) * along[1])
        return 1 - smoothstep(0.78, 1.0, across / (np.linalg.norm(other - one) / 2)).astype(np.float32)

    def _inside(self, patch: Patch, placed: Placed, mask: Mask, gap: float) -> NDArray[np.float32]:
        """Cavity, then what moves with the jaw, then what moves with the skull, in the lips' shadow."""
        rings = topo.INNER_RING + topo.OUTER_RING
        carried = affine_between(self.landmarks[rings, :2], placed.rigid[rings, :2])
        lowered = carried.copy()
        lowered[:, 2] += placed.landmarks[17, :2] - placed.rigid[17, :2]
        inside = np.broadcast_to(self.cavity, (*patch.size[::-1], 3)).astype(np.float32)
        for texture, motion in ((self.jaw, lowered), (self.skull, carried)):
            matrix = chain(np.c_[np.eye(2), -patch.corner], chain(motion, self.to_crop))
            layer = cv2.warpAffine(texture, matrix, patch.size, flags=cv2.INTER_LINEAR)
            inside = inside * (1 - layer[..., 3:]) + layer[..., :3]
        depth = np.clip(1.2 * cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.05 * self.width)) - 0.15, 0, 1)
        dimmest = 0.65 if self.open_in_photo else 0.48
        return inside * _in_shade(dimmest + (1 - dimmest) * depth)

    def _close(self, frame: Image, patch: Patch, placed: Placed, gap: float) -> None:
        """Draw the line between lips that the photo shows apart and the motion has brought together."""
        strength = 0.85 * float(smoothstep(0.05, 0.015, gap))
        if strength <= 0:
            return
        middle = (placed.landmarks[topo.UPPER_INNER, :2] + placed.landmarks[topo.LOWER_INNER, :2]) / 2
        one, other = placed.landmarks[list(topo.MOUTH_CORNERS), :2]
        line = np.concatenate([[one], middle, [other]])
        lay_over(
            frame,
            patch,
            self.seam,
            strength * soft_line(line, patch, max(2.5, self.width / 45), max(0.8, self.width / 90)),
        )


def _gap(landmarks: Points) -> float:
    upper, lower = topo.UPPER_INNER[3:6], topo.LOWER_INNER[3:6]
    return float(np.linalg.norm((landmarks[lower] - landmarks[upper])[:, :2], axis=1).mean())


def find_mouth(image: Image, landmarks: Points) -> Mouth:
    """Make the inside of the mouth for a crop, lit as its skin is."""
    width = float(np.linalg.norm(landmarks[61] - landmarks[291]))
    model = _Model(image, landmarks, width)
    open_in_photo = _gap(landmarks) / float(np.linalg.norm(landmarks[78] - landmarks[308])) > _OPEN
    return Mouth(
        landmarks=landmarks,
        width=width,
        skull=model.photographed() if open_in_photo else model.upper_teeth(),
        jaw=model.tongue_and_lower_teeth(),
        cavity=model.photographed_dark() if open_in_photo else model.cavity,
        seam=model.seam,
        to_crop=model.to_crop,
        open_in_photo=open_in_photo,
    )


class _Model:
    """Textures in mouth coordinates: u along the lips, v down, unit the mouth's width."""

    def __init__(self, image: Image, landmarks: Points, width: float) -> None:
        self.image, self.landmarks = image, landmarks
        x, y = np.clip(landmarks[[50, 280, 205, 425], :2].astype(int), 0, np.array(image.shape[1::-1]) - 1).T
        self.skin = image[y, x].mean(0)
        light = float(np.clip(self.skin.mean() / 190, 0.45, 1.05))
        self.cavity = (np.array([36, 16, 15]) * light).astype(np.float32)
        self.tongue = np.array([128, 62, 60]) * light
        x, y = np.clip(
            landmarks[[0, 17, 37, 267, 84, 314], :2].astype(int), 0, np.array(image.shape[1::-1]) - 1
        ).T
        self.seam = (image[y, x].mean(0) * [0.52, 0.40, 0.38]).astype(np.float32)
        chroma = self.skin / self.skin.mean()
        brightness = min(235.0, 1.02 * float(self.skin.max()))
        self.enamel = np.clip(
            brightness * (0.6 * np.array([1.05, 0.985, 0.90]) + 0.4 * chroma) * 0.86, 0, 235
        )
        centre = landmarks[[78, 308], :2].mean(0)
        along = (landmarks[308] - landmarks[78])[:2]
        along /= np.linalg.norm(along)
        across = np.array([-along[1], along[0]])
        unit = width * _SPAN / _SIDE
        turn = np.c_[along, across] * unit
        origin = centre + width * (_LEFT * along + _TOP * across)
        self.to_crop = np.c_[turn, origin + turn @ [0.5, 0.5]]
        self.upper_lip = float((landmarks[13, :2] - centre) @ across) / width
        self.lower_lip = float((landmarks[14, :2] - centre) @ across) / width

    @cached_property
    def uv(self) -> tuple[Points, Points]:
        steps = (np.arange(_SIDE) + 0.5) / _SIDE * _SPAN
        return np.meshgrid(steps + _LEFT, steps + _TOP)

    def upper_teeth(self) -> NDArray[np.float32]:
        u, v = self.uv
        side = np.abs(u)
        bottom = self.upper_lip + 0.038 - 0.05 * (u / 0.4) ** 2
        tooth, ridge = _row_of_teeth(side, v - bottom, _TOOTH_EDGES, _TOOTH_RISE)
        tooth *= 1 - smoothstep(0.36, 0.40, side)
        light = (1 - 0.75 * smoothstep(0.08, 0.38, side)) * (
            0.72 + 0.28 * smoothstep(-0.12, 0.03, v - bottom)
        )
        colour = self.enamel * _in_shade(light * (1 - 0.10 * ridge))
        return _premultiplied(colour, tooth)

    def tongue_and_lower_teeth(self) -> NDArray[np.float32]:
        u, v = self.uv
        side = np.abs(u)
        bump = 0.75 * np.exp(-1.2 * ((u / 0.30) ** 2 + ((v - self.lower_lip - 0.06) / 0.15) ** 2))
        tongue = _premultiplied(np.broadcast_to(self.tongue, (*u.shape, 3)), bump)
        top = self.lower_lip - 0.02 + 0.05 * (u / 0.4) ** 2
        tooth, ridge = _row_of_teeth(side, top - v, _LOWER_EDGES, np.zeros(5))
        tooth *= 0.8 * (1 - smoothstep(0.24, 0.30, side))
        light = 0.55 * (1 - 0.7 * smoothstep(0.08, 0.30, side)) * (1 - 0.2 * ridge)
        teeth = _premultiplied(self.enamel * _in_shade(light), tooth)
        return tongue * (1 - teeth[..., 3:]) + teeth

    def photographed_dark(self) -> NDArray[np.float32]:
        """The darkest that the photo shows between the lips, but no lighter than a mouth is."""
        patch = patch_around(self.landmarks[topo.INNER_RING, :2], 0, self.image.shape)
        between = soft_polygon(self.landmarks[topo.INNER_RING], patch, 0) > 0.9
        pixels = patch.of(self.image)[between].astype(np.float32)
        if len(pixels) < 12:
            return self.cavity
        darkest = pixels[pixels.sum(1) <= np.percentile(pixels.sum(1), 15)].mean(0)
        return np.minimum(darkest, 1.15 * self.cavity)

    def photographed(self) -> NDArray[np.float32]:
        """The photo's own teeth, continued under the upper lip; below them nothing, so the cavity shows."""
        inverse = cv2.invertAffineTransform(self.to_crop)
        pixels = cv2.warpAffine(
            self.image, inverse, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        ring = self.landmarks[topo.INNER_RING, :2] @ inverse[:, :2].T + inverse[:, 2]
        seen = soft_polygon(ring, Patch(0, 0, _SIDE, _SIDE), 0)
        seen = cv2.erode(seen, np.ones((3, 3), np.uint8), iterations=3)
        continued = _spread(pixels, seen)
        soft = cv2.GaussianBlur(seen, (0, 0), 4.0)[..., None]
        upper, lower = ring[1:10], ring[:10:-1]
        middle = (_height_of(upper) + _height_of(lower)) / 2
        above = 1 - smoothstep(-3, 5, np.arange(_SIDE)[:, None] - middle)[..., None]
        colour = continued * (1 - soft) + pixels * soft
        matte = np.maximum(soft, above)
        return np.dstack([colour * matte, matte]).astype(np.float32)


def _row_of_teeth(side: Points, below: Points, edges: Points, rise: Points) -> tuple[Points, Points]:
    """Return the matte of a row of teeth and how near each pixel is to the line between two of them.

    side: distance from the middle. below: distance beyond the teeth's edge, negative on the teeth.
    """
    tooth = np.clip(np.searchsorted(edges, side, side="right") - 1, 0, len(edges) - 2)
    start, end = edges[tooth], edges[tooth + 1]
    off_centre = np.clip(np.abs(side - (start + end) / 2) / ((end - start) / 2), 0, 1)
    edge = rise[tooth] - 0.006 * off_centre**4
    return 1 - smoothstep(-0.02, 0.016, below - edge), smoothstep(0.75, 1.0, off_centre)


def _in_shade(light: Points) -> Points:
    """Light of 0..1 as a factor for each colour: what is dim in a mouth is lit through lips and gums."""
    return light[..., None] ** np.array([0.75, 1.0, 1.1], np.float32)


def _premultiplied(colour: Points, matte: Points) -> NDArray[np.float32]:
    layer = np.dstack([colour * matte[..., None], matte]).astype(np.float32)
    return cv2.GaussianBlur(layer, (0, 0), 1.6)


def _spread(pixels: NDArray[np.float32], known: Mask) -> NDArray[np.float32]:
    """Continue the known pixels outwards, nearest scale first (normalised convolution)."""
    total = np.zeros_like(pixels)
    weight = np.full((*known.shape, 1), 1e-12, np.float32)
    for sigma, trust in ((2, 1.0), (6, 1e-2), (20, 1e-4), (60, 1e-6)):
        total += trust * cv2.GaussianBlur(pixels * known[..., None], (0, 0), sigma)
        weight += trust * cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
    return total / weight


def _height_of(row: Points) -> Points:
    """Height of a lip at each column of the texture."""
    ordered = row[np.argsort(row[:, 0])]
    return np.interp(np.arange(_SIDE), ordered[:, 0], ordered[:, 1])

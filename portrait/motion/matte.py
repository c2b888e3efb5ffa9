"""The photo taken apart: a head that can move, what is behind it, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.face import face_height, head_matte
from portrait.motion import topology as topo
from portrait.motion.geometry import Points, smoothstep
from portrait.types import Image

_OUTLINE_SIDE = 400  # px at which the outline is looked for
_PLATE_SIDE = 256  # the plate is filled in at this size: what the head uncovers is narrow and soft
_FILL_RADIUS = 4
_THIN = 21  # px of the plate, at its small size: a line thinner than half of this does not run into the fill


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
    plate = _paint_out(image, (matte > 0.04) & (head > 0.02), matte, 0.0125 * face_height(landmarks))
    opaque = np.round(matte * 255).astype(np.uint8)[..., None]
    # the compositing equation solved for the head: what the plate does not explain, where the matte allows
    own = np.round(image - (1 - matte[..., None]) * plate)
    layers = np.dstack([np.clip(own, 0, opaque).astype(np.uint8), opaque])
    rest = image.astype(np.int16) - over(layers, plate)
    return Layers(layers, plate, rest)


def over(head: NDArray[np.uint8], plate: Image) -> NDArray[np.uint8]:
    """Lay a premultiplied (H, W, 4) head over a plate (Porter and Duff, 1984)."""
    red, green, blue, matte = cv2.split(head)
    gap = cv2.bitwise_not(matte)
    behind = cv2.multiply(plate, cv2.merge([gap, gap, gap]), scale=1 / 255)
    return cv2.add(cv2.merge([red, green, blue]), behind)


def person_matte(image: Image, landmarks: Points) -> NDArray[np.float32]:
    """Matte of the person, (H, W) in 0..1; the face's hull is always inside.

    Selfie segmentation says roughly where, GrabCut (Rother, Kolmogorov and Blake, 2004) moves the edge to the
    photo's own, and a guided filter (He, Sun and Tang, 2010) makes it as soft as the hair is.
    """
    reach = face_height(landmarks)
    outline = _grab_cut(image, head_matte(image) > 0.5, inward=0.03 * reach, outward=0.06 * reach)
    guide = image.astype(np.float32) / 255
    fine = cv2.ximgproc.guidedFilter(guide, outline, max(2, round(0.012 * reach)), 1e-4)
    matte = smoothstep(0.25, 0.75, fine).astype(np.float32)
    hull = np.zeros(image.shape[:2], np.float32)
    oval = cv2.convexHull(landmarks[topo.OVAL, :2].astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(hull, oval, 1.0)
    hull *= cv2.GaussianBlur(hull, (0, 0), max(0.6, 0.012 * reach))
    return np.maximum(matte, hull)


def _grab_cut(
    image: Image, person: NDArray[np.bool_], *, inward: float, outward: float
) -> NDArray[np.float32]:
    """Move the outline of `person`, by at most so many pixels, to where colours part."""
    scale = min(1.0, _OUTLINE_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(person.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    labels = np.where(inside > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[cv2.erode(inside, _disc(max(1, round(inward * scale)))) > 0] = cv2.GC_FGD
    labels[cv2.dilate(inside, _disc(max(2, round(outward * scale)))) == 0] = cv2.GC_BGD
    if {cv2.GC_FGD, cv2.GC_BGD} <= set(np.unique(labels).tolist()):
        cv2.setRNGSeed(0)  # its colour models start from k-means; the same photo must give the same matte
        bgr = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 0.7), cv2.COLOR_RGB2BGR)
        cv2.grabCut(bgr, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
        inside = _largest_part(((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8))
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)
    return cv2.resize(soft, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _largest_part(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(mask)
    return (parts == 1 + np.argmax(sizes[1:, cv2.CC_STAT_AREA])).astype(np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _paint_out(image: Image, hidden: NDArray[np.bool_], matte: NDArray[np.float32], reach: float) -> Image:
    """Fill `hidden` with what surrounds it, `reach` pixels wider than the matte: nothing of the head stays.

    The band that a turning head uncovers is narrow. It is filled smoothly, from a background without its thin
    lines, and given the photo's own grain: a mirror image would keep more texture, but it bends every cord,
    pole and window frame that ends behind the head.
    """
    hole = cv2.dilate(hidden.astype(np.uint8), _disc(max(1, round(reach)))) > 0
    filled = _smooth_fill(image, hole) + _grain(image, matte)
    edge = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), max(0.8, reach / 4))[..., None]
    return np.clip(np.round(image * (1 - edge) + filled * edge), 0, 255).astype(np.uint8)


def _smooth_fill(image: Image, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Fill a hole from its edge (Telea, 2004), at a small size; thin lines do not run into it."""
    scale = min(1.0, _PLATE_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    share = cv2.resize(hole.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    small_hole = (share > 0.02).astype(np.uint8)
    filled = cv2.inpaint(small, small_hole, _FILL_RADIUS, cv2.INPAINT_TELEA)  # no head in what follows
    filled = cv2.inpaint(cv2.medianBlur(filled, _THIN), small_hole, _FILL_RADIUS, cv2.INPAINT_TELEA)
    return cv2.resize(filled, image.shape[1::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _grain(image: Image, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Noise as strong as the background's own, so that the filling does not look like plastic."""
    background = matte < 0.02
    strength = 2.0
    if background.sum() > 100:
        fine = image.astype(np.float32) - cv2.GaussianBlur(image, (0, 0), 2).astype(np.float32)
        strength = min(5.0, 1.48 * float(np.median(np.abs(fine[background]))))
    noise = np.random.default_rng(0).normal(0, 1, image.shape[:2]).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * strength * 1.5

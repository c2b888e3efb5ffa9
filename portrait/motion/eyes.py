"""Eyes: the photo's own eyeballs under moving lids.

Where a lid opens beyond the photo's, or an iris moves, pixels appear that the photo does not have:
sclera and iris are continued under the lids once, when the photo is prepared.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.motion import topology as topo
from portrait.motion.geometry import Points, smoothstep
from portrait.motion.mesh import Placed
from portrait.motion.paint import (
    Patch,
    affine_between,
    chain,
    lay_over,
    patch_around,
    soft_polygon,
)
from portrait.types import Image

_UNDER_LID = 0.45  # light that falls on what the lids cover in the photo


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """One eye of the photo.

    texture: (h, w, 3) float32, the eyeball without lids, at `corner` of the crop. lashes: (3,) their colour.
    """

    side: int
    landmarks: Points
    texture: NDArray[np.float32]
    corner: Points
    lashes: NDArray[np.float32]
    width: float

    def paint(self, frame: Image, placed: Placed, gaze: Points) -> None:
        """Paint the eyeball into its lids. gaze: (2,) px. Nothing is touched where nothing moved."""
        ring = placed.landmarks[topo.EYE_RING[self.side], :2]
        patch = patch_around(ring, 0.45 * self.width, frame.shape)
        if patch.empty:
            return
        openness = _gap(placed.landmarks, self.side) / max(_gap(placed.rigid, self.side), 1e-3)
        change = max(abs(openness - 1), float(np.linalg.norm(gaze)) / self.width * 3)
        shown = float(smoothstep(0.0, 0.08, change) * smoothstep(0.10, 0.25, openness))
        if shown > 0:
            mask = soft_polygon(ring, patch, max(0.5, self.width / 70)) * shown
            lay_over(frame, patch, self._eyeball(patch, placed, gaze, openness), mask)
        self._close(frame, patch, placed, openness)

    def _eyeball(self, patch: Patch, placed: Placed, gaze: Points, openness: float) -> NDArray[np.float32]:
        """The eyeball where the head has carried it, in the shadow of the upper lid."""
        ring, corners = topo.EYE_RING[self.side], list(topo.EYE_CORNERS[self.side])
        carried = affine_between(self.landmarks[ring, :2], placed.rigid[ring, :2])
        carried[:, 2] += (placed.landmarks[corners, :2] - placed.rigid[corners, :2]).mean(0) + gaze
        local = np.c_[np.eye(2), self.corner]
        view = np.c_[np.eye(2), -patch.corner]
        matrix = chain(view, chain(carried, local))
        eyeball = cv2.warpAffine(
            self.texture, matrix, patch.size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        lid = placed.landmarks[topo.UPPER_LID[self.side], :2] - patch.corner
        lid = lid[np.argsort(lid[:, 0])]
        edge = np.interp(np.arange(patch.size[0]), lid[:, 0], lid[:, 1])
        below = (np.arange(patch.size[1])[:, None] - edge) / (0.14 * self.width)
        shadow = 0.28 * (1 - np.clip(below, 0, 1)) * np.clip(1.1 - openness, 0, 1)
        return (eyeball * (1 - shadow[..., None])).astype(np.float32)

    def _close(self, frame: Image, patch: Patch, placed: Placed, openness: float) -> None:
        """Let the skin of a closing lid lie smooth, and the lashes along its edge."""
        closing = float(smoothstep(0.75, 0.20, openness))
        if closing <= 0:
            return
        outer, inner = topo.EYE_CORNERS[self.side]
        edge = placed.landmarks[[outer, *topo.UPPER_LID[self.side], inner], :2]
        crease = placed.landmarks[topo.LID_CREASE[self.side], :2]
        lid = soft_polygon(np.concatenate([edge, crease[::-1]]), patch, 0.04 * self.width)
        # the little skin that the photo shows has been stretched from top to bottom: take the streaks out
        smooth = cv2.GaussianBlur(patch.of(frame), (0, 0), 0.09 * self.width, sigmaY=0.015 * self.width)
        lay_over(frame, patch, smooth.astype(np.float32), 0.8 * closing * lid)
        down = placed.rigid[152, :2] - placed.rigid[10, :2]
        thickness = 0.042 * self.width * np.sin(np.linspace(0.15, np.pi - 0.15, len(edge)))
        hair = edge + thickness[:, None] * down / np.linalg.norm(down)
        line = soft_polygon(np.concatenate([edge, hair[::-1]]), patch, max(0.6, self.width / 70))
        lay_over(frame, patch, self.lashes, 0.55 * closing * line)


def _gap(landmarks: Points, side: int) -> float:
    upper, lower = topo.UPPER_LID[side][1:6], topo.LOWER_LID[side][1:6]
    return float(np.linalg.norm((landmarks[upper] - landmarks[lower])[:, :2], axis=1).mean())


def find_eyes(image: Image, landmarks: Points) -> tuple[Eye, Eye]:
    """Take both eyes of a crop, continued under their lids."""
    return _find_eye(image, landmarks, 0), _find_eye(image, landmarks, 1)


def _find_eye(image: Image, landmarks: Points, side: int) -> Eye:
    ring = landmarks[topo.EYE_RING[side], :2]
    width = float(np.linalg.norm(ring[0] - ring[8]))
    patch = patch_around(ring.mean(0, keepdims=True), 0.9 * width, image.shape)
    seen = soft_polygon(ring, patch, 0) > 0.5
    texture = _lidless(patch.of(image), seen, landmarks[topo.IRIS[side], :2] - patch.corner, width)
    return Eye(side, landmarks, texture, patch.corner, _lash_colour(image, landmarks, side), width)


def _lash_colour(image: Image, landmarks: Points, side: int) -> NDArray[np.float32]:
    """Colour of the darker half of the upper lid's edge."""
    lid = landmarks[topo.UPPER_LID[side], :2]
    x, y = np.clip(np.rint(lid).astype(int), 0, np.array(image.shape[1::-1]) - 1).T
    edge = image[y, x].astype(np.float32)
    return 0.75 * edge[np.argsort(edge.sum(1))[: len(edge) // 2]].mean(0)


def _lidless(pixels: Image, seen: NDArray[np.bool_], iris: Points, width: float) -> NDArray[np.float32]:
    """Continue sclera and iris beyond the lids. seen: where the eyeball is visible."""
    y, x = np.mgrid[: seen.shape[0], : seen.shape[1]]
    radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
    distance = np.hypot(x - iris[0, 0], y - iris[0, 1]) / max(radius, 0.5)
    rim = max(1, round(width / 45))
    sure = cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=rim) > 0
    white = pixels[sure & (distance > 1.15)]
    sclera = white.mean(0) if len(white) > 12 else np.array([190, 180, 175])
    ring = pixels[sure & (distance > 0.45) & (distance < 0.9)]
    colour = ring.mean(0) if len(ring) else np.array([70, 50, 40])
    outside = smoothstep(0.9, 1.15, distance)[..., None]
    pupil = (distance < 0.42)[..., None]
    ball = 0.75 * colour * (1 - outside) + sclera * outside
    ball = np.where((distance < 0.9)[..., None], colour, ball)
    ball = np.where(pupil, 0.3 * colour, ball).astype(np.float32)
    ball = cv2.GaussianBlur(ball, (0, 0), max(0.6, width / 40))
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    own = cv2.dilate(seen.astype(np.uint8), element, iterations=rim).astype(np.float32)
    own = cv2.GaussianBlur(own, (0, 0), max(0.7, width / 60))
    ball *= _UNDER_LID + (1 - _UNDER_LID) * cv2.GaussianBlur(own, (0, 0), 0.05 * width)[..., None]
    return pixels * own[..., None] + ball * (1 - own[..., None])

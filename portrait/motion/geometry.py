"""Numbers that both sides of the motion need: similarity fits, head axes, smooth steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from portrait.face import CHIN, FOREHEAD, LEFT_CHEEK, RIGHT_CHEEK

Points = NDArray[np.float64]


def umeyama(a: Points, b: Points) -> tuple[float, Points, Points]:
    """Return (s, R, t) with b ≈ s R a + t in the least squares sense.

    a, b: (N, D) corresponding points. R: (D, D) rotation, never a reflection. t: (D,).
    Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991),
    equations 40 to 43.
    """
    mean_a, mean_b = a.mean(0), b.mean(0)
    u, spectrum, vt = np.linalg.svd((b - mean_b).T @ (a - mean_a))
    signs = np.ones(a.shape[1])
    signs[-1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * signs) @ vt
    scale = float((spectrum * signs).sum() / ((a - mean_a) ** 2).sum())
    return scale, rotation, mean_b - scale * rotation @ mean_a


def smoothstep(start: float, end: float, x: ArrayLike) -> NDArray[np.float64]:
    """Rise from 0 at `start` to 1 at `end`, both with zero slope."""
    t = np.clip((np.asarray(x, np.float64) - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def rotation_matrix(yaw: float, pitch: float, roll: float) -> Points:
    """Return the head rotation for angles in degrees, camera axes (x right, y down, z away).

    yaw > 0: the nose moves to the left of the picture; pitch > 0: the face looks down; roll > 0: clockwise
    in the picture. Order: roll, then pitch, then yaw.
    """
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def euler(rotation: Points) -> Points:
    """Return (yaw, pitch, roll) in degrees; the inverse of `rotation_matrix`."""
    yaw = np.arctan2(rotation[0, 2], rotation[2, 2])
    pitch = np.arctan2(-rotation[1, 2], np.hypot(rotation[0, 2], rotation[2, 2]))
    roll = np.arctan2(rotation[1, 0], rotation[1, 1])
    return np.degrees([yaw, pitch, roll])


@dataclass(frozen=True, slots=True, eq=False)
class FaceFrame:
    """Axes and measures of one face, in the pixels of its landmarks.

    right, down, away: (3,) unit vectors (to the right of the picture, towards the chin, into the head).
    centre: (3,) between forehead and chin. height: forehead to chin. width: cheek to cheek.
    """

    centre: Points
    right: Points
    down: Points
    away: Points
    height: float
    width: float

    def upright(self, points: Points) -> tuple[Points, Points]:
        """Return (u, v) of (N, 2) points: offsets from the centre in face widths and face heights."""
        down = self.down[:2] / np.linalg.norm(self.down[:2])
        offset = points - self.centre[:2]
        return offset @ np.array([down[1], -down[0]]) / self.width, offset @ down / self.height


def face_frame(landmarks: Points) -> FaceFrame:
    """Measure the axes of the (478, 3) landmarks."""
    down = landmarks[CHIN] - landmarks[FOREHEAD]
    height = float(np.linalg.norm(down))
    down = down / height
    across = landmarks[LEFT_CHEEK] - landmarks[RIGHT_CHEEK]
    right = across - down * (across @ down)
    right /= np.linalg.norm(right)
    return FaceFrame(
        centre=(landmarks[CHIN] + landmarks[FOREHEAD]) / 2,
        right=right,
        down=down,
        away=np.cross(right, down),
        height=height,
        width=float(np.linalg.norm(across)),
    )

"""What can be measured on the face of a photograph: blur, light, turn, cover, glasses, mouth.

Everything is measured on the face alone, at one size, so that the numbers compare between a passport
photo and a crop from a group. None depends on how light or dark a skin is: what counts are clipped
pixels, contrast and differences within one face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.face import HeadCrop, apply_affine, face_height
from portrait.motion.geometry import euler, face_frame
from portrait.types import Image

HEIGHT = 256  # pixels from forehead to chin in a `FaceView`
_SIDE = 320
_EYES = ("RIGHT_EYE", "LEFT_EYE")  # the person's right; names as in MediaPipe's FACEMESH_... outlines
_FEATURES = (*_EYES, "RIGHT_EYEBROW", "LEFT_EYEBROW", "LIPS")
_YAW_SHOWN = 0.74  # of a rendered turn of 15 to 45° the mesh reports this part (0.5 to 0.8); of a tilt, all
_REST_PITCH = 5.0  # degrees the mesh reports for people who look straight into the camera: 2 to 9 on seven

Mask = NDArray[np.bool_]


@cache
def _outline(part: str) -> NDArray[np.int64]:
    """Indices of the landmarks around `part` of the face."""
    from mediapipe.python.solutions import face_mesh_connections  # noqa: PLC0415 - heavy

    return np.unique(list(getattr(face_mesh_connections, f"FACEMESH_{part}")))


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """The face upright and HEIGHT pixels high.

    pixels: (320, 320, 3) uint8. luma: (320, 320) float32, 0..255. landmarks: (478, 2) in these pixels.
    """

    pixels: Image
    luma: NDArray[np.float32]
    landmarks: NDArray[np.float64]

    def area(self, *parts: str) -> Mask:
        """Return the pixels inside the convex hulls of `parts` of the face."""
        mask = np.zeros(self.luma.shape, np.uint8)
        for part in parts:
            cv2.fillConvexPoly(mask, cv2.convexHull(self.landmarks[_outline(part)].astype(np.int32)), 1)
        return mask.astype(bool)

    @property
    def face(self) -> Mask:
        """Pixels inside the face oval."""
        return self.area("FACE_OVAL")

    @property
    def skin(self) -> Mask:
        """Pixels of the face away from its edge, eyes, brows and lips."""
        inner = cv2.erode(self.face.astype(np.uint8), np.ones((9, 9), np.uint8))
        features = cv2.dilate(self.area(*_FEATURES).astype(np.uint8), np.ones((13, 13), np.uint8))
        return (inner > 0) & (features == 0)

    @property
    def span(self) -> float:
        """Grey levels between the darkest and the lightest twentieth of the face."""
        dark, light = np.percentile(self.luma[self.face], [5, 95])
        return float(light - dark)


def face_view(pixels: Image, landmarks: NDArray[np.float64]) -> FaceView:
    """Cut the face out upright, at HEIGHT."""
    crop = _square(landmarks, HEIGHT / face_height(landmarks), _SIDE)
    inside = apply_affine(crop.to_crop, landmarks)[:, :2]
    middle = (_SIDE / 2, _SIDE / 2)
    upright = cv2.getRotationMatrix2D(middle, head_angles(landmarks)[2], 1.0)
    cut = cv2.warpAffine(crop.cut(pixels), upright, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
    return FaceView(cut, _luma(cut), inside @ upright[:, :2].T + upright[:, 2])


def _square(landmarks: NDArray[np.float64], scale: float, size: int) -> HeadCrop:
    """Crop of `size` pixels about the middle of the face at `scale`, beyond the photo's edge if need be."""
    middle = (landmarks[10, :2] + landmarks[152, :2]) / 2
    shift = size / 2 - scale * middle
    return HeadCrop(np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]), size)


def _luma(pixels: Image) -> NDArray[np.float32]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)


def head_angles(landmarks: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return (yaw, pitch, roll) in degrees; signs as in `portrait.motion.geometry.rotation_matrix`."""
    frame = face_frame(landmarks)
    yaw, pitch, roll = euler(np.column_stack([frame.right, frame.down, frame.away]))
    return float(yaw / _YAW_SHOWN), float(pitch - _REST_PITCH), float(roll)


def edge_blur(pixels: Image, landmarks: NDArray[np.float64]) -> float:
    """Width (standard deviation) of the sharpest edges of the face, in percent of the face height.

    An ideal edge blurred by σ and then by s0 has a gradient proportional to 1/sqrt(σ² + s0²), so the
    ratio of two such gradients gives σ (Zhuo and Sim, "Defocus map estimation from a single image",
    Pattern Recognition 2011, equation 4, with a second blur in place of none against noise).
    Enlarging a small photo does not help: its edges widen with it.
    """
    height = face_height(landmarks)
    scale = min(1.0, HEIGHT / height)
    crop = _square(landmarks, scale, round(1.25 * height * scale))
    luma = _luma(crop.cut(pixels))
    mask = np.zeros(luma.shape, np.uint8)
    hull = cv2.convexHull(apply_affine(crop.to_crop, landmarks)[:, :2].astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    once, twice = (_gradient(cv2.GaussianBlur(luma, (0, 0), blur)) for blur in (1.0, 2.0))
    edges = (mask > 0) & (once >= np.quantile(once[mask > 0], 0.98))
    ratio = float(np.median(once[edges] / np.maximum(twice[edges], 1e-3))) ** 2
    variance = (4 - ratio) / max(ratio - 1, 1e-3)
    return float(100 * np.sqrt(max(variance, 0.0)) / (height * scale))


def _gradient(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))


def clipped(view: FaceView) -> float:
    """Percentage of the face that is plain black or plain white, where no detail can be."""
    luma = view.luma[view.face]
    return float(100 * ((luma <= 8) | (luma >= 250)).mean())


def unlike_skin(view: FaceView) -> float:
    """Percentage of the skin area whose colour is not that of most of it.

    Compared are the ratios of the channels, which shading leaves alone, and near-black. Sees masks, scarves,
    hair, hats and coloured objects; cannot see a hand or another face. In a black-and-white photograph
    only what is near-black is seen.
    """
    skin = view.skin
    soft = cv2.GaussianBlur(view.pixels, (0, 0), 3).astype(np.float32) + 4
    luma = _luma(view.pixels)
    ratios = np.log(soft[..., [0, 2]] / soft[..., 1:2]) * np.float32([1, 0.6])
    apart = np.linalg.norm(ratios - np.median(ratios[skin], axis=0), axis=-1)
    unlike = skin & ((apart > 0.22) | (cv2.GaussianBlur(luma, (0, 0), 3) < 0.3 * np.median(luma[skin])))
    unlike = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)) > 0
    return float(100 * unlike.sum() / max(skin.sum(), 1))


def eyes_seen(view: FaceView) -> float:
    """Contrast within the less visible eye, in percent of the face's; near 0 behind dark glasses or hair."""
    return min(_contrast_in(view, eye) for eye in _EYES)


def mouth_seen(view: FaceView) -> float:
    """Contrast within the lips, in percent of the face's; near 0 behind a mask or scarf."""
    return _contrast_in(view, "LIPS")


def _contrast_in(view: FaceView, part: str) -> float:
    return float(100 * view.luma[view.area(part)].std() / max(view.span, 1.0))


def bridge_edge(view: FaceView) -> float:
    """Strength of the strongest level edge across the nose bridge, in percent of the face's contrast.

    The bridge of a pair of glasses crosses it from eye to eye; skin there is smooth from top to bottom.
    Rimless glasses and thin wire are missed.
    """
    right, left = view.landmarks[133], view.landmarks[362]  # inner corners of the eyes
    width = left[0] - right[0]
    columns = slice(round(right[0] + 0.2 * width), round(left[0] - 0.2 * width))
    top = min(view.landmarks[107, 1], view.landmarks[336, 1])  # inner ends of the brows
    bottom = (right[1] + left[1]) / 2 + 0.12 * HEIGHT
    smooth = cv2.GaussianBlur(view.luma, (0, 0), 1.5)
    across = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8))[round(top) : round(bottom), columns]
    if not across.size:  # in a profile the corners of the eyes lie on each other
        return 0.0
    return float(100 * across.mean(1).max() / max(view.span, 1.0))


def mouth_gap(landmarks: NDArray[np.float64]) -> float:
    """Opening between the lips in percent of the mouth's width."""
    upper, lower, right, left = landmarks[[13, 14, 61, 291], :2]
    return float(100 * np.linalg.norm(upper - lower) / np.linalg.norm(right - left))

"""Faces in an image: detection, dense landmarks, head crop and its inverse, head matte.

Everything here measures; nothing identifies. There is no face search and no face embedding.
The models (BlazeFace, Face Mesh with irises, Selfie Segmentation) travel inside MediaPipe's wheel.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.types import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GLOG_minloglevel", "3")

FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK = 10, 152, 234, 454
LANDMARKS = 478  # 468 of the face mesh, then 5 for each iris


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A detected face: left, top, width and height in pixels, confidence in 0..1."""

    x: float
    y: float
    width: float
    height: float
    confidence: float


@dataclass(frozen=True, slots=True)
class HeadCrop:
    """A square head crop of a photo and the way back.

    to_crop: (2, 3) affine from photo pixels to crop pixels. size: side of the crop in pixels.
    """

    to_crop: NDArray[np.float64]
    size: int

    @property
    def to_photo(self) -> NDArray[np.float64]:
        """(2, 3) affine from crop pixels back to photo pixels."""
        return cv2.invertAffineTransform(self.to_crop)

    def cut(self, pixels: Image) -> Image:
        """Return the (size, size, 3) crop; area filter when shrinking, cubic when enlarging."""
        scale = float(self.to_crop[0, 0])
        matrix = self.to_crop
        if scale < 1:  # warpAffine does not filter: shrink the whole image first, then only shift it
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            matrix = np.hstack([np.eye(2), self.to_crop[:, 2:]])
        return cv2.warpAffine(
            pixels, matrix, (self.size, self.size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )


class FaceMesh:
    """Dense landmarks of one face; `tracking=True` for consecutive frames of one video.

    Not thread-safe: one instance a thread. Close it (or use `with`) to free the graph.
    """

    def __init__(self, *, tracking: bool = False, max_faces: int = 1) -> None:
        from mediapipe.python.solutions.face_mesh import FaceMesh as Graph  # noqa: PLC0415 - heavy

        self._graph = Graph(
            static_image_mode=not tracking,
            refine_landmarks=True,
            max_num_faces=max_faces,
            min_detection_confidence=0.3,
            min_tracking_confidence=0.3,
        )

    def __enter__(self) -> FaceMesh:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the graph."""
        self._graph.close()

    def landmarks(self, image: Image) -> NDArray[np.float64] | None:
        """Return (478, 3) landmarks in pixels (z on the scale of x, away from the camera), or None."""
        faces = self.all_landmarks(image)
        return faces[0] if faces else None

    def all_landmarks(self, image: Image) -> list[NDArray[np.float64]]:
        """Return the landmarks of every face found, at most `max_faces`."""
        height, width = image.shape[:2]
        found = self._graph.process(image).multi_face_landmarks or []
        unit = np.array([width, height, width], np.float64)
        return [np.array([[p.x, p.y, p.z] for p in face.landmark]) * unit for face in found]


def find_faces(image: Image, *, confidence: float = 0.5) -> list[FaceBox]:
    """Return the faces in `image`, largest first. Near and far models are both asked."""
    from mediapipe.python.solutions.face_detection import FaceDetection  # noqa: PLC0415 - heavy

    height, width = image.shape[:2]
    boxes: list[FaceBox] = []
    for model in (0, 1):
        with FaceDetection(model_selection=model, min_detection_confidence=confidence) as detector:
            for found in detector.process(image).detections or []:
                box = found.location_data.relative_bounding_box
                face = FaceBox(
                    box.xmin * width,
                    box.ymin * height,
                    box.width * width,
                    box.height * height,
                    found.score[0],
                )
                if all(_overlap(face, other) < 0.3 for other in boxes):
                    boxes.append(face)
    return sorted(boxes, key=lambda face: -face.width * face.height)


def _overlap(a: FaceBox, b: FaceBox) -> float:
    """Intersection over union of two boxes."""
    w = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    h = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    inter = max(w, 0) * max(h, 0)
    return inter / (a.width * a.height + b.width * b.height - inter)


def landmarks_of(image: Image) -> NDArray[np.float64] | None:
    """Return the (478, 3) landmarks of the one face in a still image, or None."""
    with _still_mesh() as mesh:
        return mesh.landmarks(image)


_still_lock = threading.Lock()


@cache
def _shared_still_mesh() -> FaceMesh:
    return FaceMesh()


@contextmanager
def _still_mesh() -> Iterator[FaceMesh]:
    """Lend the shared still-image graph to one thread at a time (building one takes 0.1 s)."""
    with _still_lock:
        yield _shared_still_mesh()


def face_height(landmarks: NDArray[np.float64]) -> float:
    """Distance from the top of the forehead to the chin, in pixels."""
    return float(np.linalg.norm(landmarks[FOREHEAD, :2] - landmarks[CHIN, :2]))


def head_crop(
    shape: tuple[int, ...], landmarks: NDArray[np.float64], size: int | None = None, *, scale: float = 2.4
) -> HeadCrop:
    """Square crop around the head, `scale` face heights wide, inside the image where it fits.

    size: side of the crop in pixels; the photo's own resolution when None.
    """
    height = face_height(landmarks)
    middle = (landmarks[FOREHEAD, :2] + landmarks[CHIN, :2]) / 2 + np.array([0, 0.05 * height])
    side = min(scale * height, *shape[:2])
    left = np.clip(middle[0] - side / 2, 0, shape[1] - side)
    top = np.clip(middle[1] - side / 2, 0, shape[0] - side)
    size = round(side) if size is None else size
    k = size / side
    return HeadCrop(np.array([[k, 0, -left * k], [0, k, -top * k]]), size)


def head_matte(image: Image) -> NDArray[np.float32]:
    """Return the person's matte, (H, W) float32 in 0..1, straight from selfie segmentation."""
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation  # noqa: PLC0415 - heavy

    with SelfieSegmentation(model_selection=0) as graph:
        return np.asarray(graph.process(image).segmentation_mask, np.float32)

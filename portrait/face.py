"""Faces in an image: detection, dense landmarks, head crop and its inverse, head matte.

Everything here measures; nothing identifies. There is no embedding of a face and no search by face.
The models (BlazeFace, Face Mesh with irises, Selfie Segmentation) travel inside MediaPipe's wheel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.hush import hushed
from portrait.types import Image

FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK = 10, 152, 234, 454
LANDMARKS = 478  # 468 of the face mesh, then 5 for each iris

# Landmarks that are each other's mirror image, the person's right side first: corners of the eyes, ends and
# middles of the brows, cheeks, temples, jaw, nostrils, corners of the mouth.
TWINS = np.array(
    [
        (33, 263), (133, 362), (70, 300), (105, 334), (234, 454), (127, 356),
        (93, 323), (58, 288), (172, 397), (98, 327), (61, 291),
    ]
)  # fmt: skip

_VIEW = 384  # side in pixels of the crop the mesh looks at; its network reads 192
_VIEW_LEVELS = (1280, 2560)  # long sides at which large photos are searched in tiles
_TILE = 640
_MAX_WOBBLE = 0.05  # face heights, for a detector that is certain; see `FaceFit.confirmed`


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
        if scale < 1:  # warpAffine does not filter: shrink what is needed first, then only shift it
            left, top, right, bottom = self._region(pixels.shape)
            near = pixels[top:bottom, left:right]
            pixels = cv2.resize(near, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            # resize() keeps the outer edges in place, not the pixel centres: hence the half pixels
            shift = self.to_crop[:, 2] + scale * np.array([left, top]) + 0.5 * (1 - scale)
            matrix = np.hstack([np.eye(2), shift[:, None]])
        return cv2.warpAffine(
            pixels, matrix, (self.size, self.size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    def _region(self, shape: tuple[int, ...]) -> NDArray[np.int64]:
        """(left, top, right, bottom) of the part of the photo the crop needs, with room for the filter."""
        corners = apply_affine(self.to_photo, np.array([[0.0, 0.0], [self.size, self.size]]))
        room = 4 / self.to_crop[0, 0]
        bounds = np.array([corners[0] - room, corners[1] + room])
        return np.clip(bounds, 0, np.array(shape[1::-1])).astype(np.int64).ravel()


def apply_affine(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map (N, 2) points, or (N, 3) with z on the scale of x, by a (2, 3) affine that does not turn."""
    mapped = points * matrix[0, 0]
    mapped[:, :2] += matrix[:, 2]
    return mapped


class FaceMesh:
    """Dense landmarks of one face; `tracking=True` for consecutive frames of one video.

    Not thread-safe: one instance a thread. Close it (or use `with`) to free the graph.
    """

    def __init__(self, *, tracking: bool = False, max_faces: int = 1) -> None:
        def build() -> Any:
            from mediapipe.python.solutions.face_mesh import FaceMesh as Graph  # noqa: PLC0415 - heavy

            return Graph(
                static_image_mode=not tracking,
                refine_landmarks=True,
                max_num_faces=max_faces,
                min_detection_confidence=0.3,
                min_tracking_confidence=0.3,
            )

        self._graph = _started(build)

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
        with nullcontext() if _first_face.is_set() else hushed():
            found = self._graph.process(image).multi_face_landmarks or []
        if found:
            _first_face.set()
        unit = np.array([width, height, width], np.float64)
        return [np.array([[p.x, p.y, p.z] for p in face.landmark]) * unit for face in found]


_first_face = threading.Event()  # until then the mesh has a notice to write


def _started(build: Callable[[], Any]) -> Any:
    """Build a graph and let it see one empty picture: its calculators open, and speak, only then."""
    with hushed():
        graph = build()
        graph.process(np.zeros((_VIEW, _VIEW, 3), np.uint8))
    return graph


_still_lock = threading.Lock()  # the shared graphs below serve one thread at a time


@cache
def _still_mesh() -> FaceMesh:
    return FaceMesh()


@cache
def _detectors() -> tuple[Any, Any]:
    """BlazeFace for near faces (128 px input) and for far ones (192 px input); they take 0.1 s to build."""

    def build(model: int) -> Any:
        from mediapipe.python.solutions.face_detection import FaceDetection  # noqa: PLC0415 - heavy

        return FaceDetection(model_selection=model, min_detection_confidence=0.2)

    return _started(lambda: build(0)), _started(lambda: build(1))


def find_faces(image: Image, *, confidence: float = 0.5) -> list[FaceBox]:
    """Return what the detectors take for faces in `image`, largest first.

    Near and far models are asked about the whole image, about the image with a margin (a face that
    fills the frame is missed otherwise) and, where the image is large, about overlapping tiles of it,
    so that faces from about 2 % of the longer side on are found. Detectors also believe in some cats
    and drawings: `fit_faces` checks.
    """
    boxes: list[FaceBox] = []
    with _still_lock:
        for view, place in _views(image):
            for detector in _detectors():
                boxes += [place(box) for box in _detected(detector, view) if box.confidence >= confidence]
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: -box.confidence):
        if all(_overlap(box, other) < 0.4 for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: -box.width * box.height)


def _views(image: Image) -> Iterator[tuple[Image, Callable[[FaceBox], FaceBox]]]:
    """Yield the pictures the detectors look at, each with the way back to pixels of `image`."""
    longest = max(image.shape[:2])
    whole = _shrunk(image, 640)
    yield whole, _placing(longest / max(whole.shape[:2]), 0, 0)
    margin = max(whole.shape[:2]) // 4
    padded = cv2.copyMakeBorder(whole, *[margin] * 4, cv2.BORDER_REPLICATE)
    yield padded, _placing(longest / max(whole.shape[:2]), -margin, -margin)
    for level in _VIEW_LEVELS:
        if longest <= level // 2:
            return
        near = _shrunk(image, level)
        for top in _tile_starts(near.shape[0]):
            for left in _tile_starts(near.shape[1]):
                tile = np.ascontiguousarray(near[top : top + _TILE, left : left + _TILE])
                yield tile, _placing(longest / max(near.shape[:2]), left, top)


def _shrunk(image: Image, longest: int) -> Image:
    """Return `image` with its longer side at most `longest`."""
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _tile_starts(length: int) -> Sequence[int]:
    """Starts of tiles that overlap by at least a third and end with the image."""
    count = max(1, int(np.ceil((length - _TILE) / (_TILE * 2 / 3))) + 1) if length > _TILE else 1
    return [round(start) for start in np.linspace(0, max(length - _TILE, 0), count)]


def _placing(scale: float, left: float, top: float) -> Callable[[FaceBox], FaceBox]:
    """Return the map of boxes in a view cut at (left, top) and shrunk by `scale` to the image."""

    def place(box: FaceBox) -> FaceBox:
        x, y = (box.x + left) * scale, (box.y + top) * scale
        return FaceBox(x, y, box.width * scale, box.height * scale, box.confidence)

    return place


def _detected(detector: Any, view: Image) -> Iterator[FaceBox]:
    height, width = view.shape[:2]
    for found in detector.process(view).detections or []:
        box = found.location_data.relative_bounding_box
        x, y, w, h = box.xmin * width, box.ymin * height, box.width * width, box.height * height
        yield FaceBox(x, y, w, h, found.score[0])


def _overlap(a: FaceBox, b: FaceBox) -> float:
    """Intersection of two boxes over the smaller of them."""
    w = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    h = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(w, 0) * max(h, 0) / min(a.width * a.height, b.width * b.height)


@dataclass(frozen=True, slots=True, eq=False)
class FaceFit:
    """A detected face and its dense landmarks, measured in several views of it.

    landmarks: (478, 3) mean over the views, in pixels. wobble: median disagreement of the views, mirror
    image included, in face heights.
    """

    box: FaceBox
    landmarks: NDArray[np.float64]
    wobble: float

    @property
    def confirmed(self) -> bool:
        """Whether this is a face: the less sure the detector is, the steadier the mesh has to be.

        Of 100 faces 15 px high 97 are found (wobble 0.006, 99 % under 0.019; confidence 0.85, 99 % over 0.7).
        In 624 crops of pictures without a face the detectors see 17, of which 1 passes.
        """
        return self.wobble <= _MAX_WOBBLE * self.box.confidence**2


# Views of a detected box: its side relative to the box, then the shift of its centre relative to that side.
_FIT_VIEWS = ((2.0, 0.0, 0.0), (1.6, 0.05, 0.0), (2.5, 0.0, 0.05), (2.2, -0.06, -0.05))


def fit_faces(image: Image, *, confidence: float = 0.5) -> list[FaceFit]:
    """Return the faces of a still image that both detector and mesh confirm, largest first.

    Each face is enlarged (or shrunk) to the size the mesh was made for, so that small faces in large
    photos are measured as well as large ones.
    """
    fits: list[FaceFit] = []
    for box in find_faces(image, confidence=confidence):
        fit = _fit(image, box)
        if fit.confirmed and all(_apart(fit, other) for other in fits):
            fits.append(fit)
    return sorted(fits, key=lambda fit: -face_height(fit.landmarks))


def _fit(image: Image, box: FaceBox) -> FaceFit:
    """Measure the face in `box` in every view; views without a face count as complete disagreement."""
    with _still_lock:
        seen = [_landmarks_in(image, _view_crop(box, *view)) for view in _FIT_VIEWS]
        mirrored = _mirrored_twins(image, _view_crop(box, *_FIT_VIEWS[0]))
    agreed = [landmarks for landmarks in seen if landmarks is not None]
    if not agreed:
        return FaceFit(box, np.zeros((LANDMARKS, 3)), np.inf)
    mean = np.mean(agreed, axis=0)
    unit = face_height(mean)
    wobbles = [np.inf if view is None else _rms(view - mean) / unit for view in seen]
    wobbles.append(np.inf if mirrored is None else _rms(mirrored - _twins(mean)) / unit)
    return FaceFit(box, mean, float(np.median(wobbles)))


def _view_crop(box: FaceBox, zoom: float, dx: float, dy: float) -> HeadCrop:
    side = zoom * max(box.width, box.height)
    left = box.x + box.width / 2 + (dx - 0.5) * side
    top = box.y + box.height / 2 + (dy - 0.5) * side
    k = _VIEW / side
    return HeadCrop(np.array([[k, 0, -left * k], [0, k, -top * k]]), _VIEW)


def _landmarks_in(image: Image, crop: HeadCrop) -> NDArray[np.float64] | None:
    found = _still_mesh().landmarks(crop.cut(image))
    return None if found is None else apply_affine(crop.to_photo, found)


def _mirrored_twins(image: Image, crop: HeadCrop) -> NDArray[np.float64] | None:
    """Twin landmarks as found in the mirror image of the crop, mirrored back to the photo."""
    found = _still_mesh().landmarks(np.ascontiguousarray(crop.cut(image)[:, ::-1]))
    if found is None:
        return None
    found[:, 0] = crop.size - 1 - found[:, 0]
    return _twins(apply_affine(crop.to_photo, found))[:, ::-1]


def _twins(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P, 2, 3) landmarks of the pairs in TWINS."""
    return landmarks[TWINS]


def _rms(differences: NDArray[np.float64]) -> float:
    """Root mean square distance in the picture plane."""
    return float(np.sqrt((differences[..., :2] ** 2).sum(-1).mean()))


def _apart(fit: FaceFit, other: FaceFit) -> bool:
    """Whether two fits are of two faces: their centres more than half a face apart."""
    distance = np.linalg.norm((fit.landmarks - other.landmarks)[:, :2].mean(0))
    return bool(distance > 0.5 * min(face_height(fit.landmarks), face_height(other.landmarks)))


def landmarks_of(image: Image) -> NDArray[np.float64] | None:
    """Return the (478, 3) landmarks of the largest face in a still image, or None where there is none."""
    faces = fit_faces(image)
    return faces[0].landmarks if faces else None


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

    def build() -> Any:
        from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation  # noqa: PLC0415 - heavy

        return SelfieSegmentation(model_selection=0)

    with _started(build) as graph:
        return np.asarray(graph.process(image).segmentation_mask, np.float32)

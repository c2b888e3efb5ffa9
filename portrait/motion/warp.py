"""The `warp` engine: first order motion on measured keypoints, at the photo's own resolution.

    source = prepare(photo)
    for frame in animate(source, track, lips, frames=500):
        ...

Every pixel of skin comes from the photo. Only the head's crop is touched; the rest of the photo stays as
it is, bit for bit, and the motion dies out towards the crop's edge, so there is no seam to hide.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.face import face_height
from portrait.motion.driving import Driver, Moment
from portrait.motion.expression import ExpressionBasis, build_basis
from portrait.motion.eyes import Eye, find_eyes
from portrait.motion.geometry import Points
from portrait.motion.matte import Layers, over, take_apart
from portrait.motion.mesh import HeadMesh, build_mesh
from portrait.motion.mouth import Mouth, find_mouth
from portrait.motion.paint import Patch
from portrait.motion.raster import Flow, Grid, dense_motion, head_map, make_grid
from portrait.quality_report import require_face
from portrait.types import Image, LipTrack, MotionTrack, Photo

_ASIDE, _ABOVE, _BELOW = 1.35, 1.45, 1.25  # how far the crop reaches from the face's middle, in face heights
_THREADS = 2
_AHEAD = 3  # frames under way at a time
_REST = 0.003  # of the crop's longest side: motion at which what the layers lack has faded to 0.6


@dataclass(frozen=True, slots=True, eq=False)
class WarpSource:
    """A photo ready to be animated. Everything but `photo` is in pixels of the crop `box`."""

    photo: Image
    box: Patch
    mesh: HeadMesh
    basis: ExpressionBasis
    layers: Layers
    grid: Grid
    look: Flow  # (H, W, 2): every crop pixel's own coordinates
    eyes: tuple[Eye, Eye]
    mouth: Mouth


def prepare(photo: Photo, landmarks: Points | None = None) -> WarpSource:
    """Measure the face and take the photo apart, once.

    landmarks: (478, 3) px of the photo, if already measured.
    Raises the `PhotoError`s of `require_face` where no single usable face is found.
    """
    landmarks = require_face(photo) if landmarks is None else landmarks
    box = _crop_box(photo.pixels.shape, landmarks)
    image = np.ascontiguousarray(box.of(photo.pixels))
    face = landmarks - [box.left, box.top, 0]
    height, width = photo.pixels.shape[:2]
    inner = (box.left > 0, box.top > 0, box.right < width, box.bottom < height)
    grid = make_grid(image.shape, inner)
    mesh = build_mesh(face, image.shape)
    head = cv2.resize(head_map(mesh, grid), image.shape[1::-1])
    x, y = np.meshgrid(
        np.arange(image.shape[1], dtype=np.float32), np.arange(image.shape[0], dtype=np.float32)
    )
    return WarpSource(
        photo=photo.pixels,
        box=box,
        mesh=mesh,
        basis=build_basis(face),
        layers=take_apart(image, face, head),
        grid=grid,
        look=np.dstack([x, y]),
        eyes=find_eyes(image, face),
        mouth=find_mouth(image, face),
    )


def animate(source: WarpSource, track: MotionTrack, lips: LipTrack | None, *, frames: int) -> Iterator[Image]:
    """Yield `frames` frames of the whole photo, (H, W, 3) uint8, at the track's rate.

    Head, gaze, brows and lids follow the track; the lips follow `lips`, or the track where None. A track that
    ends early holds its last frame. A few frames are under way at a time, on two threads, in order.
    """
    driver = Driver(source.basis, track, lips)
    under_way: deque[Future[Image]] = deque()
    with ThreadPoolExecutor(_THREADS, "presente-warp") as pool:
        try:
            for index in range(frames):
                under_way.append(pool.submit(_frame, source, driver, index))
                if len(under_way) == _AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for waiting in under_way:
                waiting.cancel()


def _frame(source: WarpSource, driver: Driver, index: int) -> Image:
    frame = source.photo.copy()
    source.box.of(frame)[:] = render(source, driver.at(index))
    return frame


def render(source: WarpSource, moment: Moment) -> Image:
    """Render the crop at one moment, (h, w, 3) uint8."""
    placed = source.mesh.place(moment.expression, moment.pose)
    crop = _warp(source, dense_motion(source.mesh, placed, source.grid))
    for eye in source.eyes:
        eye.paint(crop, placed, moment.gaze)
    source.mouth.paint(crop, placed)
    return crop


def _warp(source: WarpSource, flow: Flow) -> Image:
    """Lay the moved head over the plate, and add what the layers lack where nothing has moved."""
    height, width = source.grid.shape
    look = source.look + cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    whole, fraction = cv2.convertMaps(look, None, cv2.CV_16SC2)
    head = cv2.remap(source.layers.head, whole, fraction, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    composite = over(head, source.layers.plate)
    return _add_rest(composite, source.layers.rest, _stillness(source, flow))


def _stillness(source: WarpSource, flow: Flow) -> NDArray[np.int16]:
    """(H, W) int16: 256 where nothing has moved, falling off with the distance moved."""
    sigma = max(0.5, _REST * max(source.grid.shape))
    still = np.exp(-(flow**2).sum(-1) / (2 * sigma**2)) * 256
    return cv2.resize(np.round(still).astype(np.int16), source.grid.shape[::-1])


def _add_rest(composite: Image, rest: NDArray[np.int16], still: NDArray[np.int16]) -> Image:
    share = cv2.multiply(rest, cv2.merge([still, still, still]), scale=1 / 256)
    return cv2.add(composite, share, dtype=cv2.CV_8U)


def _crop_box(shape: tuple[int, ...], landmarks: Points) -> Patch:
    """The head's crop in whole pixels, as far as the photo goes: a moving head must not meet its edge."""
    height, width = shape[:2]
    (x, y), unit = (landmarks[10, :2] + landmarks[152, :2]) / 2, face_height(landmarks)
    return Patch(
        left=max(0, round(x - _ASIDE * unit)),
        top=max(0, round(y - _ABOVE * unit)),
        right=min(width, round(x + _ASIDE * unit)),
        bottom=min(height, round(y + _BELOW * unit)),
    )

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
from portrait.motion.mesh import SPACING, HeadMesh, Placed, build_mesh
from portrait.motion.mouth import Mouth, find_mouth
from portrait.motion.paint import Patch, patch_around
from portrait.motion.raster import Flow, Grid, dense_motion, head_map, make_grid
from portrait.quality_report import require_face
from portrait.types import Image, LipTrack, MotionTrack, Photo

_ASIDE, _ABOVE, _BELOW = 1.35, 1.45, 1.25  # how far the crop reaches from the face's middle, in face heights
_THREADS = 2
_AHEAD = 3  # frames under way at a time
_REST = 0.005  # of the crop's longest side: motion at which what the layers lack has faded away
_WHOLE = 256


@dataclass(frozen=True, slots=True, eq=False)
class WarpSource:
    """A photo ready to be animated. Everything but `photo` is in pixels of the crop `box`."""

    photo: Image
    box: Patch
    image: Image
    mesh: HeadMesh
    basis: ExpressionBasis
    layers: Layers
    grid: Grid
    look: Flow  # (H, W, 2): every crop pixel's own coordinates
    moving: NDArray[np.intp]  # vertices that belong to the head and lie on or beside the person
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
    layers = take_apart(image, face, head)
    return WarpSource(
        photo=photo.pixels,
        box=box,
        image=image,
        mesh=mesh,
        basis=build_basis(face),
        layers=layers,
        grid=grid,
        look=np.dstack([x, y]),
        moving=_moving_vertices(mesh, layers),
        eyes=find_eyes(image, face),
        mouth=find_mouth(image, face),
    )


def _moving_vertices(mesh: HeadMesh, layers: Layers) -> NDArray[np.intp]:
    """Indices of the vertices that move something visible: of the head, at most one cell off the person."""
    reach = round(SPACING * mesh.frame.height)
    person = cv2.dilate(layers.head[..., 3], np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    last = np.array(person.shape[::-1]) - 1
    x, y = np.clip(np.rint(mesh.vertices[:, :2]).astype(int), 0, last).T
    return np.flatnonzero((mesh.head > 0.01) & (person[y, x] > 0))


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
    crop = source.image.copy()
    moved = _moved_patch(source, placed)
    if not moved.empty:
        moved.of(crop)[:] = _warp(source, dense_motion(source.mesh, placed, source.grid), moved)
    for eye in source.eyes:
        eye.paint(crop, placed, moment.gaze)
    source.mouth.paint(crop, placed)
    return crop


def _moved_patch(source: WarpSource, placed: Placed) -> Patch:
    """The part of the crop where the person was or is now; all the rest is the photo."""
    before, now = source.mesh.vertices[source.moving, :2], placed.vertices[source.moving, :2]
    return patch_around(np.concatenate([before, now]), SPACING * source.mesh.frame.height, source.grid.shape)


def _warp(source: WarpSource, flow: Flow, patch: Patch) -> Image:
    """Lay the moved head over the plate, and add what the layers lack where nothing has moved."""
    shape = source.grid.shape[::-1]
    look = patch.of(source.look) + patch.of(cv2.resize(flow, shape, interpolation=cv2.INTER_LINEAR))
    whole, fraction = cv2.convertMaps(look, None, cv2.CV_16SC2)
    head = cv2.remap(source.layers.head, whole, fraction, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    composite = over(head, patch.of(source.layers.plate))
    still = patch.of(cv2.resize(_stillness(source.grid, flow), shape))
    lacking = cv2.multiply(patch.of(source.layers.rest), cv2.merge([still, still, still]), scale=1 / _WHOLE)
    return cv2.add(composite, lacking, dtype=cv2.CV_8U)


def _stillness(grid: Grid, flow: Flow) -> NDArray[np.int16]:
    """`_WHOLE` where nothing has moved, falling to 0 at `_REST` of the crop's longest side."""
    reach = max(1.5, _REST * max(grid.shape))
    moved = (flow[..., 0] ** 2 + flow[..., 1] ** 2) / reach**2
    return np.rint(_WHOLE * np.maximum(1 - moved, 0) ** 2).astype(np.int16)


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

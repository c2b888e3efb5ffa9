"""Dense motion: from a placed mesh to the flow that says where every pixel of the new frame looks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from portrait.motion import topology as topo
from portrait.motion.mesh import EXTERIOR, SKIN, HeadMesh, Placed

Flow = NDArray[np.float32]
_FIXED = 16  # sub-pixel steps of the polygon filler: cv2's `shift` of 4
_SIDES = (256, 400)  # longest side of the flow: half the crop's, within these
_LAYER = 1e5  # px of depth between the layers, so that the face always hides the lattice behind it


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where flow is sampled: a (height, width) raster over a crop of `shape`.

    border: (height, width) 0 at the crop's edges that lie inside the photo, so that nothing moves
    there and the pasted crop has no seam; 1 elsewhere.
    """

    shape: tuple[int, int]
    size: tuple[int, int]
    border: Flow

    @property
    def step(self) -> NDArray[np.float64]:
        """Crop pixels for one flow pixel, (x, y)."""
        return np.array([self.shape[1] / self.size[1], self.shape[0] / self.size[0]])

    def to_grid(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Crop pixels to flow pixels (pixel centres at integers in both)."""
        return (points + 0.5) / self.step - 0.5

    def centres(self) -> tuple[Flow, Flow]:
        """Crop coordinates of the flow pixels: x as (1, width), y as (height, 1)."""
        x = (np.arange(self.size[1]) + 0.5) * self.step[0] - 0.5
        y = (np.arange(self.size[0]) + 0.5) * self.step[1] - 0.5
        return x[None].astype(np.float32), y[:, None].astype(np.float32)


def make_grid(shape: tuple[int, ...], inner: tuple[bool, bool, bool, bool]) -> Grid:
    """Make the grid of a crop. inner: whether left, top, right and bottom edge lie inside the photo."""
    height, width = shape[:2]
    finest, coarsest = _SIDES
    longest = max(height, width)
    step = max(1.0, longest / np.clip(longest / 2, finest, coarsest))
    size = (max(1, round(height / step)), max(1, round(width / step)))
    margin = 0.08 * max(size)
    left, top, right, bottom = inner
    x, y = np.arange(size[1]), np.arange(size[0])
    across = _rise(x, left, margin) * _rise(x[::-1], right, margin)
    along = _rise(y, top, margin) * _rise(y[::-1], bottom, margin)
    return Grid((height, width), size, (along[:, None] * across).astype(np.float32))


def _rise(distance: NDArray[np.intp], inner: bool, margin: float) -> NDArray[np.float64]:
    if not inner:
        return np.ones(len(distance))
    t = np.clip(distance / margin, 0, 1)
    return t * t * (3 - 2 * t)


def dense_motion(mesh: HeadMesh, placed: Placed, grid: Grid) -> Flow:
    """Return the backward flow, (height, width, 2) of the grid, in crop pixels: look at z + flow(z)."""
    owner = _owners(mesh, placed, grid)
    flow = _local_motions(mesh, placed, grid, owner)
    flow = _smooth(flow, placed, grid)
    flow *= grid.border[..., None]
    return flow


def _owners(mesh: HeadMesh, placed: Placed, grid: Grid) -> NDArray[np.int32]:
    """Which triangle owns each flow pixel, -1 for none: painted far to near, turned-away ones behind."""
    corners = placed.vertices[mesh.triangles]
    area = _signed_area(corners)
    turned_away = area * _signed_area(mesh.vertices[mesh.triangles]) < 0
    layer = mesh.layer - 0.5 * (turned_away & (mesh.layer == SKIN))
    order = np.argsort(_LAYER * layer - corners[..., 2].mean(1), kind="stable")
    polygons = np.round(grid.to_grid(corners[order, :, :2]) * _FIXED).astype(np.int32)
    owner = np.full(grid.size, -1, np.int32)
    for index, polygon in zip(order.tolist(), polygons, strict=True):
        cv2.fillConvexPoly(owner, polygon, index, cv2.LINE_8, 4)
    return owner


def _signed_area(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _local_motions(mesh: HeadMesh, placed: Placed, grid: Grid, owner: NDArray[np.int32]) -> Flow:
    """Evaluate each pixel's own affine motion, kept within its triangle of the photo."""
    new = placed.vertices[mesh.triangles, :2]
    old = placed.source[mesh.triangles]
    edges_new = np.stack([new[:, 1] - new[:, 0], new[:, 2] - new[:, 0]], 2)
    edges_old = np.stack([old[:, 1] - old[:, 0], old[:, 2] - old[:, 0]], 2)
    det = edges_new[:, 0, 0] * edges_new[:, 1, 1] - edges_new[:, 0, 1] * edges_new[:, 1, 0]
    det = np.where(np.abs(det) < 1e-6, 1e-6, det)
    inverse = np.stack([edges_new[:, 1, 1], -edges_new[:, 0, 1], -edges_new[:, 1, 0], edges_new[:, 0, 0]], 1)
    jacobian = edges_old @ (inverse / det[:, None]).reshape(-1, 2, 2)
    offset = old[:, 0] - np.einsum("nij,nj->ni", jacobian, new[:, 0])
    slack = grid.step.max()  # a facet also owns pixels that its edges only touch
    lowest, highest = old.min(1) - slack, old.max(1) + slack
    table = np.concatenate([jacobian.reshape(-1, 4), offset, lowest, highest], 1).astype(np.float32)
    table = np.concatenate([table, np.zeros((1, 10), np.float32)])  # the last row, -1: no triangle
    table[-1, [0, 3, 8, 9]] = 1, 1, *grid.shape[::-1]
    local = np.take(table, owner, axis=0, mode="wrap")
    x, y = grid.centres()
    flow = np.empty((*grid.size, 2), np.float32)
    for axis in range(2):
        looked = local[..., 2 * axis] * x + local[..., 2 * axis + 1] * y + local[..., 4 + axis]
        np.clip(looked, local[..., 6 + axis], local[..., 8 + axis], out=looked)
        flow[..., axis] = looked - (x, y)[axis]
    return flow


def _smooth(flow: Flow, placed: Placed, grid: Grid) -> Flow:
    """Take the facets' edges off the flow, but leave lips and lids sharp."""
    sigma = max(grid.size) / 256 * 1.6
    soft = cv2.GaussianBlur(flow, (0, 0), sigma)
    keep = np.zeros(grid.size, np.float32)
    for ring in (topo.INNER_RING, *topo.EYE_RING):
        polygon = np.round(grid.to_grid(placed.landmarks[ring, :2])).astype(np.int32)
        cv2.fillPoly(keep, [polygon], 1.0)
    keep = cv2.GaussianBlur(cv2.dilate(keep, np.ones((7, 7), np.uint8)), (0, 0), 1.5)
    keep = np.minimum(keep * 2, 1)[..., None]
    return flow * keep + soft * (1 - keep)


def head_map(mesh: HeadMesh, grid: Grid) -> Flow:
    """Return how much each flow pixel of the photo belongs to the head, (height, width) in 0..1."""
    weight = np.zeros(grid.size, np.float32)
    corners = np.round(grid.to_grid(mesh.vertices[:, :2]) * _FIXED).astype(np.int32)
    level = mesh.head[mesh.triangles].mean(1)
    for index in (
        np.flatnonzero(mesh.layer == EXTERIOR).tolist() + np.flatnonzero(mesh.layer == SKIN).tolist()
    ):
        cv2.fillConvexPoly(weight, corners[mesh.triangles[index]], level[index], cv2.LINE_8, 4)
    return cv2.GaussianBlur(weight, (0, 0), 1.5) * grid.border

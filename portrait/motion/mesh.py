"""The head as a mesh: landmarks, a lattice around them, the two lids' and lips' openings, and its pose.

Every triangle is one local motion of the first order motion model (Siarohin et al., NeurIPS 2019,
eq. 4): T_{S<-D}(z) = p_S + J_S J_D^-1 (z - p_D), with p a vertex and J the triangle's two edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu
from scipy.spatial import Delaunay

from portrait.face import LANDMARKS
from portrait.motion import topology as topo
from portrait.motion.geometry import FaceFrame, Points, face_frame

SPACING = 0.092  # of the lattice, in face heights
SHOULDERS = 0.10  # how much of the head's movement the shoulders take up: still ones look nailed down
DEPTH_KNEE = 0.35  # face heights; ears and hair turn as if the head were no deeper than this
EXTERIOR, OPENING, SKIN = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Head pose relative to the photo: (3, 3) rotation about `HeadMesh.pivot`, (2,) px shift, scale.

    depth: how much of the measured depth takes part in the turn; 1 is as measured.
    """

    rotation: Points
    translation: Points
    scale: float
    depth: float


class Placed(NamedTuple):
    """A posed mesh.

    vertices: (N, 3) px, where each vertex is in the new frame. source: (N, 2) px, where each looks in the
    photo. rigid: (478, 3) px, the photo's landmarks under the pose alone, without expression.
    """

    vertices: Points
    source: Points
    rigid: Points

    @property
    def landmarks(self) -> Points:
        """The 478 posed landmarks."""
        return self.vertices[:LANDMARKS]


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """Vertices: 478 landmarks, then the lattice, then the middles of the openings, twice.

    vertices (N, 3) px in the crop. triangles (T, 3). layer (T,) EXTERIOR, OPENING or SKIN.
    head (N,): part a vertex takes in the pose: 1 on the head, `SHOULDERS` on the torso, the neck in between.
    carry (L, 36): how the lattice follows the expression of the face's oval.
    upper, lower (K,): the pairs of landmarks across the openings.
    """

    frame: FaceFrame
    pivot: Points
    vertices: Points
    triangles: NDArray[np.intp]
    layer: NDArray[np.intp]
    head: Points
    carry: Points
    upper: NDArray[np.intp]
    lower: NDArray[np.intp]

    @property
    def landmarks(self) -> Points:
        """The photo's 478 landmarks."""
        return self.vertices[:LANDMARKS]

    def place(self, expression: Points, pose: Pose) -> Placed:
        """Move the mesh by a (478, 3) px expression, in the photo's own orientation, then by a pose."""
        moved = self.vertices.copy()
        lattice = slice(LANDMARKS, LANDMARKS + len(self.carry))
        moved[:LANDMARKS] += expression
        moved[lattice] += self.carry @ expression[topo.OVAL]
        gap = moved[self.lower] - moved[self.upper]
        moved[lattice.stop :] = np.tile(moved[self.upper] + gap / 2, (2, 1))
        weight = self.head[:, None]
        posed = weight * self._turn(moved, pose) + (1 - weight) * moved
        return Placed(posed, self._looks(gap), self._turn(self.landmarks, pose))

    def _looks(self, gap: Points) -> Points:
        """Source of every vertex: the middle of an opening lies as far from its lip as it now is.

        So what is next to a lip or lid moves with it, unstretched, and the jump is in the middle
        of the opening, where the inside is painted over it.
        """
        source = self.vertices[:, :2].copy()
        opening = (self.vertices[self.lower] - self.vertices[self.upper])[:, :2]
        was = np.linalg.norm(opening, axis=1, keepdims=True)
        along = np.where(was > 0.02 * self.frame.height, opening / np.maximum(was, 1e-6), self.frame.down[:2])
        # where the photo's opening is nearly shut its own direction is noise; keep rest exact all the same
        change = np.linalg.norm(gap[:, :2], axis=1, keepdims=True) - was
        half = (opening + along * change) / 2
        pairs = len(self.upper)
        source[-2 * pairs : -pairs] = self.vertices[self.upper, :2] + half
        source[-pairs:] = self.vertices[self.lower, :2] - half
        return source

    def _turn(self, points: Points, pose: Pose) -> Points:
        offset = points - self.pivot
        depth = offset[:, 2] * pose.depth
        knee = DEPTH_KNEE * self.frame.height
        offset[:, 2] = np.where(depth > 0, knee * np.tanh(depth / knee), depth)
        turned = pose.scale * offset @ pose.rotation.T + self.pivot
        turned[:, :2] += pose.translation
        return turned


def build_mesh(landmarks: Points, shape: tuple[int, ...]) -> HeadMesh:
    """Build the mesh of a face in a crop of `shape`; landmarks (478, 3) in crop pixels."""
    frame = face_frame(landmarks)
    spacing = SPACING * frame.height
    lattice = _lattice(landmarks[topo.OVAL, :2], shape, spacing)
    flat = np.concatenate([landmarks[:, :2], lattice])
    exterior = _exterior_triangles(flat)
    graph = _Graph(flat, exterior, spacing)
    u, v = frame.upright(lattice)
    depth = _depth(graph, landmarks, u, v)
    head = np.r_[np.ones(LANDMARKS), _head_weight(graph, u, v)]
    carry = _carry(graph, u, v)
    upper, lower, openings = _openings(len(flat))
    vertices = np.c_[flat, np.r_[landmarks[:, 2], depth]]
    middle = (vertices[upper] + vertices[lower]) / 2
    skin = topo.triangles()
    return HeadMesh(
        frame=frame,
        pivot=landmarks[topo.RIGID].mean(0),
        vertices=np.concatenate([vertices, middle, middle]),
        triangles=np.concatenate([exterior, openings, skin]),
        layer=np.repeat([EXTERIOR, OPENING, SKIN], [len(exterior), len(openings), len(skin)]),
        head=np.r_[head, np.ones(2 * len(upper))],
        carry=carry,
        upper=upper,
        lower=lower,
    )


def _lattice(oval: Points, shape: tuple[int, ...], spacing: float) -> Points:
    """Hexagonal lattice over the crop and a little beyond, outside the face's oval."""
    height, width = shape[:2]
    columns = np.arange(-2 * spacing, width + 2 * spacing, spacing)
    rows = np.arange(-2 * spacing, height + 2 * spacing, spacing * np.sqrt(3) / 2)
    x, y = np.meshgrid(columns, rows)
    x[1::2] += spacing / 2
    points = np.stack([x, y], -1).reshape(-1, 2)
    contour = oval.astype(np.float32)
    inside = [cv2.pointPolygonTest(contour, (float(x), float(y)), True) for x, y in points]
    return points[np.array(inside) < -0.55 * spacing]


def _exterior_triangles(flat: Points) -> NDArray[np.intp]:
    """Delaunay triangles between the oval and the lattice."""
    index = np.r_[topo.OVAL, LANDMARKS : len(flat)]
    found = index[Delaunay(flat[index]).simplices]
    contour = flat[topo.OVAL].astype(np.float32)
    outside = [
        cv2.pointPolygonTest(contour, (float(x), float(y)), False) <= 0 for x, y in flat[found].mean(1)
    ]
    return found[np.array(outside)]


def _openings(first: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Pairs across the lids and lips, and the triangles between them and their middles.

    first: index of the first middle; the upper lip's middles come first, then the lower lip's.
    """
    rows = [
        (topo.EYE_CORNERS[0], topo.UPPER_LID[0], topo.LOWER_LID[0]),
        (topo.EYE_CORNERS[1], topo.UPPER_LID[1], topo.LOWER_LID[1]),
        (topo.MOUTH_CORNERS, topo.UPPER_INNER, topo.LOWER_INNER),
    ]
    pairs = sum(len(upper) for _, upper, _ in rows)
    triangles: list[tuple[int, int, int]] = []
    start = first
    for (one, other), upper, lower in rows:
        for edge, offset in ((upper, 0), (lower, pairs)):
            middle = list(range(start + offset, start + offset + len(edge)))
            triangles += _strip([one, *edge, other], [one, *middle, other])
        start += len(upper)
    upper = np.concatenate([row[1] for row in rows])
    lower = np.concatenate([row[2] for row in rows])
    return upper, lower, np.array(triangles)


def _strip(edge: list[int], middle: list[int]) -> list[tuple[int, int, int]]:
    """Triangles between two rows that share their first and last point."""
    quads = zip(edge, edge[1:], middle, middle[1:], strict=False)
    both = [facet for a, b, c, d in quads for facet in ((a, b, c), (b, d, c))]
    return [facet for facet in both if len(set(facet)) == 3]


class _Graph:
    """Edges of the exterior with inverse length weights, for harmonic interpolation."""

    def __init__(self, flat: Points, triangles: NDArray[np.intp], spacing: float) -> None:
        sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
        a, b = np.unique(np.sort(sides, 1), axis=0).T
        weight = 1 / np.maximum(np.linalg.norm(flat[a] - flat[b], axis=1), 0.15 * spacing)
        count = len(flat)
        adjacency = sp.coo_matrix((np.r_[weight, weight], (np.r_[a, b], np.r_[b, a])), shape=(count, count))
        self.laplacian = (sp.diags(np.asarray(adjacency.sum(1)).ravel()) - adjacency).tocsr()
        self.lattice = np.arange(LANDMARKS, count)
        self.spacing = spacing

    def harmonic(self, known: NDArray[np.intp], values: Points, *, decay: float = 0.0) -> Points:
        """Values on the lattice that are harmonic where not known; `decay` pulls them to zero."""
        free = np.setdiff1d(self.lattice, known)
        system = (self.laplacian + decay * sp.identity(self.laplacian.shape[0]))[free][:, free].tocsc()
        result = np.zeros((self.laplacian.shape[0], *values.shape[1:]))
        result[known] = values
        result[free] = splu(system).solve(-(self.laplacian[free][:, known] @ values))
        return result[self.lattice]


def _depth(graph: _Graph, landmarks: Points, u: Points, v: Points) -> Points:
    """Depth of the lattice: from the oval to the ears' depth, which the hair and the cap keep."""
    ears = landmarks[[234, 454, 127, 356, 93, 323], 2].mean()
    far = graph.lattice[(np.abs(u) > 0.72) | (v < -0.80) | (v > 0.85)]
    return graph.harmonic(np.r_[topo.OVAL, far], np.r_[landmarks[topo.OVAL, 2], np.full(len(far), ears)])


def _head_weight(graph: _Graph, u: Points, v: Points) -> Points:
    """1 beside and above the face, `SHOULDERS` far below; the neck bends between them."""
    head = graph.lattice[(v < 0.05) | ((v < 0.40) & (np.abs(u) < 0.72))]
    torso = graph.lattice[(v > 1.02) | ((v > 0.62) & (np.abs(u) > 0.75)) | ((v > 0.30) & (np.abs(u) > 1.0))]
    known = np.r_[topo.OVAL, head, torso]
    values = np.r_[np.ones(len(topo.OVAL) + len(head)), np.full(len(torso), SHOULDERS)]
    return graph.harmonic(known, values)


def _carry(graph: _Graph, u: Points, v: Points) -> Points:
    """Linear map from the oval's expression to the lattice's, dying out around the head."""
    far = graph.lattice[(np.abs(u) > 0.85) | (v < -0.85) | (v > 0.95)]
    known = np.r_[topo.OVAL, far]
    values = np.zeros((len(known), len(topo.OVAL)))
    values[: len(topo.OVAL)] = np.eye(len(topo.OVAL))
    return graph.harmonic(known, values, decay=0.15 / graph.spacing)

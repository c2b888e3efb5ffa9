"""Expression basis: how a face moves when its jaw, lips, brows and lids do.

Each field is biharmonic on the face's graph (bending energy minimised, as in Botsch and Sorkine, "On
linear variational surface deformation methods", 2008) between landmarks whose motion is prescribed. Lips
and lids are cut by topology: upper and lower ones are prescribed apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from portrait.face import LANDMARKS
from portrait.motion import topology as topo
from portrait.motion.geometry import FaceFrame, Points, face_frame, smoothstep

Field = NDArray[np.float64]  # (478, 3) px of displacement for a coefficient of 1

_STILL = [*topo.BROWS[0], *topo.BROWS[1], *topo.UPPER_OVAL, *topo.NOSE, *topo.CHEEKBONES, *topo.FOREHEAD]
_EYE_SKIN = [
    index
    for rings in (topo.EYE_RING, topo.LID_CREASE, topo.BELOW_BROW, topo.BELOW_EYE)
    for ring in rings
    for index in ring
]
_JAW_ANGLE = 0.42  # radians of a jaw of 1, in mouth widths of travel at the lower lip over the jaw's arm


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionBasis:
    """The fields of one face.

    fields: by name, (478, 3) px each: spread, round, upper, press, tuck, smile, close (brings the
    photo's own lips together), "brow". blink: the same for the person's right and left lids.
    jaw_weight (468,), hinge (3,), jaw_angle: the jaw turns by `jaw_angle * weight` about the ears.
    """

    frame: FaceFrame
    landmarks: Points
    mouth_width: float
    fields: Mapping[str, Field]
    blink: tuple[Field, Field]
    jaw_weight: Points
    hinge: Points
    jaw_angle: float

    def express(self, coefficients: Mapping[str, float]) -> Field:
        """Sum the fields of `coefficients` and the jaw's turn; (478, 3) px."""
        total = self._open_jaw(coefficients.get("jaw", 0.0))
        for name, field in self.fields.items():
            total += coefficients.get(name, 0.0) * field
        return total

    def _open_jaw(self, amount: float) -> Field:
        """Turn the jaw about the ears' axis (Rodrigues), each landmark by its share."""
        moved = np.zeros((LANDMARKS, 3))
        arm = self.landmarks[: topo.SURFACE] - self.hinge
        angle = (self.jaw_angle * amount * self.jaw_weight)[:, None]
        axis = self.frame.right
        turned = (
            arm * np.cos(angle)
            + np.cross(axis, arm) * np.sin(angle)
            + axis * (arm @ axis)[:, None] * (1 - np.cos(angle))
        )
        moved[: topo.SURFACE] = turned - arm
        return moved


def build_basis(landmarks: Points) -> ExpressionBasis:
    """Build the basis of the face with these (478, 3) landmarks in px."""
    frame = face_frame(landmarks)
    mouth_width = float(np.linalg.norm(landmarks[61] - landmarks[291]))
    solve = _Biharmonic(landmarks[: topo.SURFACE, :2])
    hinge = 0.45 * landmarks[topo.JAW_HINGES[0]].mean(0) + 0.55 * landmarks[topo.JAW_HINGES[1]].mean(0)
    arm = landmarks[14] - hinge
    arm = arm - frame.right * (arm @ frame.right)
    return ExpressionBasis(
        frame=frame,
        landmarks=landmarks,
        mouth_width=mouth_width,
        fields={
            **_lip_fields(solve, landmarks, frame, mouth_width),
            "brow": _brow_field(solve, frame),
        },
        blink=(_blink_field(solve, landmarks, 0), _blink_field(solve, landmarks, 1)),
        jaw_weight=_jaw_weight(solve, landmarks, frame, mouth_width),
        hinge=hinge,
        jaw_angle=_JAW_ANGLE * mouth_width / float(np.linalg.norm(arm)),
    )


class _Biharmonic:
    """Solver on the graph of the face mesh."""

    def __init__(self, points: Points) -> None:
        a, b = topo.edges().T
        weight = 1 / np.maximum(np.linalg.norm(points[a] - points[b], axis=1), 1e-6)
        weight = np.minimum(weight / weight.mean(), 6)
        count = len(points)
        adjacency = sp.coo_matrix((np.r_[weight, weight], (np.r_[a, b], np.r_[b, a])), shape=(count, count))
        degree = np.asarray(adjacency.sum(1)).ravel()
        laplacian = sp.diags(degree) - adjacency
        self._energy = (laplacian @ sp.diags(1 / degree) @ laplacian).tocsr()

    def __call__(self, prescribed: Mapping[int, Points]) -> Field:
        """Return (468, D) with the prescribed rows kept and the bending energy least."""
        known = np.fromiter(prescribed, np.intp)
        values = np.array([np.atleast_1d(prescribed[index]) for index in known.tolist()], np.float64)
        free = np.setdiff1d(np.arange(self._energy.shape[0]), known)
        result = np.zeros((self._energy.shape[0], values.shape[1]))
        result[known] = values
        system = self._energy[free]
        result[free] = splu(system[:, free].tocsc()).solve(-(system[:, known] @ values))
        return result


def _padded(field: Points) -> Field:
    """Give the ten landmarks of the irises no motion of their own."""
    return np.concatenate([field, np.zeros((LANDMARKS - len(field), 3))])


def _zeros(indices: Iterable[int]) -> dict[int, Points]:
    return {index: np.zeros(3) for index in indices}


def _laterality(landmarks: Points, frame: FaceFrame, mouth_width: float) -> Points:
    """Position along the mouth: -1 at the person's right corner, 1 at the left; (478,)."""
    return (landmarks - landmarks[[78, 308]].mean(0)) @ frame.right / (mouth_width / 2)


def _jaw_weight(solve: _Biharmonic, landmarks: Points, frame: FaceFrame, mouth_width: float) -> Points:
    """How much each landmark turns with the jaw: 1 at the chin, 0 at the upper lip's middle and above."""
    across = np.abs(_laterality(landmarks, frame, mouth_width))
    share: dict[int, float] = dict.fromkeys([*_EYE_SKIN, *_STILL], 0.0)
    share |= {i: 0.22 * float(smoothstep(0.55, 1.0, across[i])) for i in topo.UPPER_LIP}
    share |= {i: 1 - 0.50 * float(smoothstep(0.35, 1.0, across[i])) for i in topo.LOWER_LIP}
    share |= dict.fromkeys([191, 415, 185, 409, 184, 408, 183, 407], 0.26)
    share |= dict.fromkeys(topo.CORNERS, 0.40)
    share |= dict.fromkeys([95, 324, 146, 375, 96, 325, 77, 307], 0.55)
    share |= dict.fromkeys(topo.CHIN, 1.0)
    for pair, value in zip(topo.JAW_LINE, (0.97, 0.88, 0.70, 0.46, 0.22, 0.07), strict=True):
        share |= dict.fromkeys(pair, value)
    weight = solve({index: np.array([value]) for index, value in share.items()})
    return np.clip(weight[:, 0], -0.05, 1.02)


def _lip_fields(
    solve: _Biharmonic, landmarks: Points, frame: FaceFrame, mouth_width: float
) -> dict[str, Field]:
    """Fields of the lips alone; cheeks follow, eyes, nose, chin and outline stay."""
    across = _laterality(landmarks, frame, mouth_width)
    right, down, away = (mouth_width * axis for axis in (frame.right, frame.down, frame.away))
    upper, corner = set(topo.UPPER_LIP), set(topo.CORNERS)
    outer = dict.fromkeys(topo.LIPS, 0.5)
    outer |= dict.fromkeys(topo.INNER_RING, 0.0) | dict.fromkeys(topo.OUTER_RING, 1.0)
    still = _zeros([*_EYE_SKIN, *_STILL, *topo.OVAL, 175, 199, 200])

    def field(motion: Callable[[int], Points]) -> Field:
        return _padded(solve(still | {index: motion(index) for index in topo.LIPS}))

    def arch(index: int) -> float:
        return max(0.0, 1 - across[index] ** 2)

    def rounded(index: int) -> Points:
        thicker = 0 if index in corner else outer[index] * (-0.025 if index in upper else 0.03)
        return -0.155 * across[index] * right - 0.10 * away + thicker * down

    def tucked(index: int) -> Points:
        return np.zeros(3) if index in upper or index in corner else -0.06 * arch(index) * down

    closing = _closing(landmarks, across, outer)
    return {
        "spread": field(lambda i: 0.085 * across[i] * right),
        "round": field(rounded),
        "upper": field(lambda i: -0.075 * arch(i) * down if i in upper else np.zeros(3)),
        "press": field(lambda i: 0.022 * arch(i) * outer[i] * down * (1 if i in upper else -1)),
        "tuck": field(tucked),
        "smile": field(
            lambda i: 0.055 * (np.sign(across[i]) * across[i] ** 2 * right - abs(across[i]) ** 2.5 * down)
        ),
        "close": field(lambda i: closing[i]),
    }


def _closing(landmarks: Points, across: Points, outer: Mapping[int, float]) -> dict[int, Points]:
    """Displacement that closes the photo's own mouth: the inner edges meet, the outer follow."""
    meet: dict[int, Points] = {}
    for upper, lower in topo.LIP_PAIRS:
        gap = landmarks[lower] - landmarks[upper]
        meet[upper], meet[lower] = 0.42 * gap, -0.58 * gap
    result = dict(meet) | _zeros(topo.CORNERS)
    for lip, edge in ((topo.UPPER_LIP, topo.UPPER_INNER), (topo.LOWER_LIP, topo.LOWER_INNER)):
        for index in lip:
            if index not in result:
                nearest = edge[int(np.argmin(np.abs(across[edge] - across[index])))]
                result[index] = meet[nearest] * (1 - 0.4 * outer[index])
    return result


def _brow_field(solve: _Biharmonic, frame: FaceFrame) -> Field:
    """Both brows up by 3 % of the face's height."""
    still = _zeros([*_EYE_SKIN, *topo.OVAL, *topo.NOSE, *topo.LIPS])
    for ring in topo.BELOW_BROW:
        for index in ring:
            still.pop(index, None)
    raised = {index: -0.03 * frame.height * frame.down for brow in topo.BROWS for index in brow}
    return _padded(solve(still | raised))


def _blink_field(solve: _Biharmonic, landmarks: Points, side: int) -> Field:
    """Close one eye: the upper lid comes down over the gap and its crease follows.

    The skin below the brow stays, so that the rim of a pair of glasses does not bend.
    """
    other = 1 - side
    rings = (topo.EYE_RING, topo.LID_CREASE, topo.BELOW_BROW)
    still = _zeros([*topo.OVAL, *topo.NOSE, *topo.LIPS, *topo.BROWS[0], *topo.BROWS[1]])
    still |= _zeros([*topo.EYE_CORNERS[side], *topo.BELOW_EYE[side]])
    still |= _zeros(index for ring in rings for index in ring[other])
    moving: dict[int, Points] = {}
    rows = (topo.UPPER_LID, topo.LOWER_LID, topo.LID_CREASE, topo.BELOW_BROW)
    for upper, lower, crease, skin in zip(*(row[side] for row in rows), strict=True):
        gap = landmarks[lower] - landmarks[upper]
        moving |= {upper: 0.95 * gap, lower: -0.05 * gap, crease: 0.72 * gap, skin: 0.06 * gap}
    return _padded(solve(still | moving))

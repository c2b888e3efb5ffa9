"""Which landmark is what: index lists of the 478 point face mesh, and its triangles.

Right and left are the person's own. Lists of a pair (`UPPER_LID[side]`, side 0 right, 1 left) run
from the ear to the nose and correspond entry by entry, so that `zip` pairs a point with the one
below or above it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION
from numpy.typing import NDArray

SURFACE = 468  # landmarks of the skin; the ten of the irises follow

# fmt: off
OVAL = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]

RIGID = [  # forehead, nose bridge, eye corners, cheekbones: what hardly moves in the skull
    10, 338, 297, 332, 284, 251, 389, 356, 454, 109, 67, 103, 54, 21, 162, 127, 234, 168, 6, 197,
    195, 5, 33, 133, 362, 263, 9, 8, 151, 108, 337, 50, 280, 101, 330, 116, 345, 123, 352,
]

# Mouth: rings from the person's right corner along the upper lip to the left one, and the lower lip.
MOUTH_CORNERS = (78, 308)
UPPER_INNER = [191, 80, 81, 82, 13, 312, 311, 310, 415]
LOWER_INNER = [95, 88, 178, 87, 14, 317, 402, 318, 324]
LIP_PAIRS = list(zip(UPPER_INNER, LOWER_INNER, strict=True))
UPPER_MIDDLE = [183, 42, 41, 38, 12, 268, 271, 272, 407, 184, 74, 73, 72, 11, 302, 303, 304, 408]
LOWER_MIDDLE = [96, 89, 179, 86, 15, 316, 403, 319, 325, 77, 90, 180, 85, 16, 315, 404, 320, 307]
UPPER_OUTER = [185, 40, 39, 37, 0, 267, 269, 270, 409]
LOWER_OUTER = [146, 91, 181, 84, 17, 314, 405, 321, 375]
CORNERS = [61, 76, 62, 78, 291, 306, 292, 308]
UPPER_LIP = UPPER_INNER + UPPER_MIDDLE + UPPER_OUTER
LOWER_LIP = LOWER_INNER + LOWER_MIDDLE + LOWER_OUTER
LIPS = UPPER_LIP + LOWER_LIP + CORNERS
INNER_RING = [78, *UPPER_INNER, 308, *reversed(LOWER_INNER)]
OUTER_RING = [61, *UPPER_OUTER, 291, *reversed(LOWER_OUTER)]
CHIN = [152, 148, 377, 176, 400, 175, 199, 200, 18, 83, 313, 201, 421, 208, 428, 171, 396]
JAW_LINE = [(149, 378), (150, 379), (136, 365), (172, 397), (58, 288), (132, 361)]  # chin to ear
JAW_HINGES = ([234, 454], [132, 361])

# Eyes: corners (outer, inner), lid edges, and the rings of skin around them.
EYE_CORNERS = ((33, 133), (263, 362))
UPPER_LID = ([246, 161, 160, 159, 158, 157, 173], [466, 388, 387, 386, 385, 384, 398])
LOWER_LID = ([7, 163, 144, 145, 153, 154, 155], [249, 390, 373, 374, 380, 381, 382])
LID_CREASE = ([247, 30, 29, 27, 28, 56, 190], [467, 260, 259, 257, 258, 286, 414])
BELOW_BROW = ([113, 225, 224, 223, 222, 221, 189], [342, 445, 444, 443, 442, 441, 413])
BELOW_EYE = ([25, 110, 24, 23, 22, 26, 112], [255, 339, 254, 253, 252, 256, 341])
EYE_RING = tuple(
    [outer, *UPPER_LID[side], inner, *reversed(LOWER_LID[side])]
    for side, (outer, inner) in enumerate(EYE_CORNERS)
)
IRIS = ([468, 469, 470, 471, 472], [473, 474, 475, 476, 477])  # centre, then four on the rim
BROWS = ([70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276])
NOSE = [
    1, 2, 4, 5, 6, 168, 195, 197, 98, 327, 94, 164, 97, 326, 48, 278, 64, 294, 129, 358, 49, 279, 102, 331,
]
UPPER_OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 109, 67, 103, 54, 21, 162, 127, 234, 93]
CHEEKBONES = [50, 280, 118, 347, 117, 346, 123, 352]
FOREHEAD = [151, 9, 8]
# fmt: on

_FOLDED = {(49, 64, 129), (279, 294, 358)}  # 3-cliques that are no facets: they bridge the nostrils


@cache
def edges() -> NDArray[np.intp]:
    """Edges of the face mesh, (E, 2), each once, smaller index first."""
    return np.array(sorted({tuple(sorted(edge)) for edge in FACEMESH_TESSELATION}))


@cache
def triangles() -> NDArray[np.intp]:
    """Triangles of the face mesh, (852, 3): the 3-cliques of its edges."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in edges().tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    found = {tuple(sorted((a, b, c))) for a, b in edges().tolist() for c in neighbours[a] & neighbours[b]}
    return np.array(sorted(found - _FOLDED))

"""What a face does, read from landmarks freed of the head's movement.

`free` is (T, 478, 3): the landmarks of every frame brought back to the pose and size of the neutral
frame, in the neutral face's heights. `neutral` is (478, 3) in the same frame. The driver at rest is the
zero of every measure, so a small-eyed driver does not make the portrait squint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from portrait.motion.geometry import face_frame, smoothstep
from portrait.motion.topology import (
    BROWS,
    EYE_CORNERS,
    IRIS,
    LIP_PAIRS,
    LOWER_LID,
    UPPER_LID,
)

Array = NDArray[np.float64]

CLOSED_ASPECT = 0.07  # lid gap / eye width that Face Mesh reports for a closed eye (measured: .054 to .069)
LID_NOISE = 0.04  # closure below which an open eye is left alone
WIDEST = -0.25  # closure of an eye wider than neutral, at most
LID_MIDDLE = slice(1, 6)  # the lid points whose gap is measured; the outer ones hardly move
BROW_UNIT = 0.03  # face heights that the brow field of the expression basis moves a brow
FAR_GAZE = 0.3  # eye widths; beyond this the iris is mistaken
SMALLEST_GAP = 0.004  # face heights: lips that touch, as Face Mesh reports them

# Unit of each lip shape, as a part of the mouth's width: what the expression basis moves at weight 1.
JAW_GAP, SPREAD_WIDTH, ROUND_WIDTH, UPPER_RISE, TUCK_RISE, PRESS_HEIGHT = 0.26, 0.17, 0.31, 0.075, 0.06, 0.044
LIP_NOISE = 0.06
MOUTH_CORNERS, NOSE_BASE = (61, 291), 2
UPPER_EDGE, UPPER_SEAM, LOWER_SEAM, LOWER_EDGE = 0, 13, 14, 17
OPEN_PAIRS = LIP_PAIRS[2:7]


def lid_aspect(free: Array) -> Array:
    """Return lid gap over eye width of (..., 478, 3) landmarks, (..., 2): right eye, left eye."""
    eyes = []
    for upper, lower, (outer, inner) in zip(UPPER_LID, LOWER_LID, EYE_CORNERS, strict=True):
        gap = np.linalg.norm(free[..., upper[LID_MIDDLE], :] - free[..., lower[LID_MIDDLE], :], axis=-1)
        eyes.append(gap.mean(-1) / np.linalg.norm(free[..., outer, :] - free[..., inner, :], axis=-1))
    return np.stack(eyes, -1)


def lip_gap(free: Array) -> Array:
    """Return the mean distance between the inner lip edges of (..., 478, 3) landmarks, in face heights."""
    upper, lower = np.array(OPEN_PAIRS).T
    return np.linalg.norm(free[..., upper, :] - free[..., lower, :], axis=-1).mean(-1)


def lid_closure(free: Array, neutral: Array) -> Array:
    """Return (T, 2) closure: 0 as neutral, 1 closed, down to -0.25 wider than neutral.

    The two lids of one person close together: their mean counts, unless they clearly differ (a wink).
    """
    rest = np.maximum(lid_aspect(neutral), CLOSED_ASPECT + 0.05)
    own = np.clip((rest - lid_aspect(free)) / (rest - CLOSED_ASPECT), WIDEST, 1)
    mean = own.mean(1, keepdims=True)
    apart = smoothstep(0.3, 0.6, np.abs(own[:, :1] - own[:, 1:]))
    both = mean + apart * (own - mean)
    return np.sign(both) * np.maximum(np.abs(both) - LID_NOISE, 0) / (1 - LID_NOISE)


def gaze(free: Array, neutral: Array, lids: Array) -> Array:
    """Return (T, 2) iris displacement from neutral in eye widths, held while the lids hide the iris."""
    frame = face_frame(neutral)
    axes = np.stack([frame.right, frame.down], 1)

    def looking(points: Array) -> Array:
        sides = []
        for (outer, inner), iris in zip(EYE_CORNERS, IRIS, strict=True):
            ends = points[..., outer, :], points[..., inner, :]
            width = np.linalg.norm(ends[0] - ends[1], axis=-1)[..., None]
            sides.append((points[..., iris[0], :] - (ends[0] + ends[1]) / 2) @ axes / width)
        return np.mean(sides, 0)

    moved = looking(free) - looking(neutral)
    return np.clip(_held_while_closed(moved, lids), -FAR_GAZE, FAR_GAZE)


def brow_raise(free: Array, neutral: Array, lids: Array) -> Array:
    """Return (T,) brow raise in units of the expression basis, held while the lids close.

    Face Mesh pulls the brows down with the lids; people hardly do.
    """
    down = face_frame(neutral).down
    brows, corners = np.concatenate(BROWS), np.ravel(EYE_CORNERS)

    def height(points: Array) -> Array:
        return (points[..., corners, :].mean(-2) - points[..., brows, :].mean(-2)) @ down

    raised = (height(free) - height(neutral)) / BROW_UNIT
    return np.clip(_held_while_closed(raised[:, None], lids)[:, 0], -2, 3)


def mouth_opening(free: Array, neutral: Array) -> Array:
    """Return (T,) lip gap over the neutral frame's, which counts as that of touching lips at least."""
    return lip_gap(free) / max(float(lip_gap(neutral)), SMALLEST_GAP)


def lip_shapes(free: Array, neutral: Array) -> Array:
    """Return (T, 6) weights in 0..1, the columns named in LIP_SHAPES."""
    down = face_frame(neutral).down
    unit = _distance(neutral, *MOUTH_CORNERS)

    def change(a: int, b: int) -> Array:
        return (_distance(free, a, b) - _distance(neutral, a, b)) / unit

    opened = (lip_gap(free) - lip_gap(neutral)) / unit
    wider = change(*MOUTH_CORNERS)
    thinner_upper = -change(UPPER_EDGE, UPPER_SEAM)
    thinner_lower = -change(LOWER_SEAM, LOWER_EDGE)
    rest_lip = (neutral[UPPER_EDGE] - neutral[NOSE_BASE]) @ down
    raised = (rest_lip - (free[:, UPPER_EDGE] - free[:, NOSE_BASE]) @ down) / unit
    shut = smoothstep(0.03, 0.0, lip_gap(free) / unit)
    weights = np.stack(
        [
            opened / JAW_GAP,
            wider / SPREAD_WIDTH,
            -wider / ROUND_WIDTH,
            raised / UPPER_RISE,
            (1 - shut) * thinner_lower / TUCK_RISE,
            shut * (thinner_upper + thinner_lower) / PRESS_HEIGHT,
        ],
        1,
    )
    return np.clip((weights - LIP_NOISE) / (1 - LIP_NOISE), 0, 1)


def _distance(points: Array, a: int, b: int) -> Array:
    return np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)


def _held_while_closed(values: Array, lids: Array) -> Array:
    """Bridge (T, C) `values` linearly over the frames in which an eye is more than a third closed."""
    open_frames = np.flatnonzero(lids.max(1) < 1 / 3)
    if len(open_frames) == 0:
        return np.zeros_like(values)
    frames = np.arange(len(values))
    return np.stack([np.interp(frames, open_frames, column[open_frames]) for column in values.T], 1)

from __future__ import annotations

import numpy as np
import pytest

from portrait.motion import topology as topo
from portrait.motion.expression import ExpressionBasis
from portrait.motion.warp import WarpSource


@pytest.fixture(scope="module")
def basis(source: WarpSource) -> ExpressionBasis:
    return source.basis


def along(basis: ExpressionBasis, field: np.ndarray, index: int | list[int], axis: str) -> np.ndarray:
    """Displacement in mouth widths along an axis of the face."""
    return field[index] @ getattr(basis.frame, axis) / basis.mouth_width


def test_nothing_asked_is_nothing_moved(basis: ExpressionBasis) -> None:
    assert not basis.express({}).any()


def test_the_jaw_takes_the_lower_lip_and_leaves_the_upper(basis: ExpressionBasis) -> None:
    field = basis.express({"jaw": 0.62})
    assert 0.2 < along(basis, field, 14, "down") < 0.3
    assert 0.15 < along(basis, field, 152, "down") < 0.3
    assert abs(along(basis, field, 13, "down")) < 0.01
    assert np.abs(field[[10, 33, 263, 168]]).max() < 0.5


def test_spread_widens_and_round_narrows(basis: ExpressionBasis) -> None:
    for name, sign in (("spread", 1), ("round", -1)):
        corners = along(basis, basis.fields[name], [61, 291], "right")
        assert sign * (corners[1] - corners[0]) > 0.1


def test_round_lips_come_forward(basis: ExpressionBasis) -> None:
    assert along(basis, basis.fields["round"], 0, "away") < -0.05


def test_closing_brings_the_photos_own_lips_together(basis: ExpressionBasis) -> None:
    upper, lower = np.array(topo.LIP_PAIRS).T
    closed = basis.landmarks + basis.fields["close"]
    np.testing.assert_allclose(closed[upper], closed[lower], atol=1e-6)


@pytest.mark.parametrize("side", [0, 1])
def test_a_blink_closes_its_own_eye_and_leaves_the_brow(basis: ExpressionBasis, side: int) -> None:
    field = basis.blink[side]
    lid, rest = topo.UPPER_LID[side][3], topo.LOWER_LID[side][3]
    gap = np.linalg.norm(basis.landmarks[rest] - basis.landmarks[lid])
    left = np.linalg.norm((basis.landmarks + field)[rest] - (basis.landmarks + field)[lid])
    assert left < 0.05 * gap
    other = 1 - side
    assert np.abs(field[topo.UPPER_LID[other] + topo.BROWS[0] + topo.BROWS[1] + topo.LIPS]).max() < 1e-9


def test_brows_go_up_together_and_the_eyes_stay(basis: ExpressionBasis) -> None:
    field = basis.fields["brow"]
    assert (field[topo.BROWS[0] + topo.BROWS[1]] @ basis.frame.down < 0).all()
    assert np.abs(field[topo.EYE_RING[0] + topo.EYE_RING[1]]).max() < 1e-9


def test_irises_have_no_motion_of_their_own(basis: ExpressionBasis) -> None:
    everything = dict.fromkeys([*basis.fields, "jaw"], 1.0)
    assert not basis.express(everything)[topo.SURFACE :].any()

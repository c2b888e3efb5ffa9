from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portrait.motion import topology as topo
from portrait.motion.geometry import rotation_matrix
from portrait.motion.mesh import SHOULDERS, Pose
from portrait.motion.raster import dense_motion, head_map, make_grid
from portrait.motion.warp import WarpSource

REST = np.zeros((478, 3))


def pose(angles: tuple[float, float, float] = (0, 0, 0), shift: tuple[float, float] = (0, 0)) -> Pose:
    return Pose(rotation_matrix(*angles), np.array(shift, float), scale=1.0, depth=1.0)


def test_a_mesh_at_rest_does_not_flow(source: WarpSource) -> None:
    # 1/32 px is the resampler's own step: half of it is nothing at all
    placed = source.mesh.place(REST, Pose(np.eye(3), np.zeros(2), 1.0, 0.0))
    flow = dense_motion(source.mesh, placed, source.grid)
    assert np.abs(flow).max() < 1 / 64


@settings(max_examples=10, deadline=None)
@given(st.floats(-8, 8), st.floats(-8, 8))
def test_a_shifted_face_looks_back_by_the_shift(source: WarpSource, dx: float, dy: float) -> None:
    placed = source.mesh.place(REST, pose(shift=(dx, dy)))
    flow = dense_motion(source.mesh, placed, source.grid)
    nose = np.rint(source.grid.to_grid(placed.landmarks[4, :2])).astype(int)
    np.testing.assert_allclose(flow[nose[1], nose[0]], [-dx, -dy], atol=0.1)


def test_the_shoulders_take_up_a_little_of_a_shift(source: WarpSource) -> None:
    placed = source.mesh.place(REST, pose(shift=(10, -5)))
    torso = source.mesh.head < SHOULDERS + 1e-6
    assert torso.sum() > 50
    moved = (placed.vertices - source.mesh.vertices)[torso, :2]
    np.testing.assert_allclose(moved, np.tile([10 * SHOULDERS, -5 * SHOULDERS], (len(moved), 1)), atol=2)
    assert np.linalg.norm(moved, axis=1).max() < 0.3 * np.hypot(10, 5)


def test_turning_moves_the_nose_before_the_cheeks(source: WarpSource) -> None:
    placed = source.mesh.place(REST, pose((10, 0, 0)))
    moved = (placed.landmarks - source.mesh.landmarks)[:, 0]
    assert moved[4] < moved[[234, 454]].mean() - 0.02 * source.mesh.frame.height


def test_nothing_flows_at_an_edge_inside_the_photo(source: WarpSource) -> None:
    grid = make_grid(source.grid.shape, (True, False, True, True))
    flow = dense_motion(source.mesh, source.mesh.place(REST, pose((8, 0, 5), (6, 0))), grid)
    for edge in (flow[:, 0], flow[:, -1], flow[-1]):
        assert np.abs(edge).max() == 0
    assert np.abs(flow[0]).max() > 1  # the top is the photo's own edge


@pytest.mark.parametrize("shape", [(90, 60), (400, 700), (1500, 1500)])
def test_the_grid_covers_the_crop(shape: tuple[int, int]) -> None:
    grid = make_grid(shape, (False,) * 4)
    x, y = grid.centres()
    corners = np.array([[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]])
    np.testing.assert_allclose(grid.to_grid(corners), [[-0.5, -0.5], np.array(grid.size[::-1]) - 0.5])
    np.testing.assert_allclose(grid.to_grid(np.array([[x[0, 3], y[5, 0]]])), [[3, 5]], atol=1e-4)


def test_what_is_beside_a_lip_moves_with_it(source: WarpSource) -> None:
    """An opening's middle looks beside each lip, not at a stretched seam."""
    opened = source.basis.express({"jaw": 0.6})
    placed = source.mesh.place(opened, pose())
    pairs = len(source.mesh.upper)
    low = len(source.mesh.vertices) - pairs
    lip = list(source.mesh.lower).index(14)
    moved = placed.vertices[14, :2] - placed.source[14]
    middle = placed.vertices[low + lip, :2] - placed.source[low + lip]
    np.testing.assert_allclose(middle, moved, atol=0.1 * source.basis.mouth_width)
    assert moved[1] > 0.1 * source.basis.mouth_width


def test_the_head_map_is_full_on_the_face_and_faint_on_the_chest(source: WarpSource) -> None:
    weight = head_map(source.mesh, source.grid)
    nose = np.rint(source.grid.to_grid(source.mesh.landmarks[4, :2])).astype(int)
    assert weight[nose[1], nose[0]] > 0.99
    chest = nose[1] + round(source.mesh.frame.height / source.grid.step[1])
    assert 0 < weight[chest, nose[0]] < 0.3
    assert weight[-1].max() == 0


def test_the_topology_is_what_it_says() -> None:
    assert topo.triangles().shape == (852, 3)
    assert len(set(topo.LIPS)) == len(topo.LIPS) == 80
    assert not set(topo.RIGID) & set(topo.LIPS)
    assert {len(ring) for ring in topo.EYE_RING} == {16}

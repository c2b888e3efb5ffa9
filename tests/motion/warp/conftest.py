"""One public-domain portrait, prepared once, tracks that ask for one thing, and eyes that look again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.face import FaceMesh
from portrait.motion.geometry import rotation_matrix
from portrait.motion.warp import WarpSource, animate, prepare
from portrait.types import LIP_SHAPES, Image, LipTrack, MotionTrack, Photo

MakeTrack = Callable[..., MotionTrack]
MakeLips = Callable[..., LipTrack]
Show = Callable[..., Image]
Look = Callable[[Image], NDArray[np.float64]]


@pytest.fixture(scope="session")
def photo() -> Photo:
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return Photo(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), "")


@pytest.fixture(scope="session")
def source(photo: Photo) -> WarpSource:
    return prepare(photo)


@pytest.fixture(scope="session")
def track() -> MakeTrack:
    """A track of `frames` equal frames: angles in degrees, everything else as the track has it."""

    def make(
        frames: int = 1,
        *,
        angles: tuple[float, float, float] = (0, 0, 0),
        shift: tuple[float, float] = (0, 0),
        lids: float = 0,
        gaze: tuple[float, float] = (0, 0),
        brows: float = 0,
        residual: NDArray[np.float32] | None = None,
        mouth_gap: float = 1,
        neutral: NDArray[np.float32] | None = None,
    ) -> MotionTrack:
        def repeated(value: object) -> NDArray[np.float32]:
            return np.repeat(np.asarray(value, np.float32)[None], frames, 0)

        return MotionTrack(
            fps=25,
            rotation=repeated(rotation_matrix(*angles)),
            translation=repeated(shift),
            scale=repeated(1),
            lids=repeated((lids, lids)),
            gaze=repeated(gaze),
            brows=repeated(brows),
            lips=repeated(np.zeros(len(LIP_SHAPES))),
            residual=None if residual is None else repeated(residual),
            mouth_gap=None if residual is None else repeated(mouth_gap),
            neutral=neutral,
        )

    return make


@pytest.fixture(scope="session")
def lips() -> MakeLips:
    """A lip track of one frame; weights by name."""

    def make(**weights: float) -> LipTrack:
        return LipTrack(np.array([[weights.get(name, 0) for name in LIP_SHAPES]], np.float32), 25)

    return make


@pytest.fixture(scope="session")
def show(source: WarpSource, track: MakeTrack) -> Show:
    """The portrait's frame for a track's keywords and a lip track."""

    def make(lips: LipTrack | None = None, *, of: WarpSource = source, **motion: object) -> Image:
        return next(animate(of, track(**motion), lips, frames=1))

    return make


@pytest.fixture(scope="session")
def look() -> Iterator[Look]:
    """Find the landmarks of a frame again."""
    with FaceMesh() as mesh:

        def find(image: Image) -> NDArray[np.float64]:
            found = mesh.landmarks(image)
            assert found is not None
            return found

        yield find

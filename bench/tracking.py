"""Reading and following a reference video: milliseconds a frame, and memory for a short and a long one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import psutil

from bench.clips import FPS, I420, portrait, write
from bench.machine import report
from portrait.motion.track import motion_of, observe
from portrait.motion.video import Decoding, read_frames
from portrait.types import MotionTrack

SMALL, UHD = (640, 360), (3840, 2160)  # height, width, as of a phone held upright


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        phone, uhd, short, long = (Path(folder) / f"{name}.mp4" for name in ("phone", "uhd", "short", "long"))
        write(portrait(10), phone)
        write(_repeated(2, UHD, unlike=5), uhd)
        write(_repeated(10, SMALL, unlike=50), short)
        write(_repeated(120, SMALL, unlike=50), long)
        results: dict[str, object] = {
            "memory_mib": {"10 s": _peak_while_reading(short), "120 s": _peak_while_reading(long)},
            "decode_720x1280_ms_a_frame": _per_frame(
                lambda: sum(1 for _ in read_frames(phone, max_side=640))
            ),
            "decode_2160x3840_ms_a_frame": _per_frame(lambda: sum(1 for _ in read_frames(uhd, max_side=640))),
            **_tracking(phone),
        }
    report("tracking", results, "av", "mediapipe", "opencv-contrib-python", "numpy")


def _repeated(seconds: float, size: tuple[int, int], *, unlike: int) -> Iterator[I420]:
    """`seconds` of the portrait, of which `unlike` frames differ: quick to make."""
    return islice(cycle(portrait(unlike / FPS, size)), round(seconds * FPS))


def _per_frame(work: Callable[[], int]) -> float:
    """Milliseconds a frame of `work`, which returns how many it did; starting the decoder is part of it."""
    begun = time.perf_counter()
    count = work()
    return round((time.perf_counter() - begun) / count * 1e3, 2)


def _tracking(path: Path) -> dict[str, object]:
    begun = time.perf_counter()
    footage = observe(path)
    seen = time.perf_counter()
    track: MotionTrack = motion_of(footage)
    done = time.perf_counter()
    return {
        "frames": len(track),
        "observe_ms_a_frame": round((seen - begun) / len(track) * 1e3, 2),
        "describe_ms_a_frame": round((done - seen) / len(track) * 1e3, 2),
    }


def _peak_while_reading(path: Path) -> float:
    """Greatest resident memory of this process and the decoder together, above where it began, in MiB."""
    here = psutil.Process()
    start, peak = here.memory_info().rss, 0
    with Decoding(path, max_side=640) as decoding:
        for number, _ in enumerate(decoding):
            if number % 10 == 0:
                together = (here, *here.children())
                peak = max(peak, sum(process.memory_info().rss for process in together) - start)
    return round(peak / 2**20, 1)


if __name__ == "__main__":
    main()

"""The invisible watermark: what it costs the picture, what it survives, how fast it is, what others survive.

`python -m bench.watermark [--quick] [--clip FILE ...]`. Clips: a photograph that sways over its own blurred
ground with noise, label and caption; the driving clips beside the project where there are any; files given.
`--quick` leaves out the further attacks and the baselines. Progress goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from bench import attacks, clips
from bench.attacks import Attack
from bench.baselines import Baseline, baselines, to_bgr, to_i420
from bench.machine import report
from watermark.embed import Embedder
from watermark.extract import MOST_ATTEMPTS, Detection, detect, detect_file
from watermark.payload import RENDER_ID_BITS

KEY = b"the key of the bench, thirty-two"
RENDER_ID = 0x5EA1_0F7E_57B3_0C
DRIVING = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "driving"
SECONDS = 6.0
PACKAGES = ("numpy", "scipy", "opencv-contrib-python", "av", "invisible-watermark", "blind-watermark")

WRONG_KEYS = 20
SIZES = ((1280, 720), (512, 512))
BASELINE_FRAMES, BASELINE_READ = 12, 3
BASELINE_ATTACKS = (
    *attacks.PROMISED,
    *(attack for attack in attacks.FURTHER if attack.name in {"x264 CRF 33", "360p 500 kbit/s baseline"}),
)

I420 = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--clip", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()
    tried = attacks.PROMISED if chosen.quick else attacks.PROMISED + attacks.FURTHER
    results: dict[str, object] = {"speed": speed()}
    results["clips"] = {name: one_clip(name, make, tried) for name, make in sources(chosen.clip).items()}
    if not chosen.quick:
        results["baselines"] = {
            method.name: one_baseline(method) for method in baselines(bits=RENDER_ID_BITS)
        }
    report("watermark", results, *PACKAGES)


def sources(extra: Sequence[Path]) -> dict[str, Callable[[], Iterator[I420]]]:
    made: dict[str, Callable[[], Iterator[I420]]] = {"portrait": lambda: clips.portrait(SECONDS)}
    for path in [*sorted(DRIVING.glob("*.mpg")), *extra]:
        made[path.stem] = lambda path=path: clips.filmed(path, seconds=SECONDS)
    return made


def one_clip(name: str, make: Callable[[], Iterator[I420]], tried: Sequence[Attack]) -> dict[str, object]:
    """Mark one clip, measure it against the unmarked one, and put it through every attack."""
    note(name)
    plain = list(make())
    marked = mark(plain)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        published, unmarked = folder / "published.mp4", folder / "unmarked.mp4"
        clips.write(marked, published)
        clips.write(plain, unmarked)
        rows = {attack.name: survived(attack, published, folder) for attack in tried}
        return {
            "seconds": len(plain) / clips.FPS,
            "quality": quality(plain, marked, folder),
            "octets_marked_over_unmarked": round(published.stat().st_size / unmarked.stat().st_size, 3),
            "recovered": f"{sum(row['recovered'] for row in rows.values())} of {len(rows)}",
            "attacks": rows,
            "still": summary(detect([luma(marked[len(marked) // 2])], KEY)),
            "false_positives": false_positives(published, unmarked),
        }


def mark(frames: Sequence[I420]) -> list[I420]:
    embedder = Embedder(KEY, RENDER_ID, luma(frames[0]).shape)
    embedder.prepare([luma(frame) for frame in frames[:: max(1, len(frames) // 10)]])
    return list(clips.on_luma(frames, embedder.apply))


def luma(frame: I420) -> I420:
    return frame[: frame.shape[0] * 2 // 3]


def survived(attack: Attack, published: Path, folder: Path) -> dict[str, object]:
    attacked = attacks.run(attack, published, folder)
    began = time.perf_counter()
    found = detect_file(attacked, KEY, time_limit=120)
    row = summary(found) | {
        "seconds": round(time.perf_counter() - began, 2),
        "octets": attacked.stat().st_size,
    }
    note(f"  {attack.name}: {row}")
    return row


def summary(found: Detection) -> dict[str, object]:
    return {
        "recovered": found.render_id == RENDER_ID,
        "sync_score": round(found.sync_score, 1),
        "attempts": found.attempts,
        "false_positive_probability": found.false_positive_probability,
    }


def false_positives(published: Path, unmarked: Path) -> dict[str, object]:
    """Look for our mark in the unmarked clip, and for marks of other keys in the published one."""
    readings = [detect_file(unmarked, KEY, time_limit=120)]
    readings += [
        detect_file(published, b"wrong key %d" % number, time_limit=120) for number in range(WRONG_KEYS)
    ]
    return {
        "searches": len(readings),
        "found": sum(reading.found for reading in readings),
        "most_attempts": max(reading.attempts for reading in readings),
        "attempts_allowed": MOST_ATTEMPTS,
    }


def quality(plain: Sequence[I420], marked: Sequence[I420], folder: Path) -> dict[str, float]:
    """Luma PSNR and SSIM, and VMAF, of marked against unmarked frames, before any encoding."""
    paths = [folder / "plain.mkv", folder / "marked.mkv"]
    for path, frames in zip(paths, (plain, marked), strict=True):
        clips.write_lossless(frames, path)
    log = folder / "quality.json"
    features = "feature=name=psnr|name=float_ssim"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(paths[1]), "-i", str(paths[0])),
            *("-lavfi", f"libvmaf={features}:log_fmt=json:log_path={log}:n_threads=2", "-f", "null", "-"),
        ],
        check=True,
    )
    pooled = json.loads(log.read_text())["pooled_metrics"]
    named = {"psnr_y": "psnr_y", "ssim": "float_ssim", "vmaf": "vmaf"}
    means = {name: round(pooled[metric]["mean"], 4) for name, metric in named.items()}
    tenth = slice(None, None, max(1, len(plain) // 10))
    return means | {"psnr_rgb": psnr([to_bgr(f) for f in plain[tenth]], [to_bgr(f) for f in marked[tenth]])}


def psnr(before: Sequence[I420], after: Sequence[I420]) -> float:
    errors = [
        np.mean((one.astype(np.float32) - other) ** 2) for one, other in zip(before, after, strict=True)
    ]
    return round(float(10 * np.log10(255**2 / np.mean(errors))), 2)


def speed() -> dict[str, object]:
    """Milliseconds to mark a frame, and seconds to search ten seconds of video, marked and not."""
    return {
        "embed": {f"{width}x{height}": embed_speed((height, width)) for height, width in SIZES},
        "detect_10_s": detect_speed(),
    }


def embed_speed(size: tuple[int, int]) -> dict[str, float]:
    frames = [luma(frame) for frame in clips.portrait(2, size)]
    embedder = Embedder(KEY, RENDER_ID, size)
    began = time.perf_counter()
    embedder.prepare(frames[::5])
    prepared = time.perf_counter() - began
    times = []
    for frame in frames * 3:
        began = time.perf_counter()
        embedder.apply(frame)
        times.append(time.perf_counter() - began)
    return {
        "prepare_s": round(prepared, 3),
        "mean_ms": round(1e3 * sum(times) / len(times), 3),
        "median_ms": round(1e3 * median(times), 3),
        "frames_a_second": round(len(times) / sum(times)),
    }


def detect_speed() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "ten.mp4"
        clips.write(mark(list(clips.portrait(10))), path)
        seconds = {}
        for name, key in (("found_s", KEY), ("absent_s", b"another key")):
            began = time.perf_counter()
            detect_file(path, key, time_limit=120)
            seconds[name] = round(time.perf_counter() - began, 2)
    return seconds


def one_baseline(method: Baseline) -> dict[str, object]:
    """Put another's mark, on twelve frames shown in turn, through the promised attacks and two more."""
    note(method.name)
    payload = np.random.default_rng(11).integers(0, 2, method.bits).astype(np.uint8)
    pictures = [to_bgr(frame) for frame in clips.portrait(BASELINE_FRAMES / clips.FPS)]
    began = time.perf_counter()
    marked = [method.embed(picture, payload) for picture in pictures]
    embed_ms = 1e3 * (time.perf_counter() - began) / len(marked)
    frames = list(islice(cycle([to_i420(picture) for picture in marked]), round(SECONDS * clips.FPS)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        clips.write(frames, folder / "published.mp4")
        rows = {
            attack.name: baseline_row(method, payload, attacks.run(attack, folder / "published.mp4", folder))
            for attack in BASELINE_ATTACKS
        }
    return {
        "bits": method.bits,
        "psnr_rgb": psnr(pictures, marked),
        "embed_ms": round(embed_ms),
        "attacks": rows,
    }


def baseline_row(method: Baseline, payload: NDArray[np.uint8], path: Path) -> dict[str, object]:
    """Bits read from a few frames at the marked size, by majority."""
    capture = cv2.VideoCapture(str(path))
    votes = []
    for _ in range(BASELINE_READ):
        frame = capture.read()[1]
        height, width = clips.SIZE
        votes.append(method.read(cv2.resize(frame, (width, height)), method.bits))
    capture.release()
    read = np.mean(votes, axis=0) > 0.5
    row = {
        "recovered": bool(np.all(read == payload)),
        "bit_accuracy": round(float(np.mean(read == payload)), 3),
    }
    note(f"  {row}")
    return row


def note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

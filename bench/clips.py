"""Talking-head-like clips made from what installed packages ship, as streams of I420 frames."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import cv2
import imageio_ffmpeg
import matplotlib
import numpy as np
from numpy.typing import NDArray

FPS = 25
SIZE = (1280, 720)  # height, width of the vertical preset
I420 = NDArray[np.uint8]  # (H * 3 / 2, W)


def portrait(seconds: float, size: tuple[int, int] = SIZE, *, noise: float = 1.5) -> Iterator[I420]:
    """A photograph that sways a little over its own blurred ground, with sensor noise and a caption."""
    photo = cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))
    rng = np.random.default_rng(7)
    ground = _blurred_ground(photo, size)
    for index in range(round(seconds * FPS)):
        frame = _swaying(photo, ground, index / FPS, size)
        noisy = np.clip(frame + rng.normal(0, noise, size)[..., None], 0, 255).astype(np.uint8)
        _caption(noisy, index)
        yield cv2.cvtColor(noisy, cv2.COLOR_BGR2YUV_I420)


def filmed(path: Path, size: tuple[int, int] = SIZE, *, seconds: float = 1e9) -> Iterator[I420]:
    """A filmed clip, enlarged until it fills the frame."""
    capture = cv2.VideoCapture(str(path))
    height, width = size
    for _ in range(round(min(seconds, 3600) * FPS)):
        there, frame = capture.read()
        if not there:
            break
        scale = max(height / frame.shape[0], width / frame.shape[1])
        large = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
        yield cv2.cvtColor(large[top : top + height, left : left + width], cv2.COLOR_BGR2YUV_I420)
    capture.release()


def on_luma(
    frames: Iterable[I420], change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> Iterator[I420]:
    """Apply `change` to the luma plane of every frame."""
    for frame in frames:
        height = frame.shape[0] * 2 // 3
        yield np.concatenate([change(frame[:height]), frame[height:]])


def write(frames: Iterable[I420], path: Path, *, crf: int = 18) -> None:
    """Encode I420 frames of limited range as the studio does: H.264 High, 25 frames a second."""
    _encode(frames, path, "-preset", "medium", "-crf", str(crf), "-movflags", "+faststart")


def write_lossless(frames: Iterable[I420], path: Path) -> None:
    """Keep I420 frames exactly as they are."""
    _encode(frames, path, "-preset", "ultrafast", "-qp", "0")


def _encode(frames: Iterable[I420], path: Path, *options: str) -> None:
    iterator = iter(frames)
    first = next(iterator)
    size = f"{first.shape[1]}x{first.shape[0] * 2 // 3}"
    arguments = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
        *(
            "-s",
            size,
            "-r",
            str(FPS),
            "-i",
            "-",
            "-c:v",
            "libx264",
            *options,
            "-pix_fmt",
            "yuv420p",
            str(path),
        ),
    ]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for frame in chain([first], iterator):
            encoder.stdin.write(frame.tobytes())
    assert encoder.returncode == 0


def _blurred_ground(photo: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = size
    scale = max(height / photo.shape[0], width / photo.shape[1])
    large = cv2.resize(photo, None, fx=scale, fy=scale)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    ground = cv2.GaussianBlur(large[top : top + height, left : left + width], (0, 0), width / 24)
    return np.asarray(ground * 0.7, np.uint8)


def _swaying(
    photo: NDArray[np.uint8], ground: NDArray[np.uint8], time: float, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The photo as large as it fits, its inside warped as if the head moved a few pixels."""
    height, width = size
    scale = min(width / photo.shape[1], height / photo.shape[0])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[: large.shape[0], : large.shape[1]].astype(np.float32)
    centre_x, centre_y = large.shape[1] * 0.5, large.shape[0] * 0.4
    near = np.exp(-((columns - centre_x) ** 2 + (rows - centre_y) ** 2) / (2 * (0.25 * width) ** 2))
    sway = scale * 3 * np.sin(2 * np.pi * 0.31 * time), scale * 2 * np.sin(2 * np.pi * 0.53 * time + 1)
    mouth = np.exp(-((columns - centre_x) ** 2 + (rows - centre_y * 1.25) ** 2) / (2 * (0.06 * width) ** 2))
    speech = scale * 2.5 * abs(np.sin(2 * np.pi * 2.7 * time))
    warped = cv2.remap(
        large,
        columns + (near * sway[0]).astype(np.float32),
        rows + (near * sway[1] + mouth * speech).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    frame = ground.copy()
    top, left = (height - large.shape[0]) // 2, (width - large.shape[1]) // 2
    frame[top : top + large.shape[0], left : left + large.shape[1]] = warped
    return frame


def _caption(frame: NDArray[np.uint8], index: int) -> None:
    """A dark plate with white letters, and a label, like every finished render has."""
    height, width = frame.shape[:2]
    unit = width / 720
    plates = (
        (0.80, 0.90, f"Palabras del guion, frase {index // 40}"),
        (0.03, 0.075, "Imagen y voz generadas con IA"),
    )
    for top, bottom, text in plates:
        frame[int(top * height) : int(bottom * height), int(0.06 * width) : int(0.94 * width)] = (24, 20, 18)
        place = (int(0.09 * width), int((top * 0.4 + bottom * 0.6) * height))
        font, white = cv2.FONT_HERSHEY_SIMPLEX, (245, 245, 245)
        cv2.putText(frame, text, place, font, 1.1 * unit, white, round(2 * unit), cv2.LINE_AA)

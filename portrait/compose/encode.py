"""The one encode: H.264 High and AAC in an MP4 that starts before it is fully loaded.

The only caller of ffmpeg. Frames go down a pipe as raw I420; what ffmpeg says is read beside it, so
neither side can wait for the other. Everything is written into a folder with a passing name next to
the target and renamed at the end, so a stopped encode leaves nothing behind.
"""

from __future__ import annotations

import errno
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

import ffmpeg
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from portrait.compose.sound import RATE
from portrait.errors import N_, EncodeError, MissingPart

CRF = 19
X264_PRESET = "faster"  # "fast" and "medium" cost 1.3 and 1.6 times its work for 0.1 VMAF (bench/compose.py)
AUDIO_BITRATE = "160k"
_SECONDS_BETWEEN_KEYFRAMES = 2
_BT709 = {"range": "tv", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
_SEI_UNIT = 6  # H.264 NAL unit type of x264's own settings; nobody needs to know them
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_ROOM = ("no space left", "disk quota exceeded", "file too large")


class DiskFull(EncodeError):  # noqa: N818 - reads as what it is
    """The disk filled up while the video was written."""

    problem = N_("There is no room left on the disk to write the video.")
    remedy = N_("Free some space or choose another folder, then run it again.")


class CannotWriteThere(EncodeError):  # noqa: N818
    """The folder of the video does not exist or may not be written."""

    problem = N_("The video cannot be written in this folder.")
    remedy = N_("Choose a folder that exists and that you may write in.")


class NoFrames(EncodeError):  # noqa: N818
    """There was no picture to encode."""

    problem = N_("The video has no pictures.")
    remedy = N_("Check that the script or the reference video is not empty.")


class EncoderStopped(EncodeError):  # noqa: N818
    """ffmpeg ended by itself; `details["reason"]` is the last thing it said."""

    problem = N_("The encoder stopped before the video was complete: {reason}")
    remedy = N_("Run it again. If it happens again, run `presente doctor`.")


def encode(
    frames: Iterable[NDArray[np.uint8]],
    *,
    size: tuple[int, int],
    fps: int,
    sound: NDArray[np.float32],
    path: Path,
) -> None:
    """Write `frames` and `sound` to `path` as one MP4, replacing what was there only when complete.

    frames: I420 arrays (H * 3 // 2, W) uint8, BT.709 limited range. size: (H, W), even. fps: frames a
    second. sound: (N,) float32 in [-1, 1], mono, 48 kHz, best exactly as long as the frames.

    Raises EncodeError (DiskFull, CannotWriteThere, NoFrames, EncoderStopped). Whatever the iterator
    itself raises, Cancelled and KeyboardInterrupt among them, ends the encoder and passes through.
    """
    with disk_trouble_named():
        workplace = tempfile.TemporaryDirectory(prefix=".presente-", dir=path.parent)
    with workplace as name:
        narration, video = Path(name, "sound.f32"), Path(name, "video.mp4")
        with disk_trouble_named():
            narration.write_bytes(np.asarray(sound, "<f4").tobytes())
        _run(_command(size, fps, narration, video), _checked(frames, size))
        with disk_trouble_named():
            video.replace(path)


@contextmanager
def disk_trouble_named() -> Iterator[None]:
    """Turn what the file system refuses into typed errors: DiskFull, CannotWriteThere."""
    try:
        yield
    except OSError as error:
        raise (DiskFull if error.errno in _FULL else CannotWriteThere)() from error


def _command(size: tuple[int, int], fps: int, narration: Path, video: Path) -> list[str]:
    """Return the ffmpeg command line.

    The colour is stated by a filter: as plain output options, the tags make ffmpeg convert the
    unlabelled input from BT.601 first.
    """
    height, width = size
    picture = ffmpeg.input(
        "pipe:0", format="rawvideo", pix_fmt="yuv420p", video_size=(width, height), framerate=fps
    ).filter("setparams", **_BT709)
    voice = ffmpeg.input(str(narration), format="f32le", ar=RATE, ac=1)
    options = {
        "c:v": "libx264",
        "preset": X264_PRESET,
        "profile:v": "high",
        "crf": CRF,
        "g": _SECONDS_BETWEEN_KEYFRAMES * fps,
        "pix_fmt": "yuv420p",
        "bsf:v": f"filter_units=remove_types={_SEI_UNIT}",
        "c:a": "aac",
        "b:a": AUDIO_BITRATE,
        "map_metadata": -1,
        "fflags": "+bitexact",
        "flags:v": "+bitexact",
        "flags:a": "+bitexact",
        "movflags": "+faststart",
    }
    stream = ffmpeg.output(picture, voice, str(video), **options)
    command: list[str] = stream.global_args("-hide_banner", "-nostats", "-loglevel", "error").compile(
        cmd=_ffmpeg()
    )
    return command


def _ffmpeg() -> str:
    try:
        return get_ffmpeg_exe()
    except RuntimeError as error:
        raise MissingPart(part="ffmpeg", command="pip install imageio-ffmpeg") from error


def _checked(frames: Iterable[NDArray[np.uint8]], size: tuple[int, int]) -> Iterator[memoryview]:
    """Yield the bytes of each frame after checking its shape; raises NoFrames when there is none."""
    shape, count = (size[0] * 3 // 2, size[1]), 0
    for frame in frames:
        if frame.shape != shape or frame.dtype != np.uint8:
            raise ValueError(f"a frame must be uint8 {shape}, not {frame.dtype} {frame.shape}")
        count += 1
        yield np.ascontiguousarray(frame).data.cast("B")
    if not count:
        raise NoFrames


def _run(command: list[str], chunks: Iterable[memoryview]) -> None:
    """Feed `chunks` to ffmpeg and wait for it; it never outlives this call.

    It runs in a session of its own: Ctrl-C reaches us alone, and we end it in good order.
    """
    with subprocess.Popen(
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        said: deque[str] = deque(maxlen=20)
        listener = Thread(target=_listen, args=(process.stderr, said), daemon=True)
        listener.start()
        try:
            _feed(process.stdin, chunks)
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            listener.join()
    if process.returncode:
        raise _explained(process.returncode, said)


def _feed(pipe: IO[bytes] | None, chunks: Iterable[memoryview]) -> None:
    """Write every chunk and close the pipe. A broken pipe is not raised: ffmpeg's exit says why."""
    if pipe is None:
        raise ValueError("ffmpeg was started without a pipe for its input")
    for chunk in chunks:
        rest = chunk
        try:
            while rest:  # an unbuffered pipe may take a part at a time
                rest = rest[pipe.write(rest) :]
        except BrokenPipeError:
            return
    pipe.close()


def _listen(pipe: IO[bytes], said: deque[str]) -> None:
    """Keep the last lines ffmpeg says, so that it never waits for a reader."""
    for line in pipe:
        said.append(line.decode(errors="replace").strip())


def _explained(code: int, said: Iterable[str]) -> EncodeError:
    """Return the typed error for an ffmpeg that ended with `code` after it `said` its last lines."""
    lines = [line for line in said if line]
    if code == -signal.SIGXFSZ or any(mark in line.lower() for line in lines for mark in _NO_ROOM):
        return DiskFull()
    return EncoderStopped(reason=lines[-1] if lines else f"ffmpeg {code}")

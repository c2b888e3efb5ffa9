"""The program that decodes a reference video, run by `portrait.motion.video` in a process of its own.

A process can be killed, a thread that hangs inside a codec cannot; and what a malformed file may do
to a decoder stays out of the studio's memory. The file is this program's standard input, already open:
it never learns a path, and libav is given bytes, one named demuxer and no way to open anything else.

Standard output is a sequence of messages (see `send`): first `info`, then frames in time order, last `end`;
or `error` alone. This file imports nothing of the studio.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

MAX_PIXELS = 8192 * 4608  # a little over 8K: a larger frame is a bomb, not a video
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Order:
    """What the studio asks for.

    demuxer: libav's name. max_side: longest side of the frames sent, in pixels, or None. min_interval:
    seconds; a frame sooner than this after the last one sent is passed over. longest: seconds to read.
    """

    demuxer: str
    max_side: int | None
    min_interval: float
    longest: float


def send(out: BinaryIO, message: dict[str, Any], payload: bytes | memoryview = b"") -> None:
    """Write one message: length of the JSON as uint32 big-endian, the JSON, then `bytes` bytes of payload."""
    text = json.dumps({**message, "bytes": len(payload)}).encode()
    out.write(struct.pack("!I", len(text)) + text)
    out.write(payload)
    out.flush()


def _refuse(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise PermissionError("a reference video may not open another file")


def open_container(source: BinaryIO, demuxer: str) -> av.container.InputContainer:
    """Open `source` with one demuxer, no protocols, no external references."""
    options = {
        "format_whitelist": demuxer,
        "protocol_whitelist": "none",
        "max_pixels": str(MAX_PIXELS),
    }
    if demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    return av.open(source, format=demuxer, options=options, io_open=_refuse, buffer_size=READ_BYTES)


class UnusableError(Exception):
    """There is nothing to decode; the message is the `error` to send."""


def moving_picture(container: av.container.InputContainer) -> VideoStream:
    """Return the largest video stream that is not a cover picture, ready to decode in one thread."""
    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not pictures:
        raise UnusableError("no video stream" if container.streams.audio else "empty")
    stream = max(pictures, key=lambda stream: stream.width * stream.height)
    if not stream.width * stream.height:
        raise UnusableError("unreadable")  # a header cut short names a stream and not its size
    stream.codec_context.thread_count = 1  # frame threads were seen to deadlock on damaged files
    return stream


class DamagedError(Exception):
    """The stream cannot be decoded from here on."""


def decode(container: av.container.InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield whole frames in order of presentation; raises DamagedError at the first damage.

    Frames that are damaged before any whole one was seen are passed over: recordings cut
    from a longer stream begin like that.
    """
    whole = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
        except (av.FFmpegError, PermissionError) as error:
            if whole or not isinstance(error, av.InvalidDataError) or packet is None:
                raise DamagedError from error
            continue
        if packet is None:
            return
        for frame in frames:
            if frame.is_corrupt and whole:
                raise DamagedError
            if not frame.is_corrupt:
                whole = True
                yield frame


def orientation(frame: VideoFrame) -> NDArray[np.int64]:
    """Return the (2, 2) matrix from stored to shown (x, y), entries -1, 0, 1: the display matrix, rounded.

    The matrix is libavutil/display.h's: 3x3 int32, 16.16 fixed point, row vectors times matrix.
    """
    for side_data in frame.side_data:
        if side_data.type.name == "DISPLAYMATRIX":
            matrix = np.frombuffer(bytes(side_data), np.int32).reshape(3, 3)[:2, :2].T / 65536
            turned = np.round(matrix).astype(np.int64)
            if abs(round(float(np.linalg.det(turned)))) == 1:
                return turned
    return np.eye(2, dtype=np.int64)


def upright(pixels: NDArray[np.uint8], turn: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Turn and mirror (H, W, 3) pixels by a matrix of `orientation`."""
    if turn[0, 0] == 0:  # the shown x comes from the stored y
        pixels = pixels.transpose(1, 0, 2)
        flip_x, flip_y = turn[0, 1] < 0, turn[1, 0] < 0
    else:
        flip_x, flip_y = turn[0, 0] < 0, turn[1, 1] < 0
    return np.ascontiguousarray(pixels[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


def stored_size(stream: VideoStream, frame: VideoFrame, max_side: int | None) -> tuple[int, int]:
    """Return (width, height) to scale `frame` to: square pixels, longest side at most `max_side`."""
    aspect = float(stream.sample_aspect_ratio or 1)
    width = frame.width * (aspect if 0.25 <= aspect <= 4 else 1.0)
    shrink = min(1.0, (max_side or np.inf) / max(width, frame.height))
    return max(2, round(width * shrink)), max(2, round(frame.height * shrink))


def describe(
    container: av.container.InputContainer, stream: VideoStream, first: VideoFrame, turn: NDArray[np.int64]
) -> dict[str, Any]:
    """Return the `info` message (the fields of `portrait.motion.video.VideoInfo`)."""
    width, height = stored_size(stream, first, None)
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    if stream.duration and stream.time_base:
        duration = float(stream.duration * stream.time_base)
    else:
        duration = (container.duration or 0) / av.time_base
    return {
        "kind": "info",
        "width": height if turn[0, 0] == 0 else width,
        "height": width if turn[0, 0] == 0 else height,
        "fps": rate,
        "duration": max(duration, 0.0),
        "rotation": int(np.degrees(np.arctan2(turn[1, 0], turn[0, 0]))) % 360,
        "frames": stream.frames or round(max(duration, 0.0) * rate),
    }


def timed(frames: Iterator[VideoFrame], rate: float) -> Iterator[tuple[float, VideoFrame]]:
    """Yield (seconds from the first frame, frame), times strictly rising.

    A frame without a time follows the one before it.
    """
    start = last = None
    for frame in frames:
        now = frame.time if frame.time is not None else (0.0 if last is None else last + 1 / rate)
        start = now if start is None else start
        if last is None or now > last:
            last = now
            yield now - start, frame


def run(order: Order, source: BinaryIO, out: BinaryIO) -> None:
    """Decode `source` as ordered and send what it shows."""
    try:
        container = open_container(source, order.demuxer)
        stream = moving_picture(container)
    except av.EOFError:
        return send(out, {"kind": "error", "error": "empty"})
    except (av.FFmpegError, PermissionError):
        return send(out, {"kind": "error", "error": "unreadable"})
    except UnusableError as error:
        return send(out, {"kind": "error", "error": str(error)})
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    frames = timed(decode(container, stream), rate)
    try:
        first = next(frames, None)
    except DamagedError:
        return send(out, {"kind": "error", "error": "unreadable"})
    if first is None:
        promised = stream.frames or stream.duration
        return send(out, {"kind": "error", "error": "unreadable" if promised else "empty"})
    turn = orientation(first[1])  # once: a frame whose side data were read is freed late
    send(out, describe(container, stream, first[1], turn))
    ending = send_frames(chain([first], frames), stream, turn, order, out)
    return send(out, {"kind": "end", "ending": ending})


def send_frames(
    frames: Iterable[tuple[float, VideoFrame]],
    stream: VideoStream,
    turn: NDArray[np.int64],
    order: Order,
    out: BinaryIO,
) -> str:
    """Send the frames that are due, scaled and upright; return how the video ended."""
    due = 0.0
    scaler = VideoReformatter()  # one for all: each keeps tables of its own
    try:
        for time, frame in frames:
            if time >= order.longest:
                return "cut"
            if time < due:
                continue
            due = time + order.min_interval
            width, height = stored_size(stream, frame, order.max_side)
            small = scaler.reformat(frame, width, height, "rgb24", interpolation="AREA")
            pixels = upright(small.to_ndarray(), turn)
            size = {"height": pixels.shape[0], "width": pixels.shape[1]}
            send(out, {"kind": "frame", "time": time, **size}, pixels.data.cast("B"))
    except DamagedError:
        return "damaged"
    return "complete"


if __name__ == "__main__":
    with open(0, "rb", buffering=0, closefd=False) as standard_input:
        run(Order(**json.loads(sys.argv[1])), standard_input, sys.stdout.buffer)

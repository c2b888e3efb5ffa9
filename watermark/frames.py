"""Read luma frames of a file nobody vouches for.

A file's name says nothing: its first bytes choose the demuxer from an allow-list, and libav is told that one
by name. Playlists (SDP, HLS, DASH, concat), which make a demuxer open other files or listen on the network,
have no entry. Decoding is single-threaded (threaded decoders were seen to deadlock on corrupt files), bounded
in pixels before it starts and in time between frames.
"""

from __future__ import annotations

import struct
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import NoReturn

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video import VideoFrame, VideoStream
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from watermark.errors import NoPicture, NotMedia, ReadingTimedOut, TooLarge
from watermark.spectrum import EXAMINED_SIDE

Luma = NDArray[np.uint8]  # (H, W)

MOST_PIXELS = 50_000_000
MOST_FRAMES = 96
"""Frames of a video that are kept for examination, spread over its whole length."""

_LONG = 30.0  # seconds; longer videos are visited at a few places instead of read through
_PLACES, _FRAMES_A_PLACE = 16, 6
_OPTIONS = {"protocol_whitelist": "file", "probesize": "5000000", "analyzeduration": "5000000"}
_STILLS: dict[str, type[ImageFile]] = {
    # The reader classes themselves: they parse the header and stop, so the size is judged here.
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
}
_MOST_STILL_BYTES = 100_000_000  # the rest is not read; no picture within the limit of pixels needs it
_MOST_SCANS = 64  # progressive encoders write about 10; thousands in one JPEG cost minutes of decoding
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})


def sample_lumas(path: Path, *, time_limit: float) -> list[Luma]:
    """Return up to 96 luma frames of a video, or the one of a still, none with a shorter side above 512 px.

    Raises NotMedia, NoPicture, TooLarge and ReadingTimedOut. A video that is damaged or slow midway gives the
    frames up to there.
    """
    container = _container(path)
    if container in _STILLS:
        return [_still(path, container)]
    deadline = time.monotonic() + time_limit
    lumas = _video(path, container, deadline)
    if lumas:
        return lumas
    if time.monotonic() >= deadline:
        raise ReadingTimedOut(seconds=round(time_limit))
    raise NoPicture


def _container(path: Path) -> str:
    """Name libav's demuxer, or the kind of still, for the file's first bytes. Raises NotMedia."""
    if not path.is_file():
        raise NotMedia
    try:
        with path.open("rb") as file:
            head = file.read(400)
    except OSError as error:  # nobody may read it, or the disk cannot
        raise NotMedia from error
    riff = head[8:12] if head[:4] == b"RIFF" else b""
    signs = {
        "jpeg": head[:3] == b"\xff\xd8\xff",
        "png": head[:8] == b"\x89PNG\r\n\x1a\n",
        "webp": riff == b"WEBP",
        "mov": head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"},
        "matroska": head[:4] == b"\x1a\x45\xdf\xa3",
        "avi": riff == b"AVI ",
        "mpeg": head[:4] == b"\x00\x00\x01\xba",
        "mpegts": head[:1] == b"\x47" and head[188:189] == b"\x47",
        "flv": head[:4] == b"FLV\x01",
        "gif": head[:6] in {b"GIF87a", b"GIF89a"},
    }
    for name, fits in signs.items():
        if fits:
            return name
    raise NotMedia


def _still(path: Path, kind: str) -> Luma:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_STILL_BYTES)
        if kind == "jpeg" and data.count(b"\xff\xda") > _MOST_SCANS:
            raise NoPicture
        quiet = warnings.catch_warnings(action="ignore")  # Pillow warns of damaged metadata, not read here
        with quiet, _STILLS[kind](BytesIO(data)) as image:
            _refuse_large(image.width, image.height)
            return _shrunk(np.asarray(image.convert("L")))
    except _DAMAGE as error:
        raise NoPicture from error


def _video(path: Path, container: str, deadline: float) -> list[Luma]:
    kept = _Kept()
    # what was decoded before the demuxer gave up is still worth examining
    with suppress(av.FFmpegError, OSError, ValueError), path.open("rb") as file:
        media = av.open(file, "r", format=container, options=_OPTIONS, io_open=_refuse)
        with media:
            if not media.streams.video:
                raise NoPicture
            stream = media.streams.video[0]
            stream.codec_context.thread_count = 1
            _refuse_large(stream.codec_context.width, stream.codec_context.height)
            for frame in _visited(media, stream, deadline):
                kept.offer(frame)
    return kept.lumas


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    """Answer a demuxer that wants to open anything besides the file it was given."""
    raise PermissionError(url)


def _visited(media: InputContainer, stream: VideoStream, deadline: float) -> Iterator[VideoFrame]:
    """Yield the frames of a short video, or a few from each of several places of a long one."""
    seconds = (media.duration or 0) / av.time_base
    if seconds <= _LONG:
        yield from _decoded(media, stream, deadline)
        return
    seen = -1.0
    for place in range(_PLACES):
        media.seek(int(seconds * place / _PLACES * av.time_base))
        frames = _decoded(media, stream, deadline)
        later = (frame for frame in frames if frame.time is None or frame.time > seen)
        for frame in islice(later, 0, 2 * _FRAMES_A_PLACE, 2):
            seen = frame.time if frame.time is not None else seen
            yield frame


def _decoded(media: InputContainer, stream: VideoStream, deadline: float) -> Iterator[VideoFrame]:
    """Decode packet by packet and look at the clock at every packet, those of other streams too.

    A damaged packet is passed over: what comes after it may carry the mark.
    """
    for packet in media.demux():
        if time.monotonic() >= deadline:
            return
        if packet.stream_index == stream.index:
            with suppress(av.InvalidDataError):
                yield from (frame for frame in packet.decode() if isinstance(frame, VideoFrame))


class _Kept:
    """Frames evenly spread over a video whose length nobody knows: when full, every other one goes."""

    def __init__(self) -> None:
        self.lumas: list[Luma] = []
        self._stride = 1
        self._offered = 0

    def offer(self, frame: VideoFrame) -> None:
        if self._offered % self._stride == 0:
            _refuse_large(frame.width, frame.height)
            luma = _shrunk(_luma(frame))
            if not self.lumas or luma.shape == self.lumas[0].shape:
                self.lumas.append(luma)
        self._offered += 1
        if len(self.lumas) > MOST_FRAMES:
            del self.lumas[1::2]
            self._stride *= 2


def _luma(frame: VideoFrame) -> Luma:
    if frame.format.name not in _PLANAR:
        return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    plane = frame.planes[0]
    rows: Luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _shrunk(luma: Luma) -> Luma:
    """Bring a frame to the side it is examined at, in memory of its own."""
    height, width = luma.shape
    scale = EXAMINED_SIDE / min(height, width)
    if scale >= 1:
        return luma.copy()
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _refuse_large(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise TooLarge(width=width, height=height, most=MOST_PIXELS // 1_000_000)

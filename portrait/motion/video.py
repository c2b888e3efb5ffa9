"""Guarded reading of a reference video: upright sRGB frames, streamed, in bounded time and memory.

A reference video is a file from somebody's phone, so it is treated as hostile: only the containers
of `portrait.motion.containers` are opened, by a decoder in a process of its own
(`portrait.motion.decoder`) that is killed when it takes too long.

    VideoError
    ├── NotAVideo           no container that is accepted here
    ├── PlaylistRefused     text that names other files or addresses
    ├── NoVideoStream       sound only
    ├── EmptyVideo          a video stream without a single frame
    ├── VideoTooShort       less than a second
    ├── CorruptVideo        damaged before a second could be read
    ├── DecodeTimeout       the decoder took too long and was stopped
    ├── NoFaceInVideo       (portrait.motion.track) no face in too much of it
    └── SeveralFacesInVideo (portrait.motion.track) no face clearly the largest
"""

from __future__ import annotations

import json
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from portrait.errors import N_, VideoError
from portrait.motion.containers import HEAD_BYTES, demuxer_for, looks_like_playlist
from portrait.types import Image

SHORTEST, ADVISED, LONGEST = 1.0, 5.0, 300.0  # seconds
TIME_LIMIT = 600.0  # seconds of waiting for the decoder, whatever the length of the video
STALL_LIMIT = 20.0  # seconds without a single message
MISSING_END = 1.0  # seconds by which a video may end before the container says

SHORT_NOTE = N_("The reference video is shorter than 5 seconds; its movement is repeated.")
LONG_NOTE = N_("The reference video is longer than 5 minutes; the rest was left out.")
DAMAGED_NOTE = N_("The reference video is damaged; only the part before the damage was used.")

_DECODER = Path(__file__).with_name("decoder.py")


class NotAVideo(VideoError):  # noqa: N818 - reads as what it is
    """The file is no container that is accepted here."""

    problem = N_("“{name}” is not a video that can be read here.")
    remedy = N_("Use the recording as the phone or camera made it: MP4, MOV, MKV, WebM, AVI or MPEG.")


class PlaylistRefused(VideoError):  # noqa: N818
    """The file is text that would make a player open other files or addresses."""

    problem = N_("“{name}” only points to other files or addresses, and those are never opened.")
    remedy = N_("Use the video file itself.")


class NoVideoStream(VideoError):  # noqa: N818
    """A container with sound but no moving picture."""

    problem = N_("“{name}” has sound but no picture.")
    remedy = N_("Use a recording that shows a face.")


class EmptyVideo(VideoError):  # noqa: N818
    """A video stream without a frame."""

    problem = N_("“{name}” holds not a single frame.")
    remedy = N_("Copy the file again from where it was recorded, or record it once more.")


class VideoTooShort(VideoError):  # noqa: N818
    """Less than a second of video."""

    problem = N_("“{name}” lasts {seconds:.1f} seconds; at least {least:.0f} second is needed.")
    remedy = N_("Record between 5 seconds and 5 minutes.")


class CorruptVideo(VideoError):  # noqa: N818
    """Damaged before a second of it could be read."""

    problem = N_("“{name}” is damaged; only {seconds:.1f} seconds of it can be read.")
    remedy = N_("Copy the file again from where it was recorded, or record it once more.")


class DecodeTimeout(VideoError):  # noqa: N818
    """The decoder did not answer in time and was stopped."""

    problem = N_("Reading “{name}” took more than {seconds:.0f} seconds and was stopped.")
    remedy = N_("Shorten the video, or save it again as MP4 at a smaller size.")


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video says of itself.

    width, height: upright, in square pixels. fps: average frames a second. duration: seconds, 0 where
    the container does not say. rotation: degrees clockwise from stored to upright. frames: an estimate.
    """

    width: int
    height: int
    fps: float
    duration: float
    rotation: int
    frames: int


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """(H, W, 3) sRGB pixels and when they show, in seconds from the first frame."""

    time: float
    pixels: Image


def open_video(path: Path) -> VideoInfo:
    """Describe the video at `path`, having decoded its first frame; raises VideoError subclasses."""
    with Decoding(path) as decoding:
        info = decoding.info
    if 0 < info.duration < SHORTEST:
        raise VideoTooShort(name=Path(path).name, seconds=info.duration, least=SHORTEST)
    return info


def read_frames(
    path: Path, *, fps: float | None = None, max_side: int | None = None, time_limit: float = TIME_LIMIT
) -> Iterator[Image]:
    """Yield upright (H, W, 3) sRGB frames at a constant rate, each the one nearest in time.

    fps: frames a second, the video's own average when None. max_side: longest side in pixels; frames are
    scaled while they are decoded and never enlarged. time_limit: seconds of waiting for the decoder.
    HDR is not tone mapped. Raises VideoError subclasses, also after the first frames.
    """
    with Decoding(path, max_side=max_side, time_limit=time_limit) as decoding:
        rate = fps or min(decoding.info.fps, 60.0)
        held: TimedFrame | None = None
        count = 0
        for frame in decoding:
            if held is not None:
                while count / rate < (held.time + frame.time) / 2:
                    yield held.pixels
                    count += 1
            held = frame
        while held is not None and count / rate < held.time + 0.5 / rate:
            yield held.pixels
            count += 1


class Decoding:
    """The frames of one video, at the times the video gives them, decoded in a process of its own.

    Use it in `with`, iterate once. `info` is there from the start, `notes` (message ids for the report)
    after the last frame. Memory: one frame. min_interval: seconds; frames that follow sooner are passed over.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_side: int | None = None,
        min_interval: float = 0.0,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._name = Path(path).name
        self._left = self._limit = time_limit
        self.notes: tuple[str, ...] = ()
        with _open_regular(Path(path)) as source:
            demuxer = self._choose_demuxer(source)
            order = {
                "demuxer": demuxer,
                "max_side": max_side,
                "min_interval": min_interval,
                "longest": LONGEST,
            }
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_DECODER), json.dumps(order)],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        try:
            self.info = self._introduction()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Decoding:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the decoder, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __iter__(self) -> Iterator[TimedFrame]:
        read = 0.0
        while True:
            try:
                message, payload = self._receive()
            except EOFError:  # the decoder died: the codec crashed on what follows
                return self._finish("damaged", read)
            if message["kind"] == "end":
                return self._finish(message["ending"], read)
            read = message["time"] + 1 / self.info.fps
            pixels = np.frombuffer(payload, np.uint8).reshape(message["height"], message["width"], 3)
            yield TimedFrame(message["time"], pixels)

    def _introduction(self) -> VideoInfo:
        """Return what the decoder says of the video before its first frame."""
        try:
            message, _ = self._receive()
        except EOFError:
            raise CorruptVideo(name=self._name, seconds=0.0) from None
        if message["kind"] == "error":
            kinds = {"no video stream": NoVideoStream, "empty": EmptyVideo}
            raise kinds.get(message["error"], CorruptVideo)(name=self._name, seconds=0.0)
        return VideoInfo(**{field.name: message[field.name] for field in fields(VideoInfo)})

    def _finish(self, ending: str, read: float) -> None:
        """Settle what `read` seconds of video, ended like that, are good for."""
        if ending == "complete" and read < self.info.duration - MISSING_END:
            ending = "damaged"  # cut short on its way here: the container promises more
        if read < SHORTEST:
            kind = CorruptVideo if ending == "damaged" else VideoTooShort
            raise kind(name=self._name, seconds=read, least=SHORTEST)
        notes = {"damaged": DAMAGED_NOTE, "cut": LONG_NOTE}
        self.notes = tuple(
            note for note in (notes.get(ending), SHORT_NOTE if read < ADVISED else None) if note
        )

    def _choose_demuxer(self, source: BinaryIO) -> str:
        head = source.read(HEAD_BYTES)
        source.seek(0)
        demuxer = demuxer_for(head)
        if demuxer is not None:
            return demuxer
        if not head:
            raise EmptyVideo(name=self._name)
        raise PlaylistRefused(name=self._name) if looks_like_playlist(head) else NotAVideo(name=self._name)

    def _receive(self) -> tuple[dict[str, Any], bytearray]:
        """Return the decoder's next message and its payload; raises EOFError, DecodeTimeout."""
        begun = time.monotonic()
        deadline = begun + min(STALL_LIMIT, self._left)
        (size,) = struct.unpack("!I", self._read(4, deadline))
        message = json.loads(bytes(self._read(size, deadline)))
        payload = self._read(message["bytes"], deadline)
        self._left -= time.monotonic() - begun
        return message, payload

    def _read(self, size: int, deadline: float) -> bytearray:
        """Read exactly `size` bytes from the decoder before `deadline` of the monotonic clock."""
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        data, filled = bytearray(size), 0
        while filled < size:
            left = deadline - time.monotonic()
            if left <= 0 or not wait([pipe], left):
                raise DecodeTimeout(name=self._name, seconds=min(STALL_LIMIT, self._limit))
            got = pipe.readinto(memoryview(data)[filled:])
            if not got:
                raise EOFError
            filled += got
        return data


def _open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading without waiting: no pipe, no device, no folder."""
    if not path.is_file() or not stat.S_ISREG(path.stat().st_mode):
        raise NotAVideo(name=path.name)
    return path.open("rb", buffering=0)

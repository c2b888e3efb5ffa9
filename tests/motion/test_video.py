from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portrait.errors import VideoError
from portrait.motion.containers import HEAD_BYTES, demuxer_for, looks_like_playlist
from portrait.motion.video import (
    DAMAGED_NOTE,
    LONG_NOTE,
    SHORT_NOTE,
    CorruptVideo,
    DecodeTimeout,
    Decoding,
    EmptyVideo,
    NotAVideo,
    NoVideoStream,
    PlaylistRefused,
    VideoTooShort,
    open_video,
    read_frames,
)

Film = Callable[..., Path]

CONTAINERS = [
    ("video.mp4", "libx264"),
    ("video.mov", "libx264"),
    ("video.3gp", "libx264"),
    ("video.mkv", "libx264"),
    ("video.webm", "libvpx"),
    ("video.avi", "mpeg4"),
    ("video.ts", "libx264"),
    ("video.mpg", "mpeg2video"),
    ("video.flv", "flv"),
    ("video.wmv", "wmv2"),
]

PLAYLISTS = {
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "hls": "#EXTM3U\n#EXTINF:2,\nreal.mp4\n",
    "hls with a mark": "\ufeff#EXTM3U\n#EXTINF:2,\nreal.mp4\n",
    "concat": "ffconcat version 1.0\nfile real.mp4\n",
    "bare concat": "file 'real.mp4'\n",
    "pls": "[playlist]\nFile1=real.mp4\n",
    "asx": '<asx version="3.0"><entry><ref href="real.mp4"/></entry></asx>',
    "dash": '<?xml version="1.0"?><MPD><Period/></MPD>',
    "address": "https://example.org/real.mp4",
}


def children() -> list[psutil.Process]:
    return psutil.Process().children()


@pytest.fixture
def real(tmp_path: Path, film: Film, slate: Callable) -> Path:
    """Two seconds with the index in front, so that a cut end leaves a readable beginning."""
    return film(tmp_path / "real.mp4", slate(50), options={"movflags": "faststart"})


@pytest.mark.parametrize(("name", "codec"), CONTAINERS)
def test_every_container_of_the_list_is_read(
    name: str, codec: str, tmp_path: Path, film: Film, slate: Callable
) -> None:
    path = film(tmp_path / name, slate(50), codec=codec)

    info = open_video(path)
    frames = list(read_frames(path, fps=25))

    assert (info.width, info.height, info.rotation) == (128, 96, 0)
    assert 48 <= len(frames) <= 51
    assert frames[0].shape == (96, 128, 3)
    assert frames[0].dtype == np.uint8
    assert np.diff([frame[80, 100].mean() for frame in frames]).min() > -6  # in order


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (5, 5)), (90, (-5, 5)), (180, (-5, -5)), (-90, (5, -5))]
)
def test_a_phone_held_upright_gives_upright_frames(
    rotation: int, corner: tuple[int, int], tmp_path: Path, film: Film, slate: Callable
) -> None:
    path = film(tmp_path / "phone.mp4", slate(30), rotation=rotation)

    info = open_video(path)
    first = next(read_frames(path))

    assert (info.height, info.width) == first.shape[:2] == ((128, 96) if rotation % 180 else (96, 128))
    assert info.rotation == -rotation % 360
    assert first[corner][0] > 150  # the red corner went where the rotation says
    assert first[corner][1] < 90


def test_a_variable_rate_becomes_constant_by_time(tmp_path: Path, film: Film, slate: Callable) -> None:
    times = np.concatenate([np.arange(0, 1, 0.1), np.arange(1, 2, 0.02)])  # 10, then 50 frames a second
    path = film(tmp_path / "variable.mp4", slate(len(times)), times=times)

    frames = list(read_frames(path, fps=20))
    brightness = np.array([frame[80, 100].mean() for frame in frames])

    assert len(frames) == 41  # 0 to 2 seconds: the last one is shown at 1.98
    shown = np.interp(np.arange(41) / 20, times, 20 + np.arange(len(times)) * 2.0)
    assert np.abs(brightness - shown).max() < 6  # 2 a frame: within the nearest frame and the codec's loss


def test_frames_are_scaled_while_they_are_decoded(tmp_path: Path, film: Film) -> None:
    frame = np.zeros((2160, 3840, 3), np.uint8)
    path = film(tmp_path / "4k.mp4", [frame] * 12, fps=10, codec="mpeg4")

    assert (open_video(path).width, open_video(path).height) == (3840, 2160)
    assert {frame.shape for frame in read_frames(path, max_side=640)} == {(360, 640, 3)}


def test_small_frames_are_not_enlarged(real: Path) -> None:
    assert next(read_frames(real, max_side=640)).shape == (96, 128, 3)


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_named_mp4_is_refused(kind: str, real: Path) -> None:
    path = real.with_name("innocent.mp4")
    path.write_text(PLAYLISTS[kind], encoding="utf-8")

    with pytest.raises(PlaylistRefused):
        open_video(path)
    assert children() == []


@pytest.mark.parametrize(
    "content",
    [b"Querida familia", b"\x89PNG\r\n\x1a\n" + bytes(99), b"RIFF\x24\x00\x00\x00WAVEfmt ", bytes(9999)],
)
def test_another_file_named_mp4_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "innocent.mp4"
    path.write_bytes(content)

    with pytest.raises(NotAVideo):
        open_video(path)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.mp4", Path("/dev/zero")):
        with pytest.raises(NotAVideo):
            open_video(path)


def refer_to(movie: bytes, target: Path) -> bytes:
    """Empty a QuickTime movie of its samples and let its data reference ('alis') name `target` instead."""
    own = b"\x00\x00\x00\x0curl \x00\x00\x00\x01"  # flag 1: the data are in this very file
    name = bytes(target)
    alias = bytearray(150)  # an alias record, of which libav reads the levels and the list that follows
    alias[130:134] = struct.pack(">hh", 1, 1)
    path = struct.pack(">HH", 2, len(name)) + name + bytes(len(name) % 2) + struct.pack(">HH", 0xFFFF, 0)
    record = bytes(alias) + path
    entry = struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record
    at = movie.index(own)
    changed = bytearray(movie[:at] + entry + movie[at + len(own) :])

    def enlarge(begin: int, end: int) -> None:
        while begin < end:
            size, kind = struct.unpack(">I4s", movie[begin : begin + 8])
            if kind == b"mdat":
                changed[begin + 8 : begin + size] = bytes(size - 8)
            if begin < at < begin + size:
                struct.pack_into(">I", changed, begin, size + len(entry) - len(own))
                enlarge(begin + (16 if kind == b"dref" else 8), begin + size)
            begin += size

    enlarge(0, len(movie))
    return bytes(changed)


def test_a_movie_may_not_borrow_the_pictures_of_another_file(
    tmp_path: Path, film: Film, slate: Callable
) -> None:
    other = film(tmp_path / "other.mov", slate(50))
    trap = tmp_path / "trap.mov"
    trap.write_bytes(refer_to(other.read_bytes(), other))

    with av.open(str(trap), options={"enable_drefs": "1", "use_absolute_path": "1"}) as careless:
        assert sum(1 for _ in careless.decode(video=0)) == 50  # the trap works
    with pytest.raises(VideoError):
        list(read_frames(trap))


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    with pytest.raises(NoVideoStream):
        open_video(path)


@pytest.mark.parametrize("name", ["frameless.mkv", "frameless.mp4"])
def test_zero_frames_and_zero_bytes_are_empty(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    with pytest.raises(EmptyVideo):
        open_video(path)

    path.write_bytes(b"")
    with pytest.raises(EmptyVideo):
        open_video(path)


def test_less_than_a_second_is_too_short(tmp_path: Path, film: Film, slate: Callable) -> None:
    path = film(tmp_path / "blink.mp4", slate(10))

    with pytest.raises(VideoTooShort):
        open_video(path)
    with pytest.raises(VideoTooShort):
        list(read_frames(path))


def test_a_short_video_is_used_with_a_note(real: Path) -> None:
    with Decoding(real) as decoding:
        assert len(list(decoding)) == 50
        assert decoding.notes == (SHORT_NOTE,)


def test_a_long_video_is_cut_with_a_note(tmp_path: Path, film: Film, slate: Callable) -> None:
    path = film(tmp_path / "long.mp4", slate(310), fps=1)

    with Decoding(path) as decoding:
        assert len(list(decoding)) == 300
        assert decoding.notes == (LONG_NOTE,)


def test_close_frames_are_passed_over(tmp_path: Path, film: Film, slate: Callable) -> None:
    path = film(tmp_path / "quick.mp4", slate(120), fps=60)

    with Decoding(path, min_interval=0.8 / 25) as decoding:
        times = [frame.time for frame in decoding]
    assert np.allclose(np.diff(times), 1 / 30, atol=1e-3)


def test_a_video_cut_short_is_used_up_to_there(real: Path) -> None:
    real.write_bytes(real.read_bytes()[: -real.stat().st_size // 5])

    with Decoding(real) as decoding:
        count = len(list(decoding))
        assert 25 <= count < 50
        assert DAMAGED_NOTE in decoding.notes or count > 45


def test_a_video_damaged_midway_is_used_up_to_there(tmp_path: Path, film: Film) -> None:
    rng = np.random.default_rng(3)
    noise = [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(100)]
    path = film(tmp_path / "noise.mp4", noise, options={"movflags": "faststart"})
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20000] = bytes(20000)
    path.write_bytes(content)

    with Decoding(path) as decoding:
        assert 25 <= len(list(decoding)) < 100
        assert DAMAGED_NOTE in decoding.notes


@pytest.mark.parametrize(
    ("keep", "kind"), [(60, EmptyVideo), (600, EmptyVideo), (1500, CorruptVideo)]
)  # up to there the header itself is cut, and nothing says that there was a frame
def test_a_video_without_a_readable_second_is_refused(keep: int, kind: type[VideoError], real: Path) -> None:
    real.write_bytes(real.read_bytes()[:keep])

    with pytest.raises(kind):
        list(read_frames(real))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_hangs_or_breaks_the_reader(data: st.DataObject, real: Path) -> None:
    """Whatever the bytes, the reader ends within its time limit: with frames or with a typed error."""
    content = bytearray(real.read_bytes())
    for _ in range(data.draw(st.integers(1, 6), "wounds")):
        at = data.draw(st.integers(32, len(content) - 9), "at")
        content[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8), "bytes")
    damaged = real.with_name("damaged.mp4")
    damaged.write_bytes(content)

    try:
        count = len(list(read_frames(damaged, fps=25, time_limit=20)))
    except VideoError:
        count = 0
    assert count <= 300 * 25
    assert children() == []


def test_a_decoder_that_hangs_is_stopped(real: Path) -> None:
    with pytest.raises(DecodeTimeout), Decoding(real, time_limit=2) as decoding:
        for process in children():
            process.suspend()
        for _ in decoding:
            pass
    assert children() == []


def test_a_reader_left_halfway_leaves_no_process(real: Path) -> None:
    frames = read_frames(real)
    next(frames)
    assert len(children()) == 1
    frames.close()
    assert children() == []


def test_memory_does_not_grow_with_length(tmp_path: Path, film: Film, slate: Callable) -> None:
    path = film(tmp_path / "long.mp4", slate(500, (640, 360)))
    sizes = []
    with Decoding(path) as decoding:
        (decoder,) = children()
        for frame in decoding:
            if frame.time in (2.0, 19.0):
                sizes.append(sum(process.memory_info().rss for process in (decoder, psutil.Process())))

    assert len(sizes) == 2
    assert sizes[1] - sizes[0] < 24 << 20  # the 425 frames between them are 293 MB


@given(st.binary(max_size=64))
def test_only_the_listed_containers_are_recognised(head: bytes) -> None:
    if looks_like_playlist(head):
        assert demuxer_for(head) in (None, "mov")  # a size before "ftyp" may spell anything
    assert demuxer_for(b"#EXTM3U\n" + head) is None
    assert demuxer_for(b"v=0\n" + head) in (None, "mov")


def test_transport_streams_are_told_by_five_packets() -> None:
    packets = (b"\x47" + bytes(187)) * 8
    assert demuxer_for(packets[:HEAD_BYTES]) == "mpegts"
    assert demuxer_for(packets[:188] + bytes(900)) is None

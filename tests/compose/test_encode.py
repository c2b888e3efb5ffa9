from __future__ import annotations

import resource
import signal
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from portrait.compose import encode as encoding
from portrait.compose.closing import ClosingCard
from portrait.compose.colour import to_yuv
from portrait.compose.encode import CannotWriteThere, DiskFull, EncoderStopped, NoFrames, encode
from portrait.compose.layout import closing_frames, compose, plan_layout
from portrait.compose.placement import Box
from portrait.compose.presets import PRESETS
from portrait.compose.sound import RATE, soundtrack
from portrait.errors import Cancelled, EncodeError
from portrait.i18n import explain
from portrait.types import Caption, Language, Narration
from watermark.label import label_overlay

SIZE = (96, 128)
SILENCE = np.zeros(RATE // 5, np.float32)


def grey(count, value=128):
    for _ in range(count):
        yield np.full((SIZE[0] * 3 // 2, SIZE[1]), value, np.uint8)


def noise():
    rng = np.random.default_rng(0)
    while True:
        yield rng.integers(16, 235, (SIZE[0] * 3 // 2, SIZE[1]), dtype=np.uint8)


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def our_ffmpegs():
    return [child for child in psutil.Process().children() if "ffmpeg" in child.name()]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A composed vertical film of 2.2 s at 25 frames/s, with its captions, as the pipeline makes it."""
    preset = PRESETS["vertical"]
    photo = (
        np.random.default_rng(5).integers(60, 200, (40, 32, 3), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
    )
    label = label_overlay(preset.size, "es")
    card = ClosingCard(Language.SPANISH, seconds=1.0)
    placement = plan_layout(photo.shape, Box(220, 240, 200, 260), preset)
    captions = (Caption(("¿Dónde está?",), 0.4, 0.8),)
    frames = compose([photo] * 30, placement, captions, label, card, fps=25)
    total = (30 + closing_frames(card, 25)) / 25
    voice = np.random.default_rng(2).normal(0, 0.03, 24_000).astype(np.float32)
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    track = soundtrack(Narration(voice, 24_000, (), (), "test"), total)
    encode(map(to_yuv, frames), size=preset.size, fps=25, sound=track, path=path)
    return path, total, label


def test_the_streams_are_what_every_phone_plays(film):
    path, total, _label = film
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        assert (context.name, video.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (context.width, context.height, video.average_rate) == (720, 1280, 25)
        bt709, limited = 1, 1
        assert (context.color_primaries, context.color_trc, context.colorspace) == (bt709,) * 3
        assert context.color_range == limited
        assert (audio.codec_context.name, audio.profile, audio.codec_context.sample_rate) == (
            "aac",
            "LC",
            RATE,
        )
        for stream in (video, audio):
            assert float(stream.duration * stream.time_base) == pytest.approx(total, abs=1 / 25)


def test_it_starts_before_it_is_loaded_and_says_nothing_about_who_made_it(film):
    data = film[0].read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    for trace in (b"x264 - core", b"Lavf", b"options:", str(Path.home()).encode()):
        assert trace not in data
    with av.open(str(film[0])) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands"}


def test_the_label_is_in_the_first_and_the_last_decoded_frame(film):
    path, _total, label = film
    letters = (label[..., 3] == 255) & (label[..., :3].min(axis=2) > 200)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    plate = (label[..., 3] > 150) & ~letters & (label[..., :3].max(axis=2) < 60)
    for frame in (frames[0], frames[-1]):
        assert frame[letters].mean() > frame[plate].mean() + 100


def test_the_caption_is_in_the_file_when_it_is_spoken(film):
    rows, columns = slice(900, 1040), slice(200, 520)
    white = [int((frame[:1280][rows, columns] > 225).sum()) for frame in pictures(film[0])[:30]]
    assert [number for number, count in enumerate(white) if count > 200] == list(range(10, 20))


def test_the_voice_in_the_file_is_at_sixteen_below(film, ebur128):
    integrated, peak = ebur128(film[0])
    assert integrated == pytest.approx(-16, abs=0.5)
    assert peak <= -1


def test_colours_come_back_as_they_went_in(tmp_path):
    patches = np.array(
        [(200, 60, 50), (40, 160, 70), (50, 70, 190), (240, 184, 96), (23, 21, 31), (250, 250, 250)]
    )
    rgb = patches.astype(np.uint8).reshape(2, 3, 3).repeat(48, 0).repeat(48, 1)
    encode([to_yuv(rgb)] * 5, size=rgb.shape[:2], fps=25, sound=SILENCE, path=tmp_path / "c.mp4")
    with av.open(str(tmp_path / "c.mp4")) as container:
        frame = next(container.decode(video=0))
        decoded = frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    for row, column in np.ndindex(2, 3):
        middle = decoded[48 * row + 24, 48 * column + 24].astype(int)
        assert np.abs(middle - patches[3 * row + column]).max() <= 5


@pytest.mark.parametrize("fps", [25, 30])
def test_sound_and_picture_stay_together(fps, tmp_path):
    flash = 3 * fps // 5
    frames = [frame for number in range(2 * fps) for frame in grey(1, 235 if number == flash else 16)]
    sound = np.zeros(2 * RATE, np.float32)
    start = flash * RATE // fps
    sound[start : start + RATE // fps] = 0.5 * np.sin(np.arange(RATE // fps) / 5)
    encode(frames, size=SIZE, fps=fps, sound=sound, path=tmp_path / "s.mp4")
    with av.open(str(tmp_path / "s.mp4")) as container:
        seen = next(f.time for f in container.decode(video=0) if f.to_ndarray(format="gray").mean() > 150)
    with av.open(str(tmp_path / "s.mp4")) as container:
        heard = next(
            f.time + int(np.argmax(np.abs(f.to_ndarray()[0]) > 0.2)) / RATE
            for f in container.decode(audio=0)
            if np.abs(f.to_ndarray()).max() > 0.2
        )
    assert seen == pytest.approx(flash / fps, abs=0.001)
    assert heard == pytest.approx(seen, abs=0.01)


def test_an_existing_video_is_replaced_only_by_a_complete_one(tmp_path):
    path = tmp_path / "v.mp4"
    path.write_bytes(b"the one before")

    def broken():
        yield from grey(3)
        raise Cancelled

    with pytest.raises(Cancelled):
        encode(broken(), size=SIZE, fps=25, sound=SILENCE, path=path)
    assert path.read_bytes() == b"the one before"
    encode(grey(3), size=SIZE, fps=25, sound=SILENCE, path=path)
    assert len(pictures(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("interruption", [Cancelled, KeyboardInterrupt, GeneratorExit, FileNotFoundError])
def test_whatever_stops_the_frames_stops_the_encoder_and_passes_through(interruption, tmp_path):
    def stopping():
        yield from grey(40)
        assert our_ffmpegs()
        raise interruption

    with pytest.raises(interruption):
        encode(stopping(), size=SIZE, fps=25, sound=SILENCE, path=tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []
    assert our_ffmpegs() == []


def test_control_c_leaves_neither_files_nor_processes(tmp_path):
    program = textwrap.dedent("""
        import itertools, sys
        from pathlib import Path
        import numpy as np
        from portrait.compose.encode import encode
        def endless():
            for number in itertools.count():
                if number == 30:
                    print("running", flush=True)
                yield np.zeros((144, 128), np.uint8)
        sound = np.zeros(48000, np.float32)
        encode(endless(), size=(96, 128), fps=25, sound=sound, path=Path(sys.argv[1]))
    """)
    command = [sys.executable, "-c", program, str(tmp_path / "v.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "running\n"
        children = psutil.Process(running.pid).children()
        assert len(children) == 1
        running.send_signal(signal.SIGINT)
        _out, said = running.communicate(timeout=30)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert list(tmp_path.iterdir()) == []
    assert not any(child.is_running() for child in children)


@contextmanager
def files_at_most(size):
    """No file of this process or its children may grow beyond `size` bytes: as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("seconds", [0.2, 5.0], ids=["while the pictures", "while the sound"])
def test_a_full_disk_is_named_and_nothing_is_left(seconds, tmp_path):
    sound = np.zeros(round(seconds * RATE), np.float32)
    with files_at_most(100_000), pytest.raises(DiskFull) as caught:
        encode(noise(), size=SIZE, fps=25, sound=sound, path=tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []
    assert explain(caught.value)[0] == "No queda espacio en el disco para escribir el video."
    encode(grey(2), size=SIZE, fps=25, sound=SILENCE, path=tmp_path / "v.mp4")


def test_an_encoder_that_dies_is_reported(tmp_path):
    def killing():
        for number, frame in enumerate(noise()):
            if number == 20:
                our_ffmpegs()[0].kill()
            yield frame

    with pytest.raises(EncoderStopped):
        encode(killing(), size=SIZE, fps=25, sound=SILENCE, path=tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_or_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.mp4").mkdir()
    for path in (tmp_path / "none" / "v.mp4", tmp_path / "file" / "v.mp4", tmp_path / "folder.mp4"):
        with pytest.raises(CannotWriteThere):
            encode(grey(2), size=SIZE, fps=25, sound=SILENCE, path=path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.mp4"]


def test_no_frames_is_an_error_and_so_is_a_frame_of_another_size(tmp_path):
    with pytest.raises(NoFrames):
        encode([], size=SIZE, fps=25, sound=SILENCE, path=tmp_path / "v.mp4")
    with pytest.raises(ValueError, match="a frame must be"):
        encode([np.zeros((10, 10), np.uint8)], size=SIZE, fps=25, sound=SILENCE, path=tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_talkative_encoder_cannot_block_us():
    talker = "import sys; print('word ' * 200_000, 'last words', sep='\\n', file=sys.stderr)"
    talker += "; sys.stdin.buffer.read(); sys.exit(3)"
    chunks = (memoryview(bytes(100_000)) for _ in range(50))
    with pytest.raises(EncoderStopped) as caught:
        encoding._run([sys.executable, "-c", talker], chunks)
    assert caught.value.details["reason"] == "last words"


def test_every_error_of_the_encoder_is_an_encode_error_in_two_languages():
    for kind in (DiskFull, CannotWriteThere, NoFrames, EncoderStopped):
        error = kind(reason="x")
        assert isinstance(error, EncodeError)
        problem, remedy = explain(error)
        assert problem and remedy and problem != str(error)

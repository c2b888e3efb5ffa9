import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from watermark.errors import NoPicture, NotMedia, ReadingTimedOut, SealError, TooLarge
from watermark.frames import MOST_FRAMES, sample_lumas


@pytest.fixture(scope="module")
def film(workshop):
    return workshop.film("plain.mp4", workshop.frames((320, 240), 40), fps=20)


def test_every_frame_of_a_short_film_is_read(film):
    lumas = sample_lumas(film, time_limit=30)
    assert len(lumas) == 40
    assert {luma.shape for luma in lumas} == {(320, 240)}


CONTAINERS = ["film.mov", "film.mkv", "film.avi", "film.mpg", "film.ts", "film.flv", "film.gif", "film.webm"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_are_told_by_their_first_bytes(workshop, film, name):
    copy = workshop.convert(film, name, "-an", "-t", "0.5", "-r", "25")
    disguised = copy.rename(copy.with_name(f"{name}.jpg"))
    assert len(sample_lumas(disguised, time_limit=30)) >= 5


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_stills_are_read(tmp_path, workshop, suffix):
    path = tmp_path / f"still{suffix}"
    cv2.imwrite(str(path), workshop.photo)
    (luma,) = sample_lumas(path, time_limit=30)
    assert luma.dtype == np.uint8
    assert min(luma.shape) == 512


def test_ten_bit_video_is_read(workshop, film):
    deep = workshop.convert(film, "deep.mp4", "-pix_fmt", "yuv420p10le", "-t", "0.5")
    shallow, deeper = (sample_lumas(path, time_limit=30)[0].astype(float) for path in (film, deep))
    assert np.corrcoef(shallow.ravel(), deeper.ravel())[0, 1] > 0.99


def test_a_long_film_is_sampled_from_beginning_to_end(workshop):
    grey = (np.full((96, 96, 3), level // 8, np.uint8) for level in range(1600))
    path = workshop.film("long.mp4", grey, fps=25)
    lumas = sample_lumas(path, time_limit=60)
    levels = [float(luma.mean()) for luma in lumas]
    assert 20 <= len(lumas) <= MOST_FRAMES
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 0.7 * 220 * 200 / 255


def test_a_crowded_film_is_thinned_evenly(workshop):
    grey = (np.full((96, 96, 3), level, np.uint8) for level in range(250))
    levels = [luma.mean() for luma in sample_lumas(workshop.film("crowd.mp4", grey, fps=25), time_limit=60)]
    assert MOST_FRAMES // 2 <= len(levels) <= MOST_FRAMES
    assert levels == sorted(levels)
    assert max(np.diff(levels)) < 8


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nplain.mp4\n",
    "concat": "ffconcat version 1.0\nfile plain.mp4\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "text": "No soy un video.\n" * 40,
    "empty": "",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_playlists_and_texts_named_as_videos_are_refused(tmp_path, kind):
    path = tmp_path / "video.mp4"
    path.write_text(PLAYLISTS[kind])
    with pytest.raises(NotMedia):
        sample_lumas(path, time_limit=5)


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent.mp4"):
        with pytest.raises(NotMedia):
            sample_lumas(path, time_limit=5)


def test_a_film_damaged_midway_gives_what_can_be_read(tmp_path, film):
    octets = bytearray(film.read_bytes())
    middle = len(octets) // 2
    octets[middle : middle + 400] = b"\xff" * 400
    path = tmp_path / "damaged.mp4"
    path.write_bytes(octets)
    assert 10 <= len(sample_lumas(path, time_limit=30)) <= 40


def test_a_film_cut_off_gives_what_is_there(tmp_path, film):
    octets = film.read_bytes()
    path = tmp_path / "short.mp4"
    path.write_bytes(octets[: len(octets) * 2 // 3])
    assert 5 <= len(sample_lumas(path, time_limit=30)) < 40


def test_a_broken_head_is_no_picture(tmp_path, film):
    path = tmp_path / "head.mp4"
    path.write_bytes(film.read_bytes()[:600])
    with pytest.raises(NoPicture):
        sample_lumas(path, time_limit=30)


def test_a_truncated_still_is_no_picture(tmp_path, workshop):
    path = tmp_path / "still.jpg"
    path.write_bytes(cv2.imencode(".jpg", workshop.photo)[1].tobytes()[:900])
    with pytest.raises(NoPicture):
        sample_lumas(path, time_limit=30)


def test_sound_alone_is_no_picture(workshop, film):
    source = ["-f", "lavfi", "-t", "1", "-i", "sine", "-map", "1:a", "-c:a", "aac"]
    with pytest.raises(NoPicture):
        sample_lumas(workshop.convert(film, "sound.mp4", *source), time_limit=30)


@pytest.mark.parametrize("side", [9000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(TooLarge) as caught:
        sample_lumas(path, time_limit=30)
    assert caught.value.details == {"width": side, "height": side, "most": 50}


def test_a_jpeg_of_thousands_of_scans_is_not_decoded(tmp_path):
    target = BytesIO()
    Image.new("L", (64, 64), 90).save(target, "JPEG", progressive=True)
    whole = target.getvalue()
    start = whole.rindex(b"\xff\xda")
    path = tmp_path / "scans.jpg"
    path.write_bytes(whole[:start] + whole[start:-2] * 1000 + whole[-2:])
    with pytest.raises(NoPicture):
        sample_lumas(path, time_limit=30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_still_is_read_or_refused(tmp_path, kind):
    target = BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(target, kind)
    whole, path, dice = target.getvalue(), tmp_path / "still", np.random.default_rng(5)
    for _ in range(100):
        damaged = bytearray(whole)
        for place in dice.integers(12, len(whole), 6):
            damaged[place] ^= int(dice.integers(1, 256))
        path.write_bytes(damaged)
        with suppress(NoPicture, TooLarge):
            assert sample_lumas(path, time_limit=5)[0].ndim == 2


def test_a_file_that_cannot_be_read_is_told():
    with pytest.raises(NotMedia):
        sample_lumas(Path("/proc/self/mem"), time_limit=5)


def test_no_time_means_no_picture(film):
    with pytest.raises(ReadingTimedOut):
        sample_lumas(film, time_limit=0)


def test_no_error_names_the_file(tmp_path):
    path = tmp_path / "nombre de una persona.mp4"
    path.write_text("x")
    with pytest.raises(SealError) as caught:
        sample_lumas(path, time_limit=5)
    assert "persona" not in str(caught.value)

"""Opening a photograph: kinds, limits, damage, orientation, digest."""

import hashlib
import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from portrait.errors import PhotoError
from portrait.photo import (
    Limits,
    NotAPhoto,
    PhotoTooHeavy,
    PhotoTooLarge,
    PhotoUnreadable,
    TruncatedPhoto,
    UnsupportedPhoto,
    open_photo,
)

KINDS = ("JPEG", "PNG", "WebP", "HEIC", "TIFF", "BMP")


def difference(a, b):
    return np.abs(a.astype(int) - b).mean()


@pytest.fixture(scope="module")
def small(hopper):
    return hopper.pixels[100:400:2, 100:420:2].copy()  # 150 x 160


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read(kind, small, encoded, tmp_path):
    path = tmp_path / "photo.txt"  # the name says nothing
    path.write_bytes(encoded(small, kind))
    photo = open_photo(path)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape == small.shape
    assert difference(photo.pixels, small) < (2.5 if kind in ("JPEG", "HEIC") else 1e-9)
    assert not photo.pixels.flags.writeable


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_is_that_of_the_file(kind, small, encoded, tmp_path):
    data = encoded(small, kind)
    path = tmp_path / "photo"
    path.write_bytes(data)
    assert open_photo(path).sha256 == open_photo(data).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NotAPhoto),
        ("Querida mamá: ".encode() * 100, NotAPhoto),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isommp41" + bytes(99), NotAPhoto),
        (b"BMW, dijo ella, y nada mas.", NotAPhoto),
        (b"GIF89a" + bytes(99), UnsupportedPhoto),
        (b"%PDF-1.7" + bytes(99), UnsupportedPhoto),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(99), UnsupportedPhoto),
        (b"\xff\xd8\xff\xd9", PhotoUnreadable),
    ],
)
def test_what_is_no_photograph_is_refused_whatever_its_name(content, error, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        open_photo(path)
    assert type(caught.value) is error


def test_what_is_not_a_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "endless")
    for path in (tmp_path, tmp_path / "absent.jpg", tmp_path / "endless"):
        with pytest.raises(PhotoUnreadable):
            open_photo(path)


def test_heavy_files_are_refused(small, encoded, tmp_path):
    path = tmp_path / "photo.bmp"
    path.write_bytes(encoded(small, "BMP"))
    limits = Limits(max_bytes=path.stat().st_size - 1)
    for source in (path, path.read_bytes()):
        with pytest.raises(PhotoTooHeavy):
            open_photo(source, limits=limits)
    assert open_photo(path, limits=Limits(max_bytes=path.stat().st_size)).pixels.shape == small.shape


@pytest.mark.parametrize("kind", KINDS)
def test_large_pictures_are_refused(kind, small, encoded):
    data = encoded(small, kind)
    with pytest.raises(PhotoTooLarge):
        open_photo(data, limits=Limits(max_pixels=small.shape[0] * small.shape[1] - 1))


# over our limit, over the size at which Pillow warns, over the one at which it refuses
@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_decompression_bomb_is_refused_by_its_header_alone(side):
    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"not even deflated")
    with pytest.raises(PhotoTooLarge):
        open_photo(data)


def test_a_jpeg_of_endless_scans_is_refused(small, encoded):
    data = encoded(small, "JPEG", progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PhotoUnreadable):
        open_photo(data[:-2] + last_scan * 500 + b"\xff\xd9")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.98])
def test_a_file_cut_short_is_told_as_such(kind, part, small, encoded):
    data = encoded(small, kind)
    with pytest.raises(TruncatedPhoto):
        open_photo(data[: int(len(data) * part)])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6))
def test_damage_gives_a_picture_or_a_typed_error(kind, changes, small, encoded):
    data = bytearray(encoded(small, kind))
    for place, garbage in changes:
        at = int(place * len(data))
        data[at : at + len(garbage)] = garbage
    try:
        photo = open_photo(bytes(data), limits=Limits(max_pixels=200_000))
    except PhotoError as error:
        assert error.problem
        assert error.remedy
    else:
        assert photo.pixels.ndim == 3


@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF"])
def test_the_first_of_several_frames_is_taken(kind, small, encoded):
    later = [Pillow.fromarray(255 - small)] * 3
    photo = open_photo(encoded(small, kind, save_all=True, append_images=later))
    assert np.array_equal(photo.pixels, small)


def test_the_thumbnail_of_a_raw_file_is_no_photograph(small, encoded):
    with pytest.raises(UnsupportedPhoto):
        open_photo(encoded(small, "TIFF", tiffinfo={254: 1}))


# How a camera stores the upright picture for each orientation (EXIF 2.32, 4.6.4 A).
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}


def orientation(turn):
    exif = Pillow.Exif()
    exif[0x0112] = turn
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "HEIC"])
@pytest.mark.parametrize("turn", STORED)
def test_every_orientation_gives_the_same_upright_picture(kind, turn, small, encoded):
    stored = np.ascontiguousarray(STORED[turn](small))
    photo = open_photo(encoded(stored, kind, exif=orientation(turn).tobytes()))
    assert photo.pixels.shape == small.shape
    assert difference(photo.pixels, small) < 2.5


@settings(max_examples=40, deadline=None)
@given(
    turn=st.sampled_from(sorted(STORED)),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
)
def test_orientation_of_any_picture(turn, height, width, seed, encoded):
    upright = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    stored = np.ascontiguousarray(STORED[turn](upright))
    photo = open_photo(encoded(stored, "PNG", exif=orientation(turn).tobytes()))
    assert np.array_equal(photo.pixels, upright)


def test_damaged_exif_is_no_obstacle(small, encoded):
    data = encoded(small, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\xee" * 40)
    assert open_photo(data).pixels.shape == small.shape

"""What comes out of a photograph: sRGB pixels, and not one byte of what else the file held."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

from portrait.photo import UnsupportedPhoto, clean_copy, open_photo

secrets = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=12, max_size=40)


def chunks(png):
    """Names of the chunks of a PNG file."""
    at, names = 8, []
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        names.append(name)
        at += 12 + length
    return names


def secret_exif(secret):
    exif = Pillow.Exif()
    exif[0x010E] = secret  # ImageDescription
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (19.0, 26.0, 4.5), 27: secret.encode()})  # GPS
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + secret.encode()  # UserComment
    return exif.tobytes()


def secret_profile(secret):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(profile) + secret.encode()


@pytest.fixture(scope="module")
def patch(hopper):
    return hopper.pixels[200:240, 200:260].copy()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "HEIC"])
@settings(max_examples=15, deadline=None)
@given(secret=secrets)
def test_no_metadata_survive(kind, secret, patch, encoded):
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{secret}</x:xmpmeta>".encode()
    extra = {"exif": secret_exif(secret), "icc_profile": secret_profile(secret), "xmp": xmp}
    if kind == "JPEG":
        extra["comment"] = secret.encode()
    if kind == "PNG":
        extra["pnginfo"] = PngInfo()
        extra["pnginfo"].add_text("Author", secret)
        extra["pnginfo"].add_itxt("XML:com.adobe.xmp", secret, zip=False)
    original = encoded(patch, kind, **extra)
    assert original.count(secret.encode()) >= 3  # the property is about something
    clean = clean_copy(open_photo(original))
    assert secret.encode() not in clean
    assert set(chunks(clean)) == {b"IHDR", b"IDAT", b"IEND"}
    with Pillow.open(io.BytesIO(clean)) as image:
        assert image.info == {}
        assert not image.getexif()


def test_a_clean_copy_holds_the_pixels_and_is_the_same_every_time(hopper):
    clean = clean_copy(hopper)
    assert clean == clean_copy(hopper)
    assert np.array_equal(open_photo(clean).pixels, hopper.pixels)


def s15fixed16(values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def icc(space, tags):
    """A display profile (ICC.1:2001-04) of the given colour space and tags."""
    white = b"XYZ " + bytes(4) + s15fixed16([0.9642, 1.0, 0.8249])
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    words = b"text" + bytes(4) + b"none\0"
    tags = {b"desc": name, b"cprt": words, b"wtpt": white, **tags}
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = bytes(4) + b"lcms" + bytes.fromhex("02100000") + b"mntr" + space + b"XYZ " + bytes(12) + b"acsp"
    head += bytes(28) + s15fixed16([0.9642, 1.0, 0.8249]) + bytes(48)
    return struct.pack(">I", 128 + len(table) + len(body)) + head[4:128] + table + body


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


# Columns: the XYZ of red, green and blue, adapted to D50.
P3 = np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]])
SRGB = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7139]])


def srgb_curve(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("colour", [(200, 100, 50), (90, 140, 110), (255, 255, 255), (128, 128, 128)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "HEIC"])
def test_wide_gamut_colours_become_srgb(kind, colour, encoded):
    columns = {
        tag: b"XYZ " + bytes(4) + s15fixed16(P3[:, i]) for i, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
    }
    profile = icc(b"RGB ", {**columns, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(2.2))})
    pixels = np.full((32, 32, 3), colour, np.uint8)
    linear = (np.array(colour) / 255) ** 2.2
    expected = srgb_curve(np.linalg.solve(SRGB, P3 @ linear))
    found = open_photo(encoded(pixels, kind, icc_profile=profile)).pixels
    assert np.abs(found.mean((0, 1)) - expected).max() < 3


def test_a_grey_profile_is_honoured(encoded):
    profile = icc(b"GRAY", {b"kTRC": gamma(1.0)})
    grey = Pillow.new("L", (16, 16), 128)
    found = open_photo(encoded(grey, "PNG", icc_profile=profile)).pixels
    assert np.abs(found.astype(float) - srgb_curve(np.array(128 / 255))).max() < 2


@pytest.mark.parametrize("profile", [b"no profile at all", icc(b"GRAY", {b"kTRC": gamma(1.0)})])
def test_a_profile_that_does_not_fit_is_left_aside(profile, patch, encoded):
    assert np.array_equal(open_photo(encoded(patch, "PNG", icc_profile=profile)).pixels, patch)


def test_lab_and_cmyk_become_srgb(patch, encoded):
    lab = ImageCms.profileToProfile(
        Pillow.fromarray(patch),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    from_lab = open_photo(encoded(lab, "TIFF", icc_profile=profile)).pixels
    assert np.abs(from_lab.astype(int) - patch).mean() < 3
    for kind in ("JPEG", "TIFF"):
        from_cmyk = open_photo(encoded(Pillow.fromarray(patch).convert("CMYK"), kind)).pixels
        assert np.abs(from_cmyk.astype(int) - patch).mean() < 3


def test_sixteen_bits_keep_their_place(encoded):
    ramp = np.arange(256, dtype=np.uint16)[None].repeat(4, 0) * 257
    for kind in ("PNG", "TIFF"):
        found = open_photo(encoded(Pillow.fromarray(ramp), kind)).pixels
        assert np.array_equal(found, (ramp // 257).astype(np.uint8)[..., None].repeat(3, 2))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours_are_enough(mode, patch, encoded):
    image = Pillow.fromarray(patch).convert(mode)
    found = open_photo(encoded(image, "PNG")).pixels
    assert np.array_equal(found, np.asarray(image.convert("RGB")))


def test_transparent_parts_lie_on_neutral_grey(encoded):
    red = Pillow.new("RGBA", (3, 1), (200, 0, 0, 255))
    red.putpixel((1, 0), (200, 0, 0, 0))
    red.putpixel((2, 0), (200, 0, 0, 51))
    assert open_photo(encoded(red, "PNG")).pixels[0].tolist() == [
        [200, 0, 0],
        [128, 128, 128],
        [142, 102, 102],
    ]
    grey = Pillow.new("LA", (1, 1), (200, 0))
    assert open_photo(encoded(grey, "PNG")).pixels[0].tolist() == [[128, 128, 128]]
    keyed = encoded(Pillow.new("RGB", (2, 2), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert open_photo(keyed).pixels[0, 0].tolist() == [128, 128, 128]


def test_pixels_in_floating_point_are_not_guessed(encoded):
    with pytest.raises(UnsupportedPhoto):
        open_photo(encoded(Pillow.new("F", (4, 4), 0.5), "TIFF"))

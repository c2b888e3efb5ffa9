"""A family's photograph from file to pixels: limits, decoding, orientation, colour, no metadata.

The type is told from the content, never from the name. Size in bytes and in pixels is checked before
anything is decoded. What comes out is upright sRGB and nothing else: EXIF, XMP, comments, thumbnails
and colour profiles stay behind with the original, of which only the SHA-256 digest is kept.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from portrait.errors import N_, PhotoError
from portrait.types import Image, Photo


class PhotoUnreadable(PhotoError):  # noqa: N818 - reads as what it is
    """The file cannot be opened, or its content is damaged."""

    problem = N_("The photograph cannot be read: the file is damaged or out of reach.")
    remedy = N_(
        "Open it on the phone or computer it came from, save it again as JPEG and try with that copy."
    )


class NotAPhoto(PhotoError):  # noqa: N818
    """The content is not a picture, whatever the file is called."""

    problem = N_("This file is not a photograph, whatever its name says.")
    remedy = N_("Choose a photograph: JPEG, PNG, WebP, HEIC, TIFF or BMP.")


class UnsupportedPhoto(PhotoError):  # noqa: N818
    """A picture of a kind the studio does not read."""

    problem = N_("Pictures of the kind {kind} cannot be used.")
    remedy = N_("Save the photograph as JPEG or PNG and try again.")


class TruncatedPhoto(PhotoError):  # noqa: N818
    """The file ends before the picture does."""

    problem = N_("The photograph is incomplete: the file ends before the picture does.")
    remedy = N_("It was probably cut short while being sent. Ask for it again, sent as a file or document.")


class PhotoTooLarge(PhotoError):  # noqa: N818
    """More pixels than the limit."""

    problem = N_("The photograph has {megapixels} million pixels; at most {most} million can be used.")
    remedy = N_("Crop it to the person, or save it smaller, and try again.")


class PhotoTooHeavy(PhotoTooLarge):
    """More bytes than the limit."""

    problem = N_("The file weighs more than {most} MB.")
    remedy = N_("Save the photograph as JPEG, which weighs less, and try again.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before decoding: files over `max_bytes`, pictures over `max_pixels`."""

    max_bytes: int = 40_000_000
    max_pixels: int = 50_000_000


_READERS: dict[str, type[ImageFile.ImageFile]] = {
    # The reader classes themselves: they parse the header and stop, and know no other format to fall back on.
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "HEIC": HeifImageFile,
    "TIFF": TiffImageFile,
    "BMP": BmpImageFile,
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_KNOWN_ELSEWHERE = {
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"8BPS": "PSD",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"<svg": "SVG",
    b"gimp xcf": "XCF",
    b"II\x1a\x00\x00\x00HEAPCCDR": "RAW",
    b"FUJIFILMCCD-RAW": "RAW",
}
_MAX_JPEG_SCANS = 64  # cameras write 1, progressive encoders about 10; thousands cost minutes of decoding
_NEUTRAL = (128, 128, 128)  # ground under transparent parts
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
)


def open_photo(source: Path | bytes, *, limits: Limits = Limits()) -> Photo:
    """Return the photograph in `source` upright, in sRGB, without metadata, and the digest of the original.

    Of files with several frames or pages the first is taken. Colour profiles are honoured; pixels without
    one are taken for sRGB. Transparent parts lie on neutral grey.
    Raises NotAPhoto, UnsupportedPhoto, TruncatedPhoto, PhotoTooLarge, PhotoTooHeavy, PhotoUnreadable.
    """
    data = read_photo(source, limits=limits)
    kind = _kind(data)
    try:
        pixels = _decode(kind, data, limits)
    except PhotoError:
        raise
    except (*_DAMAGE, MemoryError) as error:
        raise (TruncatedPhoto if _ends_early(kind, data) else PhotoUnreadable)() from error
    return Photo(pixels, hashlib.sha256(data).hexdigest())


def media_type_of(data: bytes) -> str:
    """Return the media type of a photograph's bytes. Raises NotAPhoto, UnsupportedPhoto."""
    kind = _kind(data)
    return "image/jpeg" if kind == "JPEG" else f"image/{kind.lower()}"


def clean_copy(photo: Photo) -> bytes:
    """Return the photograph as a PNG that holds the pixels and nothing else; the same bytes every time."""
    target = io.BytesIO()
    Pillow.fromarray(photo.pixels).save(target, "PNG", compress_level=3)
    return target.getvalue()


def read_photo(source: Path | bytes, *, limits: Limits = Limits()) -> bytes:
    """Return the whole file, up to what a photograph may weigh. Raises PhotoTooHeavy, PhotoUnreadable."""
    data = source if isinstance(source, bytes) else _read(source, limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise PhotoTooHeavy(most=_millions(limits.max_bytes))
    return data


def _read(path: Path, most: int) -> bytes:
    """Read at most `most` bytes, and only from a regular file: a pipe or a device may never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PhotoUnreadable
        with path.open("rb") as handle:
            return handle.read(most)
    except OSError as error:
        raise PhotoUnreadable from error


def _millions(count: int) -> str:
    return f"{count / 1e6:.0f}" if count >= 10e6 else f"{count / 1e6:.1f}"


def _kind(data: bytes) -> str:
    """Tell the format from the first bytes. Raises NotAPhoto, UnsupportedPhoto."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return _kind_of_container(data)
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return "TIFF"
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # two reserved words, always zero
        return "BMP"
    for start, kind in _KNOWN_ELSEWHERE.items():
        if data.startswith(start):
            raise UnsupportedPhoto(kind=kind)
    raise NotAPhoto


def _kind_of_container(data: bytes) -> str:
    """Tell HEIC from the other files that begin with an `ftyp` box (ISO/IEC 14496-12, 4.3)."""
    length = int.from_bytes(data[:4], "big")
    brands = {data[at : at + 4] for at in (8, *range(16, min(length, 256), 4))}
    if {b"avif", b"avis"} & brands:
        raise UnsupportedPhoto(kind="AVIF")
    if brands & _HEIC_BRANDS:
        return "HEIC"
    raise NotAPhoto


def _decode(kind: str, data: bytes, limits: Limits) -> Image:
    """Decode upright sRGB pixels; the limit on pixels is checked on the header alone."""
    if kind == "JPEG" and data.count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise PhotoUnreadable
    quiet = warnings.catch_warnings(action="ignore")  # Pillow warns of damaged EXIF, thrown away anyway
    with quiet, _READERS[kind](io.BytesIO(data)) as image:
        width, height = image.size
        if width * height > limits.max_pixels:
            raise PhotoTooLarge(megapixels=_millions(width * height), most=_millions(limits.max_pixels))
        if isinstance(image, TiffImageFile) and _is_raw(image):
            raise UnsupportedPhoto(kind="RAW")
        image.load()
        turn = _orientation(image)
        rgb = _srgb(image)
    pixels = np.ascontiguousarray(_UPRIGHT[turn](np.asarray(rgb)))
    pixels.setflags(write=False)
    return pixels


def _is_raw(image: TiffImageFile) -> bool:
    """Whether the first picture of a TIFF is the thumbnail of a camera's raw file (DNG 1.7, chapter 4)."""
    new_subfile_type, dng_version = 254, 50706
    return image.tag_v2.get(new_subfile_type, 0) == 1 or dng_version in image.tag_v2


# EXIF 2.32, 4.6.4 A "Orientation": what undoes each of the eight.
_UPRIGHT = {
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90,
}


def _orientation(image: Pillow.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or the metadata are damaged."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except _DAMAGE:
        return 1
    return turn if turn in _UPRIGHT else 1


def _srgb(image: Pillow.Image) -> Pillow.Image:
    """Convert to sRGB by the embedded profile where there is one that fits, over grey where transparent."""
    profile = image.info.get("icc_profile")
    flat = _eight_bit(image)
    alpha = flat.getchannel("A") if flat.mode in ("RGBA", "LA") else None
    colour = flat.convert(flat.mode.rstrip("A")) if alpha else flat
    rgb = _by_profile(colour, profile) if profile else colour.convert("RGB")
    if alpha is None:
        return rgb
    return Pillow.composite(rgb, Pillow.new("RGB", rgb.size, _NEUTRAL), alpha)


def _eight_bit(image: Pillow.Image) -> Pillow.Image:
    """Return the picture in mode L, LA, RGB, RGBA, CMYK or LAB. Raises UnsupportedPhoto."""
    if image.mode.startswith("I;16"):
        wide = np.asarray(image, np.uint32)
        return Pillow.fromarray(((wide * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("1", "L", "YCbCr"):
        return image.convert("RGB" if image.mode == "YCbCr" else "L")
    if image.mode in ("LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image
    if image.mode in ("La", "RGBa", "RGBX"):
        return image.convert({"La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}[image.mode])
    raise UnsupportedPhoto(kind=image.mode)


def _by_profile(colour: Pillow.Image, profile: bytes) -> Pillow.Image:
    """Convert from `profile` to sRGB; a profile that is broken or for other colours is left aside.

    A wrong profile is no reason to refuse the only photograph a family may have.
    """
    try:
        return ImageCms.profileToProfile(
            colour,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return colour.convert("RGB")


def _ends_early(kind: str, data: bytes) -> bool:
    """Whether the file lacks its end, by the rules of its own format."""
    if kind == "JPEG":
        return b"\xff\xd9" not in data[-65536:]
    if kind == "PNG":
        return b"IEND" not in data[-64:]
    if kind == "WebP":
        return len(data) < int.from_bytes(data[4:8], "little") + 8
    if kind == "BMP":
        return len(data) < int.from_bytes(data[2:6], "little")
    if kind == "HEIC":
        return _boxes_end_early(data)
    return True  # TIFF has no length of its own; what cannot be read in it mostly lies past the end


def _boxes_end_early(data: bytes) -> bool:
    """Whether the last top-level box (ISO/IEC 14496-12, 4.2) claims more bytes than there are."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < 8:  # 0: to the end of the file; less: damaged
            return False
        at += length
    return at != len(data)

"""Small real films for the tests of the seal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import c2pa
import cv2
import imageio_ffmpeg
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from watermark.certificates import Signer, ensure_signer

Frame = NDArray[np.uint8]  # (H, W, 3) sRGB


class Workshop:
    """Makes films from a real photograph, and puts them through what platforms do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        photo = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
        self.photo = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)

    def frames(self, size: tuple[int, int], count: int) -> Iterator[Frame]:
        """A head that sways before a still ground; size is (height, width)."""
        height, width = size
        scale = max(height / self.photo.shape[0], width / self.photo.shape[1])
        ground = cv2.resize(self.photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        ground = ground[:height, :width]
        oval = np.zeros((height, width), np.float32)
        cv2.ellipse(oval, (width // 2, height // 3), (width // 4, height // 4), 0, 0, 360, 1.0, -1)
        oval = cv2.GaussianBlur(oval, (0, 0), width / 30)[..., None]
        for index in range(count):
            sway = 0.01 * width * np.sin(index / 4)
            moved = cv2.warpAffine(ground, np.float32([[1, 0, sway], [0, 1, sway / 2]]), (width, height))
            yield np.rint(moved * oval + ground * (1 - oval)).astype(np.uint8)

    def film(
        self, name: str, frames: Iterable[Frame], luma: Callable[[Frame], Frame] | None = None, fps: int = 10
    ) -> Path:
        """Encode frames as H.264 MP4; `luma` is applied to each (H, W) luma plane before."""
        path, encoder = self.folder / name, None
        for frame in frames:
            planes = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2YUV_I420)
            if luma is not None:
                planes[: frame.shape[0]] = luma(planes[: frame.shape[0]])
            if encoder is None:
                size = f"{frame.shape[1]}x{frame.shape[0]}"
                source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(fps), "-i", "-"]
                made = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-movflags", "+faststart"]
                command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *source, *made, path]
                encoder = subprocess.Popen(command, stdin=subprocess.PIPE)
            encoder.stdin.write(planes.tobytes())
        encoder.stdin.close()
        assert encoder.wait() == 0
        return path

    def convert(self, source: Path, name: str, *options: str) -> Path:
        """Put a film through ffmpeg with the given output options."""
        path = self.folder / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", source, *options, path]
        subprocess.run(command, check=True)
        return path

    def altered(self, source: Path, name: str, place: int, change: int = 0xFF) -> Path:
        """Copy a file with one byte changed."""
        octets = bytearray(source.read_bytes())
        octets[place] ^= change
        path = self.folder / name
        path.write_bytes(octets)
        return path


def lay_over(frame: Frame, overlay: Frame) -> Frame:
    alpha = overlay[..., 3:] / 255
    return np.rint(frame * (1 - alpha) + overlay[..., :3] * alpha).astype(np.uint8)


def sign_with_sdk(source: Path, destination: Path, signer: Signer, assertions: dict[str, object]) -> None:
    """Sign claims of any kind with the bare SDK, as anybody can."""
    listed = [{"label": label, "data": data} for label, data in assertions.items()]
    key = c2pa.Signer.from_callback(signer.sign, c2pa.C2paSigningAlg.ES256, signer.chain.decode())
    with (
        c2pa.Builder(json.dumps({"format": "video/mp4", "assertions": listed})) as builder,
        source.open("rb") as unsigned,
        destination.open("w+b") as signed,
    ):
        builder.sign(key, "video/mp4", unsigned, signed)


@pytest.fixture(scope="session")
def sign_anything() -> Callable[[Path, Path, Signer, dict[str, object]], None]:
    return sign_with_sdk


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return ensure_signer(tmp_path_factory.mktemp("ours") / "keys")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return ensure_signer(tmp_path_factory.mktemp("theirs") / "keys", organisation="Somebody else")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="session")
def over() -> Callable[[Frame, Frame], Frame]:
    """Lay an RGBA overlay over a frame, as the composition does."""
    return lay_over

"""What the composition tests share: a photo with a known disc, the real label, a card, an ffmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

from portrait.compose.closing import ClosingCard
from portrait.compose.placement import Box
from portrait.compose.presets import PRESETS, Preset
from portrait.types import Image, Language
from watermark.label import label_overlay

METER = ("-map", "0:a", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")


@pytest.fixture(params=PRESETS.values(), ids=lambda preset: preset.name)
def preset(request: pytest.FixtureRequest) -> Preset:
    return request.param


@pytest.fixture
def label(preset: Preset) -> NDArray[np.uint8]:
    return label_overlay(preset.size, "es")


@pytest.fixture
def card() -> ClosingCard:
    return ClosingCard(
        Language.SPANISH,
        contact="Comisión Nacional de Búsqueda · 800 028 77 83",
        folio="FUB 2021-0147",
        collective="Colectivo Luz de Esperanza",
        verify="Compruebe este video en presente.example/verificar",
        seconds=1.2,
    )


@pytest.fixture
def disc_photo() -> Callable[..., tuple[Image, Box]]:
    """Make a photo of any size with a red disc, and the box of the disc, which stands for the face."""

    def make(height: int, width: int, *, at: tuple[float, float] = (0.5, 0.45)) -> tuple[Image, Box]:
        radius = min(height, width) // 5
        photo = np.full((height, width, 3), (20, 40, 110), np.uint8)
        x, y = round(at[0] * width), round(at[1] * height)
        cv2.circle(photo, (x, y), radius, (255, 0, 0), cv2.FILLED, lineType=cv2.LINE_AA)
        return photo, Box(x - radius, y - radius, 2 * radius + 1, 2 * radius + 1)

    return make


@pytest.fixture(scope="session")
def ebur128() -> Callable[..., tuple[float, float]]:
    """Measure a file with ffmpeg's own EBU R128 meter: (integrated LUFS, true peak dBTP)."""

    def measure(path: Path, *input_options: str) -> tuple[float, float]:
        said = subprocess.run(
            [get_ffmpeg_exe(), "-hide_banner", "-nostats", *input_options, "-i", path, *METER],
            check=True,
            capture_output=True,
            text=True,
        ).stderr
        summary = said[said.index("Summary:") :].split()
        return float(summary[summary.index("I:") + 1]), float(summary[summary.index("Peak:") + 1])

    return measure

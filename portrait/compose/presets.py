"""The three formats a video can have, and what has to stay free in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portrait.errors import N_, UnknownName


@dataclass(frozen=True, slots=True)
class Preset:
    """A frame format. All lengths are pixels of the finished video.

    min_aspect, max_aspect: width/height the visible part of a photo may have before it is trimmed.
    rise: where the photo stands when there is room above and below; 0 at the top, 1 at the bottom.
    face_top, face_bottom: rows between which the face should stay (label above, captions below).
    caption_bottom: last row captions may use; below it phones draw their buttons.
    caption_margin: columns left free on either side of a caption.
    caption_size: largest type size of captions. caption_chars: characters a line holds at that size.
    """

    name: str
    width: int
    height: int
    min_aspect: float
    max_aspect: float
    rise: float
    face_top: int
    face_bottom: int
    caption_bottom: int
    caption_margin: int
    caption_size: int
    caption_chars: int

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), as arrays are shaped."""
        return self.height, self.width


_VERTICAL = Preset(
    name="vertical",
    width=720,
    height=1280,
    min_aspect=9 / 16,
    max_aspect=0.8,
    rise=0.32,
    face_top=122,
    face_bottom=880,
    caption_bottom=1040,  # 18 % of the height lies under the buttons of phone apps
    caption_margin=52,
    caption_size=46,
    caption_chars=26,
)
_FEED = Preset(
    name="feed",
    width=1080,
    height=1350,
    min_aspect=0.72,
    max_aspect=1.0,
    rise=0.3,
    face_top=182,
    face_bottom=970,
    caption_bottom=1158,
    caption_margin=80,
    caption_size=54,
    caption_chars=30,
)
_WIDE = Preset(
    name="wide",
    width=1280,
    height=720,
    min_aspect=0.75,
    max_aspect=16 / 9,
    rise=0.0,
    face_top=122,
    face_bottom=454,
    caption_bottom=592,
    caption_margin=140,
    caption_size=40,
    caption_chars=38,
)

PRESETS: Mapping[str, Preset] = MappingProxyType({p.name: p for p in (_VERTICAL, _FEED, _WIDE)})


def choose_preset(name: str) -> Preset:
    """Return the preset called `name`; raises `UnknownName` with the choices."""
    try:
        return PRESETS[name]
    except KeyError:
        raise UnknownName(kind=N_("format"), name=name, choices=", ".join(PRESETS)) from None

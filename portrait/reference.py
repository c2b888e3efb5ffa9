"""The reference motion of a render: a shipped or own template, or a volunteer's video.

Consent binds its digest, so what was approved is what moves the portrait.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from portrait.errors import N_, VideoError
from portrait.motion.templates import Template, load_template
from portrait.motion.track import track_video
from portrait.types import MotionTrack, Progress

DEFAULT_TEMPLATE = "serena"
_CHUNK = 1 << 20


class VideoNotThere(VideoError):  # noqa: N818 - reads as what it is
    """The reference video cannot be read."""

    problem = N_("The reference video “{name}” cannot be read.")
    remedy = N_("Check its name and that you may read it.")


@dataclass(frozen=True, slots=True)
class Reference:
    """What moves the portrait. sha256: hex, of the template's motion or of the video file's bytes."""

    name: str
    sha256: str
    source: Template | Path

    @property
    def media_type(self) -> str:
        """Media type of what the digest is of."""
        return "video/mp4" if self.is_video else "application/x-safetensors"

    @property
    def is_video(self) -> bool:
        """Whether the motion has to be tracked in a video first."""
        return isinstance(self.source, Path)

    def track(self, progress: Progress, *, like: NDArray[np.float64] | None = None) -> MotionTrack:
        """Return the motion, tracking the video if it is one.

        like: (478, 3) landmarks of the source image; the video's frame most like it becomes neutral.
        Raises VideoError, and whatever `progress` raises.
        """
        if isinstance(self.source, Path):
            return track_video(self.source, like=like, progress=progress)
        return self.source.track


def choose_reference(*, driving: Path | None = None, template: str | None = None) -> Reference:
    """Return the named reference: a driving video, else a template, else the calm one.

    Raises VideoNotThere, UnknownName and the TemplateErrors.
    """
    if driving is None:
        chosen = load_template(template or DEFAULT_TEMPLATE)
        return Reference(chosen.name, chosen.sha256, chosen)
    digest = hashlib.sha256()
    try:
        with driving.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise VideoNotThere(name=driving.name) from error
    return Reference(driving.name, digest.hexdigest(), driving)

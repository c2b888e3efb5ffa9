"""The reference motion of a render: a shipped or own template, or a volunteer's video.

Consent binds its digest, so what was approved is what moves the portrait.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
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


class TwoReferences(VideoError):  # noqa: N818
    """A video and a template at once; consent binds one motion."""

    problem = N_("A reference video and a template were both named; only one can move the portrait.")
    remedy = N_("Leave out one of the two.")


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

    def is_file(self, path: Path) -> bool:
        """Whether `path`, which exists, is the very file that this reference is tracked in."""
        return isinstance(self.source, Path) and self.source.exists() and path.samefile(self.source)

    def kept_in(self, folder: Path) -> Reference:
        """Return this reference with its video copied into `folder`, and the digest of exactly that copy.

        What is tracked afterwards is what was digested, whatever happens to the file meanwhile.
        Raises VideoNotThere, and the OSError of a folder that cannot take the copy.
        """
        if not isinstance(self.source, Path):
            return self
        inside = folder / "driving"  # a folder of its own: errors name the file as its owner does
        inside.mkdir()
        copy, digest = inside / self.source.name, hashlib.sha256()
        with copy.open("wb") as target:
            for chunk in _chunks(self.source):
                digest.update(chunk)
                target.write(chunk)
        return replace(self, sha256=digest.hexdigest(), source=copy)

    def track(self, progress: Progress, *, like: NDArray[np.float64] | None = None) -> MotionTrack:
        """Return the motion, tracking the video if it is one.

        like: (478, 3) landmarks of the source image; the video's frame most like it becomes neutral.
        Raises VideoError, and whatever `progress` raises.
        """
        if isinstance(self.source, Path):
            return track_video(self.source, like=like, progress=progress)
        return self.source.track


def choose_reference(
    *, driving: Path | None = None, template: str | None = None, own_templates: Path | None = None
) -> Reference:
    """Return the named reference: a driving video, else a template, else the calm one.

    own_templates: folder of templates recorded here, besides the shipped ones.
    Raises VideoNotThere, TwoReferences, UnknownName and the TemplateErrors.
    """
    if driving is None:
        folders = (own_templates,) if own_templates else ()
        chosen = load_template(template or DEFAULT_TEMPLATE, *folders)
        return Reference(chosen.name, chosen.sha256, chosen)
    if template is not None:
        raise TwoReferences
    digest = hashlib.sha256()
    for chunk in _chunks(driving):
        digest.update(chunk)
    return Reference(driving.name, digest.hexdigest(), driving)


def _chunks(video: Path) -> Iterator[bytes]:
    """Yield the bytes of a regular file; a pipe or a device may never end. Raises VideoNotThere."""
    try:
        if not stat.S_ISREG(video.stat().st_mode):
            raise VideoNotThere(name=video.name)
        with video.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise VideoNotThere(name=video.name) from error

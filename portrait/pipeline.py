"""The order of the stages, and nothing else.

    keep the reference ─► confirm the Clearance ─► narrate ─► track ─► shoot ─► confirm again ─► sign
    ─► publish ─► put in place

`render` cannot be called without a Clearance, and the gate is asked again before the file is signed and
before it is published: consent may have been withdrawn in between. There is no argument that leaves out
label, watermark or signature.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from consent import canonical, cases, gate, records, registry
from consent.archive import Archive
from consent.cases import CaseKind
from consent.clearance import Clearance, Stage
from consent.errors import WrongState
from portrait.captions import to_srt, to_vtt
from portrait.compose.closing import ClosingCard
from portrait.compose.encode import CannotWriteThere, disk_trouble_named
from portrait.compose.presets import Preset
from portrait.desk import Material
from portrait.errors import N_, EncodeError, MissingPart, UnknownName
from portrait.film import WAITING, Luma, Mark, Plan, shoot
from portrait.quality_report import require_face
from portrait.reference import Reference
from portrait.seal import Seal
from portrait.signals import undisturbed
from portrait.speech.base import Voice
from portrait.stream import Stopwatch
from portrait.types import Caption, Progress
from watermark import provenance
from watermark.embed import Embedder
from watermark.label import LabelKind, label_overlay
from watermark.provenance import Claim, ConsentStatement, Edit, Ingredient
from watermark.provenance import Reference as Record

ENGINE = "warp"
SIGNING = N_("Signing")
CAPTION_SUFFIXES = {".srt": to_srt, ".vtt": to_vtt}
EDITS = (
    Edit("c2pa.edited", "The still image was moved after reference motion (first order motion)."),
    Edit("c2pa.edited", "A synthetic stock voice reads a script, and the lips follow it."),
    Edit("c2pa.edited", "Label, captions and closing card were burned in."),
)


class NoNetwork(MissingPart):
    """The network engine has no weights on this machine."""

    problem = N_("The engine “{part}” needs a trained network, and none is installed.")
    remedy = N_("Use --engine warp, which needs none.")


class NoVideoName(EncodeError):  # noqa: N818
    """A target that is not called like the video it will be."""

    problem = N_("“{name}” is no name for the video: it has to end in .mp4.")
    remedy = N_("Name the video like this: --out video.mp4")


class InTheWay(EncodeError):  # noqa: N818
    """Something that a finished video must not replace."""

    problem = N_("“{name}” stands where the video or its captions should go, and cannot be replaced.")
    remedy = N_("Choose another name for the video.")


def check_engine(name: str) -> None:
    """Accept the engines that can run here; raises NoNetwork, UnknownName."""
    if name == "fomm":
        raise NoNetwork(part=name)
    if name != ENGINE:
        raise UnknownName(kind=N_("engine"), name=name, choices="warp, fomm")


def check_target(out: Path, reference: Reference) -> None:
    """Accept `out` where a video and its captions can be put without harm to anything else.

    Raises NoVideoName, InTheWay (a folder, a device, the reference video itself), CannotWriteThere.
    """
    if out.suffix.lower() != ".mp4":
        raise NoVideoName(name=out.name)
    with disk_trouble_named():
        if not out.parent.is_dir():
            raise CannotWriteThere
        for target in (out, *map(out.with_suffix, CAPTION_SUFFIXES)):
            if target.exists() and (not target.is_file() or reference.is_file(target)):
                raise InTheWay(name=target.name)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, and where.

    out: the video, .mp4; captions are written beside it (.srt, .vtt). fps: frames a second, 25 or 30.
    """

    material: Material
    reference: Reference
    preset: Preset
    closing: ClosingCard
    out: Path
    fps: int = 25


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished video.

    render_id: 0 .. 2^56 - 1. sha256: of the file. seconds: busy seconds by stage. notes: message ids of what
    a person should know (a plainer voice, a reference video cut short).
    """

    path: Path
    render_id: int
    sha256: str
    duration: float
    captions: tuple[Caption, ...]
    seconds: dict[str, float]
    notes: tuple[str, ...] = field(default=())


def render(
    order: Order,
    clearance: Clearance,
    *,
    archive: Archive,
    seal: Seal,
    voice: Voice,
    progress: Progress,
) -> Rendered:
    """Make the video that `clearance` allows and put it at `order.out`, complete or not at all.

    Raises Refused when the clearance does not cover the order or no longer holds, the errors of the
    stages, and whatever `progress` raises. A render that did not finish is recorded as failed.
    """
    check_target(order.out, order.reference)
    with _workplace(order.out) as folder:
        with disk_trouble_named():
            reference = order.reference.kept_in(folder)
        ticket = registry.open_render(archive, clearance)
        job = _Job(replace(order, reference=reference), clearance, ticket.render_id, archive, seal)
        try:
            job.confirm(Stage.RENDER)
            return _make(job, voice, folder, progress)
        except BaseException:
            with suppress(WrongState):  # a withdrawal has halted it already
                registry.fail(archive, ticket.render_id)
            raise


@dataclass(frozen=True, slots=True)
class _Job:
    """One render under way."""

    order: Order
    clearance: Clearance
    render_id: int
    archive: Archive
    seal: Seal

    def confirm(self, stage: Stage) -> None:
        """Ask the gate about exactly what is being made; raises Refused with every reason."""
        gate.confirm(
            self.archive,
            self.clearance,
            render_id=self.render_id,
            photo_sha256=self.order.material.photo.sha256,
            script_sha256=self.order.material.script_text.sha256,
            motion_sha256=self.order.reference.sha256,
            stage=stage,
        )

    def fit_mark(self, samples: list[Luma]) -> Mark:
        """Fit the watermark that carries this render's id."""
        embedder = Embedder(self.seal.key, self.render_id, self.order.preset.size)
        embedder.prepare(samples)
        return embedder.apply


def _make(job: _Job, voice: Voice, folder: Path, progress: Progress) -> Rendered:
    watch = Stopwatch()
    plan = _plan(job, voice, watch, progress)
    marked, signed = folder / "marked.mp4", folder / "signed.mp4"
    shoot(plan, job.fit_mark, marked, watch=watch, progress=progress)
    job.confirm(Stage.SIGN)
    progress(SIGNING, 0.0)
    with watch.stage("sign"):
        manifest = provenance.sign(marked, signed, job.seal.signer, _claim(job))
        digest = _sha256(signed)
    _write_captions(signed, plan.captions)
    progress(SIGNING, 1.0)  # the last moment to stop: what is published is put in place
    with undisturbed():
        registry.publish(
            job.archive, job.render_id, sha256=digest, manifest=manifest, clearance=job.clearance
        )
        _put_in_place(signed, job.order.out)
    return Rendered(
        path=job.order.out,
        render_id=job.render_id,
        sha256=digest,
        duration=plan.total_frames / plan.fps,
        captions=plan.captions,
        seconds={name: spent for name, spent in watch.seconds.items() if name != WAITING},
        notes=(*plan.narration.notes, *plan.track.notes),
    )


def _plan(job: _Job, voice: Voice, watch: Stopwatch, progress: Progress) -> Plan:
    """Narrate, track, and gather what the film is made of."""
    order, material = job.order, job.order.material
    with watch.stage("narrate"):
        narration = voice.speak(material.script, progress=progress)
    with watch.stage("track"):
        like = require_face(material.photo) if order.reference.is_video else None
        track = order.reference.track(progress, like=like)
    kind = _label_kind(job)
    return Plan(
        photo=material.photo,
        track=track,
        script=material.script,
        narration=narration,
        preset=order.preset,
        label=label_overlay(order.preset.size, material.script.language.value, kind),
        closing=order.closing,
        fps=order.fps,
    )


def _label_kind(job: _Job) -> LabelKind:
    case = cases.find(job.archive, job.clearance.case_id, actor=job.clearance.requested_by)
    return LabelKind.DEMONSTRATION if case.kind is CaseKind.DEMONSTRATION else LabelKind.FAMILY


def _claim(job: _Job) -> Claim:
    """What the credentials say: ids and digests; no name, no picture."""
    material, reference, clearance = job.order.material, job.order.reference, job.clearance
    consent = records.find(job.archive, clearance.consent_id, actor=clearance.requested_by)
    return Claim(
        render_id=job.render_id,
        consent=ConsentStatement(
            case=clearance.case_id,
            records=(Record(consent.id, canonical.digest(consent.terms.as_json())),),
            scopes=tuple(scope.value for scope in clearance.scopes),
            expires=consent.expires_at.date(),
        ),
        ingredients=(
            Ingredient("source-image", material.photo.sha256, material.photo_media_type),
            Ingredient("script", material.script_text.sha256, "application/json"),
            Ingredient("driving-video", reference.sha256, reference.media_type),
        ),
        edits=EDITS,
    )


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """A passing folder beside the target, on the same disk, gone whatever happens."""
    with disk_trouble_named():
        folder = tempfile.TemporaryDirectory(prefix=".presente-", dir=out.parent)
    with folder as name:
        yield Path(name)


def _write_captions(video: Path, captions: tuple[Caption, ...]) -> None:
    with disk_trouble_named():
        for suffix, write in CAPTION_SUFFIXES.items():
            video.with_suffix(suffix).write_text(write(captions), encoding="utf-8")


def _put_in_place(video: Path, out: Path) -> None:
    """Move the captions beside the target, and the video last: where it is, everything is."""
    with disk_trouble_named():
        for suffix in CAPTION_SUFFIXES:
            video.with_suffix(suffix).replace(out.with_suffix(suffix))
        video.replace(out)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

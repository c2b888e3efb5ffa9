"""`presente demo`: the whole way, once, about itself.

A throw-away archive, three people, one demonstration case over a public-domain portrait that matplotlib
ships; a reference video that this machine makes itself; consent, clearance, render, verdict. Nothing is
simulated: every part is the one a family's video goes through.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from consent import accounts, cases, evidence, facts, gate, records, relatives
from consent.accounts import Role
from consent.archive import Archive, open_archive
from consent.evidence import EvidenceKind
from consent.records import Method
from consent.relatives import Relationship
from consent.terms import Channel, Terms
from portrait.check import check
from portrait.compose.colour import to_yuv
from portrait.compose.encode import disk_trouble_named, encode
from portrait.compose.presets import PRESETS
from portrait.compose.sound import soundtrack
from portrait.desk import Material, demonstration_card, material_of, request_for
from portrait.errors import N_
from portrait.i18n import _
from portrait.motion.timing import fit
from portrait.motion.warp import animate, prepare
from portrait.photo import open_photo
from portrait.pipeline import Order, Rendered, render
from portrait.reference import DEFAULT_TEMPLATE, Reference, choose_reference
from portrait.seal import open_seal
from portrait.settings import Settings
from portrait.speech.choose import choose_voice
from portrait.stream import Stopwatch
from portrait.types import Progress
from watermark.payload import format_render_id
from watermark.verify import VerdictReport

PORTRAIT = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
SCRIPTS = Path(__file__).parent / "assets" / "demo"
VOLUNTEER, COORDINATOR, SECOND = "demo-volunteer", "demo-coordinator", "demo-second"
FILMING_REFERENCE = N_("Filming a reference video")
VERIFYING = N_("Verifying")
REFERENCE_SECONDS, REFERENCE_FPS = 8, 25


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration made. seconds: busy seconds by stage; wall: seconds in all."""

    rendered: Rendered
    reference: Path
    report: VerdictReport
    seconds: dict[str, float]
    wall: float

    @property
    def peak_memory(self) -> float:
        """Largest resident size of this process so far, in MiB; the encoder's own is not in it."""
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20

    def to_json(self) -> dict[str, Any]:
        """Return the demonstration's report as `presente demo --json` prints it."""
        return {
            "video": str(self.rendered.path),
            "reference": str(self.reference),
            "render_id": format_render_id(self.rendered.render_id),
            "duration_seconds": round(self.rendered.duration, 2),
            "verify": self.report.to_json(),
            "stages_seconds": {name: round(spent, 2) for name, spent in self.seconds.items()},
            "wall_seconds": round(self.wall, 2),
            "peak_memory_mib": round(self.peak_memory),
            "notes": [_(note) for note in self.rendered.notes],
        }


def demonstrate(out: Path, settings: Settings, progress: Progress) -> Demonstration:
    """Make `out`/demo.mp4 and verify it. Raises what the pipeline raises."""
    watch = Stopwatch()
    with disk_trouble_named():
        out.mkdir(parents=True, exist_ok=True)
    home = settings.demo_home
    with open_archive(home) as archive:
        with watch.stage("reference"):
            reference = _film_reference(out / "demo-reference.mp4", progress)
        with watch.stage("archive"):
            case_id = open_case(archive, settings.language)
            material = material_of(archive, case_id, actor=VOLUNTEER)
            give_consent(archive, case_id, material, reference)
            clearance = gate.clear(
                archive, request_for(case_id, material, reference, [Channel.LOCAL], actor=VOLUNTEER)
            )
        seal = open_seal(home / "keys")
        rendered = render(
            Order(
                material,
                reference,
                PRESETS["vertical"],
                demonstration_card(material.script.language),
                out / "demo.mp4",
            ),
            clearance,
            archive=archive,
            seal=seal,
            voice=choose_voice(material.script.language, voices_dir=settings.voices),
            progress=progress,
        )
        progress(VERIFYING, 0.0)
        with watch.stage("verify"):
            report = check(rendered.path, archive=archive, seal=seal)
        progress(VERIFYING, 1.0)
    seconds = {"reference": watch.seconds["reference"], "archive": watch.seconds["archive"]}
    seconds |= {**rendered.seconds, "verify": watch.seconds["verify"]}
    return Demonstration(rendered, out / "demo-reference.mp4", report, seconds, watch.wall)


def _film_reference(path: Path, progress: Progress) -> Reference:
    """Write the shipped calm template, performed by the portrait itself, as a video like any volunteer's.

    Made by this machine, so that nobody had to be filmed; tracked afterwards as if it came from a phone.
    """
    photo = open_photo(PORTRAIT)
    height, width = (side // 2 * 2 for side in photo.pixels.shape[:2])
    track = fit(choose_reference(template=DEFAULT_TEMPLATE).source.track, REFERENCE_SECONDS, REFERENCE_FPS)

    def performed() -> Iterable[np.ndarray]:
        for number, frame in enumerate(animate(prepare(photo), track, None, frames=len(track)), start=1):
            yield to_yuv(np.ascontiguousarray(frame[:height, :width]))
            progress(FILMING_REFERENCE, number / len(track))

    encode(
        performed(),
        size=(height, width),
        fps=REFERENCE_FPS,
        sound=soundtrack(None, REFERENCE_SECONDS),
        path=path,
    )
    return choose_reference(driving=path)


def open_case(archive: Archive, language: str) -> str:
    """Open a demonstration case with portrait, script and one fact that two people verified."""
    _gather_people(archive)
    case_id = cases.open_demonstration(archive, actor=VOLUNTEER).id
    script = (SCRIPTS / f"{language}.md").read_bytes()
    evidence.store(
        archive, case_id, EvidenceKind.PHOTO, PORTRAIT.read_bytes(), media_type="image/jpeg", actor=VOLUNTEER
    )
    evidence.store(archive, case_id, EvidenceKind.SCRIPT, script, media_type="text/markdown", actor=VOLUNTEER)
    facts.add_fact(
        archive, case_id, "retrato", "Grace Hopper (1906-1992), US Navy portrait, public domain",
        source="matplotlib sample data", actor=VOLUNTEER,
    )  # fmt: skip
    for verifier in (COORDINATOR, SECOND):
        facts.verify_fact(archive, case_id, "retrato", actor=verifier)
    return case_id


def _gather_people(archive: Archive) -> None:
    """Create the three accounts on the first run: one brings, two others verify."""
    here = {account.handle for account in accounts.list_all(archive)}
    people = ((COORDINATOR, Role.COORDINATOR), (SECOND, Role.COORDINATOR), (VOLUNTEER, Role.VOLUNTEER))
    for handle, role in people:
        if handle not in here:
            accounts.create(archive, handle, role, actor=COORDINATOR if here else None)
            here.add(handle)


def give_consent(archive: Archive, case_id: str, material: Material, reference: Reference) -> None:
    """Record the permission: the portrait's public-domain status stands where a family would."""
    grantor = relatives.add_relative(
        archive, case_id, "Public domain", Relationship.PUBLIC_DOMAIN, actor=VOLUNTEER
    )
    terms = Terms(
        scopes=material.scopes,
        channels=frozenset({Channel.LOCAL}),
        languages=frozenset({material.script.language.value}),
        photo_sha256=material.photo.sha256,
        script_sha256=material.script_text.sha256,
        motion_sha256=reference.sha256,
        purposes=("demonstration",),
    )
    ends = archive.clock() + timedelta(days=365)
    consent = records.request(
        archive, case_id, grantor.id, terms,
        notice_language=material.script.language.value, method=Method.PAPER,
        expires_at=ends, erase_at=ends, actor=VOLUNTEER,
    )  # fmt: skip
    records.give(archive, consent.id, actor=VOLUNTEER)
    for verifier in (COORDINATOR, SECOND):
        relatives.verify_relative(archive, case_id, grantor.id, actor=verifier)
        records.verify(archive, consent.id, actor=verifier)

"""A cleared demonstration case in an archive of its own, and a short film of it made once a session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from consent import evidence, gate
from consent.archive import Archive, open_archive
from consent.clearance import Clearance
from consent.evidence import EvidenceKind
from consent.terms import Channel
from portrait import demo
from portrait.compose.closing import ClosingCard
from portrait.compose.presets import PRESETS
from portrait.desk import Material, material_of, request_for
from portrait.pipeline import Order, Rendered, render
from portrait.reference import Reference, choose_reference
from portrait.seal import Seal, open_seal
from portrait.speech.espeak import EspeakVoice

SCRIPT = "idioma: es\npersona: tercera\n\nEsto es una demostración.[^-]\n"


@dataclass
class Studio:
    """One archive with a demonstration case, and what a render of it needs."""

    archive: Archive
    case_id: str
    material: Material
    reference: Reference
    seal: Seal

    def clear(self) -> Clearance:
        request = request_for(
            self.case_id, self.material, self.reference, [Channel.LOCAL], actor=demo.VOLUNTEER
        )
        return gate.clear(self.archive, request)

    def order(self, out: Path, *, seconds: float = 1.0) -> Order:
        closing = ClosingCard(language=self.material.script.language, collective="Presente", seconds=seconds)
        return Order(self.material, self.reference, PRESETS["vertical"], closing, out)

    def render(self, out: Path, clearance: Clearance | None = None, *, order=None, progress=None) -> Rendered:
        return render(
            order or self.order(out),
            clearance or self.clear(),
            archive=self.archive,
            seal=self.seal,
            voice=EspeakVoice(self.material.script.language),
            progress=progress or (lambda stage, fraction: None),
        )


def open_studio(home: Path, script: str = SCRIPT) -> Studio:
    """Open an archive at `home` with a demonstration case whose consent two people verified."""
    archive = open_archive(home)
    case_id = demo.open_case(archive, "es")
    evidence.store(
        archive,
        case_id,
        EvidenceKind.SCRIPT,
        script.encode(),
        media_type="text/markdown",
        actor=demo.VOLUNTEER,
    )
    material = material_of(archive, case_id, actor=demo.VOLUNTEER)
    reference = choose_reference()
    demo.give_consent(archive, case_id, material, reference)
    return Studio(archive, case_id, material, reference, open_seal(home / "keys"))


@pytest.fixture
def studio(tmp_path):
    opened = open_studio(tmp_path / "archive")
    yield opened
    opened.archive.close()


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """A finished film and its studio: (studio, rendered). Tests copy the file before they harm it."""
    folder = tmp_path_factory.mktemp("film")
    opened = open_studio(folder / "archive")
    yield opened, opened.render(folder / "film.mp4")
    opened.archive.close()

"""A demonstration case, ready to be rendered, told through the public functions."""

from __future__ import annotations

from pathlib import Path

from consent import accounts, cases, evidence
from consent.accounts import Role
from consent.archive import Archive
from consent.evidence import EvidenceKind
from portrait import demo
from portrait.desk import material_of
from portrait.motion.templates import load_template
from portrait.reference import DEFAULT_TEMPLATE, choose_reference
from ui import motions

SCRIPT = "idioma: es\npersona: tercera\n\nEsto es una demostración.[^-]\n"


def people(archive: Archive, *, by: str, password: str | None = None) -> None:
    """The three people of a demonstration."""
    for handle, role in (
        (demo.COORDINATOR, Role.COORDINATOR),
        (demo.SECOND, Role.COORDINATOR),
        (demo.VOLUNTEER, Role.VOLUNTEER),
    ):
        accounts.create(archive, handle, role, actor=by, password=password)


def demonstration(archive: Archive, home: Path) -> str:
    """A case with portrait, a short script and a motion, to which nobody has said yes."""
    case_id = cases.open_demonstration(archive, actor=demo.VOLUNTEER).id
    for kind, data, media_type in (
        (EvidenceKind.PHOTO, demo.PORTRAIT.read_bytes(), "image/jpeg"),
        (EvidenceKind.SCRIPT, SCRIPT.encode(), "text/markdown"),
    ):
        evidence.store(archive, case_id, kind, data, media_type=media_type, actor=demo.VOLUNTEER)
    motions.keep_template(archive, case_id, load_template(DEFAULT_TEMPLATE), home, actor=demo.VOLUNTEER)
    return case_id


def permitted(archive: Archive, case_id: str) -> None:
    """The public domain stands where a family would: asked, given and verified by two."""
    material = material_of(archive, case_id, actor=demo.VOLUNTEER)
    demo.give_consent(archive, case_id, material, choose_reference(template=DEFAULT_TEMPLATE))

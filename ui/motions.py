"""The motion of a case is kept as evidence: a template's file, or a volunteer's video.

So its digest, which consent binds, is that of a file in the vault, and a template that changes later
changes nothing here.
"""

from __future__ import annotations

from pathlib import Path

from consent import evidence
from consent.archive import Archive
from consent.evidence import Evidence, EvidenceKind
from portrait.motion.templates import SHIPPED, SUFFIX, Template
from portrait.motion.video import open_video
from portrait.reference import Reference, choose_reference

TEMPLATE_TYPE, VIDEO_TYPE = "application/x-safetensors", "video/mp4"


def own_templates(home: Path) -> Path:
    """Folder of the templates recorded on this machine."""
    return home / "templates"


def keep_template(archive: Archive, case_id: str, template: Template, home: Path, *, actor: str) -> Evidence:
    """Choose a template for a case. Raises as `consent.evidence.store`."""
    folders = (own_templates(home), SHIPPED)
    path = next(path for folder in folders if (path := folder / f"{template.name}{SUFFIX}").is_file())
    return evidence.store(
        archive, case_id, EvidenceKind.MOTION, path.read_bytes(), media_type=TEMPLATE_TYPE, actor=actor
    )


def keep_video(archive: Archive, case_id: str, path: Path, *, actor: str) -> Evidence:
    """Choose a video for a case, once it can be opened. Raises VideoError and as `evidence.store`."""
    open_video(path)
    return evidence.store(
        archive, case_id, EvidenceKind.MOTION, path.read_bytes(), media_type=VIDEO_TYPE, actor=actor
    )


def by_digest(item: Evidence) -> Reference:
    """Return the chosen motion as the gate is asked about it; nothing is read."""
    return Reference(item.id, item.sha256, Path(item.id))


def put_into(folder: Path, archive: Archive, item: Evidence, *, actor: str) -> Reference:
    """Write the chosen motion into the private `folder` and return it ready to be used.

    Raises as `consent.evidence.read`, VideoError, TemplateError.
    """
    template = item.media_type == TEMPLATE_TYPE
    path = folder / f"motion{SUFFIX if template else '.mp4'}"
    path.write_bytes(evidence.read(archive, item.id, actor=actor))
    return choose_reference(template=str(path)) if template else choose_reference(driving=path)

"""`presente verify`: the verdict on a file, from its seals and the registries of this machine."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from consent import registry
from consent.archive import DATABASE_FILE, Archive, open_archive
from consent.registry import PublicStatus
from portrait.seal import Seal, open_seal
from portrait.settings import Settings
from watermark.verify import RegistryAnswer, Verdict, VerdictReport, verify


def check_here(path: Path, settings: Settings) -> VerdictReport:
    """Examine `path` with this machine's archive; what it does not know may be a demonstration made here.

    Raises the `UnreadableMedia` errors of `watermark.errors`, and those of opening the archive.
    """
    demonstrations = settings.demo_home if (settings.demo_home / DATABASE_FILE).exists() else None
    with open_archive(settings.home, url=settings.database, passphrase=settings.passphrase) as archive:
        report = check(path, archive=archive, seal=open_seal(settings.keys))
    if report.verdict is not Verdict.NOT_OURS or demonstrations is None:
        return report
    with open_archive(demonstrations) as archive:
        demonstrated = check(path, archive=archive, seal=open_seal(demonstrations / "keys"))
    return report if demonstrated.verdict is Verdict.NOT_OURS else demonstrated


def check(path: Path, *, archive: Archive, seal: Seal) -> VerdictReport:
    """Examine `path` and ask the registry about the ids it carries.

    Raises the `UnreadableMedia` errors of `watermark.errors` where nothing can be said.
    """

    def ask(render_id: int) -> RegistryAnswer | None:
        status = registry.status(archive, render_id)
        render = registry.find(archive, render_id)
        manifest = registry.manifest(archive, render_id)
        if status is PublicStatus.UNKNOWN or render is None or manifest is None:
            return None
        return RegistryAnswer(
            status.value,
            render.sha256,
            sha256(manifest).hexdigest(),
            demonstration=registry.shows_nobody_missing(archive, render_id),
        )

    return verify(path, key=seal.key, anchors=[seal.anchor], registry=ask)

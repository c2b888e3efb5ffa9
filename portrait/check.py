"""`presente verify`: the verdict on a file, from its seals and this archive's registry."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from consent import registry
from consent.archive import Archive
from consent.registry import PublicStatus
from portrait.seal import Seal
from watermark.verify import RegistryAnswer, VerdictReport, verify


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
        return RegistryAnswer(status.value, render.sha256, sha256(manifest).hexdigest())

    return verify(path, key=seal.key, anchors=[seal.anchor], registry=ask)

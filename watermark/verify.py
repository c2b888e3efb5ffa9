"""The verdict anyone can ask for: is this ours, is it still valid, was it altered?

Nothing a file says about itself is believed before it was checked: the steps are numbered in `verify`
and in `_judge`. An id alone, in a mark or in credentials, proves nothing until the registry knows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

from watermark.errors import N_
from watermark.extract import Detection, detect
from watermark.frames import sample_lumas
from watermark.label_reading import LabelReport, find_label
from watermark.payload import format_render_id
from watermark.provenance import ManifestReport, ManifestState, read

ALWAYS: Final = N_("Presente never asks for money or data.")
"""Said below every verdict, whatever it is."""

DIGEST_MISMATCH: Final = "presente.registry.digestMismatch"
"""Reason added to credentials that read as trusted in a file that is not the one published.

C2PA's hashes leave out padding and file headers; the digest in the registry leaves out nothing.
"""

_TIME_LIMIT: Final = 30.0  # seconds for decoding a file nobody vouches for

Status = Literal["active", "withdrawn", "inactive"]


class Verdict(StrEnum):
    """What is said about a file."""

    ACTIVE = "ours-active"
    WITHDRAWN = "ours-withdrawn"
    TAMPERED = "ours-tampered"
    NOT_OURS = "not-ours"


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What the registry says about a render id.

    status: "withdrawn" when the permission was taken back, "inactive" when it ended or never began.
    sha256: hex digest of the published file, None where a copy of the registry does not tell.
    manifest_sha256: hex digest of the manifest store kept for stripped copies.
    demonstration: whether it shows nobody who is missing; the label in the picture could be painted over.
    """

    status: Status
    sha256: str | None = None
    manifest_sha256: str | None = None
    demonstration: bool = False


Registry = Callable[[int], RegistryAnswer | None]
"""Asks for a render id (0 <= id < 2^56); None when it is unknown."""


class Reason(StrEnum):
    """Why the verdict is what it is; the values are message ids."""

    PUBLISHED_FILE = N_("It is, byte for byte, the file that was published.")
    SEALS_AGREE = N_("The invisible mark in its picture and its signed credentials agree.")
    MARK_ALONE = N_(
        "The invisible mark in its picture is ours. This copy lost its credentials on the way, as on most "
        "platforms, so changes cannot be ruled out, and its sound is not checked at all."
    )
    PERMISSION_WITHDRAWN = N_("The permission for it was withdrawn.")
    PERMISSION_OVER = N_("The permission for it is not in force.")
    FILE_CHANGED = N_("It was changed after it was signed.")
    SEALS_DISAGREE = N_("Its credentials and the invisible mark in its picture do not belong together.")
    FORGED_CREDENTIALS = N_("It claims to be ours, but somebody else signed the claim.")
    NOT_REGISTERED = N_("It carries a mark that our register does not know.")
    NO_MARK = N_("It carries no mark of ours.")


SENTENCES: Final[Mapping[Verdict, str]] = {
    Verdict.ACTIVE: N_("Yes. This was authorised by the family and is still valid."),
    Verdict.WITHDRAWN: N_("This was ours, but it is no longer valid."),
    Verdict.TAMPERED: N_("No. Somebody altered something of ours."),
    Verdict.NOT_OURS: N_("We do not recognise it."),
}
DEMONSTRATION_SENTENCE: Final = N_("Yes. This is a demonstration by Presente; nobody is missing in it.")
COPY_ADVICE: Final = N_(
    "Before you share it, compare what it says and shows with the original from the collective that made it."
)
ADVICE: Final[Mapping[Verdict, str]] = {
    Verdict.ACTIVE: N_("You may share it. If you know something, use the contact it shows at the end."),
    Verdict.WITHDRAWN: N_("Please do not share it."),
    Verdict.TAMPERED: N_("Do not trust what it says and do not share it."),
    Verdict.NOT_OURS: N_("If somebody asks you for money or data with it, do not answer."),
}


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """The verdict and everything it rests on.

    answer: the registry's, for an id that the file carries with some right; None when there is none.
    """

    verdict: Verdict
    reason: Reason
    watermark: Detection
    manifest: ManifestReport
    label: LabelReport
    answer: RegistryAnswer | None

    @property
    def sentence(self) -> str:
        """The verdict in one plain sentence (message id)."""
        if self.verdict is Verdict.ACTIVE and self.answer and self.answer.demonstration:
            return DEMONSTRATION_SENTENCE
        return SENTENCES[self.verdict]

    @property
    def advice(self) -> str:
        """What to do now (message id)."""
        if self.reason is Reason.MARK_ALONE:
            return COPY_ADVICE
        return ADVICE[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return the report in the form `presente verify --json` prints; render ids as people say them."""
        mark, label, render_id = self.watermark, self.label, self.watermark.render_id
        return {
            "verdict": self.verdict.value,
            "watermark": {
                "found": mark.found,
                "render_id": None if render_id is None else format_render_id(render_id),
                "false_positive_probability": mark.false_positive_probability,
            },
            "manifest": {"state": self.manifest.state.value, "reasons": list(self.manifest.reasons)},
            "label": {
                "present": label.present,
                "zones_found": label.zones_found,
                "kind": label.kind,
                "language": label.language,
                "score": round(label.score, 3),
            },
            "registry": {"status": self.answer.status if self.answer else "unknown"},
        }


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was found. marked, claimed: the registry's answers for the mark's and the credentials' id."""

    mark: Detection
    manifest: ManifestReport
    marked: RegistryAnswer | None
    claimed: RegistryAnswer | None
    sha256: str

    @property
    def published(self) -> RegistryAnswer | None:
        """The answer whose published file is this very file."""
        same = (answer for answer in (self.marked, self.claimed) if answer and answer.sha256 == self.sha256)
        return next(same, None)


def verify(path: Path, *, key: bytes, anchors: Sequence[bytes], registry: Registry) -> VerdictReport:
    """Examine a video or picture that anybody may have sent, offline but for `registry`.

    key: the watermark's. anchors: PEM root certificates of those whose credentials are ours.
    Raises the `UnreadableMedia` errors and ReadingTimedOut of `watermark.errors` where nothing can be said.
    """
    # 1. Open it as the media it is, whatever its name says.
    lumas = sample_lumas(path, time_limit=_TIME_LIMIT)
    # 2. Look for the invisible mark.
    mark = detect(lumas, key)
    # 3. Read and validate the credentials.
    manifest = read(path, anchors)
    # 4. Look for the visible label; it informs, it proves nothing: anybody can draw one.
    label = find_label(lumas)
    # 5. Ask the registry about each id the file carries.
    marked = None if mark.render_id is None else registry(mark.render_id)
    claimed = None if manifest.render_id is None else registry(manifest.render_id)
    evidence = _Evidence(mark, manifest, marked, claimed, _sha256(path))
    # 6. Trusted credentials count in the published file only: hashes of C2PA leave gaps, a digest none.
    if manifest.state is ManifestState.TRUSTED and claimed and claimed.sha256 and not evidence.published:
        evidence = replace(evidence, manifest=_distrust(manifest))
    # 7. Judge.
    verdict, reason = _judge(evidence)
    return VerdictReport(verdict, reason, mark, evidence.manifest, label, _answer(evidence))


def _judge(evidence: _Evidence) -> tuple[Verdict, Reason]:
    # 7.1 The published file itself: no other evidence is stronger, not even a certificate that expired since.
    if evidence.published:
        return _by_status(evidence.published, Reason.PUBLISHED_FILE)
    # 7.2 Credentials that do not hold.
    objection = _objection(evidence)
    if objection:
        return Verdict.TAMPERED, objection
    # 7.3 Credentials and mark that agree, or the mark alone: platforms strip credentials.
    if evidence.marked:
        trusted = evidence.manifest.state is ManifestState.TRUSTED
        return _by_status(evidence.marked, Reason.SEALS_AGREE if trusted else Reason.MARK_ALONE)
    # 7.4 Nothing of ours.
    return Verdict.NOT_OURS, _stranger(evidence)


def _objection(evidence: _Evidence) -> Reason | None:
    """Say what is wrong with a file that carries something of ours, None if nothing is.

    Something of ours: a registered mark, or credentials by our certificate for a registered id.
    """
    mark, manifest = evidence.mark, evidence.manifest
    if not (evidence.marked or (manifest.ours and evidence.claimed)):
        return None
    match manifest.state:
        case ManifestState.ABSENT:
            return None
        case ManifestState.INVALID:
            return Reason.FILE_CHANGED
        case ManifestState.TRUSTED:
            return None if mark.render_id == manifest.render_id else Reason.SEALS_DISAGREE
        case ManifestState.VALID:
            # A platform may add credentials of its own; only a claim to our id is a forgery.
            return None if manifest.render_id is None else Reason.FORGED_CREDENTIALS


def _by_status(answer: RegistryAnswer, reason: Reason) -> tuple[Verdict, Reason]:
    match answer.status:
        case "active":
            return Verdict.ACTIVE, reason
        case "withdrawn":
            return Verdict.WITHDRAWN, Reason.PERMISSION_WITHDRAWN
        case "inactive":
            return Verdict.WITHDRAWN, Reason.PERMISSION_OVER


def _stranger(evidence: _Evidence) -> Reason:
    if evidence.manifest.render_id is not None and not evidence.manifest.ours:
        return Reason.FORGED_CREDENTIALS
    return Reason.NOT_REGISTERED if evidence.mark.found or evidence.manifest.ours else Reason.NO_MARK


def _answer(evidence: _Evidence) -> RegistryAnswer | None:
    """The registry's answer to show: never the one for an id that a stranger merely claims."""
    credited = evidence.claimed if evidence.manifest.ours else None
    return evidence.published or evidence.marked or credited


def _distrust(manifest: ManifestReport) -> ManifestReport:
    return replace(manifest, state=ManifestState.INVALID, reasons=(*manifest.reasons, DIGEST_MISMATCH))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

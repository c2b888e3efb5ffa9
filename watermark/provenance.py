"""Content credentials (C2PA 2.2): what is claimed about a render, signed last, and read back.

The manifest says how the video was made (`c2pa.actions.v2` with an IPTC digital source type), which
inputs went in (by digest), on which consent (ids, digests, scopes: never a name), which invisible
watermark carries the render id (`c2pa.soft-binding`), and that nobody may train on it
(`cawg.training-mining`). No thumbnail: a face is shown nowhere it was not allowed to be.
"""

from __future__ import annotations

import base64
import binascii
import json
import mmap
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import c2pa

from watermark.certificates import Signer
from watermark.errors import NotAnIdentifier, SigningFailed, UnsignableFormat
from watermark.label import LABEL_VERSION
from watermark.payload import RENDER_ID_BITS, format_render_id

WATERMARK_ALGORITHM: Final = "presente.seal.1"
CONSENT_LABEL: Final = "presente.consent"
SOFT_BINDING_LABEL: Final = "c2pa.soft-binding"
MEDIA_TYPES: Final = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_REFUSED_USES: Final = ("ai_generative_training", "ai_training", "ai_inference", "data_mining")
_MANIFEST_STORE: Final = b"jumdc2pa"  # ISO 19566-5 description box of a C2PA manifest store
_TRUSTED: Final = "signingCredential.trusted"


class DigitalSourceType(StrEnum):
    """IPTC newscodes for how a picture came to be."""

    COMPOSITE_SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
    TRAINED_ALGORITHMIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class Reference:
    """One document by identifier and SHA-256 (hex); the document itself stays in the archive."""

    id: str
    sha256: str

    def __post_init__(self) -> None:
        _require(_IDENTIFIER, self.id)
        _require(_DIGEST, self.sha256)


@dataclass(frozen=True, slots=True)
class ConsentStatement:
    """On which permission the render rests.

    case, scopes: identifiers. records: the consent records that were in force. expires: the last day.
    Raises NotAnIdentifier for anything that could be a name: spaces, accents, free text.
    """

    case: str
    records: tuple[Reference, ...]
    scopes: tuple[str, ...]
    expires: date

    def __post_init__(self) -> None:
        for identifier in (self.case, *self.scopes):
            _require(_IDENTIFIER, identifier)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An input of the render, by digest only. role: "source-image", "script", "driving-video", ..."""

    role: str
    sha256: str
    media_type: str

    def __post_init__(self) -> None:
        _require(_IDENTIFIER, self.role)
        _require(_DIGEST, self.sha256)


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of the making, besides label and watermark, which every render has.

    action: a C2PA action ("c2pa.edited"). description: about the step, never about the person.
    """

    action: str
    description: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything the credentials of one render say. render_id: 0 <= id < 2^56."""

    render_id: int
    consent: ConsentStatement
    ingredients: tuple[Ingredient, ...]
    edits: tuple[Edit, ...] = ()
    digital_source_type: DigitalSourceType = DigitalSourceType.COMPOSITE_SYNTHETIC


class ManifestState(StrEnum):
    """What the reader makes of a file's credentials."""

    TRUSTED = "trusted"  # intact, signed by one of the anchors given
    VALID = "valid"  # intact, signed by somebody else
    INVALID = "invalid"  # altered, damaged or out of its time
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """The credentials of a file.

    reasons: C2PA validation codes of what failed ("assertion.bmffHash.mismatch"), none when trusted.
    render_id: the id the soft binding claims, whoever signed it. signer: the organisation in the signing
    certificate. ours: the signing certificate itself leads to one of the anchors, even if the file was
    altered afterwards.
    """

    state: ManifestState
    reasons: tuple[str, ...] = ()
    render_id: int | None = None
    signer: str | None = None
    ours: bool = False


def sign(source: Path, destination: Path, signer: Signer, claim: Claim) -> bytes:
    """Write `source` with its credentials to `destination`, complete or not at all.

    Returns the manifest store (JUMBF), which the registry keeps because most platforms strip it from the
    file. The last step of a render: whatever touches the file afterwards breaks the credentials.
    `source` and `destination` may be the same file.

    Raises UnsignableFormat for other types than MEDIA_TYPES, SigningFailed when the key does not
    answer, the disk is full or the source is not what its name says.
    """
    media_type = _media_type(destination)
    temporary = destination.with_name(f".{destination.name}.{secrets.token_hex(8)}")
    try:
        manifest = _write_signed(source, temporary, media_type, signer, claim)
        temporary.replace(destination)
    except (OSError, c2pa.C2paError) as error:
        raise SigningFailed(reason=str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return manifest


def read(path: Path, anchors: Sequence[bytes]) -> ManifestReport:
    """Read and validate the credentials in `path`; `anchors` are PEM root certificates to be trusted.

    Everything happens offline: no remote manifest, no revocation server. A file that is no media or
    cannot be parsed has no credentials, unless remains of a manifest store lie in it: then they are invalid.
    Raises OSError if the file cannot be opened.
    """
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "")
    try:
        with (
            path.open("rb") as stream,
            c2pa.Context.from_dict(_reader_settings(anchors)) as context,
            c2pa.Reader(media_type, stream, context=context) as reader,
        ):
            return _report(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return ManifestReport(ManifestState.ABSENT)
    except c2pa.C2paError as error:
        if _holds_manifest_store(path):
            return ManifestReport(ManifestState.INVALID, reasons=(_parse_failure(error),))
        return ManifestReport(ManifestState.ABSENT)


def manifest_definition(claim: Claim, media_type: str) -> dict[str, Any]:
    """Return the claim in the SDK's JSON form."""
    generator = {"name": "Presente", "version": version("presente")}
    return {
        "claim_generator_info": [generator],
        "title": f"presente-{format_render_id(claim.render_id)}",
        "format": media_type,
        "ingredients": [_ingredient(ingredient) for ingredient in claim.ingredients],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(claim, generator)}},
            {"label": CONSENT_LABEL, "data": _consent(claim.consent)},
            {"label": SOFT_BINDING_LABEL, "data": _soft_binding(claim.render_id)},
            {"label": "cawg.training-mining", "data": _training_refusal()},
        ],
    }


def _actions(claim: Claim, generator: Mapping[str, str]) -> list[dict[str, Any]]:
    created = {
        "action": "c2pa.created",
        "digitalSourceType": claim.digital_source_type.value,
        "softwareAgent": dict(generator),
        "parameters": {"ingredientIds": [_ingredient_id(ingredient) for ingredient in claim.ingredients]},
    }
    edits = [{"action": edit.action, "description": edit.description} for edit in claim.edits]
    labelled = {"action": "c2pa.edited", "description": f"Visible label, version {LABEL_VERSION}"}
    bound = {"action": "c2pa.watermarked.bound", "description": f"Render id by {WATERMARK_ALGORITHM}"}
    return [created, *edits, labelled, bound]


def _ingredient(ingredient: Ingredient) -> dict[str, str]:
    return {
        "title": ingredient.role,
        "format": ingredient.media_type,
        "relationship": "inputTo",
        "instance_id": _ingredient_id(ingredient),
        "label": _ingredient_id(ingredient),
        "description": f"sha256:{ingredient.sha256}",
    }


def _ingredient_id(ingredient: Ingredient) -> str:
    return f"{ingredient.role}:{ingredient.sha256}"


def _consent(consent: ConsentStatement) -> dict[str, Any]:
    return {
        "schema": 1,
        "case": consent.case,
        "records": [{"id": record.id, "sha256": record.sha256} for record in consent.records],
        "scopes": list(consent.scopes),
        "expires": consent.expires.isoformat(),
    }


def _soft_binding(render_id: int) -> dict[str, Any]:
    value = base64.b64encode(render_id.to_bytes(RENDER_ID_BITS // 8, "big")).decode()
    return {"alg": WATERMARK_ALGORITHM, "blocks": [{"scope": {}, "value": value}]}


def _training_refusal() -> dict[str, Any]:
    return {"entries": {f"cawg.{use}": {"use": "notAllowed"} for use in _REFUSED_USES}}


def _write_signed(source: Path, temporary: Path, media_type: str, signer: Signer, claim: Claim) -> bytes:
    settings = {"verify": {"verify_after_sign": True}, "builder": {"thumbnail": {"enabled": False}}}
    definition = json.dumps(manifest_definition(claim, media_type))
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Signer.from_callback(signer.sign, c2pa.C2paSigningAlg.ES256, signer.chain.decode()) as key,
        c2pa.Builder(definition, context) as builder,
        source.open("rb") as unsigned,
        temporary.open("x+b") as signed,
    ):
        manifest: bytes = builder.sign(key, media_type, unsigned, signed)
        signed.flush()
        os.fsync(signed.fileno())
    return manifest


def _reader_settings(anchors: Sequence[bytes]) -> dict[str, Any]:
    settings: dict[str, Any] = {"verify": {"verify_after_reading": True, "remote_manifest_fetch": False}}
    if anchors:
        settings["trust"] = {"user_anchors": b"\n".join(anchors).decode()}
    return settings


def _report(store: Mapping[str, Any]) -> ManifestReport:
    manifest = store["manifests"].get(store["active_manifest"], {})  # none where a label was damaged
    results = store["validation_results"]["activeManifest"]
    return ManifestReport(
        state=ManifestState(store["validation_state"].lower()),
        reasons=tuple(dict.fromkeys(failure["code"] for failure in results["failure"])),
        render_id=_claimed_render_id(manifest),
        signer=manifest.get("signature_info", {}).get("issuer"),
        ours=any(success["code"] == _TRUSTED for success in results["success"]),
    )


def _claimed_render_id(manifest: Mapping[str, Any]) -> int | None:
    for assertion in manifest.get("assertions", ()):
        data = assertion.get("data")
        if assertion["label"] != SOFT_BINDING_LABEL or not isinstance(data, dict):
            continue
        if data.get("alg") == WATERMARK_ALGORITHM:
            return _decode_render_id(data.get("blocks"))
    return None


def _decode_render_id(blocks: object) -> int | None:
    """Read a binding that anybody may have written; what is no 56-bit id is none."""
    try:
        octets = base64.b64decode(blocks[0]["value"], validate=True)  # type: ignore[index]
    except (TypeError, KeyError, IndexError, ValueError, binascii.Error):
        return None
    return int.from_bytes(octets, "big") if len(octets) == RENDER_ID_BITS // 8 else None


def _holds_manifest_store(path: Path) -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        return octets.find(_MANIFEST_STORE) >= 0


def _parse_failure(error: c2pa.C2paError) -> str:
    """Name a failure before validation the way validation codes look."""
    return f"manifest.unreadable.{type(error).__name__.removeprefix('_C2pa')}"


def _media_type(path: Path) -> str:
    try:
        return MEDIA_TYPES[path.suffix.lower()]
    except KeyError:
        raise UnsignableFormat(suffix=path.suffix, choices=", ".join(MEDIA_TYPES)) from None


def _require(pattern: re.Pattern[str], text: str) -> None:
    if not pattern.fullmatch(text):
        raise NotAnIdentifier(length=len(text))

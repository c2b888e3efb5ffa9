"""The request, and the Clearance that answers it: a capability, not a flag.

A Clearance names exactly what may be rendered (by digest), how, where, until when and on which consent,
and carries the archive's Ed25519 signature over its canonical JSON. Whoever builds one by hand has no
signature; whoever changes one breaks it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self, cast

from consent import canonical
from consent.canonical import Json
from consent.errors import N_, BadValue
from consent.events import timestamp
from consent.inputs import checked_sha256
from consent.keys import Keys
from consent.terms import Channel, Scope

LIFETIME = timedelta(
    minutes=30
)  # an 80 s video renders in well under that; a withdrawn consent need not wait
CLOCK_SKEW = timedelta(minutes=2)
NO_CLAIM = "-"
_DOMAIN = b"presente clearance v1\n"  # a signature over a clearance is one over nothing else


class Purpose(StrEnum):
    """What a clearance is for; one thing only."""

    VIDEO = "video"
    POSTER = "poster"


class Stage(StrEnum):
    """When the gate is asked again."""

    RENDER = "render"
    SIGN = "sign"
    PUBLISH = "publish"


class Person(StrEnum):
    """Who speaks: the portrait itself, or a narrator about them."""

    FIRST = "first"
    THIRD = "third"


@dataclass(frozen=True, slots=True)
class ScriptText:
    """What is said, sentence by sentence, each with the keys of the facts it cites.

    A sentence that states no fact (a greeting, an appeal) cites exactly NO_CLAIM.
    """

    language: str
    person: Person
    sentences: tuple[tuple[str, tuple[str, ...]], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", Person(self.person))
        object.__setattr__(self, "sentences", tuple((text, tuple(keys)) for text, keys in self.sentences))

    def as_json(self) -> dict[str, Json]:
        """The script as JSON."""
        return {
            "language": self.language,
            "person": self.person.value,
            "sentences": [[text, list(keys)] for text, keys in self.sentences],
        }

    @property
    def sha256(self) -> str:
        """Digest of the canonical JSON: another word or another citation is another script."""
        return canonical.digest(self.as_json())


@dataclass(frozen=True, slots=True)
class ClearanceRequest:
    """What somebody wants to make. motion_sha256: None for a poster."""

    case_id: str
    photo_sha256: str
    script: ScriptText
    motion_sha256: str | None
    scopes: frozenset[Scope]
    channels: frozenset[Channel]
    languages: frozenset[str]
    requested_by: str
    purpose: Purpose = Purpose.VIDEO

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", frozenset(map(Scope, self.scopes)))
        object.__setattr__(self, "channels", frozenset(map(Channel, self.channels)))
        object.__setattr__(self, "languages", frozenset(self.languages))
        checked_sha256("photo_sha256", self.photo_sha256)
        if self.motion_sha256 is not None:
            checked_sha256("motion_sha256", self.motion_sha256)
        if (self.motion_sha256 is None) != (self.purpose is Purpose.POSTER):
            raise BadValue(field="motion_sha256", why=N_("a video has a motion and a poster has none"))

    def as_json(self) -> dict[str, Json]:
        """The request as JSON, sets sorted."""
        return {
            "case_id": self.case_id,
            "photo_sha256": self.photo_sha256,
            "script": self.script.as_json(),
            "motion_sha256": self.motion_sha256,
            "scopes": sorted(self.scopes),
            "channels": sorted(self.channels),
            "languages": sorted(self.languages),
            "requested_by": self.requested_by,
            "purpose": self.purpose.value,
        }

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read what `as_json` gave."""
        read = dict(cast(dict[str, Any], value))
        script = read.pop("script")
        return cls(
            script=ScriptText(script["language"], Person(script["person"]), script["sentences"]),
            purpose=Purpose(read.pop("purpose")),
            **read,
        )


@dataclass(frozen=True, slots=True)
class Clearance:
    """Leave to make one thing, once. Tuples are sorted; `signature` is over everything else."""

    nonce: str
    case_id: str
    consent_id: str
    purpose: Purpose
    photo_sha256: str
    script_sha256: str
    motion_sha256: str | None
    scopes: tuple[Scope, ...]
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    requested_by: str
    issued_at: datetime
    expires_at: datetime
    signature: bytes

    def signed_part(self) -> bytes:
        """What the signature covers."""
        return _DOMAIN + canonical.encode(
            {
                "nonce": self.nonce,
                "case_id": self.case_id,
                "consent_id": self.consent_id,
                "purpose": self.purpose,
                "photo_sha256": self.photo_sha256,
                "script_sha256": self.script_sha256,
                "motion_sha256": self.motion_sha256,
                "scopes": list(self.scopes),
                "channels": list(self.channels),
                "languages": list(self.languages),
                "requested_by": self.requested_by,
                "issued_at": timestamp(self.issued_at),
                "expires_at": timestamp(self.expires_at),
            }
        )

    def is_signed_by(self, keys: Keys) -> bool:
        """Whether this archive gave it, exactly as it stands."""
        return keys.signed(self.signature, self.signed_part())


def issue(keys: Keys, request: ClearanceRequest, *, nonce: str, consent_id: str, now: datetime) -> Clearance:
    """Sign a clearance for `request`; only the gate calls this, after it found no reason against."""
    unsigned = Clearance(
        nonce=nonce,
        case_id=request.case_id,
        consent_id=consent_id,
        purpose=request.purpose,
        photo_sha256=request.photo_sha256,
        script_sha256=request.script.sha256,
        motion_sha256=request.motion_sha256,
        scopes=tuple(sorted(request.scopes)),
        channels=tuple(sorted(request.channels)),
        languages=tuple(sorted(request.languages)),
        requested_by=request.requested_by,
        issued_at=now,
        expires_at=now + LIFETIME,
        signature=b"",
    )
    return replace(unsigned, signature=keys.sign(unsigned.signed_part()))

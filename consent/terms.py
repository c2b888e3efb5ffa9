"""What a consent is about: scopes, channels, and the exact photo, words and motion.

Scopes are independent of each other: yes to one is never yes to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from consent import canonical
from consent.canonical import Json
from consent.errors import N_, BadValue
from consent.inputs import checked_sha256, checked_text


class Scope(StrEnum):
    """What may be done with the portrait. VOICE_LIKENESS exists only to be refused."""

    STILL_POSTER = "still_poster"
    HEAD_MOTION = "head_motion"
    LIP_MOVEMENT = "lip_movement"
    FIRST_PERSON = "first_person"
    NARRATION = "narration"
    ALLEGATIONS = "allegations"
    PROJECTION = "projection"
    PRESS = "press"
    PUBLIC_VERIFY = "public_verify"
    VOICE_LIKENESS = "voice_likeness"


class Channel(StrEnum):
    """Where it may be seen."""

    WHATSAPP = "whatsapp"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    X = "x"
    YOUTUBE = "youtube"
    PROJECTION = "projection"
    PRESS = "press"
    LOCAL = "local"


LANGUAGES = frozenset({"es", "en"})
CHANNEL_SCOPES: Mapping[Channel, Scope] = {
    Channel.PROJECTION: Scope.PROJECTION,
    Channel.PRESS: Scope.PRESS,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one consent.

    photo_sha256: of the original file. script_sha256: `consent.gate.ScriptText.sha256`. motion_sha256: of
    the reference video or template, None for a poster. territory: ISO 3166 codes or "world".
    """

    scopes: frozenset[Scope]
    channels: frozenset[Channel]
    languages: frozenset[str]
    photo_sha256: str
    script_sha256: str
    motion_sha256: str | None = None
    purposes: tuple[str, ...] = ("search",)
    territory: tuple[str, ...] = ("world",)

    def __post_init__(self) -> None:
        if not self.scopes or not self.channels or not self.languages:
            raise BadValue(field="terms", why=N_("it is empty"))
        if Scope.VOICE_LIKENESS in self.scopes:
            raise BadValue(field="scopes", why=N_("nobody's voice is imitated, with or without consent"))
        if not self.languages <= LANGUAGES:
            raise BadValue(field="languages", why=N_("it is not a language of this program"))
        checked_sha256("photo_sha256", self.photo_sha256)
        checked_sha256("script_sha256", self.script_sha256)
        if self.motion_sha256 is not None:
            checked_sha256("motion_sha256", self.motion_sha256)
        for word in (*self.purposes, *self.territory):
            checked_text("terms", word, limit=80)

    def as_json(self) -> dict[str, Json]:
        """The terms as JSON, sets sorted."""
        return {
            "scopes": sorted(self.scopes),
            "channels": sorted(self.channels),
            "languages": sorted(self.languages),
            "photo_sha256": self.photo_sha256,
            "script_sha256": self.script_sha256,
            "motion_sha256": self.motion_sha256,
            "purposes": list(self.purposes),
            "territory": list(self.territory),
        }

    @classmethod
    def from_json(cls, text: str) -> Terms:
        """Read what `as_json` gave, in canonical form."""
        value = cast(dict[str, Any], canonical.decode(text.encode()))
        return cls(
            scopes=frozenset(map(Scope, value["scopes"])),
            channels=frozenset(map(Channel, value["channels"])),
            languages=frozenset(value["languages"]),
            photo_sha256=value["photo_sha256"],
            script_sha256=value["script_sha256"],
            motion_sha256=value["motion_sha256"],
            purposes=tuple(value["purposes"]),
            territory=tuple(value["territory"]),
        )

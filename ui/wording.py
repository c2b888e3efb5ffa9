"""The words for what the archive calls by short keys: questions for a family, and the tone of each state.

What the command line says, too, is in `portrait.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping

from consent.cases import ProtectionOrder
from consent.records import Method, State
from consent.terms import Channel, Scope
from portrait import wording
from portrait.errors import N_
from ui.show import DANGER, DONE, STOPS, WAITS, Tone

RELATIONSHIPS, ROLES = wording.RELATIONSHIPS, wording.ROLES
QUESTIONS: Mapping[Scope, str] = {
    Scope.HEAD_MOTION: N_("May the face move?"),
    Scope.LIP_MOVEMENT: N_("May the lips move?"),
    Scope.NARRATION: N_("May a narrator speak about the person?"),
    Scope.FIRST_PERSON: N_("May the portrait speak in the first person?"),
    Scope.ALLEGATIONS: N_("May it say what was reported to the authorities?"),
    Scope.STILL_POSTER: N_("May the photograph be on a poster?"),
    Scope.PUBLIC_VERIFY: N_("May there be a public page that confirms the video is genuine?"),
    Scope.PROJECTION: N_("May it be shown in the street, on a wall or a screen?"),
    Scope.PRESS: N_("May it be given to the press?"),
}
CHANNELS: Mapping[Channel, str] = {
    Channel.WHATSAPP: "WhatsApp",
    Channel.FACEBOOK: "Facebook",
    Channel.INSTAGRAM: "Instagram",
    Channel.TIKTOK: "TikTok",
    Channel.X: "X",
    Channel.YOUTUBE: "YouTube",
    Channel.PROJECTION: N_("In the street"),
    Channel.PRESS: N_("Press"),
    Channel.LOCAL: N_("Only on this computer"),
}
METHODS: Mapping[Method, str] = {
    Method.IN_PERSON: N_("In person"),
    Method.OWN_PHONE: N_("On their own telephone"),
    Method.PAPER: N_("On paper"),
    Method.RECORDED_VOICE: N_("Recorded voice"),
}
_TONES: Mapping[State, Tone] = {
    State.UNKNOWN: WAITS,
    State.REQUESTED: WAITS,
    State.DEFERRED: WAITS,
    State.GIVEN: DONE,
    State.RENEWED_GIVEN: DONE,
    State.REFUSED: STOPS,
    State.WITHDRAWN: STOPS,
    State.EXPIRED: STOPS,
    State.TERMINATED: STOPS,
    State.INVALIDATED: STOPS,
}
CONSENTS: Mapping[State, tuple[str, Tone]] = {
    state: (wording.CONSENTS[state], tone) for state, tone in _TONES.items()
}
ORDERS: Mapping[ProtectionOrder, tuple[str, Tone]] = {
    ProtectionOrder.UNCHECKED: (wording.ORDERS[ProtectionOrder.UNCHECKED], WAITS),
    ProtectionOrder.NONE: (wording.ORDERS[ProtectionOrder.NONE], DONE),
    ProtectionOrder.IN_FORCE: (wording.ORDERS[ProtectionOrder.IN_FORCE], DANGER),
}
FORMATS: Mapping[str, str] = {
    "vertical": N_("Upright, for telephones"),
    "feed": N_("Almost square, for feeds"),
    "wide": N_("Wide, for screens"),
}

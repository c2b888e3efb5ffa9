"""The words for what the archive calls by short keys: questions for a family, relations, states."""

from __future__ import annotations

from collections.abc import Mapping

from consent.accounts import Role
from consent.cases import ProtectionOrder
from consent.records import Method, State
from consent.relatives import Relationship
from consent.terms import Channel, Scope
from portrait.errors import N_
from ui.show import DANGER, DONE, STOPS, WAITS, Tone

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
RELATIONSHIPS: Mapping[Relationship, str] = {
    Relationship.MOTHER: N_("Mother"),
    Relationship.FATHER: N_("Father"),
    Relationship.CHILD: N_("Daughter or son"),
    Relationship.SPOUSE: N_("Wife, husband or partner"),
    Relationship.SIBLING: N_("Sister or brother"),
    Relationship.GRANDPARENT: N_("Grandmother or grandfather"),
    Relationship.GUARDIAN: N_("Guardian"),
    Relationship.LEGAL_REPRESENTATIVE: N_("Legal representative"),
    Relationship.SELF: N_("The missing person themself"),
    Relationship.OTHER: N_("Somebody else"),
    Relationship.PUBLIC_DOMAIN: N_("Nobody: a portrait in the public domain"),
}
METHODS: Mapping[Method, str] = {
    Method.IN_PERSON: N_("In person"),
    Method.OWN_PHONE: N_("On their own telephone"),
    Method.PAPER: N_("On paper"),
    Method.RECORDED_VOICE: N_("Recorded voice"),
}
CONSENTS: Mapping[State, tuple[str, Tone]] = {
    State.UNKNOWN: (N_("Not asked yet"), WAITS),
    State.REQUESTED: (N_("Waits for an answer"), WAITS),
    State.DEFERRED: (N_("Not now"), WAITS),
    State.GIVEN: (N_("They said yes"), DONE),
    State.RENEWED_GIVEN: (N_("They said yes again"), DONE),
    State.REFUSED: (N_("They said no"), STOPS),
    State.WITHDRAWN: (N_("Withdrawn"), STOPS),
    State.EXPIRED: (N_("Ran out"), STOPS),
    State.TERMINATED: (N_("Ended"), STOPS),
    State.INVALIDATED: (N_("Set aside"), STOPS),
}
ORDERS: Mapping[ProtectionOrder, tuple[str, Tone]] = {
    ProtectionOrder.UNCHECKED: (N_("Nobody has asked about protection orders yet"), WAITS),
    ProtectionOrder.NONE: (N_("No protection order in force"), DONE),
    ProtectionOrder.IN_FORCE: (N_("A protection order is in force: do not publish anything"), DANGER),
}
ROLES: Mapping[Role, str] = {
    Role.VOLUNTEER: N_("Volunteer"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.AUDITOR: N_("Auditor"),
    Role.FAMILY: N_("Family"),
    Role.VIEWER: N_("Looks in a relative's place"),
}
FORMATS: Mapping[str, str] = {
    "vertical": N_("Upright, for telephones"),
    "feed": N_("Almost square, for feeds"),
    "wide": N_("Wide, for screens"),
}

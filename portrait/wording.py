"""The words (message ids) for what the archive calls by short keys; for command line and front desk."""

from __future__ import annotations

from collections.abc import Mapping

from consent.accounts import Role
from consent.cases import ProtectionOrder, Status
from consent.records import State
from consent.relatives import Relationship
from consent.terms import Scope
from portrait.errors import N_

CASES: Mapping[Status, str] = {
    Status.OPEN: N_("the case is open"),
    Status.FOUND: N_("the person was found"),
    Status.CLOSED: N_("the case is closed"),
    Status.ERASED: N_("the case was erased"),
}
SCOPES: Mapping[Scope, str] = {
    Scope.STILL_POSTER: N_("poster"),
    Scope.HEAD_MOTION: N_("movement of the head"),
    Scope.LIP_MOVEMENT: N_("movement of the lips"),
    Scope.FIRST_PERSON: N_("words in the first person"),
    Scope.NARRATION: N_("narrator"),
    Scope.ALLEGATIONS: N_("what was reported"),
    Scope.PROJECTION: N_("projection"),
    Scope.PRESS: N_("press"),
    Scope.PUBLIC_VERIFY: N_("public verification"),
    Scope.VOICE_LIKENESS: N_("likeness of the voice"),
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
CONSENTS: Mapping[State, str] = {
    State.UNKNOWN: N_("Not asked yet"),
    State.REQUESTED: N_("Waits for an answer"),
    State.DEFERRED: N_("Not now"),
    State.GIVEN: N_("They said yes"),
    State.RENEWED_GIVEN: N_("They said yes again"),
    State.REFUSED: N_("They said no"),
    State.WITHDRAWN: N_("Withdrawn"),
    State.EXPIRED: N_("Ran out"),
    State.TERMINATED: N_("Ended"),
    State.INVALIDATED: N_("Set aside"),
}
ORDERS: Mapping[ProtectionOrder, str] = {
    ProtectionOrder.UNCHECKED: N_("Nobody has asked about protection orders yet"),
    ProtectionOrder.NONE: N_("No protection order in force"),
    ProtectionOrder.IN_FORCE: N_("A protection order is in force: do not publish anything"),
}
ROLES: Mapping[Role, str] = {
    Role.VOLUNTEER: N_("Volunteer"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.AUDITOR: N_("Auditor"),
    Role.FAMILY: N_("Family"),
    Role.VIEWER: N_("Looks in a relative's place"),
}

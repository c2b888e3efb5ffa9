"""The closed catalogue of what the log can say, and the form in which it says it.

An entry is canonical JSON with exactly these members:

    v           1
    index       place in the log, from 0
    at          UTC, ISO 8601 with microseconds
    event       a member of `Event`
    actor       the handle of who did it
    case        the case's random identifier, or null
    data        exactly the fields that CATALOGUE names for the event: identifiers, states, digests
    commitment  HMAC-SHA-256 over [index, what else was recorded] keyed with the case's salt, or null

Nothing personal goes into `data`: a value is an identifier-like word, a number or a list of such words.
What is personal stays sealed in the case, and the commitment shows later that it was this and
nothing else. After erasure nobody can open the commitment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from consent.canonical import Json

VERSION = 1
MEMBERS = frozenset({"v", "index", "at", "event", "actor", "case", "data", "commitment"})
_WORD = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_HEX32 = re.compile(r"[0-9a-f]{64}")


class Event(StrEnum):
    """Everything that can be logged."""

    ARCHIVE_CREATED = "archive-created"
    ACCOUNT_CREATED = "account-created"
    ACCOUNT_REVOKED = "account-revoked"
    LOG_IN_REFUSED = "log-in-refused"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an event
    TOTP_ENROLLED = "totp-enrolled"
    RECOVERY_CODE_USED = "recovery-code-used"
    SESSION_OPENED = "session-opened"
    SESSION_ENDED = "session-ended"
    SESSION_REFUSED = "session-refused"
    RECOVERY_BEGUN = "recovery-begun"
    RECOVERY_APPROVED = "recovery-approved"
    RECOVERY_CANCELLED = "recovery-cancelled"
    RECOVERY_DONE = "recovery-done"
    LINK_ISSUED = "link-issued"
    LINK_REDEEMED = "link-redeemed"
    LINK_REFUSED = "link-refused"
    LINK_REVOKED = "link-revoked"
    NOTICE_READ = "notice-read"
    VIEWER_NAMED = "viewer-named"
    VIEWER_WITHDRAWN = "viewer-withdrawn"
    CASE_OPENED = "case-opened"
    CASE_FROZEN = "case-frozen"
    CASE_ERASED = "case-erased"
    PROTECTION_ORDER_CHECKED = "protection-order-checked"
    MINOR_APPROVED = "minor-approved"
    PUBLIC_FIGURE_DECLARED = "public-figure-declared"
    PUBLIC_FIGURE_LIFTED = "public-figure-lifted"
    FACT_ADDED = "fact-added"
    RELATIVE_ADDED = "relative-added"
    CONTACT_ADDED = "contact-added"
    VERIFIED = "verified"
    EVIDENCE_STORED = "evidence-stored"
    EVIDENCE_READ = "evidence-read"
    CONSENT_STEP = "consent-step"
    CONSENT_PAUSED = "consent-paused"
    CONSENT_RELEASED = "consent-released"
    CONSENT_ERASED = "consent-erased"
    OBJECTION_RAISED = "objection-raised"
    OBJECTION_SETTLED = "objection-settled"
    CLEARANCE_GIVEN = "clearance-given"
    CLEARANCE_REFUSED = "clearance-refused"
    CLEARANCE_CONFIRMED = "clearance-confirmed"
    CLEARANCE_DENIED = "clearance-denied"
    RENDER_OPENED = "render-opened"
    RENDER_FAILED = "render-failed"
    RENDER_PUBLISHED = "render-published"
    RENDER_WITHDRAWN = "render-withdrawn"
    RENDER_INACTIVE = "render-inactive"
    TAKEDOWN_DONE = "takedown-done"
    LOG_EXPORTED = "log-exported"
    CHECKPOINT_ISSUED = "checkpoint-issued"
    MASTER_KEY_CHANGED = "master-key-changed"
    RECOVERY_KEY_SHOWN = "recovery-key-shown"
    BACKUP_MADE = "backup-made"
    ARCHIVE_RESTORED = "archive-restored"


CATALOGUE: Mapping[Event, frozenset[str]] = {
    event: frozenset(fields.split())
    for event, fields in {
        Event.ARCHIVE_CREATED: "archive",
        Event.ACCOUNT_CREATED: "account role",
        Event.ACCOUNT_REVOKED: "account",
        Event.LOG_IN_REFUSED: "account failures",
        Event.PASSWORD_CHANGED: "account",
        Event.TOTP_ENROLLED: "account",
        Event.RECOVERY_CODE_USED: "account left",
        Event.SESSION_OPENED: "session",
        Event.SESSION_ENDED: "session why",
        Event.SESSION_REFUSED: "session why",
        Event.RECOVERY_BEGUN: "account recovery",
        Event.RECOVERY_APPROVED: "account recovery",
        Event.RECOVERY_CANCELLED: "account recovery",
        Event.RECOVERY_DONE: "account recovery",
        Event.LINK_ISSUED: "link consent",
        Event.LINK_REDEEMED: "link",
        Event.LINK_REFUSED: "link why",
        Event.LINK_REVOKED: "link",
        Event.NOTICE_READ: "consent",
        Event.VIEWER_NAMED: "relative viewer",
        Event.VIEWER_WITHDRAWN: "relative viewer",
        Event.CASE_OPENED: "kind",
        Event.CASE_FROZEN: "",
        Event.CASE_ERASED: "",
        Event.PROTECTION_ORDER_CHECKED: "",
        Event.MINOR_APPROVED: "",
        Event.PUBLIC_FIGURE_DECLARED: "",
        Event.PUBLIC_FIGURE_LIFTED: "",
        Event.FACT_ADDED: "fact",
        Event.RELATIVE_ADDED: "relative",
        Event.CONTACT_ADDED: "contact",
        Event.VERIFIED: "kind target",
        Event.EVIDENCE_STORED: "evidence kind",
        Event.EVIDENCE_READ: "evidence",
        Event.CONSENT_STEP: "consent state",
        Event.CONSENT_PAUSED: "consent",
        Event.CONSENT_RELEASED: "consent",
        Event.CONSENT_ERASED: "consent",
        Event.OBJECTION_RAISED: "objection",
        Event.OBJECTION_SETTLED: "objection outcome",
        Event.CLEARANCE_GIVEN: "clearance consent",
        Event.CLEARANCE_REFUSED: "codes",
        Event.CLEARANCE_CONFIRMED: "clearance stage",
        Event.CLEARANCE_DENIED: "clearance stage codes",
        Event.RENDER_OPENED: "render clearance",
        Event.RENDER_FAILED: "render",
        Event.RENDER_PUBLISHED: "render sha256",
        Event.RENDER_WITHDRAWN: "render",
        Event.RENDER_INACTIVE: "render",
        Event.TAKEDOWN_DONE: "render channel",
        Event.LOG_EXPORTED: "",
        Event.CHECKPOINT_ISSUED: "",
        Event.MASTER_KEY_CHANGED: "",
        Event.RECOVERY_KEY_SHOWN: "",
        Event.BACKUP_MADE: "backup",
        Event.ARCHIVE_RESTORED: "backup",
    }.items()
}


def timestamp(moment: datetime) -> str:
    """UTC with microseconds: "2026-11-22T14:31:00.000000Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_body(
    index: int,
    at: datetime,
    event: Event,
    *,
    actor: str,
    case_id: str | None,
    data: Mapping[str, Json],
    commitment: str | None,
) -> dict[str, Json]:
    """Return an entry; raises ValueError when the catalogue does not know it."""
    body: dict[str, Json] = {
        "v": VERSION,
        "index": index,
        "at": timestamp(at),
        "event": event.value,
        "actor": actor,
        "case": case_id,
        "data": dict(data),
        "commitment": commitment,
    }
    fault = fault_of(body, index)
    if fault:
        raise ValueError(fault)
    return body


def fault_of(body: Json, index: int) -> str | None:
    """Say what is wrong with an entry at place `index`, in English for auditors; None when it is sound."""
    if not isinstance(body, Mapping) or frozenset(body) != MEMBERS or body["v"] != VERSION:
        return "not an entry"
    if body["index"] != index:
        return f"says it is number {body['index']}"
    return _fault_of_frame(body) or _fault_of_data(body)


def _fault_of_frame(body: Mapping[str, Json]) -> str | None:
    try:
        datetime.strptime(str(body["at"]), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return "has no time"
    if not _is_word(body["actor"]) or not (body["case"] is None or _is_word(body["case"])):
        return "actor or case is no identifier"
    commitment = body["commitment"]
    if commitment is not None and not (isinstance(commitment, str) and _HEX32.fullmatch(commitment)):
        return "commitment is no digest"
    return None


def _fault_of_data(body: Mapping[str, Json]) -> str | None:
    name, data = body["event"], body["data"]
    if name not in set(Event):
        return "event outside the catalogue"
    if not isinstance(data, Mapping) or frozenset(data) != CATALOGUE[Event(str(name))]:
        return "fields outside the catalogue"
    for value in data.values():
        words = value if isinstance(value, list | tuple) else [value]
        if not all(_is_word(word) or type(word) is int for word in words):
            return "a value that is neither identifier nor number"
    return None


def _is_word(value: Json) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None

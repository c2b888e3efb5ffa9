"""The consent receipt: a record in the shape of ISO/IEC TS 27560:2023, as JSON for the person who gave it.

The standard's four sections are the members here: the record's header, the processing it is about, the
parties, and the events of its life. What it leaves to a profile (scopes, channels, bound digests) stands
under `processing`. The receipt names the relative, whose it is; the people of the archive appear by handle.
It says nothing about a pause (see `consent.pauses`): somebody else may be reading over their shoulder.
`schemas/receipt-1.json` is its JSON Schema; `consent.receipt_pdf` prints it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import accounts, canonical, cases, records
from consent.accounts import Action
from consent.archive import Archive, case_key_of
from consent.canonical import Json
from consent.cases import Case
from consent.errors import NoSuch
from consent.events import timestamp
from consent.models import NoticeRow
from consent.people_rows import ViewerRow
from consent.records import Consent
from consent.relatives import GUARDIANS, Relationship, Relative
from consent.relatives import load as load_relatives
from consent.terms import Terms

SCHEMA = "presente-consent-receipt-1"
SCHEMA_FILE = Path(__file__).parent / "schemas" / "receipt-1.json"
WITHDRAWAL: Mapping[str, str] = {
    "es": "En cualquier momento, sin dar razones, con cualquier persona del equipo. Desde entonces no se "
    "hacen más videos, los que haya se marcan como retirados y pedimos que se bajen.",
    "en": "At any time, without giving reasons, with anybody of the team. From then on no more videos are "
    "made, those that exist are marked as withdrawn, and we ask for them to be taken down.",
}


def receipt(archive: Archive, consent_id: str, *, actor: str) -> dict[str, Json]:
    """Return the receipt of a consent record; raises NotPermitted, NoSuch, Erased."""
    with archive.reading() as session:
        consent = records.load_one(session, consent_id)
        accounts.permit_in(session, actor, Action.READ_CASE, consent.case_id)
        key = case_key_of(session, archive.vault, consent.case_id)
        (grantor,) = (one for one in load_relatives(session, key) if one.id == consent.relative_id)
        shown = _notice(session, consent)
        case = cases.load(session, key, archive.clock().date())
        viewers = _viewers(session, grantor)
    return {
        "header": {"schema_version": SCHEMA, "record_id": consent.id, "pii_principal_id": consent.case_id},
        "processing": _processing(consent, shown),
        "parties": {
            "controller": archive.id,
            "grantor": _grantor(grantor, case),
            "child": _child(case),
            "viewers": list(viewers),
            "collected_by": consent.collected_by,
            "verified_by": list(consent.verified_by),
            "proof": consent.proof_id,
        },
        "events": [
            {"event_state": step.state.value, "event_time": timestamp(step.at), "entity_id": step.actor}
            for step in consent.steps
        ],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every receipt follows."""
    return cast(dict[str, Any], json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def terms_of(receipt: Mapping[str, Any]) -> Terms:
    """The terms a receipt tells of, as the record holds them; raises BadValue."""
    processing = receipt["processing"]
    names = Terms.__dataclass_fields__
    return Terms.from_json(canonical.encode({name: processing[name] for name in names}).decode())


def _processing(consent: Consent, shown: NoticeRow) -> dict[str, Json]:
    return {
        **consent.terms.as_json(),
        "lawful_basis": "consent",
        "collection_method": consent.method.value,
        "privacy_notice": {
            "sha256": shown.sha256,
            "version": shown.version,
            "language": shown.language,
        },
        "valid_until": timestamp(consent.expires_at),
        "erased_by": timestamp(consent.erase_at),
        "withdrawal_method": WITHDRAWAL[shown.language],
    }


def _grantor(grantor: Relative, case: Case) -> dict[str, Json]:
    return {
        "name": grantor.name,
        "relationship": grantor.relationship.value,
        "acts_as": _capacity(grantor.relationship, case),
        "proof": grantor.proof_id,
        "verified_by": list(grantor.verified_by),
    }


def _capacity(relationship: Relationship, case: Case) -> str:
    """In whose right the grantor speaks: their own, the law's, a guardian's or a relative's."""
    if relationship is Relationship.SELF:
        return "principal"
    if relationship is Relationship.LEGAL_REPRESENTATIVE:
        return "legal-representative"
    guards = relationship is Relationship.GUARDIAN or (case.minor and relationship in GUARDIANS)
    return "guardian" if guards else "relative"


def _child(case: Case) -> dict[str, Json] | None:
    if not case.minor:
        return None
    opinion = None if case.child_opinion is None else case.child_opinion.value
    return {"opinion": opinion, "approved_by": case.minor_approved_by}


def _viewers(session: Session, grantor: Relative) -> tuple[str, ...]:
    query = select(ViewerRow.handle).where(
        ViewerRow.relative_id == grantor.id, ViewerRow.withdrawn_at.is_(None)
    )
    return tuple(session.execute(query.order_by(ViewerRow.named_at, ViewerRow.handle)).scalars())


def _notice(session: Session, consent: Consent) -> NoticeRow:
    row = session.get(NoticeRow, consent.notice_sha256)
    if row is None:
        raise NoSuch(kind="notice", name=consent.notice_sha256)
    return row

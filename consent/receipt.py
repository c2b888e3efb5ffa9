"""The consent receipt: a record in the shape of ISO/IEC TS 27560:2023, as JSON for the person who gave it.

The standard's four sections are the members here: the record's header, the processing it is about, the
parties, and the events of its life. What it leaves to a profile (scopes, channels, bound digests) stands
under `processing`. The receipt names the relative, whose it is; the people of the archive appear by handle.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from consent import accounts, records
from consent.accounts import Action
from consent.archive import Archive, case_key_of
from consent.canonical import Json
from consent.errors import NoSuch
from consent.events import timestamp
from consent.models import NoticeRow
from consent.records import Consent
from consent.relatives import Relative
from consent.relatives import load as load_relatives

SCHEMA = "presente-consent-receipt-1"
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
    return {
        "header": {"schema_version": SCHEMA, "record_id": consent.id, "pii_principal_id": consent.case_id},
        "processing": _processing(consent, shown),
        "parties": _parties(archive.id, consent, grantor),
        "events": [
            {"event_state": step.state.value, "event_time": timestamp(step.at), "entity_id": step.actor}
            for step in consent.steps
        ],
    }


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


def _parties(archive_id: str, consent: Consent, grantor: Relative) -> dict[str, Json]:
    return {
        "controller": archive_id,
        "grantor": {
            "name": grantor.name,
            "relationship": grantor.relationship.value,
            "proof": grantor.proof_id,
            "verified_by": list(grantor.verified_by),
        },
        "collected_by": consent.collected_by,
        "verified_by": list(consent.verified_by),
        "proof": consent.proof_id,
    }


def _notice(session: Session, consent: Consent) -> NoticeRow:
    row = session.get(NoticeRow, consent.notice_sha256)
    if row is None:
        raise NoSuch(kind="notice", name=consent.notice_sha256)
    return row

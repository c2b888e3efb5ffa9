"""Everything the guard looks at, read in one transaction and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consent import accounts, cases, contacts, evidence, facts, notice, records, relatives
from consent.accounts import Account
from consent.cases import Case
from consent.clearance import ClearanceRequest
from consent.contacts import ContactLine
from consent.facts import Fact
from consent.notice import Standing
from consent.records import Consent
from consent.relatives import Objection, Relative
from consent.vault import CaseKey


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case as it stands at `now`, beside what is asked for.

    photos: SHA-256 digests. notices: by the digest a consent names, whether answers given on it hold.
    """

    now: datetime
    request: ClearanceRequest
    requester: Account | None
    case: Case
    facts: Mapping[str, Fact]
    photos: frozenset[str]
    relatives: Mapping[str, Relative]
    objections: tuple[Objection, ...]
    consents: tuple[Consent, ...]
    contacts: tuple[ContactLine, ...]
    notices: Mapping[str, Standing]


def compile_dossier(session: Session, key: CaseKey, request: ClearanceRequest, now: datetime) -> Dossier:
    """Read the case that `key` opens."""
    consents = records.load(session, key.case_id)
    return Dossier(
        now=now,
        request=request,
        requester=accounts.look_up(session, request.requested_by),
        case=cases.load(session, key, now.date()),
        facts={fact.key: fact for fact in facts.load(session, key)},
        photos=evidence.photo_digests(session, key.case_id),
        relatives={relative.id: relative for relative in relatives.load(session, key)},
        objections=relatives.load_objections(session, key),
        consents=consents,
        contacts=contacts.load(session, now.date()),
        notices={shown: notice.standing_of(session, shown) for shown in {c.notice_sha256 for c in consents}},
    )

"""Four eyes: what counts was looked at by two people, neither of whom brought it in."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.archive import Work
from consent.errors import FourEyes
from consent.events import Event
from consent.models import VerificationRow

NEEDED = 2


class Kind(StrEnum):
    """What can be verified."""

    FACT = "fact"
    RELATIVE = "relative"
    CONTACT = "contact"
    CONSENT = "consent"


def add_verification(
    work: Work, kind: Kind, target: str, *, brought_by: str, actor: str, case_id: str | None
) -> tuple[str, ...]:
    """Record that `actor` verified `target`; return all verifiers. Raises FourEyes."""
    already = verifiers(work.session, kind, target)
    if actor == brought_by or actor in already:
        raise FourEyes(actor=actor)
    work.session.add(VerificationRow(kind=kind.value, target=target, verifier=actor, at=work.now))
    work.session.flush()
    work.log(Event.VERIFIED, actor=actor, case_id=case_id, kind=kind.value, target=target)
    return verifiers(work.session, kind, target)


def verifiers(session: Session, kind: Kind, target: str) -> tuple[str, ...]:
    """Who verified `target`, in order of time."""
    query = select(VerificationRow.verifier).where(
        VerificationRow.kind == kind.value, VerificationRow.target == target
    )
    return tuple(session.execute(query.order_by(VerificationRow.at, VerificationRow.verifier)).scalars())


def is_verified(verified_by: tuple[str, ...]) -> bool:
    """Whether enough people verified."""
    return len(verified_by) >= NEEDED

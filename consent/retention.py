"""What the family was promised about time: consents run out, and what they handed over is erased.

`erase_at` is a date of the record. When it passes, the proof of that consent is taken out of the vault;
once it has passed for every consent of a case, nobody's word holds the case any longer and its key is
destroyed. A backup still opens with the case's key until then, and with nothing afterwards.
"""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from consent import cases
from consent.archive import ERASED, SYSTEM, Archive, Work
from consent.events import Event
from consent.models import CaseRow, ConsentRow, EvidenceRow
from consent.records import TRANSITIONS, VALID, State, take_step


def expire_due(archive: Archive) -> int:
    """Record the consents that have run out and stop their renders; return how many."""
    due = select(ConsentRow).where(ConsentRow.state.in_(VALID))
    with archive.writing() as work:
        rows = work.session.execute(due.where(ConsentRow.expires_at <= work.now)).scalars().all()
        for row in rows:
            take_step(work, row, State.EXPIRED, SYSTEM)
        return len(rows)


def erase_due(archive: Archive) -> int:
    """Erase what belongs to the consents whose `erase_at` has passed; return how many there were.

    May be asked again after a crash: it finishes what was decided.
    """
    with archive.writing() as work:
        rows = work.session.execute(
            select(ConsentRow).where(ConsentRow.erase_at <= work.now, ConsentRow.erased_at.is_(None))
        ).scalars()
        due = rows.all()
        for row in due:
            _erase(work, row)
        work.session.flush()
        over = [case_id for case_id in sorted({row.case_id for row in due}) if _nothing_holds(work, case_id)]
        for case_id in over:
            cases.erase_in(work, case_id, actor=SYSTEM)
    for case_id in over:
        archive.vault.shred(case_id)
    _sweep(archive)
    return len(due)


def enforce(archive: Archive) -> None:
    """Do what is due; reads first, and writes nothing where nothing is."""
    with archive.reading() as session:
        now = archive.clock()
        runs_out = and_(ConsentRow.state.in_(VALID), ConsentRow.expires_at <= now)
        goes = and_(ConsentRow.erased_at.is_(None), ConsentRow.erase_at <= now)
        due = session.execute(select(ConsentRow.id).where(or_(runs_out, goes)).limit(1)).first()
    if due is not None:
        expire_due(archive)
        erase_due(archive)


def _erase(work: Work, row: ConsentRow) -> None:
    """End a consent and forget its proof."""
    state = State(row.state)
    if TRANSITIONS[state]:
        ends = TRANSITIONS[state]
        take_step(work, row, State.TERMINATED if State.TERMINATED in ends else State.INVALIDATED, SYSTEM)
    row.erased_at = work.now
    proof = None if row.proof_id is None else work.session.get(EvidenceRow, row.proof_id)
    if proof is not None:
        proof.sha256 = None
    work.log(Event.CONSENT_ERASED, actor=SYSTEM, case_id=row.case_id, consent=row.id)


def _nothing_holds(work: Work, case_id: str) -> bool:
    """Whether every consent of a case is erased, and the case is not."""
    living = select(ConsentRow.id).where(ConsentRow.case_id == case_id, ConsentRow.erased_at.is_(None))
    case = work.session.get_one(CaseRow, case_id)
    return case.status != ERASED and work.session.execute(living.limit(1)).first() is None


def _sweep(archive: Archive) -> None:
    """Take out of the vault what no digest points at any more."""
    query = select(EvidenceRow.case_id, EvidenceRow.id).where(EvidenceRow.sha256.is_(None))
    with archive.reading() as session:
        forgotten = session.execute(query).all()
    for case_id, evidence_id in forgotten:
        archive.vault.discard(case_id, evidence_id)

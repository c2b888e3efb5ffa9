"""A table that says something else than the log is caught, and the record is named."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import text

from consent import accounts, audit, cases, gate, records, registry, relatives
from consent.archive import Archive
from consent.relatives import Outcome
from consent.terms import Channel
from tests.consent.story import COORDINATOR, THIRD, VOLUNTEER, Story, new_relative, tell


@pytest.fixture
def story(archive: Archive) -> Story:
    """A life with everything the log can say about records: two renders, an objection, a withdrawal."""
    told = tell(archive)
    clearance = gate.clear(archive, told.request())
    render = registry.open_render(archive, clearance)
    digest = sha256(b"a film").hexdigest()
    registry.publish(archive, render.render_id, sha256=digest, manifest=b"manifest", clearance=clearance)
    registry.fail(archive, registry.open_render(archive, gate.clear(archive, told.request())).render_id)
    sister = new_relative(archive, told.case_id)
    objection = relatives.object_to(archive, told.case_id, sister, "no", actor=VOLUNTEER)
    relatives.settle_objection(
        archive, told.case_id, objection.id, Outcome.UPHELD, reason="hablamos", actor=COORDINATOR
    )
    records.withdraw(archive, told.consent_id, actor=VOLUNTEER)
    registry.settle_takedown(archive, render.render_id, Channel.FACEBOOK, actor=VOLUNTEER)
    accounts.revoke(archive, THIRD, actor=COORDINATOR)
    return told


CHANGES = {
    "UPDATE accounts SET role = 'coordinator' WHERE handle = 'vol-uno'": "account vol-uno",
    "UPDATE accounts SET revoked_at = NULL WHERE handle = 'vol-tres'": "account vol-tres",
    "UPDATE cases SET status = 'found'": "case ",
    "UPDATE cases SET kind = 'demonstration'": "case ",
    "UPDATE consents SET state = 'given'": "consent ",
    "UPDATE consent_events SET actor = 'vol-dos' WHERE step = 2": "consent ",
    "UPDATE consent_events SET at = '2020-01-01 00:00:00' WHERE step = 2": "consent ",
    "DELETE FROM consent_events WHERE step = 3": "consent ",
    "UPDATE objections SET outcome = 'dismissed'": "objection ",
    "UPDATE renders SET state = 'published' WHERE sha256 IS NOT NULL": "render ",
    "UPDATE renders SET sha256 = 'abab' WHERE sha256 IS NOT NULL": "render ",
    "UPDATE renders SET state = 'rendering' WHERE sha256 IS NULL": "render ",
    "UPDATE clearances SET render_id = NULL WHERE render_id IS NOT NULL": "clearance ",
    "DELETE FROM verifications WHERE verifier = 'vol-dos' AND kind = 'consent'": "verification consent/",
    "UPDATE verifications SET verifier = 'vol-uno' WHERE verifier = 'vol-dos'": "verification ",
    "INSERT INTO verifications VALUES ('fact', 'fact-x', 'vol-uno', '2026-01-01 00:00:00')": (
        "verification fact/fact-x/vol-uno"
    ),
    "UPDATE takedowns SET done_by = 'vol-dos' WHERE done_by IS NOT NULL": "takedown ",
    "DELETE FROM facts WHERE key = 'folio'": "fact ",
}


def test_every_kind_of_record_is_compared(archive: Archive, story: Story) -> None:
    assert audit.verify(archive).sound
    for statement, record in CHANGES.items():
        with archive.reading() as session:  # which ends without a commit, and so does the change
            session.execute(text(statement))
            assert verified_in(archive, session).startswith(record), statement
    assert audit.verify(archive).sound


def verified_in(archive: Archive, session: object) -> str:
    report = audit.verify_in(archive, session)
    assert report.fault is not None
    return report.fault.record


def test_a_frozen_and_an_erased_case_agree(archive: Archive) -> None:
    story = tell(archive)
    cases.mark_found(archive, story.case_id, actor=VOLUNTEER)
    assert audit.verify(archive).sound
    cases.erase(archive, story.case_id, actor=COORDINATOR)
    assert audit.verify(archive).sound
    with archive.writing() as work:
        work.session.execute(text("UPDATE cases SET status = 'open'"))
    assert audit.verify(archive).fault.record == f"case {story.case_id}"

"""Viewers: somebody looks in a relative's place, at one case, and does nothing else."""

from __future__ import annotations

import pytest

from consent import accounts, audit, cases, evidence, facts, records, recovery, sessions, viewers
from consent.accounts import Action, Role
from consent.archive import Archive
from consent.errors import AlreadyThere, BadValue, Erased, NoSuch, NotPermitted, SessionEnded, WrongState
from consent.evidence import EvidenceKind
from tests.consent.story import COORDINATOR, PHOTO, SECOND, VOLUNTEER, Story, tell
from tests.consent.test_accounts import PASSWORD, another_case, entries

VIEWER = "mira-uno"


@pytest.fixture
def story(archive: Archive) -> Story:
    return tell(archive)


def named(story: Story, handle: str = VIEWER) -> viewers.Viewer:
    return viewers.name(
        story.archive, story.case_id, story.relative_id, handle, password=PASSWORD, actor=VOLUNTEER
    )


def may_look(story: Story, case_id: str) -> bool:
    with story.archive.reading() as session:
        account = accounts.find_in(session, VIEWER)
        return account.may(Action.LOOK, case_id)


def photo_of(story: Story) -> str:
    held = evidence.list_evidence(story.archive, story.case_id, actor=VOLUNTEER)
    return next(item.id for item in held if item.kind is EvidenceKind.PHOTO)


def test_a_viewer_looks_at_one_case_and_does_nothing_else(story: Story) -> None:
    viewer = named(story)
    assert viewers.list_viewers(story.archive, story.case_id, actor=SECOND) == (viewer,)
    assert may_look(story, story.case_id)
    assert not may_look(story, another_case(story.archive))
    assert evidence.read(story.archive, photo_of(story), actor=VIEWER) == PHOTO
    for forbidden in (
        lambda a: facts.list_facts(a, story.case_id, actor=VIEWER),
        lambda a: records.withdraw(a, story.consent_id, actor=VIEWER),
        lambda a: viewers.name(
            a, story.case_id, story.relative_id, "mira-dos", password=PASSWORD, actor=VIEWER
        ),
        lambda a: viewers.withdraw(a, VIEWER, actor=VIEWER),
    ):
        with pytest.raises(NotPermitted):
            forbidden(story.archive)
    assert entries(story.archive, "viewer-named")[0]["data"] == {
        "relative": story.relative_id,
        "viewer": VIEWER,
    }


def test_papers_of_the_case_are_not_for_looking_at(story: Story) -> None:
    named(story)
    paper = evidence.store(
        story.archive,
        story.case_id,
        EvidenceKind.RELATIONSHIP,
        b"a birth certificate",
        media_type="text/plain",
        actor=VOLUNTEER,
    )
    with pytest.raises(NotPermitted):
        evidence.read(story.archive, paper.id, actor=VIEWER)


def test_the_grant_is_taken_back_at_once(story: Story) -> None:
    named(story)
    token, _ = sessions.open(story.archive, VIEWER, PASSWORD)
    assert viewers.withdraw(story.archive, VIEWER, actor=SECOND).withdrawn_at is not None
    assert not may_look(story, story.case_id)
    with pytest.raises(SessionEnded):
        sessions.resume(story.archive, token)
    with pytest.raises(NotPermitted):
        evidence.read(story.archive, photo_of(story), actor=VIEWER)
    with pytest.raises(WrongState):
        viewers.withdraw(story.archive, VIEWER, actor=SECOND)
    assert audit.verify(story.archive).sound


def test_the_grant_is_taken_back_after_the_account_was_closed(story: Story) -> None:
    named(story)
    accounts.revoke(story.archive, VIEWER, actor=COORDINATOR)
    assert viewers.withdraw(story.archive, VIEWER, actor=SECOND).withdrawn_at is not None


def test_a_viewer_may_be_let_back_in_as_anybody(story: Story) -> None:
    named(story)
    accounts.create(story.archive, "coord-dos", Role.COORDINATOR, actor=COORDINATOR)
    recovery.begin(story.archive, VIEWER, actor=COORDINATOR)
    token = recovery.approve(story.archive, VIEWER, actor="coord-dos")
    assert recovery.finish(story.archive, token, "otra frase muy larga") == VIEWER


def test_who_is_named_and_by_whom(story: Story) -> None:
    archive, case_id, relative_id = story.archive, story.case_id, story.relative_id
    accounts.create(archive, "auditora", Role.AUDITOR, actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        viewers.name(archive, case_id, relative_id, VIEWER, password=PASSWORD, actor="auditora")
    with pytest.raises(NoSuch):
        viewers.name(archive, case_id, "relative-none", VIEWER, password=PASSWORD, actor=VOLUNTEER)
    with pytest.raises(NoSuch):
        viewers.name(archive, another_case(archive), relative_id, VIEWER, password=PASSWORD, actor=VOLUNTEER)
    for handle in ("Tía Ejemplo", "<b>x</b>", "'; DROP TABLE accounts", "x" * 5_000_000):
        with pytest.raises(BadValue):
            named(story, handle)
    with pytest.raises(BadValue):
        viewers.name(archive, case_id, relative_id, VIEWER, password="corta", actor=VOLUNTEER)
    with pytest.raises(AlreadyThere):
        named(story, SECOND)
    for nothing in ("mira-nadie", "\0", "' OR 1=1 --"):
        with pytest.raises(NoSuch):
            viewers.withdraw(archive, nothing, actor=VOLUNTEER)
    cases.erase(archive, case_id, actor=COORDINATOR)
    with pytest.raises(Erased):
        named(story)


def test_a_relative_names_their_own_viewer(story: Story, archive: Archive) -> None:
    accounts.create(archive, "familia-uno", Role.FAMILY, actor=COORDINATOR, case_id=story.case_id)
    viewer = viewers.name(
        archive, story.case_id, story.relative_id, VIEWER, password=PASSWORD, actor="familia-uno"
    )
    assert viewer.named_by == "familia-uno"
    assert viewers.withdraw(archive, VIEWER, actor="familia-uno").withdrawn_at is not None

"""One-time links: a relative alone with their own telephone, and with nothing but their own question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from consent import accounts, audit, cases, links, lockout, own_phone, records, sessions
from consent.archive import Archive
from consent.errors import (
    BadValue,
    Erased,
    LinkRefused,
    LogInRefused,
    NoSuch,
    NotPermitted,
    SessionEnded,
    TooSoon,
    WrongState,
)
from consent.links import EVERYTHING, Link, Purpose
from consent.people_rows import LinkRow
from consent.records import State
from tests.consent.story import (
    COORDINATOR,
    SECOND,
    VOLUNTEER,
    Clock,
    Story,
    ask,
    new_relative,
    tell,
)
from tests.consent.test_accounts import PASSWORD, another_case, entries

HERE = "203.0.113.7"


@pytest.fixture
def story(archive: Archive) -> Story:
    """A relative who was asked and has not answered."""
    told = tell(archive)
    relative_id = new_relative(archive, told.case_id)
    return Story(archive, told.case_id, relative_id, ask(archive, told.case_id, relative_id).id)


def issue(story: Story, *purposes: Purpose, hours: int = 24) -> tuple[str, Link]:
    return links.issue(
        story.archive,
        story.case_id,
        story.relative_id,
        story.consent_id,
        purposes or EVERYTHING,
        hours=hours,
        actor=VOLUNTEER,
    )


def enter(story: Story, *purposes: Purpose) -> str:
    return links.redeem(story.archive, issue(story, *purposes)[0], client=HERE)[0]


def is_refused(story: Story, token: str) -> None:
    with pytest.raises(LinkRefused):
        links.redeem(story.archive, token, client=HERE)


# ── opening it ────────────────────────────────────────────────────────────────────────────────────
def test_a_relative_reads_answers_and_takes_it_back_alone(story: Story) -> None:
    token = enter(story)
    question = own_phone.read(story.archive, token)
    assert question.consent.id == story.consent_id
    assert question.language == "es"
    assert question.notice.startswith("version: ")
    assert question.purposes == EVERYTHING
    given = own_phone.give(story.archive, token)
    assert given.state is State.GIVEN
    assert given.steps[-1].actor == story.relative_id
    assert own_phone.withdraw(story.archive, token).state is State.WITHDRAWN
    objection = own_phone.object_to(story.archive, token, "No queremos que hable.")
    assert objection.relative_id == story.relative_id
    acted = [entry["event"] for entry in entries(story.archive) if entry["actor"] == story.relative_id]
    assert acted == [
        "link-redeemed",
        "session-opened",
        "notice-read",
        "consent-step",
        "consent-step",
        "objection-raised",
    ]
    assert audit.verify(story.archive).sound


@pytest.mark.parametrize(("answer", "state"), [(own_phone.refuse, "Refused"), (own_phone.defer, "Deferred")])
def test_no_and_not_now_are_answers(story: Story, answer: Callable[..., records.Consent], state: str) -> None:
    assert answer(story.archive, enter(story)).state == state


def test_a_link_opens_once(story: Story) -> None:
    token, link = issue(story)
    links.redeem(story.archive, token, client=HERE)
    is_refused(story, token)
    assert entries(story.archive, "link-refused")[-1]["data"] == {"link": link.id, "why": "used"}


def test_a_link_runs_out(story: Story, clock: Clock) -> None:
    first, second = issue(story, hours=2)[0], issue(story, hours=2)[0]
    clock.forward(hours=2, seconds=-1)
    links.redeem(story.archive, first, client=HERE)
    clock.forward(seconds=1)
    is_refused(story, second)
    clock.forward(hours=-3)
    is_refused(story, second)
    assert [entry["data"]["why"] for entry in entries(story.archive, "link-refused")] == ["expired"] * 2


def test_a_link_is_taken_back_before_it_is_used(story: Story) -> None:
    token, link = issue(story)
    assert links.revoke(story.archive, link.id, actor=SECOND).revoked_at is not None
    is_refused(story, token)
    with pytest.raises(WrongState):
        links.revoke(story.archive, link.id, actor=SECOND)


def test_taking_a_link_back_ends_its_session(story: Story) -> None:
    token, link = issue(story)
    inside, _ = links.redeem(story.archive, token, client=HERE)
    links.revoke(story.archive, link.id, actor=COORDINATOR)
    with pytest.raises(SessionEnded):
        own_phone.give(story.archive, inside)
    assert records.find(story.archive, story.consent_id, actor=VOLUNTEER).state is State.REQUESTED


@pytest.mark.parametrize("token", ["", "x" * 43, "' OR 1=1 --", "\0", "\ud800", "x" * 5_000_000])
def test_no_other_text_is_a_link(story: Story, token: str) -> None:
    is_refused(story, token)


def test_trying_links_meets_the_back_off_of_one_address_only(story: Story, clock: Clock) -> None:
    token, _ = issue(story)
    for number in range(lockout.FREE):
        is_refused(story, f"guess-{number}")
    with pytest.raises(TooSoon):
        links.redeem(story.archive, token, client=HERE)
    links.redeem(story.archive, token, client="198.51.100.4")


# ── what it is bound to ───────────────────────────────────────────────────────────────────────────
DOINGS: dict[Purpose, Callable[[Archive, str], object]] = {
    Purpose.ANSWER: own_phone.give,
    Purpose.WITHDRAW: own_phone.withdraw,
    Purpose.OBJECT: lambda archive, token: own_phone.object_to(archive, token, "No."),
}


@pytest.mark.parametrize("purpose", DOINGS)
def test_a_link_does_only_what_it_was_made_for(story: Story, purpose: Purpose) -> None:
    before = len(entries(story.archive, "consent-step", "objection-raised"))
    token = enter(story, *(EVERYTHING - {purpose}))
    with pytest.raises(NotPermitted):
        DOINGS[purpose](story.archive, token)
    assert len(entries(story.archive, "consent-step", "objection-raised")) == before
    assert own_phone.read(story.archive, token).purposes == EVERYTHING - {purpose}


def test_a_visit_lasts_an_hour_and_half_of_it_idle(story: Story, clock: Clock) -> None:
    token = enter(story)
    for _ in range(3):
        clock.forward(minutes=19)
        own_phone.read(story.archive, token)
    clock.forward(minutes=3)
    with pytest.raises(SessionEnded):
        own_phone.read(story.archive, token)
    idle = enter(story)
    clock.forward(minutes=30)
    with pytest.raises(SessionEnded):
        own_phone.read(story.archive, idle)


def test_a_visit_is_no_log_in_and_a_log_in_no_visit(story: Story) -> None:
    token = enter(story)
    with pytest.raises(SessionEnded):
        sessions.resume(story.archive, token)
    accounts.create(story.archive, "vol-nueve", accounts.Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD)
    inside, _ = sessions.open(story.archive, "vol-nueve", PASSWORD)
    with pytest.raises(SessionEnded):
        own_phone.give(story.archive, inside)
    with pytest.raises(LogInRefused):
        accounts.authenticate(story.archive, story.relative_id, "")


def test_a_visit_ends_with_the_account_of_the_relative(story: Story) -> None:
    token, waiting = enter(story), issue(story)[0]
    accounts.revoke(story.archive, story.relative_id, actor=COORDINATOR)
    with pytest.raises(SessionEnded):
        own_phone.give(story.archive, token)
    is_refused(story, waiting)


def test_a_relative_is_heard_after_the_case_was_closed(story: Story) -> None:
    token = enter(story)
    own_phone.give(story.archive, token)
    cases.mark_found(story.archive, story.case_id, actor=COORDINATOR)
    assert own_phone.withdraw(story.archive, token).state is State.WITHDRAWN


# ── making one ────────────────────────────────────────────────────────────────────────────────────
def test_only_a_digest_of_the_token_is_kept(story: Story) -> None:
    token, link = issue(story)
    with story.archive.reading() as session:
        row = session.query(LinkRow).one()
        assert token not in vars(row).values()
    assert token not in str(entries(story.archive))
    assert links.list_links(story.archive, story.case_id, actor=VOLUNTEER) == (link,)
    assert link.expires_at - link.issued_at == timedelta(hours=24)
    assert entries(story.archive, "link-issued")[-1]["data"] == {"link": link.id, "consent": story.consent_id}


@pytest.mark.parametrize("hours", [0, -1, 73, 10**9])
def test_a_link_lives_for_hours_not_weeks(story: Story, hours: int) -> None:
    with pytest.raises(BadValue):
        issue(story, hours=hours)


def test_five_links_an_hour_for_one_relative(story: Story, clock: Clock) -> None:
    for _ in range(links.MOST_AN_HOUR):
        issue(story)
        clock.forward(minutes=10)
    with pytest.raises(TooSoon) as refused:
        issue(story)
    clock.forward(seconds=refused.value.details["seconds"])
    issue(story)


def test_a_link_is_made_by_those_who_ask_for_one_consent_of_one_relative(story: Story) -> None:
    archive = story.archive
    other_case = another_case(archive)
    other_relative = new_relative(archive, story.case_id)
    accounts.create(archive, "auditora", accounts.Role.AUDITOR, actor=COORDINATOR)
    right = (story.case_id, story.relative_id, story.consent_id)
    with pytest.raises(NotPermitted):
        links.issue(archive, *right, hours=1, actor="auditora")
    issue(story)
    with pytest.raises(NotPermitted):
        links.issue(archive, *right, hours=1, actor=story.relative_id)
    for wrong in (
        (other_case, story.relative_id, story.consent_id),
        (story.case_id, other_relative, story.consent_id),
        (story.case_id, story.relative_id, "consent-none"),
        (story.case_id, "relative-none", story.consent_id),
        ("case-none", story.relative_id, story.consent_id),
    ):
        with pytest.raises(NoSuch):
            links.issue(archive, *wrong, hours=1, actor=VOLUNTEER)
    for nothing in ("link-none", "\0", "' OR 1=1 --"):
        with pytest.raises(NoSuch):
            links.revoke(archive, nothing, actor=VOLUNTEER)


def test_an_erased_case_has_no_links(story: Story) -> None:
    cases.erase(story.archive, story.case_id, actor=COORDINATOR)
    with pytest.raises(Erased):
        issue(story)

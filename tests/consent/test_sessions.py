"""Being logged in: limits that no order of events gets around, and ends that are ends at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import accounts, audit, facts, sessions
from consent.accounts import Role
from consent.archive import Archive, open_archive
from consent.errors import LogInRefused, NoSuch, NotPermitted, SessionEnded
from consent.people_rows import SessionRow
from consent.sessions import IDLE, LONGEST, SLIDE, Session
from tests.consent.story import COORDINATOR, SECOND, VOLUNTEER, Clock, new_case, people
from tests.consent.test_accounts import PASSWORD, entries

OTHER_PASSWORD = "otra frase muy larga"


@pytest.fixture
def token(archive: Archive) -> str:
    """The token of a volunteer who just logged in."""
    found(archive)
    return sessions.open(archive, VOLUNTEER, PASSWORD)[0]


def found(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR)
    accounts.create(archive, VOLUNTEER, Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD)


def is_over(archive: Archive, token: str) -> None:
    with pytest.raises(SessionEnded):
        sessions.resume(archive, token)


# ── in and out ────────────────────────────────────────────────────────────────────────────────────
def test_a_session_says_who_acts(archive: Archive) -> None:
    found(archive)
    token, opened = sessions.open(archive, VOLUNTEER, PASSWORD)
    resumed = sessions.resume(archive, token)
    assert resumed == opened
    assert (resumed.account.handle, resumed.account.role) == (VOLUNTEER, Role.VOLUNTEER)
    assert resumed.ends_at - resumed.opened_at == LONGEST
    with pytest.raises(LogInRefused):
        sessions.open(archive, VOLUNTEER, OTHER_PASSWORD)


def test_only_a_digest_of_the_token_is_kept(archive: Archive, token: str) -> None:
    assert len(token) == 43
    with archive.reading() as session:
        row = session.query(SessionRow).one()
        assert token not in {row.id, row.digest}
        assert len(bytes.fromhex(row.digest)) == 32
    assert token not in str(entries(archive))


@pytest.mark.parametrize("token", ["", "nothing", "' OR 1=1 --", "\0", "\ud800", "x" * 5_000_000])
def test_no_other_text_is_a_token(archive: Archive, token: str) -> None:
    is_over(archive, token)
    sessions.close(archive, token)


def test_logging_out_ends_one_session_and_is_done_once(archive: Archive, token: str) -> None:
    other, _ = sessions.open(archive, VOLUNTEER, PASSWORD)
    for _ in range(2):
        sessions.close(archive, token)
    is_over(archive, token)
    assert sessions.resume(archive, other).account.handle == VOLUNTEER
    assert [entry["data"]["why"] for entry in entries(archive, "session-ended")] == ["closed"]


# ── limits ────────────────────────────────────────────────────────────────────────────────────────
def test_an_idle_session_ends(archive: Archive, clock: Clock, token: str) -> None:
    for _ in range(3):
        clock.forward(minutes=29)
        sessions.resume(archive, token)
    clock.forward(minutes=30)
    is_over(archive, token)
    clock.forward(minutes=-20)
    is_over(archive, token)
    assert [entry["data"]["why"] for entry in entries(archive, "session-refused")] == ["idle", "revoked"]


def test_a_busy_session_ends_too(archive: Archive, clock: Clock, token: str) -> None:
    for _ in range(24 * 2 - 1):
        clock.forward(minutes=15)
        sessions.resume(archive, token)
    clock.forward(minutes=15)
    is_over(archive, token)
    assert entries(archive, "session-ended")[-1]["data"]["why"] == "ran-out"


def test_a_clock_set_back_ends_a_session_rather_than_stretch_it(
    archive: Archive, clock: Clock, token: str
) -> None:
    clock.forward(minutes=-4)
    sessions.resume(archive, token)
    clock.forward(days=-1)
    is_over(archive, token)


STEPS = st.lists(
    st.one_of(
        st.just("open"),
        st.tuples(st.sampled_from(["resume", "close", "revoke"]), st.integers(0, 5)),
        st.timedeltas(timedelta(minutes=-10), timedelta(hours=7)),
        st.timedeltas(timedelta(0), timedelta(minutes=31)),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_order_of_events_keeps_a_session_past_its_limits(steps: list[object]) -> None:
    """A model that knows only when each session was opened, last used and ended, against the archive."""
    clock = Clock()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(Path(folder) / "home", clock=clock) as archive,
    ):
        people(archive)
        inside: list[tuple[str, Session]] = []
        used, ended = {}, set()
        for step in steps:
            if isinstance(step, timedelta):
                clock.moment += step
            elif step == "open":
                with archive.writing() as work:  # past the password, which takes its time by design
                    inside.append(sessions.begin(work, VOLUNTEER, LONGEST))
                used[inside[-1][0]] = clock()
            elif inside:
                what, number = step
                token, session = inside[number % len(inside)]
                if what == "resume":
                    if not _resumes(archive, token):
                        continue
                    assert token not in ended
                    assert clock() < session.opened_at + LONGEST
                    assert clock() < used[token] + IDLE
                    used[token] = max(used[token], clock())
                else:
                    _end(archive, what, token, session)
                    ended.add(token)
        for token, session in inside:
            if _resumes(archive, token):
                assert token not in ended
                assert clock() < min(session.opened_at + LONGEST, used[token] + IDLE)


def _resumes(archive: Archive, token: str) -> bool:
    try:
        sessions.resume(archive, token)
    except SessionEnded:
        return False
    return True


def _end(archive: Archive, what: str, token: str, session: Session) -> None:
    if what == "close":
        sessions.close(archive, token)
    else:
        sessions.revoke(archive, session.id, actor=COORDINATOR)


def test_being_seen_again_at_once_writes_nothing(archive: Archive, clock: Clock, token: str) -> None:
    def seen() -> object:
        with archive.reading() as session:
            return session.query(SessionRow).one().seen_at

    first = seen()
    clock.forward(seconds=SLIDE.total_seconds() - 1)
    sessions.resume(archive, token)
    assert seen() == first
    clock.forward(seconds=1)
    sessions.resume(archive, token)
    assert seen() == clock()


# ── ends by somebody's hand ───────────────────────────────────────────────────────────────────────
ENDS: dict[str, Callable[[Archive, Session], object]] = {
    "its owner": lambda a, s: sessions.revoke(a, s.id, actor=VOLUNTEER),
    "a coordinator": lambda a, s: sessions.revoke(a, s.id, actor=COORDINATOR),
    "all of the account": lambda a, _: sessions.revoke_all(a, VOLUNTEER, actor=COORDINATOR),
    "the account closed": lambda a, _: accounts.revoke(a, VOLUNTEER, actor=COORDINATOR),
    "another password": lambda a, _: accounts.change_password(a, VOLUNTEER, PASSWORD, OTHER_PASSWORD),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_session_ends_at_once_by_hand(archive: Archive, end: Callable[[Archive, Session], object]) -> None:
    found(archive)
    token, session = sessions.open(archive, VOLUNTEER, PASSWORD)
    assert sessions.list_live(archive, VOLUNTEER, actor=COORDINATOR) == (session,)
    end(archive, session)
    is_over(archive, token)
    assert sessions.list_live(archive, VOLUNTEER, actor=COORDINATOR) == ()
    assert entries(archive, "session-ended")[-1]["data"] == {"session": session.id, "why": "revoked"}
    assert audit.verify(archive).sound


def test_others_may_neither_see_nor_end_it(archive: Archive, token: str) -> None:
    accounts.create(archive, SECOND, Role.VOLUNTEER, actor=COORDINATOR)
    session = sessions.resume(archive, token)
    for forbidden in (
        lambda: sessions.revoke(archive, session.id, actor=SECOND),
        lambda: sessions.revoke_all(archive, VOLUNTEER, actor=SECOND),
        lambda: sessions.list_live(archive, VOLUNTEER, actor=SECOND),
    ):
        with pytest.raises(NotPermitted):
            forbidden()
    for nothing in ("session-none", "\0", "' OR 1=1 --"):
        with pytest.raises(NoSuch):
            sessions.revoke(archive, nothing, actor=COORDINATOR)
    assert sessions.resume(archive, token) == session


def test_a_revoked_account_does_not_finish_what_it_began(archive: Archive) -> None:
    """The page was open, the form filled in; the account is closed before it is sent."""
    people(archive)
    accounts.create(archive, "vol-nueve", Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD)
    case_id = new_case(archive)
    token, _ = sessions.open(archive, "vol-nueve", PASSWORD)
    actor = sessions.resume(archive, token).account.handle
    accounts.revoke(archive, "vol-nueve", actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        facts.add_fact(archive, case_id, "edad", "17", source="Ficha oficial", actor=actor)
    is_over(archive, token)
    refused = entries(archive, "session-refused")
    assert [(entry["actor"], entry["data"]["why"]) for entry in refused] == [("vol-nueve", "revoked")]
    assert "edad" not in {fact.key for fact in facts.list_facts(archive, case_id, actor=VOLUNTEER)}
    assert audit.verify(archive).sound

"""Accounts: who may do what, how they prove who they are, and what becomes of whoever keeps guessing."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from consent import accounts, audit, cases, facts, lockout, passwords, records
from consent.accounts import MAY, Account, Action, Role
from consent.archive import Archive
from consent.errors import (
    AlreadyThere,
    BadValue,
    LastCoordinator,
    LogInRefused,
    NoSuch,
    NotPermitted,
    TooSoon,
    WrongState,
)
from consent.models import LedgerRow
from consent.records import State
from tests.consent.story import COORDINATOR, SECOND, VOLUNTEER, Clock, new_case, people, tell

PASSWORD = "una frase muy larga"
FULL = {
    Action.MANAGE_ACCOUNTS: "coordinator",
    Action.OPEN_CASE: "volunteer coordinator",
    Action.READ_CASE: "volunteer coordinator family",
    Action.ADD: "volunteer coordinator",
    Action.VERIFY: "volunteer coordinator",
    Action.CHECK_PROTECTION_ORDER: "coordinator",
    Action.APPROVE_MINOR: "coordinator",
    Action.FREEZE_CASE: "volunteer coordinator",
    Action.ERASE_CASE: "coordinator",
    Action.READ_EVIDENCE: "volunteer coordinator",
    Action.LOOK: "volunteer coordinator family viewer",
    Action.COLLECT_CONSENT: "volunteer coordinator",
    Action.ANSWER_CONSENT: "volunteer coordinator family",
    Action.WITHDRAW_CONSENT: "volunteer coordinator family",
    Action.OBJECT: "volunteer coordinator family",
    Action.NAME_VIEWER: "volunteer coordinator family",
    Action.SETTLE_OBJECTION: "coordinator",
    Action.REQUEST_CLEARANCE: "volunteer coordinator",
    Action.TAKE_DOWN: "volunteer coordinator",
    Action.AUDIT: "coordinator auditor",
    Action.KEEP_KEYS: "coordinator",
}
OF_ONE_CASE = {Role.FAMILY, Role.VIEWER}


def entries(archive: Archive, *events: str) -> list[dict[str, object]]:
    """What the log says, of these events or of all."""
    with archive.reading() as session:
        said = [json.loads(row.body) for row in session.query(LedgerRow).order_by(LedgerRow.index)]
    return [entry for entry in said if not events or entry["event"] in events]


def another_case(archive: Archive) -> str:
    """A case of which nothing is known yet."""
    return cases.open_case(archive, actor=VOLUNTEER, disappeared=date(2022, 3, 1), minor=False).id


# ── who may do what ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    may = role.value in FULL[action].split()
    account = Account("someone", role, "case-own" if role in OF_ONE_CASE else None)
    assert account.may(action, "case-own") is may
    assert account.may(action, "case-other") is (may and role not in OF_ONE_CASE)
    assert account.may(action) is (may and role not in OF_ONE_CASE)
    assert not Account("someone", role, "case-own", active=False).may(action, "case-own")


def test_the_table_is_whole() -> None:
    assert set(FULL) == set(MAY) == set(Action)
    assert {role for roles in FULL.values() for role in roles.split()} == {role.value for role in Role}


def test_the_domain_asks_the_same_table(archive: Archive) -> None:
    people(archive)
    case_id = new_case(archive)
    handles = {role: f"one-{role.value}" for role in Role}
    with archive.writing() as work:
        for role, handle in handles.items():
            own = case_id if role in OF_ONE_CASE else None
            accounts.admit(work, handle, role, actor=COORDINATOR, case_id=own)
    for role, action in product(Role, Action):
        with archive.reading() as session:
            if role.value in FULL[action].split():
                assert accounts.permit_in(session, handles[role], action, case_id).role is role
            else:
                with pytest.raises(NotPermitted):
                    accounts.permit_in(session, handles[role], action, case_id)


def test_the_first_account_is_a_coordinator_and_makes_the_others(archive: Archive) -> None:
    with pytest.raises(NotPermitted):
        accounts.create(archive, "vol-uno", Role.VOLUNTEER)
    accounts.create(archive, "coord-uno", Role.COORDINATOR)
    with pytest.raises(NotPermitted):
        accounts.create(archive, "coord-dos", Role.COORDINATOR)
    accounts.create(archive, "vol-uno", Role.VOLUNTEER, actor="coord-uno")
    with pytest.raises(NotPermitted):
        accounts.create(archive, "vol-dos", Role.VOLUNTEER, actor="vol-uno")
    for taken in ("vol-uno", "system", "unknown"):
        with pytest.raises(AlreadyThere):
            accounts.create(archive, taken, Role.VOLUNTEER, actor="coord-uno")
    with pytest.raises(BadValue):
        accounts.create(archive, "mira-uno", Role.VIEWER, actor="coord-uno")


@pytest.mark.parametrize("handle", ["", "ab", "María Ejemplo", "a" * 40, "'; DROP TABLE", "<b>x</b>", "1ab"])
def test_handles_are_not_names(archive: Archive, handle: str) -> None:
    with pytest.raises(BadValue):
        accounts.create(archive, handle, Role.COORDINATOR)


def test_family_acts_in_its_own_case_and_nowhere_else(archive: Archive) -> None:
    story = tell(archive)
    other = another_case(archive)
    with pytest.raises(BadValue):
        accounts.create(archive, "familia-uno", Role.FAMILY, actor=COORDINATOR)
    with pytest.raises(NoSuch):
        accounts.create(archive, "familia-uno", Role.FAMILY, actor=COORDINATOR, case_id="case-none")
    accounts.create(archive, "familia-uno", Role.FAMILY, actor=COORDINATOR, case_id=other)
    assert cases.list_open(archive, actor="familia-uno") == (other,)
    with pytest.raises(NotPermitted):
        records.withdraw(archive, story.consent_id, actor="familia-uno")
    with pytest.raises(NotPermitted):
        facts.list_facts(archive, story.case_id, actor="familia-uno")
    accounts.create(archive, "familia-dos", Role.FAMILY, actor=COORDINATOR, case_id=story.case_id)
    with pytest.raises(NotPermitted):
        facts.verify_fact(archive, story.case_id, "lugar", actor="familia-dos")
    assert records.withdraw(archive, story.consent_id, actor="familia-dos").state is State.WITHDRAWN


@pytest.mark.parametrize(
    "handle", ["nobody", "", "a\0b", "' OR 1=1 --", "<script>", "x" * 5_000_000, "\ud800"]
)
def test_nobody_acts_under_a_handle_that_does_not_exist(archive: Archive, handle: str) -> None:
    people(archive)
    with pytest.raises(NotPermitted):
        cases.list_open(archive, actor=handle)
    with pytest.raises(NotPermitted):
        accounts.create(archive, "vol-nueve", Role.VOLUNTEER, actor=handle)
    with pytest.raises(NoSuch):
        accounts.find(archive, handle)
    with pytest.raises(NoSuch):
        accounts.revoke(archive, handle, actor=COORDINATOR)
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, handle, PASSWORD)
    assert audit.verify(archive).sound


# ── closing accounts ──────────────────────────────────────────────────────────────────────────────
def test_a_closed_account_does_nothing_more_and_is_closed_once(archive: Archive) -> None:
    people(archive)
    accounts.revoke(archive, VOLUNTEER, actor=COORDINATOR)
    with pytest.raises(NotPermitted):
        cases.list_open(archive, actor=VOLUNTEER)
    with pytest.raises(WrongState):
        accounts.revoke(archive, VOLUNTEER, actor=COORDINATOR)
    assert not accounts.find(archive, VOLUNTEER).active


def test_an_archive_is_never_without_a_coordinator(archive: Archive) -> None:
    people(archive)
    with pytest.raises(LastCoordinator):
        accounts.revoke(archive, COORDINATOR, actor=COORDINATOR)
    accounts.create(archive, "coord-dos", Role.COORDINATOR, actor=COORDINATOR)
    accounts.revoke(archive, COORDINATOR, actor="coord-dos")
    with pytest.raises(NotPermitted):
        accounts.create(archive, "vol-nueve", Role.VOLUNTEER, actor=COORDINATOR)
    with pytest.raises(LastCoordinator):
        accounts.revoke(archive, "coord-dos", actor="coord-dos")


# ── passwords ─────────────────────────────────────────────────────────────────────────────────────
def test_a_password_opens_only_its_own_account(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    accounts.create(archive, VOLUNTEER, Role.VOLUNTEER, actor=COORDINATOR)
    accounts.create(archive, SECOND, Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD + "!")
    assert accounts.authenticate(archive, COORDINATOR, PASSWORD).role is Role.COORDINATOR
    for handle, password in (
        (COORDINATOR, "otra"),
        (COORDINATOR, PASSWORD + "!"),
        (VOLUNTEER, ""),
        (VOLUNTEER, "nobody"),
        ("nobody", "nobody"),
        ("nobody", PASSWORD),
    ):
        with pytest.raises(LogInRefused):
            accounts.authenticate(archive, handle, password)
    accounts.revoke(archive, SECOND, actor=COORDINATOR)
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, SECOND, PASSWORD + "!")


@pytest.mark.parametrize("password", ["", "corta", "x" * 11, "x" * 1001, "x" * 5_000_000])
def test_a_password_has_a_length(archive: Archive, password: str) -> None:
    with pytest.raises(BadValue):
        accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=password)
    assert accounts.list_all(archive) == ()


@pytest.mark.parametrize("password", ["x" * 1001, "x" * 5_000_000, "\0" * 12, "\ud800" * 12])
def test_a_password_is_compared_whole_and_may_be_any_text(password: str) -> None:
    stored = passwords.hashed("x" * 1000)
    assert passwords.matches(stored, "x" * 1000)
    assert not passwords.matches(stored, password)


def test_a_password_is_the_same_on_every_keyboard() -> None:
    composed = "contraseña muy larga"
    stored = passwords.hashed(composed)
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, unicodedata.normalize("NFD", composed))


def test_a_password_costs_what_rfc_9106_recommends() -> None:
    """Its second recommendation, in a process of its own: these tests hash at the lowest cost."""
    program = "from consent.passwords import hashed; print(hashed('una frase muy larga'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_its_owner_changes_a_password(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    with pytest.raises(LogInRefused):
        accounts.change_password(archive, COORDINATOR, "no es esta frase", "otra frase muy larga")
    with pytest.raises(BadValue):
        accounts.change_password(archive, COORDINATOR, PASSWORD, "corta")
    accounts.change_password(archive, COORDINATOR, PASSWORD, "otra frase muy larga")
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, COORDINATOR, PASSWORD)
    assert accounts.authenticate(archive, COORDINATOR, "otra frase muy larga")


# ── back-off ──────────────────────────────────────────────────────────────────────────────────────
def fail(archive: Archive, handle: str) -> None:
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, handle, "no es la frase")


def wait_of(archive: Archive, handle: str) -> int:
    with pytest.raises(TooSoon) as refused:
        accounts.authenticate(archive, handle, PASSWORD)
    return int(refused.value.details["seconds"])


@pytest.mark.parametrize("handle", [COORDINATOR, "nobody"])
def test_waits_double_and_end_and_are_the_same_for_handles_that_do_not_exist(
    archive: Archive, clock: Clock, handle: str
) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    for _ in range(lockout.FREE - 1):
        fail(archive, handle)
    for wait in (30, 60, 120, 240, 480, 900, 900):
        fail(archive, handle)
        assert wait_of(archive, handle) == wait
        clock.forward(seconds=wait - 1)
        assert wait_of(archive, handle) == 1
        clock.forward(seconds=1)
    accounts.create(archive, VOLUNTEER, Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD)
    assert accounts.authenticate(archive, VOLUNTEER, PASSWORD).active


def test_the_right_password_after_the_wait_opens_and_wipes_the_slate(archive: Archive, clock: Clock) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    for _ in range(lockout.FREE):
        fail(archive, COORDINATOR)
    clock.forward(seconds=30)
    assert accounts.authenticate(archive, COORDINATOR, PASSWORD).active
    for _ in range(lockout.FREE - 1):
        fail(archive, COORDINATOR)
    assert accounts.authenticate(archive, COORDINATOR, PASSWORD).active


def test_a_quiet_day_and_a_clock_set_back_leave_nobody_outside(archive: Archive, clock: Clock) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    for _ in range(lockout.FREE):
        fail(archive, COORDINATOR)
    clock.forward(days=-400)
    fail(archive, COORDINATOR)
    clock.forward(days=1)
    for _ in range(lockout.FREE - 1):
        fail(archive, COORDINATOR)
    assert accounts.authenticate(archive, COORDINATOR, PASSWORD).active


def test_failures_are_logged_without_what_was_typed(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    fail(archive, COORDINATOR)
    fail(archive, "contrasena-en-el-campo-de-cuenta")
    assert [entry["data"] for entry in entries(archive, "log-in-refused")] == [
        {"account": COORDINATOR, "failures": 1},
        {"account": "unknown", "failures": 1},
    ]
    assert not [entry for entry in entries(archive) if "contrasena" in json.dumps(entry)]
    assert audit.verify(archive).sound

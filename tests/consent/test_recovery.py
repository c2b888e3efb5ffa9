"""Letting somebody back in takes two coordinators, and leaves them time to say no."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest

from consent import accounts, audit, lockout, recovery, sessions, totp
from consent.accounts import Role
from consent.archive import Archive
from consent.errors import (
    BadValue,
    LinkRefused,
    LogInRefused,
    NoSuch,
    NotPermitted,
    SessionEnded,
    TooSoon,
    TwoCoordinators,
    WrongState,
)
from tests.consent.story import Clock
from tests.consent.test_accounts import PASSWORD, entries

FIRST, SECOND, LOST, VOLUNTEER = "coord-uno", "coord-dos", "coord-tres", "vol-uno"
NEW_PASSWORD = "otra frase muy larga"


@pytest.fixture(autouse=True)
def team(archive: Archive) -> None:
    accounts.create(archive, FIRST, Role.COORDINATOR)
    for handle in (SECOND, LOST):
        accounts.create(archive, handle, Role.COORDINATOR, actor=FIRST, password=PASSWORD)
    accounts.create(archive, VOLUNTEER, Role.VOLUNTEER, actor=FIRST, password=PASSWORD)


def recovered(archive: Archive, handle: str = LOST) -> str:
    recovery.begin(archive, handle, actor=FIRST)
    return recovery.approve(archive, handle, actor=SECOND)


@pytest.mark.parametrize("handle", [LOST, VOLUNTEER])
def test_two_coordinators_let_somebody_back_in(archive: Archive, clock: Clock, handle: str) -> None:
    enrolment = totp.begin(archive, actor=handle)
    totp.confirm(archive, pyotp.TOTP(enrolment.secret).at(clock()), actor=handle)
    clock.forward(minutes=1)
    inside, _ = sessions.open(archive, handle, PASSWORD, pyotp.TOTP(enrolment.secret).at(clock()))
    token = recovered(archive, handle)
    assert sessions.resume(archive, inside).account.handle == handle
    assert recovery.finish(archive, token, NEW_PASSWORD) == handle
    with pytest.raises(SessionEnded):
        sessions.resume(archive, inside)
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, handle, PASSWORD)
    assert not totp.is_enrolled(archive, handle)
    assert accounts.authenticate(archive, handle, NEW_PASSWORD).handle == handle
    told = entries(archive, "recovery-begun", "recovery-approved", "password-changed", "recovery-done")
    assert [(entry["event"], entry["actor"]) for entry in told] == [
        ("recovery-begun", FIRST),
        ("recovery-approved", SECOND),
        ("password-changed", handle),
        ("recovery-done", handle),
    ]
    assert token not in str(entries(archive))
    assert audit.verify(archive).sound


def test_nothing_changes_before_the_new_password(archive: Archive) -> None:
    recovered(archive)
    assert accounts.authenticate(archive, LOST, PASSWORD).handle == LOST


def test_the_waiting_ends_with_the_recovery(archive: Archive) -> None:
    for _ in range(lockout.FREE):
        with pytest.raises(LogInRefused):
            accounts.authenticate(archive, LOST, "no es la frase")
    with pytest.raises(TooSoon):
        accounts.authenticate(archive, LOST, PASSWORD)
    recovery.finish(archive, recovered(archive), NEW_PASSWORD)
    assert accounts.authenticate(archive, LOST, NEW_PASSWORD).handle == LOST


def test_one_coordinator_is_not_two_and_nobody_recovers_themselves(archive: Archive) -> None:
    recovery.begin(archive, LOST, actor=FIRST)
    with pytest.raises(TwoCoordinators):
        recovery.approve(archive, LOST, actor=FIRST)
    with pytest.raises(TwoCoordinators):
        recovery.approve(archive, LOST, actor=LOST)
    with pytest.raises(TwoCoordinators):
        recovery.begin(archive, SECOND, actor=SECOND)
    with pytest.raises(WrongState):
        recovery.begin(archive, LOST, actor=SECOND)
    recovery.approve(archive, LOST, actor=SECOND)
    with pytest.raises(WrongState):
        recovery.approve(archive, LOST, actor=SECOND)


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda a: recovery.begin(a, LOST, actor=VOLUNTEER),
        lambda a: recovery.approve(a, LOST, actor=VOLUNTEER),
        lambda a: recovery.cancel(a, LOST, actor=VOLUNTEER),
        lambda a: recovery.pending(a, LOST, actor=VOLUNTEER),
    ],
)
def test_only_coordinators_recover(archive: Archive, forbidden: Callable[[Archive], object]) -> None:
    with pytest.raises(NotPermitted):
        forbidden(archive)


def test_what_nobody_asked_for_is_not_approved(archive: Archive) -> None:
    for step in (recovery.approve, recovery.cancel):
        with pytest.raises(NoSuch):
            step(archive, LOST, actor=FIRST)
    for handle in ("nobody", "\0", "' OR 1=1 --"):
        with pytest.raises(NoSuch):
            recovery.begin(archive, handle, actor=FIRST)
    accounts.revoke(archive, VOLUNTEER, actor=FIRST)
    with pytest.raises(WrongState):
        recovery.begin(archive, VOLUNTEER, actor=FIRST)


def test_a_request_waits_a_day_and_its_token_an_hour(archive: Archive, clock: Clock) -> None:
    recovery.begin(archive, LOST, actor=FIRST)
    clock.forward(days=1)
    assert recovery.pending(archive, LOST, actor=FIRST) is None
    with pytest.raises(NoSuch):
        recovery.approve(archive, LOST, actor=SECOND)
    recovery.begin(archive, LOST, actor=SECOND)
    clock.forward(hours=23)
    token = recovery.approve(archive, LOST, actor=FIRST)
    clock.forward(hours=1)
    with pytest.raises(LinkRefused):
        recovery.finish(archive, token, NEW_PASSWORD)
    assert accounts.authenticate(archive, LOST, PASSWORD).handle == LOST


def test_a_token_is_good_once_and_survives_a_password_that_is_too_short(archive: Archive) -> None:
    token = recovered(archive)
    with pytest.raises(BadValue):
        recovery.finish(archive, token, "corta")
    recovery.finish(archive, token, NEW_PASSWORD)
    for word in (token, "", "\0", "x" * 5_000_000):
        with pytest.raises(LinkRefused):
            recovery.finish(archive, word, PASSWORD)


@pytest.mark.parametrize("actor", [LOST, FIRST, SECOND])
def test_whoever_it_is_about_sees_it_coming_and_stops_it(archive: Archive, actor: str) -> None:
    token = recovered(archive)
    seen = recovery.pending(archive, LOST, actor=LOST)
    assert seen is not None
    assert (seen.begun_by, seen.approved_by) == (FIRST, SECOND)
    recovery.cancel(archive, LOST, actor=actor)
    with pytest.raises(LinkRefused):
        recovery.finish(archive, token, NEW_PASSWORD)
    assert entries(archive, "recovery-cancelled")[0]["actor"] == actor


@pytest.mark.parametrize("gone", [FIRST, SECOND, LOST])
def test_a_recovery_falls_with_any_of_the_three(archive: Archive, gone: str) -> None:
    token = recovered(archive)
    accounts.create(archive, "coord-seis", Role.COORDINATOR, actor=FIRST)
    accounts.revoke(archive, gone, actor="coord-seis")
    with pytest.raises(LinkRefused):
        recovery.finish(archive, token, NEW_PASSWORD)

"""The code beside the password: RFC 6238's numbers, one use each, recovery codes, clocks that differ."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import accounts, lockout, second_factor, totp
from consent.accounts import Role
from consent.archive import Archive
from consent.errors import CodeNeeded, LogInRefused, NotPermitted, TooSoon, WrongState
from consent.keys import seal, unseal
from consent.people_rows import RecoveryCodeRow, SecondFactorRow
from consent.second_factor import context
from tests.consent.story import COORDINATOR, VOLUNTEER, Clock, new_case
from tests.consent.test_accounts import PASSWORD, entries

MASTER = b"k" * 32
STEP = 30
RFC_6238 = (  # appendix B, SHA-1; the last six of its eight digits
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
)


@pytest.fixture
def secret(archive: Archive, clock: Clock) -> str:
    """The secret of the coordinator's telephone, enrolled a minute ago."""
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    return enrol(archive, clock)[0]


def enrol(archive: Archive, clock: Clock) -> tuple[str, tuple[str, ...]]:
    enrolment = totp.begin(archive, actor=COORDINATOR)
    codes = totp.confirm(archive, code_of(enrolment.secret, clock), actor=COORDINATOR)
    clock.forward(minutes=1)
    return enrolment.secret, codes


def code_of(secret: str, clock: Clock, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock(), counter_offset=steps)


def log_in(archive: Archive, code: str | None = None) -> None:
    assert accounts.authenticate(archive, COORDINATOR, PASSWORD, code).handle == COORDINATOR


def is_refused(archive: Archive, code: str) -> None:
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, COORDINATOR, PASSWORD, code)


# ── one code ──────────────────────────────────────────────────────────────────────────────────────
def row_for(key: bytes, last_step: int = -1) -> SecondFactorRow:
    sealed = seal(MASTER, b32encode(key), context(COORDINATOR))
    return SecondFactorRow(handle=COORDINATOR, sealed=sealed, pending=None, last_step=last_step)


@pytest.mark.parametrize(("seconds", "code"), RFC_6238)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    row = row_for(b"12345678901234567890")
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert row.sealed is not None
    assert second_factor.spend_step(row, MASTER, row.sealed, code, moment)
    assert row.last_step == seconds // STEP
    assert not second_factor.spend_step(row, MASTER, row.sealed, code, moment)


@given(moments=st.lists(st.integers(0, 600), min_size=1, max_size=12), late=st.integers(-3, 3))
def test_no_step_is_ever_accepted_twice_nor_out_of_its_window(moments: list[int], late: int) -> None:
    row, base = row_for(b"12345678901234567890"), datetime(2026, 11, 22, tzinfo=UTC)
    generator, accepted = pyotp.TOTP(b32encode(b"12345678901234567890").decode()), []
    assert row.sealed is not None
    for moment in moments:
        now = base + timedelta(seconds=moment)
        code = generator.at(now, counter_offset=late)
        if second_factor.spend_step(row, MASTER, row.sealed, code, now):
            accepted.append(row.last_step)
            assert abs(row.last_step - generator.timecode(now)) <= second_factor.WINDOW
    assert accepted == sorted(set(accepted))


# ── logging in ────────────────────────────────────────────────────────────────────────────────────
def test_without_a_telephone_a_password_is_enough(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    assert not totp.is_enrolled(archive, COORDINATOR)
    log_in(archive)


def test_with_one_the_code_is_needed_and_asked_for_only_after_the_password(
    archive: Archive, secret: str, clock: Clock
) -> None:
    assert totp.is_enrolled(archive, COORDINATOR)
    with pytest.raises(CodeNeeded):
        accounts.authenticate(archive, COORDINATOR, PASSWORD)
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, COORDINATOR, "no es la frase", code_of(secret, clock))
    log_in(archive, code_of(secret, clock))


def test_a_code_is_good_once_and_a_step_early_or_late(archive: Archive, secret: str, clock: Clock) -> None:
    typed = code_of(secret, clock)
    log_in(archive, f" {typed[:3]} {typed[3:]} ")
    is_refused(archive, typed)
    is_refused(archive, code_of(secret, clock, steps=-1))
    log_in(archive, code_of(secret, clock, steps=1))
    clock.forward(seconds=5 * STEP)
    is_refused(archive, code_of(secret, clock, steps=-2))
    is_refused(archive, code_of(secret, clock, steps=2))
    log_in(archive, code_of(secret, clock, steps=-1))


@pytest.mark.parametrize(
    "code", ["000000x", "12345", "１２３４５６", "' OR 1=1 --", "9" * 5_000_000, "\0", "\ud800"]
)
def test_what_is_no_code_opens_nothing(archive: Archive, secret: str, code: str) -> None:
    is_refused(archive, code)


def test_guessing_codes_meets_the_back_off(archive: Archive, secret: str, clock: Clock) -> None:
    wrong = f"{(int(code_of(secret, clock)) + 5) % 10**6:06}"
    for _ in range(lockout.FREE):
        is_refused(archive, wrong)
    with pytest.raises(TooSoon):
        accounts.authenticate(archive, COORDINATOR, PASSWORD, code_of(secret, clock))
    clock.forward(seconds=30)
    log_in(archive, code_of(secret, clock))


# ── recovery codes ────────────────────────────────────────────────────────────────────────────────
def test_a_recovery_code_opens_once_and_the_log_says_how_many_are_left(
    archive: Archive, clock: Clock
) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    _, codes = enrol(archive, clock)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    log_in(archive, codes[0])
    is_refused(archive, codes[0])
    log_in(archive, codes[1].upper().replace("-", " "))
    assert [entry["data"] for entry in entries(archive, "recovery-code-used")] == [
        {"account": COORDINATOR, "left": 9},
        {"account": COORDINATOR, "left": 8},
    ]


def test_recovery_codes_belong_to_one_account(archive: Archive, clock: Clock) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    _, codes = enrol(archive, clock)
    accounts.create(archive, VOLUNTEER, Role.VOLUNTEER, actor=COORDINATOR, password=PASSWORD)
    theirs = totp.begin(archive, actor=VOLUNTEER)
    totp.confirm(archive, code_of(theirs.secret, clock), actor=VOLUNTEER)
    with pytest.raises(LogInRefused):
        accounts.authenticate(archive, VOLUNTEER, PASSWORD, codes[0])


# ── enrolling ─────────────────────────────────────────────────────────────────────────────────────
def test_the_uri_is_what_telephones_read(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR)
    enrolment = totp.begin(archive, actor=COORDINATOR)
    read = pyotp.parse_uri(enrolment.uri)
    assert (read.secret, read.issuer, read.name) == (enrolment.secret, "Presente", COORDINATOR)
    assert enrolment.secret not in repr(enrolment)


def test_a_telephone_counts_only_after_its_first_code(archive: Archive, clock: Clock) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    with pytest.raises(WrongState):
        totp.confirm(archive, "123456", actor=COORDINATOR)
    enrolment = totp.begin(archive, actor=COORDINATOR)
    log_in(archive)
    with pytest.raises(LogInRefused):
        totp.confirm(archive, code_of(enrolment.secret, clock, steps=4), actor=COORDINATOR)
    log_in(archive)
    totp.confirm(archive, code_of(enrolment.secret, clock), actor=COORDINATOR)
    with pytest.raises(CodeNeeded):
        accounts.authenticate(archive, COORDINATOR, PASSWORD)


def test_another_telephone_takes_a_code_of_the_first(archive: Archive, secret: str, clock: Clock) -> None:
    for code in (None, "", code_of(secret, clock, steps=4)):
        with pytest.raises(LogInRefused):
            totp.begin(archive, actor=COORDINATOR, code=code)
    replacement = totp.begin(archive, actor=COORDINATOR, code=code_of(secret, clock))
    clock.forward(minutes=2)
    log_in(archive, code_of(secret, clock))
    totp.confirm(archive, code_of(replacement.secret, clock), actor=COORDINATOR)
    clock.forward(minutes=2)
    is_refused(archive, code_of(secret, clock))
    log_in(archive, code_of(replacement.secret, clock))


def test_guessing_while_enrolling_meets_the_back_off(archive: Archive, clock: Clock) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR)
    enrolment = totp.begin(archive, actor=COORDINATOR)
    for _ in range(lockout.FREE):
        with pytest.raises(LogInRefused):
            totp.confirm(archive, code_of(enrolment.secret, clock, steps=9), actor=COORDINATOR)
    with pytest.raises(TooSoon):
        totp.confirm(archive, code_of(enrolment.secret, clock), actor=COORDINATOR)


def test_only_those_who_log_in_enrol(archive: Archive) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR)
    accounts.create(archive, "familia-uno", Role.FAMILY, actor=COORDINATOR, case_id=_case(archive))
    accounts.revoke(archive, VOLUNTEER, actor=COORDINATOR)
    for handle in ("familia-uno", VOLUNTEER, "nobody", "system"):
        with pytest.raises(NotPermitted):
            totp.begin(archive, actor=handle)


def _case(archive: Archive) -> str:
    for handle in (VOLUNTEER, "vol-dos", "vol-tres"):
        accounts.create(archive, handle, Role.VOLUNTEER, actor=COORDINATOR)
    return new_case(archive)


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────
def test_neither_secret_nor_recovery_codes_are_kept_or_logged_as_they_are(
    archive: Archive, clock: Clock
) -> None:
    accounts.create(archive, COORDINATOR, Role.COORDINATOR, password=PASSWORD)
    secret, codes = enrol(archive, clock)
    log_in(archive, codes[0])
    with archive.reading() as session:
        kept = [row.digest for row in session.query(RecoveryCodeRow)]
        row = session.query(SecondFactorRow).one()
        assert row.sealed is not None
        assert secret.encode() not in row.sealed
        assert unseal(archive.keys.master, row.sealed, context(COORDINATOR)) == secret.encode()
    said = str(entries(archive))
    for code in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert code not in said
        assert code not in kept


def test_secrets_follow_the_master_key(archive: Archive, secret: str, clock: Clock) -> None:
    totp.begin(archive, actor=COORDINATOR, code=code_of(secret, clock))
    with archive.writing() as work:
        second_factor.reseal(work.session, archive.keys.master, MASTER)
    with archive.reading() as session:
        row = session.query(SecondFactorRow).one()
        assert row.sealed is not None
        assert row.pending is not None
        assert unseal(MASTER, row.sealed, context(COORDINATOR)) == secret.encode()
        assert unseal(MASTER, row.pending, context(COORDINATOR)) != secret.encode()

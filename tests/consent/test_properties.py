"""No sequence of calls yields a clearance, or keeps one alive, that a fresh look would refuse.

Hypothesis drives one archive through everything that can happen to a case. Beside it runs the plainest
possible model of who has done what; the gate has to agree with the model at every step.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from consent import accounts, audit, cases, facts, gate, pauses, records, registry, relatives, retention
from consent.accounts import Role
from consent.archive import open_archive
from consent.cases import ProtectionOrder
from consent.clearance import LIFETIME, Clearance, Stage
from consent.errors import Erased, FolioTaken, FourEyes, Frozen, NotPermitted, Refused, WrongState
from consent.pauses import Worry
from consent.records import VALID, State
from consent.registry import PublicStatus
from consent.relatives import Outcome
from tests.consent.story import (
    COORDINATOR,
    FACTS,
    MOTION_SHA256,
    PHOTO_SHA256,
    SCRIPT,
    SECOND,
    THIRD,
    VOLUNTEER,
    Clock,
    Story,
    tell,
)

REFUSALS = (Erased, FourEyes, Frozen, NotPermitted, WrongState)
OTHER_COORDINATOR = "coord-dos"
FILE = sha256(b"file").hexdigest()
ANYBODY = st.sampled_from([VOLUNTEER, SECOND, THIRD, COORDINATOR])


@pytest.fixture(scope="module", autouse=True)
def ready(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A case that is ready to be cleared; every life begins with a copy of it."""
    with open_archive(tmp_path_factory.mktemp("ready") / "home", clock=Clock()) as archive:
        Life.ready = tell(archive)
        accounts.create(archive, OTHER_COORDINATOR, Role.COORDINATOR, actor=COORDINATOR)


class Life(RuleBasedStateMachine):
    """The life of one case with one consent."""

    ready: ClassVar[Story]

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        home = Path(self.folder.name) / "home"
        shutil.copytree(self.ready.archive.home, home)
        self.archive = open_archive(home, clock=self.clock)
        self.story = replace(self.ready, archive=self.archive)
        self.objection: str | None = None
        self.erased = False
        self.clearances: list[tuple[Clearance, int]] = []
        self.published: list[int] = []
        self.clear()

    def teardown(self) -> None:
        if hasattr(self, "archive"):
            report = audit.verify(self.archive)
            self.archive.close()
            self.folder.cleanup()
            assert report.sound

    # ── what can happen ───────────────────────────────────────────────────────────────────────────
    @rule(actor=ANYBODY)
    def give(self, actor: str) -> None:
        self.attempt(lambda: records.give(self.archive, self.story.consent_id, actor=actor))

    @rule(actor=ANYBODY)
    def verify(self, actor: str) -> None:
        self.attempt(lambda: records.verify(self.archive, self.story.consent_id, actor=actor))

    @rule(end=st.sampled_from([records.withdraw, records.refuse, records.invalidate, records.defer]))
    def end(self, end: object) -> None:
        self.attempt(lambda: end(self.archive, self.story.consent_id, actor=VOLUNTEER))

    @rule(actor=ANYBODY)
    def renew(self, actor: str) -> None:
        until = self.clock() + timedelta(days=30)
        self.attempt(
            lambda: records.renew(
                self.archive, self.story.consent_id, expires_at=until, erase_at=until, actor=actor
            )
        )

    @rule()
    def retell_a_fact(self) -> None:
        self.attempt(
            lambda: facts.add_fact(
                self.archive, self.story.case_id, "lugar", "Guadalajara", source="Ficha", actor=SECOND
            )
        )

    @rule(actor=ANYBODY)
    def verify_a_fact(self, actor: str) -> None:
        self.attempt(lambda: facts.verify_fact(self.archive, self.story.case_id, "lugar", actor=actor))

    @rule(order=st.sampled_from(ProtectionOrder))
    def check_order(self, order: ProtectionOrder) -> None:
        self.attempt(
            lambda: cases.check_protection_order(self.archive, self.story.case_id, order, actor=COORDINATOR)
        )

    @rule(actor=ANYBODY, meant=st.integers(0, 2))
    def pause(self, actor: str, meant: int) -> None:
        if meant == 0:
            worry = Worry.WITHDRAWN_UNDER_THREAT
            self.attempt(lambda: pauses.pause(self.archive, self.story.consent_id, worry, "-", actor=actor))

    @precondition(lambda self: not self.erased)
    @rule(actor=st.sampled_from([COORDINATOR, OTHER_COORDINATOR, SECOND]))
    def release(self, actor: str) -> None:
        standing = [
            one
            for one in pauses.list_pauses(self.archive, self.story.case_id, actor=COORDINATOR)
            if one.released_at is None
        ]
        try:
            released = pauses.release(self.archive, self.story.consent_id, actor=actor)
        except REFUSALS:
            return
        assert [one.id for one in standing] == [released.id]
        assert actor in (COORDINATOR, OTHER_COORDINATOR)
        assert actor != released.paused_by
        assert self.clock() - released.paused_at >= pauses.COOLING_OFF

    @rule(actor=st.sampled_from([COORDINATOR, OTHER_COORDINATOR, VOLUNTEER]))
    def declare_public_figure(self, actor: str) -> None:
        self.attempt(lambda: cases.declare_public_figure(self.archive, self.story.case_id, actor=actor))

    @rule(actor=st.sampled_from([COORDINATOR, OTHER_COORDINATOR, VOLUNTEER]))
    def lift_public_figure(self, actor: str) -> None:
        self.attempt(lambda: cases.lift_public_figure(self.archive, self.story.case_id, actor=actor))

    @precondition(lambda self: not self.erased)
    @rule()
    def claim_the_folio_for_another_case(self) -> None:
        other = cases.open_case(self.archive, actor=VOLUNTEER, disappeared=date(2021, 5, 18), minor=False)
        is_open = cases.find(self.archive, self.story.case_id, actor=VOLUNTEER).status is cases.Status.OPEN
        claimed = False
        with contextlib.suppress(FolioTaken):
            facts.add_fact(self.archive, other.id, "folio", FACTS["folio"], source="Ficha", actor=VOLUNTEER)
            claimed = True
        assert claimed is not is_open
        cases.close(self.archive, other.id, actor=VOLUNTEER)

    @rule()
    def erase_what_is_due(self) -> None:
        """Only the promised date erases anything; the life ends there, for nothing is left to look at."""
        due = (
            records.find(self.archive, self.story.consent_id, actor=VOLUNTEER).erase_at <= self.clock()
            and not self.erased
        )
        assert retention.erase_due(self.archive) == int(due)
        self.erased = self.erased or due
        if self.erased:
            with pytest.raises(Erased):
                gate.clear(self.archive, self.story.request())

    @precondition(lambda self: self.objection is None and not self.erased)
    @rule()
    def object_to(self) -> None:
        raised = relatives.object_to(
            self.archive, self.story.case_id, self.story.relative_id, "No.", actor=VOLUNTEER
        )
        self.objection = raised.id

    @precondition(lambda self: self.objection is not None and not self.erased)
    @rule(outcome=st.sampled_from(Outcome))
    def settle(self, outcome: Outcome) -> None:
        self.attempt(
            lambda: relatives.settle_objection(
                self.archive, self.story.case_id, self.objection, outcome, reason="-", actor=COORDINATOR
            )
        )
        self.objection = None

    @rule(minutes=st.sampled_from([1, 31, 60 * 73, 60 * 24 * 31, 60 * 24 * 366]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule()
    def expire(self) -> None:
        retention.expire_due(self.archive)

    @rule(how=st.sampled_from([cases.mark_found, cases.close]), meant=st.integers(0, 9))
    def freeze(self, how: object, meant: int) -> None:
        if meant == 0:  # seldom, because little happens afterwards
            self.attempt(lambda: how(self.archive, self.story.case_id, actor=VOLUNTEER))

    # ── what is asked of the gate ─────────────────────────────────────────────────────────────────
    @precondition(lambda self: not self.erased)
    @rule()
    def clear(self) -> None:
        fresh = gate.evaluate(self.archive, self.story.request())
        try:
            clearance = gate.clear(self.archive, self.story.request())
        except Refused as refused:
            assert refused.reasons == fresh.reasons
            return
        assert fresh.allowed
        render = registry.open_render(self.archive, clearance)
        self.clearances.append((clearance, render.render_id))

    @precondition(lambda self: self.clearances and not self.erased)
    @rule()
    def publish(self) -> None:
        clearance, render_id = self.clearances.pop()
        allowed = gate.evaluate(self.archive, self.story.request()).allowed
        try:
            registry.publish(self.archive, render_id, sha256=FILE, manifest=b"m", clearance=clearance)
        except Refused:
            assert registry.status(self.archive, render_id) is PublicStatus.UNKNOWN
            return
        assert allowed
        self.published.append(render_id)

    # ── what holds whatever happened ──────────────────────────────────────────────────────────────
    @invariant()
    def the_gate_agrees_with_the_plain_reading(self) -> None:
        if not hasattr(self, "story") or self.erased:
            return
        consent = records.find(self.archive, self.story.consent_id, actor=VOLUNTEER)
        verifiers = set(consent.verified_by)
        assert consent.collected_by not in verifiers
        case = cases.find(self.archive, self.story.case_id, actor=VOLUNTEER)
        spoken = {
            fact.key: len({*fact.verified_by} - {fact.added_by})
            for fact in facts.list_facts(self.archive, self.story.case_id, actor=VOLUNTEER)
        }
        line = self.clock().date() - date(2026, 11, 22) <= timedelta(days=180)
        plainly = (
            case.status is cases.Status.OPEN
            and case.protection_order is ProtectionOrder.NONE
            and not case.public_figure
            and consent.state in VALID
            and not consent.paused
            and self.clock() < consent.expires_at
            and len(verifiers) >= 2
            and all(count >= 2 for count in spoken.values())
            and line
        )
        allowed = gate.evaluate(self.archive, self.story.request()).allowed
        assert not allowed or plainly
        if plainly and self.objection is None and not allowed:
            assert self.story.codes() == {"objection-upheld"}

    @invariant()
    def a_clearance_is_confirmed_only_where_a_fresh_look_allows(self) -> None:
        if not hasattr(self, "story") or self.erased or not self.clearances:
            return
        clearance, render_id = self.clearances[-1]
        allowed = gate.evaluate(self.archive, self.story.request()).allowed
        in_time = self.clock() - clearance.issued_at < LIFETIME
        try:
            gate.confirm(
                self.archive,
                clearance,
                render_id=render_id,
                photo_sha256=PHOTO_SHA256,
                script_sha256=SCRIPT.sha256,
                motion_sha256=MOTION_SHA256,
                stage=Stage.SIGN,
            )
        except Refused:
            return
        assert allowed
        assert in_time

    @invariant()
    def nothing_stays_active_without_a_valid_consent(self) -> None:
        if not hasattr(self, "story") or self.erased:
            return
        consent = records.find(self.archive, self.story.consent_id, actor=VOLUNTEER)
        for render_id in self.published:
            status = registry.status(self.archive, render_id)
            if consent.state_at(self.clock()) not in VALID:
                assert status is not PublicStatus.ACTIVE
            if consent.state is State.WITHDRAWN:
                assert status is not PublicStatus.UNKNOWN

    def attempt(self, call: object) -> None:
        """Do something that may be refused; a refusal changes nothing, which the invariants see."""
        with contextlib.suppress(*REFUSALS):
            call()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)

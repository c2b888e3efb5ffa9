"""Clearances: replayed, overdue, altered, made by hand, used for something else, or overtaken by events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from consent import accounts, audit, cases, facts, gate, records, registry, relatives, retention
from consent.archive import Archive, open_archive
from consent.clearance import Clearance, Purpose, Stage
from consent.errors import BadValue, Erased, NoSuch, Refused, WrongState
from consent.halting import RenderState
from consent.registry import PublicStatus, Render
from consent.relatives import Outcome
from consent.terms import Channel, Scope
from tests.consent.story import (
    CHANNELS,
    COORDINATOR,
    MOTION_SHA256,
    PHOTO_SHA256,
    SCRIPT,
    VOLUNTEER,
    Clock,
    Story,
    new_case,
    new_consent,
    new_relative,
    tell,
)

FILE = sha256(b"the finished file").hexdigest()
OTHER = "0" * 64


@pytest.fixture
def story(archive: Archive) -> Story:
    return tell(archive)


def refusal(call: Callable[[], object]) -> set[str]:
    with pytest.raises(Refused) as refused:
        call()
    return {reason.code for reason in refused.value.reasons}


def confirm(story: Story, clearance: Clearance, render: Render, **changes: object) -> None:
    inputs: dict[str, object] = {
        "render_id": render.render_id,
        "photo_sha256": PHOTO_SHA256,
        "script_sha256": SCRIPT.sha256,
        "motion_sha256": MOTION_SHA256,
        "stage": Stage.SIGN,
        **changes,
    }
    gate.confirm(story.archive, clearance, **inputs)


def publish(story: Story, clearance: Clearance, render: Render) -> registry.PublicationRecord:
    return registry.publish(
        story.archive, render.render_id, sha256=FILE, manifest=b"manifest", clearance=clearance
    )


def events(archive: Archive) -> list[str]:
    from sqlalchemy import select

    from consent import canonical
    from consent.models import LedgerRow

    with archive.reading() as session:
        rows = session.execute(select(LedgerRow.body).order_by(LedgerRow.index)).scalars()
        return [canonical.decode(body.encode())["event"] for body in rows]


def test_a_clearance_opens_one_render_and_no_second(story: Story) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    assert refusal(lambda: registry.open_render(story.archive, clearance)) == {"used"}
    other = registry.open_render(story.archive, gate.clear(story.archive, story.request()))
    assert other.render_id != render.render_id
    assert refusal(lambda: confirm(story, clearance, other)) == {"used"}
    assert refusal(lambda: publish(story, clearance, other)) == {"used"}
    confirm(story, clearance, render)
    publish(story, clearance, render)
    assert refusal(lambda: publish(story, clearance, render)) == {"not-rendering"}


def test_a_clearance_runs_out(story: Story, clock: Clock) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    clock.forward(minutes=30, microseconds=-1)
    confirm(story, clearance, render)
    clock.forward(microseconds=1)
    assert refusal(lambda: confirm(story, clearance, render)) == {"overdue"}
    assert refusal(lambda: publish(story, clearance, render)) == {"overdue"}


def test_a_clock_set_back_is_noticed_but_a_little_skew_is_not(story: Story, clock: Clock) -> None:
    clearance = gate.clear(story.archive, story.request())
    clock.forward(minutes=-2)
    render = registry.open_render(story.archive, clearance)
    clock.forward(seconds=-1)
    assert refusal(lambda: confirm(story, clearance, render)) == {"from-the-future"}


ALTERED: dict[str, object] = {
    "nonce": "0" * 32,
    "case_id": "case-another",
    "consent_id": "consent-another",
    "purpose": Purpose.POSTER,
    "photo_sha256": OTHER,
    "script_sha256": OTHER,
    "motion_sha256": None,
    "scopes": (Scope.FIRST_PERSON,),
    "channels": (Channel.PRESS,),
    "languages": ("en",),
    "requested_by": COORDINATOR,
    "issued_at": Clock().moment + timedelta(seconds=1),
    "expires_at": Clock().moment + timedelta(days=1),
    "signature": b"\0" * 64,
}


def test_every_field_of_a_clearance_is_signed(story: Story) -> None:
    clearance = gate.clear(story.archive, story.request())
    assert set(ALTERED) == {field.name for field in fields(Clearance)}
    for name, value in ALTERED.items():
        altered = replace(clearance, **{name: value})
        assert refusal(lambda forged=altered: registry.open_render(story.archive, forged)) == {"forged"}
    registry.open_render(story.archive, clearance)


def test_a_clearance_of_another_archive_or_made_by_hand_is_none(story: Story, tmp_path: Path) -> None:
    with open_archive(tmp_path / "other", clock=story.archive.clock) as elsewhere:
        twin = tell(elsewhere)
        foreign = gate.clear(elsewhere, twin.request())
    assert refusal(lambda: registry.open_render(story.archive, foreign)) == {"forged"}
    genuine = gate.clear(story.archive, story.request())
    by_hand = Clearance(
        **{field.name: getattr(genuine, field.name) for field in fields(Clearance)}
        | {"signature": b"", "nonce": "f" * 32}
    )
    assert refusal(lambda: registry.open_render(story.archive, by_hand)) == {"forged"}


def test_what_is_rendered_has_to_be_what_was_cleared(story: Story) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    for name in ("photo_sha256", "script_sha256", "motion_sha256"):
        assert refusal(lambda name=name: confirm(story, clearance, render, **{name: OTHER})) == {
            "other-input"
        }
    assert refusal(lambda: confirm(story, clearance, render, purpose=Purpose.POSTER)) == {"other-purpose"}


def test_the_photograph_of_another_case_is_refused(story: Story) -> None:
    other = cases.open_case(story.archive, actor=VOLUNTEER, disappeared=Clock().moment.date(), minor=False)
    codes = story.codes(case_id=other.id)
    assert {"other-photo", "no-anchor", "no-consent", "order-unchecked"} <= codes


OVERTAKEN: dict[str, tuple[Callable[[Story], object], str, PublicStatus]] = {
    "withdrawn": (
        lambda s: records.withdraw(s.archive, s.consent_id, actor=VOLUNTEER),
        "consent-withdrawn",
        PublicStatus.WITHDRAWN,
    ),
    "invalidated": (
        lambda s: records.invalidate(s.archive, s.consent_id, actor=VOLUNTEER),
        "consent-ended",
        PublicStatus.INACTIVE,
    ),
    "terminated": (
        lambda s: records.terminate(s.archive, s.consent_id, actor=VOLUNTEER),
        "consent-ended",
        PublicStatus.INACTIVE,
    ),
    "found": (
        lambda s: cases.mark_found(s.archive, s.case_id, actor=VOLUNTEER),
        "case-not-open",
        PublicStatus.INACTIVE,
    ),
    "erased": (
        lambda s: cases.erase(s.archive, s.case_id, actor=COORDINATOR),
        "case-not-open",
        PublicStatus.INACTIVE,
    ),
    "objected": (
        lambda s: relatives.object_to(s.archive, s.case_id, s.relative_id, "No.", actor=VOLUNTEER),
        "objection-open",
        PublicStatus.ACTIVE,
    ),
    "a fact retold": (
        lambda s: facts.add_fact(
            s.archive, s.case_id, "lugar", "Tonalá", source="Otra ficha", actor=VOLUNTEER
        ),
        "unverified-fact",
        PublicStatus.ACTIVE,
    ),
    "the account revoked": (
        lambda s: accounts.revoke(s.archive, VOLUNTEER, actor=COORDINATOR),
        "requester",
        PublicStatus.ACTIVE,
    ),
}


@pytest.mark.parametrize("name", OVERTAKEN)
def test_what_happens_in_between_stops_every_later_step(story: Story, name: str) -> None:
    happens, code, public = OVERTAKEN[name]
    out = gate.clear(story.archive, story.request())
    published = registry.open_render(story.archive, out)
    publish(story, out, published)
    unused = gate.clear(story.archive, story.request())
    running = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, running)

    happens(story)

    assert code in refusal(lambda: registry.open_render(story.archive, unused))
    assert code in refusal(lambda: confirm(story, running, render))
    assert code in refusal(lambda: publish(story, running, render))
    assert registry.status(story.archive, render.render_id) is PublicStatus.UNKNOWN
    assert registry.status(story.archive, published.render_id) is public
    due = {takedown.channel for takedown in registry.takedowns(story.archive, actor=COORDINATOR)}
    assert due == (set() if public is PublicStatus.ACTIVE else CHANNELS)
    assert audit.verify(story.archive).sound


def test_a_clearance_stays_with_the_consent_it_rests_on(story: Story) -> None:
    """Another relative's yes to the same does not keep a clearance alive whose own consent is gone."""
    father = new_relative(story.archive, story.case_id, relatives.Relationship.FATHER)
    clearance = gate.clear(story.archive, story.request())
    new_consent(story.archive, story.case_id, father)
    records.withdraw(story.archive, clearance.consent_id, actor=VOLUNTEER)
    assert refusal(lambda: registry.open_render(story.archive, clearance)) == {"consent-withdrawn"}
    assert gate.clear(story.archive, story.request()).consent_id != clearance.consent_id


def test_an_expired_consent_ends_what_is_out(story: Story, clock: Clock) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    publish(story, clearance, render)
    clock.forward(days=365)
    assert registry.status(story.archive, render.render_id) is PublicStatus.INACTIVE
    assert "consent-expired" in story.codes()
    assert retention.expire_due(story.archive) == 1
    assert retention.expire_due(story.archive) == 0
    found = registry.find(story.archive, render.render_id)
    assert found is not None
    assert found.state is RenderState.INACTIVE


def test_an_objection_blocks_until_a_coordinator_settles_it(story: Story) -> None:
    objection = relatives.object_to(
        story.archive, story.case_id, story.relative_id, "No quiero.", actor=VOLUNTEER
    )
    assert story.codes() == {"objection-open"}
    settled = relatives.settle_objection(
        story.archive, story.case_id, objection.id, Outcome.LIFTED, reason="Hablamos.", actor=COORDINATOR
    )
    assert not settled.blocks
    assert story.codes() == set()


def test_a_render_can_be_given_up_once(story: Story) -> None:
    render = registry.open_render(story.archive, gate.clear(story.archive, story.request()))
    registry.fail(story.archive, render.render_id)
    assert registry.status(story.archive, render.render_id) is PublicStatus.UNKNOWN
    with pytest.raises(WrongState):
        registry.fail(story.archive, render.render_id)


def test_a_takedown_is_settled_once_it_is_down(story: Story) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    publish(story, clearance, render)
    records.withdraw(story.archive, story.consent_id, actor=VOLUNTEER)
    registry.settle_takedown(story.archive, render.render_id, Channel.WHATSAPP, actor=VOLUNTEER)
    (left,) = registry.takedowns(story.archive, actor=VOLUNTEER)
    assert left.channel is Channel.FACEBOOK
    with pytest.raises(NoSuch):
        registry.settle_takedown(story.archive, render.render_id, Channel.PRESS, actor=VOLUNTEER)


def test_what_does_not_exist_is_said_to_be_unknown(story: Story) -> None:
    assert registry.status(story.archive, 1) is PublicStatus.UNKNOWN
    assert registry.find(story.archive, 1) is None
    assert registry.manifest(story.archive, 1) is None
    with pytest.raises(NoSuch):
        registry.fail(story.archive, 1)
    with pytest.raises(NoSuch):
        gate.clear(story.archive, story.request(case_id="case-none"))


def test_nothing_is_cleared_after_erasure_and_nobody_s_words_are_left(story: Story) -> None:
    clearance = gate.clear(story.archive, story.request())
    render = registry.open_render(story.archive, clearance)
    publish(story, clearance, render)
    cases.erase(story.archive, story.case_id, actor=COORDINATOR)
    with pytest.raises(Erased):
        gate.clear(story.archive, story.request())
    with pytest.raises(WrongState):
        cases.erase(story.archive, story.case_id, actor=COORDINATOR)
    assert audit.verify(story.archive).sound
    story.archive.close()
    for path in story.archive.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (b"Lucero", b"Una Madre", b"Guadalajara", b"a photograph"):
                assert secret not in content, path


def test_a_request_says_whether_it_is_a_video_or_a_poster(story: Story) -> None:
    with pytest.raises(BadValue):
        story.request(motion_sha256=None)
    with pytest.raises(BadValue):
        story.request(purpose=Purpose.POSTER)
    with pytest.raises(BadValue):
        story.request(photo_sha256="not a digest")


def test_yes_and_no_are_both_in_the_log(story: Story) -> None:
    gate.clear(story.archive, story.request())
    refusal(lambda: gate.clear(story.archive, story.request(channels=frozenset({Channel.PRESS}))))
    refusal(lambda: gate.clear(story.archive, story.request(requested_by="José; DROP TABLE")))
    assert events(story.archive)[-3:] == ["clearance-given", "clearance-refused", "clearance-refused"]


def test_a_second_case_is_not_touched_by_the_first(story: Story) -> None:
    other = new_case(story.archive)
    new_consent(story.archive, other, new_relative(story.archive, other))
    cases.mark_found(story.archive, story.case_id, actor=VOLUNTEER)
    assert story.codes(case_id=other) == set()

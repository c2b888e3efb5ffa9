"""Frames flow: order kept, failures handed over, producers stopped, time told apart."""

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portrait.i18n import current_language, use_language
from portrait.stream import Stopwatch, ahead


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=5))
def test_ahead_keeps_every_item_in_order(items, depth):
    assert list(ahead(iter(items), depth)) == items


def test_a_failure_of_the_producer_reaches_the_consumer_after_the_good_items():
    def three_then_fail():
        yield from range(3)
        raise OSError("disk full")

    seen = []
    with pytest.raises(OSError, match="disk full"):
        for item in ahead(three_then_fail()):
            seen.append(item)
    assert seen == [0, 1, 2]


def test_closing_stops_the_producer_of_an_endless_stream():
    produced = itertools.count()
    stream = ahead(produced, depth=2)
    assert next(stream) == 0
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "presente-ahead"]


def test_the_producer_speaks_the_language_of_its_caller():
    use_language("en")
    try:
        assert list(ahead(current_language() for _ in range(1))) == ["en"]
    finally:
        use_language("es")


def test_the_stopwatch_charges_only_the_production():
    now = 0.0
    watch = Stopwatch(clock=lambda: now)

    def slow():
        nonlocal now
        for item in range(3):
            now += 1.0
            yield item

    for _ in watch.through("produce", slow()):
        with watch.stage("consume"):
            now += 3.0
    assert watch.seconds == {"produce": 3.0, "consume": 9.0}
    assert watch.wall == 12.0


def test_a_stage_inside_another_is_charged_to_itself_alone():
    now = 0.0
    watch = Stopwatch(clock=lambda: now)
    with watch.stage("outer"):
        now += 1.0
        with watch.stage("inner"):
            now += 5.0
        now += 1.0
    assert watch.seconds == {"inner": 5.0, "outer": 2.0}

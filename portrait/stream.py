"""Frames flow as iterators; two helpers let the stages overlap and be timed without holding the film."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def ahead(items: Iterator[Item], depth: int = 4) -> Iterator[Item]:
    """Yield `items` while a thread prepares the next `depth` of them.

    OpenCV and MediaPipe release the interpreter lock, so a stage and its consumer share the two
    cores. An exception of the producer is raised here; closing this generator stops the thread.
    """
    ready: queue.Queue[object] = queue.Queue(depth)
    stopped = threading.Event()
    failure: list[BaseException] = []

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not put(item):
                    break
        except BaseException as error:  # noqa: BLE001 - handed over to the consumer, whatever it is
            failure.append(error)
        finally:
            put(_END)

    in_context = contextvars.copy_context().run  # so that messages keep their language
    producer = threading.Thread(target=in_context, args=(produce,), name="presente-ahead", daemon=True)
    producer.start()
    try:
        while (item := ready.get()) is not _END:
            yield item  # type: ignore[misc]
        if failure:
            raise failure[0]
    finally:
        stopped.set()
        producer.join()


class Stopwatch:
    """Seconds each stage took by itself, in the order the stages first ended.

    A stage inside another, in the same thread, is charged to itself alone. Stages overlap in threads,
    so the sum may exceed the wall time.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._started = clock()
        self._inner = threading.local()

    @property
    def wall(self) -> float:
        """Seconds since this watch was made."""
        return self._clock() - self._started

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body as part of stage `name`."""
        outer = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        start = self._clock()
        try:
            yield
        finally:
            elapsed = self._clock() - start
            self.seconds[name] = self.seconds.get(name, 0.0) + elapsed - self._inner.seconds
            self._inner.seconds = outer + elapsed

    def through(self, name: str, items: Iterator[Item]) -> Iterator[Item]:
        """Yield `items`, timing only the production of each."""
        while True:
            with self.stage(name):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

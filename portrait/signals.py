"""How a person or the system stops the program: one way out, in good order.

SIGTERM (a shutdown, a job's end) and SIGHUP (a closed terminal) do what Ctrl-C does, so that whatever
was half-written is removed on the way out.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def stop_in_good_order() -> None:
    """Let every request to stop raise KeyboardInterrupt; for the main thread of a program."""
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks for SIGHUP to be ignored
            signal.signal(number, signal.default_int_handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Finish the body before a request to stop is heeded; it then comes too late and is dropped.

    For the few milliseconds in which stopping would leave two records that disagree. Signals reach the
    main thread alone, so elsewhere there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)

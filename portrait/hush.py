"""MediaPipe's native chatter kept off standard error.

Its C++ libraries write notices to file descriptor 2 before any of their own switches can be set
("All log messages before absl::InitializeLog() ..."), in the middle of our progress bars. While a
graph is built or first used, standard error goes to a temporary file; afterwards every line that is
not such a notice is handed on, so that nothing anybody else wrote is lost.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2
_NOTICE = re.compile(
    rb"[IW]\d{4} \d\d:\d\d:[\d.: ]+\S+\.cc:\d+\] |[IW]0000 [\d.: ]+\S+\.cc:\d+\] "
    rb"|INFO: Created TensorFlow Lite |WARNING: All log messages before absl::InitializeLog"
)
_lock = threading.RLock()


@contextmanager
def hushed() -> Iterator[None]:
    """Drop native notices written meanwhile; one block at a time, so keep it short."""
    with _lock:
        sys.stderr.flush()
        real = os.dup(_STDERR)
        with tempfile.TemporaryFile() as caught:
            os.dup2(caught.fileno(), _STDERR)
            try:
                yield
            finally:
                sys.stderr.flush()
                os.dup2(real, _STDERR)
                os.close(real)
                caught.seek(0)
                for line in caught:
                    if not _NOTICE.match(line):
                        os.write(_STDERR, line)

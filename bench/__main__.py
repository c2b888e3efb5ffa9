"""Run every bench, or those named: `python -m bench [motion speech compose watermark pipeline ...]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    known = sorted(
        path.stem for path in here.glob("*.py") if "def main(" in path.read_text() and path.stem != "__main__"
    )
    failed = 0
    for name in sys.argv[1:] or known:
        # One process a bench: peak memory and warm caches of one must not colour the next.
        failed |= subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())

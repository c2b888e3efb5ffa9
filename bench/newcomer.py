"""A fresh clone in an empty folder: how long until `make demo` has made and verified its video.

Installing and rendering are timed apart; the package cache is as warm as this machine's is.
Promised: under six minutes in all.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from bench.machine import report

ROOT = Path(__file__).resolve().parents[1]
PROMISE = 360.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "presente")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        newcomer = {name: value for name, value in os.environ.items() if not name.startswith("PRESENTE_")}
        newcomer |= {"PRESENTE_HOME": str(Path(folder, "home"))}
        install = seconds_of(["make", "-s", "voices"], clone, newcomer)
        render = seconds_of(["make", "-s", "demo"], clone, newcomer)
        command = [".venv/bin/presente", "verify", "out/demo.mp4", "--json"]
        told = subprocess.run(command, cwd=clone, env=newcomer, check=True, capture_output=True, text=True)
    results = {
        "install_seconds": install,
        "demo_seconds": render,
        "total_seconds": round(install + render, 1),
        "promise_seconds": PROMISE,
        "verdict": json.loads(told.stdout)["verdict"],
    }
    report("newcomer", results)


def seconds_of(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return round(time.perf_counter() - start, 1)


if __name__ == "__main__":
    main()

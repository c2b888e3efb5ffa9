"""The machine a number came from, and how a bench prints its report."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import psutil


def machine(*packages: str) -> dict[str, object]:
    """Describe this machine and the versions of the named packages; no host name, no user."""
    cpu = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": {name: version(name) for name in packages},
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def report(bench: str, results: dict[str, object], *packages: str) -> None:
    """Print one bench's results as a JSON object."""
    json.dump({"bench": bench, "machine": machine(*packages), "results": results}, sys.stdout, indent=2)
    print()

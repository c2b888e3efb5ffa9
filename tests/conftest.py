"""Real parts for the tests: a PostgreSQL cluster of our own, started when a test asks for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an empty database in a throw-away cluster that listens on a Unix socket only."""
    programs = _postgres_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; `make test` installs it")
        pytest.skip("PostgreSQL is not installed; `make test` installs it")
    # A short folder: socket paths end at 107 characters. PostgreSQL refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="presente-pg-"))
    owner = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if owner:
        shutil.chown(folder, **owner)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "presente", "--auth=trust", "--no-sync", "-E", "UTF8"],
        check=True, stdout=subprocess.DEVNULL, **owner,
    )  # fmt: skip
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, **owner)
    try:
        yield f"postgresql+psycopg://presente@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, **owner)
        shutil.rmtree(folder, ignore_errors=True)

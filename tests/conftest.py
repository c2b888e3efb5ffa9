"""Real parts for the tests: a PostgreSQL cluster of our own, started when a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of an empty database in a throw-away cluster that listens on a Unix socket only."""
    programs = postgres.programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed; `make test` installs it")
        pytest.skip("PostgreSQL is not installed; `make test` installs it")
    with postgres.cluster(programs) as url:
        yield url

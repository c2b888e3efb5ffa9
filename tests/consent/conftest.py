"""Archives for the tests, each on SQLite and on PostgreSQL.

The server is the throw-away one of `postgres_url`, or the one PRESENTE_TEST_POSTGRES names (an SQLAlchemy
URL of a database whose user may create schemas). Every test works in a schema of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.archive import Archive, open_archive
from tests.consent.story import Clock
from tests.postgres import empty_schema


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """URL of an empty database; None for SQLite in the archive's own folder."""
    if request.param == "sqlite":
        yield None
        return
    server = os.environ.get("PRESENTE_TEST_POSTGRES") or request.getfixturevalue("postgres_url")
    with empty_schema(server) as address:
        yield address


@pytest.fixture
def other_url(url: str | None, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """URL of an empty database of the other kind than `url`."""
    if url is not None:
        yield None
        return
    server = os.environ.get("PRESENTE_TEST_POSTGRES") or request.getfixturevalue("postgres_url")
    with empty_schema(server) as address:
        yield address


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, url: str | None, clock: Clock) -> Iterator[Archive]:
    with open_archive(tmp_path / "home", url=url, clock=clock) as opened:
        yield opened

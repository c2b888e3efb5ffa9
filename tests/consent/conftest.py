"""Archives for the tests, each on SQLite and on PostgreSQL.

The server is the throw-away one of `postgres_url`, or the one PRESENTE_TEST_POSTGRES names (an SQLAlchemy
URL of a database whose user may create schemas). Every test works in a schema of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from consent import passwords
from consent.archive import Archive, open_archive
from tests.consent.story import Clock
from tests.postgres import empty_schema


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2id at its smallest; test_accounts holds the cost that people's passwords really get."""
    with pytest.MonkeyPatch.context() as patch:
        smallest = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
        patch.setattr(passwords, "_hasher", smallest)
        yield


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


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that was just founded, on SQLite, for the tests to begin with a copy of."""
    home = tmp_path_factory.mktemp("founded") / "home"
    open_archive(home, clock=Clock()).close()
    return home


@pytest.fixture
def archive(tmp_path: Path, url: str | None, clock: Clock, founded: Path) -> Iterator[Archive]:
    if url is None:
        shutil.copytree(founded, tmp_path / "home")
    with open_archive(tmp_path / "home", url=url, clock=clock) as opened:
        yield opened

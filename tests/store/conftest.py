"""One fixture, two databases: every test that takes ``store`` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.store import Store
from tests.postgres import Server, postgres_server

__all__ = ["postgres_server"]

PATIENCE = timedelta(seconds=20)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "posts.sqlite"
    Store.open(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture
def sqlite_path(tmp_path: Path, sqlite_template: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "posts.sqlite"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('sqlite_path')}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.borrowed() as lent:
        yield lent


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, busy_timeout=PATIENCE)
    yield opened
    opened.close()

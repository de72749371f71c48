"""The database server of one process: real SQLite in memory under the product's own store, with a server's troubles.

Commits may be lost, kept without anybody knowing, or undone later by a fail-over (with or without a new timeline).
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from syndicator.errors import StoreError
from syndicator.store.engine import CommitUnknown, RolledBack, Store
from syndicator.store.faults import explained
from tests.simulation.quick import QuickConnection
from tests.simulation.world import World

READS = 0.1
"""Share of the reads before which anything may happen; a commit is where it matters, and that always is a point."""
KEPT_BACK = 4
"""How many earlier states a fail-over may go back to."""


class Fate(StrEnum):
    """What becomes of one COMMIT that is not simply kept."""

    KEPT_UNKNOWN = "the answer to COMMIT is lost, it holds"
    LOST_UNKNOWN = "the answer to COMMIT is lost, it does not hold"
    WARNED = "the server warns at COMMIT: no standby has it"
    REFUSED = "the server refuses COMMIT"


class Server:
    """One SQLite database in memory and SQLAlchemy's connections to it; used again for every seed."""

    def __init__(self) -> None:
        self.quick = True
        self._tables: list[str] | None = None
        self._contents: dict[bytes, list[tuple[str, tuple[object, ...]]]] = {}
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)
        engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool, query_cache_size=4000)
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "connect", lambda raw, record: record.info.update(raw=raw))
        dialect = engine.dialect
        # The same words that SQLAlchemy would send, without building a statement for each.
        dialect.do_savepoint = lambda _, name: self.raw.execute(f"SAVEPOINT {name}")
        dialect.do_rollback_to_savepoint = lambda _, name: self.raw.execute(f"ROLLBACK TO SAVEPOINT {name}")
        dialect.do_release_savepoint = lambda _, name: self.raw.execute(f"RELEASE SAVEPOINT {name}")
        self.engine = engine

    def _begin(self, connection: Connection) -> None:
        self.raw.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    def begin(self, image: bytes) -> None:
        """Let a story begin with what an image holds; rows are cheaper than files, which SQLite has to get to know."""
        if self._tables is None:
            self.load(image)
            listed = self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            self._tables = [name for (name,) in listed if not name.startswith("sqlite_")]
        if image not in self._contents:
            self._contents[image] = list(self._read(image))
        self.raw.execute("PRAGMA foreign_keys = OFF")
        self.raw.execute("BEGIN")
        for name in self._tables:
            self.raw.execute(f"DELETE FROM {name}")
        for sentence, row in self._contents[image]:
            self.raw.execute(sentence, row)
        self.raw.execute("COMMIT")
        self.raw.execute("PRAGMA foreign_keys = ON")

    def _read(self, image: bytes) -> Iterator[tuple[str, tuple[object, ...]]]:
        with closing(sqlite3.connect(":memory:")) as other:
            other.deserialize(image)
            for name in self._tables or ():
                for row in other.execute(f"SELECT * FROM {name} ORDER BY rowid"):
                    yield f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row

    def load(self, image: bytes) -> None:
        """Put the database into an earlier state."""
        if self.raw.in_transaction:
            self.raw.rollback()
        self.raw.deserialize(image)
        self.raw.execute("PRAGMA journal_mode = MEMORY")
        self.raw.execute("PRAGMA foreign_keys = ON")


class Database(Store):
    """The product's store on that server; what is overridden is what a server does, never what the product decides."""

    def __init__(self, server: Server, world: World, image: bytes) -> None:
        super().__init__(server.engine, where="the simulated log", path=None, busy_timeout=timedelta(seconds=30))
        self.server = server
        self.raw = server.raw
        self.world = world
        self.line = 1
        self.down_until = -1.0
        self.commits = 0
        self.fates: deque[Fate] = deque()
        self.before: deque[bytes] = deque(maxlen=KEPT_BACK)
        self.keeps_images = False
        server.begin(image)
        kind = QuickConnection if server.quick else Connection
        self._reading, self._writing = kind(self._reader), kind(self._writer)
        self.log_id = str(self.raw.execute("SELECT log_id FROM genesis").fetchone()[0])

    # --- what the product calls -------------------------------------------------------------------------------------

    def hasty(self) -> Store:
        """Give this very store: what a power cut takes is not what is simulated here."""
        return self

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a read-only view of one moment."""
        if self.world.current is not None and self.world.rng.random() < READS:
            self.world.point("before a read")
        self._ask()
        with explained(self.where, self._waited):
            transaction = self._reading.begin()
            try:
                yield self._reading
            finally:
                transaction.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a write transaction; the product's own COMMIT ends it, unless the server is in trouble."""
        self.world.point("before a write")
        self._ask()
        if self.keeps_images:
            self.before.append(self.raw.serialize())
        with explained(self.where, self._waited):
            transaction = self._writing.begin()
            try:
                yield self._writing
                self._commit(self._writing)
            except BaseException:
                if transaction.is_active:
                    transaction.rollback()
                raise
        self.commits += 1
        self.world.point("committed")

    def _commit(self, connection: Connection) -> None:
        fate = self._fate()
        if fate is None:
            super()._commit(connection)
            return
        self.world.tell(fate)
        self.world.counts[fate.name] += 1
        if fate in (Fate.LOST_UNKNOWN, Fate.REFUSED):
            connection.rollback()
        else:
            super()._commit(connection)
            self.commits += 1
        if fate is Fate.REFUSED:
            raise StoreError(f"{self.where}: disk full: nothing was written")
        raise CommitUnknown(f"{self.where}: {fate}")

    def _fate(self) -> Fate | None:
        if self.fates and self.world.current is not None:
            return self.fates.popleft()
        world = self.world
        if not world.scene.commit_trouble or world.calm or world.current is None:
            return None
        return world.rng.choice(tuple(Fate)) if world.rng.random() < world.scene.commit_trouble else None

    def verify(self) -> None:
        """Check that the log still is on the timeline that it knows (R14)."""
        self._ask()
        self.check_timeline(self._reading)

    def check_timeline(self, connection: Connection) -> None:
        """Check the timeline as PostgreSQL would show it."""
        known = self.raw.execute("SELECT timeline FROM genesis").fetchone()[0]
        if known is not None and known != str(self.line):
            raise RolledBack(f"PostgreSQL changed its timeline from {known} to {self.line}")

    def timeline(self, connection: Connection) -> str | None:
        """Give the present timeline; a log on SQLite has none."""
        known = self.raw.execute("SELECT timeline FROM genesis").fetchone()[0]
        return None if known is None else str(self.line)

    def close(self) -> None:
        """Give the connections back; the server stays."""
        for connection in (self._reading, self._writing):
            if connection.in_transaction():
                connection.rollback()
            connection.close()

    def answers(self) -> bool:
        """Say whether the server answers now."""
        return self.world.now >= self.down_until or self.world.calm

    def _ask(self) -> None:
        if not self.answers():
            raise StoreError(f"{self.where}: the connection is gone (is PostgreSQL running and reachable?)")

    # --- what happens to the server ---------------------------------------------------------------------------------

    def fail_over(self, lost: int, *, new_timeline: bool) -> int:
        """Lose the last commits, as a promoted standby or an older snapshot does; give how many were lost."""
        lost = min(lost, len(self.before))
        if not lost:
            return 0
        images = list(self.before)
        self.server.load(images[-lost])
        self.before.clear()
        if new_timeline:
            self.line += 1
        return lost

    def restore(self, image: bytes) -> None:
        """Put a backup in place of the log, on a server that answers."""
        self.down_until = -1.0
        self.server.load(image)
        self.before.clear()

"""The store: one post log on SQLite or PostgreSQL, opened only if it is ours, with safe transactions.

Rules R2, R3, R14, R23. It must not decide about posts: it gives connections and says clearly what is wrong.
"""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from syndicator.errors import StoreError
from syndicator.store import migrate, postgres, sqlite
from syndicator.store.faults import (
    CommitUnknown,
    Conflict,
    Damaged,
    Missing,
    RolledBack,
    explain,
    explained,
    lost_connection,
)

__all__ = ["CommitUnknown", "Conflict", "Connection", "Missing", "RolledBack", "Store"]

BUSY_TIMEOUT = timedelta(seconds=30)
MIGRATE = "`syndicator once` or `run` migrates it (make a backup first)"


class Store:
    """An open post log. Thread-safe: every ``read`` and ``write`` has a connection of its own from a pool."""

    def __init__(self, engine: Engine, *, where: str, path: Path | None, busy_timeout: timedelta) -> None:
        self.dialect = engine.dialect.name
        self.path = path
        self.where = where
        self.log_id = ""
        self._busy_timeout = busy_timeout
        self._waited = f"{busy_timeout.total_seconds():g} s"
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._hasty_writer = engine.execution_options(writes=True, hasty=True)
        self._reader = engine.execution_options(writes=False)
        if self.dialect == "postgresql":
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._files: tuple[sqlite.Identity | None, sqlite.Identity | None] = (None, None)
        self._damage = ""

    @classmethod
    def open(cls, url: str, *, create: bool = False, busy_timeout: timedelta = BUSY_TIMEOUT) -> "Store":
        """Open the post log at ``sqlite:///path`` or ``postgresql://…``; with ``create`` make or migrate it first.

        Raises:
            StoreError: missing, empty, foreign, newer, older (without ``create``), unreachable, or not durable.
        """
        parsed = _parse(url)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(Path(str(parsed.database)), create=create, busy_timeout=busy_timeout)
        return _open_postgres(parsed, create=create, busy_timeout=busy_timeout)

    @staticmethod
    def file_of(url: str) -> Path | None:
        """Give the file that an address names; None for a server.

        Raises:
            StoreError: the address cannot be read.
        """
        parsed = _parse(url)
        return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a read-only view of one moment; nothing can be written through it."""
        with self._explained(), self._reader.connect() as connection:
            connection.begin()
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a write transaction that is durable when the block ends; an exception undoes it all.

        Raises:
            Conflict: a law of the schema refused.
            CommitUnknown: nobody knows whether the commit holds (R3).
            StoreError: locked, full, read-only, gone, corrupt.
        """
        with self._explained(), self._to_write().connect() as connection:
            connection.begin()
            yield connection
            self._commit(connection)

    def hasty(self) -> "Store":
        """Give the same log with writes that do not wait for the disk, for what can be found out again.

        A power cut may take the newest of them away, always together with what followed; no crash of ours does. Any
        other write makes them durable with itself, so nothing durable ever rests on what is not (SQLite's log is one
        file, written in order). PostgreSQL waits all the same.
        """
        return _Hasty(self)

    def _to_write(self) -> Engine:
        return self._writer

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with explained(self.where, self._waited):
                yield
        except Damaged as error:
            self._damage = str(error)
            raise

    def _commit(self, connection: Connection) -> None:
        postgres.forget_warnings(connection)
        try:
            with self._patience(connection):
                connection.commit()
        except SQLAlchemyError as error:
            _undo(connection)
            if lost_connection(error):
                raise CommitUnknown(f"{self.where}: the connection was lost during COMMIT") from error
            raise
        warnings = postgres.warnings_of(connection)
        if warnings:
            raise CommitUnknown(f"{self.where}: the server warned at COMMIT, so it counts as not kept: {warnings[0]}")

    def _patience(self, connection: Connection) -> AbstractContextManager[None]:
        if self.dialect == "postgresql":
            return postgres.patience(connection, self._busy_timeout)
        return nullcontext()

    def verify(self) -> None:
        """Check that this is still the post log that was opened; called before every claim (R14, R23, S03).

        Raises:
            Damaged: something in it could not be read since it was opened (S05).
            RolledBack: PostgreSQL changed its timeline.
            StoreError: the file or its write-ahead log was replaced or removed, or another log answers.
        """
        if self._damage:
            raise Damaged(self._damage)
        if self.path is not None:
            # Commits go to the write-ahead log first: one that was unlinked takes them with it.
            if sqlite.files(self.path) != self._files:
                raise StoreError(sqlite.replaced(self.path))
            return
        with self.read() as connection:
            if migrate.log_id(connection, where=self.where) != self.log_id:
                raise StoreError(f"{self.where}: another post log answers under this name now; nothing is sent")
            self.check_timeline(connection)

    def check_timeline(self, connection: Connection) -> None:
        """Check inside a transaction that every commit the log knows of still holds (R14).

        Raises:
            RolledBack: PostgreSQL was promoted or restored since.
        """
        if self.dialect == "postgresql":
            postgres.check_timeline(connection)

    def timeline(self, connection: Connection) -> str | None:
        """Give the timeline on which commits are made now; None on SQLite, which has no such thing."""
        return postgres.timeline(connection) if self.dialect == "postgresql" else None

    def close(self) -> None:
        """Close all connections; SQLite then folds the write-ahead log into the file."""
        self._engine.dispose()

    def _begin(self, identity: sqlite.Identity | None) -> "Store":
        """Check what was opened; on any doubt close it again."""
        try:
            self._check()
        except BaseException:
            self.close()
            raise
        if self.path is not None:
            # The write-ahead log stays while a connection is open, and the pool keeps one from the first look on.
            self._files = identity, sqlite.files(self.path)[1]
        return self

    def _check(self) -> None:
        with self.read() as connection:
            if not migrate.check_version(connection, where=self.where):
                raise StoreError(f"{self.where}: the schema is older than this syndicator needs; {MIGRATE}")
            self.log_id = migrate.log_id(connection, where=self.where)
            self.timeline(connection)  # a standby is refused before it refuses us
        if self.path is not None:
            sqlite.leave_a_trace(self.path, self.log_id)
        if self.dialect == "postgresql":
            with explained(self.where), self._writer.connect() as connection:
                postgres.check_durable(connection)


class _Hasty(Store):
    """The view that ``hasty`` gives. It is the same log: what the one learns of it, the other knows."""

    def __init__(self, origin: Store) -> None:
        self.__dict__ = origin.__dict__

    def _to_write(self) -> Engine:
        return self._hasty_writer


def risks(url: str) -> tuple[str, ...]:
    """Name what the database at ``url`` cannot promise, in sentences; the post log itself need not be there yet.

    Raises:
        StoreError: it cannot be asked.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return ()
    where = parsed.render_as_string(hide_password=True)
    engine = postgres.connect(parsed, busy_timeout=BUSY_TIMEOUT)
    try:
        with explained(where), engine.connect() as connection:
            return postgres.risks(connection)
    finally:
        engine.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(postgres.several_hosts(url))
    except (ArgumentError, ValueError) as error:
        raise StoreError("the database URL cannot be read; use sqlite:///path or postgresql://host/name") from error
    if parsed.drivername == "postgres":
        parsed = parsed.set(drivername="postgresql")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreError(f"{parsed.get_backend_name()}: unknown kind of database; use sqlite:/// or postgresql://")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError("a post log in memory would forget what was published; use sqlite:///path")
    return parsed


def _open_sqlite(path: Path, *, create: bool, busy_timeout: timedelta) -> Store:
    if create and not sqlite.is_there(path):
        sqlite.refuse_a_lost_log(path)
        _create_sqlite(path, busy_timeout)
    identity = sqlite.check_file(path)
    if create:
        migrate_file(path, busy_timeout)
    engine = sqlite.connect(path, busy_timeout=busy_timeout, expected=identity)
    return Store(engine, where=str(path), path=path, busy_timeout=busy_timeout)._begin(identity)


def _create_sqlite(path: Path, busy_timeout: timedelta) -> None:
    # Built under another name and linked when complete: a crash half-way leaves no log that looks like an empty one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    sqlite.blank(draft)
    try:
        migrate_file(draft, busy_timeout)
    except BaseException:
        draft.unlink()
        raise
    sqlite.put_in_place(draft, path)


def migrate_file(path: Path, busy_timeout: timedelta = BUSY_TIMEOUT) -> None:
    """Bring the SQLite file at ``path`` to the newest schema; an empty one becomes a new post log.

    Raises:
        StoreError: another program's tables, a newer schema, or the database refuses.
    """
    # Alembic rebuilds tables to change them, which foreign keys would forbid; they are checked at the end instead.
    engine = sqlite.connect(path, busy_timeout=busy_timeout, expected=sqlite.identity(path), foreign_keys=False)
    try:
        waited = f"{busy_timeout.total_seconds():g} s"
        with explained(str(path), waited), engine.execution_options(writes=False).begin() as connection:
            sqlite.check_pages(connection, path)
        with explained(str(path), waited), engine.begin() as connection:
            before = migrate.version(connection)
            if _migrate(connection, where=str(path)):
                migrate.begin_log(connection, timeline=None)
            if migrate.version(connection) != before and sqlite.dangling(connection):
                raise StoreError(f"{path}: the migration would break references; nothing was changed")
    finally:
        engine.dispose()


def _migrate(connection: Connection, *, where: str) -> bool:
    """Bring the schema to the newest; True when the post log is new."""
    fresh = migrate.version(connection) is None
    if fresh and (taken := migrate.foreign_tables(connection)):
        raise StoreError(f"{where}: the database has tables of another program ({', '.join(taken)})")
    if fresh or not migrate.check_version(connection, where=where):
        migrate.upgrade(connection)
    return fresh


def _open_postgres(url: URL, *, create: bool, busy_timeout: timedelta) -> Store:
    where = url.render_as_string(hide_password=True)
    engine = postgres.connect(url, busy_timeout=busy_timeout)
    if create:
        try:
            _create_postgres(engine, where)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, where=where, path=None, busy_timeout=busy_timeout)._begin(None)


def _create_postgres(engine: Engine, where: str) -> None:
    try:
        with engine.begin() as connection:
            # Transaction-level: the lock goes with the transaction, whatever becomes of the session.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({postgres.MIGRATION_LOCK})")
            if _migrate(connection, where=where):
                migrate.begin_log(connection, timeline=postgres.timeline(connection))
    except SQLAlchemyError as error:
        raise explain(error, where=where, waited="") from error


def _undo(connection: Connection) -> None:
    """Roll back what a failed COMMIT left open: SQLAlchemy takes it for the end, and gives the connection to others.

    It is not closed, as the last one of an SQLite file would take the write-ahead log with it.
    """
    driver = None if connection.invalidated else connection.connection.dbapi_connection
    if driver is not None:
        with suppress(Exception):  # then nothing was open, or it is lost and the pool will notice
            driver.rollback()

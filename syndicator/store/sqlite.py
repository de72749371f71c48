"""The SQLite side of the store: connections that keep what they promise, and the file's identity.

Rules R2 (WAL, FULL), R23 (never a silent empty log), S02-S07. ``sqlite3.connect`` on a missing file makes an empty
database, so every connection here is opened with ``mode=rw`` and the header is read first.
"""

import contextlib
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from syndicator.errors import StoreError
from syndicator.store.faults import Missing
from syndicator.store.schema import APPLICATION_ID

INIT = "`syndicator once` (or `run`, or `post`) begins a new one"
RESTORE = "restore the newest backup; only if there never was a post log here, remove the file and its .genesis"
_HEADER = 100
_FULL = 2

Identity = tuple[int, int]

TRACE = "{log_id}\nA post log was begun here. While this file stands, a missing log is an error, never a new one.\n"


def trace_of(path: Path) -> Path:
    """Name the file beside the database that tells a lost post log from one that never was."""
    return path.with_name(f"{path.name}.genesis")


def refuse_a_lost_log(path: Path) -> None:
    """Refuse to begin a new log where one was and is gone: what it had posted would be posted again (R23).

    Raises:
        StoreError: there is a trace of an earlier log.
    """
    trace = trace_of(path)
    # Asked for the log once more: another process may have begun it this moment.
    if trace.exists() and not path.exists():
        log_id = trace.read_text(encoding="utf-8").partition("\n")[0]
        raise StoreError(
            f"{path}: the post log that was here (id {log_id}) is gone; restore the newest backup, but pause every "
            f"channel first: a backup does not know what was sent since; only if a new, empty log is really wanted, "
            f"remove {trace} (then what was posted before is not known any more)"
        )


def leave_a_trace(path: Path, log_id: str) -> None:
    """Write the trace once, durably; a folder that cannot be written only goes without."""
    trace = trace_of(path)
    with contextlib.suppress(OSError), trace.open("x", encoding="utf-8") as file:
        file.write(TRACE.format(log_id=log_id))
        file.flush()
        os.fsync(file.fileno())


def identity(path: Path) -> Identity:
    """Give device and inode of the file at ``path``.

    Raises:
        Missing: there is no such file.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise Missing(f"{path}: the post log is missing ({error.strerror}); {INIT}") from error
    return stat.st_dev, stat.st_ino


def check_file(path: Path) -> Identity:
    """Read the header and refuse what is not our post log; give the file's identity.

    Raises:
        StoreError: missing, empty, not SQLite, or somebody else's.
    """
    found = identity(path)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        raise StoreError(f"{path}: the post log cannot be read ({error.strerror})") from error
    if not header:
        raise StoreError(f"{path}: the post log is empty (0 bytes), so what was published is not known; {RESTORE}")
    if not header.startswith(b"SQLite format 3\0") or len(header) < _HEADER:
        raise StoreError(f"{path}: not an SQLite database; {RESTORE}")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(f"{path}: an SQLite database of another program; name another file for the post log")
    return found


def connect(path: Path, *, busy_timeout: timedelta, expected: Identity, foreign_keys: bool = True) -> Engine:
    """Make an engine whose connections are durable (WAL, FULL), checked, and belong to the file first seen."""

    def creator() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rw",
            uri=True,
            timeout=busy_timeout.total_seconds(),
            check_same_thread=False,
            isolation_level=None,
        )
        if identity(path) != expected:
            connection.close()
            raise StoreError(replaced(path))
        return connection

    engine = create_engine("sqlite://", creator=creator, poolclass=QueuePool, pool_size=4, max_overflow=60)

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        _prepare(dbapi_connection, path, foreign_keys=foreign_keys)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that starts to write later fails at once when another one wrote meanwhile (S06).
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql(f"PRAGMA query_only = {0 if writes else 1}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def replaced(path: Path) -> str:
    """Say that the file is no longer the one that was opened (S03)."""
    return f"{path}: the post log was replaced or removed while in use; nothing is sent: stop, look, and start again"


def _prepare(connection: sqlite3.Connection, path: Path, *, foreign_keys: bool) -> None:
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", _FULL), ("foreign_keys", int(foreign_keys))):
        got = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        if got != wanted:
            raise StoreError(f"{path}: {pragma} is {got}, must be {wanted}: commits would not be safe here")


def blank(path: Path) -> None:
    """Make a new, empty database file that is marked as ours.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)
    except OSError as error:
        raise StoreError(f"{path}: the post log cannot be created ({error.strerror})") from error
    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def put_in_place(draft: Path, path: Path) -> None:
    """Give a finished draft its final name, unless somebody else was faster; it never replaces a file."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"{path}: the post log cannot be created ({error.strerror})") from error
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may take the new name away while the commits in the file survive.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The SQLite side of the store: connections that keep what they promise, and the file's identity.

Rules R2 (WAL, FULL), R23 (never a silent empty log), S02-S07. ``sqlite3.connect`` on a missing file makes an empty
database, so every connection here is opened with ``mode=rw`` and the header is read first.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from syndicator.errors import StoreError
from syndicator.store.faults import RESTORE, Damaged, Missing
from syndicator.store.schema import APPLICATION_ID

INIT = "`syndicator once` (or `run`, or `post`) begins a new one"
LOST = "restore the newest backup; only if there never was a post log here, remove the file and its .genesis"
MOUNTS = Path("/proc/mounts")
NETWORK = {"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "smbfs", "vboxsf",
           "virtiofs"}  # fmt: skip
NETWORK_FAMILIES = ("nfs", "smb", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gluster", "fuse.ceph", "fuse.davfs")
_HEADER = 100
_FULL = 2
_MADE = {"synchronous": "FULL"}
"""What every connection is made with."""

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
    log_id = _traced(path)
    # Asked for the log once more: another process may have begun it this moment.
    if log_id is not None and not is_there(path):
        raise StoreError(
            f"{path}: the post log that was here (id {log_id}) is gone; `syndicator restore FILE` puts the "
            f"newest backup in its place and looks up what was sent since; only if a new, empty log is really wanted, "
            f"remove {trace} (then what was posted before is not known any more)"
        )


def _traced(path: Path) -> str | None:
    """Give the id of the log that was begun here; empty when the trace says nothing, None when there is none."""
    try:
        return trace_of(path).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return ""


def is_there(path: Path) -> bool:
    """Say whether something has the log's name.

    Raises:
        StoreError: that cannot be known (the folder cannot be searched, the name is too long).
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StoreError(f"{path}: the post log cannot be reached ({error.strerror}); check folder and name") from error
    return True


def leave_a_trace(path: Path, log_id: str) -> None:
    """Write the trace once, durably; a folder that cannot be written only goes without.

    Raises:
        StoreError: another log was begun under this name: this one does not know what that one posted (R23, S03).
    """
    begun = _traced(path)
    if begun and begun != log_id:
        raise StoreError(
            f"{path}: another post log (id {log_id}) than the one that was begun here (id {begun}), so what was "
            f"published is not known; restore the newest backup of that one; only if this one is really wanted, "
            f"remove {trace_of(path)}"
        )
    trace = trace_of(path)
    with contextlib.suppress(OSError), trace.open("x", encoding="utf-8") as file:
        file.write(TRACE.format(log_id=log_id))
        file.flush()
        os.fsync(file.fileno())


def renew_trace(path: Path, log_id: str) -> None:
    """Say in the trace that another log was put here on purpose; a folder that cannot be written only goes without."""
    if _traced(path) != log_id:
        with contextlib.suppress(OSError):
            trace_of(path).unlink(missing_ok=True)
        leave_a_trace(path, log_id)


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
        raise StoreError(f"{path}: the post log is empty (0 bytes), so what was published is not known; {LOST}")
    if not header.startswith(b"SQLite format 3\0") or len(header) < _HEADER:
        raise StoreError(f"{path}: not an SQLite database; {LOST}")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        remedy = RESTORE if _traced(path) is not None else "name another file for the post log"
        raise StoreError(f"{path}: an SQLite database of another program; {remedy}")
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

    # The one that was used last first: its pages and statements are at hand, and the others stay small.
    engine = create_engine(
        "sqlite://", creator=creator, poolclass=QueuePool, pool_size=4, max_overflow=60, pool_use_lifo=True
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        _prepare(dbapi_connection, path, foreign_keys=foreign_keys)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that starts to write later fails at once when another one wrote meanwhile (S06).
        options = connection.get_execution_options()
        writes = options.get("writes", True)
        _set(connection, query_only="0" if writes else "1")
        if writes:
            # The connection may have served the other kind before (R2).
            _set(connection, synchronous="NORMAL" if options.get("hasty", False) else "FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _set(connection: Connection, **settings: str) -> None:
    """Set what a connection does not have set yet; past SQLAlchemy, which takes twenty times as long for it."""
    known: dict[str, str] = connection.info
    driver = connection.connection.driver_connection
    for name, value in settings.items():
        if known.get(name, _MADE.get(name)) != value and driver is not None:
            driver.execute(f"PRAGMA {name} = {value}")
            known[name] = value


def risks(path: Path, mounts: str | None = None) -> tuple[str, ...]:
    """Name what the file system under ``path`` cannot promise: on a network drive locks may not hold (S09).

    ``mounts`` is the system's own list (/proc/mounts), read when it is not given; without one nothing is known.
    """
    if mounts is None:
        try:
            mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ()
    place = path.expanduser().absolute().resolve()
    # Of mounts on one another the last one is seen; a longer path is further in.
    under = [(len(at.parts), n, kind) for n, (at, kind) in enumerate(_mounted(mounts)) if place.is_relative_to(at)]
    kind = max(under, default=(0, 0, ""))[2]
    if not (kind in NETWORK or kind.startswith(NETWORK_FAMILIES)):
        return ()
    why = "SQLite's locks may not hold there, so two machines could post the same"
    remedy = "keep the post log on a local disk, or use PostgreSQL for several machines"
    return (f"{path} is on a network file system ({kind}): {why}; {remedy}",)


def _mounted(mounts: str) -> Iterator[tuple[Path, str]]:
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) >= 3:
            # Spaces and the like are written as \\040 (man 5 fstab).
            where = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[1])
            yield Path(where), fields[2].lower()


def files(path: Path) -> tuple[Identity | None, Identity | None]:
    """Give device and inode of the log's file and of its write-ahead log; None for one that is not there."""
    return _identity_or_none(path), _identity_or_none(path.with_name(f"{path.name}-wal"))


def _identity_or_none(path: Path) -> Identity | None:
    try:
        return identity(path)
    except Missing:
        return None


def check_pages(connection: Connection, path: Path) -> None:
    """Read every page once and refuse a damaged file: it would be believed about what was published (S05).

    Some 1.6 s for 100,000 posts. It does not compare indexes with their tables: every claim compares the row itself.

    Raises:
        Damaged: a page, a row or a law is not as it was written.
    """
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(1)")]
    if found == ["ok"]:
        found = [f"a row of {table} names what is not there" for table in [dangling(connection)] if table]
    if found:
        raise Damaged(f"{path}: damaged: {RESTORE}; nothing is sent from it [{' '.join(found)[:200]}]")


def dangling(connection: Connection) -> str:
    """Name a table with a row that refers to a row which is not there; empty when all is well."""
    row = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return "" if row is None else str(row[0])


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
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise StoreError(f"{path}: the post log cannot be created ({error})") from error


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
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    # Without this a power cut may take the new name away while the commits in the file survive.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

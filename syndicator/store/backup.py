"""The post log in one file: written while it is in use, checked, and put back in its place.

A backup is a post log of its own on SQLite, with the name of the log it was made from, whatever database that is on.
A file gets its final name only when it is complete, durable and checked. It must not decide what follows from the
commits that a backup does not know: whoever puts one back puts it in quarantine before it has its name.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from syndicator.errors import StoreError
from syndicator.store import codec, copying, migrate, sqlite, trust
from syndicator.store.engine import BUSY_TIMEOUT, Store, migrate_file
from syndicator.store.schema import articles, posts

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup holds. ``newest_at`` is its last event: what was sent later it does not know."""

    log_id: str
    posts: int
    articles: int
    newest_at: datetime | None
    size: int


# --- writing --------------------------------------------------------------------------------------------------------


def write(origin: Store, path: Path, *, force: bool = False) -> Contents:
    """Copy the log as it is at one moment into the file at ``path``; ``force`` replaces a file that is there.

    Raises:
        StoreError: the file is there, or cannot be written, or the copy fails its check.
    """
    _refuse_to_replace(path, force=force)
    with _draft(path) as draft:
        try:
            sqlite.blank(draft)
        except StoreError as error:
            raise StoreError(f"{path}: cannot be written: {error}") from error
        migrate_file(draft)
        with opened(draft) as target, origin.read() as source, target.write() as sink:
            copying.rows(source, sink)
            copying.identity(source, sink, timeline=None)
            wanted = counts(source)
        contents = seal(draft)
        if (contents.posts, contents.articles) != wanted:
            raise StoreError(f"{path}: the copy has {contents.posts} posts instead of {wanted[0]}: nothing was kept")
        with _in_words(path):
            if force:
                draft.replace(path)
            else:
                _link(draft, path)
            sqlite.sync_folder(path.parent)
    return contents


def _refuse_to_replace(path: Path, *, force: bool) -> None:
    if path.is_dir() or (path.exists() and not force):
        raise StoreError(f"{path}: there already; name another file, or say --force to replace it")


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Name a file beside ``path``, and remove it and what SQLite put next to it unless it got its final name."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        yield draft
    finally:
        for side in ("", *_SIDES):
            with contextlib.suppress(OSError):
                draft.with_name(draft.name + side).unlink(missing_ok=True)


@contextmanager
def opened(draft: Path) -> Iterator[Store]:
    """Open a log that has no final name yet."""
    engine = sqlite.connect(draft, busy_timeout=BUSY_TIMEOUT, expected=sqlite.identity(draft))
    store = Store(engine, where=str(draft), path=draft, busy_timeout=BUSY_TIMEOUT)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn what the file system or SQLite say into a ``StoreError``."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: cannot be written or read ({error.strerror or error})") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def _link(draft: Path, path: Path) -> None:
    """Give a draft its name, never replacing a file."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        _refuse_to_replace(path, force=False)
    except OSError:
        # A file system without hard links; somebody may be faster in between, which a backup's name survives.
        _refuse_to_replace(path, force=False)
        draft.replace(path)


def counts(conn: Connection) -> tuple[int, int]:
    """Give the number of posts and of articles."""
    numbers = [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (posts, articles)]
    return int(numbers[0]), int(numbers[1])


def seal(draft: Path) -> Contents:
    """Fold the write-ahead log in, check the whole file, make it durable, and say what it holds.

    Raises:
        StoreError: damaged.
    """
    with _in_words(draft):
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            _check_whole(connection, draft)
        handle = os.open(draft, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    with opened(draft) as store, store.read() as conn:
        found, written = counts(conn)
        contents = Contents(
            log_id=trust.get(conn).log_id,
            posts=found,
            articles=written,
            newest_at=trust.newest_event(conn),
            size=draft.stat().st_size,
        )
    with _in_words(draft), contextlib.closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return contents


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    said = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        raise StoreError(f"{path}: damaged: {'; '.join(said)}")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreError(f"{path}: damaged: rows refer to rows that are not there")


# --- putting back ---------------------------------------------------------------------------------------------------


@contextmanager
def draft_of(backup: Path, beside: Path) -> Iterator[Path]:
    """Give a checked, migrated copy of a backup that has no final name yet, in the folder of ``beside``.

    Raises:
        StoreError: not a post log of ours, damaged, or written by a newer syndicator.
    """
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file")
    sqlite.check_file(backup)
    beside.parent.mkdir(parents=True, exist_ok=True)
    with _draft(beside) as draft:
        with (
            _in_words(backup),
            contextlib.closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(draft)) as sink,
        ):
            source.backup(sink)
            _check_whole(sink, backup)
        with opened(draft) as store, store.read() as conn:
            migrate.check_version(conn, where=str(backup))
            migrate.log_id(conn, where=str(backup))
        migrate_file(draft)
        yield draft


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else away from the SQLite log at ``path`` (which may be missing, or damaged beyond reading).

    Raises:
        StoreError: another process has it open.
    """
    if not path.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=1)) as connection:
        connection.isolation_level = None
        try:
            # Leaving the write-ahead log needs the file for oneself, and folds everything into it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _BUSY:
                raise StoreError(f"{path}: in use; stop the daemon (and whatever else uses it) first") from error
        yield


def put_in_place(draft: Path, path: Path, *, at: datetime, log_id: str) -> Path | None:
    """Give a draft the name of the log, which is kept under another name; give that (None: there was no log).

    At no moment is there half a log, and where the file system knows hard links there is always one.
    """
    real = path.resolve()
    with _in_words(path):
        kept = _put_aside(real, _aside(real, at)) if real.exists() else None
        draft.replace(real)
        sqlite.sync_folder(real.parent)
    sqlite.renew_trace(path, log_id)
    return kept


def _put_aside(path: Path, aside: Path) -> Path:
    for side in _SIDES:  # only what a damaged log left: the next one must not take it for its own
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + side).rename(aside.with_name(aside.name + side))
    try:
        aside.hardlink_to(path)
    except OSError:
        path.rename(aside)
    return aside


def _aside(path: Path, at: datetime) -> Path:
    stamp = f"{path.name}.before-{codec.dump_instant(at)[:19].replace(':', '')}Z"
    names = (path.with_name(stamp + (f".{n}" if n else "")) for n in range(1000))
    return next(name for name in names if not name.exists())

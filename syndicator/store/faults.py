"""What went wrong in the database, in words a newsroom can act on. It must not retry anything.

Facts: SQLite result codes (sqlite.org/rescode.html); PostgreSQL error codes (manual, appendix A); reliability rules
R3, S01, S04-S06, S11.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from syndicator.errors import StoreError


class Missing(StoreError):
    """There is no post log at this address (yet)."""


class Conflict(StoreError):
    """A law of the schema refused the write (unique, check, foreign key): nothing of the transaction was kept."""


class RolledBack(StoreError):
    """Commits that were made may be gone: PostgreSQL has another timeline than the log knows (R14)."""


class CommitUnknown(StoreError):
    """The answer to COMMIT was lost or weaker than asked for: it may or may not hold. Read again before acting (R3)."""


class Damaged(StoreError):
    """What is in the file is not what was written (S05): nothing may be sent from it until a backup is restored."""


class Unreadable(ValueError):
    """A value in a row is none that was ever written there."""


RESTORE = "keep the file; `syndicator restore FILE` puts the newest backup in its place"
_SQLITE = {
    sqlite3.SQLITE_ERROR: f"damaged: its tables are not as they were made ({RESTORE})",
    sqlite3.SQLITE_BUSY: "locked: another process is writing; waited {waited} (stop the other one, or try again)",
    sqlite3.SQLITE_LOCKED: "locked: another connection is writing; waited {waited} (try again)",
    sqlite3.SQLITE_FULL: "disk full: nothing was written, earlier rows are kept (free some space)",
    sqlite3.SQLITE_READONLY: "read-only: it cannot be written (check the owner and mode of file and folder)",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened (check that file and folder exist and can be read and written)",
    sqlite3.SQLITE_PERM: "access denied (check the owner and mode of file and folder)",
    sqlite3.SQLITE_IOERR: "input/output error: the disk or file system failed (check the disk; keep the file)",
    sqlite3.SQLITE_CORRUPT: f"corrupt: {RESTORE}",
    sqlite3.SQLITE_NOTADB: f"not an SQLite database: {RESTORE}",
    sqlite3.SQLITE_PROTOCOL: "locked: the file system's locks do not work (is it on a network drive?)",
}

_BUSY = "busy: another transaction holds what is needed (try again)"
_GONE = "the connection is gone (is PostgreSQL running and reachable?)"
_POSTGRES = {
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": "locked: another transaction is writing; waited {waited} (try again)",
    "57014": "the statement was cancelled",
    "53100": "disk full: nothing was written, earlier rows are kept (free some space on the server)",
    "53300": "too many connections to PostgreSQL (raise max_connections or stop something)",
    "25006": "read-only: this transaction or server cannot be written (is it a standby?)",
    "42501": "access denied (check the role's rights)",
    "3D000": "the database does not exist (create it with createdb)",
    "28P01": "the password is refused",
    "28000": "the role is refused",
    "XX001": "corrupt: keep the data directory, restore the newest backup",
    "XX002": "corrupt index: keep the data directory, restore the newest backup",
}
_DAMAGED = {"XX001", "XX002"}
_DAMAGE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNDECODABLE = "Could not decode to UTF-8"
"""Python's own complaint about a text; it has no result code."""
_SAID = (
    (r"too many (clients|connections)|connection slots", "53300"),
    (r'database ".*" does not exist', "3D000"),
    (r"password authentication failed", "28P01"),
    (r'role ".*" does not exist', "28000"),
    (r"session is read-only|during recovery", "25006"),
)
"""A refused connection has no code, only words; in another language it is just a connection that failed."""
_UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def code_of(error: DBAPIError) -> str:
    """Give the driver's own name of the error: an SQLSTATE or an SQLite result code name; empty when it has none."""
    driver = error.orig
    return str(getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None) or "")


def is_unique(error: IntegrityError) -> bool:
    """Say whether a unique constraint or index refused (and not a check or a foreign key)."""
    return code_of(error) in _UNIQUE


def lost_connection(error: SQLAlchemyError) -> bool:
    """Say whether nobody knows what the server did with the last statement."""
    if not isinstance(error, DBAPIError):
        return False
    code = code_of(error)
    return error.connection_invalidated or code.startswith(("08", "57P")) or (not code and not _is_sqlite(error))


def _is_sqlite(error: DBAPIError) -> bool:
    return isinstance(error.orig, sqlite3.Error)


def explain(error: SQLAlchemyError, *, where: str, waited: str) -> StoreError:
    """Turn a driver's error into a ``StoreError`` that names the database (``where``) and the remedy."""
    if isinstance(error, IntegrityError):
        return Conflict(f"{where}: refused by the post log's own laws: {_first_line(error)}")
    if isinstance(error, PoolTimeout):
        return StoreError(f"{where}: busy: no connection became free (fewer workers, or a leak)")
    if not isinstance(error, DBAPIError):
        return StoreError(f"{where}: {_first_line(error)}")
    said = _sqlite_text(error) if _is_sqlite(error) else _postgres_text(error)
    kind = Damaged if _is_damage(error) else StoreError
    return kind(f"{where}: {said.format(waited=waited)} [{_first_line(error)}]")


def _is_damage(error: DBAPIError) -> bool:
    if not _is_sqlite(error):
        return code_of(error) in _DAMAGED
    return _sqlite_code(error) in _DAMAGE or _UNDECODABLE in str(error.orig)


def _sqlite_code(error: DBAPIError) -> int:
    return (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF


def _sqlite_text(error: DBAPIError) -> str:
    if _UNDECODABLE in str(error.orig):
        return _SQLITE[sqlite3.SQLITE_CORRUPT]
    return _SQLITE.get(_sqlite_code(error), "SQLite refused")


def _postgres_text(error: DBAPIError) -> str:
    code = code_of(error)
    if code in _POSTGRES:
        return _POSTGRES[code]
    said = next((_POSTGRES[found] for words, found in _SAID if re.search(words, str(error.orig))), None)
    return said or (_GONE if lost_connection(error) else "PostgreSQL refused")


def _first_line(error: SQLAlchemyError) -> str:
    # The driver's own first line: SQLAlchemy's text repeats statement and parameters, which may be long.
    driver = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(driver).strip().splitlines()
    return (lines[0] if lines else type(driver).__name__).replace("{", "(").replace("}", ")")


@contextmanager
def explained(where: str, waited: str = "") -> Iterator[None]:
    """Turn every driver error inside into a ``StoreError``; a value of the wrong kind stays the bug it is."""
    try:
        yield
    except Unreadable as error:
        raise Damaged(f"{where}: damaged: {error} ({RESTORE})") from error
    except UnicodeDecodeError as error:
        # SQLite's message quotes a damaged schema, and Python cannot read the message.
        raise Damaged(f"{where}: damaged: a text in it is none ({RESTORE})") from error
    except SQLAlchemyError as error:
        if isinstance(error, StatementError) and not isinstance(error, DBAPIError) and error.orig is not None:
            raise error.orig from error
        raise explain(error, where=where, waited=waited) from error

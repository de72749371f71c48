"""The n-th statement or commit on a store answers with an error: before it took effect, or after (R3, S08, D24).

For any Python and any database: it stands between SQLAlchemy and the driver. ``vfs`` goes deeper where it can.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from syndicator.store import Store

ERRORS = (
    (sqlite3.SQLITE_IOERR, "disk I/O error"),
    (sqlite3.SQLITE_FULL, "database or disk is full"),
    (sqlite3.SQLITE_BUSY, "database is locked"),
    (sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
)


@dataclass
class Fault:
    """Which call fails: counted from 1 over statements and commits, or over commits alone."""

    at: int
    kept: bool
    """It took effect all the same, and only the answer is an error."""
    commits_only: bool = False
    lost: bool = False
    """The connection is gone with it, so nobody can know."""
    counted: int = 0
    hit: list[str] = field(default_factory=list)

    def comes(self, what: str) -> bool:
        self.counted += 1
        if self.counted == self.at:
            self.hit.append(what)
        return self.counted == self.at

    def error(self) -> OperationalError:
        code, text = ERRORS[self.at % len(ERRORS)]
        cause = sqlite3.OperationalError(text)
        cause.sqlite_errorcode = code
        return OperationalError("statement", {}, cause, connection_invalidated=self.lost)


@contextmanager
def failing(store: Store, fault: Fault) -> Iterator[None]:
    """Let one call on ``store`` fail."""
    due: list[str] = []

    def before(conn: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if not fault.commits_only and fault.comes(statement):
            if not fault.kept:
                raise fault.error()
            due.append(statement)

    def after(*_: Any) -> None:
        if due:
            due.clear()
            raise fault.error()

    def commit(conn: Connection) -> None:
        if fault.comes("COMMIT"):
            if fault.kept:
                driver = conn.connection.dbapi_connection
                assert driver is not None
                driver.commit()
            raise fault.error()

    listeners = (("before_cursor_execute", before), ("after_cursor_execute", after), ("commit", commit))
    for name, listener in listeners:
        event.listen(store._engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(store._engine, name, listener)

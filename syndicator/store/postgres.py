"""The PostgreSQL side of the store: safe commits, no session state, warnings taken seriously.

Rules R2 (synchronous_commit), R3 (a warning at COMMIT counts as not committed), R14 (timeline), S11. Settings are
``SET LOCAL`` only, so a pooler in transaction mode may stand between; ``search_path`` is never touched.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.pool import ConnectionPoolEntry

from syndicator.errors import StoreError
from syndicator.store.faults import RolledBack
from syndicator.store.schema import genesis

MIGRATION_LOCK = 0x53594E44
"""Key of the transaction-level advisory lock under which schemas are created and migrated."""
_NOTICES = "syndicator_warnings"
_DURABLE = ("on", "remote_apply")


def connect(url: URL, *, busy_timeout: timedelta) -> Engine:
    """Make an engine on psycopg 3 whose connections collect the server's warnings.

    Raises:
        StoreError: the driver is not installed.
    """
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            # No server-side prepared statements: they are session state, which a pooler may lose between transactions.
            connect_args={"connect_timeout": 10, "prepare_threshold": None},
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=28,
        )
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'syndicator[postgres]'") from error

    @event.listens_for(engine, "connect")
    def listen(dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        warnings: list[str] = []
        record.info[_NOTICES] = warnings
        dbapi_connection.add_notice_handler(lambda notice: note(notice, warnings))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", True):
            _begin_write(connection, busy_timeout)

    return engine


FROZEN_MOST = 30_000
"""Milliseconds of silence inside a transaction after which the server ends it."""


def _begin_write(connection: Connection, busy_timeout: timedelta) -> None:
    # remote_apply is stronger than on and stays; anything weaker could lose the intent (R2).
    connection.exec_driver_sql(
        # A node that freezes inside a transaction must not hold its locks for longer than others wait for them.
        f"SELECT set_config('lock_timeout', '{int(busy_timeout.total_seconds() * 1000)}', true),"
        f" set_config('idle_in_transaction_session_timeout', '{FROZEN_MOST}', true),"
        " CASE WHEN current_setting('synchronous_commit') <> 'remote_apply'"
        " THEN set_config('synchronous_commit', 'on', true) END"
    )


def note(notice: Any, warnings: list[str]) -> None:
    """Keep a notice of the server if it is a warning (``psycopg.errors.Diagnostic``)."""
    # The non-localised severity: a server that speaks another language still warns.
    if (notice.severity_nonlocalized or notice.severity) == "WARNING":
        warnings.append(str(notice.message_primary))


def forget_warnings(connection: Connection) -> None:
    """Forget warnings so far: only those of the COMMIT matter."""
    connection.info.get(_NOTICES, []).clear()


def warnings_of(connection: Connection) -> list[str]:
    """Give the warnings since :func:`forget_warnings`; after COMMIT any one means that it is not safely kept (R3)."""
    return list(connection.info.get(_NOTICES, []))


def check_durable(connection: Connection) -> None:
    """Check ``synchronous_commit`` as it holds in a write transaction.

    Raises:
        StoreError: the server does not let us commit safely.
    """
    level = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    if level not in _DURABLE:
        raise StoreError(f"synchronous_commit is {level}: commits would not be safe here")


def timeline(connection: Connection) -> str:
    """Give the server's timeline; it changes with every promotion and point-in-time recovery (R14).

    Raises:
        StoreError: the server is a standby.
    """
    name = connection.exec_driver_sql(
        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END"
    ).scalar_one()
    if name is None:
        raise StoreError("this PostgreSQL server is a standby: the post log needs the primary")
    return str(name)


def check_timeline(connection: Connection) -> None:
    """Refuse to go on after a fail-over or recovery until the log was put in quarantine (R14).

    Raises:
        RolledBack: the timeline is not the one on which the post log was last known to be complete.
    """
    kept, now = connection.execute(select(genesis.c.timeline)).scalar_one(), timeline(connection)
    if kept != now:
        raise RolledBack(
            f"PostgreSQL changed its timeline from {kept} to {now} (fail-over or recovery):"
            " the last commits may be lost"
        )

"""The PostgreSQL side of the store: safe commits, no session state, warnings taken seriously.

Rules R2 (synchronous_commit), R3 (a warning at COMMIT counts as not committed), R14 (timeline), S11. Settings are
``SET LOCAL`` only, so a pooler in transaction mode may stand between; ``search_path`` is never touched.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.pool import ConnectionPoolEntry

from syndicator.errors import StoreError
from syndicator.store.faults import RolledBack
from syndicator.store.schema import genesis

MIGRATION_LOCK = 0x53594E44
"""Key of the transaction-level advisory lock under which schemas are created and migrated."""
APPLICATION = "syndicator"
"""Sessions of ours are named so on the server, with the process they belong to."""
_NOTICES = "syndicator_warnings"
_DURABLE = ("on", "remote_apply")
_CONNECTION = {
    "connect_timeout": "10",
    # A server that vanished without a word (power, network) is noticed within half a minute, not within two hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def left_open(given: Mapping[str, object]) -> dict[str, str]:
    """Give libpq's settings that the address (its parameters as ``given``) leaves open."""
    wanted = dict(_CONNECTION)
    if "," in str(given.get("host", "")):
        # One of several: the one that takes writes, for the others are its standbys.
        wanted["target_session_attrs"] = "read-write"
    return {name: value for name, value in wanted.items() if name not in given}


def several_hosts(url: str) -> str:
    """Write libpq's address of several hosts (``//user@a:5432,b:5432/db``) in the form that SQLAlchemy reads."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return url
    # A number after the last colon is a port, unless the colon is inside an IPv6 address.
    pairs = [re.fullmatch(r"(.*?)(?::(\d*))?", host) for host in hosts.split(",")]
    names = ",".join(found[1].strip("[]") for found in pairs if found)
    ports = ",".join(found[2] or "" for found in pairs if found)
    query = f"host={names}&port={ports}" + (f"&{parts.query}" if parts.query else "")
    return f"{parts.scheme}://{user}{at}{parts.path or '/'}?{query}"


def connect(url: URL, *, busy_timeout: timedelta) -> Engine:
    """Make an engine on psycopg 3 whose connections collect the server's warnings.

    Raises:
        StoreError: the driver is not installed.
    """
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={
                **left_open(url.query),
                "fallback_application_name": f"{APPLICATION} {os.getpid()}",
                # No prepared statements: they are session state, which a pooler may lose between transactions.
                "prepare_threshold": None,
            },
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


@contextmanager
def patience(connection: Connection, busy_timeout: timedelta) -> Iterator[None]:
    """End a COMMIT that waits for longer than this, which leaves its fate unknown (R3).

    With synchronous replication and no standby the server waits for ever; its own time-outs do not count there. It
    answers a cancel with the warning that :func:`warnings_of` gives.
    """
    driver = connection.connection.driver_connection

    def cancel() -> None:
        import psycopg

        with suppress(psycopg.Error):
            driver.cancel_safe(timeout=5)  # type: ignore[union-attr]

    timer = threading.Timer(busy_timeout.total_seconds(), cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # Once begun it must not hit whoever is given this connection next.
        timer.join()


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


def others(connection: Connection) -> list[str]:
    """Give the sessions that other processes of ours have in this database now."""
    found = connection.exec_driver_sql(
        "SELECT application_name || coalesce(' on ' || host(client_addr), '') FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND application_name <> current_setting('application_name') ORDER BY 1"
    )
    return [str(name) for name in found.scalars() if str(name).startswith(f"{APPLICATION} ")]


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


def risks(connection: Connection) -> tuple[str, ...]:
    """Name what the server's replication cannot promise (R14, D39).

    Every role may see how many standbys there are and which of them must have a commit.
    """
    asked = "SELECT count(*), current_setting('synchronous_standby_names') FROM pg_stat_replication"
    standbys, synchronous = connection.exec_driver_sql(asked).one()
    if not standbys or synchronous:
        return ()
    text = (
        f"PostgreSQL replicates to {standbys} standby(s) asynchronously. A fail-over may lose the last commits: that "
        "is noticed, and what may be live is looked up before anything is sent. But if the old primary goes on beside "
        "the new one, both may send the same post: set synchronous_standby_names, or see to it that it is shut off"
    )
    return (text,)

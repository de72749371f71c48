"""Creating and migrating the schema with Alembic, inside a transaction of the caller. It must not open connections."""

import secrets
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Connection, inspect, select, text

from syndicator.errors import StoreError
from syndicator.store import schema
from syndicator.store.faults import Missing
from syndicator.store.schema import REVISIONS, VERSION_TABLE, genesis

_one_at_a_time = Lock()
"""Alembic's ``op`` and ``context`` are global to the process: two upgrades in two threads would mix."""
SCRIPTS = "syndicator.store:migrations"
"""Alembic finds the scripts through the installed package, so a wheel works as a checkout does."""


def version(connection: Connection) -> str | None:
    """Give the schema's revision, or None when there is no post log in this database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()  # noqa: S608 - a constant
    return str(found[0]) if len(found) == 1 else None


def check_version(connection: Connection, *, where: str, known: tuple[str, ...] = REVISIONS) -> bool:
    """Say whether the schema is the one this code knows; False means an older one that can be migrated.

    Raises:
        Missing: no post log here.
        StoreError: one that a newer syndicator wrote.
    """
    found = version(connection)
    if found is None:
        raise Missing(f"{where}: there is no post log here; `syndicator once` (or `run`, or `post`) begins one")
    if found not in known:
        raise StoreError(f"{where}: the schema {found!r} is newer than this syndicator knows; upgrade syndicator")
    return found == known[-1]


def log_id(connection: Connection, *, where: str) -> str:
    """Give the random name of this post log.

    Raises:
        StoreError: the genesis row is missing.
    """
    found = connection.execute(select(genesis.c.log_id)).scalar_one_or_none()
    if found is None:
        raise StoreError(f"{where}: the post log has no genesis row: it is incomplete; restore the newest backup")
    return str(found)


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, "head")


def begin_log(connection: Connection, *, timeline: str | None) -> None:
    """Write the genesis row of a new post log with a random name."""
    # The instant is for people only; no decision rests on it.
    row = {"id": 1, "log_id": secrets.token_hex(8), "created_at": datetime.now(UTC), "timeline": timeline}
    connection.execute(genesis.insert().values(row))


def foreign_tables(connection: Connection) -> list[str]:
    """Give the tables that have our names although there is no post log of ours."""
    present = set(inspect(connection).get_table_names())
    return sorted(present & set(schema.metadata.tables))

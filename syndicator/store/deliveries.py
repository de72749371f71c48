"""Webhook calls that were taken, so that one that comes again is known. Commands and queries; none commits.

A call's id begins with its kind and a space; how long a kind is to be known is the caller's to say.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from syndicator.store.rows import insert_new
from syndicator.store.schema import deliveries


def add(conn: Connection, calls: Mapping[str, datetime]) -> int:
    """Remember calls by id; give how many were not known yet."""
    return insert_new(conn, deliveries, [{"id": name, "at": at} for name, at in calls.items()])


def since(conn: Connection, kind: str, at: datetime) -> dict[str, datetime]:
    """Give the calls of a kind since then."""
    wanted = deliveries.c.id.startswith(f"{kind} "), deliveries.c.at >= at
    return {row.id: row.at for row in conn.execute(select(deliveries.c.id, deliveries.c.at).where(*wanted))}


def forget(conn: Connection, kind: str, before: datetime) -> None:
    """Forget the calls of a kind from before then."""
    conn.execute(delete(deliveries).where(deliveries.c.id.startswith(f"{kind} "), deliveries.c.at < before))

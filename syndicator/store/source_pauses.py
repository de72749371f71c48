"""Pauses of sources. Only these columns are written: a poll may be writing the others. It decides nothing."""

from datetime import datetime

from sqlalchemy import Connection, update

from syndicator.store.rows import upsert
from syndicator.store.schema import sources


def pause(conn: Connection, source: str, *, reason: str, at: datetime, until: datetime | None) -> None:
    """Pause a source until then, or until it is resumed; a pause that holds is replaced."""
    upsert(conn, sources, {"name": source, "paused_at": at, "paused_until": until, "pause_reason": reason})


def resume(conn: Connection, source: str, at: datetime) -> None:
    """End a pause and let the source be read at once; "gone" has to be said anew."""
    values = {"paused_at": None, "paused_until": None, "pause_reason": None, "gone_at": None, "next_poll_at": at}
    conn.execute(update(sources).where(sources.c.name == source).values(**values))

"""What the post log knows about itself: who it is, whether commits of it may be lost, whether it was halted.

One row. It must not decide: what follows from a roll-back or a halt is the service's business.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from syndicator.store.rows import count
from syndicator.store.schema import events, genesis

# Made once: this row is asked for ten times on the way of one post.
_ROW = select(genesis)
_LOCKED = select(genesis).with_for_update()
_SHARED = select(genesis).with_for_update(read=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The genesis row."""

    log_id: str
    created_at: datetime
    timeline: str | None
    """PostgreSQL's timeline on which every commit so far was made."""
    rolled_back_from: datetime | None
    """The last commit that was there when the newest roll-back was noticed; later ones may be lost."""
    rolled_back_at: datetime | None
    """When it was noticed."""
    halted_at: datetime | None
    halt_reason: str | None


def get(conn: Connection, *, lock: bool = False, share: bool = False) -> Trust:
    """Give the genesis row; ``lock`` keeps everybody else who locks it away until the transaction ends, ``share`` those
    who lock it alone.
    """
    # Both are dropped on SQLite, where BEGIN IMMEDIATE already keeps other writers out.
    row = conn.execute(_LOCKED if lock else _SHARED if share else _ROW).one()._asdict()
    del row["id"]
    return Trust(**row)


def newest_event(conn: Connection) -> datetime | None:
    """Give when the log last changed a post."""
    found: datetime | None = conn.execute(select(func.max(events.c.at))).scalar_one()
    return found


def roll_back(conn: Connection, seen: Trust, *, since: datetime, at: datetime, timeline: str | None) -> bool:
    """Write down that commits between ``since`` and ``at`` may be lost; False when another node did it first."""
    same = genesis.c.rolled_back_at.is_not_distinct_from(seen.rolled_back_at)
    known = genesis.c.timeline.is_not_distinct_from(seen.timeline)
    values = {"rolled_back_from": since, "rolled_back_at": at, "timeline": timeline}
    return bool(count(conn.execute(update(genesis).where(same, known).values(**values))))


def halt(conn: Connection, *, reason: str, at: datetime) -> None:
    """Let nobody send until :func:`go_on`."""
    conn.execute(update(genesis).values(halted_at=at, halt_reason=reason))


def go_on(conn: Connection) -> bool:
    """End a halt; False when there was none."""
    halted = update(genesis).where(genesis.c.halted_at.is_not(None))
    return bool(count(conn.execute(halted.values(halted_at=None, halt_reason=None))))

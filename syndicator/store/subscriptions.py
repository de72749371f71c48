"""Subscriptions at hubs (WebSub), one for each source at most. Commands and queries; none commits.

It must not decide when to ask a hub, nor whom to believe.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update

from syndicator.store.rows import fields, upsert
from syndicator.store.schema import sources, subscriptions


class Standing(StrEnum):
    """How far a subscription is."""

    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the hub and we agreed on. ``secret`` never leaves the log but in the request to the hub."""

    source: str
    hub: str
    topic: str
    path: str
    """Where the hub finds us, below our public address; random."""
    secret: str
    state: Standing
    asked_at: datetime | None = None
    verified_at: datetime | None = None
    lease_until: datetime | None = None
    last_push_at: datetime | None = None
    last_error: str | None = None

    def __repr__(self) -> str:
        return f"Subscription({self.source}, {self.state} at {self.hub})"


def of_source(conn: Connection, source: str, *, lock: bool = False) -> Subscription | None:
    """Give a source's subscription. With ``lock``, inside a write, nobody else changes it meanwhile."""
    wanted = select(subscriptions).where(subscriptions.c.source == source)
    # Only PostgreSQL has row locks: an SQLite write has the whole log to itself.
    row = conn.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return None if row is None else _made(row._asdict())


def at_path(conn: Connection, path: str) -> Subscription | None:
    """Give the subscription whose hub knocks at ``path``."""
    row = conn.execute(select(subscriptions).where(subscriptions.c.path == path)).one_or_none()
    return None if row is None else _made(row._asdict())


def everything(conn: Connection) -> list[Subscription]:
    """Give all subscriptions, by source."""
    return [_made(row._asdict()) for row in conn.execute(select(subscriptions).order_by(subscriptions.c.source))]


def save(conn: Connection, subscription: Subscription) -> None:
    """Write a subscription down in place of the source's earlier one."""
    upsert(conn, subscriptions, fields(subscription) | {"state": subscription.state.value})


def pushed(conn: Connection, source: str, at: datetime) -> None:
    """Say that the hub brought something."""
    conn.execute(update(subscriptions).where(subscriptions.c.source == source).values(last_push_at=at))


def _made(row: dict[str, object]) -> Subscription:
    return Subscription(**row | {"state": Standing(str(row["state"]))})  # type: ignore[arg-type]


def erred(conn: Connection, source: str, why: str) -> None:
    """Say what went wrong last."""
    conn.execute(update(subscriptions).where(subscriptions.c.source == source).values(last_error=why))


def hubs(conn: Connection) -> dict[str, str]:
    """Give the hub that each source announced when it was last read; sources without one are left out."""
    found = conn.execute(select(sources.c.name, sources.c.hub).where(sources.c.hub.is_not(None)))
    return {row.name: row.hub for row in found}

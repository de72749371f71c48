"""Which sources are due, and what their polls left behind, many at a time: ten thousand sources are one question.

It must not decide when a source is due: it gives those that may be, by an index.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update

from syndicator.store.articles import SourceState
from syndicator.store.rows import fields, upsert
from syndicator.store.schema import sources

CHUNK = 500
_LIGHT = ("name", "last_polled_at", "next_poll_at", "failures", "paused_at", "paused_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A source's state before and after a poll; None before the first one."""

    before: SourceState | None
    after: SourceState


def ripe(conn: Connection, *, now: datetime, far: datetime) -> list[SourceState]:
    """Give the sources whose time has come or lies behind ``far``, the longest due first; only with their times."""
    at = sources.c.next_poll_at
    wanted = or_(at <= now, at.is_(None), at > far)
    rows = conn.execute(select(*_columns()).where(wanted).order_by(at.asc().nulls_first()))
    return [SourceState(**row._asdict()) for row in rows]


def times(conn: Connection) -> list[SourceState]:
    """Give every source that was polled, only with its times."""
    return [SourceState(**row._asdict()) for row in conn.execute(select(*_columns()))]


def names(conn: Connection) -> set[str]:
    """Give the sources that were polled or paused."""
    return set(conn.execute(select(sources.c.name)).scalars())


def size(conn: Connection) -> int:
    """Give how many sources were polled or paused."""
    found: int = conn.execute(select(func.count()).select_from(sources)).scalar_one()
    return found


def states(conn: Connection, wanted: Collection[str], *, rhythm: bool = True) -> dict[str, SourceState]:
    """Give what is remembered of some sources; without ``rhythm``, which is the most of it, for asking only."""
    columns = [column for column in sources.c if rhythm or column.name != "rhythm"]
    found: dict[str, SourceState] = {}
    remaining = iter(wanted)
    while chunk := tuple(islice(remaining, CHUNK)):
        for row in conn.execute(select(*columns).where(sources.c.name.in_(chunk))):
            found[row.name] = SourceState(**row._asdict())
    return found


def save(conn: Connection, savings: Iterable[Saving]) -> None:
    """Write down what polls changed, and nothing else: a person may pause a source meanwhile."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for saving in savings:
        if saving.before is None:
            upsert(conn, sources, fields(saving.after))
            continue
        changed = _changed(saving.before, saving.after)
        if changed:
            alike.setdefault(tuple(changed), []).append({"_name": saving.after.name, **changed})
    for columns, rows in alike.items():
        _update(conn, columns, rows)


def _changed(before: SourceState, after: SourceState) -> dict[str, Any]:
    found = {}
    for name in SourceState.__dataclass_fields__:
        value = getattr(after, name)
        if value is not getattr(before, name) and value != getattr(before, name):
            found[name] = value
    return found


def _update(conn: Connection, columns: Sequence[str], rows: list[dict[str, Any]]) -> None:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    conn.execute(update(sources).where(sources.c.name == bindparam("_name")).values(**values), rows)


def _columns() -> list[Any]:
    return [sources.c[name] for name in _LIGHT]

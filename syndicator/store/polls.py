"""Which sources are due, and what their polls left behind, many at a time: ten thousand sources are one question.

It must not decide when a source is due: it gives those that may be, by an index.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Update, bindparam, func, select, union_all, update

from syndicator.store.articles import SourceState
from syndicator.store.rows import count, fields, inserting
from syndicator.store.schema import sources

CHUNK = 500
_LIGHT = ("name", "last_polled_at", "next_poll_at", "failures", "paused_at", "paused_until")
_FIELDS = tuple(SourceState.__dataclass_fields__)
_TOLD = ("polls", "failures", "last_polled_at")
"""What every poll changes: a row in which they are as they were is as it was, but for what a person decides."""
# Made once: building one costs more than executing it.
_STATES = select(*(sources.c[name] for name in _FIELDS)).where(sources.c.name.in_(bindparam("names", expanding=True)))
_TIMES = select(*(sources.c[name] for name in _LIGHT))
# Each by itself: of an OR in order SQLite goes through the whole index, every second.
_RIPE = union_all(
    _TIMES.where(sources.c.next_poll_at.is_(None)),
    _TIMES.where(sources.c.next_poll_at <= bindparam("now")),
    _TIMES.where(sources.c.next_poll_at > bindparam("far")),
)
_RIPE = _RIPE.order_by(_RIPE.selected_columns.next_poll_at.asc().nulls_first())


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A source's state before and after a poll; None before the first one."""

    before: SourceState | None
    after: SourceState


def ripe(conn: Connection, *, now: datetime, far: datetime) -> Iterator[SourceState]:
    """Give the sources whose time has come or lies behind ``far``, the longest due first; only with their times."""
    return _light(conn.execute(_RIPE, {"now": now, "far": far}))


def times(conn: Connection) -> Iterator[SourceState]:
    """Give every source that was polled, only with its times."""
    return _light(conn.execute(_TIMES))


def _light(rows: Iterable[Sequence[Any]]) -> Iterator[SourceState]:
    # One after the other: of ten thousand only those that are due are kept.
    return (SourceState(**dict(zip(_LIGHT, row, strict=True))) for row in rows)


def names(conn: Connection) -> Iterator[str]:
    """Give the sources that were polled or paused, one after the other."""
    return iter(conn.execute(select(sources.c.name)).scalars())


def size(conn: Connection) -> int:
    """Give how many sources were polled or paused."""
    found: int = conn.execute(select(func.count()).select_from(sources)).scalar_one()
    return found


def states(conn: Connection, wanted: Collection[str]) -> dict[str, SourceState]:
    """Give what is remembered of some sources."""
    found: dict[str, SourceState] = {}
    remaining = iter(wanted)
    while chunk := list(islice(remaining, CHUNK)):
        for row in conn.execute(_STATES, {"names": chunk}):
            found[row[0]] = SourceState(**dict(zip(_FIELDS, row, strict=True)))
    return found


def save(conn: Connection, savings: Iterable[Saving]) -> None:
    """Write down what polls changed, and nothing else: a person may pause a source meanwhile."""
    for columns, rows in _alike(conn, savings).items():
        conn.execute(_update(columns), rows)


def save_untouched(conn: Connection, savings: Sequence[Saving]) -> bool:
    """Write down what polls changed if nobody polled any of the sources since they were read; else nothing, and False.

    Saves reading them once more. What is only changed where it is read anew (``rhythm``) must not be among it.
    """
    if any(one.before is None or one.before.last_polled_at is None for one in savings):
        return False
    savepoint = conn.begin_nested()
    for columns, rows in _alike(conn, savings, guarded=True).items():
        if count(conn.execute(_update(columns, guarded=True), rows)) != len(rows):
            savepoint.rollback()
            return False
    savepoint.commit()
    return True


def _alike(
    conn: Connection, savings: Iterable[Saving], *, guarded: bool = False
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Give what is to be updated by the columns that change; what is new is inserted here."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for saving in savings:
        if saving.before is None:
            conn.execute(_insert(conn.dialect.name), fields(saving.after))
        elif changed := _changed(saving.before, saving.after):
            guards = {f"_{name}": getattr(saving.before, name) for name in _TOLD} if guarded else {}
            alike.setdefault(tuple(changed), []).append({"_name": saving.after.name, **guards, **changed})
    return alike


def _changed(before: SourceState, after: SourceState) -> dict[str, Any]:
    found = {}
    for name in _FIELDS:
        value = getattr(after, name)
        earlier = getattr(before, name)
        if value is not earlier and value != earlier:
            found[name] = value
    return found


@cache
def _insert(dialect: str) -> Any:
    statement = inserting(dialect, sources)
    new = {name: statement.excluded[name] for name in _FIELDS if name != "name"}
    return statement.on_conflict_do_update(index_elements=["name"], set_=new)


@lru_cache(maxsize=128)
def _update(columns: tuple[str, ...], *, guarded: bool = False) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    wanted = [sources.c.name == bindparam("_name")]
    if guarded:
        wanted += [sources.c[name] == bindparam(f"_{name}") for name in _TOLD]
    return update(sources).where(*wanted).values(**values)

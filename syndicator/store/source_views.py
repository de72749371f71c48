"""What people want to see of sources: one row each, however many there are. Read-only; judges nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from syndicator.core import rhythm
from syndicator.core.rhythm import Rhythm
from syndicator.model import Article
from syndicator.store.articles import SourceState
from syndicator.store.rows import ARTICLE, to_article
from syndicator.store.schema import articles, batches, sources

NOTHING = Rhythm()
_NAMES = tuple(column.name for column in sources.c)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source's state with what other tables say about it."""

    state: SourceState
    """Without its ``rhythm`` as it is stored: of ten thousand sources that would be most of the memory."""
    rhythm: Rhythm = NOTHING
    """What its polls taught."""
    held: int = 0
    """Articles in batches that wait for a person."""
    held_at: datetime | None = None
    """When the first of these batches began."""
    held_for: str = ""
    """Why one of them is held."""
    new: int = 0
    """Articles first seen since the instant that was asked about."""


def overview(conn: Connection, *, since: datetime, name: str | None = None) -> dict[str, SourceRow]:
    """Give every source that was ever read, paused or held, or the one called ``name``; one statement.

    ``since`` is when an article counts as new from.
    """
    rows = conn.execute(_overview(since) if name is None else _overview(since).where(sources.c.name == name))
    return {made.state.name: made for made in map(_to_row, rows)}


def _overview(since: datetime) -> Select[Any]:
    waiting = (
        select(
            batches.c.source,
            func.sum(batches.c.size).label("held"),
            func.min(batches.c.at).label("held_at"),
            func.min(batches.c.reason).label("held_for"),
        )
        .where(batches.c.decision.is_(None))
        .group_by(batches.c.source)
        .subquery()
    )
    # Asked per source: each is one look into an index, while grouping would read every article there is.
    new = (
        select(func.count())
        .where(articles.c.source == sources.c.name, articles.c.first_seen_at >= since)
        .scalar_subquery()
    )
    columns: list[ColumnElement[Any]] = [
        *sources.c,
        waiting.c.held.label("_held"),
        waiting.c.held_at.label("_held_at"),
        waiting.c.held_for.label("_held_for"),
        new.label("_new"),
    ]
    joined = sources.outerjoin(waiting, waiting.c.source == sources.c.name)
    return select(*columns).select_from(joined).order_by(sources.c.name)


def _to_row(row: Row[Any]) -> SourceRow:
    # By place: a dictionary of names for each row would cost as much as all the rest.
    values = tuple(row)
    held, held_at, held_for, new = values[len(_NAMES) :]
    known = dict(zip(_NAMES, values, strict=False))
    learned = rhythm.read(known.pop("rhythm"))
    return SourceRow(
        state=SourceState(**known),
        rhythm=learned,
        held=int(held or 0),
        held_at=held_at,
        held_for=held_for or "",
        new=new,
    )


def lately(conn: Connection, source: str, n: int) -> list[Article]:
    """Give the articles of a source that were seen last."""
    wanted = select(*ARTICLE).where(articles.c.source == source).order_by(articles.c.first_seen_at.desc()).limit(n)
    return [to_article(row) for row in conn.execute(wanted)]

"""Batches: articles that a guard holds together until a person decides. Commands and queries; none commits.

It must not decide what is suspicious, nor what becomes of a batch.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from syndicator.errors import InvalidTransition
from syndicator.model import Article
from syndicator.store.rows import ARTICLE, count, to_article
from syndicator.store.schema import articles, batches

TITLES = 5
"""Headlines by which a batch is shown."""


class Decision(StrEnum):
    """What a person (or a route's policy) said of a batch."""

    RELEASED = "released"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Articles of one source that came together."""

    id: int
    source: str
    at: datetime
    guard: str
    """What held it: flood, silence, catch-up, echo."""
    reason: str
    size: int
    decided_at: datetime | None
    decision: str | None
    decided_by: str | None


def begin(
    conn: Connection, source: str, *, at: datetime, guard: str, reason: str, decided_by: str | None = None
) -> Batch:
    """Begin a batch. With ``decided_by`` it is released at once: the name says by what."""
    decided = {"decided_at": at, "decision": Decision.RELEASED.value, "decided_by": decided_by} if decided_by else {}
    made = batches.insert().values(source=source, at=at, guard=guard, reason=reason, size=0, **decided)
    return Batch(**conn.execute(made.returning(batches)).one()._asdict())


def grow(conn: Connection, batch: Batch, by: int) -> None:
    """Say that ``by`` more articles came into a batch."""
    conn.execute(update(batches).where(batches.c.id == batch.id).values(size=batches.c.size + by))


def held(conn: Connection, source: str | None = None) -> list[Batch]:
    """Give the batches that wait for a person, of one source or of all, oldest first."""
    wanted = select(batches).where(batches.c.decision.is_(None)).order_by(batches.c.id)
    chosen = wanted if source is None else wanted.where(batches.c.source == source)
    return [Batch(**row._asdict()) for row in conn.execute(chosen)]


def get(conn: Connection, batch_id: int) -> Batch | None:
    """Give a batch."""
    row = conn.execute(select(batches).where(batches.c.id == batch_id)).one_or_none()
    return None if row is None else Batch(**row._asdict())


def of_article(conn: Connection, article_id: str) -> Batch | None:
    """Give the batch that an article came in; None when no guard held it."""
    found = select(batches).join(articles, articles.c.batch == batches.c.id).where(articles.c.id == article_id)
    row = conn.execute(found).one_or_none()
    return None if row is None else Batch(**row._asdict())


def decide(conn: Connection, batch: Batch, decision: Decision, *, at: datetime, by: str) -> None:
    """Release or drop a batch.

    Raises:
        InvalidTransition: somebody decided meanwhile.
    """
    values = {"decided_at": at, "decision": decision.value, "decided_by": by}
    # The size too: what joined since a person looked was not looked at.
    as_seen = (batches.c.id == batch.id, batches.c.decision.is_(None), batches.c.size == batch.size)
    if not count(conn.execute(update(batches).where(*as_seen).values(**values))):
        raise InvalidTransition(f"batch {batch.id} of {batch.source}: it was decided or grew meanwhile; look again")


def content(conn: Connection, batch_id: int, *, waiting: bool = False) -> list[Article]:
    """Give the articles of a batch in the order of publication; ``waiting``: only those not planned yet."""
    order = (articles.c.published_at.asc().nulls_last(), articles.c.first_seen_at, articles.c.id)
    wanted = select(*ARTICLE).where(articles.c.batch == batch_id).order_by(*order)
    chosen = wanted.where(articles.c.planned_at.is_(None)) if waiting else wanted
    return [to_article(row) for row in conn.execute(chosen)]


def number_of(conn: Connection, article_ids: list[str]) -> dict[str, int]:
    """Give the batch that each of a few articles came in; those without one are left out."""
    found = select(articles.c.id, articles.c.batch).where(articles.c.id.in_(article_ids), articles.c.batch.is_not(None))
    return {row.id: row.batch for row in conn.execute(found)}


def waiting(conn: Connection) -> int:
    """Give how many articles wait in held batches."""
    open_ = select(batches.c.id).where(batches.c.decision.is_(None))
    found = select(func.count()).where(articles.c.batch.in_(open_), articles.c.planned_at.is_(None))
    return int(conn.execute(found).scalar_one())

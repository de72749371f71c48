"""What a backtest plays again: articles as they came in, their edits, what was sent before, what people decided.

Read-only, and a few large questions instead of many small ones. It must not decide what would have become of anything.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, and_, func, or_, select

from syndicator.core import guards
from syndicator.model import Article
from syndicator.store.batches import Batch
from syndicator.store.channels import MAY_BE_LIVE
from syndicator.store.rows import ARTICLE
from syndicator.store.schema import articles, attempts, batches, events, posts, revisions
from syndicator.store.views import Move, Revision

DECISIONS = ("approve", "drop")
"""What a person may say of a post that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An article as it is now, and what the log alone knows of it."""

    article: Article
    planned_at: datetime | None
    batch: int | None

    @property
    def never_asked(self) -> bool:
        """Whether it was only remembered: a first reading, or too old when it was found."""
        return self.planned_at == self.article.first_seen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll that brought news, before the time that is played again."""

    source: str
    at: datetime
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One post that may be live: when, and what it cost in US dollars."""

    channel: str
    at: datetime
    cost: Decimal


def seen(conn: Connection, *, since: datetime, until: datetime) -> list[Stored]:
    """Give the articles first seen from ``since`` to ``until``, in the order in which they are planned."""
    order = (articles.c.first_seen_at, articles.c.published_at.asc().nulls_last(), articles.c.id)
    wanted = select(*ARTICLE, articles.c.planned_at, articles.c.batch)
    wanted = wanted.where(articles.c.first_seen_at >= since, articles.c.first_seen_at <= until).order_by(*order)
    found = []
    for row in conn.execute(wanted):
        own = row._asdict()
        planned_at, batch = own.pop("planned_at"), own.pop("batch")
        found.append(Stored(article=Article(**own), planned_at=planned_at, batch=batch))
    return found


def span(conn: Connection) -> tuple[datetime, datetime] | None:
    """Give when the first and the last article of the log were seen; None when there is none."""
    first, last = conn.execute(select(func.min(articles.c.first_seen_at), func.max(articles.c.first_seen_at))).one()
    return None if first is None else (first, last)


def edits(conn: Connection, *, since: datetime) -> dict[str, list[Revision]]:
    """Give what articles said before each edit since then, first edit first, by article."""
    columns = (revisions.c.article_id, revisions.c.at, revisions.c.title, revisions.c.summary, revisions.c.url)
    found: dict[str, list[Revision]] = {}
    for row in conn.execute(select(*columns).where(revisions.c.at >= since).order_by(revisions.c.id)):
        old = Revision(at=row.at, title=row.title, summary=row.summary, url=row.url)
        found.setdefault(row.article_id, []).append(old)
    return found


def headlines(conn: Connection, *, before: datetime) -> set[tuple[str, str]]:
    """Give source and headline key of every article seen before."""
    wanted = select(articles.c.source, articles.c.title).where(articles.c.first_seen_at < before)
    return {(source, key) for source, title in conn.execute(wanted) if (key := guards.title_key(title))}


def polls(conn: Connection, *, before: datetime) -> list[Poll]:
    """Give the polls with news that no guard held, oldest first."""
    released = select(batches.c.id).where(batches.c.decision == "released")
    ordinary = or_(articles.c.batch.is_(None), articles.c.batch.in_(released))
    asked = or_(articles.c.planned_at.is_(None), articles.c.planned_at != articles.c.first_seen_at)
    by = (articles.c.source, articles.c.first_seen_at)
    wanted = select(*by, func.count()).where(articles.c.first_seen_at < before, asked, ordinary)
    rows = conn.execute(wanted.group_by(*by).order_by(articles.c.first_seen_at))
    return [Poll(source=source, at=at, new=number) for source, at, number in rows]


def sent(conn: Connection, *, since: datetime, before: datetime) -> list[Sent]:
    """Give what was sent from ``since`` on and ``before``, oldest first."""
    live = and_(attempts.c.fenced_at >= since, attempts.c.fenced_at < before, attempts.c.result.in_(MAY_BE_LIVE))
    wanted = select(attempts.c.channel, attempts.c.fenced_at, attempts.c.cost).where(live)
    rows = conn.execute(wanted.order_by(attempts.c.fenced_at))
    return [Sent(channel=channel, at=at, cost=cost) for channel, at, cost in rows]


def decisions(conn: Connection, *, since: datetime, until: datetime) -> dict[tuple[str, str], list[Move]]:
    """Give what people said of posts (not of what follows them), by article and channel, first decision first."""
    columns = (posts.c.article_id, posts.c.channel, *events.c)
    wanted = select(*columns).join(posts, posts.c.id == events.c.post_id).order_by(events.c.id)
    wanted = wanted.where(posts.c.part == 0, events.c.event.in_(DECISIONS), events.c.at >= since, events.c.at <= until)
    found: dict[tuple[str, str], list[Move]] = {}
    for row in conn.execute(wanted):
        move = Move(
            at=row.at, before=row.from_state, event=row.event, after=row.to_state, reason=row.reason, node=row.node
        )
        found.setdefault((row.article_id, row.channel), []).append(move)
    return found


def held_together(conn: Connection, *, since: datetime) -> dict[int, Batch]:
    """Give the batches that began since then, or were not decided by then, by number."""
    undecided = or_(batches.c.at >= since, batches.c.decided_at.is_(None), batches.c.decided_at >= since)
    return {row.id: Batch(**row._asdict()) for row in conn.execute(select(batches).where(undecided))}

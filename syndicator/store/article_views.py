"""What people want to know of one article: its names, its way to the rules, its posts, its neighbours. Read-only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from syndicator.model import Article, Post
from syndicator.store.rows import ARTICLE, to_article, to_post
from syndicator.store.schema import aliases, articles, posts

LATELY = 500
"""Articles of a source among which a similar address is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """When the rules were (or need no more be) asked about an article, and the batch it came in."""

    planned_at: datetime | None
    batch: int | None


def way(conn: Connection, article_id: str) -> Way:
    """Give the way of an article that is in the log."""
    row = conn.execute(select(articles.c.planned_at, articles.c.batch).where(articles.c.id == article_id)).one()
    return Way(planned_at=row.planned_at, batch=row.batch)


def names(conn: Connection, article_id: str) -> list[str]:
    """Give every alias of an article, addresses first."""
    found = conn.execute(select(aliases.c.alias).where(aliases.c.article_id == article_id)).scalars()
    return sorted(found, key=lambda alias: (not alias.startswith("url:"), alias))


def posts_of(conn: Connection, article_id: str) -> list[Post]:
    """Give every post of an article, by channel, first edition first, each with its follow-ups behind it."""
    order = (posts.c.channel, posts.c.edition, posts.c.part)
    rows = conn.execute(select(posts).where(posts.c.article_id == article_id).order_by(*order))
    return [to_post(row) for row in rows]


def with_remote(conn: Connection, channel: str, remote_id: str) -> Post | None:
    """Give the post that is live under an id."""
    wanted = select(posts).where(posts.c.channel == channel, posts.c.remote_id == remote_id)
    row = conn.execute(wanted).one_or_none()
    return None if row is None else to_post(row)


def beginning(conn: Connection, prefix: str, limit: int) -> list[Article]:
    """Give the articles with an alias that begins with ``prefix``."""
    # A range of the primary key: LIKE would read every alias there is.
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    near = select(aliases.c.alias, aliases.c.article_id).where(aliases.c.alias >= prefix, aliases.c.alias < end)
    # Some databases sort text in ways of their own.
    owners = {row.article_id for row in conn.execute(near.limit(limit)) if row.alias.startswith(prefix)}
    found = conn.execute(select(*ARTICLE).where(articles.c.id.in_(owners)))
    return [to_article(row) for row in found]

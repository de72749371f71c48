"""What people want to see: the post log, counts, what waits for a person, a post's history. Read-only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from syndicator.model import Post, State
from syndicator.store.rows import to_post
from syndicator.store.schema import articles, events, posts, revisions

FOR_A_PERSON = (State.ATTENTION, State.HELD, State.REJECTED)
"""States that only a person ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A post with its article's present headline and address."""

    post: Post
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many posts of a channel are in a state."""

    channel: str
    state: State
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One line of a post's history; ``before`` is None when it was planned. ``event`` is a lifecycle event, "plan",
    "hold" or "second receipt".
    """

    at: datetime
    before: State | None
    event: str
    after: State
    reason: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an article said before it was changed at ``at``."""

    at: datetime
    title: str
    summary: str
    url: str


def log(
    conn: Connection,
    *,
    channel: str | None = None,
    state: State | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> list[LogRow]:
    """Give posts, last changed first; ``since`` compares with the last change."""
    wanted: list[ColumnElement[bool]] = []
    if channel is not None:
        wanted.append(posts.c.channel == channel)
    if state is not None:
        wanted.append(posts.c.state == state)
    if since is not None:
        wanted.append(posts.c.changed_at >= since)
    return _rows(conn, *wanted, limit=limit)


def counts(conn: Connection) -> list[Count]:
    """Give the number of posts by channel and state; combinations without posts are left out."""
    grouped = select(posts.c.channel, posts.c.state, func.count()).group_by(posts.c.channel, posts.c.state)
    rows = conn.execute(grouped.order_by(posts.c.channel, posts.c.state))
    return [Count(channel=channel, state=state, posts=number) for channel, state, number in rows]


def attention(conn: Connection) -> list[LogRow]:
    """Give the posts that wait for a person, last changed first."""
    return _rows(conn, posts.c.state.in_(FOR_A_PERSON), limit=None)


def history(conn: Connection, post_id: str) -> list[Move]:
    """Give every move of a post, first one first."""
    found = select(events).where(events.c.post_id == post_id).order_by(events.c.id)
    return [
        Move(at=row.at, before=row.from_state, event=row.event, after=row.to_state, reason=row.reason, node=row.node)
        for row in conn.execute(found)
    ]


def changes(conn: Connection, article_id: str) -> list[Revision]:
    """Give what an article said before, first change first."""
    columns = (revisions.c.at, revisions.c.title, revisions.c.summary, revisions.c.url)
    found = select(*columns).where(revisions.c.article_id == article_id).order_by(revisions.c.id)
    return [Revision(**row._asdict()) for row in conn.execute(found)]


def _rows(conn: Connection, *wanted: ColumnElement[bool], limit: int | None) -> list[LogRow]:
    columns: list[ColumnElement[Any]] = [*posts.c, articles.c.title.label("_title"), articles.c.url.label("_url")]
    joined = select(*columns).join(articles, articles.c.id == posts.c.article_id).where(*wanted)
    rows = conn.execute(joined.order_by(posts.c.changed_at.desc(), posts.c.id).limit(limit))
    return [LogRow(post=to_post(row), title=row[-2], url=row[-1]) for row in rows]

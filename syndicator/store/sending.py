"""Bringing a post to its platform, as rows: claim it, keep what staging left, fence it.

Laws 4, 5 and 8; R1, R13, R17. It must not talk to a platform.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from syndicator.core.lifecycle import Event
from syndicator.errors import InvalidTransition
from syndicator.model import Composed, Json, Post, Result, State
from syndicator.store.faults import is_unique
from syndicator.store.moves import lock, move
from syndicator.store.rows import count
from syndicator.store.schema import attempts, posts

_WHOSE = select(attempts.c.post_id).where(attempts.c.token == bindparam("attempt"))
_FENCED_AT = select(attempts.c.fenced_at).where(attempts.c.token == bindparam("attempt"))


def claim(
    conn: Connection,
    post: Post,
    *,
    token: str,
    node: str,
    payload: Composed,
    payload_sha256: str,
    cost: Decimal,
    at: datetime,
    lease_until: datetime,
) -> Post | None:
    """Take a queued post for sending and open the attempt with its frozen bytes (R1, laws 4 and 8); None when lost.

    Raises:
        InvalidTransition: other bytes were frozen with this post before: a retry sends the same bytes.
    """
    if post.payload_sha256 not in {None, payload_sha256}:
        raise InvalidTransition(f"post {post.id}: another text was frozen with it before")
    n = post.attempts + 1
    try:
        # The savepoint keeps the transaction usable when PostgreSQL's unique index says that the channel is taken.
        with conn.begin_nested():
            claimed = move(
                conn, post, Event.CLAIM, at=at, node=node, reason="", token=token, lease_until=lease_until,
                payload=payload, payload_sha256=payload_sha256, attempts=n,
            )  # fmt: skip
    except InvalidTransition:
        return None
    except IntegrityError as error:
        if is_unique(error):
            return None
        raise
    conn.execute(
        attempts.insert().values(
            token=token, post_id=post.id, n=n, channel=post.channel, node=node, opened_at=at, result=Result.OPEN,
            payload_sha256=payload_sha256, cost=cost,
        )
    )  # fmt: skip
    return claimed


def record_staged(conn: Connection, post: Post, refs: Json) -> Json:
    """Keep what staging left at the platform, first writer wins (R17); give what is kept now.

    Raises:
        InvalidTransition: the attempt no longer owns the post and nothing is kept.
    """
    conn.execute(update(posts).where(*_owned(post), posts.c.staged.is_(None)).values(staged=refs))
    return _staged(conn, post)


def replace_staged(conn: Connection, post: Post, old: Json, new: Json) -> Json:
    """Replace refs that proved expired, unless somebody else was faster; give what is kept now.

    Raises:
        InvalidTransition: the attempt no longer owns the post and nothing is kept.
    """
    conn.execute(update(posts).where(*_owned(post), posts.c.staged == old).values(staged=new))
    return _staged(conn, post)


def _staged(conn: Connection, post: Post) -> Json:
    kept: Json | None = conn.execute(select(posts.c.staged).where(posts.c.id == post.id)).scalar_one_or_none()
    if kept is None:
        raise InvalidTransition(f"post {post.id}: this attempt no longer owns it; nothing was staged for it")
    return kept


def fence(conn: Connection, post: Post, *, at: datetime, lease_until: datetime) -> bool:
    """Mark "from here on it may be visible"; False when the attempt lost the post or was fenced before.

    Publish only after the commit of this (law 4).
    """
    if not count(conn.execute(update(posts).where(*_owned(post)).values(lease_until=lease_until))):
        return False
    fenced = update(attempts).where(
        attempts.c.token == post.token,
        attempts.c.fenced_at.is_(None),
        attempts.c.result == Result.OPEN,
    )
    return bool(count(conn.execute(fenced.values(fenced_at=at))))


def was_fenced(conn: Connection, token: str) -> bool:
    """Say whether the attempt may have become visible.

    In a write transaction the answer holds until its end: a fence that comes meanwhile waits, and is refused if the
    post was taken over (law 5). Without that a worker could fence between our question and our answer.
    """
    post_id = conn.execute(_WHOSE, {"attempt": token}).scalar_one_or_none()
    if post_id is not None and conn.get_execution_options().get("writes", False):
        lock(conn, post_id)
    return conn.execute(_FENCED_AT, {"attempt": token}).scalar_one_or_none() is not None


def _owned(post: Post) -> tuple[ColumnElement[bool], ...]:
    return posts.c.id == post.id, posts.c.state == State.SENDING, posts.c.token == post.token

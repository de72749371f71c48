"""The one function that changes a post's state, and what it rests on: compare-and-set, and a line in the history.

Law 3. It must not decide: which event happens, and when, is the service's business.
"""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, select, update

from syndicator.core.lifecycle import Event, target
from syndicator.errors import InvalidTransition
from syndicator.model import Composed, Json, Post, State
from syndicator.store.rows import fields, insert_new, to_post
from syndicator.store.schema import events, posts


class Changes(TypedDict, total=False):
    """Columns that a move may set besides the state; what is not named stays."""

    token: str | None
    lease_until: datetime | None
    due_at: datetime
    expires_at: datetime
    template: str
    attempts: int
    clean: bool
    payload: Composed | None
    payload_sha256: str | None
    staged: Json | None
    doubt_at: datetime | None
    intent_at: datetime | None
    settle_from: datetime | None
    absences: int
    after_duplicate: bool
    next_look_at: datetime | None
    pending: Json | None
    remote_id: str | None
    remote_url: str | None
    published_at: datetime | None
    text: str | None
    note: str


_NOTE = events.insert()


def insert(conn: Connection, post: Post) -> bool:
    """Add a planned post; False when its id or (article, channel, edition) is there already (law 1)."""
    if not insert_new(conn, posts, [{**fields(post), "follow_ups": follow_ups(post.payload)}]):
        return False
    event = "hold" if post.state is State.HELD else "plan"
    note(conn, post.id, at=post.created_at, before=None, event=event, after=post.state, reason=post.reason, node="")
    return True


def move(
    conn: Connection,
    post: Post,
    event: Event,
    *,
    at: datetime,
    node: str = "",
    reason: str = "",
    **changes: Unpack[Changes],
) -> Post:
    """Change the state of ``post`` as the lifecycle says; give the post as it is now.

    The compare-and-set covers state, token (R13) and frozen bytes (R22) as they are in ``post``. Token and lease are
    cleared unless the new state is sending. An empty reason keeps the old one while the state stays the same.

    Raises:
        InvalidTransition: no such transition, or the post is no longer as ``post`` says.
    """
    after = target(post.state, event)
    values: dict[str, Any] = {**changes, "state": after, "changed_at": at}
    if after is not State.SENDING:
        values |= {"token": None, "lease_until": None}
    if reason or after is not post.state:
        values["reason"] = reason
    if "payload" in changes:
        values["follow_ups"] = follow_ups(changes["payload"])
    moved = conn.execute(update(posts).where(*_as_seen(post)).values(**values).returning(posts)).one_or_none()
    if moved is None:
        raise InvalidTransition(f"post {post.id}: no longer {post.state} as expected ('{event}' came too late)")
    note(conn, post.id, at=at, before=post.state, event=str(event), after=after, reason=reason, node=node)
    return to_post(moved)


def touch(conn: Connection, post: Post, *, next_look_at: datetime | None, reason: str) -> Post:
    """Say when to ask again about a post that stays as it is; leaves no trace in the history.

    Raises:
        InvalidTransition: the post is no longer as ``post`` says.
    """
    values = {"next_look_at": next_look_at, "reason": reason}
    touched = conn.execute(update(posts).where(*_as_seen(post)).values(**values).returning(posts)).one_or_none()
    if touched is None:
        raise InvalidTransition(f"post {post.id}: no longer {post.state} as expected")
    return to_post(touched)


def freeze(conn: Connection, post: Post, *, payload: Composed, payload_sha256: str) -> Post:
    """Freeze the request of a post that was never composed, so that it can be looked up; its state stays.

    Raises:
        InvalidTransition: the post is no longer as ``post`` says.
    """
    values = {"payload": payload, "payload_sha256": payload_sha256, "follow_ups": follow_ups(payload)}
    frozen = conn.execute(update(posts).where(*_as_seen(post)).values(**values).returning(posts)).one_or_none()
    if frozen is None or post.payload is not None:
        raise InvalidTransition(f"post {post.id}: no longer {post.state} without a request as expected")
    return to_post(frozen)


def follow_ups(payload: Composed | None) -> int:
    """Count what is to follow a post with these frozen bytes."""
    return 0 if payload is None else len(payload.teaser.parts)


def followed(conn: Connection, post: Post) -> None:
    """Note that what follows a post has a row of its own now; leaves no trace in the history."""
    conn.execute(update(posts).where(posts.c.id == post.id).values(follow_ups=0))


def lock(conn: Connection, post_id: str) -> Post:
    """Give a post and keep other writers away from it until the transaction ends.

    Every command locks the post before its attempts: two orders would be a deadlock on PostgreSQL.

    Raises:
        InvalidTransition: there is no such post.
    """
    # FOR UPDATE is dropped on SQLite, where BEGIN IMMEDIATE already keeps other writers out.
    row = conn.execute(select(posts).where(posts.c.id == post_id).with_for_update()).one_or_none()
    if row is None:
        raise InvalidTransition(f"post {post_id}: there is no such post")
    return to_post(row)


def _as_seen(post: Post) -> tuple[ColumnElement[bool], ...]:
    return (
        posts.c.id == post.id,
        posts.c.state == post.state,
        posts.c.token.is_not_distinct_from(post.token),
        posts.c.payload_sha256.is_not_distinct_from(post.payload_sha256),
        # A doubtful post has no token: without these two a verdict on an earlier doubt would fit the present one.
        posts.c.attempts == post.attempts,
        posts.c.doubt_at.is_not_distinct_from(post.doubt_at),
    )


def note(
    conn: Connection,
    post_id: str,
    *,
    at: datetime,
    before: State | None,
    event: str,
    after: State,
    reason: str,
    node: str,
) -> None:
    """Append a line to the history of a post."""
    line = {"post_id": post_id, "at": at, "from_state": before, "event": event, "to_state": after}
    conn.execute(_NOTE, {**line, "reason": reason, "node": node})

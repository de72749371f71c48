"""How attempts end, as rows: closed with a result, a receipt recorded, a look-up recorded.

Laws 2, 6 and 7; R12, R16. It must not judge an answer: that is done above.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from syndicator.core.lifecycle import Event
from syndicator.errors import InvalidTransition
from syndicator.model import LookUpRecord, Post, Receipt, Result, State
from syndicator.store.faults import Conflict
from syndicator.store.moves import lock, move, note
from syndicator.store.rows import count, fields
from syndicator.store.schema import attempts, events, look_ups, posts

SECOND_RECEIPT = "second receipt"
"""Event in the history: another receipt for a post that is already published (law 7)."""


def close_attempt(
    conn: Connection,
    token: str,
    *,
    result: Result,
    at: datetime,
    reason: str = "",
    code: str | None = None,
    http_status: int | None = None,
    request_id: str | None = None,
    platform_at: datetime | None = None,
) -> None:
    """Record how an attempt ended. Later only doubt (or processing) may give way to a better answer.

    Raises:
        InvalidTransition: the attempt is closed already with a result that stands.
    """
    if result is Result.OPEN:
        raise ValueError("an attempt is closed with a result")
    given = {"code": code, "http_status": http_status, "request_id": request_id, "platform_at": platform_at}
    values = {"result": result, "closed_at": at, **{name: value for name, value in given.items() if value is not None}}
    if reason:
        values["reason"] = reason
    _lock_owner(conn, token)
    closing = update(attempts).where(attempts.c.token == token, attempts.c.result.in_(_before(result)))
    if not count(conn.execute(closing.values(**values))):
        raise InvalidTransition(f"attempt {token}: closed already, cannot become '{result}'")


def _before(result: Result) -> list[Result]:
    """Results that ``result`` may replace (R16: a late receipt replaces every doubt)."""
    allowed = [Result.OPEN]
    if result in {Result.PUBLISHED, Result.REFUSED, Result.UNKNOWN}:
        allowed.append(Result.PROCESSING)
    if result is Result.PUBLISHED:
        allowed.append(Result.UNKNOWN)
    return allowed


def _lock_owner(conn: Connection, token: str) -> None:
    post_id = conn.execute(select(attempts.c.post_id).where(attempts.c.token == token)).scalar_one_or_none()
    if post_id is not None:
        lock(conn, post_id)


def record_receipt(
    conn: Connection,
    post_id: str,
    receipt: Receipt,
    *,
    token: str | None,
    at: datetime,
    node: str = "",
    reason: str = "",
) -> Post:
    """Record proof of publication from any state (R16, law 7); give the post as it is now.

    ``token`` names the attempt the receipt answers; None (found by a look-up, told by a person) closes the only
    attempt in doubt, if there is just one. The same receipt again changes nothing; another remote post for a published
    post goes into the history as "second receipt".

    Raises:
        Conflict: the remote post belongs to another post of the channel already (R12).
        InvalidTransition: there is no such post.
    """
    post = lock(conn, post_id)
    if post.state is not State.PUBLISHED:
        _refuse_stolen(conn, post, receipt)
        token = token or _in_doubt(conn, post)
        post = move(
            conn, post, Event.RECEIPT, at=at, node=node, reason=reason, remote_id=receipt.remote_id,
            remote_url=receipt.remote_url, published_at=receipt.platform_at or at, next_look_at=None, doubt_at=None,
        )  # fmt: skip
    elif post.remote_id != receipt.remote_id:
        told = f"{receipt.remote_id} {receipt.remote_url} {reason}".strip()
        note(conn, post.id, at=at, before=post.state, event=SECOND_RECEIPT, after=post.state, reason=told, node=node)
    _close_with(conn, post, token, receipt=receipt, at=at)
    return post


def has_second_receipt(conn: Connection, post_id: str, remote_id: str) -> bool:
    """Say whether the history names ``remote_id`` as another receipt of a published post."""
    named = events.c.reason.startswith(f"{remote_id} ", autoescape=True)
    wanted = (events.c.post_id == post_id, events.c.event == SECOND_RECEIPT, named)
    return conn.execute(select(events.c.id).where(*wanted)).first() is not None


def _refuse_stolen(conn: Connection, post: Post, receipt: Receipt) -> None:
    # Asked before the constraint does: on PostgreSQL its refusal would end the caller's transaction.
    taken = select(posts.c.id).where(posts.c.channel == post.channel, posts.c.remote_id == receipt.remote_id)
    owner = conn.execute(taken).scalar_one_or_none()
    if owner is not None:
        raise Conflict(f"post {post.id}: remote post {receipt.remote_id} belongs to post {owner} already")


def _in_doubt(conn: Connection, post: Post) -> str | None:
    doubtful = (Result.OPEN, Result.PROCESSING, Result.UNKNOWN)
    tokens = select(attempts.c.token).where(
        attempts.c.post_id == post.id,
        attempts.c.fenced_at.is_not(None),
        attempts.c.result.in_(doubtful),
    )
    found = conn.execute(tokens).scalars().all()
    return str(found[0]) if len(found) == 1 else None


def _close_with(conn: Connection, post: Post, token: str | None, *, receipt: Receipt, at: datetime) -> None:
    # A receipt outranks every earlier result, a wrong one too; the attempt must be one of this post.
    values: dict[str, Any] = {"result": Result.PUBLISHED, "closed_at": at}
    if receipt.platform_at is not None:
        values["platform_at"] = receipt.platform_at
    conn.execute(
        update(attempts)
        .where(
            attempts.c.token == token,
            attempts.c.post_id == post.id,
            attempts.c.result != Result.PUBLISHED,
        )
        .values(**values)
    )


def record_look_up(conn: Connection, post_id: str, record: LookUpRecord) -> None:
    """Append a look-up to the post log."""
    lock(conn, post_id)
    conn.execute(look_ups.insert().values(**(fields(record) | {"post_id": post_id})))

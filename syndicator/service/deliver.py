"""Deliver: bring due posts to their platforms, one at a time per channel, channels side by side.

The order is the promise: compose → claim (intent committed, R1) → stage (invisible) → fence (durable) → publish (one
request, R6) → record. The service puts the fence between stage and publish, so no adapter can forget it. Whatever goes
wrong becomes an event for the post; there is no retry here.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from syndicator import platforms
from syndicator.boundary import Boundary, reached
from syndicator.core import timing
from syndicator.core.lifecycle import Event
from syndicator.core.timing import Pace, Wait
from syndicator.errors import ComposeError, InvalidTransition, StoreError, TemplateError
from syndicator.model import Channel, Post, State
from syndicator.service import halt, send
from syndicator.service.compose import Draft
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, media, posts
from syndicator.store.engine import Connection

log = structlog.get_logger("syndicator.deliver")

ROUND = 20.0
"""Seconds after which one round on one channel begins nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """Posts that were brought forward, in the state each reached."""

    posts: tuple[Post, ...] = ()


def deliver(parts: Parts) -> DeliverReport:
    """Deliver what is due on every channel, channels side by side."""
    done = parts.side_by_side(lambda channel: deliver_channel(parts, channel), list(parts.channels.values()))
    return DeliverReport(posts=tuple(post for group in done for post in group))


def deliver_channel(parts: Parts, channel: Channel) -> Sequence[Post]:
    """Deliver what is due on one channel, one post after the other.

    A round is bounded, so that the caller comes back to say that it is alive; the next one goes on.
    """
    moved: list[Post] = []
    began = parts.clock.elapsed()
    while not parts.stop.is_set() and parts.clock.elapsed() - began < ROUND:
        try:
            post = _next(parts, channel)
            if post is None:
                return moved
            advanced = _advance(parts, channel, post)
        except StoreError as error:
            # Lost races and a database in trouble end the round for this channel only; the rows say what is next.
            log.warning("delivery stopped", channel=channel.name, error=str(error))
            return moved
        if advanced is None:
            # Another worker is at it (or died at it, which is reconcile's to settle): asking again at once would spin.
            return moved
        moved.append(advanced)
    return moved


def one(parts: Parts, channel: Channel, post: Post) -> Post:
    """Deliver one queued post now if its channel may send; else say in its reason why it waits.

    A daemon may take the post at the same moment: then its outcome is given, as far as it has come.
    """
    try:
        _one(parts, channel, post)
    except InvalidTransition as error:
        log.info("another worker has it", post=post.id, error=str(error))
    with parts.store.read() as conn:
        return posts.get(conn, post.id) or post


def _one(parts: Parts, channel: Channel, post: Post) -> None:
    now = parts.clock.now()
    if post.due_at > now:
        return
    with parts.store.read() as conn:
        state = channels.get(conn, channel.name)
        halted = halt.standing(parts, conn)
        wait = _wait(conn, channel, now=now, post=post, draft=None)
    if state.paused(now):
        # It stays due: when the channel is let go again, it goes at once.
        wait = Wait(until=now, reason=f"channel paused: {state.reason}")
    if halted is not None:
        wait = Wait(until=now, reason=str(halted))
    if wait is not None:
        _defer(parts, post, wait)
    else:
        _advance(parts, channel, post)


def _next(parts: Parts, channel: Channel) -> Post | None:
    """Give the channel's next due post, or None when there is none or the channel has to wait."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        if halt.standing(parts, conn) or channels.get(conn, channel.name).paused(now):
            return None
        post = posts.due(conn, channel.name, now)
        # Asked before composing, so that a waiting channel costs nothing; asked again inside the claim.
        wait = None if post is None else _wait(conn, channel, now=now, post=post, draft=None)
    if post is not None and wait is not None and not _expired(parts, post):
        _defer(parts, post, wait)
        return None
    return post


def _expired(parts: Parts, post: Post) -> bool:
    # A post with an unsettled attempt may be live: it is never called stale (only an idempotent repeat gets here).
    return post.clean and post.expires_at <= parts.clock.now() and parts.clock.steady()


def _wait(conn: Connection, channel: Channel, *, now: datetime, post: Post, draft: Draft | None) -> Wait | None:
    if not post.clean:
        return None  # an idempotent repeat of what was begun: spacing and caps were asked when it began
    doubtful = posts.blocking_doubt(conn, channel.name)
    if doubtful is not None:
        # After a doubt a channel looks before it sends: a platform in trouble makes one unknown post and not hundreds.
        return Wait(until=now + channel.windows.retry_first, reason=f"post {doubtful.id} is being looked up first")
    lately = channels.pace(conn, channel.name, since=now - channel.min_interval)
    today = channels.pace(conn, channel.name, since=timing.day_start(now, channel.timezone))
    month = channels.pace(conn, channel.name, since=timing.month_start(now, channel.timezone))
    pace = Pace(last_at=lately.last_at, today=today.count, month_spend=month.spend)
    cost = draft.composed.cost if draft else platforms.load(channel.platform).capabilities(channel).price
    return timing.may_send(now, channel=channel, pace=pace, cost=cost)


def _defer(parts: Parts, post: Post, wait: Wait) -> Post:
    with parts.store.write() as conn:
        return _deferred(parts, conn, post, wait)


def _deferred(parts: Parts, conn: Connection, post: Post, wait: Wait) -> Post:
    now = parts.clock.now()
    # Our own rule for the hour must not make a post stale: it keeps the patience that it had.
    patience = wait.until - now if wait.stretches else timedelta(0)
    return posts.move(
        conn,
        post,
        Event.DEFER,
        at=now,
        node=parts.node,
        reason=wait.reason,
        due_at=wait.until,
        expires_at=post.expires_at + patience,
    )


def _advance(parts: Parts, channel: Channel, post: Post) -> Post | None:
    """Bring one due post forward by one attempt, or say why not; None when another worker has the channel."""
    if _expired(parts, post):
        return expire(parts, post)
    try:
        draft = compose(parts, channel, post)
    except (TemplateError, ComposeError) as error:
        return _hold(parts, post, str(error))
    reached(Boundary.COMPOSED)
    claimed = _claim(parts, channel, post, draft)
    if claimed is None or claimed.state is not State.SENDING:
        return claimed
    return send.attempt(parts, channel, claimed)


def expire(parts: Parts, post: Post) -> Post:
    """Skip a stale post and say so (R21)."""
    parts.highwater.check(parts.store)
    why = f"stale: due {post.due_at:%Y-%m-%d %H:%M}Z, not sent by {post.expires_at:%Y-%m-%d %H:%M}Z"
    reason = f"{why}; last reason: {post.reason}" if post.reason else why
    with parts.store.write() as conn:
        moved = posts.move(conn, post, Event.EXPIRE, at=parts.clock.now(), node=parts.node, reason=reason)
    parts.notifier.tell(Notice(key=f"stale:{post.channel}", subject="stale news skipped", text=reason, post=post.id))
    return moved


def compose(parts: Parts, channel: Channel, post: Post) -> Draft:
    """Give the frozen request of a post that was tried before, else compose it now."""
    if post.payload is not None:
        return Draft(composed=post.payload, pictures={})
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
    if article is None:
        raise ComposeError(f"article {post.article_id} is not in the post log")
    return parts.composer.compose(article, channel=channel, marker=post.id, template=post.template, text=post.text)


def _hold(parts: Parts, post: Post, why: str) -> Post:
    with parts.store.write() as conn:
        moved = posts.move(conn, post, Event.UNCOMPOSABLE, at=parts.clock.now(), node=parts.node, reason=why)
    parts.notifier.tell(Notice(key=f"held:{post.id}", subject="post held", text=why, post=post.id))
    return moved


def _claim(parts: Parts, channel: Channel, post: Post, draft: Draft) -> Post | None:
    """Commit the intent: the frozen bytes and a fresh random token (R1, R13). None when another worker won."""
    parts.store.verify()
    parts.highwater.check(parts.store)
    reached(Boundary.BEFORE_CLAIM)
    now = parts.clock.now()
    with parts.store.write() as conn:
        parts.store.check_timeline(conn)
        if halt.standing(parts, conn) or channels.get(conn, channel.name).paused(now):
            return None
        wait = _wait(conn, channel, now=now, post=post, draft=draft)
        if wait is not None:
            return _deferred(parts, conn, post, wait)
        for item in draft.composed.teaser.media:
            if item.sha256 in draft.pictures:
                media.put(conn, item, draft.pictures[item.sha256])
        claimed = posts.claim(
            conn,
            post,
            token=secrets.token_hex(16),
            node=parts.node,
            payload=draft.composed,
            payload_sha256=post.payload_sha256 or draft.sha256,
            cost=draft.composed.cost,
            at=now,
            lease_until=now + channel.windows.lease,
        )
        reached(Boundary.CLAIM_WRITTEN)
    reached(Boundary.CLAIMED)
    return claimed

"""Deliver: bring due posts to their platforms, one at a time per channel, channels side by side.

The order is the promise: compose → claim (intent committed, R1) → stage (invisible) → fence (durable) → publish (one
request, R6) → record. The service puts the fence between stage and publish, so no adapter can forget it. Whatever goes
wrong becomes an event for the post; there is no retry here.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from syndicator import platforms
from syndicator.boundary import Boundary, reached
from syndicator.core import timing
from syndicator.core.lifecycle import Event
from syndicator.core.timing import Pace, Wait
from syndicator.errors import ComposeError, InvalidTransition, RendererGone, StoreError, TemplateError
from syndicator.model import Channel, Post, State
from syndicator.service import corrections, followups, halt, last_look, preflight, probe, quarantine, send, stale
from syndicator.service.compose import Draft, frozen
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.service.probe import Standing
from syndicator.store import articles, channels, media, posts
from syndicator.store.engine import CommitUnknown, Connection
from syndicator.store.faults import Damaged

log = structlog.get_logger("syndicator.deliver")

_AT_ONCE = timedelta(0)
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
            tell_of_damage(parts, error)
            return moved
        if advanced is None:
            # Another worker is at it (or died at it, which is reconcile's to settle): asking again at once would spin.
            return moved
        moved.append(advanced)
    return moved


def tell_of_damage(parts: Parts, error: StoreError) -> None:
    """Tell a person when the post log itself is damaged: other trouble with it passes, this does not (S05)."""
    if isinstance(error, Damaged):
        parts.notifier.tell(Notice(key="damaged", subject="the post log is damaged", text=str(error)))


def one(parts: Parts, channel: Channel, post: Post) -> Post:
    """Deliver one queued post now if its channel may send; else say in its reason why it waits.

    A daemon may take the post at the same moment: then its outcome is given, as far as it has come.
    """
    try:
        _one(parts, channel, post)
    except InvalidTransition as error:
        log.info("another worker has it", post=post.id, error=str(error))
    stale.tell(parts)
    with parts.store.read() as conn:
        return posts.get(conn, post.id) or post


def _one(parts: Parts, channel: Channel, post: Post) -> None:
    now = parts.clock.now()
    if post.due_at > now:
        return
    probe.keep(parts, channel)
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
    probe.keep(parts, channel)
    followups.make(parts, channel.name)
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
    # A follow-up belongs to what is out.
    return post.clean and not post.part and post.expires_at <= parts.clock.now() and parts.clock.steady()


def _wait(conn: Connection, channel: Channel, *, now: datetime, post: Post, draft: Draft | None) -> Wait | None:
    if not post.clean:
        return None  # an idempotent repeat of what was begun: spacing and caps were asked when it began
    doubtful = posts.blocking_doubt(conn, channel.name)
    if doubtful is not None:
        # After a doubt a channel looks before it sends: a platform in trouble makes one unknown post and not hundreds.
        return Wait(until=now + channel.windows.retry_first, reason=f"post {doubtful.id} is being looked up first")
    if why := followups.waits(conn, post):
        return Wait(until=now + channel.windows.retry_first, reason=why)
    cost = draft.composed.cost if draft else platforms.load(channel.platform).capabilities(channel).price
    # What belongs to a post that is out does not wait for spacing, caps or the hour; money is money.
    limits = replace(channel, min_interval=_AT_ONCE, daily_cap=None, quiet_hours=None) if post.part else channel
    return timing.may_send(now, channel=limits, pace=_pace(conn, limits, now), cost=cost)


def _pace(conn: Connection, channel: Channel, now: datetime) -> Pace:
    """Read what the channel's limits ask for, and no more: this is asked for every post, twice."""
    pace = Pace()
    if channel.min_interval:
        lately = channels.pace(conn, channel.name, since=now - channel.min_interval)
        pace = replace(pace, last_at=lately.last_at)
    if channel.daily_cap is not None:
        today = channels.pace(conn, channel.name, since=timing.day_start(now, channel.timezone))
        pace = replace(pace, today=today.count)
    if channel.monthly_budget is not None:
        month = channels.pace(conn, channel.name, since=timing.month_start(now, channel.timezone))
        pace = replace(pace, month_spend=month.spend)
    return pace


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
        return stale.expire(parts, post)
    if why := last_look.obstacle(parts, post):
        return followups.give_up(parts, post, why) if post.part else corrections.hold_back(parts, post, why)
    try:
        draft = compose(parts, channel, post)
    except RendererGone as error:
        # The machine's trouble and no fault of the post: it stays queued and is rendered again.
        again_at = parts.clock.now() + channel.windows.retry_first
        return _defer(parts, post, Wait(until=again_at, reason=str(error)))
    except (TemplateError, ComposeError) as error:
        return _hold(parts, post, str(error))
    if hindered := preflight.obstacle(parts, channel, post, draft):
        if hindered.wait is not None:
            return _defer(parts, post, hindered.wait)
        return corrections.hold_back(parts, post, hindered.reason, draft=draft)
    reached(Boundary.COMPOSED)
    claimed = _claim(parts, channel, post, draft)
    if claimed is not None and claimed.state is State.ATTENTION:
        notice = Notice(key=f"attention:{post.id}", subject="a post needs you", text=claimed.reason, post=post.id)
        parts.notifier.tell(notice)
    if claimed is None or claimed.state is not State.SENDING:
        return claimed
    return send.attempt(parts, channel, claimed)


def compose(parts: Parts, channel: Channel, post: Post) -> Draft:
    """Give the frozen request of a post that was tried before, else compose it now."""
    if post.payload is not None:
        return frozen(post.payload_sha256, post.payload)
    if post.part:
        return followups.compose(parts, channel, post)
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
    if article is None:
        raise ComposeError(f"article {post.article_id} is not in the post log")
    channel = probe.as_probed(parts, channel)
    return parts.composer.compose(article, channel=channel, marker=post.id, template=post.template, text=post.text)


def _hold(parts: Parts, post: Post, why: str) -> Post:
    # What may be live already is a question to a person, not one more thing to edit.
    event = Event.UNCOMPOSABLE if post.clean else Event.ASK
    with parts.store.write() as conn:
        moved = posts.move(conn, post, event, at=parts.clock.now(), node=parts.node, reason=why)
    parts.notifier.tell(Notice(key=f"held:{post.id}", subject="post held", text=why, post=post.id))
    return moved


def _claim(parts: Parts, channel: Channel, post: Post, draft: Draft) -> Post | None:
    """Commit the intent: the frozen bytes and a fresh random token (R1, R13). None when another worker won."""
    quarantine.ensure(parts)
    reached(Boundary.BEFORE_CLAIM)
    token = secrets.token_hex(16)
    try:
        claimed = _claim_as(parts, channel, post, draft, token=token)
    except CommitUnknown:
        # R3: read again by token. If the claim holds after all, the fence must still be committed before a send.
        with parts.store.read() as conn:
            claimed = posts.get(conn, post.id)
        if claimed is None or claimed.token != token:
            raise
    reached(Boundary.CLAIMED)
    return claimed


def _claim_as(parts: Parts, channel: Channel, post: Post, draft: Draft, *, token: str) -> Post | None:
    now = parts.clock.now()
    with parts.store.write() as conn:
        quarantine.recheck(parts, conn)
        if halt.standing(parts, conn) or channels.get(conn, channel.name).paused(now):
            return None
        wait = _wait(conn, channel, now=now, post=post, draft=draft)
        if wait is not None:
            return _deferred(parts, conn, post, wait)
        obstacle = probe.obstacle(conn, channel, post, draft.composed, now)
        if obstacle is not None:
            return _unstaged(parts, conn, post, obstacle)
        for item in draft.composed.teaser.media:
            if item.sha256 in draft.pictures:
                media.put(conn, item, draft.pictures[item.sha256])
        claimed = posts.claim(
            conn,
            post,
            token=token,
            node=parts.node,
            payload=draft.composed,
            payload_sha256=post.payload_sha256 or draft.sha256,
            cost=draft.composed.cost,
            at=now,
            # Uploads come before the fence and take their time; whoever is thought gone then only begins anew.
            lease_until=now + channel.windows.lease * (1 + len(draft.composed.teaser.media)),
        )
        reached(Boundary.CLAIM_WRITTEN)
    return claimed


def _unstaged(parts: Parts, conn: Connection, post: Post, obstacle: Standing) -> Post | None:
    """Leave a request alone that must not be staged (R18); None when the next round composes or probes anew."""
    if post.payload is None or obstacle is not Standing.SHOWN:
        return None
    # Its bytes are frozen, and an earlier attempt to stage them may have left a draft that readers see.
    why = "its frozen request stages a draft, and this channel shows drafts: it may be visible already"
    return posts.move(conn, post, Event.ASK, at=parts.clock.now(), node=parts.node, reason=why)

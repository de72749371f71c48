"""Reconcile: settle what is doubtful or unfinished, by reading only.

Recover attempts whose worker is gone, look doubtful posts up on their channel's own timeline, ask pending ones how
they are getting on, skip what went stale. Nothing is sent here: what may be sent again goes back to the queue.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import structlog

from syndicator import platforms
from syndicator.boundary import Boundary, reached
from syndicator.core import retry, settle
from syndicator.core.lifecycle import Event
from syndicator.core.retry import Decision, Phase
from syndicator.core.settle import Verdict
from syndicator.errors import ComposeError, OutcomeUnknown, PlatformError, StoreError, TemplateError
from syndicator.model import Channel, LookUp, LookUpRecord, Pending, Post, Receipt, Result, Staged, State
from syndicator.service import admin, deliver, halt, quarantine, send, stale
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import channels, posts
from syndicator.store.engine import Conflict

log = structlog.get_logger("syndicator.reconcile")

FARTHEST = timedelta(hours=25)
"""A question planned further ahead was dated by a clock that ran ahead (T05)."""
ROUND = 20
"""Posts of one channel that one round takes on."""
STALE_ROUND = 1000
"""Stale posts that one round skips: no platform is asked for it, and one notice should name them all."""
LOOK = "look"
"""Names the adapter that reads."""
PLATFORM_DOUBT = "the worker was gone after the fence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileReport:
    """Posts that were looked at, in the state each reached."""

    posts: tuple[Post, ...] = ()


def reconcile(parts: Parts) -> ReconcileReport:
    """Settle what can be settled now; channels side by side.

    Raises:
        StoreError: the post log is in trouble.
    """
    quarantine.ensure(parts)
    with parts.store.read() as conn:
        quiet = not posts.anything_unsettled(conn, parts.clock.now())
    parts.clock.steady()  # watched in quiet times too: a leap shows only against what was seen before it (T05)
    if quiet:
        stale.tell(parts)
        return ReconcileReport()
    moved = [
        *_each(parts, recoverable(parts), _recover),
        *_each(parts, _stale(parts), stale.expire, most=STALE_ROUND),
        *_each(parts, _orphans(parts), _orphaned),
    ]
    with parts.store.read() as conn:
        now = parts.clock.now()
        looks = posts.to_look_up(conn, now, farthest=_longest_wait(parts))
        open_posts = [*looks, *_due_processing(posts.in_processing(conn), now)]
    groups: dict[str, list[Post]] = {}
    for post in open_posts:
        groups.setdefault(post.channel, []).append(post)
    done = parts.side_by_side(lambda group: _each(parts, group, _settle), list(groups.values()))
    moved += [post for group in done for post in group]
    stale.tell(parts)
    return ReconcileReport(posts=tuple(moved))


def _longest_wait(parts: Parts) -> timedelta:
    """Give the longest time that any channel's schedule puts between two look-ups."""
    waits = [timedelta(hours=1)]
    for channel in parts.channels.values():
        offsets = channel.windows.look_ups
        gaps = [later - earlier for earlier, later in pairwise(offsets)]
        waits += [*offsets[:1], *gaps, channel.windows.retry_most]
    return max(waits)


def _each(parts: Parts, group: Sequence[Post], act: Callable[[Parts, Post], Post], *, most: int = ROUND) -> list[Post]:
    """Do one thing to each post; a lost race (somebody else moved it first) is not an error, and damage is told.

    A round is bounded, so that the caller comes back to say that it is alive; the next one goes on.
    """
    moved = []
    for post in group[:most]:
        if parts.stop.is_set():
            break
        try:
            after = act(parts, post)
        except StoreError as error:
            log.info("left for now", post=post.id, error=str(error))
            deliver.tell_of_damage(parts, error)
            continue
        if after is not post:  # what could not be brought forward is no step, else a round would never end
            moved.append(after)
    return moved


def _due_processing(group: Sequence[Post], now: datetime) -> list[Post]:
    return [post for post in group if post.next_look_at and not now < post.next_look_at <= now + FARTHEST]


def _stale(parts: Parts) -> list[Post]:
    """Queued, held and handed-over posts whose time is over: never one that may go live without us."""
    if not parts.clock.steady():
        return []
    now = parts.clock.now()
    with parts.store.read() as conn:
        if halt.standing(parts, conn):
            return []
        old = [post for post in posts.stale(conn, now) if not post.part]
        found = [post for post in old if not channels.get(conn, post.channel).paused(now)]
    return [post for post in found if (_with_a_person(post) if post.state is State.PROCESSING else post.clean)]


def _orphans(parts: Parts) -> list[Post]:
    """Repeats that nobody will send any more: their channel is gone from the configuration."""
    with parts.store.read() as conn:
        return [post for post in posts.unsettled_in_queue(conn) if post.channel not in parts.channels]


def _orphaned(parts: Parts, post: Post) -> Post:
    return _ask(parts, post, f"it may be live, and channel {post.channel} is no longer configured")


def _with_a_person(post: Post) -> bool:
    return bool((post.pending or {}).get("person"))


# --- attempts whose worker is gone ----------------------------------------------------------------------------------


def recoverable(parts: Parts) -> list[Post]:
    """Give posts in sending whose lease ran out, or whose worker was a process of this host that is no more."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        expired = posts.expired_leases(conn, now)
        mine = [post for post in posts.in_sending(conn) if _owner_is_dead(posts.owner(conn, post), parts.node)]
    found = {post.id: post for post in (*expired, *mine)}
    # An attempt that a thread of this very process is at is not gone, however long its pictures take.
    return [post for post in found.values() if post.token not in parts.active]


def _owner_is_dead(owner: str, node: str) -> bool:
    """Say whether ``host/pid`` names a process of this host that has ended. A dead process sends nothing (R20)."""
    host, _, pid = owner.rpartition("/")
    if host != node.rpartition("/")[0] or not pid.isdigit() or owner == node:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _recover(parts: Parts, post: Post) -> Post:
    """Law 5: before the fence nothing visible was asked for; after it the outcome is unknown."""
    channel = parts.channels.get(post.channel)
    now = parts.clock.now()
    with parts.store.write() as conn:
        quarantine.recheck(parts, conn)
        fenced = posts.was_fenced(conn, post.token or "")
        reason = PLATFORM_DOUBT if fenced else "the worker was gone before the fence: nothing was sent"
        result = Result.UNKNOWN if fenced else Result.NOT_SENT
        posts.close_attempt(conn, post.token or "", result=result, at=now, reason=reason)
        decision = Decision(
            event=Event.DOUBT if fenced or not post.clean else Event.NOT_SENT, result=result, reason=reason, due_at=now
        )
        return send.apply(parts, conn, channel or Channel(name=post.channel, platform=post.platform), post, decision)


# --- look-ups -------------------------------------------------------------------------------------------------------


def _settle(parts: Parts, post: Post) -> Post:
    channel = parts.channels.get(post.channel)
    if channel is None:
        why = f"channel {post.channel} is no longer configured, so nobody can look"
        return post if post.state is State.PROCESSING else _ask(parts, post, why)
    if post.state is State.PROCESSING:
        return _progress(parts, channel, post)
    return look_up(parts, channel, post)


def _ask(parts: Parts, post: Post, reason: str) -> Post:
    with parts.store.write() as conn:
        moved = posts.move(conn, post, Event.ASK, at=parts.clock.now(), node=parts.node, reason=reason)
    parts.notifier.tell(Notice(key=f"attention:{post.id}", subject="a post needs you", text=reason, post=post.id))
    return moved


def look_up(parts: Parts, channel: Channel, post: Post) -> Post:
    """Look for a doubtful post on its channel's timeline and write down what that proves."""
    if post.payload is None:
        try:
            post = _frozen(parts, channel, post)
        except (TemplateError, ComposeError) as error:
            return _ask(parts, post, f"it may be live, and nobody can say with which words: {error}")
    if post.payload is None:
        return _ask(parts, post, "no frozen request is on record")
    staged = Staged(composed=post.payload, refs=post.staged or {})
    capabilities = platforms.load(channel.platform).capabilities(channel)
    reached(Boundary.BEFORE_LOOK_UP)
    now = parts.clock.now()
    try:
        look = parts.adapter(channel.name, LOOK).find(staged, post.intent_at or post.changed_at)
    except PlatformError as error:
        look = LookUp(hits=(), complete=False, note=str(error))
        verdict = settle.failed(post, error, channel=channel, capabilities=capabilities, now=now)
    except Exception as error:
        # The source loop of look-ups: a bug in one proves nothing and must not stop the others.
        log.exception("bug while looking up", post=post.id)
        doubt = OutcomeUnknown(send.plain(error), platform=post.platform, code=send.BUG)
        look = LookUp(hits=(), complete=False, note=send.plain(error))
        verdict = settle.failed(post, doubt, channel=channel, capabilities=capabilities, now=now)
    else:
        verdict = settle.judge(post, look, channel=channel, capabilities=capabilities, now=now)
    reached(Boundary.LOOKED_UP)
    moved = _write_verdict(parts, channel, post, look, verdict)
    reached(Boundary.LOOK_UP_RECORDED)
    return moved


def _frozen(parts: Parts, channel: Channel, post: Post) -> Post:
    """Compose a post that lost commits made doubtful before the log knew its bytes: its marker finds it all the same.

    Raises:
        TemplateError: the template is missing or wrong.
        ComposeError: the article cannot become a teaser for this channel.
    """
    draft = deliver.compose(parts, channel, post)
    with parts.store.write() as conn:
        admin.keep_pictures(conn, draft)
        return posts.freeze(conn, post, payload=draft.composed, payload_sha256=draft.sha256)


def _write_verdict(parts: Parts, channel: Channel, post: Post, look: LookUp, verdict: Verdict) -> Post:
    record = _record_of(post, look, parts.clock.now())
    # The platform itself refused (D11); where nobody may ever look, as after a hand-off, nobody was asked.
    refused = not look.permitted and look.platform_at is not None and verdict.event is Event.ASK
    try:
        with parts.store.write() as conn:
            posts.record_look_up(conn, post.id, record)
            moved = _apply(parts, conn, channel, post, verdict, at=record.at)
            if refused and not channels.get(conn, channel.name).paused(record.at):
                until = record.at + retry.AUTH_WAIT
                channels.pause(conn, channel.name, reason=verdict.reason, at=record.at, until=until)
    except Conflict as error:
        # The only match belongs to another post already, so it is not ours (R12): a person decides.
        verdict = Verdict(event=Event.ASK, reason=str(error), absences=post.absences, alert=True)
        with parts.store.write() as conn:
            posts.record_look_up(conn, post.id, record)
            moved = _apply(parts, conn, channel, post, verdict, at=record.at)
    if verdict.receipt is not None:
        send.tell_of_a_second(parts, moved, verdict.receipt)
    log.info("looked up", post=post.id, state=str(moved.state), reason=verdict.reason)
    if verdict.alert:
        # A refusal is the channel's condition: told once, however many posts wait for it.
        key = f"refused:{channel.name}" if refused else f"attention:{post.id}"
        parts.notifier.tell(
            Notice(key=key, subject="a post needs you", text=verdict.reason, post=post.id, channel=channel.name)
        )
    return moved


def _record_of(post: Post, look: LookUp, now: datetime) -> LookUpRecord:
    return LookUpRecord(
        post_id=post.id,
        at=now,
        platform_at=look.platform_at,
        complete=look.complete,
        permitted=look.permitted,
        seen=look.seen,
        hits=len(look.hits),
        note=look.note,
    )


def _apply(
    parts: Parts, conn: posts.Connection, channel: Channel, post: Post, verdict: Verdict, *, at: datetime
) -> Post:
    now = at
    if verdict.receipt is not None:
        # Found is found, whoever holds the token now: the receipt is recorded in any state (R16).
        return posts.record_receipt(
            conn, post.id, verdict.receipt, token=None, at=now, node=parts.node, reason=verdict.reason
        )
    return posts.move(
        conn,
        post,
        verdict.event,
        at=now,
        node=parts.node,
        reason=verdict.reason,
        settle_from=verdict.settle_from,
        absences=verdict.absences,
        next_look_at=verdict.next_look_at,
        # A doubt dated by a clock that ran ahead begins now, else its schedule and patience would never come.
        doubt_at=None if post.doubt_at is None else min(post.doubt_at, now),
        clean=verdict.clean,
        due_at=max(_resend_at(channel, post, now), post.due_at) if verdict.event is Event.RESEND else post.due_at,
    )


def _resend_at(channel: Channel, post: Post, now: datetime) -> datetime:
    """An idempotent repeat backs off; a resend after proven absence waited for its window already."""
    return now + (retry.backoff(channel, post.attempts) if settle.repeatable(post) else timedelta(0))


# --- accepted, not finished -----------------------------------------------------------------------------------------


def _progress(parts: Parts, channel: Channel, post: Post) -> Post:
    now = parts.clock.now()
    pending = post.pending or {}
    if post.payload is None:
        return post
    staged = Staged(composed=post.payload, refs=post.staged or {})
    try:
        outcome = parts.adapter(channel.name, LOOK).progress(
            staged, Pending(detail=pending.get("detail", {}), person=bool(pending.get("person")))
        )
    except PlatformError as error:
        decision = retry.decide(error, phase=Phase.PUBLISH, post=post, channel=channel, now=now)
    except Exception as error:
        # As with look-ups: the others are asked all the same.
        log.exception("bug while asking", post=post.id)
        return _wait_on(parts, post, now + channel.windows.retry_most, send.plain(error))
    else:
        if isinstance(outcome, Receipt):
            return send.record(parts, post, outcome, reason="finished")
        if post.expires_at <= now and not _with_a_person(post):
            return _doubt(parts, channel, post, f"the platform has not finished it by {post.expires_at:%H:%M}Z")
        return _wait_on(parts, post, now + channel.windows.retry_first, post.reason)
    if decision.event is Event.NOT_SENT:  # the question could not be asked: ask again
        return _wait_on(parts, post, decision.due_at or now + channel.windows.retry_first, decision.reason)
    with parts.store.write() as conn:
        return send.apply(parts, conn, channel, post, decision)


def _doubt(parts: Parts, channel: Channel, post: Post, reason: str) -> Post:
    with parts.store.write() as conn:
        return send.apply(parts, conn, channel, post, Decision(event=Event.DOUBT, result=Result.UNKNOWN, reason=reason))


def _wait_on(parts: Parts, post: Post, at: datetime, reason: str) -> Post:
    with parts.store.write() as conn:
        return posts.touch(conn, post, next_look_at=at, reason=reason)

"""One attempt: stage, fence, publish, record. The only code that asks a platform for something visible.

Rules kept here: R3 (a commit of unknown fate is never followed by a send), R4 (send dead-line), R7–R9 (what an answer
means), R13 (tokens), R16 (a receipt in hand is recorded, whatever else happens).
"""

from dataclasses import replace
from pathlib import Path

import structlog

from syndicator import credentials
from syndicator.boundary import Boundary, reached
from syndicator.core import retry
from syndicator.core.lifecycle import Event
from syndicator.core.retry import Decision, Phase
from syndicator.errors import (
    AuthRequired,
    ConfigError,
    Happened,
    OutcomeUnknown,
    Owner,
    PlatformError,
    SendDeadlinePassed,
    StoreError,
    Unreachable,
)
from syndicator.model import Channel, Guard, Json, Pending, Post, Receipt, Result, Staged
from syndicator.platforms._redaction import redact
from syndicator.service import halt, handoff, quarantine, trouble
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import channels, media, posts, replay, trust
from syndicator.store.engine import CommitUnknown, Conflict
from syndicator.store.replay import Intent

log = structlog.get_logger("syndicator.send")

SEND = "send"
"""Names the adapter that writes; look-ups have one of their own, so the two never share a connection."""

RECORD_TRIES = 30
"""How often, a second apart, a receipt in hand is offered to a database that cannot commit (D08)."""
BUG = "bug"
"""Code of errors that are ours: while staging, or in an SDK before its first byte."""
BUG_TRIES = 3
"""After this many attempts that failed on a bug of ours before the fence, a person is shown the post (D36)."""


def attempt(parts: Parts, channel: Channel, post: Post) -> Post:
    """Bring a claimed post to its platform; give the post in the state it reached."""
    token = post.token or ""
    parts.active.add(token)
    try:
        return _attempt(parts, channel, post)
    finally:
        parts.active.discard(token)


def _attempt(parts: Parts, channel: Channel, post: Post) -> Post:
    try:
        staged = _stage(parts, channel, post)
        started = parts.clock.elapsed()
        intent, epoch = _fence(parts, channel, replace(post, staged=staged.refs))
        reached(Boundary.FENCED)
        _keep(parts, intent, epoch)
    except PlatformError as error:
        return _conclude(parts, channel, post, error, Phase.STAGE)
    reached(Boundary.JOURNALED)

    def guard() -> None:
        halt.refuse(parts, post)
        _refuse_without_fence(parts, post)
        late = parts.clock.elapsed() - started
        if late > channel.windows.send_deadline.total_seconds():
            raise SendDeadlinePassed(f"{late:.1f} s after the fence: nothing was written", platform=post.platform)

    try:
        outcome = _publish(parts, channel, post, staged, guard)
    except PlatformError as error:
        return _conclude(parts, channel, post, error, Phase.PUBLISH)
    if isinstance(outcome, Receipt):
        reached(Boundary.BEFORE_RECORD)
        recorded = record(parts, post, outcome, reason="")
        reached(Boundary.RECORDED)
        return recorded
    return _accept(parts, channel, post, staged, outcome)


def plain(error: Exception) -> str:
    """Describe an unexpected error for the log and for people, without any secret that its text may carry."""
    return redact(repr(error), credentials.resolved())


def _stage(parts: Parts, channel: Channel, post: Post) -> Staged:
    """Do the invisible work and keep what it left, first writer wins (R17)."""
    if post.payload is None:
        raise StoreError(f"post {post.id} was claimed without a payload")
    earlier = None if post.staged is None else Staged(composed=post.payload, refs=post.staged)

    def load(sha256: str) -> bytes:
        with parts.store.read() as conn:
            return media.load(conn, sha256)

    reached(Boundary.BEFORE_STAGE)
    try:
        staged = parts.adapter(channel.name, SEND).stage(post.payload, load, earlier)
    except PlatformError:
        raise
    except ConfigError as error:
        # A secret that cannot be read is the channel's condition: its posts wait, and somebody is told.
        raise AuthRequired(str(error), platform=post.platform, code="configuration") from error
    except MemoryError as error:
        raise Unreachable("this machine has no memory left", platform=post.platform, code="memory") from error
    except Exception as error:
        # The publish guard, before the fence: a bug defers the post, no more.
        log.exception("bug while staging", post=post.id)
        raise Unreachable(f"bug while staging: {plain(error)}", platform=post.platform, code=BUG) from error
    reached(Boundary.STAGED)
    # Where nothing was left at the platform, a power cut can lose nothing; the fence that follows is durable anyway.
    store = parts.store if any(staged.refs.values()) else parts.store.hasty()
    with store.write() as conn:
        if earlier is not None and staged.refs != earlier.refs:
            # The adapter made anew what had run out (picture ids); still only if nobody else did so first.
            refs = posts.replace_staged(conn, post, earlier.refs, staged.refs)
        else:
            refs = posts.record_staged(conn, post, staged.refs)
    reached(Boundary.STAGE_RECORDED)
    return Staged(composed=post.payload, refs=refs)


def _fence(parts: Parts, channel: Channel, post: Post) -> tuple[Intent, str]:
    """Commit "from here on it may be visible" (law 4); give what the journal has to keep of it.

    Raises:
        Unreachable: nobody knows whether the fence holds. Nothing goes out, so the attempt is closed as not sent.
        StoreError: somebody took the post over while we staged, or commits were lost; nothing visible was asked for.
    """
    now = parts.clock.now()
    try:
        with parts.store.write() as conn:
            # An attempt that slept here may own the post again only because commits were lost.
            quarantine.recheck(parts, conn)
            fenced = posts.fence(conn, post, at=now, lease_until=now + channel.windows.lease)
            intent = replay.intent(conn, post, node=parts.node, fenced_at=now)
            epoch = quarantine.epoch_of(trust.get(conn))
    except CommitUnknown as error:
        # R3: only this attempt could have published behind this fence, and it does not.
        why = f"the fence may not be kept: {error}"
        raise Unreachable(why, platform=post.platform, code="fence") from error
    if not fenced:
        raise StoreError(f"post {post.id}: the attempt was taken over before the fence")
    return intent, epoch


def _keep(parts: Parts, intent: Intent, epoch: str) -> None:
    """Write the intent where no fail-over and no restored backup can take it back (R15).

    Raises:
        Unreachable: it cannot be written, so nothing goes out.
    """
    try:
        parts.journal.intend(intent, log_id=parts.store.log_id, epoch=epoch)
    except OSError as error:
        why = f"the journal cannot be written: {error}"
        raise Unreachable(why, platform=intent.post.platform, code="journal") from error


def _refuse_without_fence(parts: Parts, post: Post) -> None:
    """Ask right before the first byte whether the fence is still in the log: where it is not, somebody else may send.

    The intent is in the journal by now. So whoever claims this post in a log that lost the fence either finds the
    intent (R15), or did so before the intent was written, and then it is this attempt that finds its fence gone.

    Raises:
        Unreachable: nothing was written.
    """
    try:
        with parts.store.read() as conn:
            fenced = posts.was_fenced(conn, post.token or "")
    except StoreError as error:
        raise Unreachable(f"nobody can say whether the fence holds: {error}", platform=post.platform) from error
    if not fenced:
        why = "the fence is not in the post log any more, commits were lost: nothing was written"
        raise Unreachable(why, platform=post.platform, code="fence")


def _publish(parts: Parts, channel: Channel, post: Post, staged: Staged, guard: Guard) -> Receipt | Pending:
    adapter = parts.adapter(channel.name, SEND)
    try:
        return adapter.publish(staged, guard)
    except PlatformError:
        raise
    except Exception as error:
        # The publish guard: even a bug may come after the wire was touched.
        log.exception("bug while publishing", post=post.id)
        raise OutcomeUnknown(f"bug while publishing: {plain(error)}", platform=post.platform, code=BUG) from error


def record(parts: Parts, post: Post, receipt: Receipt, *, reason: str) -> Post:
    """Write a receipt down: first in the journal, whence it is recorded later if need be (D08); then in the post log,
    from any state (R16), and with patience when the database cannot commit (law 7).
    """
    try:
        parts.journal.receive(post, receipt, log_id=parts.store.log_id, at=parts.clock.now())
    except OSError as error:
        # The post is live: what is left is to tell the post log.
        log.critical("receipt not journaled", post=post.id, remote_id=receipt.remote_id, error=str(error))
    reached(Boundary.RECEIPT_JOURNALED)
    for tries in range(1, RECORD_TRIES + 1):
        try:
            with parts.store.write() as conn:
                moved = posts.record_receipt(
                    conn, post.id, receipt, token=post.token, at=parts.clock.now(), node=parts.node, reason=reason
                )
                reached(Boundary.RECORD_WRITTEN)
        except Conflict as error:
            # The remote post is on record for another post of ours: a person must look (R12).
            return _dispute(parts, post, str(error))
        except StoreError as error:
            log.critical("receipt not recorded yet", post=post.id, remote_id=receipt.remote_id, error=str(error))
            if tries == RECORD_TRIES:
                raise
            parts.clock.sleep(1)
        else:
            log.info("published", post=post.id, channel=post.channel, url=receipt.remote_url)
            tell_of_a_second(parts, moved, receipt)
            return moved
    raise AssertionError("unreachable: the last try returns or raises")


def tell_of_a_second(parts: Parts, post: Post, receipt: Receipt) -> None:
    """Tell a person when a receipt names another remote post than the one on record."""
    if post.remote_id != receipt.remote_id:
        text = f"{post.remote_url} is on record, and {receipt.remote_url} is live too: delete one of them"
        parts.notifier.tell(
            Notice(key=f"second:{post.id}", subject="a second remote post is live", text=text, post=post.id)
        )


def _dispute(parts: Parts, post: Post, why: str) -> Post:
    now = parts.clock.now()
    with parts.store.write() as conn:
        posts.close_attempt(conn, post.token or "", result=Result.UNKNOWN, at=now, reason=why)
        doubtful = posts.move(
            conn, post, Event.DOUBT, at=now, node=parts.node, reason=why, clean=False, doubt_at=now, next_look_at=None
        )
        moved = posts.move(conn, doubtful, Event.ASK, at=now, node=parts.node, reason=why)
    parts.notifier.tell(Notice(key=f"attention:{post.id}", subject="a post needs you", text=why, post=post.id))
    return moved


def _accept(parts: Parts, channel: Channel, post: Post, staged: Staged, pending: Pending) -> Post:
    """Accepted, finishes later; or handed to a person, who is told after the page is written."""
    detail = dict(pending.detail)
    if pending.person:
        try:
            detail["page"] = str(_hand_over(parts, post, staged, detail))
        except OSError as error:
            # Nobody was handed anything yet: the post waits until the page can be written.
            why = Unreachable(f"the hand-off page cannot be written: {error}", platform=post.platform, code="page")
            return _conclude(parts, channel, post, why, Phase.STAGE)
    now = parts.clock.now()
    reason = "handed to a person" if pending.person else "accepted, not finished"
    with parts.store.write() as conn:
        posts.close_attempt(conn, post.token or "", result=Result.PROCESSING, at=now, reason=reason)
        moved = posts.move(
            conn,
            post,
            Event.ACCEPTED,
            at=now,
            node=parts.node,
            reason=reason,
            pending={"person": pending.person, "detail": detail},
            next_look_at=None if pending.person else now + channel.windows.retry_first,
        )
    if pending.person:
        head = staged.composed.teaser.text.splitlines()[0]
        text = f"{head}\nOpen {detail['page']}, then: syndicator settle {post.id} --live URL"
        parts.notifier.tell(
            Notice(key=f"handoff:{post.id}", subject="a post waits for your click", text=text, post=post.id)
        )
    return moved


def _hand_over(parts: Parts, post: Post, staged: Staged, detail: Json) -> Path:
    def load(sha256: str) -> bytes:
        with parts.store.read() as conn:
            return media.load(conn, sha256)

    teaser = staged.composed.teaser
    return handoff.write(
        parts.state_dir / "handoff",
        post,
        text=teaser.text,
        composer_url=str(detail.get("composer_url", "")),
        media=teaser.media,
        load_media=load,
    )


def _conclude(parts: Parts, channel: Channel, post: Post, error: PlatformError, phase: Phase) -> Post:
    """Write down what an error means for the attempt, the post and the channel, in one transaction."""
    now = parts.clock.now()
    nothing_sent = phase is Phase.STAGE or error.happened is Happened.NO
    if error.code == BUG and nothing_sent and post.attempts >= BUG_TRIES and post.clean:
        decision = Decision(event=Event.REFUSED, result=Result.REFUSED, reason=str(error), alert=True)
    else:
        decision = retry.decide(error, phase=phase, post=post, channel=channel, now=now)
    with parts.store.write() as conn:
        posts.close_attempt(
            conn,
            post.token or "",
            result=decision.result,
            at=now,
            reason=decision.reason,
            code=error.code,
            http_status=error.http_status,
            request_id=error.request_id,
            platform_at=error.platform_at,
        )
        told = trouble.is_told(conn, channel, decision, now)
        moved = apply(parts, conn, channel, post, decision)
    log.warning(str(decision.event), post=post.id, channel=channel.name, reason=decision.reason, code=error.code)
    if decision.alert and not told:
        parts.notifier.tell(
            Notice(
                # A condition of the channel is told once, a refusal for each post.
                key=f"{decision.event}:{channel.name}:{post.id if error.owner is Owner.POST else error.code}",
                subject=f"{channel.name}: {decision.event}",
                text=decision.reason,
                post=post.id,
                channel=channel.name,
                # A condition is looked into where it is, and its channel waits until then or until it is let go on.
                remedy=""
                if error.owner is Owner.POST
                else f"syndicator check --online, syndicator resume {channel.name}",
            )
        )
    return moved


def apply(parts: Parts, conn: posts.Connection, channel: Channel, post: Post, decision: Decision) -> Post:
    """Move the post as decided and let the channel wait where the condition is not the post's own."""
    now = parts.clock.now()
    until, state = decision.channel_waits_until, channels.get(conn, channel.name)
    if until is not None and not state.paused(now):
        until = trouble.backed_off(conn, channel, state, until, now)
        channels.pause(conn, channel.name, reason=decision.reason, at=now, until=until)
    if decision.event is Event.DOUBT:
        return posts.move(
            conn,
            post,
            Event.DOUBT,
            at=now,
            node=parts.node,
            reason=decision.reason,
            clean=False,
            doubt_at=now,
            intent_at=post.intent_at or post.changed_at,
            settle_from=None,
            after_duplicate=decision.after_duplicate,
            next_look_at=now + channel.windows.look_ups[0] if channel.windows.look_ups else now,
        )
    if decision.event is Event.NOT_SENT:
        return posts.move(
            conn, post, Event.NOT_SENT, at=now, node=parts.node, reason=decision.reason, due_at=decision.due_at or now
        )
    return posts.move(conn, post, decision.event, at=now, node=parts.node, reason=decision.reason)

"""What a look-up proves about a doubtful post. Pure: the post and what was read in, a verdict out.

The settle window runs on the platform's own clock, between the first *complete* look-up after the doubt and a later
one (R10): our clock may jump as it likes. Absence proven that way leads to one resend where the channel opted in, and
to a person everywhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator.core.lifecycle import Event
from syndicator.errors import PlatformError
from syndicator.model import AfterUnknown, Capabilities, Channel, LookUp, Post, Receipt

ABSENCES_MOST = 2
"""After this many attempts believed absent a person decides, also under RESEND."""
REPEATS_MOST = 8
"""How often an idempotent publish is repeated before a person is asked."""
SKEW_MOST = timedelta(seconds=60)
"""Our clock and the platform's may differ by this much before "since the intent" loses its meaning (R11)."""
PAUSE_LEAST = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The event for the post and what to remember with it."""

    event: Event
    reason: str
    receipt: Receipt | None = None
    next_look_at: datetime | None = None
    settle_from: datetime | None = None
    absences: int = 0
    clean: bool = False
    alert: bool = False


def window(channel: Channel, capabilities: Capabilities) -> timedelta:
    """Give the settle window W: the channel's own, else the platform's default."""
    return capabilities.settle if channel.windows.settle is None else channel.windows.settle


def repeatable(post: Post) -> bool:
    """Say whether publishing this post again is idempotent: its frozen request flips something staged by its id."""
    return post.payload is not None and post.payload.after_unknown is AfterUnknown.REPEAT and bool(post.staged)


def next_look(post: Post, *, channel: Channel, settle: timedelta, settled: timedelta | None, now: datetime) -> datetime:
    """Give the time of the next look-up; ``settled`` is how much of the window has already passed, None = nothing."""
    doubt_at = post.doubt_at or now
    for offset in channel.windows.look_ups:
        if doubt_at + offset > now:
            return doubt_at + offset
    remaining = settle - (settled or timedelta(0))
    return now + max(min(remaining, channel.windows.retry_most), PAUSE_LEAST)


def _ask(post: Post, reason: str) -> Verdict:
    return Verdict(event=Event.ASK, reason=reason, settle_from=post.settle_from, absences=post.absences, alert=True)


def _look_again(
    post: Post, *, channel: Channel, settle: timedelta, now: datetime, why: str, settle_from: datetime | None
) -> Verdict:
    """Stay unknown; a person is asked when complete look-ups stay away for too long (also once the window runs)."""
    patience = channel.windows.look_up_patience
    if settle_from is not None:
        patience = max(patience, 2 * settle)
    if post.doubt_at is not None and now - post.doubt_at > patience:
        return _ask(post, f"no complete look-up for {patience}: {why}")
    at = next_look(post, channel=channel, settle=settle, settled=None, now=now)
    return Verdict(
        event=Event.LOOKED,
        reason=why,
        next_look_at=at,
        settle_from=settle_from,
        absences=post.absences,
        clean=post.clean,
    )


def failed(post: Post, error: PlatformError, *, channel: Channel, capabilities: Capabilities, now: datetime) -> Verdict:
    """Judge a look-up that could not be made at all (D11): not evidence."""
    settle = window(channel, capabilities)
    why = f"look-up failed: {error}"
    verdict = _look_again(post, channel=channel, settle=settle, now=now, why=why, settle_from=post.settle_from)
    if error.retry_after is None or verdict.next_look_at is None:
        return verdict
    # Asking sooner than the platform allows only prolongs its limit; for longer than we ever wait, ask all the same.
    asked = now + min(error.retry_after, channel.windows.retry_most)
    return replace(verdict, next_look_at=max(verdict.next_look_at, asked))


def judge(post: Post, look: LookUp, *, channel: Channel, capabilities: Capabilities, now: datetime) -> Verdict:
    """Judge one look-up of a doubtful post."""
    settle = window(channel, capabilities)
    if len(look.hits) == 1:
        return Verdict(event=Event.RECEIPT, reason="found by look-up", receipt=look.hits[0], clean=True)
    if look.hits:
        urls = ", ".join(hit.remote_url for hit in look.hits)
        return _ask(post, f"{len(look.hits)} remote posts match: {urls}")
    if repeatable(post) and post.absences < ABSENCES_MOST:  # else a person's word is needed, also for a repeat
        return _repeat(post, look)
    if not look.permitted:
        return _ask(post, look.note or "the platform does not let us read the timeline")
    if not look.complete or look.platform_at is None:
        why = look.note or "look-up incomplete"
        return _look_again(post, channel=channel, settle=settle, now=now, why=why, settle_from=post.settle_from)
    if abs(look.platform_at - now) > SKEW_MOST:
        why = f"our clock and the platform's differ by {look.platform_at - now}"
        return _look_again(post, channel=channel, settle=settle, now=now, why=why, settle_from=post.settle_from)
    may_resend = channel.resend and _after_unknown(post, capabilities) is AfterUnknown.LOOK
    return _absent_so_far(post, look, look.platform_at, channel=channel, settle=settle, now=now, may_resend=may_resend)


def _after_unknown(post: Post, capabilities: Capabilities) -> AfterUnknown:
    return post.payload.after_unknown if post.payload is not None else capabilities.after_unknown


def _repeat(post: Post, look: LookUp) -> Verdict:
    """Publishing again by id is idempotent: repeat it, for ever safe, but not for ever."""
    if look.permitted and post.attempts < REPEATS_MOST:
        return Verdict(
            event=Event.RESEND, reason="not visible yet; publishing the same staged post again", absences=post.absences
        )
    return _ask(post, look.note or f"still not visible after {post.attempts} idempotent attempts")


def _absent_so_far(
    post: Post,
    look: LookUp,
    platform_at: datetime,
    *,
    channel: Channel,
    settle: timedelta,
    now: datetime,
    may_resend: bool,
) -> Verdict:
    start = post.settle_from
    if start is None or platform_at < start:
        # A platform clock that runs backwards proves nothing (D19): the window starts anew.
        start = platform_at
    elapsed = platform_at - start
    saw = f"{look.seen} posts read at {platform_at:%H:%M:%S}Z by the platform's clock, none matches"
    if elapsed < settle:
        at = next_look(post, channel=channel, settle=settle, settled=elapsed, now=now)
        return Verdict(
            event=Event.LOOKED, reason=saw, next_look_at=at, settle_from=start, absences=post.absences, clean=post.clean
        )
    absences = post.absences + 1
    if may_resend and not post.after_duplicate and absences < ABSENCES_MOST:
        why = f"proven absent: {saw}, window of {settle} over"
        return Verdict(event=Event.RESEND, reason=why, absences=absences, clean=True)
    return Verdict(
        event=Event.ASK,
        reason=f"not found within {settle}: {saw}",
        settle_from=start,
        absences=absences,
        alert=True,
    )

"""What follows from a platform's answer to one attempt. Pure: an error and a post in, an event and a time out.

There is no retry loop anywhere: the post goes back to the outbox with a new ``due_at``, which survives a restart and
shows in the log. Only the three answers of the error are read (``happened``, ``wait_helps``, ``owner``), never a class
name or a message.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.core.lifecycle import Event
from syndicator.errors import Happened, Owner, PlatformError
from syndicator.model import Channel, Post, Result

AUTH_WAIT = timedelta(minutes=30)
"""A refused credential may be an outage of the platform (X, 2026-06-30): ask again this often, tell a person once."""
BUDGET_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=24)


class Phase(StrEnum):
    """Which side of the fence an error came from."""

    STAGE = "stage"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The event for the post, the result for the attempt, and whether the whole channel has to wait."""

    event: Event
    result: Result
    reason: str
    due_at: datetime | None = None
    channel_waits_until: datetime | None = None
    alert: bool = False
    after_duplicate: bool = False


def backoff(channel: Channel, attempt: int) -> timedelta:
    """Give the wait after attempt number ``attempt`` (from 1): doubling, bounded by the channel's windows."""
    first, most = channel.windows.retry_first, channel.windows.retry_most
    return min(most, first * (1 << min(max(attempt - 1, 0), 20)))


def wait_until(error: PlatformError, *, channel: Channel, attempt: int, now: datetime) -> datetime:
    """Give the instant before which trying again is pointless; never in the past, never over 24 h away (D10)."""
    floor = now + min(backoff(channel, attempt), channel.windows.retry_most)
    asked = error.reset_at or (now + error.retry_after if error.retry_after is not None else None)
    if asked is not None:
        return min(max(asked, now + channel.windows.retry_first), now + LONGEST_WAIT)
    return floor


def decide(error: PlatformError, *, phase: Phase, post: Post, channel: Channel, now: datetime) -> Decision:
    """Decide what an error means for ``post``, whose current attempt is number ``post.attempts``."""
    reason = str(error)
    # Before the fence nothing visible was asked for, so a doubt there is no doubt about the post.
    doubtful = phase is Phase.PUBLISH and error.happened is Happened.MAYBE
    # R9: while an earlier attempt is unsettled, a refusal of this one settles nothing. Never having sent says nothing.
    unsettled = not post.clean and error.owner is not Owner.PLATFORM
    if doubtful or unsettled:
        asked = error.retry_after is not None or error.reset_at is not None
        return Decision(
            event=Event.DOUBT,
            result=Result.UNKNOWN,
            reason=reason,
            after_duplicate=error.says_duplicate,
            # D10: a limit that may have come with a live post is a doubt first, and then the channel is paced.
            channel_waits_until=wait_until(error, channel=channel, attempt=post.attempts, now=now) if asked else None,
        )
    if error.wait_helps or error.happened is Happened.MAYBE:
        until = wait_until(error, channel=channel, attempt=post.attempts, now=now)
        return Decision(
            event=Event.NOT_SENT,
            result=Result.NOT_SENT,
            reason=reason,
            due_at=until,
            channel_waits_until=until if error.owner is not Owner.POST else None,
            alert=error.owner is Owner.CHANNEL and error.retry_after is None and error.reset_at is None,
        )
    return Decision(event=Event.REFUSED, result=Result.REFUSED, reason=reason, alert=True)

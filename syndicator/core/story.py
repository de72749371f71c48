"""What happened to a post, in words for the person who decides: how far an attempt came, what a look-up saw. Pure."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from syndicator.model import Attempt, LookUpRecord, Post, Result, State


class Reach(StrEnum):
    """How far an attempt came."""

    BEFORE = "before the fence"
    AFTER = "after the fence"
    WIRE = "on the wire"


_ANSWERED = frozenset({Result.PUBLISHED, Result.PROCESSING, Result.REFUSED})


def reach(attempt: Attempt) -> Reach:
    """Say how far an attempt is known to have come; a worker that died after the fence leaves no more than that."""
    if attempt.fenced_at is None:
        return Reach.BEFORE
    answered = attempt.http_status is not None or attempt.platform_at is not None or attempt.result in _ANSWERED
    # A doubt with a code is the platform's or the wire's; one without is a worker that is gone.
    return Reach.WIRE if answered or (attempt.result is Result.UNKNOWN and attempt.code) else Reach.AFTER


def came(attempt: Attempt) -> str:
    """Say in words how far an attempt came and what that means."""
    if attempt.fenced_at is None:
        return "stopped before the fence: nothing was sent" if attempt.closed_at else "not past the fence yet"
    if attempt.result is Result.NOT_SENT:
        on_wire = reach(attempt) is Reach.WIRE
        return f"{'on the wire, and clearly not taken' if on_wire else 'stopped after the fence'}: nothing was sent"
    return {
        Result.OPEN: "after the fence: may have reached the platform",
        Result.UNKNOWN: f"{reach(attempt)}: may have reached the platform",
        Result.REFUSED: "on the wire: refused, nothing is live",
        Result.PROCESSING: "on the wire: accepted, not finished",
    }.get(attempt.result, "on the wire: published")


def saw(record: LookUpRecord, platform: str) -> str:
    """Say what a look-up saw: the platform's clock, how many posts it read, how many match, what that proves."""
    if not record.permitted:
        return f"{platform} does not let us read its timeline" + (f": {record.note}" if record.note else "")
    if record.platform_at is None and not record.seen:
        return f"no answer that can be used: {record.note or 'nothing was read'}; it proves nothing"
    clock = f"{platform}'s clock {record.platform_at:%H:%M:%S}" if record.platform_at else f"{platform} named no time"
    posts = "1 post" if record.seen == 1 else f"{record.seen or 'no'} posts"
    match = {0: "none matches", 1: "one matches"}.get(record.hits, f"{record.hits} match")
    proof = (
        "" if record.complete or record.hits == 1 else f"; incomplete, it proves nothing: {record.note}".rstrip(": ")
    )
    return f"{clock}, {posts} since the intent, {match}{proof}"


def window(post: Post, length: timedelta | None, platform: str) -> str:
    """Say what the settle window of a doubtful post is, was, or waits for (R10); empty for all others."""
    if post.state not in (State.UNKNOWN, State.ATTENTION) or length is None:
        return ""
    if post.settle_from is None:
        begins = "it begins with the first complete look-up" if post.state is State.UNKNOWN else "it did not begin"
        return f"{span(length)} by {platform}'s clock; {begins}"
    end = post.settle_from + length
    return f"{span(length)} by {platform}'s clock, {post.settle_from:%H:%M:%S} to {end:%H:%M:%S}"


def duplicate(post: Post, platform: str) -> str:
    """Say what a duplicate refusal means for a post in doubt because of one (R8); empty for all others."""
    if not post.after_duplicate or post.state not in (State.UNKNOWN, State.ATTENTION):
        return ""
    return (
        f"{platform} said that it has these words already: they may be live, from this attempt or by somebody's hand. "
        "That is neither a yes nor a no, and the words are never changed to get past it."
    )


def span(length: timedelta) -> str:
    """Write a duration as people say it: ``30 min``, ``2 h 5 min``, ``45 s``."""
    seconds = round(length.total_seconds())
    sizes = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join([f"{number} {unit}" for number, unit in sizes if number][:2]) or f"{length.total_seconds():g} s"


def relative(at: datetime, now: datetime) -> str:
    """Say how far an instant is from now: ``in 3 min``, ``2 h 5 min ago``."""
    away = at - now
    if abs(away) < timedelta(seconds=1):
        return "now"
    return f"in {span(away)}" if away > timedelta(0) else f"{span(-away)} ago"


def heading(post: Post) -> str:
    """Say in a few words what a post's state means to an editor."""
    if post.state is State.PROCESSING and (post.pending or {}).get("person"):
        return "handed to a person, who has not confirmed it yet"
    if post.state is State.QUEUED and not post.clean:
        return "staged and being published by its id, which may be repeated without harm"
    return {
        State.HELD: "nothing is sent before somebody approves it",
        State.QUEUED: "goes out when it is due",
        State.SENDING: "being sent this moment",
        State.PROCESSING: "accepted; the platform is finishing it",
        State.UNKNOWN: "may be live; it is being looked up, and nothing is sent again meanwhile",
        State.ATTENTION: "may be live, and only a person can tell",
        State.PUBLISHED: "live",
        State.REJECTED: "refused by the platform; nothing is live",
        State.SKIPPED: "not sent, and will not be",
    }[post.state]


def quarantine(at: datetime, since: datetime | None) -> str:
    """Say why a post is looked up after a fail-over or a restore."""
    span_ = f"what was written between {since:%Y-%m-%d %H:%M}Z and then" if since else "what was written shortly before"
    return (
        f"at {at.astimezone(UTC):%Y-%m-%d %H:%M}Z this post log was found to be older than what happened (a fail-over, "
        f"a restored backup): {span_} may be lost, so this post may have been sent without the log knowing it. It is "
        "looked up first, like any doubtful post."
    )

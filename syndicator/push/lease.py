"""What a subscription needs next. Pure: the subscription and the time in, a step out.

A lease is renewed at 50 to 80 % of its time (X15), at another point for each source, so that a thousand of them do not
come at once.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from syndicator.store.subscriptions import Standing, Subscription

ASKED_FOR = timedelta(days=10)
"""The lease that we ask for; the hub decides."""
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=90)
"""Between these a hub's lease is believed."""
PENDING = timedelta(days=1)
"""So long after we asked, a hub may come to verify."""
RETRY_FIRST = timedelta(minutes=5)
RETRY_MOST = timedelta(hours=6)
DENIED_FOR = timedelta(days=1)
"""A hub that refused is asked again after this."""


class Step(StrEnum):
    """What to do."""

    NONE = "none"
    SUBSCRIBE = "subscribe"
    """Ask anew: with another path and another secret."""
    RENEW = "renew"
    """Ask again for the same."""
    END = "end"


def step(known: Subscription | None, *, hub: str, wanted: bool, now: datetime, failures: int) -> Step:
    """Give what to do for a source that announces ``hub`` (empty: none), after so many failures in a row."""
    if not wanted or not hub:
        alive = known is not None and known.state in (Standing.ASKED, Standing.ACTIVE)
        return Step.END if alive else Step.NONE
    if known is None:
        return Step.SUBSCRIBE
    if known.hub != hub or known.state is Standing.ENDED:
        # Not at every reading, for a feed that names another hub each time.
        return Step.SUBSCRIBE if _over(known.asked_at, RETRY_FIRST, now) else Step.NONE
    if known.state is Standing.DENIED:
        return Step.SUBSCRIBE if _over(known.asked_at, DENIED_FOR, now) else Step.NONE
    if known.state is Standing.ACTIVE and not _over(known.verified_at, _renewal(known), now):
        return Step.NONE
    if is_pending(known, now) and not _over(known.asked_at, patience(known, failures=failures, now=now), now):
        return Step.NONE
    return Step.RENEW


def is_pending(known: Subscription, now: datetime) -> bool:
    """Say whether we asked for something that the hub did not verify yet."""
    if known.asked_at is None or (known.verified_at is not None and known.verified_at >= known.asked_at):
        return False
    return not _over(known.asked_at, PENDING, now)


def granted(seconds: int | None) -> timedelta:
    """Give the lease that a hub named, within reason."""
    return min(max(timedelta(seconds=seconds), SHORTEST), LONGEST) if seconds is not None else ASKED_FOR


def patience(known: Subscription, *, failures: int, now: datetime) -> timedelta:
    """Give how long a hub that was asked is waited for: longer each time, but no quarter of what is left."""
    wait = min(RETRY_FIRST * (1 << min(failures, 10)), RETRY_MOST)
    if known.lease_until is None or known.lease_until <= now:
        return wait
    return min(wait, max((known.lease_until - now) / 4, SHORTEST))


def _renewal(known: Subscription) -> timedelta:
    if known.verified_at is None or known.lease_until is None:
        return timedelta(0)
    part = sha256(f"{known.source} {known.verified_at}".encode()).digest()[0] / 255
    return (known.lease_until - known.verified_at) * (0.5 + 0.3 * part)


def _over(since: datetime | None, wait: timedelta, now: datetime) -> bool:
    # What lies ahead of now was dated by a clock that ran ahead (T05).
    return since is None or not since <= now < since + wait

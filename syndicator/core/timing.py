"""When a channel may publish: quiet hours, spacing, caps and budget. Pure: every instant is handed in.

Wall times are local to the channel and correct over DST: a local time that a clock change skips counts as the first
valid instant after it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from syndicator.model import Channel, Stabilise

RECHECK = timedelta(minutes=10)
"""Caps and budgets are asked again this often, because an editor may raise them meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a channel has sent lately: attempts that passed the fence and may be live."""

    last_at: datetime | None = None
    today: int = 0
    month_spend: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now: when to ask again, and why."""

    until: datetime
    reason: str
    stretches: bool = False
    """True: the wait is our own rule for the hour, so the post does not grow stale by it (quiet hours)."""


def day_start(now: datetime, timezone: str) -> datetime:
    """Give the instant of the last local midnight."""
    local = now.astimezone(ZoneInfo(timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def day_end(now: datetime, timezone: str) -> datetime:
    """Give the instant of the next local midnight; a day has 23 or 25 hours where clocks change."""
    tomorrow = now.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def month_start(now: datetime, timezone: str) -> datetime:
    """Give the instant at which the local month began."""
    local = now.astimezone(ZoneInfo(timezone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def after_quiet_hours(at: datetime, channel: Channel) -> datetime:
    """Give ``at``, or the end of the quiet hours it falls into."""
    quiet = channel.quiet_hours
    if quiet is None or quiet.start == quiet.end:
        return at
    zone = ZoneInfo(channel.timezone)
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    spans_midnight = quiet.start > quiet.end
    inside = clock >= quiet.start or clock < quiet.end if spans_midnight else quiet.start <= clock < quiet.end
    if not inside:
        return at
    day = local.date() + timedelta(days=1) if spans_midnight and clock >= quiet.start else local.date()
    # In the hour that autumn repeats the clock shows the end twice, and between the two it is quiet once more.
    first, second = (_instant(datetime.combine(day, quiet.end), zone, fold=fold) for fold in (0, 1))
    end = first if first > at else second
    # Where clocks skip all that is not quiet, the day has none of it.
    return after_quiet_hours(end, channel) if end > at else end


def _instant(wall: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    """Give the instant at which clocks show ``wall``; where they skip it, the first one after the gap (T02)."""
    before, after = (wall.replace(tzinfo=zone, fold=side).utcoffset() or timedelta(0) for side in (0, 1))
    if after <= before:
        return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    # In a gap the earlier reading lies behind it and the later one before it: the change itself is in between.
    low, high = ((wall - offset).replace(tzinfo=UTC) for offset in (after, before))
    while high - low > _FINE:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


_FINE = timedelta(microseconds=500_000)


def ready_at(first_seen_at: datetime, revised_at: datetime | None, stabilise: Stabilise) -> datetime:
    """Give when an article counts as stable: old enough, and for a while not edited; never later than ``maximum``."""
    calm = (revised_at or first_seen_at) + stabilise.quiet
    return min(max(first_seen_at + stabilise.minimum, calm), first_seen_at + stabilise.maximum)


def may_send(now: datetime, *, channel: Channel, pace: Pace, cost: Decimal) -> Wait | None:
    """Say why a post that costs ``cost`` dollars has to wait on ``channel``; None when it may go now."""
    quiet_until = after_quiet_hours(now, channel)
    if quiet_until > now:
        return Wait(until=quiet_until, reason="quiet hours", stretches=True)
    # A send that lies in the future was dated by a clock that ran ahead: it says nothing about spacing.
    if pace.last_at is not None and pace.last_at <= now < pace.last_at + channel.min_interval:
        return Wait(until=pace.last_at + channel.min_interval, reason=f"interval of {channel.min_interval}")
    if channel.daily_cap is not None and pace.today >= channel.daily_cap:
        tomorrow = day_end(now, channel.timezone)
        return Wait(until=min(tomorrow, now + RECHECK), reason=f"daily cap of {channel.daily_cap} reached")
    if channel.monthly_budget is not None and pace.month_spend + cost > channel.monthly_budget:
        spent = f"${pace.month_spend:.2f} of ${channel.monthly_budget:.2f} spent, this post costs ${cost:.3f}"
        return Wait(until=now + RECHECK, reason=f"monthly budget: {spent}")
    return None

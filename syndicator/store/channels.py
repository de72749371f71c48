"""Commands and queries on channels: pauses, and the pace of what was sent. Limits are decided elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from syndicator.model import Result
from syndicator.store.rows import insert_new, upsert
from syndicator.store.schema import attempts, channels

FARTHEST = timedelta(hours=25)

MAY_BE_LIVE = (Result.OPEN, Result.PUBLISHED, Result.PROCESSING, Result.UNKNOWN)
"""Results of a fenced attempt after which the post may be visible, so it counts for caps and money."""

_ONE = select(channels).where(channels.c.name == bindparam("channel"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """Whether a channel is paused: since when, until when (None = until a person resumes it), and why."""

    name: str
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    reason: str = ""
    probed_at: datetime | None = None
    """When its adapter's probe last gave an answer (R18)."""
    probe: str = ""
    """That answer, in the service's words."""

    def paused(self, now: datetime) -> bool:
        """Say whether the pause holds at ``now``."""
        if self.paused_at is None or self.paused_until is None:
            return self.paused_at is not None
        # A machine's pause lasts a day at most; one that seems longer was dated by a clock that ran ahead (T05).
        return now < self.paused_until <= now + FARTHEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a channel sent that may be live: how many posts, the last one's fence, US dollars."""

    count: int
    last_at: datetime | None
    spend: Decimal


def pause(conn: Connection, channel: str, *, reason: str, at: datetime, until: datetime | None) -> bool:
    """Pause a channel, or change why and until when; True when it was not paused, so that there is one alert."""
    before = get(conn, channel)
    already = before.paused(at)
    paused_at = before.paused_at if already else at
    upsert(conn, channels, {"name": channel, "paused_at": paused_at, "paused_until": until, "reason": reason})
    return not already


def resume(conn: Connection, channel: str, at: datetime) -> bool:
    """End a pause; True when the channel was paused at ``at``."""
    before = get(conn, channel)
    upsert(conn, channels, {"name": channel, "paused_at": None, "paused_until": None, "reason": ""})
    return before.paused(at)


def get(conn: Connection, channel: str) -> ChannelState:
    """Give the state of a channel; one never paused is not paused."""
    row = conn.execute(_ONE, {"channel": channel}).one_or_none()
    return _state(row) if row is not None else ChannelState(name=channel)


def paused(conn: Connection) -> list[ChannelState]:
    """Give every channel with a pause on record, also those whose pause has run out."""
    found = select(channels).where(channels.c.paused_at.is_not(None)).order_by(channels.c.name)
    return [_state(row) for row in conn.execute(found)]


def _state(row: Row[Any]) -> ChannelState:
    return ChannelState(**{**row._asdict(), "probe": row.probe or ""})


def record_probe(conn: Connection, channel: str, *, probe: str, at: datetime) -> None:
    """Keep what a channel's probe showed; a pause stays as it is."""
    insert_new(conn, channels, [{"name": channel, "reason": ""}])
    conn.execute(update(channels).where(channels.c.name == channel).values(probed_at=at, probe=probe))


def pace(conn: Connection, channel: str, *, since: datetime) -> Pace:
    """Give what was fenced on a channel since an instant and may be live."""
    sent = select(
        func.count(attempts.c.post_id.distinct()), func.max(attempts.c.fenced_at), func.sum(attempts.c.cost)
    ).where(attempts.c.channel == channel, attempts.c.fenced_at >= since, attempts.c.result.in_(MAY_BE_LIVE))
    number, last_at, spend = conn.execute(sent).one()
    return Pace(count=number, last_at=last_at, spend=spend or Decimal(0))

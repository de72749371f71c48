"""Trouble of a whole channel that goes on: one alarm for it, and longer and longer waits, however many posts are due.

All that is known of it is the last pause in the post log, so a restart forgets nothing. It pauses and tells nobody.
"""

from datetime import datetime

from syndicator.core import retry
from syndicator.core.retry import Decision
from syndicator.model import Channel
from syndicator.store import channels
from syndicator.store.channels import ChannelState
from syndicator.store.engine import Connection


def is_told(conn: Connection, channel: Channel, decision: Decision, now: datetime) -> bool:
    """Say whether this is the condition for which the channel waited already: a person heard of it then (D12)."""
    state = channels.get(conn, channel.name)
    return decision.channel_waits_until is not None and state.reason == decision.reason and _goes_on(conn, state, now)


def backed_off(conn: Connection, channel: Channel, state: ChannelState, until: datetime, now: datetime) -> datetime:
    """Wait twice as long as the last time while the trouble goes on: each of many posts due is a first try (D37)."""
    if not _goes_on(conn, state, now) or state.paused_at is None or state.paused_until is None:
        return until
    return max(until, now + min(2 * (state.paused_until - state.paused_at), channel.windows.retry_most))


def _goes_on(conn: Connection, state: ChannelState, now: datetime) -> bool:
    """Say whether nothing was sent since the channel's last wait, and that wait is not long over."""
    if state.paused_at is None or state.paused_until is None or now - state.paused_until >= retry.LONGEST_WAIT:
        return False
    return channels.pace(conn, state.name, since=state.paused_at).count == 0

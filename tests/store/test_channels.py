"""Pauses and pace of a channel."""

from dataclasses import replace
from decimal import Decimal

from syndicator.model import Result, State
from syndicator.store import Store, channels, posts
from syndicator.store.channels import ChannelState, Pace
from tests.store.samples import at, attempt, in_state, put


def test_a_channel_is_paused_and_resumed(store: Store) -> None:
    with store.write() as conn:
        assert channels.get(conn, "x") == ChannelState(name="x")
        assert not channels.get(conn, "x").paused(at(0))
        assert channels.pause(conn, "x", reason="401", at=at(0), until=None)
        assert not channels.pause(conn, "x", reason="still 401", at=at(5), until=None)
        state = channels.get(conn, "x")
        assert state == ChannelState(name="x", paused_at=at(0), paused_until=None, reason="still 401")
        assert state.paused(at(10**9))
        assert channels.paused(conn) == [state]
        assert channels.resume(conn, "x", at(20))
        assert not channels.resume(conn, "x", at(21))
        assert channels.get(conn, "x") == ChannelState(name="x")
        assert channels.paused(conn) == []


def test_a_pause_runs_out(store: Store) -> None:
    with store.write() as conn:
        assert channels.pause(conn, "x", reason="429", at=at(0), until=at(60))
        state = channels.get(conn, "x")
        assert state.paused(at(59))
        assert not state.paused(at(60))
        assert channels.pause(conn, "x", reason="429 again", at=at(90), until=at(120))
        assert channels.get(conn, "x").paused_at == at(90)
        assert not channels.get(conn, "y").paused(at(91))


def test_pace_counts_what_may_be_live(store: Store) -> None:
    post, other = in_state(State.QUEUED, 1), in_state(State.QUEUED, 2, channel="y")
    with store.write() as conn:
        put(conn, post, other)
        assert channels.pace(conn, "x", since=at(0)) == Pace(count=0, last_at=None, spend=Decimal(0))
        for n, result in enumerate(Result, 1):
            attempt(conn, post, token=f"t{n}", n=n, fenced_at=at(n), result=result, cost=Decimal("0.015"),
                    closed_at=None if result is Result.OPEN else at(n))  # fmt: skip
        attempt(conn, post, token="never fenced", n=90)
        attempt(conn, post, token="long ago", n=91, fenced_at=at(-1))
        attempt(conn, other, token="elsewhere", n=1, fenced_at=at(5))
        pace = channels.pace(conn, "x", since=at(0))
        live = [n for n, result in enumerate(Result, 1) if result not in {Result.NOT_SENT, Result.REFUSED}]
        # one post, however many attempts: a repeat must not use up the day of the others
        assert pace == Pace(count=1, last_at=at(max(live)), spend=Decimal("0.06"))
        assert channels.pace(conn, "x", since=at(max(live))).count == 1
        assert posts.attempts(conn, other.id)[0].cost == Decimal("0.2")
        assert replace(pace, count=0) != pace

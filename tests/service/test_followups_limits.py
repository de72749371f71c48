"""What holds for follow-ups and what does not, and who dies on the way: nothing is lost, nothing comes twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syndicator.boundary import Boundary, install
from syndicator.core.lifecycle import Event
from syndicator.errors import RateLimited, Unreachable
from syndicator.model import Channel, QuietHours, State
from syndicator.service import followups, halt
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.store import posts, replay
from tests import values
from tests.postgres import postgres_server
from tests.service.bench import Bench
from tests.service.threads import MINUTE, bench, bench_on, history, seen, thread, until_quiet

__all__ = ["bench", "postgres_server"]


# --- what holds for follow-ups and what does not --------------------------------------------------------------------


def strict(**changes: Any) -> Channel:
    return values.channel(**changes)


def test_spacing_caps_quiet_hours_and_age_do_not_hold_a_follow_up_back(tmp_path: Path) -> None:
    channel = strict(min_interval=timedelta(hours=2), daily_cap=1, expires_after=timedelta(hours=1))
    bench = bench_on(tmp_path, channels=(channel,))
    first = bench.queue()
    bench.x.publishing.extend(["ok", Unreachable("down", platform="twitter")])
    deliver(bench.parts)
    quiet = QuietHours(start=time(0), end=time(23, 59))
    bench.parts.channels["x"] = replace(channel, quiet_hours=quiet)  # type: ignore[index]
    bench.clock.tick(timedelta(hours=9))
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]
    bench.parts.store.close()


def test_news_waits_for_the_spacing_after_the_last_follow_up(tmp_path: Path) -> None:
    bench = bench_on(tmp_path, channels=(strict(min_interval=10 * MINUTE),))
    first = bench.queue(n=1)
    bench.clock.tick(timedelta(seconds=1))
    second = bench.queue(n=2)
    deliver(bench.parts)
    assert [marker for marker, _ in bench.x.live] == [post.id for post in thread(bench, first)]
    assert bench.row(second).state is State.QUEUED
    bench.parts.store.close()


def test_other_news_does_not_come_between_the_posts_of_a_thread(bench: Bench) -> None:
    queued = {post.id: post for post in (bench.queue(n=number) for number in range(1, 4))}
    deliver(bench.parts)
    order = [marker for marker, _ in bench.x.live]
    assert len(order) == 9
    for start in range(0, 9, 3):
        assert order[start : start + 3] == [post.id for post in thread(bench, queued[order[start]])]


def stop(bench: Bench) -> None:
    halt.stop_everywhere(bench.parts.store, "stop", bench.clock.now())


def test_the_halt_switch_holds_follow_ups(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.append(lambda: None)
    bench.x.publishing.append(lambda: stop(bench))
    until_quiet(bench, 3)
    assert len(bench.x.bodies) == 1
    assert seen(bench, first)[1] == (1, "queued")


def test_the_budget_holds_follow_ups_and_each_costs(tmp_path: Path) -> None:
    bench = bench_on(tmp_path, channels=(strict(monthly_budget=Decimal("0.25")),))
    first = bench.queue()
    until_quiet(bench, 3)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "queued")]
    assert "monthly budget" in thread(bench, first)[2].reason
    with bench.parts.store.read() as conn:
        costs = [posts.attempts(conn, post.id)[0].cost for post in thread(bench, first)[:2]]
    assert costs == [Decimal("0.2"), Decimal("0.015")]
    bench.parts.store.close()


def test_a_rate_limit_pauses_follow_ups_like_posts(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.extend(["ok", RateLimited("slow down", platform="twitter", retry_after=10 * MINUTE)])
    until_quiet(bench, 3)
    assert seen(bench, first) == [(0, "published"), (1, "queued")]
    bench.clock.tick(20 * MINUTE)
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]


def test_a_follow_up_whose_channel_is_gone_waits_for_it(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.append(lambda: None)
    channel = bench.parts.channels["x"]

    def remove() -> None:
        del bench.parts.channels["x"]  # type: ignore[attr-defined]

    bench.x.publishing[0] = remove
    deliver(bench.parts)
    plan(bench.parts)
    assert seen(bench, first) == [(0, "published")]
    bench.parts.channels["x"] = channel  # type: ignore[index]
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]


# --- kill -9 at every transition ------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ended here."""


def killing(nth: int) -> Callable[[Boundary], None]:
    left = [nth]

    def hook(_: Boundary) -> None:
        left[0] -= 1
        if not left[0]:
            raise Killed

    return hook


@pytest.mark.slow
def test_killed_at_every_boundary_of_a_thread_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    nth, reached_end = 0, False
    while not reached_end:
        nth += 1
        folder = tmp_path / str(nth)
        folder.mkdir()
        bench = bench_on(folder, channels=(strict(resend=True),))
        first = bench.queue()
        install(killing(nth))
        try:
            deliver(bench.parts)
            reached_end = True
        except Killed:
            bench.parts.active.clear()
        finally:
            install(None)
        until_quiet(bench, 50, step=2 * MINUTE)
        assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")], nth
        markers = [marker for marker, _ in bench.x.live]
        assert markers == [post.id for post in thread(bench, first)], nth
        bench.parts.store.close()
    assert nth > 30


def deliver_until_the_receipt(bench: Bench) -> None:
    """Deliver, and die when the receipt is recorded."""

    def hook(boundary: Boundary) -> None:
        if boundary is Boundary.RECORDED:
            raise Killed

    install(hook)
    try:
        with pytest.raises(Killed):
            deliver(bench.parts)
    finally:
        install(None)
        bench.parts.active.clear()


def test_killed_between_the_receipt_and_the_row_of_the_follow_up(bench: Bench) -> None:
    first = bench.queue()
    deliver_until_the_receipt(bench)
    assert seen(bench, first) == [(0, "published")]
    assert plan(bench.parts).articles == 0
    assert seen(bench, first) == [(0, "published"), (1, "queued")]
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]


def test_two_workers_make_a_follow_up_once(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.append("ok")
    other = replace(bench.parts, active=set(), node="elsewhere/2")
    with bench.parts.store.read() as conn:
        assert posts.to_follow(conn) == []

    def hook(boundary: Boundary) -> None:
        if boundary is Boundary.RECORDED and len(bench.x.live) == 1:
            assert followups.make(other) == 1

    install(hook)
    try:
        deliver(bench.parts)
    finally:
        install(None)
    assert [marker for marker, _ in bench.x.live] == [post.id for post in thread(bench, first)]
    events = [move.event for move in history(bench, thread(bench, first)[1])]
    assert events.count("plan") == 1
    assert Event.CLAIM in events


def test_bytes_that_lost_commits_took_come_back_with_what_follows_the_post(bench: Bench) -> None:
    """The receipt came after the log had lost the frozen request; the journal still has it."""
    first = bench.queue()
    deliver_until_the_receipt(bench)
    sent = bench.row(first)
    with bench.parts.store.write() as conn:
        token = posts.attempts(conn, sent.id)[0].token
        intent = replay.intent(conn, replace(sent, token=token), node="bench/1", fenced_at=bench.clock.now())
        conn.exec_driver_sql("UPDATE posts SET payload = NULL, payload_sha256 = NULL, follow_ups = 0")
    assert followups.make(bench.parts) == 0
    with bench.parts.store.write() as conn:
        replay.put_back(conn, [intent], since=bench.clock.now(), at=bench.clock.now(), node="bench/1")
    assert bench.row(first).payload == sent.payload
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]

"""Rules and laws of delivery that are about the whole way and had no test of their own yet."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from syndicator.errors import RateLimited
from syndicator.model import Source, State
from syndicator.sandbox import Sandbox
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile
from syndicator.service.work import work
from syndicator.store import CommitUnknown, Store, posts, views
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.test_reconcile import claim, doubt, run_for

MINUTE = timedelta(minutes=1)
WRITES = ("claim", "staged refs", "fence")
"""The commits that one delivery makes before it sends, in their order."""


class LosingStore:
    """A post log that keeps one commit and loses its answer."""

    def __init__(self, store: Store, lose: int) -> None:
        self._store = store
        self._left = lose

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self._store.write() as conn:
            yield conn
        self._left -= 1
        if self._left == 0:
            raise CommitUnknown("the connection was lost during COMMIT")


@pytest.mark.parametrize("lost", WRITES)
def test_r3_a_commit_of_unknown_fate_is_never_followed_by_a_send(bench: Bench, lost: str) -> None:
    post = bench.queue()
    bench.x.staging.append({"picture": "77"})
    shaky = cast(Store, LosingStore(bench.parts.store, WRITES.index(lost) + 1))
    deliver(replace(bench.parts, store=shaky))
    # A claim is read again by its token; it holds, and the fence after it is committed. What else is not certain stops.
    kept = lost == "claim"
    stopped = State.QUEUED if lost == "fence" else State.SENDING
    assert bench.row(post).state is (State.PUBLISHED if kept else stopped)
    assert len(bench.x.bodies) == kept
    run_for(bench, 5 * MINUTE)
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.bodies) == 1


def test_r6_one_attempt_is_one_request_whatever_comes_of_it(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.extend(["lost", "ok"])
    for _ in range(3):
        deliver(bench.parts)
    assert len(bench.x.bodies) == len(bench.results(post)) == 1


def tokens(bench: Bench) -> list[str]:
    with bench.parts.store.read() as conn:
        return [one.token for row in views.log(conn) for one in posts.attempts(conn, row.post.id)]


def test_r13_tokens_are_random_and_never_used_again(tmp_path: Path) -> None:
    """The same work in a second post log: counters would come out the same."""
    seen: list[str] = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        bench = make_bench(tmp_path / name)
        for n in (1, 2, 3):
            bench.queue(n=n)
            bench.x.publishing.extend([RateLimited("later", platform="twitter"), "ok"])
        run_for(bench, timedelta(minutes=30), step=5 * MINUTE)
        assert len(tokens(bench)) == 6
        seen += tokens(bench)
        bench.parts.store.close()
    assert len(set(seen)) == len(seen) == 12
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in seen)


def test_r17_only_what_was_staged_first_is_published(bench: Bench) -> None:
    """Another worker's draft is on record already: ours is left alone."""
    post = bench.queue()
    used: list[object] = []
    publish = bench.x.publish

    def first() -> dict[str, str]:
        with bench.parts.store.write() as conn:
            posts.record_staged(conn, bench.row(post), {"post_id": "1_first"})
        return {"post_id": "1_second"}

    def spy(staged: object, guard: object) -> object:
        used.append(staged.refs)  # type: ignore[attr-defined]
        return publish(staged, guard)  # type: ignore[arg-type]

    bench.x.publish = spy  # type: ignore[method-assign,assignment]
    bench.x.staging.append(first)
    deliver(bench.parts)
    assert used == [{"post_id": "1_first"}]
    assert bench.row(post).staged == {"post_id": "1_first"}


@pytest.mark.parametrize("times", [0, 1, 10])
def test_r19_a_tick_that_runs_never_or_ten_times_changes_nothing(tmp_path: Path, times: int) -> None:
    bench = make_bench(tmp_path, channels=(values.channel("x"), values.channel("y")))
    for n, step in enumerate(["lost", "gone", "ok"], start=1):
        bench.queue(n=n)
        bench.x.publishing.append(step)
    bench.queue(channel="y", n=9)
    for _ in range(times):
        for tick in (reconcile, deliver, plan, deliver, reconcile):
            tick(bench.parts)
    # The sweep: whatever was or was not done until here, this brings it to the same end.
    run_for(bench, timedelta(hours=1), step=5 * MINUTE)
    assert sorted(bench.states()) == [State.ATTENTION, *[State.PUBLISHED] * 3]
    assert (len(bench.x.live), len(bench.x.bodies), len(bench.adapters["y"].bodies)) == (2, 3, 1)
    bench.parts.store.close()


@pytest.mark.parametrize("times", [1, 10])
def test_r19_reading_once_or_ten_times_makes_the_same_posts(tmp_path: Path, times: int) -> None:
    with Sandbox(articles=3, now=values.NOW) as sandbox:
        news = Source(name="news", kind="feed", url=sandbox.urls.feed(), allow_private=True)
        bench = make_bench(tmp_path, sources=(news,), rules=(values.rule("x"),))
        poll(bench.parts)
        sandbox.newsroom.publish(title="Fresh from the press", published_at=values.NOW)
        for _ in range(times):
            poll(bench.parts, force=True)
            plan(bench.parts)
    deliver(bench.parts)
    assert len(bench.x.live) == 1
    assert bench.states() == [State.PUBLISHED]
    bench.parts.store.close()


def test_r20_a_lease_that_ran_out_says_nothing_about_what_was_sent(bench: Bench) -> None:
    """A worker is stopped after the fence; its post goes live; another worker takes over and must look first."""
    post = claim(bench, bench.queue(), node="elsewhere/7")
    with bench.parts.store.write() as conn:
        now = bench.clock.now()
        assert posts.fence(conn, post, at=now, lease_until=now + 2 * MINUTE)
    bench.x.live.append((post.id, "1-sent"))
    bench.x.hidden = True
    bench.clock.tick(3 * MINUTE)
    work(bench.parts)
    assert bench.row(post).state is State.UNKNOWN
    assert bench.x.bodies == []
    bench.x.hidden = False
    bench.clock.tick(15 * MINUTE)
    reconcile(bench.parts)
    assert (bench.row(post).state, bench.row(post).remote_id) == (State.PUBLISHED, "1-sent")


def test_r20_a_lease_that_holds_keeps_others_away(bench: Bench) -> None:
    post = claim(bench, bench.queue(), node="elsewhere/7")
    bench.clock.tick(MINUTE)
    work(bench.parts)
    assert bench.row(post).state is State.SENDING


def test_law_4_the_attempt_with_its_bytes_and_marker_is_on_record_before_any_request(bench: Bench) -> None:
    post = bench.queue()
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        row = bench.row(post)
        assert row.payload is not None
        seen.append((row.payload.marker, row.payload.request, row.token))

    bench.x.staging.append(look)
    deliver(bench.parts)
    ((marker, request, token),) = seen
    assert bench.x.bodies == [f"{marker} {request}"]
    assert (marker, [token]) == (post.id, tokens(bench))


def test_law_6_from_unknown_nothing_is_sent_again_by_time_alone(bench: Bench) -> None:
    """Neither platform nor person says anything: look-ups that show nothing are no word."""
    from syndicator.model import LookUp

    post = doubt(bench)
    bench.x.looking.extend([LookUp(hits=(), complete=False, note="a cache answered")] * 500)
    run_for(bench, timedelta(days=2), step=timedelta(hours=2))
    assert bench.row(post).state is State.ATTENTION
    assert len(bench.x.bodies) == 1


def test_law_10_after_an_outage_stale_news_is_skipped_and_told_and_not_burst_out(bench: Bench) -> None:
    old = [bench.queue(n=n) for n in (1, 2, 3)]
    bench.clock.tick(timedelta(days=1))  # nobody was there
    fresh = bench.queue(n=4)
    run_for(bench, 2 * MINUTE)
    assert {bench.row(post).state for post in old} == {State.SKIPPED}
    assert all("stale" in bench.row(post).reason for post in old)
    (notice,) = bench.told.notices
    assert all(post.id in notice.text for post in old)
    assert [marker for marker, _ in bench.x.live] == [fresh.id]

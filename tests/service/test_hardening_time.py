"""What a review broke once with clocks: each test keeps one promise that was broken then (T05, D18)."""

import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator import daemon
from syndicator.errors import Unreachable
from syndicator.model import Entry, Source, State
from syndicator.service import pace
from syndicator.service.deliver import deliver
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile
from syndicator.service.remember import remember
from syndicator.service.work import work
from syndicator.sources import Reading
from syndicator.store import posts, views
from syndicator.store.articles import SourceState
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.test_reconcile import doubt, run_for

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
AHEAD = [timedelta(hours=12), timedelta(days=20), timedelta(days=365)]
"""How far our clock ran ahead before it was put right."""


def ran_ahead(bench: Bench, by: timedelta, *, step: str = "gone") -> str:
    """Leave a doubt that was dated by a clock which is put right afterwards."""
    bench.clock.jump(by)
    post = doubt(bench, step)
    bench.clock.jump(-by)
    return post.id


def looks(bench: Bench, post_id: str) -> int:
    with bench.parts.store.read() as conn:
        return len(posts.look_ups(conn, post_id))


def state_of(bench: Bench, post_id: str) -> State:
    with bench.parts.store.read() as conn:
        found = posts.get(conn, post_id)
    assert found is not None
    return found.state


@pytest.mark.parametrize("ahead", AHEAD)
def test_t05_a_live_post_is_found_soon_after_the_clock_was_put_right(bench: Bench, ahead: timedelta) -> None:
    post = ran_ahead(bench, ahead, step="lost")
    run_for(bench, 10 * MINUTE, step=2 * MINUTE)
    assert state_of(bench, post) is State.PUBLISHED


@pytest.mark.parametrize("ahead", AHEAD)
def test_t05_a_clock_put_right_makes_no_look_up_spin(bench: Bench, ahead: timedelta) -> None:
    post = ran_ahead(bench, ahead)
    for _ in range(30):
        reconcile(bench.parts)
        bench.clock.tick(timedelta(seconds=1))
    assert 1 <= looks(bench, post) < 10


def test_t05_one_round_of_work_ends_after_the_clock_was_put_right(bench: Bench) -> None:
    ran_ahead(bench, timedelta(days=365))
    rounds: list[str] = []

    def tell(verb: str) -> None:
        rounds.append(verb)
        if len(rounds) > 60:
            bench.parts.stop.set()

    work(bench.parts, tell=tell)
    assert len(rounds) < 20


def test_t05_failing_look_ups_end_with_a_person_also_after_the_clock_was_put_right(bench: Bench) -> None:
    post = ran_ahead(bench, timedelta(days=20))
    bench.x.looking.extend([Unreachable("503", platform="twitter")] * 500)
    run_for(bench, 4 * HOUR, step=15 * MINUTE)
    assert state_of(bench, post) is State.ATTENTION


def test_t05_a_doubt_of_the_future_does_not_block_its_channel(bench: Bench) -> None:
    ran_ahead(bench, timedelta(hours=12))
    other = bench.queue(n=2)
    run_for(bench, HOUR, step=5 * MINUTE)
    assert bench.row(other).state is State.PUBLISHED


def test_t05_a_send_of_the_future_does_not_pace_its_channel(bench: Bench) -> None:
    bench.clock.jump(timedelta(hours=12))
    bench.queue()
    deliver(bench.parts)
    bench.clock.jump(-timedelta(hours=12))
    other = bench.queue(n=2)
    deliver(bench.parts)
    assert bench.row(other).state is State.PUBLISHED


def test_t05_a_pause_of_the_future_does_not_hold_its_channel(bench: Bench) -> None:
    bench.clock.jump(timedelta(days=20))
    bench.x.publishing.append(Unreachable("down", platform="twitter"))
    bench.queue()
    deliver(bench.parts)
    bench.clock.jump(-timedelta(days=20))
    other = bench.queue(n=2)
    deliver(bench.parts)
    assert bench.row(other).state is State.PUBLISHED


def test_t05_a_daily_cap_on_the_day_of_25_hours_asks_now_and_then(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(daily_cap=1, timezone="Europe/Vilnius"),))
    bench.clock.set(datetime(2026, 10, 25, 20, 0, tzinfo=UTC))
    bench.queue(n=1)
    deliver(bench.parts)
    bench.clock.set(datetime(2026, 10, 25, 21, 10, tzinfo=UTC))  # 23:10 in Vilnius, 24 h after midnight are over
    post = bench.queue(n=2)
    for _ in range(20):
        deliver(bench.parts)
        bench.clock.tick(timedelta(seconds=1))
    with bench.parts.store.read() as conn:
        assert len(views.history(conn, post.id)) < 5
    assert bench.row(post).due_at > bench.clock.now()
    bench.parts.store.close()


# --- sources --------------------------------------------------------------------------------------------------------


NEWS = Source(name="news", kind="feed", url="https://news.example/feed")


def reading(bench: Bench, *numbers: int) -> Reading:
    entries = tuple(
        Entry(guid=f"g{n}", url=url, canonical_url=url, title=f"T{n}", published_at=bench.clock.now())
        for n in numbers
        for url in [f"https://news.example/{n}-story"]
    )
    return Reading(entries=entries, validators=None, not_modified=False, title="", warnings=())


def test_f09_a_failed_reading_beside_the_first_one_keeps_the_baseline(bench: Bench) -> None:
    """The daemon and ``once`` begin together: one reads the baseline, the other times out."""
    assert remember(bench.parts, NEWS, reading(bench, 1), backfill=0).baselined == 1
    nobody = replace(NEWS, url="http://127.0.0.1:9/feed", allow_private=True)
    assert poll(replace(bench.parts, sources=(nobody,)), force=True).errors
    assert remember(bench.parts, NEWS, reading(bench, 2, 1), backfill=0).new == 1


def test_f09_two_first_readings_make_one_baseline(bench: Bench) -> None:
    """What came in between is news: the second reader must not take it for a part of its own first reading."""
    assert remember(bench.parts, NEWS, reading(bench, 1), backfill=0).baselined == 1
    assert remember(bench.parts, NEWS, reading(bench, 2, 1), backfill=0).new == 1


@pytest.mark.parametrize("interval", [timedelta(minutes=5), timedelta(days=2), timedelta(days=14)])
def test_an_interval_of_any_length_is_kept(interval: timedelta) -> None:
    source, now = replace(NEWS, interval=interval), values.NOW
    waits = SourceState(name="news", next_poll_at=now + interval)
    assert not pace.is_due(waits, source, now=now, force=False)
    assert pace.is_due(waits, source, now=now + interval, force=False)


def test_t05_a_reading_planned_by_a_clock_that_ran_ahead_comes_now() -> None:
    waits = SourceState(name="news", next_poll_at=values.NOW + timedelta(days=365))
    assert pace.is_due(waits, NEWS, now=values.NOW, force=False)


# --- the daemon -----------------------------------------------------------------------------------------------------


class Steps(threading.Event):
    """A stop flag on which waiting takes the next step of a script instead of time; after the last it is set."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        super().__init__()
        self.steps = deque(steps)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.steps:
            return True
        self.steps.popleft()()
        return False


@pytest.mark.parametrize(
    ("jump", "rings"), [(-HOUR, 1), (HOUR, 1), (timedelta(seconds=-1), 0), (timedelta(seconds=1), 0)]
)
def test_t05_the_daemon_rings_its_ticks_once_when_the_clock_was_set(bench: Bench, jump: timedelta, rings: int) -> None:
    def pass_time() -> None:
        bench.clock.tick(timedelta(seconds=5))

    rung: list[datetime] = []
    flag = Steps(pass_time, lambda: bench.clock.jump(jump), pass_time, pass_time)
    daemon._watch(replace(bench.parts, stop=flag), {}, lambda: rung.append(bench.clock.now()))
    assert len(rung) == rings


def test_t05_a_ring_lets_a_tick_come_that_is_planned_for_much_later() -> None:
    from apscheduler.schedulers.background import BackgroundScheduler

    came = threading.Event()
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(came.set, "interval", hours=1, next_run_time=datetime.now(UTC) + HOUR)
    scheduler.start()
    try:
        daemon._ring(scheduler)
        assert came.wait(10)
    finally:
        scheduler.shutdown()


def test_the_watchdog_is_fed_only_when_every_tick_came_back(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = {"read": threading.Event(), "settle": threading.Event()}
    fed: list[bool] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "180000000")

        def come_back(*names: str) -> Callable[[], None]:
            def act() -> None:
                fed.append(_heard(systemd))
                for name in names:
                    alive[name].set()

            return act

        flag = Steps(come_back("read"), come_back("settle"), come_back("settle"), come_back())
        daemon._watch(replace(bench.parts, stop=flag), alive, lambda: None)
    assert fed == [False, False, True, False]


def _heard(systemd: socket.socket) -> bool:
    try:
        return systemd.recv(100) == b"WATCHDOG=1"
    except BlockingIOError:
        return False


def test_t05_a_clock_that_leaps_ahead_for_a_moment_skips_nothing(bench: Bench) -> None:
    post = bench.queue()
    reconcile(bench.parts)
    bench.clock.jump(timedelta(days=1))
    reconcile(bench.parts)
    assert bench.row(post).state is State.QUEUED
    bench.clock.jump(-timedelta(days=1))
    reconcile(bench.parts)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED

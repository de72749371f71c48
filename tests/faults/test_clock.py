"""The machine's clock jumps in every state, under a running process and between two (D18, T05).

A jump is of the wall clock alone: the platform's clock and the steady one go on. It is put right after five minutes.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import Rejected
from syndicator.model import Pending, Post, State, Windows
from syndicator.service.clock import SUSPICION, Clock
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import posts
from tests import values
from tests.faults.ground import OPEN, again, begin, rows, step
from tests.service.bench import Bench, SettableClock

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
JUMPS = {"1 h ahead": HOUR, "1 h back": -HOUR, "1 d back": -24 * HOUR, "10 y ahead": 3653 * 24 * HOUR}
WRONG_FOR = 5
"""Minutes for which the clock is wrong: less than its readers' suspicion lasts."""
RESENDS = values.channel(resend=True, windows=Windows(settle=30 * MINUTE, look_ups=(timedelta(0), MINUTE, 5 * MINUTE)))


class Abandoned(BaseException):
    """Ends a worker in the middle of an attempt, as a kill does."""


def abandon() -> None:
    raise Abandoned


def left_in(state: str, bench: Bench) -> None:
    """Bring the one post of the bench into a state by what really leads there."""
    post = rows(bench)[0]
    if state in {"sending, not fenced", "sending, fenced"}:
        (bench.x.staging if state == "sending, not fenced" else bench.x.publishing).append(abandon)
        with pytest.raises(Abandoned):
            deliver(bench.parts)
    elif state == "held":
        move(bench, post, "UNCOMPOSABLE", "an editor decides")
    elif state == "skipped":
        move(bench, post, "DROP", "not wanted")
    elif state != "queued":
        bench.x.publishing.append(ANSWERS[state])
        deliver(bench.parts)
    if state == "attention":
        move(bench, rows(bench)[0], "ASK", "ask")


def move(bench: Bench, post: Post, event: str, reason: str) -> None:
    from syndicator.core.lifecycle import Event

    with bench.parts.store.write() as conn:
        posts.move(conn, post, Event[event], at=bench.clock.now(), reason=reason)


ANSWERS = {
    "processing": Pending(detail={"id": "1"}),
    "unknown, live": "lost",
    "unknown, absent": "gone",
    "attention": "gone",
    "published": "ok",
    "rejected": Rejected("no", platform="twitter"),
}
ENDS = {
    "queued": (State.PUBLISHED, 1),
    "held": (State.HELD, 0),
    "sending, not fenced": (State.PUBLISHED, 1),
    "sending, fenced": (State.PUBLISHED, 1),
    "processing": (State.PUBLISHED, 0),
    "unknown, live": (State.PUBLISHED, 1),
    "unknown, absent": (State.PUBLISHED, 2),
    "attention": (State.ATTENTION, 1),
    "published": (State.PUBLISHED, 1),
    "rejected": (State.REJECTED, 1),
    "skipped": (State.SKIPPED, 0),
}
"""State: where it ends with a platform that lost nothing else, and after how many requests on the wire."""


def jump(bench: Bench, by: timedelta) -> None:
    """Set the wall clock; the platform's own does not move."""
    bench.clock.jump(by)
    bench.x.skew -= by


def minutes(bench: Bench, n: int, size: timedelta = MINUTE) -> None:
    """Work for so long; what is settled stays settled, so three rounds more show it."""
    for round_ in range(n):
        step(bench)
        bench.clock.tick(size)
        if round_ >= 3 and not any(row.state in OPEN for row in rows(bench)):
            return


def restarted(bench: Bench, memory: Path) -> Bench:
    """Give a new process: it knows of the clock what the last one wrote down."""
    clock = SettableClock(bench.clock.now())
    clock._elapsed, clock._memory = bench.clock._elapsed, memory
    bench.x.clock = clock
    fresh = again(bench)
    return Bench(parts=replace(fresh.parts, clock=clock), clock=clock, adapters=fresh.adapters, told=fresh.told)


@pytest.mark.parametrize("life", ["running", "restarted"])
@pytest.mark.parametrize("by", JUMPS)
@pytest.mark.parametrize("state", ENDS)
def test_d18_t05_a_jump_changes_nothing(state: str, by: str, life: str, tmp_path: Path) -> None:
    memory = tmp_path / "clock.json"
    bench = begin(tmp_path, channels=(RESENDS,))
    bench.clock._memory = memory
    reconcile(bench.parts)
    left_in(state, bench)
    jump(bench, JUMPS[by])
    bench = restarted(bench, memory) if life == "restarted" else bench
    settled_early(bench, state)
    jump(bench, -JUMPS[by])
    if state == "processing":
        bench.x.progressing.append("ok")
        bench.x.live.append((rows(bench)[0].id, "1"))
    minutes(bench, 30, 5 * MINUTE)
    wanted, sent = ENDS[state]
    if (state, by) == ("unknown, absent", "10 y ahead"):
        # Two hours without a look-up that proves anything seem to be over at once: a person is asked too early.
        wanted, sent = State.ATTENTION, 1
    row = rows(bench)[0]
    assert row.state is wanted, f"{row.state}: {row.reason}"
    assert len(bench.x.bodies) == sent
    assert len(bench.x.live) == (wanted is State.PUBLISHED)
    bench.parts.store.close()


def settled_early(bench: Bench, state: str) -> None:
    """Work while the clock is wrong: absence must not be believed before the platform's own clock says so."""
    before = len(bench.x.bodies)
    minutes(bench, WRONG_FOR)
    if state == "unknown, absent":
        assert len(bench.x.bodies) == before, "sent again before the settle window was over"


# --- what a clock remembers -----------------------------------------------------------------------------------------


def at(memory: Path, *, now: timedelta = timedelta(0), elapsed: float = 1000.0) -> SettableClock:
    clock = SettableClock(values.NOW + now)
    clock._elapsed, clock._memory = elapsed, memory
    return clock


def test_t05_a_first_start_is_believed(tmp_path: Path) -> None:
    assert at(tmp_path / "clock.json").steady()
    assert Clock(tmp_path / "real.json").steady()
    assert Clock().steady()


def test_t05_a_clock_set_between_two_processes_is_not_believed_for_ten_minutes(tmp_path: Path) -> None:
    memory = tmp_path / "clock.json"
    assert at(memory).steady()
    assert not at(memory, now=HOUR, elapsed=1060.0).steady()
    # A third process a minute later knows it too: cron starts one each minute.
    assert not at(memory, now=HOUR + MINUTE, elapsed=1120.0).steady()
    assert at(memory, now=HOUR + timedelta(seconds=SUSPICION), elapsed=1060.0 + SUSPICION).steady()


def test_t05_time_that_passed_between_two_processes_is_no_jump(tmp_path: Path) -> None:
    memory = tmp_path / "clock.json"
    assert at(memory).steady()
    assert at(memory, now=timedelta(days=3), elapsed=1000.0 + 3 * 86400).steady()


@pytest.mark.parametrize("words", ["", "no json", "[]", '{"boot": 1}', '{"boot": "", "offset": "x"}', "\0"])
def test_t05_a_memory_that_makes_no_sense_is_no_memory(words: str, tmp_path: Path) -> None:
    memory = tmp_path / "clock.json"
    memory.write_text(words, encoding="utf-8")
    assert at(memory).steady()


def test_t05_another_start_of_the_machine_begins_anew(tmp_path: Path) -> None:
    memory = tmp_path / "clock.json"
    assert at(memory).steady()
    memory.write_text(memory.read_text(encoding="utf-8").replace('"boot": "', '"boot": "other'), encoding="utf-8")
    assert at(memory, now=HOUR, elapsed=5.0).steady()


def test_t05_a_folder_that_takes_no_file_only_forgets(tmp_path: Path) -> None:
    assert at(tmp_path / "missing" / "clock.json").steady()

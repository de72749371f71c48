"""The kill switch: nothing is sent while it is on, wherever it was thrown, and nothing is lost by it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Post, State
from syndicator.service import halt
from syndicator.service.deliver import deliver, one
from syndicator.service.reconcile import reconcile
from syndicator.service.work import summary, work
from tests.service.bench import Bench
from tests.service.test_reconcile import run_for

MINUTE = timedelta(minutes=1)


def throw(bench: Bench, where: str) -> None:
    """Halt by the file of this machine alone, or by the flag in the post log alone."""
    if where == "file":
        halt.stop_here(bench.parts.state_dir, "fire in the office", bench.clock.now())
    else:
        halt.stop_everywhere(bench.parts.store, "fire in the office", bench.clock.now())


@pytest.mark.parametrize("where", ["file", "flag"])
def test_nothing_is_claimed_while_halted_and_all_goes_out_afterwards(bench: Bench, where: str) -> None:
    made = [bench.queue(n=number) for number in range(3)]
    throw(bench, where)
    report = work(bench.parts)
    assert bench.x.bodies == []
    assert "fire in the office" in report.halted
    assert "syndicator resume" in report.halted
    assert [bench.row(post).attempts for post in made] == [0, 0, 0]
    assert halt.go_on(bench.parts.state_dir, bench.parts.store)
    assert not halt.go_on(bench.parts.state_dir, bench.parts.store), "there is none left"
    work(bench.parts)
    assert {bench.row(post).state for post in made} == {State.PUBLISHED}
    assert len(bench.x.bodies) == 3


@pytest.mark.parametrize("where", ["file", "flag"])
def test_thrown_between_fence_and_write_nothing_is_written(bench: Bench, where: str) -> None:
    post = bench.queue()
    bench.x.publishing.append(lambda: throw(bench, where))
    deliver(bench.parts)
    row = bench.row(post)
    assert bench.x.bodies == []
    assert (row.state, row.clean) == (State.QUEUED, True), "it is certain that nothing was written"
    assert "fire in the office" in row.reason
    halt.go_on(bench.parts.state_dir, bench.parts.store)
    run_for(bench, 5 * MINUTE)
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.bodies) == 1


def test_a_log_that_cannot_be_asked_halts(bench: Bench) -> None:
    bench.queue()
    path = bench.parts.store.path
    assert path is not None
    bench.x.publishing.append(path.unlink)
    deliver(bench.parts)
    assert bench.x.bodies == []


def test_a_file_that_cannot_be_read_halts(bench: Bench) -> None:
    bench.queue()
    path = halt.path_of(bench.parts.state_dir)
    path.write_text("{half a line", encoding="utf-8")
    report = work(bench.parts)
    assert bench.x.bodies == []
    assert str(path) in report.halted


def test_another_process_is_stopped_by_the_flag(bench: Bench, tmp_path: Path) -> None:
    """A worker with a state folder of its own, as on another machine, knows only the post log."""
    bench.queue()
    halt.stop_here(bench.parts.state_dir, "here", bench.clock.now())
    halt.stop_everywhere(bench.parts.store, "everywhere", bench.clock.now())
    elsewhere = replace(bench.parts, state_dir=tmp_path / "another machine")
    deliver(elsewhere)
    assert bench.x.bodies == []


def test_a_one_off_says_why_it_waits(bench: Bench) -> None:
    post = bench.queue()
    throw(bench, "flag")
    waiting = one(bench.parts, bench.parts.channels["x"], post)
    assert (waiting.state, bench.x.bodies) == (State.QUEUED, [])
    assert "halted: fire in the office" in waiting.reason


def test_look_ups_go_on_and_nothing_goes_stale(bench: Bench) -> None:
    doubtful = bench.queue(n=1)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    stale = bench.queue(n=2)
    assert bench.row(doubtful).state is State.UNKNOWN
    throw(bench, "flag")
    bench.clock.tick(timedelta(hours=7))
    assert bench.parts.clock.steady()
    reconcile(bench.parts)
    assert bench.row(doubtful).state is State.PUBLISHED
    assert bench.row(stale).state is State.QUEUED, "a halt is a person's: what became of the news is told on resuming"
    halt.go_on(bench.parts.state_dir, bench.parts.store)
    reconcile(bench.parts)
    assert bench.row(stale).state is State.SKIPPED


def test_what_is_being_sent_is_named(bench: Bench) -> None:
    post = bench.queue()
    seen: list[tuple[Post, ...]] = []
    bench.x.publishing.append(lambda: seen.append(halt.stop_everywhere(bench.parts.store, "now", bench.clock.now())))
    deliver(bench.parts)
    assert [item.id for item in seen[0]] == [post.id]
    nothing = work(bench.parts)
    assert summary(bench.parts, polled=nothing.polled, planned=nothing.planned, moved=()).halted

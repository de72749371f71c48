"""The n-th statement or commit fails, before or after it took effect, over whole deliveries (R3, D08, D24)."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import State
from syndicator.service.deliver import deliver
from tests.faults.ground import again, begin, judge, step
from tests.faults.statements import Fault, failing
from tests.faults.thorough import numbers
from tests.service.bench import Bench


def work_with(bench: Bench, fault: Fault) -> None:
    with failing(bench.parts.store, fault):
        for _ in range(4):
            step(bench)
            bench.clock.tick(timedelta(minutes=1))


def prepared(folder: Path) -> Bench:
    folder.mkdir()
    bench = begin(folder, stories=2)
    bench.x.publishing.append("lost")
    return bench


@pytest.mark.parametrize("kept", [False, True], ids=["not kept", "kept"])
def test_s08_whichever_statement_fails_each_post_is_live_once_or_shown(kept: bool, tmp_path: Path) -> None:
    ends: set[State] = set()
    for n in numbers(17):
        bench = prepared(tmp_path / str(n))
        work_with(bench, fault := Fault(at=n, kept=kept))
        if not fault.hit:
            break
        # The process lives on after the fault: nobody restarts it by hand.
        ends |= set(judge(bench if n % 2 else again(bench), expected=2, context=f"call {n}: {fault.hit}"))
    assert n > 50
    # A fence that is kept although its COMMIT answered with an error may have been passed: then a person is asked.
    assert State.PUBLISHED in ends <= {State.PUBLISHED, *([State.ATTENTION] if kept else [])}


@pytest.mark.parametrize("lost", [False, True], ids=["an error", "connection lost"])
@pytest.mark.parametrize("kept", [False, True], ids=["not kept", "kept"])
def test_d24_whichever_commit_is_answered_so_each_post_is_live_once_or_shown(
    kept: bool, lost: bool, tmp_path: Path
) -> None:
    commits = 0
    for n in range(1, 1000):
        bench = prepared(tmp_path / str(n))
        work_with(bench, fault := Fault(at=n, kept=kept, lost=lost, commits_only=True))
        if not fault.hit:
            break
        commits += 1
        judge(again(bench), expected=2, context=f"commit {n}, kept {kept}")
    assert commits >= 8


def test_d24_a_process_lives_on_after_a_commit_that_failed(tmp_path: Path) -> None:
    """The connection on which it failed may still be in the midst of its transaction: nobody must get it again."""
    for n in range(1, 1000):
        bench = prepared(tmp_path / str(n))
        work_with(bench, fault := Fault(at=n, kept=False, commits_only=True))
        if not fault.hit:
            break
        judge(bench, expected=2, context=f"commit {n}")
    assert n > 8


@pytest.mark.parametrize(
    ("commit", "kept"), [(1, False), (3, False), (3, True)], ids=["intent not kept", "fence not kept", "fence kept"]
)
def test_d24_nothing_is_sent_on_a_guess(commit: int, kept: bool, tmp_path: Path) -> None:
    """The commits of one delivery are intent, staged, fence. An intent that holds is re-read; a fence is never."""
    bench = begin(tmp_path)
    with failing(bench.parts.store, Fault(at=commit, kept=kept, lost=True, commits_only=True)):
        deliver(bench.parts)
    assert bench.x.bodies == []
    judge(again(bench))

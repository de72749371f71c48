"""Lost commits between the fence and the first byte, while another process of the same machine goes on.

The intent is journaled between the two, so one of the processes always sees what the other one did: found by the
simulation (three seeds of 6,000 with such roll-backs posted twice before both questions were asked).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from syndicator.errors import StoreError
from syndicator.service.deliver import deliver
from syndicator.service.journal import Journal
from syndicator.service.parts import Parts
from syndicator.store.engine import Store
from tests.service.bench import Bench
from tests.service.rolled import Rolled, another, states
from tests.service.test_quarantine_adversary import HOUR, MINUTE, copy_of, meddled, put_back
from tests.service.test_reconcile import run_for


@pytest.fixture
def rolled(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path)


class SlowJournal:
    """A journal whose next intent comes late: something happens right before it is written."""

    def __init__(self, journal: Journal, act: Callable[[], object]) -> None:
        self._journal = journal
        self._acts = [act]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def intend(self, *args: Any, **options: Any) -> None:
        while self._acts:
            self._acts.pop()()
        self._journal.intend(*args, **options)


def slowed(bench: Bench, act: Callable[[], object]) -> Parts:
    return replace(bench.parts, journal=cast(Journal, SlowJournal(bench.parts.journal, act)))


def test_r15_an_attempt_whose_fence_is_gone_sends_nothing(rolled: Rolled) -> None:
    """It slept before its intent was journaled: the other process could not know of it, so it has to stop itself."""
    post = rolled.bench.queue()
    copy = copy_of(rolled, "queued.db")
    other = another(rolled.bench, rolled.folder)

    def overtake() -> None:
        put_back(rolled, copy)
        deliver(other.parts)
        assert len(other.x.bodies) == 1, "nothing told the other process of the fence"

    deliver(slowed(rolled.bench, overtake))
    assert len(rolled.bench.x.bodies) == 1
    run_for(other, 2 * HOUR, 5 * MINUTE)
    assert (states(other, post), len(other.x.live)) == (["published"], 1)


class Failing:
    """A post log that answers a few questions more and then cannot be read."""

    def __init__(self, store: Store, answers: int) -> None:
        self._store, self._answers = store, answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read(self) -> Any:
        self._answers -= 1
        if self._answers < 0:
            raise StoreError("the connection is gone")
        return self._store.read()


@pytest.mark.parametrize("answers", [0, 1])
def test_r15_a_log_that_cannot_be_asked_right_before_the_first_byte_sends_nothing(bench: Bench, answers: int) -> None:
    """Two questions are asked: whether sending is halted, and whether the fence holds."""
    post, store = bench.queue(), bench.parts.store
    parts = replace(bench.parts)
    bench.x.publishing.append(lambda: object.__setattr__(parts, "store", cast(Store, Failing(store, answers))))
    deliver(parts)
    assert (bench.x.bodies, bench.results(post)) == ([], ["not sent"])


def test_r15_what_another_process_sent_since_the_last_look_at_the_journal_counts(rolled: Rolled) -> None:
    """Between its look at the journal and its claim this process slept; in that time the post went out and was lost."""
    post = rolled.bench.queue()
    copy = copy_of(rolled, "queued.db")
    other = another(rolled.bench, rolled.folder)

    def send_and_lose() -> None:
        rolled.bench.x.publishing.append("lost")
        deliver(rolled.bench.parts)
        put_back(rolled, copy)

    deliver(meddled(other, send_and_lose))
    assert len(other.x.bodies) == 1, "the claim has to see what was journaled meanwhile"
    run_for(other, 2 * HOUR, 5 * MINUTE)
    assert (states(other, post), len(other.x.live)) == (["published"], 1)

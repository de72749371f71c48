"""One thread at a time at each channel, and nobody's wish is forgotten."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from syndicator.service.turns import MOST, Turns


def test_whoever_comes_second_does_not_wait_and_the_first_goes_on() -> None:
    turns, busy, go_on, done = Turns(), threading.Event(), threading.Event(), []

    def act() -> None:
        done.append(1)
        busy.set()
        go_on.wait(5)

    first = threading.Thread(target=turns.take, args=("x", act))
    first.start()
    assert busy.wait(5)
    assert not any(turns.take("x", lambda: done.append(2)) for _ in range(3))
    assert turns.take("y", lambda: done.append(3))
    go_on.set()
    first.join()
    assert done == [1, 3, 1]


def test_never_two_at_once_and_the_last_wish_is_done() -> None:
    turns, lock, seen = Turns(), threading.Lock(), []
    wishes = 0

    def act() -> None:
        assert lock.acquire(blocking=False)
        seen.append(wishes)
        time.sleep(0.0002)
        lock.release()

    def wish() -> None:
        nonlocal wishes
        wishes += 1
        turns.take("x", act)

    with ThreadPoolExecutor(8) as many:
        for future in [many.submit(wish) for _ in range(400)]:
            future.result()
    assert seen[-1] == 400


def test_a_failure_leaves_the_turn() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        turns.take("x", lambda: 1 / 0)
    assert turns.take("x", lambda: None)


def test_the_first_does_not_go_on_for_ever() -> None:
    turns, done = Turns(), []

    def greedy() -> None:
        done.append(1)
        turns.take("x", greedy)

    assert turns.take("x", greedy)
    assert len(done) == MOST
    assert turns.take("x", lambda: None)

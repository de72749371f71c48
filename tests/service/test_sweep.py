"""Many readings at once: bounded, polite to a host, and whoever is slow does not hold up the others."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event as Flag
from typing import Any

import pytest

from syndicator.service.sweep import PER_HOST, SLOW_MOST, Sweep


class Watch:
    """Acts by sleeping; counts who is at work with whom."""

    def __init__(self, takes: Callable[[str], float] = lambda _: 0.01) -> None:
        self.takes = takes
        self.done: dict[str, float] = {}
        self.most = 0
        self.most_at: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._began = time.monotonic()

    async def __call__(self, item: str) -> None:
        host = item.partition("/")[0]
        self._now[host] += 1
        self.most = max(self.most, self._now.total())
        self.most_at[host] = max(self.most_at[host], self._now[host])
        try:
            await asyncio.sleep(self.takes(item))
        finally:
            self._now[host] -= 1
        self.done[item] = time.monotonic() - self._began


def host(item: str) -> str:
    return item.partition("/")[0].removeprefix("own")


def sweep(
    watch: Any, items: Sequence[str], *, places: int = 10, stop: Flag | None = None, slow_after: float = 9
) -> None:
    async def run() -> None:
        await Sweep(watch, host=host, places=places, stop=stop or Flag(), slow_after=slow_after).run(items)

    asyncio.run(run())


def test_every_item_is_acted_on_once_within_the_places() -> None:
    watch = Watch()
    items = [f"h{n % 50}/{n}" for n in range(300)]
    sweep(watch, items)
    assert sorted(watch.done) == sorted(items)
    assert 5 < watch.most <= 10


def test_f30_few_at_a_time_at_one_host_while_others_use_the_places() -> None:
    watch = Watch()
    sweep(watch, [f"big/{n}" for n in range(60)] + [f"h{n}/x" for n in range(30)], places=12)
    assert watch.most_at["big"] == PER_HOST
    assert watch.most > PER_HOST
    assert len(watch.done) == 90


def test_the_newsroom_s_own_machine_is_bounded_by_the_places_alone() -> None:
    watch = Watch()
    sweep(watch, [f"own/{n}" for n in range(60)], places=12)
    assert watch.most == watch.most_at["own"] == 12


def test_f18_fifty_slow_ones_do_not_hold_up_fifty_good_ones() -> None:
    watch = Watch(lambda item: 3.0 if item.startswith("slow") else 0.01)
    sweep(watch, [f"slow{n}/x" for n in range(50)] + [f"good{n}/x" for n in range(50)], places=10, slow_after=0.1)
    assert len(watch.done) == 100
    own = Watch(lambda item: 3.0 if item.startswith("own/slow") else 0.01)
    sweep(own, [f"own/slow{n}" for n in range(50)] + [f"own/good{n}" for n in range(50)], places=10, slow_after=0.1)
    assert max(at for item, at in own.done.items() if item.startswith("own/good")) < 2.9
    assert max(at for item, at in watch.done.items() if item.startswith("good")) < 2.9
    assert watch.most <= 10 + SLOW_MOST


def test_f18_however_many_are_slow_what_is_open_stays_bounded() -> None:
    watch = Watch(lambda _: 1.5)
    sweep(watch, [f"slow{n}/x" for n in range(200)], places=40, slow_after=0.0)
    assert len(watch.done) == 200
    assert 40 < watch.most <= 40 + SLOW_MOST


def test_a_stop_drops_what_is_open_and_begins_nothing() -> None:
    stop = Flag()

    def takes(item: str) -> float:
        if item == "h5/x":
            stop.set()
        return 0.01 if item < "h5" else 30

    watch = Watch(takes)
    began = time.monotonic()
    sweep(watch, [f"h{n}/x" for n in range(9)] + [f"z{n}/x" for n in range(500)], places=3, stop=stop)
    assert time.monotonic() - began < 3
    assert 0 < len(watch.done) < 9


def test_a_bug_is_not_swallowed_and_stops_nobody() -> None:
    done = []

    async def act(item: str) -> None:
        await asyncio.sleep(0)
        if item == "h3/x":
            raise ZeroDivisionError
        done.append(item)

    with pytest.raises(ZeroDivisionError):
        sweep(act, [f"h{n}/x" for n in range(20)])
    assert len(done) == 19


def test_nothing_to_do_is_over_at_once() -> None:
    began = time.monotonic()
    sweep(Watch(), [])
    assert time.monotonic() - began < 0.5


def test_ten_thousand_items_cost_little() -> None:
    async def act(item: str) -> None:
        await asyncio.sleep(0)

    began = time.process_time()
    sweep(act, [f"h{n}/x" for n in range(10_000)], places=20)
    assert time.process_time() - began < 3

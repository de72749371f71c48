"""Many readings at once, bounded: so many places, few of them at one host, and whoever is slow makes room for others.

It must not know what is read. Everything happens in one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import Generic, TypeVar

Item = TypeVar("Item")

PER_HOST = 4
SLOW_AFTER = 2.0
"""Seconds after which a reading no longer counts for its place: fifty that drip must not hold up fifty good ones."""
SLOW_MOST = 50
"""So many may be slow beside the places; further ones keep theirs, so open sockets stay bounded (F18)."""
STEP = 0.2


@dataclass(slots=True)
class _Host(Generic[Item]):
    most: int
    waiting: deque[Item] = field(default_factory=deque)
    busy: int = 0


class Sweep(Generic[Item]):
    """One sweep over items. ``host`` names where an item is read; empty: where there is no need to be polite."""

    def __init__(
        self,
        act: Callable[[Item], Awaitable[None]],
        *,
        host: Callable[[Item], str],
        places: int,
        stop: Flag,
        slow_after: float = SLOW_AFTER,
    ) -> None:
        self._act = act
        self._host = host
        self._places = places
        self._stop = stop
        self._slow_after = slow_after
        self._hosts: dict[str, _Host[Item]] = {}
        self._ready: deque[_Host[Item]] = deque()
        self._running: dict[asyncio.Task[None], float] = {}
        self._slow: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._bug: BaseException | None = None

    async def run(self, items: Iterable[Item]) -> None:
        """Act on every item, in their order as far as places allow; when the stop flag is set, drop what is open."""
        for item in items:
            name = self._host(item)
            host = self._hosts.setdefault(name, _Host(PER_HOST if name else self._places + SLOW_MOST))
            if not host.waiting:
                self._ready.append(host)
            host.waiting.append(item)
        self._fill()
        while not self._over.is_set() and not self._stop.is_set():
            try:
                await asyncio.wait_for(self._over.wait(), STEP)
            except TimeoutError:
                self._let_others_pass()
        await self._drop()
        if self._bug is not None:
            raise self._bug

    def _fill(self) -> None:
        """Give every free place to the next item whose host is not busy."""
        while self._ready and len(self._running) < self._places and not self._stop.is_set():
            host = self._ready.popleft()
            if host.busy >= host.most:
                continue  # it comes back when one of its readings is over
            item = host.waiting.popleft()
            host.busy += 1
            if host.waiting:
                self._ready.append(host)
            task = asyncio.ensure_future(self._do(item))
            self._running[task] = asyncio.get_running_loop().time()
            task.add_done_callback(lambda done, host=host: self._done(done, host))  # type: ignore[misc]
        if not self._running and not self._slow:
            self._over.set()

    async def _do(self, item: Item) -> None:
        await self._act(item)

    def _done(self, task: asyncio.Task[None], host: _Host[Item]) -> None:
        self._running.pop(task, None)
        self._slow.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bug = self._bug or error
        was_full = host.busy >= host.most
        host.busy -= 1
        if was_full and host.waiting and host not in self._ready:
            self._ready.append(host)
        self._fill()

    def _let_others_pass(self) -> None:
        late = asyncio.get_running_loop().time() - self._slow_after
        for task, since in list(self._running.items()):
            if since > late or len(self._slow) >= SLOW_MOST:
                break  # they stand in the order in which they began
            del self._running[task]
            self._slow.add(task)
        self._fill()

    async def _drop(self) -> None:
        tasks = [*self._running, *self._slow]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

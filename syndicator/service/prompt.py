"""Prompt: read a source at once when it says that it has news, then plan and deliver what follows without waiting.

What was pushed is only a hint that there is something to read (X13): nothing of it is believed. However many hints
come, there is one reading of a source at a time and one more to come, at a bounded rate; so nothing is lost and nothing
piles up. The daemon's ticks go on meanwhile; what both of them find, the post log makes one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import structlog

from syndicator.errors import SyndicatorError
from syndicator.model import Channel, Source
from syndicator.service.deliver import deliver_channel
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll_now
from syndicator.sources._fetch import Fetcher
from syndicator.store import posts

log = structlog.get_logger("syndicator.prompt")

RATE = 25.0
"""Readings of one source in a second, at most and for long; what comes faster is read together."""
BURST = 50.0
"""So many at once, after a while without any."""
FEW = 4
"""So many channels look for themselves whether they have something to send."""


def deliver_in_turn(parts: Parts, channel: Channel, *, until_nothing_is_due: bool = False) -> bool:
    """Deliver a round on a channel, unless a thread of this process is at it: then that one looks once more."""

    def act() -> None:
        while deliver_channel(parts, channel) and until_nothing_is_due:
            pass  # a round is bounded; the next one goes on

    return parts.turns.take(f"send {channel.name}", act)


def _tell(done: "Future[None]") -> None:
    """Say what nobody waits to hear: a bug of ours; the next tick sends."""
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("bug while sending", error=repr(error))


class Prompt:
    """Readings out of turn. Used from one event loop; what blocks is done in threads."""

    def __init__(self, parts: Parts, *, backfill: int = 0) -> None:
        self._parts = parts
        # A reading may be lost with the power: its validators go with it, so it is read again. And before anything is
        # sent, the claim makes durable what it rests on.
        self._hasty = replace(parts, store=parts.store.hasty())
        self._backfill = backfill
        self._sources = {source.name: source for source in parts.sources}
        self._asked: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._allowance: dict[str, tuple[float, float]] = {}
        self._places = asyncio.Semaphore(parts.poll_concurrency)
        self._fetcher = Fetcher()
        self._senders = ThreadPoolExecutor(max(1, len(parts.channels)), thread_name_prefix="prompt")
        self.readings = 0
        """How many readings were begun."""

    async def close(self) -> None:
        """Begin nothing more and wait until what is being sent is finished."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._fetcher.close()
        await asyncio.to_thread(self._senders.shutdown, wait=True)

    def ask(self, name: str) -> None:
        """Have a source read soon; does nothing for one that is not configured."""
        source = self._sources.get(name)
        if source is None or self._parts.stop.is_set():
            return
        self._asked.add(name)
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._serve(source))

    async def _serve(self, source: Source) -> None:
        """Read until nobody asked meanwhile."""
        try:
            while source.name in self._asked and not self._parts.stop.is_set():
                await asyncio.sleep(self._wait(source.name))
                async with self._places:
                    # From here on a hint may be about something that this reading does not see.
                    self._asked.discard(source.name)
                    self.readings += 1
                    await poll_now(self._hasty, source, fetcher=self._fetcher, backfill=self._backfill)
                    await asyncio.to_thread(self._follow)
        finally:
            self._tasks.pop(source.name, None)

    def _wait(self, name: str) -> float:
        """Take one reading from the source's allowance; give the seconds until it may begin."""
        now = self._parts.clock.elapsed()
        left, at = self._allowance.get(name, (BURST, now))
        left = min(BURST, left + (now - at) * RATE) - 1
        self._allowance[name] = left, now
        return max(0.0, -left / RATE)

    def _follow(self) -> None:
        """Plan what was read and let every channel send that has something due; nobody waits for that.

        A slow platform must not keep the next reading waiting: what falls out of a short feed meanwhile is lost.
        """
        try:
            if not plan(self._hasty).posts:
                return  # whoever planned what we read, a tick or another machine, sends it
            due = self._due()
        except SyndicatorError as error:
            # Nothing is lost: the next tick plans and sends.
            log.error("not planned", error=str(error))
            return
        for name in due:
            with suppress(RuntimeError):  # we are closing
                self._senders.submit(self._guarded(self._parts.channels[name])).add_done_callback(_tell)

    def _due(self) -> list[str]:
        """Give the channels on which something may be due."""
        names = list(self._parts.channels)
        if len(names) <= FEW:
            return names  # each looks for itself, so looking before it only takes time
        now = self._parts.clock.now()
        with self._parts.store.read() as conn:
            return [name for name in names if posts.due(conn, name, now)]

    def _guarded(self, channel: Channel) -> Callable[[], None]:
        def send() -> None:
            try:
                deliver_in_turn(self._parts, channel)
            except SyndicatorError as error:
                log.error("not sent", channel=channel.name, error=str(error))

        return send

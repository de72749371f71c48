"""Readings that wait to be remembered. One thread writes, and then takes together what came while it wrote.

So a single reading waits for nothing, many share transactions, and no two of them wait for each other's lock. It must
not decide what a reading means.
"""

import asyncio

from syndicator.model import Source
from syndicator.service.parts import Parts
from syndicator.service.remember import PollReport, remember_all
from syndicator.sources import Reading

MOST = 10
"""Readings in one transaction: posts that are to be written meanwhile wait for no longer than that."""


class Inbox:
    """Used within one event loop."""

    def __init__(self, parts: Parts, *, backfill: int) -> None:
        self._parts = parts
        self._backfill = backfill
        self._waiting: list[tuple[Source, Reading, asyncio.Future[PollReport]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def remember(self, source: Source, reading: Reading) -> PollReport:
        """Have a reading written down; returns when it is committed.

        Raises:
            Exception: whatever writing this one raised.
        """
        done: asyncio.Future[PollReport] = asyncio.get_running_loop().create_future()
        self._waiting.append((source, reading, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.ensure_future(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            found = [(source, reading) for source, reading, _ in group]
            reports = await asyncio.to_thread(remember_all, self._parts, found, backfill=self._backfill)
            for (_, _, done), report in zip(group, reports, strict=True):
                if done.cancelled():
                    continue  # a stop was asked for; it is written all the same
                if isinstance(report, Exception):
                    done.set_exception(report)
                else:
                    done.set_result(report)

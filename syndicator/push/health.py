"""Is all well? For a watcher, in three yes or no. It must not say anything that is nobody's business."""

import asyncio

from syndicator.errors import StoreError
from syndicator.service import halt
from syndicator.service.parts import Parts

LATE = 120.0
"""Seconds after which a tick that did not come back counts as stuck; a round on a slow platform takes half of it."""
TIMEOUT = 5.0
FRESH = 1.0
"""Seconds for which an answer is given again: asking often must not cost more."""


class Checkup:
    """Looks at the post log and at the ticks. Used from one event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._last: tuple[float, tuple[int, bytes, dict[str, bool]]] | None = None

    async def __call__(self) -> tuple[int, bytes, dict[str, bool]]:
        """Give status, (no) body and facts: 200 when news is read and sent, 503 when it is not."""
        now = self._parts.clock.elapsed()
        if self._last is None or now - self._last[0] > FRESH:
            self._last = now, await self._look(now)
        return self._last[1]

    async def _look(self, now: float) -> tuple[int, bytes, dict[str, bool]]:
        try:
            halted = await asyncio.wait_for(asyncio.to_thread(self._halted), TIMEOUT)
            database = True
        except (StoreError, TimeoutError):
            halted, database = False, False
        ticks = not self._parts.pulse.late(now, after=LATE)
        facts = {"ok": database and ticks, "database": database, "ticks": ticks, "halted": halted}
        return 200 if facts["ok"] else 503, b"", facts

    def _halted(self) -> bool:
        with self._parts.store.read() as conn:
            return halt.standing(self._parts, conn) is not None

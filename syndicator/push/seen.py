"""Which webhook calls were taken already (X14): in memory for the answer, in the post log for the next start.

The log learns of a call a moment after it was taken. What a crash takes away in that moment can be replayed once, and
brings about one more reading of a source.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from syndicator.errors import StoreError
from syndicator.service.parts import Parts
from syndicator.store import deliveries

log = structlog.get_logger("syndicator.push")

CALL = "call"
"""Kind of name: a delivery id that is signed together with its time, so that it need not be known for long."""
BODY = "body"
"""Kind of name: the signature of a body without a time, which stays good for as long as the secret does."""
KEPT = {CALL: timedelta(minutes=15), BODY: timedelta(days=30)}
SWEEP = timedelta(minutes=10)


class Seen:
    """The calls that were taken, by name. Used from one event loop."""

    def __init__(self, parts: Parts) -> None:
        self._clock = parts.clock
        self._store = parts.store.hasty()
        self._known: dict[str, datetime] = {}
        self._unsaved: dict[str, datetime] = {}
        self._more = asyncio.Event()
        self._swept_at = parts.clock.now()

    async def load(self) -> None:
        """Read what earlier runs took.

        Raises:
            StoreError: the post log cannot be read.
        """
        self._known = await asyncio.to_thread(self._load)

    def add(self, kind: str, name: str) -> bool:
        """Remember a call; False when it was taken before."""
        key, now = f"{kind} {name}", self._clock.now()
        if key in self._known:
            return False
        self._known[key] = self._unsaved[key] = now
        self._more.set()
        return True

    async def keep(self) -> None:
        """Write down what was taken, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self.save()

    async def save(self) -> None:
        """Write down what is not written yet; what cannot be written is tried again with the next."""
        batch, self._unsaved = self._unsaved, {}
        now = self._clock.now()
        sweep = not timedelta(0) <= now - self._swept_at < SWEEP
        if sweep:
            self._swept_at = now
            self._known = {key: at for key, at in self._known.items() if now - at < KEPT[key.partition(" ")[0]]}
        try:
            await asyncio.to_thread(self._save, batch, now if sweep else None)
        except StoreError as error:
            self._unsaved = batch | self._unsaved
            log.warning("calls not written down yet", error=str(error))

    def _load(self) -> dict[str, datetime]:
        now = self._clock.now()
        with self._store.read() as conn:
            return {
                name: at for kind, age in KEPT.items() for name, at in deliveries.since(conn, kind, now - age).items()
            }

    def _save(self, batch: dict[str, datetime], sweep_at: datetime | None) -> None:
        with self._store.write() as conn:
            deliveries.add(conn, batch)
            if sweep_at is not None:
                for kind, age in KEPT.items():
                    deliveries.forget(conn, kind, sweep_at - age)

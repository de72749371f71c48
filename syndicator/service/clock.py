"""The one place where time is read, so that tests can hand in their own."""

import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
JUMP = 2.0
"""Seconds by which the wall clock may part from the steady one before it counts as set."""
SUSPICION = 600.0
"""Seconds for which a wall clock that was set is not believed for what cannot be undone."""


class Clock:
    """The machine's clocks. ``memory`` is a file that tells a clock set while nobody ran from one that was right."""

    def __init__(self, memory: Path | None = None) -> None:
        self._memory = memory
        self._offset: float | None = None
        self._set_at = -SUSPICION

    def now(self) -> datetime:
        """Give the present instant, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Give seconds on a clock that never jumps and that counts while the machine sleeps (R4, D17)."""
        # CLOCK_BOOTTIME exists on Linux only; elsewhere monotonic is the best there is.
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def sleep(self, seconds: float) -> None:
        """Wait; whoever owns time in a test lets it pass instead."""
        time.sleep(seconds)

    def steady(self) -> bool:
        """Say whether the wall clock can be believed: it was not set in the last minutes (T05).

        Asked before news is called stale, which is final: a clock that leaps ahead for a moment must not skip it all.
        """
        offset = self.now().timestamp() - self.elapsed()
        first = self._offset is None
        if self._offset is None:
            self._offset, self._set_at = self._recall() or (offset, -SUSPICION)
        moved = abs(offset - self._offset) > JUMP
        if moved:
            self._offset, self._set_at = offset, self.elapsed()
        if first or moved:
            self._remember()
        return self.elapsed() - self._set_at >= SUSPICION

    def boot(self) -> str:
        """Name this start of the machine: the steady clock counts from it."""
        try:
            return BOOT.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def _recall(self) -> tuple[float, float] | None:
        """Give what the last process knew (it ran since the same start of the machine); None when nobody did."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._memory.read_text(encoding="utf-8")) if self._memory else {}
            if self.boot() and found["boot"] == self.boot():
                return float(found["offset"]), float(found["set_at"])
        return None

    def _remember(self) -> None:
        # Lost, it only makes the next process as trusting as it was without.
        if self._memory is None:
            return
        draft = self._memory.with_name(f".{self._memory.name}.{os.getpid()}")
        known = {"boot": self.boot(), "offset": self._offset, "set_at": self._set_at}
        with suppress(OSError):
            draft.write_text(json.dumps(known), encoding="utf-8")
            draft.replace(self._memory)

"""The one place where time is read, so that tests can hand in their own."""

import time
from datetime import UTC, datetime

JUMP = 2.0
"""Seconds by which the wall clock may part from the steady one before it counts as set."""
SUSPICION = 600.0
"""Seconds for which a wall clock that was set is not believed for what cannot be undone."""


class Clock:
    """The machine's clocks."""

    def __init__(self) -> None:
        self._offset: float | None = None
        self._set_at = -SUSPICION

    def now(self) -> datetime:
        """Give the present instant, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Give seconds on a clock that never jumps and that counts while the machine sleeps (R4, D17)."""
        # CLOCK_BOOTTIME exists on Linux only; elsewhere monotonic is the best there is.
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def steady(self) -> bool:
        """Say whether the wall clock can be believed: it was not set in the last minutes (T05).

        Asked before news is called stale, which is final: a clock that leaps ahead for a moment must not skip it all.
        """
        offset = self.now().timestamp() - self.elapsed()
        if self._offset is None:
            self._offset = offset
        elif abs(offset - self._offset) > JUMP:
            self._offset, self._set_at = offset, self.elapsed()
        return self.elapsed() - self._set_at >= SUSPICION

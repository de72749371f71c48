"""The one place where time is read, so that tests can hand in their own."""

import time
from datetime import UTC, datetime


class Clock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Give the present instant, UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Give seconds on a clock that never jumps and that counts while the machine sleeps (R4, D17)."""
        # CLOCK_BOOTTIME exists on Linux only; elsewhere monotonic is the best there is.
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

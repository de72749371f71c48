"""Counts calls in fixed windows of the sandbox's clock, as X does for its rate limits."""

from dataclasses import dataclass

from syndicator.sandbox.state import State

WINDOW = 900.0
UNLIMITED = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left of a limit after one call."""

    limit: int
    remaining: int
    reset: int
    """Seconds since 1970."""
    exceeded: bool

    @property
    def used(self) -> int:
        """Calls so far in this window."""
        return self.limit - self.remaining

    def headers(self) -> dict[str, str]:
        """The ``x-rate-limit-*`` headers."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


def count_call(state: State, *, name: str, limit: int = UNLIMITED) -> Allowance:
    """Count one call against the limit ``name``."""
    now = state.clock.epoch()
    with state.lock:
        start, used = state.windows.get(name, (now, 0))
        if now >= start + WINDOW or now < start:
            start, used = now, 0
        exceeded = used >= limit
        used = used if exceeded else used + 1
        state.windows[name] = (start, used)
    return Allowance(limit=limit, remaining=limit - used, reset=int(start + WINDOW), exceeded=exceeded)

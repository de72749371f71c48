"""One thread at a time for each name, and nobody waits: whoever comes while another is at it asks that one to go on.

A channel's adapter serves one thread at a time, and both the daemon's tick and a push want to send on it. It must not
know what is done.
"""

import threading
from collections.abc import Callable

MOST = 50
"""So often the first one goes on for others; then the next tick takes over, so that it can say that it is alive."""


class Turns:
    """Turns by name. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._again: dict[str, bool] = {}
        """Names at which somebody is, and whether there is more to do than was seen when it began."""

    def take(self, name: str, act: Callable[[], object]) -> bool:
        """Call ``act``, again for each time that it was asked for meanwhile; False when another thread does it."""
        with self._lock:
            if name in self._again:
                self._again[name] = True
                return False
            self._again[name] = False
        try:
            for _ in range(MOST):
                act()
                if self._is_done(name):
                    return True
        except BaseException:
            self._leave(name)
            raise
        self._leave(name)
        return True

    def _is_done(self, name: str) -> bool:
        """Leave if nobody asked for more; asking and leaving must not pass each other."""
        with self._lock:
            if self._again[name]:
                self._again[name] = False
                return False
            del self._again[name]
            return True

    def _leave(self, name: str) -> None:
        with self._lock:
            self._again.pop(name, None)

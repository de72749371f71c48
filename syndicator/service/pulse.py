"""When each thing that should come back again and again last did. It reads no clock and tells nobody."""

import threading


class Pulse:
    """Beats by name, in seconds of the steady clock. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._beats: dict[str, float] = {}

    def beat(self, name: str, at: float) -> None:
        """Say that ``name`` came back."""
        with self._lock:
            self._beats[name] = at

    def late(self, now: float, *, after: float) -> list[str]:
        """Give the names that did not come back for more than ``after`` seconds."""
        with self._lock:
            return sorted(name for name, at in self._beats.items() if now - at > after)

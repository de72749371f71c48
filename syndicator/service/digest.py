"""Collects what a person should hear of in one piece: at once the first time, then at most once an hour."""

import threading

PACE = 3600.0
"""Seconds between two tellings of the same matter."""


class Digest:
    """Lines by matter, each given out once. Thread-safe; knows no clock and tells nobody itself."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, matter: str, line: str) -> None:
        """Keep a line until it is told."""
        with self._lock:
            self._lines.setdefault(matter, []).append(line)

    def take(self, elapsed: float) -> dict[str, list[str]]:
        """Give the lines whose time has come, by matter; ``elapsed`` is the steady clock in seconds."""
        with self._lock:
            due = {
                matter: lines
                for matter, lines in self._lines.items()
                if matter not in self._told or elapsed - self._told[matter] >= PACE
            }
            for matter in due:
                del self._lines[matter]
                self._told[matter] = elapsed
        return due

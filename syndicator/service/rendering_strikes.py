"""Templates that broke their limits time and again: they wait, so that not every article costs two seconds more.

A template is tried again after a while, and at once when its text changed.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from syndicator.errors import TemplateStopped

MOST = 3
"""Strikes in a row."""
PAUSE = 60.0
"""Seconds until one more try."""


@dataclass(frozen=True, slots=True)
class _Strike:
    text: object
    count: int
    at: float
    why: str


class Strikes:
    """What templates did of late, by their names."""

    def __init__(self) -> None:
        self._struck: dict[str, _Strike] = {}

    def add(self, error: TemplateStopped, text: object) -> None:
        """Count one more; another text begins anew."""
        before = self._struck.get(error.template)
        count = before.count + 1 if before and before.text == text else 1
        why = str(error).removeprefix(f"{error.template}: ")
        self._struck[error.template] = _Strike(text, count, time.monotonic(), why)

    def clear(self, names: Iterable[str]) -> None:
        """Forgive templates that did as they should."""
        for name in names if self._struck else ():
            self._struck.pop(name, None)

    def barred(self, name: str) -> str:
        """Say why a template is not tried now; empty when it is."""
        struck = self._struck.get(name)
        left = PAUSE - (time.monotonic() - struck.at) if struck and struck.count >= MOST else 0
        if struck is None or left <= 0:
            return ""
        return f"not tried for {left:.0f} seconds, {struck.count} times in a row {struck.why}"

    def same(self, name: str, text: object) -> bool:
        """Say whether a template is still the one that was struck."""
        struck = self._struck.get(name)
        return struck is not None and struck.text == text

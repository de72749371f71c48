"""The sandbox's own clock: what the played platforms call now. It can be moved; it never reads anyone else's clock."""

import time
from datetime import UTC, datetime
from email.utils import formatdate

GARBAGE = "yesterday, about noon"


class Clock:
    """The machine's time plus an offset, and what the ``Date`` header says."""

    def __init__(self) -> None:
        self.offset = 0.0
        """Seconds added to the machine's time."""
        self.date = ""
        """Empty: the truth; ``missing``; ``garbage``; anything else is sent as it is."""

    def epoch(self) -> float:
        """Now, in seconds since 1970."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """Now, as an aware UTC instant."""
        return datetime.fromtimestamp(self.epoch(), UTC)

    def header(self) -> str | None:
        """The value of the ``Date`` header, or None when it is to be left out."""
        if self.date == "missing":
            return None
        if self.date == "garbage":
            return GARBAGE
        return self.date or formatdate(self.epoch(), usegmt=True)

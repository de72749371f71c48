"""What one variant assumes: how the channel works, what is bounded, which rules are off, how large the scope is.

Time is in ticks of the platform's clock. ``None`` as a bound means that it may take for ever.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """How a doubtful post is settled on the channel."""

    STRICT = "strict"
    """Never sent again without a person."""
    RESEND = "resend"
    """Sent once more after proven absence."""
    FLIP = "flip"
    """Staged invisibly, then published by id, which may be repeated (``AfterUnknown.REPEAT``)."""


class Person(StrEnum):
    """Who answers for the posts that need somebody."""

    NOBODY = "nobody"
    RIGHT = "right"
    """Answers only what is true and will stay true."""
    HASTY = "hasty"
    """Believes what the timeline shows at this moment."""
    EAGER = "eager"
    """Only ever says "send again", whatever may be under way."""


class Rollback(StrEnum):
    """What happens when the database loses its last commits (fail-over, power cut, restored backup)."""

    NEVER = "never"
    UNNOTICED = "unnoticed"
    HALTED = "halted"
    """No claim until a person accepted it; nothing else is stopped."""
    QUARANTINED = "quarantined"
    """R14: every post that is not final becomes a fresh doubt."""


class Accepts(StrEnum):
    """Who finishes a post later than its answer."""

    NOBODY = "nobody"
    PLATFORM = "platform"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One variant's world."""

    mode: Mode = Mode.RESEND
    off: frozenset[str] = field(default_factory=frozenset)
    """Rules that do not hold; the words are explained where the steps ask for them."""

    deadline: int | None = 1
    """R4: from the fence to the check right before the write."""
    pause: int | None = 0
    """From that check to the write; only a signature that ages bounds it in reality (R5)."""
    network: int | None = 1
    queue: int | None = 1
    """Inside the platform, from accepting a request to applying it."""
    lag: int | None = 1
    """From applying a post to its being seen by a look-up."""
    signature: int | None = None
    """R5: the platform refuses a request signed longer ago; F counts both sides of its range."""
    window: int | None = None
    """R10: the settle window; None computes the shortest that is right."""

    reads: bool = True
    """The platform lets us read the timeline."""
    accepts: Accepts = Accepts.NOBODY
    person: Person = Person.NOBODY
    rollback: Rollback = Rollback.NEVER
    restart: bool = False
    """Losing commits also ends every worker."""

    workers: int = 2
    attempts: int = 2
    """The scope: how often a post may be claimed; also where an idempotent repeat gives up."""
    requests: int = 3
    """The scope: how many requests may be under way at once."""
    depth: int = 2
    """How many commits may be lost at once."""
    rollbacks: int = 1

    @property
    def settle(self) -> int:
        """The settle window in ticks; the real one adds a second, because a ``Date`` header has no fractions."""
        if self.window is not None:
            return self.window
        travel = self.signature if self.signature is not None else (self.pause or 0) + (self.network or 0)
        return (self.deadline or 0) + travel + (self.queue or 0) + (self.lag or 0)

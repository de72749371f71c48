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
    REPLAYED = "replayed"
    """What is in this machine's journal becomes a doubt or is published; the rest stays as it is."""
    QUARANTINED = "quarantined"
    """R14: every post that is not final becomes a fresh doubt, and so does what is planned anew."""


class Journal(StrEnum):
    """What became of the file in which a machine writes each intent and each receipt (R15)."""

    GONE = "gone"
    """With its machine, or there never was one; somebody says that commits were lost: a timeline, ``restore``."""
    THERE = "there"
    """It is replayed by whoever notices."""
    LATE = "late"
    """Its machine comes back after the others have noticed, and replays it then."""
    ALONE = "alone"
    """Nobody says that commits were lost: only the journal knows more than the log does."""


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
    journal: Journal = Journal.GONE
    machines: int = 1
    """With two, an attempt may be made where the journal is not kept."""
    planned: bool = True
    """False: the post is planned first, so that its very row may be lost."""
    switch: bool = False
    """Somebody throws the kill switch, and lets go of it again."""
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

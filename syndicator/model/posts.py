"""What is kept: posts, their attempts and look-ups."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from syndicator.model.teasers import Composed, Json


class State(StrEnum):
    """Where a post is. ``published`` and ``skipped`` are final; see ``core.lifecycle`` for the table."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    PUBLISHED = "published"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Our durable intent to show one article on one channel. ``id`` is also the marker in the link."""

    id: str
    key: str
    article_id: str
    channel: str
    platform: str
    edition: int
    state: State
    reason: str
    template: str
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    changed_at: datetime
    token: str | None = None
    """Token of the attempt that owns the post (R13); None when none is open."""
    lease_until: datetime | None = None
    attempts: int = 0
    clean: bool = True
    """R9: every earlier attempt is settled, so a refusal would be final."""
    payload: Composed | None = None
    """Frozen at the first claim (or at planning when held for approval)."""
    payload_sha256: str | None = None
    staged: Json | None = None
    """What staging left at the platform, first writer wins (R17)."""
    doubt_at: datetime | None = None
    """When the present doubt began (our clock; for the look-up schedule only)."""
    intent_at: datetime | None = None
    """Earliest platform time at which a doubtful attempt may have appeared."""
    settle_from: datetime | None = None
    """Platform time of the first complete look-up of the present doubt (R10)."""
    absences: int = 0
    """How many attempts were believed absent."""
    after_duplicate: bool = False
    """The present doubt comes from a duplicate refusal (R8)."""
    next_look_at: datetime | None = None
    pending: Json | None = None
    remote_id: str | None = None
    remote_url: str | None = None
    published_at: datetime | None = None
    text: str | None = None
    """An editor's own text (``post --text``), instead of the template."""
    note: str = ""
    """Why this edition exists (``post --again``)."""
    part: int = 0
    """0 for the post itself, n for its n-th follow-up, which goes out once the one before it is live."""
    follow_ups: int = 0
    """How many follow-ups wait for this post; 0 too once the next one has a row of its own."""


class Result(StrEnum):
    """How one attempt ended; ``open`` until then."""

    OPEN = "open"
    PUBLISHED = "published"
    PROCESSING = "processing"
    NOT_SENT = "not sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to bring a post forward; append-only, opened before the wire is touched."""

    token: str
    post_id: str
    n: int
    node: str
    opened_at: datetime
    fenced_at: datetime | None
    closed_at: datetime | None
    result: Result
    reason: str
    code: str | None
    http_status: int | None
    request_id: str | None
    platform_at: datetime | None
    payload_sha256: str
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpRecord:
    """One look-up as it is kept in the post log."""

    post_id: str
    at: datetime
    platform_at: datetime | None
    complete: bool
    permitted: bool
    seen: int
    hits: int
    note: str

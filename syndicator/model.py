"""The words of syndicator as frozen values. No behaviour beyond (de)serialising; no clock, network or SQL here.

Instants are timezone-aware UTC ``datetime`` and end in ``_at``; durations are ``timedelta``; ``remote_id`` is the
platform's identifier, ``id`` is ours. Money is US dollars as ``Decimal``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""An opaque JSON object: what one adapter wrote and only the same adapter reads."""


# --- sources and articles -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured place to read: kind, URL, interval, labels."""

    name: str
    kind: str
    url: str
    interval: timedelta = timedelta(minutes=5)
    labels: tuple[str, ...] = ()
    language: str | None = None
    max_age: timedelta = timedelta(hours=24)
    """Entries published longer ago than this are remembered but never planned."""
    allow_private: bool = False
    """The newsroom itself named a private or loopback address, so reading from one is intended (X16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture named by a source; not yet fetched."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One raw item as parsed in one fetch: transient and untrusted. Text fields are plain text, markup removed."""

    guid: str
    url: str
    canonical_url: str
    title: str
    summary: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: Picture | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Stored canonical item. ``id`` is derived from the first alias seen (``core.identity.article_id``)."""

    id: str
    guid: str
    url: str
    canonical_url: str
    title: str
    summary: str
    published_at: datetime | None
    updated_at: datetime | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    image: Picture | None
    language: str | None
    source: str
    first_seen_at: datetime


# --- channels, rules, routes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local wall time in which a channel does not publish; ``start`` > ``end`` spans midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Every delay that the safety of delivery rests on; the defaults are those of the reliability rules."""

    lease: timedelta = timedelta(seconds=120)
    """How long a worker owns a sending post before another may *recover* it (never: resend it)."""
    send_deadline: timedelta = timedelta(seconds=10)
    """R4: longest time from committed fence to the first byte written."""
    settle: timedelta | None = None
    """R10: by the platform's clock, before absence counts; None takes the platform's own default."""
    look_ups: tuple[timedelta, ...] = (
        timedelta(0),
        timedelta(seconds=15),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
    )
    """When to look after a doubt, counted from it; the last look-up is at the end of the settle window."""
    look_up_patience: timedelta = timedelta(hours=2)
    """How long look-ups may fail before a person is asked."""
    retry_first: timedelta = timedelta(seconds=30)
    """First wait after "certainly not sent"; doubles up to ``retry_most``."""
    retry_most: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One configured destination: platform + account + policy. Secrets are not here (see :class:`Credentials`)."""

    name: str
    platform: str
    account: str = ""
    template: str = ""
    """Template file name; empty means ``<platform>.j2``."""
    api_base: str = ""
    """Another server to talk to; plain http only to loopback. Empty means the real platform."""
    language: str | None = None
    timezone: str = "UTC"
    image: str = "card"
    """``attach``: upload the article's picture; ``card``: leave it to the link preview; ``none``."""
    min_interval: timedelta = timedelta(0)
    daily_cap: int | None = None
    monthly_budget: Decimal | None = None
    quiet_hours: QuietHours | None = None
    expires_after: timedelta = timedelta(hours=6)
    """R21: a post not sent this long after it became due is skipped as stale."""
    resend: bool = False
    """False is STRICT: a doubtful post is never sent again without a person. True is RESEND (opt-in)."""
    utm: Mapping[str, str] = field(default_factory=dict)
    """Extra query parameters for the link; ``utm_content`` is always the marker."""
    windows: Windows = field(default_factory=Windows)
    options: Mapping[str, str] = field(default_factory=dict)
    """What only this platform knows (``page_id``, ``driver``, ``publish_mode`` …), validated against its spec."""


class Credentials:
    """Secrets of one channel, by name. Never printed: ``repr`` shows the names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def get(self, name: str) -> str | None:
        """The secret, or None when it is not configured."""
        return self._values.get(name)

    def secrets(self) -> tuple[str, ...]:
        """All values, for redacting them from messages and logs."""
        return tuple(value for value in self._values.values() if value)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self._values))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option or credential that a platform understands, with the sentence that explains it."""

    name: str
    help: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSpec:
    """What the configuration may say about a platform; each platform module has one as ``SPEC``."""

    name: str
    title: str
    credentials: tuple[Field, ...] = ()
    options: tuple[Field, ...] = ()
    default_image: str = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """(channel, template, timing) named by a rule."""

    channel: str
    template: str = ""
    delay: timedelta = timedelta(0)
    approval: bool = False
    """True: the post is held until an editor approves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Predicate over articles and the routes it opens. Empty conditions match everything; all must hold."""

    name: str
    routes: tuple[Route, ...]
    sources: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    title: str = ""
    """Regular expression searched in the title, case-insensitively."""
    not_title: str = ""
    final: bool = False
    """True: later rules are not asked once this one matched."""


# --- teasers and requests -------------------------------------------------------------------------------------------


class AfterUnknown(StrEnum):
    """What a platform allows after a doubtful publish."""

    REPEAT = "repeat"
    """Publishing again is idempotent (publish by id)."""
    LOOK = "look"
    """A complete look-up may prove absence after the settle window."""
    ASK = "ask"
    """Never resend without a person."""


class Counting(StrEnum):
    """How a platform counts its text limit."""

    X_WEIGHTED = "x-weighted"
    UTF16 = "utf-16"
    CODE_POINTS = "code-points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one platform allows, seen from one channel."""

    text_limit: int
    counting: Counting
    after_unknown: AfterUnknown
    settle: timedelta
    """Default settle window W (R10)."""
    link_in_text: bool
    """True: the link is part of the text and counts; False: it is a field of its own."""
    media_types: tuple[str, ...] = ("image/jpeg", "image/png")
    media_limit: int = 0
    """How many pictures a post may carry; 0 = none."""
    media_max_bytes: int = 0
    media_ratio: tuple[int, int] | None = None
    """Picture shape the platform shows (width, height), e.g. (1, 1); None = as it is."""
    alt_limit: int = 0
    """Longest alternative text in characters; 0 = the platform takes none."""
    price: Decimal = Decimal(0)
    price_with_link: Decimal = Decimal(0)
    max_cashtags: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture made ready: named by the SHA-256 of its bytes, which the store keeps."""

    sha256: str
    mime: str
    width: int
    height: int
    size: int
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaser:
    """Rendered text, link and media for one channel: a value.

    ``text`` is complete, with the link in it where the platform wants it there; ``link`` carries the marker.
    """

    channel: str
    platform: str
    template: str
    text: str
    link: str
    length: int
    limit: int
    media: tuple[Media, ...] = ()
    language: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The exact request to come, frozen with the post: every attempt sends the same bytes."""

    platform: str
    marker: str
    teaser: Teaser
    request: Json
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A composed post with what its invisible preparation left at the platform (media ids, a draft's id)."""

    composed: Composed
    refs: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof from the platform: remote id, URL, time."""

    remote_id: str
    remote_url: str
    platform_at: datetime | None = None
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The platform accepted, or a person was handed the work; the receipt comes later."""

    detail: Json = field(default_factory=dict)
    person: bool = False
    """True: a person has to act (hand-off)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """One reading of the channel's own timeline.

    ``complete`` is True only under R11: 200, uncached, read back past the intent's platform time, every expected field
    present. ``seen`` counts the remote posts read; ``hits`` are those that carry the marker (or the exact text).
    """

    hits: tuple[Receipt, ...]
    complete: bool
    permitted: bool = True
    platform_at: datetime | None = None
    seen: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the credentials are at the platform, and what they may not do."""

    remote_id: str
    name: str
    warnings: tuple[str, ...] = ()


LoadMedia: TypeAlias = Callable[[str], bytes]
"""Give the bytes of a picture by its SHA-256."""

Guard: TypeAlias = Callable[[], None]
"""Called with the connection up, right before the first byte is written; raises ``SendDeadlinePassed`` (R4)."""


# --- posts and attempts ---------------------------------------------------------------------------------------------


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
    token: str | None
    """Token of the attempt that owns the post (R13); None when none is open."""
    lease_until: datetime | None
    attempts: int
    clean: bool
    """R9: every earlier attempt is settled, so a refusal would be final."""
    payload: Composed | None
    """Frozen at the first claim (or at planning when held for approval)."""
    payload_sha256: str | None
    staged: Json | None
    """What staging left at the platform, first writer wins (R17)."""
    doubt_at: datetime | None
    """When the present doubt began (our clock; for the look-up schedule only)."""
    intent_at: datetime | None
    """Earliest platform time at which a doubtful attempt may have appeared."""
    settle_from: datetime | None
    """Platform time of the first complete look-up of the present doubt (R10)."""
    absences: int
    """How many attempts were believed absent."""
    after_duplicate: bool
    """The present doubt comes from a duplicate refusal (R8)."""
    next_look_at: datetime | None
    pending: Json | None
    remote_id: str | None
    remote_url: str | None
    published_at: datetime | None
    text: str | None = None
    """An editor's own text (``post --text``), instead of the template."""
    note: str = ""
    """Why this edition exists (``post --again``)."""


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

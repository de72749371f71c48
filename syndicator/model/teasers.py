"""What is sent: capabilities, teasers, requests, and what a platform answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""An opaque JSON object: what one adapter wrote and only the same adapter reads."""


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
    MASTODON = "mastodon"
    """Grapheme clusters; any link counts 23, ``@user@host`` as ``@user``. Usual limit: 500."""
    BLUESKY = "bluesky"
    """Grapheme clusters, or a tenth of the UTF-8 bytes where that is more: limit 300, which is 3,000 bytes."""


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
    media_max_side: int = 0
    """Longest side of a picture in pixels; 0 = the platform names none."""
    alt_limit: int = 0
    """Longest alternative text in characters; 0 = the platform takes none."""
    link_card: bool = False
    """True: a post with a link and no picture shows a card that the platform makes of the linked page."""
    parts_most: int = 0
    """How many follow-ups a post may have (posts of a thread, a first comment); 0 = none."""
    part_limit: int = 0
    """Longest text of a follow-up, counted as the post's own; 0 = as the post's own."""
    price: Decimal = Decimal(0)
    price_with_link: Decimal = Decimal(0)
    max_cashtags: int | None = None
    when_shown: Mapping[str, str] = field(default_factory=dict)
    """Not empty: what is staged has to be invisible, which the adapter's ``probe`` must show first (R18). Options
    that take over for posts not yet composed when it proves visible."""


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
class HouseStyle:
    """What the newsroom wants in all its teasers, whatever the template."""

    hashtags: Mapping[str, str] = field(default_factory=dict)
    """The hashtag (without ``#``) for a tag; ``European Union`` and ``european union`` are the same tag."""
    stop: tuple[str, ...] = ()
    """Tags that never become hashtags, beside the ones that content systems are known for."""
    allow: tuple[str, ...] = ()
    """Mentions, hashtags and cashtags (``@EU_today``) that stay alive in texts of sources (C02)."""
    boilerplate: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What only one source prints around its articles, by the source's name (``Source.boilerplate``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How the newsroom looks on cards that are drawn for articles without a picture. Colours are ``#rrggbb``."""

    name: str = ""
    logo: str = ""
    """Path of a PNG, JPEG or WebP; empty: none."""
    background: str = "#12263f"
    text: str = "#ffffff"
    accent: str = "#f2b632"
    fonts: tuple[str, ...] = ()
    """Paths of font files that are asked before the system's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One follow-up of a post: the next post of a thread, or the first comment. It fits its platform by itself."""

    text: str
    length: int
    limit: int
    link: str = ""
    """The post's link where the text has it, with this follow-up's own marker; empty without."""


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
    template_why: str = ""
    """Why this template and no other: named by the route, for the source …"""
    parts: tuple[Part, ...] = ()
    """What follows the post, in order; each becomes a post of its own in the log once the one before it is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The exact request to come, frozen with the post: every attempt sends the same bytes."""

    platform: str
    marker: str
    teaser: Teaser
    request: Json
    cost: Decimal = Decimal(0)
    after_unknown: AfterUnknown = AfterUnknown.LOOK
    """What this very request allows after a doubt; the channel's configuration may have changed since."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a staged canary showed (R18): whether readers of the channel see what is only staged."""

    hidden: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A staged remote post that is still invisible. ``age`` is by the platform's clock, None when it does not say.

    ``markers`` are those in its links and words; ``canary`` says that it is what a probe left behind.
    """

    remote_id: str
    age: timedelta | None
    markers: tuple[str, ...] = ()
    canary: bool = False


LoadMedia: TypeAlias = Callable[[str], bytes]
"""Give the bytes of a picture by its SHA-256."""

Guard: TypeAlias = Callable[[], None]
"""Called with the connection up, right before the first byte is written; raises ``SendDeadlinePassed`` (R4)."""

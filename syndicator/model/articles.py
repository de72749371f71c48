"""What is read: sources, entries, articles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured place to read: kind, URL, interval, labels."""

    name: str
    kind: str
    url: str
    interval: timedelta = timedelta(minutes=5)
    """Between two polls; where ``interval_most`` is given, the shortest."""
    interval_most: timedelta | None = None
    """The longest time between two polls that the source's own rhythm may lead to; None keeps ``interval``."""
    labels: tuple[str, ...] = ()
    language: str | None = None
    max_age: timedelta = timedelta(hours=24)
    """Entries published longer ago than this are remembered but never planned."""
    allow_private: bool = False
    """The newsroom itself named a private or loopback address, so reading from one is intended (X16)."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What only the kind knows (``api``, ``pages`` …), validated against its spec."""
    live_check: bool = False
    """True: an article's address is asked once more right before it is posted (F07)."""
    flood_limit: int | None = None
    """So many new articles in one poll are believed; None takes what the source's history makes plausible (F08)."""
    websub: bool = True
    """True: the source's hub, if it names one, is asked to tell us of news; where hubs know how to find us."""
    webhook: bool = False
    """True: the newsroom's own system may tell us of news (signed)."""
    boilerplate: tuple[str, ...] = ()
    """What this source prints around its articles and no lead may show: phrases, or ``re:`` and an expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture named by a source; not yet fetched."""

    url: str
    alt: str = ""
    others: tuple["Picture", ...] = field(default=(), compare=False)
    """What else the source names, best first, for when this one cannot be had. Other runners-up are no other picture:
    an article whose picture stays the same was not edited.
    """


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
    revised_at: datetime | None = None
    """When a reader could last see it change, by our clock; None for one that was just read."""

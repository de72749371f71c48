"""What is read: sources, entries, articles."""

from dataclasses import dataclass
from datetime import datetime, timedelta


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

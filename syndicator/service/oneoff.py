"""Read articles for a person who names them: a page, a file, or what a source has now. Touches no state."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from syndicator import sources
from syndicator.errors import SourceInvalid
from syndicator.model import Article, Entry, Source
from syndicator.service.remember import article_from, newest
from syndicator.sources import _child, feed, webpage

TYPED = "command-line"
"""Source name of an article that no configured source knows."""


def is_url(text: str) -> bool:
    """Say whether ``text`` is a web address (else it is a file's path)."""
    return text.startswith(("http://", "https://"))


def owner(url: str, configured: Sequence[Source]) -> Source:
    """Give the configured source on the same host, so that its labels, language and permissions hold; else a bare one.

    A person who types a private address names it, so reading from it is intended (X16); see ``named``.
    """
    host = urlsplit(url).netloc
    for source in configured:
        if host and urlsplit(source.url).netloc == host:
            return source
    return Source(name=TYPED, kind="webpage", url=url, allow_private=True)


def named(source: Source) -> str:
    """Give the address whose server may be private because a person typed it; empty where the configuration says."""
    return source.url if source.name == TYPED else ""


def read_page(where: str, *, configured: Sequence[Source], now: datetime) -> Article:
    """Read one article from a page's URL or from a local .html, .md or .txt file.

    Raises:
        SourceError: unreachable, or without the title or link that a post needs.
    """
    if not is_url(where):
        path = Path(where)
        if not path.is_file():
            raise SourceInvalid("no such file", source=where)
        entry = webpage.read_file(path)
        return article_from(entry, source=owner(entry.url, configured), now=now)
    source = owner(where, configured)
    _child.warm("webpage")  # it starts while we fetch
    entry = asyncio.run(_read_page(where, source))
    return article_from(entry, source=source, now=now)


async def _read_page(url: str, source: Source) -> Entry:
    from syndicator.sources._fetch import Fetcher  # aiohttp costs more than a whole preview of a file

    async with Fetcher(named=named(source)) as fetcher:
        return await webpage.read_page(url, fetcher=fetcher, allow_private=source.allow_private)


def read_source(source: Source, *, now: datetime, latest: int | None = None) -> tuple[Article, ...]:
    """Read what a source has now; ``latest`` keeps the newest N."""
    if source.kind in ("feed", "webpage"):
        _child.warm(source.kind)
    reading = asyncio.run(_read_source(source))
    entries = reading.entries if latest is None else newest(reading.entries, latest)
    return tuple(article_from(entry, source=source, now=now) for entry in entries)


async def _read_source(source: Source) -> sources.Reading:
    from syndicator.sources._fetch import Fetcher  # aiohttp costs more than a whole preview of a file

    async with Fetcher(named=named(source)) as fetcher:
        return await sources.read(source, None, fetcher)


def read_feed(where: str, *, configured: Sequence[Source], now: datetime) -> tuple[Article, ...]:
    """Read a feed by its URL or from a file."""
    source = Source(name=TYPED, kind="feed", url=where, allow_private=True)
    if is_url(where):
        named = owner(where, configured)
        return read_source(named if named.url == where else source, now=now)
    path = Path(where)
    if not path.is_file():
        raise SourceInvalid("no such file", source=where)
    reading = feed.parse(path.read_bytes(), url=path.resolve().as_uri(), content_type="", source=source)
    return tuple(article_from(entry, source=source, now=now) for entry in reading.entries)

"""Fixtures: a site on loopback, a source, and calling the fetcher from plain tests."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from syndicator.model import Source
from syndicator.sources import Reading
from syndicator.sources._fetch import Fetched, Fetcher
from syndicator.sources.feed import parse

from .site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def get() -> Callable[..., Fetched]:
    """Fetch one address with a fetcher of its own."""

    def fetch(url: str, *, deadline: float = 5, **options: Any) -> Fetched:
        async def run() -> Fetched:
            async with Fetcher(deadline=timedelta(seconds=deadline)) as fetcher:
                return await fetcher.get(url, **{"allow_private": True, **options})

        return asyncio.run(run())

    return fetch


@pytest.fixture
def source() -> Source:
    return Source(name="news", kind="feed", url="https://eutoday.example/feed/")


@pytest.fixture
def reading(source: Source) -> Callable[..., Reading]:
    """Parse a feed as if it came from the source's address."""

    def run(body: str | bytes, *, content_type: str = "", **fields: Any) -> Reading:
        from dataclasses import replace

        data = body.encode() if isinstance(body, str) else body
        return parse(data, url=source.url, content_type=content_type, source=replace(source, **fields))

    return run


def rss(*items: str, head: str = "") -> str:
    """Write an RSS 2.0 document around ``items``."""
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    )
    inner = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<channel><title>EU Today</title>{head}{inner}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0" {spaces}>{channel}</rss>'


def item(title: str = "A vote", *, link: str = "https://eutoday.example/a", rest: str = "") -> str:
    """Write the inside of an RSS item."""
    return f"<title>{title}</title><link>{link}</link>{rest}"

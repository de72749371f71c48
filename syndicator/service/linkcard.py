"""An article as its page tells it to platforms: what their link cards will show. For looking at; decides nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from syndicator.errors import SourceError
from syndicator.model import Article, Picture, Source
from syndicator.service import oneoff
from syndicator.sources.linkcard import Tags, read

SECONDS = 5.0


def seen(
    article: Article, *, configured: Sequence[Source], typed: str = "", seconds: float = SECONDS
) -> Article | None:
    """Give the article with title, summary and picture of its page's tags; None when the page cannot be read.

    A private address is read only for sources that may have one, and at the server that a person ``typed`` (X16): what
    a page calls its own address is the page's word.
    """
    known = {source.name: source.allow_private for source in configured}
    by_hand = article.source not in known and article.source == oneoff.TYPED
    allow_private = known.get(article.source, by_hand and bool(typed))
    named = typed if by_hand else ""
    try:
        tags = asyncio.run(_read(article.url, named=named, allow_private=allow_private, seconds=seconds))
    except (SourceError, TimeoutError, OSError):
        return None
    return replace(
        article,
        title=tags.title,
        summary=tags.description,
        image=Picture(url=tags.image, alt=tags.alt) if tags.image else None,
    )


async def _read(url: str, *, named: str, allow_private: bool, seconds: float) -> Tags:
    from syndicator.sources._fetch import Fetcher

    async with asyncio.timeout(seconds), Fetcher(named=named) as fetcher:
        return await read(url, fetcher=fetcher, allow_private=allow_private)

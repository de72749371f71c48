"""Read an article's page right before its post goes out: is it there, was it taken back, has it what a card needs?

It decides nothing and takes no longer than a few seconds.
"""

import asyncio

import structlog

from syndicator.errors import SourceError
from syndicator.model import Article, Entry, Source
from syndicator.service.parts import Page

log = structlog.get_logger("syndicator.live")

SECONDS = 5.0
CARD_SECONDS = 8.0
"""For a page and its picture together."""
GONE = {404: "not found (404)", 410: "gone for good (410)"}


def page(source: Source, article: Article, *, seconds: float = SECONDS) -> Page:
    """Ask for the page of an article; an empty answer says nothing, whatever the reason."""
    try:
        entry = asyncio.run(_read(article.url, allow_private=source.allow_private, seconds=seconds))
    except SourceError as error:
        if error.status in GONE:
            return Page(gone=GONE[error.status])
        log.info("live check without a verdict", article=article.id, error=str(error))
    except (TimeoutError, OSError) as error:
        log.info("live check without a verdict", article=article.id, error=repr(error))
    else:
        return Page(title=entry.title, canonical_url=entry.canonical_url)
    return Page()


def link_card(article: Article, *, allow_private: bool, seconds: float = CARD_SECONDS) -> str:
    """Say why the card that a platform makes of an article's page would be empty; empty when it would be complete."""
    try:
        asyncio.run(_look(article.url, allow_private=allow_private, seconds=seconds))
    except SourceError as error:
        return str(error).removeprefix(f"{error.source}: ")
    except TimeoutError:
        return f"its page and its picture take more than {seconds:g} seconds"
    except OSError as error:
        return f"its page cannot be read: {error}"
    return ""


async def _look(url: str, *, allow_private: bool, seconds: float) -> None:
    from syndicator.sources import cardcheck
    from syndicator.sources._fetch import Fetcher

    async with asyncio.timeout(seconds), Fetcher() as fetcher:
        await cardcheck.look(url, fetcher=fetcher, allow_private=allow_private)


async def _read(url: str, *, allow_private: bool, seconds: float) -> Entry:
    from syndicator.sources import webpage
    from syndicator.sources._fetch import Fetcher

    async with asyncio.timeout(seconds), Fetcher() as fetcher:
        return await webpage.read_page(url, fetcher=fetcher, allow_private=allow_private)

"""Every way in which we come to open an address that somebody else names (X16). A new one is one line in ``ENTRIES``.

Each takes an address and raises SourceError when it was not read. Where a public server has to name it first, that
server's answer is played and what follows is real.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import aiohttp
from multidict import CIMultiDict

from syndicator import sources, wiring
from syndicator.errors import SourceError
from syndicator.model import Picture, Source
from syndicator.push.websub import _over_tls
from syndicator.service import linkcard, live, oneoff
from syndicator.service.parts import Page
from syndicator.sources import _announced, _memo, cardcheck, images, webpage, wordpress
from syndicator.sources._fetch import Fetcher
from tests import values

PUBLIC = "93.184.216.34"
HOME = f"http://{PUBLIC}/"

Entry = Callable[[Fetcher, str], Awaitable[object]]


@dataclass
class Answer:
    """What the public server says."""

    body: str = ""
    status: int = 200
    location: str = ""
    link: str = ""
    type: str = "text/html"

    @property
    def headers(self) -> CIMultiDict[str]:
        said = {"Location": self.location, "Link": self.link, "Content-Type": self.type}
        return CIMultiDict({name: value for name, value in said.items() if value})

    @property
    def content(self) -> Self:
        return self

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self.body.encode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Elsewhere:
    """A session whose first answer is a public server's; what follows goes over the real one."""

    def __init__(self, real: aiohttp.ClientSession, answer: Answer) -> None:
        self._real = real
        self._answer: Answer | None = answer

    def get(self, url: object, **options: Any) -> Any:
        return self._give(self._real.get, url, options)

    def post(self, url: object, **options: Any) -> Any:
        return self._give(self._real.post, url, options)

    def _give(self, real: Callable[..., Any], url: object, options: dict[str, Any]) -> Any:
        answer, self._answer = self._answer, None
        return real(url, **options) if answer is None else answer


async def after(
    answer: Answer, fetcher: Fetcher, ask: Callable[[], Awaitable[object]], *, private: bool = False
) -> Any:
    """Ask, with the public server's answer first."""
    real = fetcher._session(allow_private=private)
    elsewhere: Any = Elsewhere(real, answer)
    fetcher._sessions[private] = elsewhere
    try:
        return await ask()
    finally:
        fetcher._sessions[private] = real


def kind(name: str, **fields: Any) -> Entry:
    return lambda fetcher, url: sources.read(Source(name="news", kind=name, url=url, **fields), None, fetcher)


def named_by(name: str, answer: Callable[[str], Answer], *, path: str = "") -> Entry:
    """Let the address that a source of a kind has configured name the other one."""
    source = Source(name="news", kind=name, url=HOME + path)

    async def read(fetcher: Fetcher, url: str) -> object:
        reading = await after(answer(url), fetcher, lambda: sources.read(source, None, fetcher))
        if not reading.entries:
            raise SourceError("nothing came of it", source="news")
        return reading

    return read


async def feed_found_before(fetcher: Fetcher, url: str) -> object:
    """The feed that a page announced the last time."""
    kept = _memo.write("feed", url=url, page=HOME, at=url)
    return await sources.read(Source(name="news", kind="feed", url=HOME), kept, fetcher)


async def interface_found_before(fetcher: Fetcher, url: str) -> object:
    source = Source(name="news", kind="wordpress", url=HOME)
    kept = _memo.write("wordpress", url=url, at=url, asked=wordpress._asked(source))
    return await wordpress._Poll(source, fetcher, wordpress._Memo.of(kept)).run()


async def interface_configured(fetcher: Fetcher, url: str) -> object:
    source = Source(name="news", kind="wordpress", url=HOME, options={"api": url})
    return await sources.read(source, None, fetcher)


async def sitemap_found_before(fetcher: Fetcher, url: str) -> object:
    kept = _memo.write("sitemap", url=HOME, asked=url, starts=[url], kept={}, met="")
    return await sources.read(Source(name="news", kind="sitemap", url=url), kept, fetcher)


async def redirected(fetcher: Fetcher, url: str) -> object:
    return await after(Answer(status=308, location=url), fetcher, lambda: fetcher.get(HOME))


async def typed_redirected(_: Fetcher, url: str) -> object:
    """A person typed the address of a public server: that one might have been private, but not what it names."""
    async with Fetcher(named=HOME) as fetcher:
        answer = Answer(status=302, location=url)
        return await after(answer, fetcher, lambda: fetcher.get(HOME, allow_private=True), private=True)


async def typed_feed_announced(_: Fetcher, url: str) -> object:
    source = Source(name=oneoff.TYPED, kind="feed", url=HOME, allow_private=True)
    page = Answer(f'<html><link rel="alternate" type="application/rss+xml" href="{url}"><p>x')
    async with Fetcher(named=oneoff.named(source)) as fetcher:
        return await after(page, fetcher, lambda: sources.read(source, None, fetcher), private=True)


async def hub_redirected(fetcher: Fetcher, url: str) -> object:
    fields = {"hub.mode": "subscribe"}
    return await after(Answer(status=308, location=url), fetcher, lambda: fetcher.submit(HOME, fields))


async def hub_announced(fetcher: Fetcher, url: str) -> object:
    hub, _ = _announced.in_headers(f'<{url}>; rel="hub"', base=HOME)
    if not hub:
        raise SourceError("no hub", source="news")
    return await fetcher.submit(_over_tls(hub), {"hub.mode": "subscribe"})


async def card_picture(fetcher: Fetcher, url: str) -> object:
    page = Answer(f'<html><meta property="og:title" content="x"><meta property="og:image" content="{url}"><p>x')
    return await after(page, fetcher, lambda: cardcheck.look(HOME, fetcher=fetcher, allow_private=False))


async def live_check(_: Fetcher, url: str) -> object:
    source = Source(name="news", kind="feed", url=HOME)
    found = await asyncio.to_thread(live.page, source, values.article(url=url))
    if found == Page():
        raise SourceError("no verdict", source="news")
    return found


async def preflight(_: Fetcher, url: str) -> object:
    if why := await asyncio.to_thread(live.link_card, values.article(url=url), allow_private=False):
        raise SourceError(why, source="news")
    return url


def card_shown(source: str, typed: str = "") -> Entry:
    async def look(_: Fetcher, url: str) -> object:
        article = values.article(url=url, source=source)
        found = await asyncio.to_thread(linkcard.seen, article, configured=(), typed=typed)
        if found is None:
            raise SourceError("no card", source="news")
        return found

    return look


async def page_of_pictures(_: Fetcher, url: str) -> object:
    return await wiring._pictures_of_page(values.article(url=url), allow_private=False)


async def picture_of_an_article(_: Fetcher, url: str) -> object:
    article = replace(values.article(url=HOME), image=Picture(url=url))
    return await wiring._fetch_picture(article, allow_private=False)


def sitemap(url: str, *, inside: str) -> Answer:
    what = "sitemapindex" if inside == "sitemap" else "urlset"
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Answer(f'<{what} xmlns="{space}"><{inside}><loc>{url}</loc></{inside}></{what}>', type="text/xml")


ENTRIES: dict[str, Entry] = {
    "feed": kind("feed"),
    "feed that a page announces": named_by(
        "feed", lambda url: Answer(f'<html><link rel="alternate" type="application/rss+xml" href="{url}"><p>x')
    ),
    "feed that was found before": feed_found_before,
    "web page": kind("webpage"),
    "sitemap": kind("sitemap"),
    "sitemap that was found before": sitemap_found_before,
    "sitemap that robots.txt names": named_by(
        "sitemap", lambda url: Answer(f"User-agent: *\nDisallow:\nSitemap: {url}\n", type="text/plain")
    ),
    "sitemap in an index": named_by("sitemap", lambda url: sitemap(url, inside="sitemap"), path="sitemap.xml"),
    "page in a sitemap": named_by("sitemap", lambda url: sitemap(url, inside="url"), path="sitemap.xml"),
    "WordPress": kind("wordpress"),
    "WordPress interface that a site announces": named_by(
        "wordpress", lambda url: Answer("<html><p>x", link=f'<{url}wp-json/>; rel="https://api.w.org/"')
    ),
    "WordPress interface that was found before": interface_found_before,
    "WordPress interface that is configured": interface_configured,
    "article page": lambda fetcher, url: webpage.read_page(url, fetcher=fetcher),
    "article page asked for pictures": page_of_pictures,
    "live check": live_check,
    "link card before a post": preflight,
    "link card's picture before a post": card_picture,
    "link card in a preview": card_shown("news"),
    "link card of an article that was typed": card_shown(oneoff.TYPED),
    "link card of a page that calls itself something else": card_shown(oneoff.TYPED, typed=HOME),
    "picture": lambda fetcher, url: images.fetch_image(url, fetcher=fetcher),
    "picture of an article": picture_of_an_article,
    "hub": lambda fetcher, url: fetcher.submit(url, {"hub.mode": "subscribe"}),
    "hub that a feed announces": hub_announced,
    "redirect": redirected,
    "redirect of a hub": hub_redirected,
    "redirect of what a person typed": typed_redirected,
    "feed that a typed page announces": typed_feed_announced,
}

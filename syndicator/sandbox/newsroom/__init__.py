"""The sandbox's newspaper over HTTP: feeds, article pages, pictures, under ``/news``; WordPress-shaped and invented.

Imports nothing of the product: a reader that shared code with it would prove nothing.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import web

from syndicator.sandbox.newsroom import feeds, images, pages, restapi, sitemaps
from syndicator.sandbox.newsroom.archive import Archive
from syndicator.sandbox.newsroom.articles import BOILERPLATE, NAME, Draft, NewsArticle
from syndicator.sandbox.newsroom.site import asset, fingerprint

__all__ = ["BOILERPLATE", "NAME", "Card", "NewsArticle", "Newsroom"]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FEEDS = {
    "/news/feed/": (feeds.rss, feeds.RSS),
    "/news/atom.xml": (feeds.atom, feeds.ATOM),
    "/news/feed.json": (feeds.json_feed, feeds.JSON),
}


SITEMAPS = {
    "/news/sitemap.xml": (sitemaps.index, sitemaps.XML),
    "/news/news-sitemap.xml": (sitemaps.news, sitemaps.XML),
    "/news/post-sitemap.xml": (sitemaps.posts, sitemaps.XML),
    "/news/post-sitemap.xml.gz": (sitemaps.packed, sitemaps.GZIP),
}
_SIZED = re.compile(r"(.+)-(\d{2,4})x(\d{2,4})")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What an article's page says about itself to link previews; addresses are absolute, ``image`` may be empty."""

    url: str
    title: str
    description: str
    image: str
    image_alt: str
    domain: str
    site_name: str
    language: str

    def dump(self) -> dict[str, str]:
        """The JSON form."""
        return asdict(self)


class Newsroom:
    """The newspaper. Safe to use from other threads while its server runs.

    Args:
        base_url: scheme, host and port without a path, or a function that gives them (the port may be known later).
        now: the instant the articles' ages are counted from; default: the clock's.
        articles: how many are out at the start, the newest ones; default: all; ``publish`` brings out the others.
        clock: gives the present, for what is published later.
        feed_size: how many items a feed has at most.
    """

    def __init__(
        self,
        base_url: str | Callable[[], str],
        *,
        now: datetime | None = None,
        articles: int | None = None,
        clock: Callable[[], datetime] | None = None,
        feed_size: int = 50,
    ) -> None:
        self._base_url = base_url
        self._feed_size = feed_size
        self._archive = Archive(now=now, articles=articles, clock=clock)
        self.plain_permalinks = False
        """The REST API hangs on ``?rest_route=`` instead of ``/wp-json/``."""
        self.api_refusal: restapi.Refused | None = None
        """What a plug-in that closes the REST API to visitors answers instead."""
        self.hub = ""
        """Address of the hub that the feeds name in their headers (WebSub); empty: none."""
        self.garble: Callable[[str, bytes], bytes] | None = None
        """What a broken server makes of an answer: path and true body in, body out."""

    @property
    def api(self) -> str:
        """Address of the REST API's root."""
        return f"{self.base}/news/" + ("?rest_route=/" if self.plain_permalinks else "wp-json/")

    @property
    def base(self) -> str:
        """Scheme, host and port of the site."""
        return (self._base_url() if callable(self._base_url) else self._base_url).rstrip("/")

    @property
    def articles(self) -> tuple[NewsArticle, ...]:
        """What is out, newest first."""
        return self._archive.all()

    def url(self, article: NewsArticle) -> str:
        """Give the absolute address of an article's page."""
        return self.base + article.path

    def publish(self, **fields: Any) -> NewsArticle:
        """Bring out a new article on top of the feeds; see :class:`Draft` for the fields, all optional.

        Raises:
            TypeError: an unknown field.
            ValueError: an unknown motif, a palette without four colours, an instant without time zone.
        """
        return self._archive.add(Draft(**fields))

    def revise(self, slug: str, **fields: Any) -> NewsArticle:
        """Correct an article that is out; ``fields`` are those of :class:`NewsArticle`.

        Raises:
            KeyError: no such article.
            TypeError: an unknown field.
        """
        return self._archive.change(slug, fields)

    def withdraw(self, slug: str) -> bool:
        """Take an article offline; False when there was none."""
        return self._archive.remove(slug)

    def card(self, url: str) -> Card | None:
        """Give the link preview of an own article's address, whatever parameters it carries; None for other sites."""
        base = urlsplit(self.base)
        try:
            asked = urlsplit(url)
        except ValueError:
            return None
        same = asked.netloc == base.netloc or (asked.hostname in LOOPBACK and base.hostname in LOOPBACK)
        article = self._at(asked.path, asked.query) if same else None
        if article is None:
            return None
        return Card(
            url=self.url(article),
            title=article.title,
            description=article.summary,
            image=self.base + article.image_path if article.image_path else "",
            image_alt=article.image_alt,
            domain=base.netloc,
            site_name=NAME,
            language=article.language,
        )

    def _at(self, path: str, query: str) -> NewsArticle | None:
        parts = unquote(path).strip("/").split("/")
        if parts == ["news"]:
            return self._archive.numbered(parse_qs(query).get("p", [""])[0])
        return self._archive.find(parts[3]) if len(parts) == 4 and parts[0] == "news" else None

    # --- over HTTP

    def routes(self) -> list[web.RouteDef]:
        """Give the routes under ``/news``."""
        places: list[tuple[str, Handler]] = [
            ("/news", self._to_slash),
            ("/news/", self._front),
            *((path, self._feed) for path in FEEDS),
            ("/news/feed", self._to_slash),
            ("/news/comments/feed/", self._comments),
            *((path, self._sitemap) for path in SITEMAPS),
            ("/robots.txt", self._robots),
            ("/news/robots.txt", self._robots),
            ("/news/wp-json", self._to_slash),
            (r"/news/wp-json/{route:.*}", self._api),
            ("/news/assets/{name}", self._asset),
            ("/news/media/{slug}.jpg", self._picture),
            (r"/news/{year:\d{4}}/{month:\d{2}}/{slug}", self._article),
            (r"/news/{year:\d{4}}/{month:\d{2}}/{slug}/", self._article),
            ("/news/{section}/feed/", self._section_feed),
            ("/news/{section}/", self._section),
        ]
        return [web.get(path, self._served(handler)) for path, handler in places]

    def _served(self, handler: Handler) -> Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            response = await handler(request)
            if self.garble and isinstance(response, web.Response) and isinstance(response.body, bytes):
                response.body = self.garble(request.path, response.body)
            return response

        return serve

    async def _to_slash(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPMovedPermanently(
            f"{request.path}/" + (f"?{request.query_string}" if request.query_string else "")
        )

    async def _front(self, request: web.Request) -> web.StreamResponse:
        if "rest_route" in request.query:
            return self._asked(request, request.query["rest_route"])
        if "p" in request.query:
            article = self._archive.numbered(request.query["p"])
            if article is None:
                raise web.HTTPNotFound(text="There is no such article.")
            raise web.HTTPMovedPermanently(article.path)
        return self._page(pages.front(self.articles, base=self.base, api=self.api, path="/news/", heading=NAME))

    async def _section(self, request: web.Request) -> web.StreamResponse:
        listed = self._listed(request.match_info["section"])
        heading = f"{listed[0].section} – {NAME}"
        return self._page(pages.front(listed, base=self.base, api=self.api, path=request.path, heading=heading))

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        write, content_type = FEEDS[request.path]
        return self._fed(request, write, content_type, articles=self.articles, title=NAME)

    async def _section_feed(self, request: web.Request) -> web.StreamResponse:
        listed = self._listed(request.match_info["section"])
        return self._fed(request, feeds.rss, feeds.RSS, articles=listed, title=f"{NAME} » {listed[0].section}")

    def _listed(self, section: str) -> tuple[NewsArticle, ...]:
        listed = tuple(article for article in self.articles if article.section_slug == section)
        if not listed:
            raise web.HTTPNotFound(text="There is no such section.")
        return listed

    def _fed(
        self,
        request: web.Request,
        write: Callable[..., bytes],
        content_type: str,
        *,
        articles: tuple[NewsArticle, ...],
        title: str,
    ) -> web.Response:
        changed_at = self._archive.changed_at
        shown = articles[: self._feed_size]
        body = write(shown, base=self.base, path=request.path, title=title, changed_at=changed_at)
        answer = _conditional(request, body, content_type=content_type, changed_at=changed_at)
        if self.hub:
            answer.headers["Link"] = f'<{self.hub}>; rel="hub", <{self.base}{request.path}>; rel="self"'
        return answer

    async def _article(self, request: web.Request) -> web.StreamResponse:
        article = self._archive.find(request.match_info["slug"])
        if article is None:
            raise web.HTTPNotFound(text="There is no such article.")
        if request.rel_url.raw_path.lower() != article.path:
            raise web.HTTPMovedPermanently(article.path)
        return self._page(pages.article(article, self.articles, base=self.base, api=self.api))

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        slug = request.match_info["slug"]
        sized = None if self._archive.find(slug) else _SIZED.fullmatch(slug)
        article = self._archive.find(sized.group(1) if sized else slug)
        if article is None or not article.motif:
            raise web.HTTPNotFound(text="There is no such picture.")
        body = await asyncio.to_thread(images.render, article.slug, motif=article.motif, palette=article.palette)
        if sized:
            body = await asyncio.to_thread(images.scaled, body, int(sized.group(2)), int(sized.group(3)))
        return _conditional(request, body, content_type="image/jpeg", changed_at=article.published_at)

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        found = asset(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1], charset="utf-8")

    async def _robots(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=sitemaps.robots(self.base), content_type="text/plain", charset="utf-8")

    async def _sitemap(self, request: web.Request) -> web.StreamResponse:
        write, content_type = SITEMAPS[request.path]
        body = write(self.articles, base=self.base, changed_at=self._archive.changed_at)
        return _conditional(request, body, content_type=content_type, changed_at=self._archive.changed_at)

    async def _comments(self, request: web.Request) -> web.StreamResponse:
        return self._fed(request, feeds.rss, feeds.RSS, articles=(), title=f"Comments for {NAME}")

    async def _api(self, request: web.Request) -> web.StreamResponse:
        return self._asked(request, "/" + request.match_info["route"])

    def _asked(self, request: web.Request, route: str) -> web.Response:
        if self.api_refusal:
            said = restapi.refusal(self.api_refusal, root=self.api)
        else:
            said = restapi.answer(route, request.query, articles=self.articles, base=self.base, root=self.api)
        return web.Response(status=said.status, body=said.body, headers={**said.headers, "Content-Type": restapi.JSON})

    def _page(self, body: bytes) -> web.Response:
        headers = {"Link": f'<{self.api}>; rel="https://api.w.org/"'}
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)


def _conditional(request: web.Request, body: bytes, *, content_type: str, changed_at: datetime) -> web.Response:
    """Answer with validators, or 304 when the client has this already (ETag first, as RFC 9110 wants)."""
    tag = fingerprint(body)
    headers = {"ETag": tag, "Last-Modified": format_datetime(changed_at, usegmt=True), "Content-Type": content_type}
    asked = request.headers.get("If-None-Match")
    if asked is not None:
        known = {each.strip().removeprefix("W/") for each in asked.split(",")}
        unchanged = tag in known or "*" in known
    else:
        unchanged = _not_since(request.headers.get("If-Modified-Since", ""), changed_at)
    if unchanged:
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def _not_since(date: str, changed_at: datetime) -> bool:
    try:
        return parsedate_to_datetime(date) >= changed_at.replace(microsecond=0)
    except (ValueError, TypeError):
        return False

"""The sandbox's start page: the timelines as a person would see them, refreshed by itself. Shows; changes nothing.

Everything that came from outside is escaped by the templates; the page's policy forbids anything but its own files.
"""

from typing import Any

from aiohttp import web

from syndicator.sandbox import timeline
from syndicator.sandbox.newsroom import Newsroom
from syndicator.sandbox.newsroom.site import asset, fill
from syndicator.sandbox.state import State

POLICY = (
    "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def routes(state: State, newsroom: Newsroom) -> list[web.RouteDef]:
    """Give the routes of ``/``, ``/timeline.json`` and the page's own files; pictures are at ``/media/<id>``."""
    pages = Pages(state, newsroom)
    return [
        web.get("/", pages.index),
        web.get("/timeline.json", pages.timeline),
        web.get("/assets/{name}", pages.asset),
        web.get("/favicon.ico", pages.icon),
    ]


class Pages:
    """The handlers, with the state they show."""

    def __init__(self, state: State, newsroom: Newsroom) -> None:
        self._state = state
        self._newsroom = newsroom

    async def index(self, _request: web.Request) -> web.Response:
        """Give the page itself, complete without scripts."""
        columns = timeline.columns(self._state, self._newsroom)
        values: dict[str, Any] = {
            "columns": columns,
            "version": timeline.version(columns),
            "now": self._state.clock.now(),
            "base": self._newsroom.base,
            "articles": len(self._newsroom.articles),
        }
        body = fill("timeline/index.html", values)
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=GUARDED)

    async def timeline(self, request: web.Request) -> web.Response:
        """Give the timelines as JSON; 304 while nothing changed."""
        columns = timeline.columns(self._state, self._newsroom)
        tag = f'"{timeline.version(columns)}"'
        headers = {**GUARDED, "ETag": tag}
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.json_response(timeline.dump(columns, now=self._state.clock.now()), headers=headers)

    async def asset(self, request: web.Request) -> web.Response:
        """Give a file of the page."""
        found = asset(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such file.")
        return web.Response(body=found[0], content_type=found[1], charset="utf-8", headers=GUARDED)

    async def icon(self, _request: web.Request) -> web.Response:
        """Send browsers that ask for an icon to the page's own."""
        raise web.HTTPMovedPermanently("/assets/sandbox.svg")

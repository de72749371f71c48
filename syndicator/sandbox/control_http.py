"""The switchboard over HTTP, as JSON under ``/control``; only reachable on loopback like the rest of the sandbox."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from syndicator.sandbox.control import Control
from syndicator.sandbox.remote import Json
from syndicator.sandbox.state import State

Handler = Callable[[web.Request], Any]


def routes(control: Control, state: State) -> list[web.RouteDef]:
    """Give the routes of the switchboard and of the uploaded pictures."""
    verbs: list[tuple[str, str, Callable[[Json], Any]]] = [
        ("POST", "faults", lambda asked: _fault(control, asked)),
        ("GET", "faults", lambda _asked: control.faults()),
        ("DELETE", "faults", lambda _asked: control.clear_faults()),
        ("POST", "lag", lambda asked: control.lag(asked["platform"], float(asked["seconds"]))),
        ("POST", "clock", lambda asked: control.clock(**asked)),
        ("POST", "switches", lambda asked: control.switch(**asked)),
        ("POST", "hang-up", lambda _asked: control.hang_up()),
        ("POST", "reset", lambda _asked: control.reset()),
        ("POST", "posts", lambda asked: [post.dump() for post in control.by_hand(**asked)]),
        ("DELETE", "posts", lambda asked: {"removed": control.remove(asked["platform"], asked["id"])}),
        ("PATCH", "posts", lambda asked: control.edit(asked["platform"], asked["id"], asked["text"])),
        ("GET", "requests", lambda asked: control.requests(asked.get("platform"))),
        ("GET", "bodies", lambda asked: control.bodies(asked.get("platform"))),
        ("GET", "flips", lambda asked: control.flips(asked.get("platform"))),
        ("GET", "state", lambda _asked: control.state()),
    ]
    given = [web.route(method, f"/control/{name}", _handler(act)) for method, name, act in verbs]
    return [*given, web.post("/control/articles", _publisher(control)), web.get("/media/{id}", _picture(state))]


def _fault(control: Control, asked: Json) -> None:
    if "seed" in asked:
        control.lottery(**asked)
        return
    asked = dict(asked)
    kind = asked.pop("preset", None) or asked.pop("kind")
    asked.pop("kind", None)
    control.fault(kind, **asked)


def _handler(act: Callable[[Json], Any]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            result = act(await _asked(request))
        except (KeyError, TypeError, ValueError) as problem:
            return web.json_response({"error": f"{type(problem).__name__}: {problem}"}, status=400)
        return web.json_response({"ok": True} if result is None else result)

    return handle


def _publisher(control: Control) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        asked = await _asked(request)
        try:
            article = await asyncio.to_thread(lambda: control.article(**asked))
        except (TypeError, ValueError) as problem:
            return web.json_response({"error": str(problem)}, status=400)
        return web.json_response(article)

    return handle


async def _asked(request: web.Request) -> Json:
    if request.method == "GET" or not request.can_read_body:
        return dict(request.query)
    asked = await request.json()
    if not isinstance(asked, dict):
        raise TypeError("the body must be a JSON object")
    return asked


def _picture(state: State) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        media = state.media(request.match_info["id"])
        if media is None:
            raise web.HTTPNotFound
        return web.Response(body=media.data, content_type=media.mime)

    return handle

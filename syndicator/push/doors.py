"""Which request is let in, and what it is told. Knows no sockets and no threads of the server.

``POST /hooks/<source>``, ``GET`` and ``POST /websub/<path>``, ``GET /healthz``; everything else is not found. The same
paths are answered below the path of ``public_url``, for a web server in front that passes them on as they are.
"""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from syndicator.errors import StoreError
from syndicator.push.health import Checkup
from syndicator.push.webhook import Verdict, Webhooks
from syndicator.push.websub import PATH, Subscriber
from syndicator.settings.push import Push
from syndicator.store.subscriptions import Standing

log = structlog.get_logger("syndicator.push")

MAX_BYTES = 1024**2
"""Largest body (X13)."""
_DOOR = re.compile(rf"/(hooks|{PATH})/([A-Za-z0-9_-]{{1,64}})", re.ASCII)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a status, and seldom more."""

    status: int
    body: bytes = b""
    facts: Mapping[str, object] | None = None


NOT_FOUND = Said(404)


class Doors:
    """The few requests that mean something. Used from one event loop."""

    def __init__(
        self,
        push: Push,
        *,
        webhooks: Webhooks,
        subscriber: Subscriber,
        ask: Callable[[str], None],
        healthy: Checkup,
    ) -> None:
        public = urlsplit(push.public_url)
        self._prefix = public.path.rstrip("/")
        self._names = {"localhost", (public.hostname or "localhost").lower()}
        self._webhooks = webhooks
        self._subscriber = subscriber
        self._ask = ask
        self._healthy = healthy
        self._noting: set[asyncio.Task[None]] = set()

    async def answer(self, request: web.BaseRequest) -> Said:
        """Give the answer to a request."""
        try:
            return await self._answer(request)
        except web.HTTPRequestEntityTooLarge:
            return Said(413)
        except StoreError as error:
            log.warning("push not taken", error=str(error))
            return Said(503)

    async def _answer(self, request: web.BaseRequest) -> Said:
        path = request.rel_url.raw_path
        if self._prefix and path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        if not self._is_for_us(request):
            return NOT_FOUND
        if path == "/healthz" and request.method == "GET":
            return Said(*await self._healthy())
        door = _DOOR.fullmatch(path)
        if door is None or request.method not in {"GET", "POST"} or (request.content_length or 0) > MAX_BYTES:
            return Said(413) if door and request.method == "POST" else NOT_FOUND
        if door[1] == PATH:
            return await (
                self._told(request, door[2]) if request.method == "POST" else self._verified(request, door[2])
            )
        return await self._called(request, door[2]) if request.method == "POST" else NOT_FOUND

    def _is_for_us(self, request: web.BaseRequest) -> bool:
        """Say whether the request names us: a page in somebody's browser can only make it name another site (X11)."""
        hosts = request.headers.getall("Host", ())
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            return False
        name = found[1].strip("[]").lower().rstrip(".")
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return True

    async def _called(self, request: web.BaseRequest, source: str) -> Said:
        body = await request.read()
        verdict = self._webhooks.judge(source, request.headers, body)
        if verdict is Verdict.REFUSED:
            return Said(403)
        if verdict is Verdict.TAKEN:
            self._ask(source)
        return Said(202)

    async def _verified(self, request: web.BaseRequest, path: str) -> Said:
        challenge = await asyncio.to_thread(self._subscriber.verify, path, request.rel_url.query)
        return NOT_FOUND if challenge is None else Said(200, challenge)

    async def _told(self, request: web.BaseRequest, path: str) -> Said:
        known = await asyncio.to_thread(self._subscriber.of, path)
        if known is None:
            return NOT_FOUND
        if known.state in (Standing.ENDED, Standing.DENIED):
            return Said(410)
        body = await request.read()
        # A wrong signature gets the same answer and is ignored: so the protocol wants it, and it tells nobody anything.
        if self._subscriber.believes(known, request.headers, body):
            self._ask(known.source)
            noting = asyncio.create_task(self._subscriber.note(known.source))
            self._noting.add(noting)
            noting.add_done_callback(self._noting.discard)
        return Said(202)

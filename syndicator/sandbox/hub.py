"""A played WebSub hub: takes subscriptions, comes to verify them, brings content signed. Shares nothing of the product.

What it does wrong on request: refuse, stay silent, deny, lease for a moment, sign wrongly.
"""

import asyncio
import hashlib
import hmac
import http.client
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who is told, and with which secret."""

    topic: str
    callback: str
    secret: str


class Hub:
    """The hub at ``url``. Its fields may be set from other threads while it serves."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 202
        """What a request is answered; other than 202 it is not looked at."""
        self.verifies = True
        self.denies = False
        self.lease: int | None = 864_000
        self.method = "sha256"
        self.asked: list[dict[str, str]] = []
        """The requests that came, as forms."""
        self.visits: list[tuple[str, int]] = []
        """(mode, status) of each visit to a callback."""
        self.subscribers: dict[tuple[str, str], Subscriber] = {}
        self._visiting: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Give its one route."""
        return [web.post("/hub", self._ask)]

    async def _ask(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.status == 202:
            visit = asyncio.create_task(self._visit(form))
            self._visiting.add(visit)
            visit.add_done_callback(self._visiting.discard)
        return web.Response(status=self.status)

    async def _visit(self, form: dict[str, str]) -> None:
        if self.denies:
            said = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": "we do not know you\n\x1b[2J"}
            await self._get(form["hub.callback"], said)
        elif self.verifies:
            challenge = secrets.token_urlsafe(16)
            said = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": challenge}
            said |= {"hub.lease_seconds": str(self.lease)} if self.lease is not None else {}
            if await self._get(form["hub.callback"], said) == challenge:
                self._agree(form)

    def _agree(self, form: dict[str, str]) -> None:
        key = form["hub.topic"], form["hub.callback"]
        if form["hub.mode"] == "unsubscribe":
            self.subscribers.pop(key, None)
        else:
            self.subscribers[key] = Subscriber(topic=key[0], callback=key[1], secret=form.get("hub.secret", ""))

    async def _get(self, callback: str, said: dict[str, str]) -> str:
        async with aiohttp.ClientSession() as session, session.get(callback, params=said) as answer:
            self.visits.append((said["hub.mode"], answer.status))
            return await answer.text() if answer.status == 200 else ""

    # --- from other threads

    def distribute(self, body: bytes, *, signature: str | None = None) -> list[int]:
        """Bring ``body`` to every subscriber, signed; give their answers. ``signature`` replaces the true one."""
        return [self.bring(one, body, signature) for one in list(self.subscribers.values())]

    def bring(self, one: Subscriber, body: bytes, signature: str | None = None) -> int:
        """Bring ``body`` to one subscriber; give its answer."""
        mac = hmac.new(one.secret.encode(), body, getattr(hashlib, self.method)).hexdigest()
        headers = {
            "Content-Type": "application/rss+xml",
            "Link": f'<{self.url}>; rel="hub", <{one.topic}>; rel="self"',
            "X-Hub-Signature": f"{self.method}={mac}" if signature is None else signature,
        }
        return _send(one.callback, "POST", body, {name: value for name, value in headers.items() if value})

    @staticmethod
    def knock(callback: str, **said: str) -> int:
        """Visit a callback with a query of the caller's; ``mode`` stands for ``hub.mode``. Gives the status."""
        query = urlencode({f"hub.{name}": value for name, value in said.items()})
        return _send(f"{callback}?{query}", "GET", None, {})


def _send(url: str, method: str, body: bytes | None, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()

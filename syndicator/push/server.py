"""The HTTP server: four paths, nothing else, in a thread with an event loop of its own beside the daemon's ticks.

Whoever may knock is not trusted: one request for each connection, a few seconds for it, a bounded size and a bounded
number; answers say nothing but a status (and the challenge of a hub that we asked), and never repeat what came in.
"""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog
from aiohttp import web

from syndicator.errors import ConfigError, Problem, StoreError
from syndicator.push import health
from syndicator.push.doors import Doors, Said
from syndicator.push.seen import Seen
from syndicator.push.webhook import Webhooks
from syndicator.push.websub import Subscriber
from syndicator.service.parts import Parts
from syndicator.service.prompt import Prompt
from syndicator.settings.push import Push
from syndicator.sources._fetch import Fetcher

log = structlog.get_logger("syndicator.push")

PATIENCE = 10.0
"""Seconds that a connection has in all, from the first byte to the last."""
CONNECTIONS = 200
"""Open at the same time, at most; what comes above is hung up on."""
HEADERS = {
    "Server": "syndicator",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}
_quiet = logging.getLogger("syndicator.push.http")
_quiet.setLevel(logging.CRITICAL)


class PushServer:
    """A context manager: listens while it is entered, and finishes what is open when it is left.

    ``secrets`` are those of the sources that take webhooks; ``patience`` is seconds, ``most`` connections.
    """

    def __init__(
        self,
        parts: Parts,
        push: Push,
        *,
        secrets: Mapping[str, bytes],
        backfill: int = 0,
        patience: float = PATIENCE,
        most: int = CONNECTIONS,
    ) -> None:
        self._parts = parts
        self._push = push
        self._secrets = secrets
        self._backfill = backfill
        self._patience = patience
        self._most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self.port = push.port

    def __enter__(self) -> Self:
        """Begin to listen.

        Raises:
            ConfigError: the address is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in self._push.host else socket.AF_INET
        try:
            bound = socket.create_server((self._push.host, self._push.port), family=family, backlog=CONNECTIONS)
        except OSError as error:
            message = f"cannot listen on {self._push.host} port {self._push.port}: {error.strerror}"
            hint = "is another syndicator running? Choose another port, or an address of this machine"
            raise ConfigError([Problem(file="", key="push.listen", message=message, hint=hint)]) from error
        self.port = int(bound.getsockname()[1])
        self._thread = threading.Thread(target=self._work, args=(bound,), name="push", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take nothing new, finish what is open."""
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # it ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _work(self, bound: socket.socket) -> None:
        try:
            asyncio.run(self._serve(bound))
        finally:
            bound.close()
            if self._stop is None or not self._stop.is_set():
                # Polling goes on without us; /healthz does not, which is what a watcher sees.
                log.critical("push ended by itself")
            self._ready.set()

    async def _serve(self, bound: socket.socket) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        seen = Seen(self._parts)
        prompt = Prompt(self._parts, backfill=self._backfill)
        async with Fetcher() as fetcher:
            subscriber = Subscriber(self._parts, self._push, fetcher=fetcher)
            doors = Doors(
                self._push,
                webhooks=Webhooks(self._secrets, seen=seen, clock=self._parts.clock),
                subscriber=subscriber,
                ask=prompt.ask,
                healthy=health.Checkup(self._parts),
            )
            with suppress(StoreError):  # a replay then costs one reading
                await seen.load()
            listening = await self._listen(doors, bound)
            work = [asyncio.create_task(seen.keep()), asyncio.create_task(subscriber.keep())]
            log.info("listening for pushes", host=self._push.host, port=self.port, public=self._push.public_url)
            self._ready.set()
            await self._stop.wait()
            listening.close()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await prompt.close()
            await seen.save()

    async def _listen(self, doors: Doors, bound: socket.socket) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return _response(await doors.answer(request))

        server = web.Server(handle)
        # aiohttp knows of a connection a moment late: a whole burst would come in before the first one counts.
        present: set[_Handler] = set()

        def meet() -> asyncio.Protocol:
            if len(present) >= self._most:
                return _Refusal()
            handler = _Handler(
                server,
                loop=loop,
                logger=_quiet,
                access_log=None,  # type: ignore[arg-type] # aiohttp's own runners pass None as well
                keepalive_timeout=0,
                lingering_time=0,
                # What is signed are the bytes as they came.
                auto_decompress=False,
            )
            handler.present = present
            present.add(handler)
            loop.call_later(self._patience, handler.hang_up)
            return handler

        return await loop.create_server(meet, sock=bound)


class _Handler(web.RequestHandler):
    """aiohttp's, but it knows who is present, and an answer to nonsense does not repeat the nonsense."""

    __slots__ = ("present",)
    present: "set[_Handler]"

    def connection_lost(self, exc: BaseException | None) -> None:
        """Leave."""
        self.present.discard(self)
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """End the connection, whatever it is at."""
        self.present.discard(self)
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> web.StreamResponse:
        """Answer with the bare status."""
        if status >= 500:
            log.error("push failed", error=repr(exc))
        return _response(Said(status))


class _Refusal(asyncio.Protocol):
    """Hangs up on whoever comes when too many are here."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        transport.abort()


def _response(said: Said) -> web.Response:
    body = json.dumps(said.facts).encode() if said.facts is not None else said.body
    kind = "application/json" if said.facts is not None else "text/plain"
    answer = web.Response(status=said.status, body=body, headers=HEADERS, content_type=kind, charset="utf-8")
    answer.force_close()
    return answer

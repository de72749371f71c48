"""One loopback server that plays all platforms, the newsroom and the timelines page; runs in a thread of its own."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from syndicator.sandbox import control_http, pages
from syndicator.sandbox.control import Control
from syndicator.sandbox.google_token import GooglePlatform
from syndicator.sandbox.graph import GraphPlatform
from syndicator.sandbox.hub import Hub
from syndicator.sandbox.newsroom import Newsroom
from syndicator.sandbox.remote import Json
from syndicator.sandbox.state import State
from syndicator.sandbox.wire import Platform, Wire, header_hook
from syndicator.sandbox.x import XPlatform
from syndicator.sandbox.youtube import YouTubePlatform

HOST = "127.0.0.1"
LARGEST_BODY = 128 * 1024 * 1024
PATIENCE = 0.1
"""Seconds that open requests get when the server closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the played platforms are."""

    base: str

    @property
    def x(self) -> str:
        """Base of the X API."""
        return f"{self.base}/x"

    @property
    def graph(self) -> str:
        """Base of the Graph API."""
        return f"{self.base}/graph"

    @property
    def youtube(self) -> str:
        """Base of the YouTube Data API."""
        return f"{self.base}/youtube-api"

    @property
    def token_uri(self) -> str:
        """Google's token endpoint."""
        return f"{self.base}/google/token"

    @property
    def page(self) -> str:
        """The timelines page."""
        return f"{self.base}/"

    def feed(self, name: str = "news") -> str:
        """A feed of the newsroom: ``news``, or the name of a section."""
        return f"{self.base}/news/feed/" if name == "news" else f"{self.base}/news/{name}/feed/"


class Sandbox:
    """The running sandbox. Use it as a context manager, or :meth:`start` and :meth:`close` it.

    Args:
        port: 0 takes any free one.
        state_file: JSON file that keeps posts over restarts; None keeps them in memory.
        newsroom: keyword arguments for the :class:`Newsroom`.
    """

    def __init__(self, port: int = 0, state_file: str | Path | None = None, **newsroom: Any) -> None:
        self.state = State(Path(state_file) if state_file else None)
        self._socket = socket.create_server((HOST, port), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self.urls = Addresses(base=self.url)
        self.newsroom = Newsroom(self.url, **newsroom)
        self.hub = Hub(f"{self.url}/hub")
        self.state.card_source = self._card
        self.control = Control(self.state, self.newsroom, self.hang_up)
        self._app = self._application()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._runner: web.AppRunner | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="sandbox", daemon=True)

    def script(self, kind: str, *, platform: str, **fault: Any) -> None:
        """Queue a fault; see :meth:`Control.fault`."""
        self.control.fault(kind, platform=platform, **fault)

    def start(self) -> Self:
        """Serve until :meth:`close`."""
        self._thread.start()
        self._ready.wait()
        return self

    def hang_up(self) -> None:
        """Close every open connection."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._close_connections)

    def close(self) -> None:
        """Stop serving; open requests are cut."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- inside the thread

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._runner = runner = web.AppRunner(
            self._app, access_log=None, shutdown_timeout=PATIENCE, keepalive_timeout=75
        )
        try:
            await runner.setup()
            await web.SockSite(runner, self._socket).start()
        finally:
            self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def _close_connections(self) -> None:
        server = self._runner.server if self._runner else None
        for connection in list(server.connections) if server else []:
            if connection.transport is not None:
                connection.transport.close()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.on_response_prepare.append(header_hook(self.state))
        played: list[Platform] = [
            XPlatform(self.state),
            GraphPlatform(self.state, self._fetch),
            YouTubePlatform(self.state),
            GooglePlatform(self.state),
        ]
        for platform in played:
            app.router.add_route("*", f"{platform.mount}{{path:/.*}}", Wire(platform, self.state).handle)
        app.add_routes(control_http.routes(self.control, self.state))
        app.add_routes(self.newsroom.routes())
        app.add_routes(self.hub.routes())
        app.add_routes(pages.routes(self.state, self.newsroom))
        return app

    async def _fetch(self, url: str) -> bytes | None:
        """Fetch a picture for Graph; from the own newsroom and from nowhere else."""
        if not url.startswith(f"{self.url}/news/"):
            return None
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            return await answer.read() if answer.status == 200 else None

    def _card(self, url: str) -> Json | None:
        card = self.newsroom.card(url)
        return dict(card.dump()) if card else None


def serve(
    *,
    port: int = 0,
    state_file: str | Path | None = None,
    ready: Callable[[Sandbox], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT (or ``stop`` is set). ``ready`` is called with the running sandbox."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with Sandbox(port=port, state_file=state_file) as sandbox:
        if ready:
            ready(sandbox)
        while not stop.wait(0.5):
            pass

"""Between the socket and the played platforms: reads the body, logs it, and acts out the fault that is due."""

import asyncio
import hashlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from aiohttp import web

from syndicator.sandbox.exchange import Answer, Incoming
from syndicator.sandbox.faults import Fault, Kind, When
from syndicator.sandbox.presets import HTML_ERROR, HTML_PAGE, default_answer
from syndicator.sandbox.remote import Json
from syndicator.sandbox.state import State
from syndicator.sandbox.traffic import Exchange, key_of, marker_of

HOLD = 60.0
POLL = 0.02
SECRETS = {"access_token", "appsecret_proof", "refresh_token", "client_secret", "input_token", "fb_exchange_token"}
NO_ID: dict[str, Json] = {
    "x": {"data": {}},
    "facebook": {"success": True},
    "youtube": {"kind": "youtube#post"},
    "google": {"token_type": "Bearer"},
}
"""A good answer to a create, without what makes it one."""
LOGGED_HEADERS = ("user-agent", "content-type", "content-range")

AS_GIVEN: web.ResponseKey[Mapping[str, str]] = web.ResponseKey("as given", dict)
"""The headers a platform gave, kept beside the response until the hook has the last word."""

Play = Callable[[], Awaitable[Answer]]


class Platform(Protocol):
    """One played platform."""

    name: str
    mount: str

    def describe(self, incoming: Incoming) -> tuple[str, str, str]:
        """Say path without version, role and words of a request (see :class:`Exchange`)."""
        ...

    async def answer(self, incoming: Incoming) -> Answer:
        """Do what the platform does."""
        ...


class Wire:
    """The request handler of one platform's mount point."""

    def __init__(self, platform: Platform, state: State) -> None:
        self._platform = platform
        self._state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Play one exchange."""
        try:
            incoming = await self._read(request)
        except (ConnectionError, web.RequestPayloadError):
            self._state.traffic.count_broken(self._platform.name)
            return web.Response(status=400)
        exchange = self._describe(incoming)
        fault = self._state.faults.take(exchange)
        exchange.fault = (fault.name or fault.kind.value) if fault else None
        self._state.traffic.record(exchange)

        async def play() -> Answer:
            exchange.effect = True
            return await self._platform.answer(incoming)

        if fault is None:
            answer: Answer | None = await play()
        else:
            incoming.repeat = fault.kind is Kind.REPEAT
            answer = await self._act(request, fault, exchange, play)
        if answer is None:
            return web.Response(status=500)  # the connection is gone: nothing of this is ever sent
        exchange.status = answer.status
        return respond(answer)

    async def _read(self, request: web.Request) -> Incoming:
        return Incoming(
            method=request.method,
            origin=f"{request.scheme}://{request.host}",
            mount=self._platform.mount,
            path=request.rel_url.raw_path[len(self._platform.mount) :],
            raw_query=request.rel_url.raw_query_string,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )

    def _describe(self, incoming: Incoming) -> Exchange:
        path, role, text = self._platform.describe(incoming)
        return Exchange(
            at=self._state.clock.now().isoformat(),
            platform=self._platform.name,
            method=incoming.method,
            path=path,
            query={name: value for name, value in incoming.query.items() if name not in SECRETS},
            role=role,
            text=text,
            key=key_of(text),
            marker=marker_of(text),
            size=len(incoming.body),
            body_sha256=hashlib.sha256(incoming.body).hexdigest(),
            text_sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            headers={name: incoming.headers[name] for name in LOGGED_HEADERS if name in incoming.headers},
        )

    async def _act(self, request: web.Request, fault: Fault, exchange: Exchange, play: Play) -> Answer | None:
        """Act a fault out; None when the connection is gone."""
        if fault.kind in {Kind.SLOW, Kind.HEADERS, Kind.REPEAT}:
            return await _faithful(fault, play)
        real = await play() if fault.when is When.AFTER else None
        if fault.kind is Kind.TIMEOUT:
            await _hold(request, HOLD if fault.delay is None else fault.delay)
            if fault.when is When.LATE:
                await play()
            _cut(request, reset=False)
            return None
        await asyncio.sleep(fault.delay or 0)
        if fault.kind is Kind.TRUNCATE:
            self._write_half(request, fault, real)
        if fault.kind in {Kind.DROP, Kind.RST, Kind.TRUNCATE}:
            _cut(request, reset=fault.kind is Kind.RST)
            return None
        if fault.kind is Kind.NO_ID and fault.body is None:
            fault = replace(fault, body=_without_id(exchange))
        return _padded(self._false(request, fault, real.status if real else _success(exchange)), fault.size)

    def _false(self, request: web.Request, fault: Fault, success: int) -> Answer:
        status, body, content_type = fault.status or success, fault.body, "application/json; charset=utf-8"
        if fault.kind is Kind.STATUS:
            return default_answer(fault, now=self._state.clock.epoch())
        if fault.kind is Kind.REDIRECT:
            return Answer(status=fault.status or 307, headers={"Location": str(request.rel_url), **fault.headers})
        if fault.kind is Kind.HTML:
            status = fault.status or 520
        if body is None:
            body, content_type = HTML_ERROR if fault.kind is Kind.HTML else HTML_PAGE, "text/html; charset=utf-8"
        return Answer(status=status, body=body, headers=fault.headers, content_type=content_type)

    def _write_half(self, request: web.Request, fault: Fault, real: Answer | None) -> None:
        """Write the head of an answer and half of its body."""
        body = real.raw() if real else b'{"data":{"id":"17'
        half = body[: max(1, len(body) // 2)]
        date = self._state.clock.header()
        lines = [
            f"HTTP/1.1 {fault.status or (real.status if real else 200)} OK",
            "Content-Type: application/json; charset=utf-8",
            f"Content-Length: {len(half) + 64}",
            *([f"Date: {date}"] if date else []),
        ]
        if request.transport is not None:
            request.transport.write("\r\n".join([*lines, "", ""]).encode() + half)


def respond(answer: Answer) -> web.Response:
    """Turn an answer into the web framework's. A header without a value is one that must not be sent at all."""
    headers = {"Content-Type": answer.content_type, **answer.headers}
    response = web.Response(
        status=answer.status,
        body=answer.raw(),
        headers={name: value for name, value in headers.items() if value},
    )
    response[AS_GIVEN] = answer.headers
    return response


def header_hook(state: State) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Give the hook that puts the sandbox's clock into every ``Date`` header and takes unwanted headers out."""

    async def put_headers(_request: web.Request, response: web.StreamResponse) -> None:
        date = state.clock.header()
        given: Mapping[str, str] = {"Date": date or "", **response.get(AS_GIVEN, {})}
        for name, value in given.items():
            response.headers.popall(name, None)
            if value:
                response.headers[name] = value

    return put_headers


def _success(exchange: Exchange) -> int:
    return 201 if exchange.platform == "x" and exchange.role == "create" else 200


def _without_id(exchange: Exchange) -> Json:
    """Give a good answer without what the request was made for; to a flip even ``success`` would be too much."""
    return {} if exchange.role in {"flip", "edit", "delete"} else NO_ID[exchange.platform]


async def _faithful(fault: Fault, play: Play) -> Answer:
    delay = (1.0 if fault.delay is None else fault.delay) if fault.kind is Kind.SLOW else 0
    if fault.when is When.BEFORE:
        await asyncio.sleep(delay)
    real = await play()
    if fault.when is not When.BEFORE:
        await asyncio.sleep(delay)
    return Answer(
        status=real.status, body=real.body, headers={**real.headers, **fault.headers}, content_type=real.content_type
    )


async def _hold(request: web.Request, longest: float) -> None:
    """Wait until the client leaves, at most ``longest`` seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + longest
    while request.transport is not None and not request.transport.is_closing() and loop.time() < until:
        await asyncio.sleep(POLL)


def _cut(request: web.Request, *, reset: bool) -> None:
    """Close the connection: politely, or with a TCP reset."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def _padded(answer: Answer, size: int) -> Answer:
    raw = answer.raw()
    if size <= len(raw):
        return answer
    body = raw + b" " * (size - len(raw))
    return Answer(status=answer.status, body=body, headers=answer.headers, content_type=answer.content_type)

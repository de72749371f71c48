"""The only HTTP reading (F12–F19, X16). Sends no secret, no cookie, uses no proxy; never writes to a platform.

Every hop of a redirect is checked like the first address; the addresses that were checked are the ones connected to.
"""

import asyncio
import re
import socket
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from yarl import URL

from syndicator.errors import SourceInvalid, SourceUnreachable
from syndicator.sources._address import Ask, CheckedResolver, checked, guarded_socket
from syndicator.sources._agent import user_agent
from syndicator.sources._body import BodyRefused, collect
from syndicator.sources._headers import conditions, kept, retry_after, validators
from syndicator.sources._reading import Fetched, Validators

__all__ = ["Fetched", "Fetcher", "Validators"]

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "text/html;q=0.8, */*;q=0.5"
)
DEADLINE = timedelta(seconds=30)
"""From the call to the last byte, names, redirects and body included (F18: a dead-line per read is not enough)."""
MAX_BYTES = 10_000_000
MAX_REDIRECTS = 5
KEPT_FOR = 2.0
"""Seconds that an idle connection to a shared host is kept."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_KEPT = ("Link", "X-WP-Total", "X-WP-TotalPages")
_MEANINGS = {
    401: "it asks for a log-in, which a feed for everybody does not",
    403: "forbidden; perhaps it refuses feed readers, or this network",
    404: "not found; check the address",
    410: "gone for good",
    429: "too many requests",
    451: "withheld for legal reasons",
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class Fetcher:
    """An async context manager over the reading session.

    Connections are closed after each answer: idle ones to thousands of hosts stall a sweep (measured 16 s to 2.6 s).
    ``shared`` names the few hosts (with their port, as in an address) of which so much is read that they are kept.
    ``named`` is an address that a person typed: of what is private only its server is read, whatever that leads to.
    """

    def __init__(
        self,
        *,
        deadline: timedelta = DEADLINE,
        agent: str = "",
        shared: Collection[str] = (),
        named: str = "",
        names: Ask = socket.getaddrinfo,
    ) -> None:
        self._names = names
        self._named = named
        self._shared = frozenset(shared)
        self._deadline = deadline
        self._user_agent = agent or user_agent()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the session."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        allow_private: bool = False,
        max_bytes: int = MAX_BYTES,
        accept: str = ACCEPT,
        source: str = "",
        also: Collection[int] = (),
    ) -> Fetched:
        """Fetch ``url``: status 200 with a body, or 304 when ``validators`` still hold.

        An error status in ``also`` is given with its body, for a kind that reads why.

        Raises:
            SourceUnreachable: no answer in time, an error status (``retry_after`` if named), or a refused address.
            SourceInvalid: the body is too large, a bomb, or in an encoding nobody asked for.
        """
        name = source or _short(url)
        allow_private = allow_private and (not self._named or _is_at(url, self._named))
        request = _Request(
            session=self._session(allow_private=allow_private),
            outside=self._session(allow_private=False) if allow_private and self._named else None,
            headers={"User-Agent": self._user_agent, "Accept": accept, "Accept-Encoding": "gzip, deflate"},
            validators=validators,
            allow_private=allow_private,
            max_bytes=max_bytes,
            source=name,
            also=also,
            shared=self._shared,
        )
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await request.follow(url)
        except TimeoutError as error:
            seconds = self._deadline.total_seconds()
            raise SourceUnreachable(f"no complete answer within {seconds:g} seconds", source=name) from error
        except BodyRefused as error:
            raise SourceInvalid(str(error), source=name) from error
        except (aiohttp.ClientError, OSError, ValueError, UnicodeError) as error:
            raise SourceUnreachable(_reason(error), source=name) from error

    async def submit(
        self, url: str, fields: Mapping[str, str], *, allow_private: bool = False, source: str = ""
    ) -> int:
        """Send a form to a hub and give the status of its answer, whose body is not read; follows 307 and 308.

        Raises:
            SourceUnreachable: no answer in time, or a refused address.
        """
        name = source or _short(url)
        session = self._session(allow_private=allow_private)
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                here = _vetted(url, allow_private=allow_private, source=name)
                for _ in range(MAX_REDIRECTS + 1):
                    headers = {"User-Agent": self._user_agent}
                    async with session.post(here, data=dict(fields), headers=headers, allow_redirects=False) as answer:
                        if answer.status not in {307, 308} or "Location" not in answer.headers:
                            return answer.status
                        there = str(here.join(URL(answer.headers["Location"])))
                        # What was to go over TLS goes on over TLS: a secret is in it.
                        there = f"https{there[4:]}" if (here.scheme, there[:5]) == ("https", "http:") else there
                        here = _vetted(there, allow_private=allow_private, source=name)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, UnicodeError) as error:
            raise SourceUnreachable(_reason(error), source=name) from error
        raise SourceUnreachable(f"more than {MAX_REDIRECTS} redirects", source=name)

    def _session(self, *, allow_private: bool) -> aiohttp.ClientSession:
        """Two doors, never one: no connection made for a private source can serve a public one."""
        session = self._sessions.get(allow_private)
        if session is None:
            session = self._sessions[allow_private] = _open_session(allow_private=allow_private, names=self._names)
        return session


class _Redirect(NamedTuple):
    target: str
    for_good: bool


class _Request:
    """One reading with its redirects."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        headers: Mapping[str, str],
        validators: Validators | None,
        allow_private: bool,
        max_bytes: int,
        source: str,
        also: Collection[int] = (),
        shared: frozenset[str] = frozenset(),
        outside: aiohttp.ClientSession | None = None,
    ) -> None:
        self._shared = shared
        self._outside = outside
        self._session = session
        self._headers = headers
        self._validators = validators
        self._allow_private = allow_private
        self._max_bytes = max_bytes
        self._source = source
        self._answers = frozenset({200, 304, *also})

    async def follow(self, url: str) -> Fetched:
        """Fetch ``url`` and what it redirects to."""
        here = self._check(url)
        moved_to, for_good = "", True
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._hop(here)
            if isinstance(answer, Fetched):
                return replace(answer, moved_to=moved_to) if moved_to else answer
            if self._outside is not None and not _is_at(answer.target, url):
                # Only the server that was named may be private, not what it names in turn.
                self._session, self._outside, self._allow_private = self._outside, None, False
            there = self._check(answer.target)
            # Only what comes before the first passing detour is meant for good.
            for_good = for_good and answer.for_good
            moved_to = str(there) if for_good else moved_to
            if here.scheme == "https" and there.scheme == "http":
                raise self._unreachable("redirects from https to http, which is refused; configure the http address")
            here = there
        raise self._unreachable(f"more than {MAX_REDIRECTS} redirects")

    async def _hop(self, url: URL) -> "Fetched | _Redirect":
        """Give the answer, or where it redirects to."""
        headers = {**self._headers, **conditions(self._validators, url)}
        if url.authority not in self._shared:
            headers["Connection"] = "close"
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            status = response.status
            if status in _REDIRECTS:
                return _Redirect(self._target(response, url), status in _FOR_GOOD)
            if status not in self._answers:
                wait = retry_after(response.headers, now=datetime.now(UTC))
                raise self._unreachable(f"the server answered {status}{_meaning(status)}", wait=wait, status=status)
            if status == 304 and "If-None-Match" not in headers and "If-Modified-Since" not in headers:
                raise self._unreachable("the server answered 304 to an unconditional request")
            return await self._fetched(response, url)

    async def _fetched(self, response: aiohttp.ClientResponse, url: URL) -> Fetched:
        body, status, known = b"", response.status, self._validators
        found = kept(response.headers, url, earlier=known) if known else None
        if status != 304:
            encoding = ", ".join(response.headers.getall("Content-Encoding", []))
            chunks = response.content.iter_any()
            body = await collect(chunks, content_encoding=encoding, max_bytes=self._max_bytes)
            found = validators(response.headers, url, body=body) if status == 200 and body else None
            if found and known and (found.url, found.digest) == (known.url, known.digest):
                status, body = 304, b""  # the server sends it again although nothing changed
        content_type = response.headers.get("Content-Type", "")
        charset = _CHARSET.search(content_type)
        return Fetched(
            status=status,
            url=str(url),
            body=body,
            content_type=content_type[:200],
            charset=charset.group(1).lower() if charset else None,
            validators=found,
            headers={name: ", ".join(response.headers.getall(name)) for name in _KEPT if name in response.headers},
        )

    def _target(self, response: aiohttp.ClientResponse, url: URL) -> str:
        location = response.headers.get("Location", "").strip()
        if not location:
            raise self._unreachable(f"the server answered {response.status} without a Location")
        # Checked before it is joined: joining may hide what the server really wrote.
        if re.search(r"[\x00-\x20\\\x7f-\x9f]", location):
            raise self._unreachable("redirects to an address with a space, a control character or a backslash")
        return str(url.join(URL(location)))

    def _check(self, url: str) -> URL:
        try:
            return checked(url, allow_private=self._allow_private)
        except ValueError as error:
            raise self._unreachable(f"refused: {error}") from error

    def _unreachable(
        self, message: str, *, wait: timedelta | None = None, status: int | None = None
    ) -> SourceUnreachable:
        return SourceUnreachable(message, source=self._source, retry_after=wait, status=status)


def _open_session(*, allow_private: bool, names: Ask) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(allow_private=allow_private, ask=names),
        use_dns_cache=False,
        socket_factory=guarded_socket(allow_private=allow_private),
        keepalive_timeout=KEPT_FOR,
        limit=0,  # waiting for a slot would count against the dead-line: whoever calls bounds the number
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
        trust_env=False,
        auto_decompress=False,
        raise_for_status=False,
        requote_redirect_url=False,
    )


def _vetted(url: str, *, allow_private: bool, source: str) -> URL:
    try:
        return checked(url, allow_private=allow_private)
    except ValueError as error:
        raise SourceUnreachable(f"refused: {error}", source=source) from error


def _reason(error: Exception) -> str:
    """Say what went wrong on the way, without any text that came from the server."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "the TLS connection failed (certificate or protocol)"
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        return f"cannot connect: {cause.strerror or cause}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer broke off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    return f"cannot be read: {type(error).__name__}"


def _meaning(status: int) -> str:
    if status >= 500:
        return " (the server is in trouble)"
    return f": {_MEANINGS[status]}" if status in _MEANINGS else ""


def _is_at(url: str, named: str) -> bool:
    """Say whether an address is at the server that was named; another port is another one, but for its port for TLS.

    A name may lead elsewhere when it is asked again, and with another port it is asked again.
    """
    try:
        there, here = URL(url), URL(named)
    except ValueError:
        return False
    return there.host == here.host and (there.port == here.port or (here.port, there.port) == (80, 443))


def _short(url: str) -> str:
    try:
        return URL(url).host or "address"
    except ValueError:
        return "address"

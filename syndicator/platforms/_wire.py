"""The only HTTP writing session: one logical send is one request on the wire (R6).

It must not retry, follow a redirect, keep a connection for later, read the environment, or reach any host but the
configured one. The service's guard runs with the connection up and the request signed, right before the first byte
(R4, R5). What was written is recorded here, byte by byte, so that adapters never have to guess it from exceptions.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection

from syndicator.boundary import Boundary, reached
from syndicator.errors import OutcomeUnknown, PlatformError, Unreachable
from syndicator.model import Guard
from syndicator.platforms._redaction import quiet_sdk_loggers

PUBLISH_MOST = 40.0
"""Seconds that a visible request may take on the wire: with the send dead-line before it, it ends within its lease."""
ANSWER_LIMIT = 10 * 1024 * 1024
"""Largest answer that is read, in decoded bytes."""

log = logging.getLogger(__name__)


class WireError(requests.RequestException):
    """The exchange broke one of this session's own bounds (time, size)."""


class NoRoom(RuntimeError):
    """This machine cannot start another thread."""


class SecondWrite(RuntimeError):
    """A library tried to send again inside one guarded send; nothing of that second request was written."""


# --- one exchange ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Exchange:
    """One request and its answer: what was written, and the clock that ends it."""

    total: float
    guard: Guard | None = None
    written: bool = False
    expired: bool = False
    stopped: BaseException | None = None
    _sock: socket | None = None
    _timer: threading.Timer | None = None

    def connected(self, sock: socket) -> None:
        """Start the total bound, then ask the guard: after this only the write is left (R4)."""
        self._sock = sock
        self._timer = threading.Timer(self.total, self._cut)
        self._timer.daemon = True
        try:
            self._timer.start()
        except RuntimeError as error:  # this machine's condition, which passes: no bug of ours
            raise NoRoom from error
        if self.guard is None:
            return
        reached(Boundary.WIRE_CONNECTED)
        try:
            self.guard()
        except BaseException as error:
            self.stopped = error
            raise

    def passed(self, boundary: Boundary) -> None:
        """Name the boundary, for the visible write only."""
        if self.guard is not None:
            reached(boundary)

    def end(self) -> None:
        """Stop the clock and close the connection: none is kept."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _cut(self) -> None:
        self.expired = True
        if (sock := self._sock) is not None:
            with suppress(OSError):
                socket.shutdown(sock, SHUT_RDWR)  # the plain socket's: a TLS one would forget that it is TLS


class _Connection(HTTPConnection):
    """Connects first, lets the exchange's guard decide, then writes once; never reconnects."""

    def __init__(self, *args: Any, exchange: _Exchange, **options: Any) -> None:
        super().__init__(*args, **options)
        self.exchange = exchange
        self._headers_sent = False

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        self.auto_open = 0
        self.timeout = self.exchange.total  # for the write; sendall counts it over the whole body
        self.exchange.connected(self.sock)
        super().request(*args, **options)

    def send(self, data: Any) -> None:
        self.exchange.written = True
        if not self._headers_sent:
            self._headers_sent = True
            super().send(data)
            self.exchange.passed(Boundary.WIRE_HEADERS)
            return
        middle = len(data) // 2
        super().send(data[:middle])
        self.exchange.passed(Boundary.WIRE_HALF_BODY)
        super().send(data[middle:])
        self.exchange.passed(Boundary.WIRE_BODY)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self.exchange.passed(Boundary.WIRE_STATUS)
        return response


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS; the handshake is part of connecting."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _OneShot(HTTPAdapter):
    """Transport for one exchange, on a connection of its own: a kept one may be dead without our knowing."""

    def __init__(self, exchange: _Exchange) -> None:
        self.exchange = exchange
        never = Retry(0, read=False, redirect=0, respect_retry_after_header=False)
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=never)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        pool.conn_kw = {**pool.conn_kw, "exchange": self.exchange}
        return pool


# --- the session ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Guarded:
    """One guarded send: allows one request."""

    guard: Guard
    spent: bool = False
    exchange: _Exchange | None = None


class WireSession(requests.Session):
    """A requests session that may be handed to any SDK; see the module for what it refuses to do.

    ``rewrite`` is (the base the SDK has built in, the base to talk to); ``also`` lists further bases that may be
    reached (a token endpoint). Any other URL raises ValueError, so a new SDK release cannot reach the real platform
    from a test. Time-outs are seconds. One session belongs to one thread.
    """

    def __init__(
        self,
        *,
        platform: str,
        rewrite: tuple[str, str],
        also: Sequence[str] = (),
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        total_timeout: float = 60.0,
    ) -> None:
        super().__init__()
        quiet_sdk_loggers()
        self.platform = platform
        self._from = rewrite[0].rstrip("/")
        self._bases = tuple(_checked_base(base) for base in (rewrite[1], *also))
        self._timeouts = (connect_timeout, read_timeout)
        self._total = total_timeout
        self._guarded: _Guarded | None = None
        self._exchange = _Exchange(total=total_timeout)
        self._answer: requests.Response | None = None
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @property
    def written(self) -> bool:
        """Whether a byte of the latest request may have left (of the one guarded request, inside ``guarded``)."""
        return self._exchange.written

    @contextmanager
    def guarded(self, guard: Guard) -> Iterator[None]:
        """Allow exactly one request; ``guard`` is called with its connection up, before its first byte.

        Raises:
            SecondWrite: from the second request on.
        """
        if self._guarded is not None:
            raise SecondWrite("guarded sends do not nest")
        self._guarded = _Guarded(guard=guard)
        self._exchange = _Exchange(total=self._total)
        try:
            yield
        finally:
            self._guarded = None

    def send_once(self, guard: Guard, call: Callable[[], object]) -> requests.Response:
        """Run ``call``, which makes the one visible request through this session, and return the platform's answer.

        What ``call`` returns or raises is not looked at once an answer was read to its end: SDKs raise in their
        parsing after the post exists (reliability 9). The answer may have any status.

        Raises:
            Unreachable: nothing was written.
            OutcomeUnknown: something was written and no complete answer came.
            SendDeadlinePassed: (whatever the guard raised) nothing was written.
        """
        with self.guarded(guard):
            trouble = self._attempt(call)
        if self._exchange.stopped is not None:
            raise self._exchange.stopped
        if self._answer is not None:
            return self._answer
        if self.written:
            raise OutcomeUnknown(f"the request was sent, but {trouble}", platform=self.platform, code="no-answer")
        code = "bug" if trouble.startswith(UNEXPECTED) else "not-sent"
        raise Unreachable(f"nothing was sent: {trouble}", platform=self.platform, code=code)

    def ask(self, call: Callable[[], object]) -> requests.Response:
        """Run ``call``, an invisible or repeatable request, and return the last answer, whatever its status.

        Raises:
            Unreachable: no complete answer came.
        """
        self._exchange = _Exchange(total=self._total)
        trouble = self._attempt(call)
        if self._answer is not None:
            return self._answer
        raise Unreachable(trouble, platform=self.platform, code="no-answer")

    def _attempt(self, call: Callable[[], object]) -> str:
        """Run ``call`` and say in our own words what went wrong; exception texts carry URLs and tokens."""
        self._answer = None
        try:
            call()
        except PlatformError:
            if self._exchange.stopped is None:
                raise
        except Exception as error:  # noqa: BLE001  # the publish guard: a bug after the first byte is a doubt, too
            return "" if self._answer is not None else _describe(error)
        return "no request was made"

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send one request; the URL is rewritten before signing, so that the signature fits the real target."""
        text = url.decode() if isinstance(url, bytes) else url
        if text.startswith(self._from + "/"):
            text = self._bases[0] + text[len(self._from) :]
        self._check(text)
        return super().request(method, text, *args, **options)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Put one prepared request on the wire and read its answer, bounded in time and size."""
        self._check(request.url or "")
        self._answer = None if self._guarded is None else self._answer
        self._exchange = exchange = self._open_exchange()
        options |= {"allow_redirects": False, "stream": True, "timeout": self._timeouts}
        try:
            response = super().send(request, **options)
            _read(response, exchange)
        finally:
            exchange.end()
        exchange.passed(Boundary.WIRE_ANSWER)
        self._answer = response
        return response

    def get_adapter(self, url: str | bytes) -> HTTPAdapter:  # noqa: ARG002
        """Give every exchange its own transport."""
        return _OneShot(self._exchange)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """See no redirects: a 302 would turn a POST into a GET and look like success (R6)."""

    def _open_exchange(self) -> _Exchange:
        if self._guarded is None:
            return _Exchange(total=self._total)
        if self._guarded.spent:
            raise SecondWrite(f"a second request inside one send to {self.platform}")
        self._guarded.spent = True
        return _Exchange(total=min(self._total, PUBLISH_MOST), guard=self._guarded.guard)

    def _check(self, url: str) -> None:
        if not any(url == base or url.startswith((base + "/", base + "?")) for base in self._bases):
            raise ValueError(
                f"{self.platform}: refusing to talk to {urlsplit(url).hostname!r}: not the configured server"
            )


def _read(response: requests.Response, exchange: _Exchange) -> None:
    """Read the body to its end into ``response``; closing the connection is part of it."""
    body = bytearray()
    with response:
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > ANSWER_LIMIT:
                raise WireError("the answer is too large")
        if exchange.expired:
            raise WireError("the answer took too long")
    response._content = bytes(body)
    response._content_consumed = True  # type: ignore[attr-defined]


def _checked_base(base: str) -> str:
    """Return ``base`` without its last slash; plain http is for loopback only."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    if parts.scheme == "https" and host and not parts.username:
        return base.rstrip("/")
    if parts.scheme == "http" and _is_loopback(host) and not parts.username:
        return base.rstrip("/")
    raise ValueError(
        f"api_base: {parts.scheme or 'no scheme'}://{host} is refused: https, or http to this machine only"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


UNEXPECTED = "an unexpected"


def _describe(error: Exception) -> str:
    """Say in our own words what ``error`` was; its text may carry URLs, headers and tokens."""
    if isinstance(error, WireError):
        return str(error)
    if isinstance(error, requests.ConnectTimeout):
        return "the server could not be reached in time"
    if isinstance(error, requests.Timeout):
        return "no answer came in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection could be made"
    if isinstance(error, requests.RequestException | OSError):
        return "the connection failed or was lost"
    if isinstance(error, MemoryError | NoRoom):
        return "this machine has no memory left"
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error("unexpected %s at %s:%s", type(error).__name__, place.filename, place.lineno)
    return f"{UNEXPECTED} {type(error).__name__} came up"

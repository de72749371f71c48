"""Facebook's Graph API for one Page token: every call is one request on the writing session.

The SDK builds and signs the request; what came back is judged here from the raw answer, because the SDK raises in its
header and body parsing after the post exists, and takes an HTTP 500 without "error" for success (0.24.0). This module
must not decide what a Page post looks like, and never repeats a request.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syndicator.errors import ConfigError, PlatformError, Problem
from syndicator.model import Guard, Json
from syndicator.platforms._answer import is_cached, platform_date, read_json
from syndicator.platforms._graph_errors import GraphFault, kind_of, wait_for
from syndicator.platforms._redaction import redact
from syndicator.platforms._wire import WireSession

if TYPE_CHECKING:
    from requests import Response

PLATFORM = "facebook"
GRAPH_URL = "https://graph.facebook.com"
VERSION = re.compile(r"v\d+\.\d")
SIGNATURE = ("access_token", "appsecret_proof", "appsecret_time")
"""Parameters of the signature; paging links repeat them, and an old time would not be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A 2xx answer with a JSON object; ``cached`` as R11 means it."""

    data: Json
    status: int
    platform_at: datetime | None
    cached: bool


class Graph:
    """Signed calls for one Page. Thread-safe: each call has a session of its own."""

    def __init__(
        self,
        *,
        owner: str,
        token: str,
        app_secret: str | None,
        timed_proof: bool,
        api_base: str,
        version: str,
        read_timeout: float,
    ) -> None:
        from pyfacebook import GraphAPI  # heavy; loaded here, so that publish does not wait for it

        self._sdk = GraphAPI
        self._token = token
        self._app_secret = app_secret or None
        self._timed_proof = timed_proof
        self._base = (api_base or GRAPH_URL).rstrip("/")
        self._version = version
        self._read_timeout = read_timeout
        self._check(owner)

    def _check(self, owner: str) -> None:
        if not VERSION.fullmatch(self._version):
            # The SDK itself would take "26" and call a path that does not exist.
            problem = f"{self._version!r} is not a Graph API version"
            raise ConfigError([Problem(file=owner, key="api_version", message=problem, hint="for example v26.0")])
        try:
            self._session().close()
        except ValueError as error:
            raise ConfigError([Problem(file=owner, key="api_base", message=str(error))]) from error

    @property
    def remote(self) -> bool:
        """True when calls leave this machine."""
        return urlsplit(self._base).scheme == "https"

    @property
    def fenced(self) -> bool:
        """True when the platform refuses a call of ours that arrives more than 5 minutes late (R5)."""
        return self._app_secret is not None and self._timed_proof

    def get(self, object_id: str, connection: str | None = None, /, **query: str) -> Answer:
        """Read an object (its ``fields``) or one page of a connection."""
        if connection is None:
            return self._ask(lambda api: api.get_object(object_id, **query))
        return self._ask(lambda api: api.get_connection(object_id, connection, **query))

    def post(
        self,
        object_id: str,
        connection: str | None = None,
        *,
        fields: Mapping[str, str],
        source: tuple[str, bytes, str] | None = None,
    ) -> Answer:
        """Make an invisible write; ``source`` is (file name, bytes, MIME type) of an upload."""
        files = {"source": source} if source else None
        return self._ask(lambda api: api.post_object(object_id, connection, data=dict(fields), files=files))

    def publish(
        self, object_id: str, connection: str | None = None, *, fields: Mapping[str, str], guard: Guard
    ) -> Answer:
        """Make the one visible write; whatever is not a clear refusal raises ``OutcomeUnknown``."""
        with self._session() as session:
            api = self._api(session)
            response = session.send_once(guard, lambda: api.post_object(object_id, connection, data=dict(fields)))
        return self._judge(response, publishing=True)

    def delete(self, object_id: str) -> Answer:
        """Delete an object."""
        return self._ask(lambda api: api.delete_object(object_id))

    def _ask(self, call: Callable[[Any], object]) -> Answer:
        with self._session() as session:
            api = self._api(session)
            response = session.ask(lambda: call(api))
        return self._judge(response, publishing=False)

    def _session(self) -> WireSession:
        return WireSession(platform=PLATFORM, rewrite=(GRAPH_URL, self._base), read_timeout=self._read_timeout)

    def _api(self, session: WireSession) -> Any:
        api = self._sdk(
            access_token=self._token,
            version=self._version,
            base_url=f"{self._base}/",
            access_token_url=f"{self._base}/oauth/access_token",
            sleep_on_rate_limit=False,
        )
        api.session.close()
        api.session = session
        api.rate_limit = _IgnoredUsage()
        api._append_token = self._sign
        return api

    def _sign(self, args: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give a copy of ``args`` with token and proof; the SDK's own writes into the caller's dict and has no time.

        The proof over "token|time" makes Facebook refuse the call five minutes later (login security page).
        """
        signed = dict(args or {}) | {"access_token": self._token}
        if self._app_secret is None:
            return signed
        text = self._token
        if self._timed_proof:
            signed["appsecret_time"] = str(int(time.time()))
            text = f"{text}|{signed['appsecret_time']}"
        proof = hmac.new(self._app_secret.encode(), text.encode(), hashlib.sha256)
        return signed | {"appsecret_proof": proof.hexdigest()}

    def _judge(self, response: "Response", *, publishing: bool) -> Answer:
        body = read_json(response)
        if 200 <= response.status_code < 300 and body is not None and "error" not in body:
            return Answer(
                data=body,
                status=response.status_code,
                platform_at=platform_date(response),
                cached=is_cached(response),
            )
        raise self._failure(response, fault_in(body, response.status_code), publishing=publishing)

    def _failure(self, response: "Response", fault: GraphFault, *, publishing: bool) -> PlatformError:
        said = redact(fault.message, self.secrets) or "no readable error"
        label = f"code {fault.label}, " if fault.label else ""
        return kind_of(fault, publishing=publishing)(
            f"Facebook: {said} ({label}HTTP {response.status_code})",
            platform=PLATFORM,
            code=fault.label or None,
            http_status=response.status_code,
            request_id=fault.trace,
            retry_after=wait_for(fault, response.headers),
            platform_at=platform_date(response),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any message."""
        return tuple(secret for secret in (self._token, self._app_secret) if secret)


class _IgnoredUsage:
    """Stands in for the SDK's usage headers, whose reading raises on keys it does not know, after the post exists."""

    def set_limit(self, headers: Mapping[str, str]) -> None:
        """Do nothing: waits are read by ``_graph_errors.regain``."""


def fault_in(body: Json | None, status: int) -> GraphFault:
    """Read the error object of an answer; anything that is not one gives a fault without code."""
    error = body.get("error") if body else None
    if not isinstance(error, dict):
        return GraphFault(code=None, status=status)
    return GraphFault(
        code=_integer(error.get("code")),
        subcode=_integer(error.get("error_subcode")),
        message=" – ".join(str(error[key])[:300] for key in ("message", "error_user_msg") if error.get(key)),
        transient=error.get("is_transient") is True,
        status=status,
        trace=str(error["fbtrace_id"]) if error.get("fbtrace_id") else None,
    )


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

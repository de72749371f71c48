"""Google's client libraries on our writing session: requests are built by theirs, sent by ours, judged here.

httplib2, their default transport, sends a POST twice when the answer is lost, and their authorised session sends again
after a 401; neither is used for the wire. This module must not know what a community post is, and a call of
:meth:`Google.publish` is one request.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from syndicator.errors import AuthRequired, ConfigError, PlatformError, Problem, Unreachable
from syndicator.model import Guard, Json
from syndicator.platforms._answer import is_cached, platform_date, read_json, retry_after
from syndicator.platforms._redaction import redact
from syndicator.platforms._wire import WireSession
from syndicator.platforms._youtube_discovery import add_posts
from syndicator.platforms._youtube_errors import (
    QUOTA,
    RATE_WAIT,
    GoogleFault,
    fault_in,
    kind_of,
    quota_reset,
    refuses_credentials,
)

if TYPE_CHECKING:
    from requests import Response

PLATFORM = "youtube"
YOUTUBE_URL = "https://youtube.googleapis.com"
READ_LIFE = timedelta(seconds=60)
"""A token must live this much longer to be used for a request."""
NEVER = datetime.min.replace(tzinfo=UTC)
STAGE_LIFE = timedelta(minutes=5)
"""… and this much to start a delivery with, so that publish need not refresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A 2xx answer with a JSON object; ``cached`` as R11 means it."""

    data: Json
    status: int
    platform_at: datetime | None
    cached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The OAuth client and the refresh token of one channel owner."""

    client_id: str
    client_secret: str
    refresh_token: str
    token_uri: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any message."""
        return (self.client_id, self.client_secret, self.refresh_token)

    def __repr__(self) -> str:
        return f"Client({self.client_id})"


class Google:
    """Calls of the YouTube Data API for one channel owner. Thread-safe: each call has a session of its own."""

    def __init__(self, client: Client, *, owner: str, api_base: str, read_timeout: float) -> None:
        self._client = client
        self._base = (api_base or YOUTUBE_URL).rstrip("/")
        self._read_timeout = read_timeout
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = NEVER
        try:
            self._session().close()
        except ValueError as error:
            raise ConfigError([Problem(file=owner, key="api_base or token_uri", message=str(error))]) from error

    def ask(self, build: Callable[[Any], Any]) -> Answer:
        """Make one invisible or repeatable request; ``build`` takes the service and gives the request to execute."""
        token = self.fresh_token(READ_LIFE)
        response = self._ask_with(token, build)
        if response.status_code == 401:
            # Withdrawn before its time: one new token, and once more; nothing was executed.
            self.forget_token()
            token = self.fresh_token(READ_LIFE)
            response = self._ask_with(token, build)
        return self._judge(response, token, publishing=False)

    def _ask_with(self, token: str, build: Callable[[Any], Any]) -> "Response":
        with self._session() as session:
            request = build(service(self._base))
            return session.ask(lambda: request.execute(http=_Transport(session, token), num_retries=0))

    def publish(self, build: Callable[[Any], Any], guard: Guard) -> Answer:
        """Make the one visible request, never again after a 401; whatever is no clear refusal is ``OutcomeUnknown``."""
        token = self.fresh_token(READ_LIFE)
        request = build(service(self._base))
        with self._session() as session:
            transport = _Transport(session, token)
            response = session.send_once(guard, lambda: request.execute(http=transport, num_retries=0))
        if response.status_code == 401:
            self.forget_token()
        return self._judge(response, token, publishing=True)

    def prepare(self) -> None:
        """Have ready what publish needs: a token that outlives the delivery, and the client built."""
        self.fresh_token(STAGE_LIFE)
        service(self._base)

    def fresh_token(self, least: timedelta) -> str:
        """Give an access token that lives for ``least`` or longer, fetching one when needed.

        Raises:
            AuthRequired: the endpoint refuses the credentials (``invalid_grant`` …).
            Unreachable: the endpoint does not answer as it should.
        """
        with self._lock:
            if not self._token or self._token_until - datetime.now(UTC) < least:
                self._refresh()
            return self._token

    def forget_token(self) -> None:
        """Fetch a new access token before the next request."""
        with self._lock:
            self._token = ""

    def _refresh(self) -> None:
        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials

        credentials = Credentials(  # type: ignore[no-untyped-call]
            token=None,
            refresh_token=self._client.refresh_token,
            token_uri=self._client.token_uri,
            client_id=self._client.client_id,
            client_secret=self._client.client_secret,
        )
        with self._session() as session:
            response = session.ask(lambda: credentials.refresh(Request(session=session)))  # type: ignore[no-untyped-call]
        if not credentials.token:
            raise self._refresh_failure(response)
        self._token = credentials.token
        # The library's expiry is naive UTC; a token without one is used for this request only.
        self._token_until = credentials.expiry.replace(tzinfo=UTC) if credentials.expiry else NEVER

    def _refresh_failure(self, response: "Response") -> PlatformError:
        body = read_json(response)
        refusal = refuses_credentials(body, response.status_code)
        kind: type[PlatformError] = AuthRequired if refusal else Unreachable
        said = redact(str((body or {}).get("error_description") or ""), self._client.secrets)
        why = f"Google refuses the refresh token: {refusal}" if refusal else "Google's token endpoint is in trouble"
        return kind(
            f"{why} ({said or 'no reason given'}, HTTP {response.status_code})",
            platform=PLATFORM,
            code=refusal or "token-endpoint",
            http_status=response.status_code,
            platform_at=platform_date(response),
        )

    def _session(self) -> WireSession:
        return WireSession(
            platform=PLATFORM,
            rewrite=(YOUTUBE_URL, self._base),
            also=(self._client.token_uri,),
            read_timeout=self._read_timeout,
        )

    def _judge(self, response: "Response", token: str, *, publishing: bool) -> Answer:
        # A deletion may be answered by 204 and no body; an insert may not.
        body = {} if response.status_code == 204 and not publishing else read_json(response)
        at = platform_date(response)
        if 200 <= response.status_code < 300 and body is not None and "error" not in body:
            return Answer(data=body, status=response.status_code, platform_at=at, cached=is_cached(response))
        fault = fault_in(body, response.status_code)
        said = redact(fault.message, (*self._client.secrets, token)) or "no readable error"
        kind = kind_of(fault, publishing=publishing)
        quota = bool(fault.reasons & QUOTA)
        raise kind(
            f"YouTube: {said} ({fault.reason or 'no reason'}, HTTP {response.status_code})",
            platform=PLATFORM,
            code=fault.reason or str(response.status_code),
            http_status=response.status_code,
            retry_after=None if quota else _wait(fault, response),
            reset_at=quota_reset(at or datetime.now(UTC)) if quota else None,
            platform_at=at,
        )


def _wait(fault: GoogleFault, response: "Response") -> timedelta | None:
    limited = fault.status in (403, 429) and kind_of(fault, publishing=False).__name__ == "RateLimited"
    return retry_after(response) or (RATE_WAIT if limited else None)


class _Transport:
    """What Google's client takes for an ``httplib2.Http``: one bearer token, one session, no redirects."""

    def __init__(self, session: WireSession, token: str) -> None:
        self._session = session
        self._token = token

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[Any, bytes]:
        import httplib2

        # The session counts the body itself and unpacks what it can; httplib2's own claims would not fit it.
        dropped = {"content-length", "accept-encoding"}
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in dropped}
        kept["Authorization"] = f"Bearer {self._token}"
        data = body.encode() if isinstance(body, str) else body
        answer = self._session.request(method, uri, data=data, headers=kept)
        response = httplib2.Response({name.lower(): value for name, value in answer.headers.items()})
        response.status, response.reason = answer.status_code, answer.reason
        return response, answer.content


@cache
def service(base: str) -> Any:
    """Build the client for the server at ``base`` from the discovery document that the library carries; no network."""
    from googleapiclient import discovery_cache
    from googleapiclient.discovery import build_from_document

    # At WARNING it repeats what the platform said, unredacted.
    logging.getLogger("googleapiclient.http").setLevel(logging.ERROR)
    document = json.loads(discovery_cache.get_static_doc("youtube", "v3"))
    # rootUrl moves the upload URLs too, scheme included; the library's api_endpoint option leaves those on https.
    document["rootUrl"] = f"{base}/"
    add_posts(document)
    return build_from_document(document, http=_NoHttp())


def picture(data: bytes, mime: str) -> Any:
    """Wrap bytes as what the library takes for an upload in one piece."""
    from googleapiclient.http import MediaInMemoryUpload

    return MediaInMemoryUpload(data, mimetype=mime)


class _NoHttp:
    """Refuses to send: every request is executed with a transport of its own."""

    def request(self, *_: object, **__: object) -> None:
        raise RuntimeError("a request was executed without its transport")

    def close(self) -> None:
        """Have nothing to close."""

"""X (Twitter) through tweepy: OAuth 1.0a user context, API v2. It must not retry, wait, or read the article again.

tweepy signs and shapes the requests; its session is ours (one send = one request) and its answers are read here from
the raw response: its own parsing loses error codes and raises on odd bodies (4.17). It has no v2 media upload, so that
goes through its generic ``request``.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeGuard

from syndicator.core.text import urls_in
from syndicator.errors import (
    AuthRequired,
    ComposeError,
    ConfigError,
    OutcomeUnknown,
    PlatformError,
    Problem,
    Rejected,
    Unreachable,
)
from syndicator.model import (
    AfterUnknown,
    Capabilities,
    Channel,
    Composed,
    Counting,
    Credentials,
    Field,
    Guard,
    Identity,
    Json,
    LoadMedia,
    LookUp,
    Media,
    Pending,
    PlatformSpec,
    Receipt,
    Staged,
    Teaser,
)
from syndicator.platforms._answer import read_json
from syndicator.platforms._twitter_errors import PLATFORM, facts, refusal
from syndicator.platforms._twitter_timeline import look_up

if TYPE_CHECKING:
    import tweepy
    from requests import Response

API_BASE = "https://api.x.com"
TWEEPY_BASE = "https://api.twitter.com"
"""Built into ``tweepy.Client.request``."""

_POST_URL = re.compile(
    r"https?://(?:www\.|m\.|mobile\.)?(?:x|twitter)\.com/(?:i/web|(?P<handle>\w{1,15}))/status(?:es)?/(?P<id>\d{1,20})(?:[/?#].*)?"
)

NORMAL_LIMIT = 280
PREMIUM_LIMIT = 25_000
PRICE = Decimal("0.015")
PRICE_WITH_LINK = Decimal("0.200")
PRICE_ALT_TEXT = Decimal("0.005")
"""X's price list of 2026-04-20: a post, a post with a URL (bare domains count), a media metadata call."""
THREAD_MOST = 24
"""Follow-ups of one post: X's own composer makes threads of 25."""
MEDIA_MARGIN = timedelta(minutes=10)
"""An uploaded picture is used again only if it lives at least this long."""

SPEC = PlatformSpec(
    name=PLATFORM,
    title="X",
    credentials=(
        Field(name="consumer_key", help="API key of the X app (developer portal: Keys and tokens).", required=True),
        Field(name="consumer_secret", help="API key secret of the X app.", required=True),
        Field(name="access_token", help="Access token of the account that posts; read and write.", required=True),
        Field(name="access_token_secret", help="Access token secret of the account that posts.", required=True),
    ),
    options=(
        Field(
            name="text_limit",
            help="Longest text in X's weighted characters; more than 280 needs X Premium.",
            default=str(NORMAL_LIMIT),
        ),
        Field(name="read_timeout", help="Seconds to wait for X's answer.", default="30"),
    ),
)


def capabilities(channel: Channel) -> Capabilities:
    """Give X's limits and prices for this channel.

    Raises:
        ConfigError: ``text_limit`` is not a number from 1 to 25,000.
    """
    return Capabilities(
        text_limit=int(_number(channel, "text_limit", default=NORMAL_LIMIT, most=PREMIUM_LIMIT)),
        counting=Counting.X_WEIGHTED,
        after_unknown=AfterUnknown.LOOK,
        settle=timedelta(minutes=30),
        link_in_text=True,
        media_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        media_limit=4,
        media_max_bytes=5 * 1024 * 1024,
        alt_limit=1000,
        link_card=True,
        parts_most=THREAD_MOST,
        price=PRICE,
        price_with_link=PRICE_WITH_LINK,
        max_cashtags=1,
    )


def compose(channel: Channel, teaser: Teaser, marker: str) -> Composed:
    """Build the JSON body of ``POST /2/tweets``, but for the media ids; pure.

    Raises:
        ComposeError: no text, or more pictures than X takes.
    """
    limits = capabilities(channel)
    if not teaser.text.strip():
        raise ComposeError("X takes no post without text")
    if len(teaser.media) > limits.media_limit:
        raise ComposeError(f"X takes at most {limits.media_limit} pictures, not {len(teaser.media)}")
    # Our own link counts whatever its host: an estimate may be too high, never too low.
    linked = bool(teaser.link and teaser.link in teaser.text) or bool(urls_in(teaser.text))
    price = limits.price_with_link if linked else limits.price
    alt_texts = sum(1 for media in teaser.media if media.alt)
    return Composed(
        platform=PLATFORM,
        marker=marker,
        teaser=teaser,
        request={"text": teaser.text},
        cost=price + alt_texts * PRICE_ALT_TEXT,
    )


def follow(channel: Channel, teaser: Teaser, marker: str, *, to: str) -> Composed:
    """Build the JSON body of the next post of a thread: an answer to our own post ``to``; pure.

    Raises:
        ComposeError: no text.
    """
    composed = compose(channel, teaser, marker)
    return replace(composed, request={**composed.request, "reply": {"in_reply_to_tweet_id": to}})


def connect(channel: Channel, credentials: Credentials) -> "TwitterAdapter":
    """Make an adapter for one X account. Opens no connection yet.

    Raises:
        AuthRequired: a credential is missing.
        ConfigError: ``read_timeout`` is not a number of seconds.
        ValueError: ``api_base`` is neither https nor on this machine.
    """
    missing = [field.name for field in SPEC.credentials if not credentials.get(field.name)]
    if missing:
        raise AuthRequired(f"{channel.name}: not configured: {', '.join(missing)}", platform=PLATFORM, code="missing")
    return TwitterAdapter(channel, credentials)


def _number(channel: Channel, name: str, *, default: float, most: float) -> float:
    """Read a positive number among the channel's options."""
    value = channel.options.get(name) or str(default)
    try:
        number = float(value)
    except ValueError:
        number = 0
    if not 0 < number <= most:
        problem = Problem(
            file="configuration",
            key=f"channel {channel.name}: {name}",
            message=f"{value!r} is not a number",
            hint=f"more than 0, at most {most:g}",
        )
        raise ConfigError([problem])
    return number


def remote_id_from_url(channel: Channel, url: str) -> str:
    """Give the id in a post's address: ``https://x.com/<handle>/status/<id>``, also of twitter.com and mobile hosts.

    Raises:
        ValueError: not the URL of a post on X, or of another account's.
    """
    found = _POST_URL.fullmatch(url.strip())
    if found is None:
        raise ValueError(f"not the URL of a post on X: {url}")
    ours = channel.account.removeprefix("@").casefold()
    if ours and found["handle"] and found["handle"].casefold() not in {ours, "i"}:
        raise ValueError(f"a post of @{found['handle']} and not of {channel.account}: {url}")
    return found["id"]


class TwitterAdapter:
    """One X account. Holds a session and its credentials, no other state."""

    def __init__(self, channel: Channel, credentials: Credentials) -> None:
        # What a listing needs to know about X needs nothing that could send.
        from syndicator.platforms._wire import WireSession

        self.capabilities = capabilities(channel)
        self._account = channel.account.lstrip("@")
        self._credentials = credentials
        self._session = WireSession(
            platform=PLATFORM,
            rewrite=(TWEEPY_BASE, channel.api_base or API_BASE),
            read_timeout=_number(channel, "read_timeout", default=30, most=60),
        )
        self._client: tweepy.Client | None = None

    def __repr__(self) -> str:
        return f"TwitterAdapter({self._account or 'unnamed account'})"

    def whoami(self) -> Identity:
        """Check the credentials (GET /2/users/me)."""
        response = self._ask("GET", "/2/users/me")
        user = _data(response)
        if not _is_id(user.get("id")) or not isinstance(user.get("username"), str):
            raise Unreachable("X's answer names no account", **facts(response))
        return Identity(
            remote_id=user["id"], name=user["username"], warnings=self._warnings(response, user["username"])
        )

    def _warnings(self, response: "Response", username: str) -> tuple[str, ...]:
        warnings = []
        if self._account and self._account.lower() != username.lower():
            warnings.append(f"the credentials belong to @{username}, the channel is configured for @{self._account}")
        if response.headers.get("x-access-level", "").lower() == "read":
            warnings.append("the access token may only read: give the app write access, then make a new token")
        return tuple(warnings)

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        """Upload the pictures with their alternative texts; those of ``earlier`` that still live are used again."""
        known = {ref["sha256"]: ref for ref in (earlier.refs.get("media", ()) if earlier else ()) if _lives(ref)}
        refs = [
            known.get(media.sha256) or self._upload(media, load_media(media.sha256)) for media in composed.teaser.media
        ]
        return Staged(composed=composed, refs={"media": refs})

    def _upload(self, media: Media, data: bytes) -> Json:
        category = "tweet_gif" if media.mime == "image/gif" else "tweet_image"
        body = {"media": base64.b64encode(data).decode("ascii"), "media_category": category}
        response = self._ask("POST", "/2/media/upload", body=body)
        uploaded = _data(response)
        if not _is_id(uploaded.get("id")):
            raise Unreachable("X's answer names no picture", **facts(response))
        if media.alt:
            alt = {"text": media.alt[: self.capabilities.alt_limit]}
            self._ask("POST", "/2/media/metadata", body={"id": uploaded["id"], "metadata": {"alt_text": alt}})
        seconds = uploaded.get("expires_after_secs")
        lifetime = timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**9 else 0)
        return {
            "sha256": media.sha256,
            "id": uploaded["id"],
            "expires_at": (datetime.now(UTC) + lifetime).isoformat(),
        }

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Send the one POST /2/tweets; ``guard`` is called right before its first byte.

        Raises:
            OutcomeUnknown: the post may be live (R7): no answer, 5xx, 3xx, 2xx without an id, anything unheard of.
            Duplicate: X refused the text as one it already has (R8).
            PlatformError: a clear refusal, or nothing was sent; nothing is live.
        """
        body: Json = dict(staged.composed.request)
        if media_ids := [ref["id"] for ref in staged.refs.get("media", ())]:
            body["media"] = {"media_ids": media_ids}
        client = self._connected()
        response = self._session.send_once(
            guard, lambda: client.request("POST", "/2/tweets", json=body, user_auth=True)
        )
        if not 200 <= response.status_code < 300:
            raise refusal(response, doubt=OutcomeUnknown, secrets=self._credentials.secrets())
        remote_id = _data(response).get("id")
        if not _is_id(remote_id):
            raise OutcomeUnknown("X accepted the request, but its answer names no post", **facts(response))
        return Receipt(
            remote_id=remote_id, remote_url=self._url_of(remote_id), platform_at=facts(response)["platform_at"]
        )

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:  # noqa: ARG002
        """Return ``pending``: X answers at once, nothing is ever pending."""
        return pending

    def find(self, staged: Staged, since: datetime) -> LookUp:
        """Read the account's own posts back to ``since`` (X's clock) and look for the post.

        Raises:
            PlatformError: the timeline could not be read this time. A missing permission is an answer, not an error.
        """
        try:
            route = f"/2/users/{self._user_id()}/tweets"
            return look_up(
                lambda query: self._ask("GET", route, query=query),
                staged=staged,
                since=since,
                url_of=self._url_of,
                long_posts=self.capabilities.text_limit > NORMAL_LIMIT,
            )
        except (AuthRequired, Rejected) as error:
            if error.http_status in {401, 403}:
                note = f"reading the timeline is not permitted: {error}"
                return LookUp(hits=(), complete=False, permitted=False, platform_at=error.platform_at, note=note)
            raise _unreadable(error) from None

    def withdraw(self, receipt: Receipt) -> None:
        """Delete the remote post (DELETE /2/tweets/:id); gone already is success."""
        response = self._call("DELETE", f"/2/tweets/{receipt.remote_id}")
        if response.status_code == 404:
            return
        if response.status_code != 200:
            raise refusal(response, doubt=Unreachable, secrets=self._credentials.secrets())
        if not isinstance(_data(response).get("deleted"), bool):
            raise Unreachable("X's answer does not say whether the post is deleted", **facts(response))

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _connected(self) -> "tweepy.Client":
        """Make tweepy's client on first use; it is given our session."""
        if self._client is None:
            import tweepy
            from requests import Response

            self._client = tweepy.Client(
                consumer_key=self._credentials["consumer_key"],
                consumer_secret=self._credentials["consumer_secret"],
                access_token=self._credentials["access_token"],
                access_token_secret=self._credentials["access_token_secret"],
                return_type=Response,
            )
            self._client.session = self._session
        return self._client

    def _call(
        self, method: str, route: str, *, query: Mapping[str, str] | None = None, body: Json | None = None
    ) -> "Response":
        """Make one invisible or repeatable request; any status comes back."""
        client = self._connected()
        return self._session.ask(lambda: client.request(method, route, params=query, json=body, user_auth=True))

    def _ask(
        self, method: str, route: str, *, query: Mapping[str, str] | None = None, body: Json | None = None
    ) -> "Response":
        """Make one invisible request and return its 200 (201) answer.

        Raises:
            PlatformError: any other answer, or none.
        """
        response = self._call(method, route, query=query, body=body)
        if response.status_code not in {200, 201}:
            raise refusal(response, doubt=Unreachable, secrets=self._credentials.secrets())
        return response

    def _user_id(self) -> str:
        """Give the account's id: the part of the access token before the dash (X's own form), else ask."""
        found = re.match(r"([0-9]{1,19})-", self._credentials["access_token"])
        return found[1] if found else self.whoami().remote_id

    def _url_of(self, remote_id: str) -> str:
        return f"https://x.com/{self._account or 'i'}/status/{remote_id}"


def _data(response: "Response") -> Json:
    """Return the answer's ``data`` object, or an empty one."""
    data = (read_json(response) or {}).get("data")
    return data if isinstance(data, dict) else {}


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def _lives(ref: Json) -> bool:
    return datetime.fromisoformat(ref["expires_at"]) - MEDIA_MARGIN > datetime.now(UTC)


def _unreadable(error: PlatformError) -> Unreachable:
    """Turn a refused query into "not readable": it says nothing about the post that was looked for."""
    return Unreachable(
        f"the timeline cannot be read: {error}",
        platform=PLATFORM,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        platform_at=error.platform_at,
    )

"""YouTube community posts: what the configuration may say, what a post looks like, how its URL is read.

Google's ``posts`` API is a closed pilot until 2027, so the default ``driver`` is ``handoff``: the post is prepared and
a person presses *Post*. This module must not touch the network nor import the SDK; ``connect`` makes the adapter that
does.
"""

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from syndicator.errors import ComposeError, ConfigError, Problem
from syndicator.model import (
    AfterUnknown,
    Capabilities,
    Channel,
    Composed,
    Counting,
    Credentials,
    Field,
    Json,
    PlatformSpec,
    Teaser,
)
from syndicator.platforms import Adapter

if TYPE_CHECKING:
    from syndicator.platforms._youtube_api import ApiAdapter

PICTURE_BYTES_MOST = 16 * 1024 * 1024
"""Pilot reference of ``posts.imageUpload`` and help page 7124474."""
SETTLE = timedelta(minutes=20)
COMPOSER_URL = "https://www.youtube.com/channel/{channel_id}/posts?show_create_dialog=1"
"""Opens the composer; seen working on 2026-07-18. No parameter fills in the text."""

SPEC = PlatformSpec(
    name="youtube",
    title="YouTube community post",
    default_image="attach",
    default_fallback="card",
    credentials=(
        Field(name="client_id", help="OAuth client id; only for driver api or auto."),
        Field(name="client_secret", help="OAuth client secret; only for driver api or auto."),
        Field(name="refresh_token", help="Refresh token of the channel's owner; only for driver api or auto."),
    ),
    options=(
        Field(name="channel_id", help="The YouTube channel, UC….", required=True),
        Field(
            name="driver",
            help="handoff: a person posts. api: Google's posts pilot. auto: the pilot when it answers, else a person.",
            default="handoff",
            choices=("handoff", "api", "auto"),
        ),
        Field(
            name="pilot_approved",
            help="true: Google has admitted your project to the posts pilot (auto uses the API only then).",
            default="false",
            choices=("true", "false"),
        ),
        Field(name="text_limit", help="Longest text in characters; YouTube names no limit.", default="1000"),
        Field(name="composer_url", help="Where a person posts; {channel_id} is filled in.", default=COMPOSER_URL),
        Field(name="read_timeout", help="Seconds to wait for an answer.", default="45"),
        Field(name="token_uri", help="OAuth token endpoint.", default="https://oauth2.googleapis.com/token"),
    ),
)


def capabilities(channel: Channel) -> Capabilities:
    """Give the limits of a community post; a link is part of the text.

    Raises:
        ConfigError: ``text_limit`` is not a number.
    """
    attach = channel.image == "attach"
    return Capabilities(
        text_limit=int(_number(channel, "text_limit")),
        counting=Counting.CODE_POINTS,
        after_unknown=AfterUnknown.LOOK if _may_use_api(channel) else AfterUnknown.ASK,
        settle=SETTLE,
        link_in_text=True,
        media_types=("image/jpeg",),
        media_limit=1 if attach else 0,
        media_max_bytes=PICTURE_BYTES_MOST if attach else 0,
        media_ratio=(1, 1),
    )


def compose(channel: Channel, teaser: Teaser, marker: str) -> Composed:
    """Build the request of one community post, which is also what a person is given; pure.

    Raises:
        ComposeError: nothing to say, or the text with its link is over the limit.
    """
    text = teaser.text
    if teaser.link and teaser.link not in text:
        text = f"{text}\n\n{teaser.link}" if text else teaser.link
    limit = capabilities(channel).text_limit
    if len(text) > limit:
        raise ComposeError(f"the text has {len(text)} characters; channel {channel.name} allows {limit}")
    if not text.strip():
        raise ComposeError("the post has neither text nor link")
    channel_id = _option(channel, "channel_id")
    request: Json = {
        "channel_id": channel_id,
        "text": text,
        "body": {"snippet": {"channelId": channel_id, "textDisplay": text}},
        "media": [{"sha256": item.sha256, "mime": item.mime, "alt": item.alt} for item in teaser.media[:1]],
        "composer_url": _option(channel, "composer_url").replace("{channel_id}", channel_id),
    }
    after_unknown = capabilities(channel).after_unknown
    return Composed(platform=SPEC.name, marker=marker, teaser=teaser, request=request, after_unknown=after_unknown)


def connect(channel: Channel, credentials: Credentials) -> Adapter:
    """Make the adapter of the configured driver. Opens no connection yet.

    Raises:
        ConfigError: credentials are missing, or a malformed time-out or server address.
    """
    from syndicator.platforms._youtube_handoff import AutoAdapter, HandoffAdapter

    channel_id = _option(channel, "channel_id")
    if _may_use_api(channel):
        api = _connect_api(channel, credentials, channel_id)
        return AutoAdapter(api, channel_id=channel_id) if _option(channel, "driver") == "auto" else api
    auto = _option(channel, "driver") == "auto"
    return HandoffAdapter(channel_id=channel_id, why="pilot_approved is false" if auto else "")


def _connect_api(channel: Channel, credentials: Credentials, channel_id: str) -> "ApiAdapter":
    from syndicator.platforms._youtube_api import ApiAdapter
    from syndicator.platforms._youtube_google import Client, Google

    names = [field.name for field in SPEC.credentials]
    missing = [name for name in names if not credentials.get(name)]
    if missing:
        driver = _option(channel, "driver")
        raise ConfigError([_problem(channel, name, f"is needed for driver {driver}") for name in missing])
    client = Client(**{name: credentials[name] for name in names}, token_uri=_option(channel, "token_uri"))
    google = Google(
        client,
        owner=f"channel {channel.name}",
        api_base=channel.api_base,
        read_timeout=_number(channel, "read_timeout"),
    )
    return ApiAdapter(google, channel_id=channel_id)


# --- the URL of a live post -----------------------------------------------------------------------------------------

_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_POST_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
"""Every id seen is ``Ugkx`` and 36 characters long, but nothing promises either."""


def parse_post_url(url: str) -> str:
    """Give the post id of ``https://www.youtube.com/post/<id>`` or ``…/channel/<UC…>/community?lb=<id>``.

    Raises:
        ValueError: not the URL of a community post.
    """
    parts = urlsplit(url.strip())
    steps = [unquote(step) for step in parts.path.split("/") if step]
    post = ""
    if parts.scheme in {"http", "https"} and parts.hostname in _HOSTS and steps:
        if len(steps) == 2 and steps[0] == "post":
            post = steps[1]
        elif steps[-1] in {"community", "posts"}:
            post = parse_qs(parts.query).get("lb", [""])[0]
    if not _POST_ID.fullmatch(post):
        raise ValueError(f"not the URL of a YouTube community post: {url}")
    return post


def remote_id_from_url(channel: Channel, url: str) -> str:  # noqa: ARG001 - the platforms' common signature
    """Give the post id that a community post's URL names; see :func:`parse_post_url`.

    Raises:
        ValueError: not the URL of a community post.
    """
    return parse_post_url(url)


# --- options --------------------------------------------------------------------------------------------------------


def _may_use_api(channel: Channel) -> bool:
    driver = _option(channel, "driver")
    return driver == "api" or (driver == "auto" and _option(channel, "pilot_approved") == "true")


def _option(channel: Channel, name: str) -> str:
    default = next(field.default for field in SPEC.options if field.name == name)
    return channel.options.get(name) or default


def _number(channel: Channel, name: str) -> float:
    text = _option(channel, name)
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text) or float(text) <= 0:
        raise ConfigError([_problem(channel, name, f"{text!r} is not a number above 0")])
    return float(text)


def _problem(channel: Channel, key: str, message: str) -> Problem:
    return Problem(file=f"channel {channel.name}", key=key, message=message)

"""Facebook Pages: what the configuration may say, what a post looks like, how its URL is read.

Two ways of publishing (``publish_mode``): ``direct`` is one ``POST /{page}/feed``; ``two_phase`` creates the post
unpublished while staging and then publishes it by its id, which may be repeated. This module must not touch the
network nor import the SDK; ``connect`` makes the adapter that does (``_graph_page``).
"""

import re
from datetime import timedelta
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

PHOTO_BYTES_MOST = 10_000_000
"""Photos must stay under 10 MB (Page photos reference)."""
ALT_LIMIT = 1000
"""Our own cap: no Meta page names a limit of ``alt_text_custom``."""
COMMENT_LIMIT = 8000
"""Longest comment in characters, as Facebook's own page refuses longer ones; no Meta document names it."""
PROBE_WAIT = 10.0
"""Seconds that Facebook has to show a test draft before it counts as invisible; a server on this machine needs none."""
SETTLE = timedelta(minutes=20)
"""Reliability section 4, single-shot: two-sided 5-minute fence, queue and lag."""

SPEC = PlatformSpec(
    name="facebook",
    title="Facebook Page",
    credentials=(
        Field(
            name="page_token",
            help="Page access token, of a system user or from a long-lived user token.",
            required=True,
        ),
        Field(name="app_secret", help="App secret: signs every call, with a time that stops a worker that slept (R5)."),
    ),
    options=(
        Field(name="page_id", help="Numeric id of the Page.", required=True),
        Field(
            name="publish_mode",
            help="direct: one request. two_phase: an invisible draft first, then published by its id; a test draft "
            "shows each week that the Page hides them, and a Page that does not gets direct.",
            default="direct",
            choices=("direct", "two_phase"),
        ),
        Field(name="api_version", help="Graph API version, vN.N.", default="v26.0"),
        Field(name="read_timeout", help="Seconds to wait for an answer.", default="45"),
        Field(name="text_limit", help="Longest message, in UTF-16 code units.", default="63206"),
        Field(
            name="appsecret_time",
            help="on: Facebook refuses our signed calls after 5 minutes, so a worker that slept cannot post late; "
            "needs app_secret and a clock that is right to 5 minutes. off: a proof without time.",
            default="on",
            choices=("on", "off"),
        ),
        Field(
            name="scrape",
            help="on: ask Facebook to fetch the article's preview before posting (best effort).",
            default="off",
            choices=("on", "off"),
        ),
    ),
)


def capabilities(channel: Channel) -> Capabilities:
    """Give the limits of a Page post; the link is a field of its own unless a picture takes the card's place.

    Raises:
        ConfigError: ``text_limit`` is not a number.
    """
    attach = channel.image == "attach"
    two_phase = _option(channel, "publish_mode") == "two_phase"
    return Capabilities(
        text_limit=int(_number(channel, "text_limit")),
        counting=Counting.UTF16,
        after_unknown=AfterUnknown.REPEAT if two_phase else AfterUnknown.LOOK,
        settle=SETTLE,
        link_in_text=attach,
        media_limit=1 if attach else 0,
        media_max_bytes=PHOTO_BYTES_MOST - 1 if attach else 0,
        alt_limit=ALT_LIMIT if attach else 0,
        link_card=True,
        parts_most=1,
        part_limit=COMMENT_LIMIT,
        when_shown={"publish_mode": "direct"} if two_phase else {},
    )


def compose(channel: Channel, teaser: Teaser, marker: str) -> Composed:
    """Build the request of one Page post; pure.

    Raises:
        ComposeError: nothing to say, or the text with its link is over the limit.
    """
    text = _message(teaser)
    limit = capabilities(channel).text_limit
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > limit:
        raise ComposeError(f"the message has {length} UTF-16 units; channel {channel.name} allows {limit}")
    if not text.strip() and not teaser.link:
        raise ComposeError("the post has neither text nor link")
    fields = {"message": text} if text else {}
    if teaser.link and not teaser.media:
        fields["link"] = teaser.link
    request: Json = {
        "mode": _option(channel, "publish_mode"),
        "page": _option(channel, "page_id"),
        "fields": fields,
        "media": [{"sha256": item.sha256, "mime": item.mime, "alt": item.alt} for item in teaser.media[:1]],
    }
    after_unknown = capabilities(channel).after_unknown
    return Composed(platform=SPEC.name, marker=marker, teaser=teaser, request=request, after_unknown=after_unknown)


def follow(channel: Channel, teaser: Teaser, marker: str, *, to: str) -> Composed:
    """Build the request of the Page's first comment under its own post ``to``; pure.

    Raises:
        ComposeError: no text, or over the limit.
    """
    text = teaser.text
    if not text.strip():
        raise ComposeError("a comment has to say something")
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > COMMENT_LIMIT:
        raise ComposeError(f"the comment has {length} UTF-16 units; Facebook takes {COMMENT_LIMIT}")
    request: Json = {
        "mode": "comment",
        "page": _option(channel, "page_id"),
        "post": to,
        "fields": {"message": text},
        "media": [],
    }
    # A comment has no invisible draft, so whatever the channel's mode, publishing it again makes a second one.
    return Composed(platform=SPEC.name, marker=marker, teaser=teaser, request=request, after_unknown=AfterUnknown.LOOK)


def _message(teaser: Teaser) -> str:
    """Give the message; a post with a picture shows no link card, so the link must be readable in the words."""
    if not teaser.media or not teaser.link or teaser.link in teaser.text:
        return teaser.text
    return f"{teaser.text}\n\n{teaser.link}" if teaser.text else teaser.link


def connect(channel: Channel, credentials: Credentials) -> Adapter:
    """Make the adapter of one Page. Opens no connection yet.

    Raises:
        ConfigError: no token, a malformed version, time-out or server address.
    """
    from syndicator.platforms._graph import Graph
    from syndicator.platforms._graph_page import PageAdapter

    token = credentials.get("page_token")
    if not token:
        raise _problem(channel, "page_token", "the Page access token is missing")
    graph = Graph(
        owner=f"channel {channel.name}",
        token=token,
        app_secret=credentials.get("app_secret"),
        timed_proof=_option(channel, "appsecret_time") == "on",
        api_base=channel.api_base,
        version=_option(channel, "api_version"),
        read_timeout=_number(channel, "read_timeout"),
    )
    return PageAdapter(
        graph,
        page=_option(channel, "page_id"),
        scrape=_option(channel, "scrape") == "on",
        probe_wait=PROBE_WAIT if graph.remote else 0,
    )


# --- the URL of a live post -----------------------------------------------------------------------------------------

_HOSTS = frozenset({"facebook.com", "www.facebook.com", "m.facebook.com", "web.facebook.com", "mbasic.facebook.com"})
_POST_ID = re.compile(r"\d+(_\d+)?|pfbid\w+")


def remote_id_from_url(channel: Channel, url: str) -> str:
    """Give the post id that a Page post's URL names, as publishing and looking up give it: ``PAGE_POST``.

    A URL that names the Page by its words gets the channel's own page id, so that one remote post has one id (R12).

    Understands ``/<page>_<post>``, ``/<page>/posts/<id>``, ``/<page>/posts/<words>/<id>`` and
    ``permalink.php?story_fbid=<id>&id=<page>``; ids may be numbers or ``pfbid…``. With ``comment_id=<id>`` it is the
    address of a comment: ``POST_COMMENT``.

    Raises:
        ValueError: not the URL of a Facebook post.
    """
    parts = urlsplit(url.strip())
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if parts.scheme not in {"http", "https"} or parts.hostname not in _HOSTS or not steps:
        raise ValueError(f"not the URL of a Facebook post: {url}")
    query = parse_qs(parts.query)
    if steps[-1] in {"permalink.php", "story.php"}:
        page, post = query.get("id", [""])[0], query.get("story_fbid", [""])[0]
    elif len(steps) >= 3 and steps[1] == "posts":
        page, post = steps[0], steps[-1]
    else:
        page, post = "", steps[0] if len(steps) == 1 and "_" in steps[0] else ""
    if not _POST_ID.fullmatch(post):
        raise ValueError(f"not the URL of a Facebook post: {url}")
    ours = channel.options.get("page_id", "")
    named = page if page.isdigit() else post.partition("_")[0] if "_" in post else ""
    if ours and named.isdigit() and named != ours:
        raise ValueError(f"not the URL of a Facebook post of this Page ({ours}): {url}")
    if not page.isdigit() and "_" not in post:
        page = ours
    if (comment := query.get("comment_id", [""])[0]).isascii() and comment.isdigit():
        return f"{post.rpartition('_')[2]}_{comment}"
    return f"{page}_{post}" if page.isascii() and page.isdigit() and post.isdigit() else post


# --- options --------------------------------------------------------------------------------------------------------


def _option(channel: Channel, name: str) -> str:
    default = next(field.default for field in SPEC.options if field.name == name)
    return channel.options.get(name) or default


def _number(channel: Channel, name: str) -> float:
    text = _option(channel, name)
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text) or float(text) <= 0:
        raise _problem(channel, name, f"{text!r} is not a number above 0")
    return float(text)


def _problem(channel: Channel, key: str, message: str) -> ConfigError:
    return ConfigError([Problem(file=f"channel {channel.name}", key=key, message=message)])

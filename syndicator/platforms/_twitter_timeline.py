"""Reads an X account's own timeline back and recognises one of our posts in it (R11, R12). It must not write.

``fetch`` puts one page's query to ``GET /2/users/:id/tweets`` and returns an answer with status 200 or raises.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from syndicator.core.links import marker_in
from syndicator.errors import PlatformError, Rejected
from syndicator.model import Json, LookUp, Receipt, Staged
from syndicator.platforms._answer import is_cached, platform_date, read_json

if TYPE_CHECKING:
    from requests import Response

Fetch: TypeAlias = Callable[[dict[str, str]], "Response"]

MARGIN = timedelta(minutes=12)
"""Read from this long before the intent: our clock may have been off by the width within which X takes a signature
(about 10 minutes; undocumented), and a live post must not hide behind that (D18)."""
SAME_TEXT_MARGIN = timedelta(seconds=62)
"""R12, widened by the difference of clocks that a look-up still believes (core.settle.SKEW_MOST)."""
PAGE_SIZE = 100
PAGES_MOST = 20
FIELD_NAMES = ("post.fields", "tweet.fields")
"""The read parameter was renamed in July 2026 (OpenAPI 2.167); which of them a server takes shows in its answer."""
_ANSWERED = re.compile(r"\A(?:@\w{1,15} )+")
LONG_POST = ("note_post", "note_tweet")


@dataclass(slots=True)
class _Reading:
    """What was read so far, and every reason not to believe in an absence."""

    hits: list[Receipt] = field(default_factory=list)
    seen: int = 0
    doubts: list[str] = field(default_factory=list)
    platform_at: datetime | None = None
    fields_ignored: bool = False

    def doubt(self, reason: str) -> None:
        if reason not in self.doubts:
            self.doubts.append(reason)

    def look_up(self) -> LookUp:
        return LookUp(
            hits=tuple(self.hits),
            complete=not self.doubts,
            platform_at=self.platform_at,
            seen=self.seen,
            note="; ".join(self.doubts),
        )


def look_up(fetch: Fetch, *, staged: Staged, since: datetime, url_of: Callable[[str], str], long_posts: bool) -> LookUp:
    """Read back to ``since`` (X's clock) and look for the post.

    Raises:
        PlatformError: a page could not be read and nothing was found before it.
    """
    reading = _Reading()
    for name, long_post in zip(FIELD_NAMES, LONG_POST, strict=True):
        wanted = "created_at,entities" + (f",{long_post}" if long_posts else "")
        query = {
            "max_results": str(PAGE_SIZE),
            "start_time": f"{(since - MARGIN).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "exclude": "retweets",  # a repost of our own post carries its marker as well
            name: wanted,
        }
        try:
            reading = _read(fetch, query=query, staged=staged, since=since, url_of=url_of)
        except Rejected as error:
            if error.http_status != 400 or name == FIELD_NAMES[-1]:
                raise
            continue
        if not reading.fields_ignored:
            break
    return reading.look_up()


def _read(
    fetch: Fetch, *, query: dict[str, str], staged: Staged, since: datetime, url_of: Callable[[str], str]
) -> _Reading:
    reading = _Reading()
    tokens: set[str] = set()
    while True:
        try:
            response = fetch(query)
        except PlatformError:
            if not reading.hits:
                raise
            reading.doubt("a later page could not be read")
            return reading
        token = _take_page(reading, response, since=since)
        for post in _posts(read_json(response) or {}):
            _take_post(reading, post, staged=staged, since=since, url_of=url_of)
        if token is None:
            return reading
        if token in tokens:
            reading.doubt("X repeats a page")
            return reading
        tokens.add(token)
        if len(tokens) == PAGES_MOST:
            reading.doubt(f"more than {PAGES_MOST} pages")
            return reading
        query = {**query, "pagination_token": token}


def _take_page(reading: _Reading, response: "Response", *, since: datetime) -> str | None:
    """Judge one page's envelope (R11) and return the token of the next."""
    answered_at = platform_date(response)
    if reading.platform_at is None:
        reading.platform_at = answered_at
    if answered_at is None:
        reading.doubt("X's answer has no usable date")
    elif answered_at < since:
        reading.doubt("X's clock is before the intent")
    if is_cached(response):
        reading.doubt("a cache answered")
    answer = read_json(response) or {}
    meta = answer.get("meta")
    if not isinstance(meta, dict) or meta.get("result_count") != len(_posts(answer)):
        reading.doubt("the page does not say how many posts it has")
    if answer.get("errors"):
        reading.doubt("X left something out of the page")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return token if isinstance(token, str) and token else None


def _posts(answer: Json) -> list[Json]:
    data = answer.get("data")
    return [post for post in data if isinstance(post, dict)] if isinstance(data, list) else []


def _take_post(reading: _Reading, post: Json, *, staged: Staged, since: datetime, url_of: Callable[[str], str]) -> None:
    reading.seen += 1
    created_at, text, remote_id = _instant(post.get("created_at")), post.get("text"), post.get("id")
    if created_at is None:
        reading.fields_ignored = True
    if created_at is None or not isinstance(text, str) or not isinstance(remote_id, str):
        reading.doubt("a post came without the fields asked for")
        return
    links = list(_links(post))
    if "://t.co/" in text and not links:
        reading.doubt("a post came without its links")
    if _is_ours(staged, text=text, links=links, created_at=created_at, since=since):
        reading.hits.append(Receipt(remote_id=remote_id, remote_url=url_of(remote_id), platform_at=created_at))


def _is_ours(staged: Staged, *, text: str, links: list[Json], created_at: datetime, since: datetime) -> bool:
    """Recognise our post by its marker; one without a link by its exact words and time (R12)."""
    marker, ours = staged.composed.marker, str(staged.composed.request["text"])
    is_answer = "reply" in staged.composed.request
    if marker_in(ours, marker):
        urls = (link.get(key) for link in links for key in ("expanded_url", "unwound_url"))
        return any(isinstance(url, str) and marker_in(url, marker) for url in urls)
    if created_at < since - SAME_TEXT_MARGIN:
        return False
    expansions = (_expanded(text, links, key) for key in ("expanded_url", "display_url"))
    read = {_plain(html.unescape(words)) for words in expansions}
    # X may write the names of whom a post answers before its words.
    return _plain(ours) in read | ({_ANSWERED.sub("", words) for words in read} if is_answer else set())


def _links(post: Json) -> Iterator[Json]:
    """Yield the link entities of a post, those of its long form included."""
    for holder in (post, post.get("note_post"), post.get("note_tweet")):
        entities = holder.get("entities") if isinstance(holder, dict) else None
        urls = entities.get("urls") if isinstance(entities, dict) else None
        yield from (url for url in (urls if isinstance(urls, list) else ()) if isinstance(url, dict))


def _expanded(text: str, links: list[Json], key: str) -> str:
    """Undo t.co; the link that X appends for an attached picture goes."""
    for link in links:
        short, long = link.get("url"), link.get(key)
        if isinstance(short, str) and isinstance(long, str):
            is_picture = bool(link.get("media_key")) or str(link.get("display_url", "")).startswith("pic.")
            text = text.replace(short, "" if is_picture else long)
    return text


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _instant(value: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return parsed if parsed is not None and parsed.tzinfo is not None else None

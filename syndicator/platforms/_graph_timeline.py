"""Reads a Page's published posts back and recognises ours. Read-only; it must not decide what an absence means."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from syndicator.core.links import marker_in
from syndicator.errors import PlatformError
from syndicator.model import Composed, LookUp, Receipt
from syndicator.platforms._graph import SIGNATURE, Answer, Graph

FIELDS = "id,message,created_time,permalink_url,is_published,application,attachments{unshimmed_url}"
PAGES_MOST = 50
MARGIN = timedelta(hours=24)
"""Read from this long before the intent: nothing at the platform bounds how wrong our clock may have been (D18)."""
LEEWAY = timedelta(seconds=62)
"""R12: how far before the intent a post with the same text may have been created and still be ours.
Wider than the rule by the difference of clocks that a look-up still believes (core.settle.SKEW_MOST)."""
_OTHER_MARKER = re.compile(r"[?&]utm_content=")


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one walk through the list has seen so far; ``doubts`` are the reasons why it proves no absence (R11)."""

    hits: list[Receipt] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    seen: int = 0
    platform_at: datetime | None = None


def look_up(graph: Graph, composed: Composed, since: datetime) -> LookUp:
    """Read all posts published since ``since`` (platform time) and give those that are ``composed``.

    Facebook documents the list as ranked, so one absence is weak evidence: ``complete`` means that R11 holds, the
    settle window and STRICT do the rest.

    Raises:
        PlatformError: a page could not be read and no hit was found before it.
    """
    reading = Reading()
    for answer in pages(graph, composed.request["page"], "published_posts", since_query(since), reading):
        reading.platform_at = reading.platform_at or answer.platform_at
        reading.doubts += doubts(answer, since)
        posts = answer.data.get("data")
        for post in posts if isinstance(posts, list) else ():
            _take(post, composed, since=since, reading=reading, answer=answer)
    note = "; ".join(dict.fromkeys(reading.doubts))
    return LookUp(
        hits=tuple(reading.hits),
        complete=not note,
        platform_at=reading.platform_at,
        seen=reading.seen,
        note=note,
    )


def since_query(since: datetime) -> dict[str, str]:
    """Ask for whole posts from well before ``since``, as many at once as the platform gives."""
    return {"since": str(int((since - MARGIN).timestamp())), "limit": "100", "fields": FIELDS}


def pages(graph: Graph, page: str, edge: str, query: dict[str, str], reading: Reading) -> Iterator[Answer]:
    """Walk through one of a Page's lists; what is doubtful about the walk itself goes into ``reading``.

    Raises:
        PlatformError: a page could not be read and no hit was found before it.
    """
    asked: list[dict[str, str]] = []
    while query not in asked and len(asked) < PAGES_MOST:
        asked.append(query)
        try:
            answer = graph.get(page, edge, **query)
        except PlatformError as error:
            if not reading.hits:
                raise
            reading.doubts.append(f"page {len(asked)} of the list could not be read: {error}")
            return
        yield answer
        paging = answer.data.get("paging")
        link = paging.get("next") if isinstance(paging, dict) else None
        if not isinstance(link, str):
            return
        # Only the query counts: the link names the platform's own host and repeats our token.
        query = {name: value for name, value in parse_qsl(urlsplit(link).query) if name not in SIGNATURE}
    reading.doubts.append(f"the list did not end after {len(asked)} pages")


def doubts(answer: Answer, since: datetime) -> Iterator[str]:
    """Say why one page of a list proves no absence (R11)."""
    if answer.cached:
        yield "a cache answered"
    if answer.platform_at is None:
        yield "Facebook's answer has no readable Date"
    elif answer.platform_at < since:
        yield "Facebook's clock is before the intent"
    if not isinstance(answer.data.get("data"), list):
        yield "the answer has no list of posts"


def _take(post: Any, composed: Composed, *, since: datetime, reading: Reading, answer: Answer) -> None:
    reading.seen += 1
    if not isinstance(post, dict) or not isinstance(post.get("id"), str) or created_at(post) is None:
        reading.doubts.append("a post in the list lacks id or created_time")
        return
    message = post.get("message")
    if not isinstance(message, str) and not isinstance(post.get("attachments"), dict):
        reading.doubts.append("a post in the list shows neither message nor attachments")
    if post.get("is_published") is not False and _is_ours(post, composed, since):
        reading.hits.append(receipt(post["id"], answer, post))


def _is_ours(post: dict[str, Any], composed: Composed, since: datetime) -> bool:
    message = str(post.get("message") or "")
    places = [message, *links_in(post.get("attachments"))]
    if any(marker_in(place, composed.marker) for place in places):
        return True
    if any(_OTHER_MARKER.search(place) for place in places):
        # The same words under another marker belong to another post of ours.
        return False
    # Facebook may replace the link by the article's canonical one; then only the words are left (R12).
    created = created_at(post)
    ours = plain(composed.request["fields"].get("message", ""))
    return bool(ours) and plain(message) == ours and created is not None and created >= since - LEEWAY


def links_in(attachments: Any) -> Iterator[str]:
    """Give the links behind a post's cards, as they were before Facebook wrapped them."""
    items = attachments.get("data") if isinstance(attachments, dict) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            if isinstance(item.get("unshimmed_url"), str):
                yield item["unshimmed_url"]
            yield from links_in(item.get("subattachments"))


def plain(text: str) -> str:
    """Write a text as it is compared: composed, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def created_at(post: dict[str, Any]) -> datetime | None:
    """Read ``created_time`` as aware UTC; None when it is missing or unreadable."""
    try:
        at = datetime.fromisoformat(post["created_time"])
    except (KeyError, TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def receipt(post_id: str, answer: Answer, post: dict[str, Any] | None = None) -> Receipt:
    """Make the receipt of a post, with what Facebook says about it where it says something."""
    link = (post or {}).get("permalink_url")
    readable = isinstance(link, str) and link.startswith(("https://", "http://"))
    return Receipt(
        remote_id=post_id,
        remote_url=str(link) if readable else f"https://www.facebook.com/{post_id}",
        platform_at=created_at(post or {}) or answer.platform_at,
    )

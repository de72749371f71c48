"""Whether a Page hides its drafts (R18), and which of them nobody needs any more.

A canary is a draft that says what it is and links to nothing. It is looked for where readers look, and deleted whatever
the answer. This module must not decide what follows from it, nor publish anything.
"""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.errors import PlatformError, Rejected, Unreachable
from syndicator.model import Draft, Probe
from syndicator.platforms._graph import PLATFORM, Answer, Graph
from syndicator.platforms._graph_errors import MISSING
from syndicator.platforms._graph_timeline import FIELDS, Reading, created_at, links_in, pages, since_query

WORDS = (
    "Test draft of the newsroom's posting software: it checks that drafts stay invisible. It is no news and is deleted "
    "by itself; whoever sees it may delete it."
)
NAME = re.compile(r"\[syndicator-canary-[0-9a-f]{16}\]")
"""Stands in every canary and in nothing else."""
REMEMBERED = timedelta(days=8)
"""How far back a canary is looked for that an earlier probe could not delete."""
LIST, FEED, DRAFTS = "published_posts", "feed", "promotable_posts"
"""Page edges: what is published; what readers see; everything, drafts included (``is_published=false``: only those).
The third is in Meta's SDKs and in use with v21.0, but no longer in its prose: where it is refused, nothing is swept."""
_MARKER = re.compile(r"[?&]utm_content=([a-z2-7]{13})(?![a-z0-9])")
GONE = "{}/{}".format(*MISSING)


def probe(graph: Graph, page: str, *, wait: float) -> Probe:
    """Stage a canary, look for it after ``wait`` seconds, and delete it.

    Raises:
        PlatformError: nothing was shown either way.
    """
    left = _visible(graph, page)
    if left:
        return Probe(hidden=False, note=f"an earlier test draft was visible: {_delete_all(graph, left)}")
    try:
        answer = graph.post(page, "feed", fields={"message": _words(), "published": "false"})
        canary = answer.data.get("id")
        if not isinstance(canary, str) or not canary:
            raise Unreachable("Facebook named no id for the test draft", platform=PLATFORM, code="no-id")
    except PlatformError:
        # It may be there all the same, and if the Page shows drafts, readers see it: look before giving up.
        left = _visible(graph, page)
        if left:
            return Probe(hidden=False, note=f"the test draft was visible: {_delete_all(graph, left)}")
        raise
    try:
        time.sleep(wait)
        where = _seen(graph, page, canary)
    except PlatformError:
        with suppress(PlatformError):
            _delete(graph, canary)
        raise
    gone = _delete_all(graph, [canary])
    if where:
        return Probe(hidden=False, note=f"the test draft was visible: {where}; {gone}")
    return Probe(hidden=True, note=f"the test draft was not visible; {gone}")


def _words() -> str:
    return f"{WORDS} [syndicator-canary-{secrets.token_hex(8)}]"


def _seen(graph: Graph, page: str, canary: str) -> str:
    """Say where readers see the canary; empty when they do not.

    Raises:
        PlatformError: it cannot be said.
    """
    answer = graph.get(canary, fields="id,is_published")
    published = answer.data.get("is_published")
    if published is True:
        return "Facebook calls it published, although it was created with published=false"
    if published is not False or answer.cached:
        raise Unreachable("Facebook does not say whether the test draft is published", platform=PLATFORM, code="probe")
    for edge in (LIST, FEED):
        if canary in _canaries(graph, page, edge, (answer.platform_at or datetime.now(UTC)) - timedelta(hours=1)):
            return f"it stands in {edge}"
    return ""


def _visible(graph: Graph, page: str) -> list[str]:
    """Give the canaries that readers see, whichever probe left them."""
    return _canaries(graph, page, LIST, datetime.now(UTC) - REMEMBERED)


def _canaries(graph: Graph, page: str, edge: str, since: datetime) -> list[str]:
    """Give the ids of canaries in a list of published posts.

    Raises:
        PlatformError: the list cannot be read, or what was read is no fresh list of posts.
    """
    reading = Reading()
    found = []
    for answer in pages(graph, page, edge, since_query(since), reading):
        posts = answer.data.get("data")
        if not isinstance(posts, list) or answer.cached:
            raise Unreachable(f"Facebook gives no fresh list of {edge}", platform=PLATFORM, code="probe")
        found += [post["id"] for post in posts if _is_canary(post) and (edge == LIST or _is_shown(post))]
    if reading.doubts:
        raise Unreachable("; ".join(reading.doubts), platform=PLATFORM, code="probe")
    return found


def _is_canary(post: Any) -> bool:
    return (
        isinstance(post, dict) and isinstance(post.get("id"), str) and bool(NAME.search(str(post.get("message") or "")))
    )


def _is_shown(post: dict[str, Any]) -> bool:
    return post.get("is_published") is not False


def _delete_all(graph: Graph, canaries: list[str]) -> str:
    """Delete canaries and say how that went."""
    left = []
    for canary in canaries:
        try:
            _delete(graph, canary)
        except PlatformError:
            left.append(f"https://www.facebook.com/{canary}")
    return f"delete it by hand: {', '.join(left)}" if left else "it is deleted"


def _delete(graph: Graph, remote_id: str) -> None:
    """Delete; gone already is success."""
    try:
        answer = graph.delete(remote_id)
    except Rejected as error:
        if error.code != GONE:
            raise
        return
    if answer.data.get("success") is not True:
        raise Unreachable("Facebook does not confirm the deletion", platform=PLATFORM, code="delete")


def drafts(graph: Graph, page: str) -> tuple[Draft, ...]:
    """List the Page's drafts with the markers in them.

    Raises:
        PlatformError: the list cannot be read to its end.
    """
    reading = Reading()
    query = {"is_published": "false", "limit": "100", "fields": FIELDS}
    found = [draft for answer in pages(graph, page, DRAFTS, query, reading) for draft in _drafts_in(answer)]
    if reading.doubts:
        raise Unreachable("; ".join(reading.doubts), platform=PLATFORM, code="drafts")
    return tuple(found)


def _drafts_in(answer: Answer) -> Iterator[Draft]:
    posts = answer.data.get("data")
    for post in posts if isinstance(posts, list) else ():
        if not isinstance(post, dict) or not isinstance(post.get("id"), str) or post.get("is_published") is not False:
            continue
        born = created_at(post)
        places = [str(post.get("message") or ""), *links_in(post.get("attachments"))]
        yield Draft(
            remote_id=post["id"],
            age=answer.platform_at - born if answer.platform_at and born and not answer.cached else None,
            markers=tuple(dict.fromkeys(marker for place in places for marker in _MARKER.findall(place))),
            canary=_is_canary(post),
        )


def discard(graph: Graph, draft: Draft) -> bool:
    """Delete a draft that is still one; False when it is published, or when Facebook does not say.

    Raises:
        PlatformError: it cannot be read or deleted.
    """
    try:
        answer = graph.get(draft.remote_id, fields="id,is_published")
    except Rejected as error:
        if error.code != GONE:
            raise
        return True
    if answer.data.get("is_published") is not False or answer.cached:
        return False
    _delete(graph, draft.remote_id)
    return True

"""A Page's own comment under its own post: recognised among the post's comments, and what its refusal means.

Read-only. A comment has no marker of its own unless its words carry our link, so otherwise it is known by its words,
its time and the post it stands under (R12).
"""

import re
from datetime import datetime
from typing import Any

from syndicator.core.links import marker_in
from syndicator.errors import AuthRequired, PlatformError, Rejected
from syndicator.model import Composed, LookUp, Receipt
from syndicator.platforms._graph import PLATFORM, Answer, Graph
from syndicator.platforms._graph_errors import MISSING, PERMISSION
from syndicator.platforms._graph_timeline import LEEWAY, Reading, created_at, doubts, links_in, pages, plain
from syndicator.platforms._graph_timeline import receipt as receipt_of

FIELDS = "id,message,created_time,permalink_url,from,attachment{unshimmed_url}"
_OTHER_MARKER = re.compile(r"[?&]utm_content=")


def look_up(graph: Graph, composed: Composed, since: datetime) -> LookUp:
    """Read all comments of the post, newest first, and give those that are ``composed``.

    Raises:
        PlatformError: a page could not be read and no hit was found before it.
    """
    reading = Reading()
    # "stream" holds answers and comments that the ranked list leaves out, in the order of their times.
    query = {"filter": "stream", "order": "reverse_chronological", "limit": "100", "fields": FIELDS}
    try:
        for answer in pages(graph, composed.request["post"], "comments", query, reading):
            reading.platform_at = reading.platform_at or answer.platform_at
            reading.doubts += doubts(answer, since)
            found = answer.data.get("data")
            for comment in found if isinstance(found, list) else ():
                _take(comment, composed, since=since, reading=reading, answer=answer)
    except Rejected as error:
        if error.code != "{}/{}".format(*MISSING):
            return _not_permitted(error)
        # A post that cannot be read may be fresh, or deleted with all that stood under it: no proof either way (D21).
        return LookUp(hits=(), complete=False, platform_at=error.platform_at, note="the post above cannot be read")
    except AuthRequired as error:
        return _not_permitted(error)
    note = "; ".join(dict.fromkeys(reading.doubts))
    return LookUp(
        hits=tuple(reading.hits), complete=not note, platform_at=reading.platform_at, seen=reading.seen, note=note
    )


def _not_permitted(error: PlatformError) -> LookUp:
    return LookUp(hits=(), complete=False, permitted=False, platform_at=error.platform_at, note=str(error))


def _take(comment: Any, composed: Composed, *, since: datetime, reading: Reading, answer: Answer) -> None:
    reading.seen += 1
    if not isinstance(comment, dict) or not isinstance(comment.get("id"), str) or created_at(comment) is None:
        reading.doubts.append("a comment in the list lacks id or created_time")
        return
    author = comment.get("from")
    named = author.get("id") if isinstance(author, dict) else None
    if named not in (None, composed.request["page"]) or not _says_ours(comment, composed, since):
        return
    if named is None and not marker_in(str(comment.get("message")), composed.marker):
        # Facebook does not name readers, and the words alone may be a reader's copy: neither found nor absent.
        reading.doubts.append("a comment with the same words does not say who wrote it")
        return
    reading.hits.append(receipt(comment["id"], answer, comment))


def _says_ours(comment: dict[str, Any], composed: Composed, since: datetime) -> bool:
    message = str(comment.get("message") or "")
    places = [message, *links_in({"data": [comment.get("attachment")]})]
    if any(marker_in(place, composed.marker) for place in places):
        return True
    created = created_at(comment)
    if created is None or created < since - LEEWAY or any(_OTHER_MARKER.search(place) for place in places):
        return False
    return plain(message) == plain(composed.request["fields"]["message"])


def receipt(comment_id: str, answer: Answer, comment: dict[str, Any] | None = None) -> Receipt:
    """Make the receipt of a comment."""
    return receipt_of(comment_id, answer, comment)


def is_no_permission(error: AuthRequired) -> bool:
    """Say whether only the permission to comment is missing; a token that is no good stops everything."""
    code = (error.code or "").partition("/")[0]
    return code.isdigit() and int(code) in PERMISSION


def refused(error: PlatformError) -> Rejected:
    """Make a missing permission a refusal of this comment alone."""
    return Rejected(
        f"{error} (commenting needs pages_manage_engagement)",
        platform=PLATFORM,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        platform_at=error.platform_at,
    )

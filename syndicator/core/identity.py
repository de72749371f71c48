"""Who is who: aliases of an entry, ids of articles and posts. Pure; the same input gives the same id for ever.

Ids are hashes, not counters or random numbers, so a preview already shows the very marker that the post will carry,
and a post log that was lost and made anew gives the same article the same marker: the old remote post is found.
"""

from base64 import b32encode
from hashlib import sha256

from syndicator.model import Entry

MARKER_LENGTH = 13
"""65 bits: two of a billion posts share a marker with probability below 3 %, two of a million below 10⁻⁷."""


def _token(text: str, length: int) -> str:
    return b32encode(sha256(text.encode()).digest()).decode().lower()[:length]


def aliases(source: str, entry: Entry) -> tuple[str, ...]:
    """Give the names under which an entry may be known again: its guid within the source, its canonical URL."""
    names = []
    if entry.guid:
        names.append(f"guid:{source}:{entry.guid}")
    if entry.canonical_url:
        names.append(f"url:{entry.canonical_url}")
    return tuple(names)


def article_id(source: str, entry: Entry) -> str:
    """Derive the article's id: from the canonical URL, so that it does not depend on which feed was read first."""
    return "a" + _token(entry.canonical_url or f"{source}\n{entry.guid}", 12)


def post_id(article: str, channel: str, edition: int = 0) -> str:
    """Derive the post's id, which is also its marker: 13 characters of ``a-z2-7``."""
    return _token(f"{article}\n{channel}\n{edition}", MARKER_LENGTH)


def post_key(article: str, channel: str, edition: int = 0) -> str:
    """Give the readable idempotency key of a post: ``channel/article`` (``/edition`` for a deliberate repeat)."""
    return f"{channel}/{article}" + (f"/{edition}" if edition else "")

"""How Mastodon and Bluesky count a text: by grapheme clusters. Pure, linear; no channel of theirs exists yet.

Sources of fact, read 2026-11-22: Mastodon's status length validator (clusters; a link is 23 whatever its length, a
mention of somebody elsewhere counts without the host) and Bluesky's lexicon ``app.bsky.feed.post`` (text of at most 300
clusters and 3,000 bytes of UTF-8). Mastodon links what names its scheme; a bare domain counts its letters.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from syndicator.core.text_urls import links_in

LINK = 23
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![=/\w])@[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*@\w+(?:[.-]+\w+)*")
_BYTES = 10
"""Bytes of UTF-8 that Bluesky allows for each cluster of its limit."""


class Clusters(NamedTuple):
    """What a piece of text has of grapheme clusters and of UTF-8 bytes."""

    clusters: int = 0
    size: int = 0

    @classmethod
    def of(cls, text: str) -> "Clusters":
        """Count both."""
        return cls(clusters_in(text), len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))

    def plus(self, clusters: int, size: int = 0) -> "Clusters":
        """Give the sum."""
        return Clusters(self.clusters + clusters, self.size + size)

    @property
    def bluesky(self) -> int:
        """Length as Bluesky limits it: within 300 means within 300 clusters and 3,000 bytes."""
        return max(self.clusters, -(-self.size // _BYTES))


def clusters_in(text: str) -> int:
    """Count grapheme clusters."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_cluster().findall(text))


def handles_in(text: str) -> list[tuple[int, int]]:
    """Find ``@user@host``: spans in order."""
    return [match.span() for match in _HANDLE.finditer(text)] if text.count("@") > 1 else []


def count_mastodon(text: str) -> int:
    """Count a text as Mastodon does."""
    total = position = 0
    for start, end, length in mastodon_units(text):
        total += clusters_in(text[position:start]) + length
        position = end
    return total + clusters_in(text[position:])


def mastodon_units(text: str) -> list[tuple[int, int, int]]:
    """Give what does not count by its letters: (start, end, length) of links and of mentions with a host, in order."""
    if "://" not in text and "@" not in text:
        return []
    links = [
        # It may not know a young domain and then counts every letter: the dearer of both is safe.
        (link.start, link.end, max(LINK, link.end - link.start) if link.young else LINK)
        for link in links_in(text)
        if _SCHEME.match(text, link.start)
    ]
    found = [(start, end, text.index("@", start + 1) - start) for start, end in handles_in(text)]
    free = [one for one in found if not any(start < one[1] and one[0] < end for start, end, _ in links)]
    return sorted([*links, *free])


@cache
def _cluster() -> Any:
    import regex

    return regex.compile(r"\X")

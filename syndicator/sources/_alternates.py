"""The feeds that an HTML page announces (autodiscovery), and which of them is meant. Pure.

A comments feed is never meant. RSS, Atom and JSON of one title are one feed, the first counts. A feed of the page's own
part of the site goes before the feed of the whole site. What is still equal is for a person to choose.
"""

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from syndicator.sources import _plain
from syndicator.sources._links import absolute, same_site

TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LINK = re.compile(r"<link\b((?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}'){0,500})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:-]{0,30})\s*=\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_COMMENTS_PATH = re.compile(r"(?:^|[/=?_-])comments?(?:[/&=_-]|$)", re.IGNORECASE)
_COMMENTS = re.compile(
    r"comment|kommentar|comentári|comentari|commenti|reacties|komentar|σχόλι|комментари|коментар|评论|評論|コメント|댓글",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"\b(?:rss|atom|json|xml|rdf|feeds?|v?[0-2](?:\.\d{1,2}){0,2})\b|[^\w\s]", re.IGNORECASE)
_FEED_ADDRESS = re.compile(
    r"(?:^|[/._?=&-])(?:rss|atom|feeds?|rdf)\d?(?:[/._?=&-]|$)|\.(?:xml|json|rdf|rss|atom)(?:\?|$)", re.IGNORECASE
)
MOST = 50


class Alternate(NamedTuple):
    """One announced feed."""

    url: str
    title: str
    type: str


def announced(page: str, *, base: str) -> list[Alternate]:
    """Give the feeds that ``page`` announces, in its order, each address once."""
    found: dict[str, Alternate] = {}
    for match in _LINK.finditer(page[:1_000_000]):
        said = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(match.group(1))}
        kind = said.get("type", "").partition(";")[0].strip().lower()
        url = absolute(said.get("href"), base=base)
        if url and kind in TYPES and "alternate" in said.get("rel", "").lower().split():
            found.setdefault(url, Alternate(url, _plain.line(said.get("title", ""))[:200], kind))
        if len(found) == MOST:
            break
    return list(found.values())


def meant(feeds: list[Alternate], *, page: str) -> list[Alternate]:
    """Give the feed that is meant by the address of ``page``: none, one, or several that are equally good."""
    own = [feed for feed in feeds if same_site(feed.url, page) and not _is_comments(feed)]
    if not own:
        return []
    ranked = [(_rank(feed.url, page=page), feed) for feed in own]
    best = min(rank for rank, _ in ranked)
    groups: dict[str, Alternate] = {}
    types: dict[str, set[str]] = {}
    for rank, feed in ranked:
        if rank != best:
            continue
        name = " ".join(_FORMAT.sub(" ", feed.title).split()).casefold()
        seen = types.setdefault(name, set())
        # Two of one format are two feeds, whatever they are called.
        key = f"{name} {feed.url}" if feed.type in seen else name
        seen.add(feed.type)
        groups.setdefault(key, feed)
    return list(groups.values())


def is_feed_address(url: str) -> bool:
    """Say whether an address was surely configured as a feed's: a page there is an error, not a place to look."""
    parts = urlsplit(url)
    return bool(_FEED_ADDRESS.search(f"{parts.path}?{parts.query}".rstrip("?")))


def _is_comments(feed: Alternate) -> bool:
    parts = urlsplit(feed.url)
    return bool(_COMMENTS.search(feed.title) or _COMMENTS_PATH.search(f"{parts.path}?{parts.query}"))


def _rank(feed: str, *, page: str) -> tuple[bool, int]:
    """Give (not of the page's own part of the site, steps below it)."""
    here, there = (urlsplit(url).path.rstrip("/").split("/") for url in (page, feed))
    own = there[: len(here)] == here
    return not own, len(there) - (len(here) if own else 0)

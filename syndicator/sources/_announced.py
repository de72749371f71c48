"""Which hub announces a feed (WebSub), and as what: named in the answer's headers or in the feed itself. Pure.

The headers come first (https://www.w3.org/TR/websub/#discovery, read 2026); of several hubs the first one is taken, one
that is reached over https rather than one that is not.
"""

import json
import re
from collections.abc import Iterable
from html import unescape

from syndicator.sources._links import absolute

HEAD = 65_536
"""Characters of a feed in which its own links are looked for: they stand before the first entry."""
HEADER = 8192
_ENTRY = re.compile(r"<(?:[\w.-]{1,20}:)?(?:item|entry)\b")
_TAG = re.compile(r"<(?:[\w.-]{1,20}:)?link\b([^<>]{0,3000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_VALUE = re.compile(r'<([^<>]*)>((?:\s*;[^,;"]*(?:"[^"]*"[^,;"]*)?)*)')
_PARAMETER = re.compile(r';\s*([^\s=;"]*)\s*=?\s*(?:"([^"]*)"|([^;"]*))')


def in_headers(link: str, *, base: str) -> tuple[str, str]:
    """Give (hub, topic) as the ``Link`` header has them; empty is what it does not name."""
    named = []
    for value in _VALUE.finditer(link[:HEADER]):
        said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value.group(2))}
        named.append((said.get("rel", ""), value.group(1)))
    return _chosen(named, base=base)


def in_feed(text: str, *, base: str) -> tuple[str, str]:
    """Give (hub, topic) as the head of an XML feed has them."""
    head = text[:HEAD]
    first = _ENTRY.search(head)
    named = []
    for tag in _TAG.finditer(head, 0, first.start() if first else len(head)):
        said = {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag.group(1))}
        named.append((said.get("rel", ""), said.get("href", "")))
    return _chosen(named, base=base)


def in_json(text: str, *, base: str) -> tuple[str, str]:
    """Give (hub, topic) as a JSON Feed has them (``hubs``, ``feed_url``; jsonfeed.org, read 2026)."""
    if '"hubs"' not in text:
        return "", ""
    feed = json.loads(text)
    hubs = feed.get("hubs") if isinstance(feed, dict) else None
    if not isinstance(hubs, list):
        return "", ""
    named = [
        ("hub", hub["url"])
        for hub in hubs[:20]
        if isinstance(hub, dict) and isinstance(hub.get("url"), str) and str(hub.get("type")).lower() == "websub"
    ]
    own = feed.get("feed_url")
    return _chosen([*named, ("self", own if isinstance(own, str) else "")], base=base)


def _chosen(named: Iterable[tuple[str, str]], *, base: str) -> tuple[str, str]:
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for relations, link in named:
        address = absolute(link, base=base)
        for relation in found.keys() & set(relations.lower().split()):
            if address:
                found[relation].append(address)
    hubs = sorted(found["hub"], key=lambda hub: not hub.lower().startswith("https:"))
    return next(iter(hubs), ""), next(iter(found["self"]), "")

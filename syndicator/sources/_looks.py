"""What a document looks like, so that a wrongly configured kind is told which one would do (F15). Pure, cheap."""

import json
import re
from typing import NamedTuple

_SKIPPED = re.compile(r"\s+|<!--(?s:.*?)-->|<\?(?s:.*?)\?>|<![^>\[]*>")
_FIRST = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ROBOTS = re.compile(r"^\s*(?:user-agent|sitemap|disallow)\s*:", re.IGNORECASE | re.MULTILINE)
_MAX_JSON = 2_000_000
_ROOTS = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), ("feed", "a feed")),
    "urlset": ("sitemap", "a sitemap"),
    "sitemapindex": ("sitemap", "a sitemap index"),
    "opml": ("", "a list of feeds (OPML)"),
}


class Look(NamedTuple):
    """``kind`` reads it ("" when none does), ``what`` names it in a sentence."""

    kind: str
    what: str


def look(text: str) -> Look:
    """Say what ``text`` looks like."""
    text = text.lstrip("\ufeff \t\r\n")
    if text[:1] in {"{", "["}:
        return _json(text)
    name = root(text)
    if name:
        return Look(*_ROOTS.get(name, ("webpage", "an HTML page")))
    if _ROBOTS.search(text[:4000]):
        return Look("sitemap", "a robots.txt")
    return Look("", "neither XML nor JSON nor HTML" if text else "empty")


def instead(text: str, *, wanted: str) -> str:
    """Say what ``text`` is instead of ``wanted``, with the remedy where there is one."""
    seen = look(text)
    remedy = f'; use kind = "{seen.kind}"' if seen.kind else ""
    return f"it is {seen.what}, not {wanted}{remedy}"


def root(text: str) -> str:
    """Give the local name of the first element in lower case; "" when there is none."""
    position = 0
    while match := _SKIPPED.match(text, position):
        position = match.end()
    first = _FIRST.match(text, position)
    return first.group(2).lower() if first else ""


def _json(text: str) -> Look:
    if '"https://jsonfeed.org/version/' in text[:4000].replace("\\/", "/"):
        return Look("feed", "a JSON Feed")
    try:
        value = json.loads(text[:_MAX_JSON])
    except (ValueError, RecursionError):
        return Look("", "damaged JSON")
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, dict):
        version = one.get("version")
        if isinstance(version, str) and "jsonfeed.org/version/" in version:
            return Look("feed", "a JSON Feed")
        posts = isinstance(one.get("title"), dict) and "rendered" in one["title"]
        if posts or "wp/v2" in (one.get("namespaces") or ()):
            return Look("wordpress", "WordPress's REST API")
    return Look("", "JSON of another kind")

"""Sources of kind ``feed``: RSS 0.9x–2.0, RSS 1.0, Atom, JSON Feed. Must not store, plan or follow links of entries.

``parse`` is pure (bytes in, :class:`Reading` out), so that it can move into a killable child.
"""

import asyncio
import re
from dataclasses import replace
from typing import NamedTuple

from syndicator.errors import SourceInvalid
from syndicator.model import Source
from syndicator.sources import _exact, _fast, _hostile, _jsonfeed, _plain, _tree
from syndicator.sources._encoding import decode
from syndicator.sources._fetch import Fetcher
from syndicator.sources._item import Item, Tally, entries
from syndicator.sources._links import absolute
from syndicator.sources._mending import mend
from syndicator.sources._reading import Reading, Validators

__all__ = ["parse", "read"]

MAX_BYTES = 10_000_000
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_OTHER_ROOTS = {"urlset": "a sitemap", "sitemapindex": "a sitemap index", "opml": "a list of feeds (OPML)"}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]{0,300}\?>")
_SKIPPED = re.compile(r"\s+|<!--(?s:.*?)-->|<\?(?s:.*?)\?>|<![^>\[]*>")
_FIRST = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEED_START = re.compile(r"<(?:\?xml\b|rss\s[^<>]*version|feed\s[^<>]*xmlns|rdf:RDF\s)")
_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>(?:\s|<!--(?s:.*?)-->)*\Z", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LINK = re.compile(r"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s<>]{1,500})", re.IGNORECASE)


async def read(source: Source, validators: Validators | None, fetcher: Fetcher) -> Reading:
    """Fetch and parse a feed once.

    Raises:
        SourceError: unreachable, empty, too large, or no feed.
    """
    fetched = await fetcher.get(
        source.url,
        validators=validators,
        allow_private=source.allow_private,
        max_bytes=MAX_BYTES,
        source=source.name,
    )
    if fetched.status == 304:
        return Reading(entries=(), validators=fetched.validators, not_modified=True)
    # In a thread, so that a slow parse does not make other sources miss their dead-line.
    reading = await asyncio.to_thread(
        parse, fetched.body, url=fetched.url, content_type=fetched.content_type, source=source
    )
    return replace(reading, validators=fetched.validators if reading.complete else None)


def parse(body: bytes, *, url: str, content_type: str, source: Source) -> Reading:
    """Parse a document that was fetched from ``url`` (also the base of relative links; a file may have any).

    ``validators`` is always None here; ``complete`` says whether those of the answer may be kept (F13).

    Raises:
        SourceInvalid: empty (F14), hostile, not a feed, or not readable; the message says which and what to do.
    """
    try:
        return _parse(body, url=url, charset=_charset(content_type), source=source)
    except ValueError as error:
        raise SourceInvalid(f"{url}: {error}", source=source.name) from error


class _Document(NamedTuple):
    """What any of the three parsers found."""

    items: list[Item]
    title: str
    language: str
    complete: bool
    cut: int


def _parse(body: bytes, *, url: str, charset: str | None, source: Source) -> Reading:
    if len(body) > MAX_BYTES:
        raise ValueError(f"the feed is larger than {MAX_BYTES:,} bytes")
    text = _DECLARATION.sub("", decode(body, charset=charset), count=1).strip()
    if not text:
        raise ValueError("the answer is empty, which is not the same as a feed without news")
    base = url if url.startswith(("http://", "https://")) else source.url
    document = _json(text, base=base) if text[0] in "{[" else _xml(text, base=base)
    tally = Tally()
    found = entries(document.items, source=source, language=document.language, tally=tally)
    warnings = list(tally.warnings())
    if document.cut:
        warnings.append(f"the feed holds more than {_hostile.MAX_ITEMS:,} items; the last {document.cut:,} are ignored")
    if not document.complete:
        warnings.append("the feed is damaged and was read only in part; it will be fetched in full again")
    return Reading(
        entries=found,
        title=_plain.cut(_plain.from_title(document.title, markup=None), _plain.MAX_TITLE),
        warnings=tuple(warnings),
        complete=document.complete,
    )


def _json(text: str, *, base: str) -> _Document:
    items, title, language, cut = _jsonfeed.items(text, base=base)
    return _Document(items, title, language, complete=True, cut=cut)


def _xml(text: str, *, base: str) -> _Document:
    _hostile.refuse_entities(text)
    text = _from_feed_start(text, base=base)
    _hostile.refuse(text)
    text, cut = _hostile.first_items(text)
    tree = _tree.parse(text)
    if tree is None or tree.has_entities():
        text = mend(text)
        tree = _tree.parse(text)
    if tree is not None:
        try:
            items, title, language = _fast.items(text, tree, base=base)
        except _tree.Odd:
            pass
        else:
            return _Document(items, title, language, complete=True, cut=cut)
    _hostile.refuse_slow(text)
    items, title, language, version = _exact.items(text, base=base)
    if not items and (tree is None or not version):
        raise ValueError("it cannot be read as a feed" + ("" if tree else ": its XML is damaged"))
    complete = tree is not None or (bool(_END.search(text[-2000:])) and len(items) >= _hostile.items_in(text))
    return _Document(items, title, language, complete=complete, cut=cut)


def _from_feed_start(text: str, *, base: str) -> str:
    """Give ``text`` from where a feed begins; what is in front of it is a stray warning of the site's software.

    Raises:
        ValueError: it is something else; says what, and where the feed may be.
    """
    root = _root(text)
    if root in _FEED_ROOTS:
        return text
    if root in _OTHER_ROOTS:
        raise ValueError(f"it is {_OTHER_ROOTS[root]}, not a feed")
    start = _FEED_START.search(text, 0, 8192)
    if start and start.start():
        return _DECLARATION.sub("", text[start.start() :], count=1)
    if root:
        raise ValueError("it is an HTML page, not a feed" + _hint(text, base=base))
    raise ValueError("it is neither XML nor JSON")


def _root(text: str) -> str:
    """Give the local name of the first element in lower case; "" when there is none."""
    position = 0
    while match := _SKIPPED.match(text, position):
        position = match.end()
    first = _FIRST.match(text, position)
    return first.group(2).lower() if first else ""


def _hint(text: str, *, base: str) -> str:
    """Name the feed that an HTML page announces (autodiscovery), if it is a usable address."""
    for match in _LINK.finditer(text[:200_000]):
        tag = match.group()
        if any(kind in tag.lower() for kind in _FEED_TYPES):
            href = _HREF.search(tag)
            url = absolute(href.group(1).replace("&amp;", "&"), base=base) if href else None
            if url and len(url) <= 300:
                return f"; the page names a feed at {url}"
    return ". Check the address: a log-in, consent or error page may stand in front of the feed"


def _charset(content_type: str) -> str | None:
    match = _CHARSET.search(content_type)
    return match.group(1) if match else None

"""What a feed's document says: RSS 0.9x–2.0, RSS 1.0, Atom, JSON Feed. Pure.

What is well-formed is parsed once and walked once (``_tree``, ``_elements``); everything else is left to feedparser.

Apart from ``feed``, because whoever only asks whether anything changed must not load the parsers.
"""

import re
from contextlib import suppress
from typing import NamedTuple

from syndicator.errors import SourceInvalid
from syndicator.model import Source
from syndicator.sources import _alternates, _announced, _exact, _hostile, _jsonfeed, _looks, _plain, _tree
from syndicator.sources._elements import Odd
from syndicator.sources._encoding import decode
from syndicator.sources._hostile import MAX_BYTES
from syndicator.sources._item import Item, Tally, entries
from syndicator.sources._mending import mend
from syndicator.sources._reading import Reading

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]{0,300}\?>")
_FEED_START = re.compile(r"<(?:\?xml\b|rss\s[^<>]*version|feed\s[^<>]*xmlns|rdf:RDF\s)")
_ANY_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_END = re.compile(rf"{_ANY_END.pattern}(?:\s|<!--(?s:.*?)-->)*\Z", re.IGNORECASE)


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    sample = '<rss version="2.0"><channel><title>a</title><item><title>b</title><link>https://a.example/</link>{}'
    sample = sample.format("<pubDate>Sun, 22 Nov 2026 12:00:00 GMT</pubDate></item></channel></rss>")
    _exact.items(sample, base="https://a.example/")
    parse(sample.encode(), url="https://a.example/", content_type="", source=Source(name="", kind="feed", url=""))


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
    """What was found, in whatever way."""

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
    hub, topic = (_announced.in_json if text[0] in "{[" else _announced.in_feed)(text, base=base)
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
        hub=hub,
        topic=topic,
    )


def _json(text: str, *, base: str) -> _Document:
    try:
        items, title, language, cut = _jsonfeed.items(text, base=base)
    except ValueError as error:
        other = _looks.look(text).kind not in {"", "feed"}
        raise ValueError(_looks.instead(text, wanted="a feed") if other else str(error)) from error
    return _Document(items, title, language, complete=True, cut=cut)


def _xml(text: str, *, base: str) -> _Document:
    _hostile.refuse_entities(text)
    text = _from_feed_start(text, base=base)
    if _hostile.may_have_slow_tags(text):
        _hostile.refuse_tags(text)
    tree = _tree.parse(text)
    if tree is None or tree.has_entities():
        text = mend(text)
        tree = _tree.parse(text)
    if tree is not None:
        with suppress(Odd):
            cut = max(len(tree.items) - _hostile.MAX_ITEMS, 0)
            return _Document(tree.read(base=base), tree.title(), tree.language(), complete=True, cut=cut)
    _hostile.refuse(text)
    text, cut = _hostile.first_items(text)
    _hostile.refuse_slow(text)
    items, title, language, version = _exact.items(text, base=base)
    if not items and (tree is None or not version):
        raise ValueError("it cannot be read as a feed" + ("" if tree else ": its XML is damaged"))
    complete = tree is not None or (bool(_END.search(text[-2000:])) and len(items) >= _hostile.items_in(text))
    return _Document(items, title, language, complete=complete, cut=cut)


def _from_feed_start(text: str, *, base: str) -> str:
    """Give ``text`` from where a feed begins; what is around it is a stray warning of the site's software, or a page.

    Raises:
        ValueError: it is something else; says what, and where the feed may be.
    """
    seen = _looks.look(text)
    if seen.kind == "feed":
        return text
    if _looks.root(text) and seen.kind != "webpage":
        raise ValueError(_looks.instead(text, wanted="a feed"))
    start = _FEED_START.search(text, 0, 8192)
    if start and start.start():
        ends = [end.end() for end in _ANY_END.finditer(text, start.start())] if seen.kind == "webpage" else []
        return _DECLARATION.sub("", text[start.start() : ends[-1] if ends else None], count=1)
    if seen.kind == "webpage":
        raise ValueError("it is an HTML page, not a feed" + _hint(text, base=base))
    raise ValueError(_looks.instead(text, wanted="a feed"))


def _hint(text: str, *, base: str) -> str:
    """Name the feeds that an HTML page announces, if their addresses are usable."""
    urls = [feed.url for feed in _alternates.announced(text, base=base) if len(feed.url) <= 300][:3]
    if urls:
        return f"; the page names {'a feed' if len(urls) == 1 else 'feeds'} at {', '.join(urls)}"
    return '. Check the address: a log-in or error page may stand before the feed; kind = "webpage" reads an article'


def _charset(content_type: str) -> str | None:
    match = _CHARSET.search(content_type)
    return match.group(1) if match else None

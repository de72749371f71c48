"""Sitemaps as documents (sitemaps.org; Google's News and image extensions, read 2026): what they list. Pure.

Names are compared without their namespaces, which sites often write wrongly. A page with a ``news:title`` is an entry
at once; of the others only address and date of change are known.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from syndicator.confined.frames import Garbled
from syndicator.core.links import canonical
from syndicator.model import Source
from syndicator.sources import _frames, _hostile, _looks
from syndicator.sources._body import BodyRefused, Inflater
from syndicator.sources._dates import instant
from syndicator.sources._encoding import decode
from syndicator.sources._item import Item, Tally, Text, entries
from syndicator.sources._links import absolute
from syndicator.sources._mending import mend
from syndicator.sources._reading import Reading

MAX_BYTES = 10_000_000
MAX_PLACES = 50_000
"""Of the protocol; what is behind them is not looked at."""
WINDOW = 1000
"""Places that are watched: the newest."""
_GZIP = b"\x1f\x8b"
_START = re.compile(r"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)(?=[\s>])", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:urlset|sitemapindex)\s*>\s*\Z", re.IGNORECASE)
_ROBOTS = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address that a sitemap lists. ``changed`` is its date of change as written, ``second`` the same as a number,
    0 when there is none. ``titled`` says that it is among the entries.
    """

    url: str
    changed: str = ""
    second: int = 0
    titled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One sitemap: places newest first, at most ``WINDOW``; ``total`` is how many it lists."""

    is_index: bool
    places: tuple[Place, ...]
    total: int
    reading: Reading


def document(body: bytes, *, url: str, source: Source) -> Document:
    """Read a sitemap, an index of sitemaps, or a list of addresses as text; gzip is known by its content.

    Raises:
        ValueError: too large, hostile, damaged, or something else; says what.
    """
    text = decode(unpacked(body)).strip()
    found = _START.search(text, 0, 8192)
    if found is None:
        return _plain_list(text, source=source)
    _hostile.refuse_entities(text)
    text = text[found.start() :]
    _hostile.refuse_tags(text)
    root = _tree(text)
    if root is None:
        raise ValueError("its XML is damaged")
    complete = bool(_END.search(text[-2000:]))
    if found.group(1).lower() == "sitemapindex":
        places = [place for one in _children(root, "sitemap") if (place := _place(one, base=url))]
        return _document(places, [], is_index=True, complete=complete, source=source)
    rows = [(place, one) for one in _children(root, "url") if (place := _place(one, base=url))][:MAX_PLACES]
    items = [item for place, one in rows if (item := _item(place, one, base=url))]
    titled = {item.link for item in items}
    places = [Place(url=p.url, changed=p.changed, second=_second(p, one), titled=p.url in titled) for p, one in rows]
    return _document(places, items, is_index=False, complete=complete, source=source)


def unpacked(body: bytes) -> bytes:
    """Undo gzip, however the file is called.

    Raises:
        ValueError: a bomb, or cut off.
    """
    if not body.startswith(_GZIP):
        return body
    inflater = Inflater("gzip", max_bytes=MAX_BYTES)
    try:
        found = inflater.feed(body)
        inflater.finish()
    except BodyRefused as error:
        raise ValueError(str(error)) from error
    except zlib.error as error:
        raise ValueError("it is no valid gzip") from error
    return found


def from_robots(text: str, *, base: str) -> list[str]:
    """Give the sitemaps that a robots.txt names, those for news first."""
    named = [absolute(match.group(1), base=base) for match in _ROBOTS.finditer(text[:500_000])]
    urls = list(dict.fromkeys(url for url in named if url))
    return sorted(urls, key=lambda url: "news" not in url.lower())


def told(body: bytes, *, url: str, source: Source) -> dict[str, Any]:
    """Give a :func:`document` as plain data (from a parser's process)."""
    made = document(body, url=url, source=source)
    rows = [(place.url, place.changed, place.second, place.titled) for place in made.places]
    return {"index": made.is_index, "places": rows, "total": made.total, "reading": _frames.written(made.reading)}


def heard(said: Any) -> Document:
    """Make a document of what :func:`told` gave, checked.

    Raises:
        ValueError: it is something else.
    """
    try:
        rows = said["places"]
        places = tuple(
            Place(url=str(url), changed=str(changed), second=int(second), titled=titled is True)
            for url, changed, second, titled in rows[: 2 * WINDOW]
        )
        reading = _frames.to_reading(said["reading"])
        return Document(is_index=said["index"] is True, places=places, total=int(said["total"]), reading=reading)
    except (LookupError, TypeError, ValueError, Garbled) as error:
        raise ValueError("its parser gave no sitemap") from error


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    text = "<urlset><url><loc>https://a.example/b</loc><news><title>c &amp; <i>d</i></title></news></url></urlset>"
    told(text.encode(), url="https://a.example/", source=Source(name="", kind="sitemap", url=""))


def _document(places: list[Place], items: list[Item], *, is_index: bool, complete: bool, source: Source) -> Document:
    tally = Tally()
    found = entries(
        sorted(items, key=_published, reverse=True)[: _hostile.MAX_ITEMS], source=source, language="", tally=tally
    )
    warnings = list(tally.warnings())
    if not complete:
        warnings.append("the sitemap is damaged and was read only in part; it will be fetched in full again")
    kept = _newest(places)
    if len(kept) < len(places) and not any(place.second for place in kept):
        warnings.append(f"the sitemap lists {len(places):,} pages without dates; only {len(kept):,} are watched")
    reading = Reading(entries=found, warnings=tuple(warnings), complete=complete)
    return Document(is_index=is_index, places=tuple(kept), total=len(places), reading=reading)


def _newest(places: list[Place]) -> list[Place]:
    """Give the newest places; without dates the first and the last, because nobody knows at which end new ones are."""
    if any(place.second for place in places):
        return sorted(places, key=lambda place: place.second, reverse=True)[:WINDOW]
    return places if len(places) <= WINDOW else [*places[: WINDOW // 2], *places[-WINDOW // 2 :]]


def _plain_list(text: str, *, source: Source) -> Document:
    lines = [line.strip() for line in text.splitlines() if line.strip()][:MAX_PLACES]
    if not lines or not all(re.match(r"https?://\S+\Z", line) for line in lines):
        raise ValueError(_looks.instead(text, wanted="a sitemap"))
    places = [Place(url=url) for line in lines if (url := absolute(line, base=""))]
    return _document(places, [], is_index=False, complete=True, source=source)


def _tree(text: str) -> Any:
    """Parse strictly, then with small repairs, then whatever can be read."""
    for attempt, recover in ((text, False), (mend(text), False), (text, True)):
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, collect_ids=False
        )
        try:
            root = etree.fromstring(attempt.encode("utf-8"), parser=parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is not None and next(root.iter(etree.Entity), None) is None:
            return root
    return None


def _children(element: Any, name: str) -> Iterator[Any]:
    """Give the children called ``name``, whatever their namespace; prefixes of a damaged document are cut off."""
    for child in element:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2].rpartition(":")[2].lower() == name:
            yield child


def _said(element: Any, name: str) -> str:
    """Give the text of the first child called ``name``."""
    child = next(_children(element, name), None)
    return "" if child is None else "".join(child.itertext()).strip()


def _place(element: Any, *, base: str) -> Place | None:
    url = absolute(_said(element, "loc") or str(element.text or "").strip(), base=base)
    if url is None:
        return None
    changed = _said(element, "lastmod")[:100]
    at = instant(changed)
    return Place(url=url, changed=changed, second=int(at.timestamp()) if at else 0)


def _second(place: Place, element: Any) -> int:
    """Give the date of change, or of publication, as a number."""
    news = next(_children(element, "news"), None)
    at = instant(_said(news, "publication_date")) if news is not None and not place.second else None
    return int(at.timestamp()) if at else place.second


def _item(place: Place, element: Any, *, base: str) -> Item | None:
    """Make an item of a page that the sitemap gives a title."""
    news = next(_children(element, "news"), None)
    title = "" if news is None else _said(news, "title")
    if not title:
        return None
    publication = next(_children(news, "publication"), None)
    try:
        guid = canonical(place.url)
    except ValueError:
        return None
    return Item(
        guid=guid,
        link=place.url,
        base=base,
        title=Text(title, markup=None),
        published=_said(news, "publication_date"),
        updated=place.changed,
        tags=[word.strip() for word in _said(news, "keywords").split(",")],
        images=list(_images(element)),
        language="" if publication is None else _said(publication, "language"),
    )


def _images(element: Any) -> Iterator[tuple[str, str]]:
    for image in _children(element, "image"):
        url = _said(image, "loc")
        if url:
            yield url, _said(image, "caption") or _said(image, "title")


def _published(item: Item) -> float:
    at = instant(item.published) or instant(item.updated)
    return at.timestamp() if at else 0.0

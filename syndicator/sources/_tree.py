"""A well-formed feed as a tree: what the fast parser does not tell, and whether it can be trusted. Pure.

fastfeedparser keeps no text types, gives one author, guesses dates, and takes a ``media:title`` for the title if it
comes first (0.6.5). So fields of that kind are read here, and odd documents are left to feedparser.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any
from urllib.parse import urljoin

from lxml import etree

_ATOM = "{http://www.w3.org/2005/Atom}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RSS1 = "{http://purl.org/rss/1.0/}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_ORIGINAL = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_PICTURES = ("{*}content", "{*}thumbnail", "{*}image", "image", "enclosure", _ATOM + "link")
_PLAIN_NAMESPACES = ("", _ATOM, _RSS1)
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_UPDATED = ("updated", "modified", "lastbuilddate")
_AUTHOR = ("author", "creator")
_ORDER = {"content": 0, "enclosure": 1, "link": 1, "image": 2}
_ADDRESSED = (_ATOM + "link", _ATOM + "id", _ATOM + "title", "link", "guid")
_MARKUP_TYPES = {"html": True, "text/html": True, "text": False, "text/plain": False, "": False}


class Odd(Exception):
    """The document has something that the fast parser reads wrongly."""


@dataclass(slots=True)
class Extra:
    """What one item says beyond the fast parser's answer. Dates and types are as written."""

    dates: dict[str, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    markup: dict[str, bool | None] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    """Fields that stand behind one of the same name in another vocabulary, which the fast parser would take."""
    seen: set[str] = field(default_factory=set)
    keywords: list[str] = field(default_factory=list)
    guid: str = ""
    original: str = ""
    encoded: Any = None
    base: str = ""
    caption: str = ""
    language: str = ""

    @property
    def published(self) -> str:
        """The date of publication, as written."""
        return next((self.dates[name] for name in _PUBLISHED if self.dates.get(name)), "")

    @property
    def updated(self) -> str:
        """The date of the last change, as written."""
        return next((self.dates[name] for name in _UPDATED if self.dates.get(name)), "")

    @property
    def link(self) -> str:
        """The Atom link to the article: a web page if one is marked so."""
        return next((href for kind, href in self.links if kind in {"", "text/html"}), "") or next(
            (href for _, href in self.links), ""
        )


@dataclass(frozen=True, slots=True)
class Tree:
    """A well-formed document: ``kind`` is rss, rdf, atom, or empty for one that only feedparser knows."""

    root: Any
    kind: str
    items: tuple[Any, ...]

    @property
    def name(self) -> str:
        """Local name of the root element."""
        return str(etree.QName(self.root).localname).lower()

    def has_entities(self) -> bool:
        """Say whether there are entities whose definition was not read (a DOCTYPE names a file)."""
        return next(self.root.iter(etree.Entity), None) is not None

    def extras(self) -> list[Extra]:
        """Give what every item says beyond the fast parser's answer.

        Raises:
            Odd: the fast parser must not be trusted with this document.
        """
        if not self.kind or (not self.items and next(self.root.iter("{*}item", "{*}entry"), None) is not None):
            raise Odd
        if sum(1 for _ in self.root.iter(*(item.tag for item in self.items[:1]))) > len(self.items) > 0:
            raise Odd  # items inside items
        if any(_XML + "base" in element.attrib for element in self._addressed()):
            raise Odd
        return [_extra(item, atom=self.kind == "atom", base=_based(item)) for item in self.items]

    def authors(self) -> list[str]:
        """Give the authors of the whole feed (Atom)."""
        return [name for author in self.root.findall(_ATOM + "author") for name in _author(author)]

    def language(self) -> str:
        """Give the language of the feed as written."""
        outer = [self.root, *self.root.findall("{*}channel")]
        declared = (child.text for element in outer for child in element.findall("{*}language"))
        attributes = (element.get(_XML + "lang") for element in outer)
        return next((str(value) for value in (*declared, *attributes) if value), "")

    def _addressed(self) -> Iterator[Any]:
        for item in self.items:
            yield from item.iterchildren(*_ADDRESSED)


def parse(text: str) -> Tree | None:
    """Parse ``text`` strictly; None when it is not well-formed. Nothing is loaded, no entity is expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or not isinstance(root.tag, str):
        return None
    if root.tag == "rss":
        channel = root.find("channel")
        return Tree(root, "" if channel is None else "rss", _items(root, channel, "item"))
    if root.tag == _ATOM + "feed":
        return Tree(root, "atom", _items(root, root, _ATOM + "entry"))
    if root.tag == _RDF + "RDF":
        return Tree(root, "rdf", _items(root, root, _RSS1 + "item"))
    return Tree(root, "", ())


def _items(root: Any, parent: Any, tag: str) -> tuple[Any, ...]:
    return tuple(root.iter(tag)) if parent is None else tuple(parent.findall(tag))


def _text(element: Any) -> str:
    return str(element.text or "").strip()


def _based(item: Any) -> str:
    """Give the ``xml:base`` of an item and of what it stands in, joined (RFC 3986); mostly empty."""
    named = [element.get(_XML + "base") for element in (item, *item.iterancestors())]
    return reduce(urljoin, [base for base in reversed(named) if base], "")


def _extra(item: Any, *, atom: bool, base: str) -> Extra:
    extra = Extra(language=item.get(_XML + "lang") or "", guid=item.get(_RDF + "about") or "", base=base)
    for child in item:
        if not isinstance(child.tag, str):
            continue
        namespace, _, name = child.tag.rpartition("}")
        namespace = namespace and namespace + "}"
        name = name.lower()
        if name in {"title", "description", "summary", "link", "content"}:
            _note_text(child, extra, namespace=namespace, name=name, atom=atom)
        elif name in _PUBLISHED or name in _UPDATED:
            extra.dates.setdefault(name, child.text or "")
        elif name in _AUTHOR:
            extra.authors += _author(child)
        else:
            _note_rest(child, extra, namespace=namespace, name=name)
    extra.images = _images(item)
    if "group" in extra.seen:
        extra.caption = next((_text(element) for element in item.findall("{*}group/{*}description")), "")
    return extra


def _note_rest(child: Any, extra: Extra, *, namespace: str, name: str) -> None:
    if name == "guid" or (name == "id" and namespace == _ATOM and not extra.guid):
        extra.guid = _text(child)
    elif child.tag == _ORIGINAL:
        extra.original = _text(child)
    elif name == "language" and not extra.language:
        extra.language = _text(child)
    elif name == "keywords":
        extra.keywords += _text(child).split(",")
    elif name == "category" and namespace == _ATOM and not (child.get("term") or child.get("label")):
        extra.keywords.append(_text(child))  # as RSS has it
    elif name == "encoded":
        extra.encoded = child
    elif name == "group":
        extra.seen.add(name)


def _note_text(child: Any, extra: Extra, *, namespace: str, name: str, atom: bool) -> None:
    if namespace == _ATOM and name == "link":
        if child.get("rel", "alternate") == "alternate" and child.get("href"):
            extra.links.append((child.get("type", ""), child.get("href")))
        return
    if not atom and namespace == _ATOM and name == "content":
        raise Odd  # Atom inside RSS, which the fast parser skips
    foreign = namespace not in _PLAIN_NAMESPACES
    if not foreign:
        if name in extra.seen:
            raise Odd  # a field twice
        if len(child):
            _note_markup(child, extra, name=name, atom=atom)
            return
        if f"foreign {name}" in extra.seen:
            extra.hidden[name] = child.text or ""
        extra.seen.add(name)
        extra.base = urljoin(extra.base, child.get(_XML + "base") or "")
        kind = child.get("type", "")
        if atom and kind not in _MARKUP_TYPES:
            raise Odd
        extra.markup[name] = _MARKUP_TYPES[kind] if atom else None
    elif (child.text or "").strip():
        extra.seen.add(f"foreign {name}")


def _note_markup(child: Any, extra: Extra, *, name: str, atom: bool) -> None:
    """Note what Atom calls ``xhtml``: one ``div``, whose content it is (RFC 4287, 3.1.1.3)."""
    (div, *more) = child
    if not atom or child.get("type") != "xhtml" or more or div.tag != _XHTML + "div" or div.prefix is not None:
        raise Odd  # markup that is not escaped
    extra.base = urljoin(extra.base, div.get(_XML + "base") or child.get(_XML + "base") or "")
    parts = (etree.tostring(part, encoding="unicode", method="html") for part in div)
    extra.hidden[name] = html.escape(div.text or "", quote=False) + "".join(parts)
    extra.markup[name] = True
    extra.seen.add(name)


def _author(element: Any) -> list[str]:
    names = [_text(child) for child in element if isinstance(child.tag, str) and etree.QName(child).localname == "name"]
    return names or [text for text in [_text(element)] if text]


def _images(item: Any) -> list[tuple[str, str]]:
    """Give declared pictures: the widest ``media:content``, then enclosures, item images, thumbnails."""
    ranked: list[tuple[int, int, str, str]] = []
    for element in item.iter(*_PICTURES):
        url = element.get("url") or element.get("href") or ""
        local = etree.QName(element).localname
        if not url or not _is_picture(element, local, url):
            continue
        words = next((_text(child) for child in element.findall("{*}description")), "") if len(element) else ""
        ranked.append((_ORDER.get(local, 3), -_width(element), url, words))
    ranked.sort(key=lambda row: row[:2])
    return [(url, words) for _, _, url, words in ranked]


def _is_picture(element: Any, local: str, url: str) -> bool:
    if local in {"thumbnail", "image"}:
        return True
    if local == "link" and element.get("rel") != "enclosure":
        return False
    declared = element.get("medium") or element.get("type") or ""
    if declared:
        return str(declared).startswith("image")
    return url.partition("?")[0].lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif"))


def _width(element: Any) -> int:
    width = element.get("width", "")
    return int(width[:6]) if width.isdigit() else 0

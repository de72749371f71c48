"""What one item of a well-formed feed says: an element and its children as an :class:`Item`. Pure; parses no text.

Every child is looked at once. Its name says who reads it (:func:`_reader`), so that a word is read the same way in
every format and vocabulary; what vocabularies of pictures say of a picture is not taken for the article's own.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from syndicator.sources._hostile import MAX_AUTHOR
from syndicator.sources._item import NOTHING, Item, Text
from syndicator.sources._links import absolute

ATOM = "{http://www.w3.org/2005/Atom}"
ATOM_ENTRY = ATOM + "entry"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RSS1 = "{http://purl.org/rss/1.0/}"
XML = "{http://www.w3.org/XML/1998/namespace}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_ORIGINAL = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_PICTURES = ("{*}content", "{*}thumbnail", "{*}image", "enclosure", ATOM + "link")
_OWN = ("", ATOM, RSS1)
"""The vocabularies of feeds themselves."""
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_UPDATED = ("updated", "modified", "lastbuilddate")
_ORDER = {"content": 0, "enclosure": 1, "link": 1, "image": 2}
_MARKUP_TYPES = {"html": True, "text/html": True, "text": False, "text/plain": False, "": False}


class Odd(Exception):
    """The document has something that is left to feedparser."""


@dataclass(slots=True)
class _Said:
    """What the children of one item said so far, as written."""

    base: str
    based: bool
    """Whether any element may name a base of its own."""
    text_base: str = ""
    """What the pictures in its texts are relative to, where that is not ``base``."""
    values: dict[str, str] = field(default_factory=dict)
    """The first of each name: dates, guid, link, language …"""
    texts: dict[str, Text] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """Atom's: (relation, type, address)."""
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    pictures: list[tuple[int, int, str, str]] = field(default_factory=list)
    """(order, minus width, address, words)."""

    def first(self, *names: str) -> str:
        """Give the first of these values that says something."""
        for name in names:
            if value := self.values.get(name):
                return value
        return ""

    def text(self, *names: str) -> Text:
        """Give the first of these texts that says something."""
        for name in names:
            if (text := self.texts.get(name)) and text.value:
                return text
        return NOTHING


def read(item: Any, *, base: str, based: bool, authors: list[str]) -> Item:
    """Give what an item says; ``authors`` are those of the whole feed, ``based`` says whether to look for ``xml:base``.

    Raises:
        Odd: it must be read by feedparser.
    """
    said = _Said(urljoin(base, _base(item)) if based else base, based)
    for child in item:
        reader, name = _reader(child.tag)
        if reader is not None:
            reader(said, child, name)
    guid = said.first("guid", "id") or item.get(RDF + "about") or ""
    if said.base != base and guid and ":" not in guid:
        raise Odd  # a name that its base changes
    return _item(item, said, guid=guid, authors=authors)


def _item(item: Any, said: _Said, *, guid: str, authors: list[str]) -> Item:
    link = said.first("original") or _alternate(said) or said.first("link", "other link") or _any_link(item, said)
    if said.text_base:
        link = absolute(link, base=said.base) or link
    said.pictures.sort(key=lambda row: row[:2])
    return Item(
        guid=guid,
        link=link,
        base=said.text_base or said.base,
        title=said.text("title", "other title"),
        summary=said.text("description", "summary", "other description", "other summary", "caption"),
        content=said.text("encoded", "content"),
        published=said.first(*_PUBLISHED),
        updated=said.first(*_UPDATED),
        authors=said.authors or authors,
        tags=[*said.categories, *said.subjects, *said.keywords],
        images=[(url, words) for _, _, url, words in said.pictures],
        language=item.get(XML + "lang") or said.first("language"),
    )


def _alternate(said: _Said) -> str:
    """Give the Atom link to the article: a web page if one is marked so."""
    named = [(kind, href) for relation, kind, href in said.links if relation == "alternate"]
    return next((href for kind, href in named if kind in {"", "text/html"}), named[0][1] if named else "")


def _any_link(item: Any, said: _Said) -> str:
    return said.links[0][2] if said.links and item.tag == ATOM_ENTRY else ""


def _base(element: Any) -> str:
    """Give the ``xml:base`` of an element and of what it stands in, joined (RFC 3986); mostly empty."""
    named = [outer.get(XML + "base") for outer in (element, *element.iterancestors())]
    return reduce(urljoin, [base for base in reversed(named) if base], "")


# --- who reads what -------------------------------------------------------------------------------------------------

_Reader = Callable[[_Said, Any, str], None]


@lru_cache(maxsize=1024)
def _reader(tag: Any) -> tuple[_Reader | None, str]:
    """Give who reads an element of this name, and by which name it keeps it; None is for what says nothing to us."""
    if not isinstance(tag, str):
        return None, ""  # a comment
    namespace, brace, local = tag.rpartition("}")
    local = local.lower()
    own = namespace + brace in _OWN
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    if local in {"title", "description", "summary"}:
        return (_read_text, local) if own else (_read_other_text, f"other {local}")
    if local == "content":
        return (_read_text, local) if own else (_read_picture, local)
    if local == "link":
        return _read_value, local if own else "other link"
    return _BY_NAME.get(local, (_read_nested, local))


def _read_value(said: _Said, child: Any, name: str) -> None:
    if not said.values.get(name):
        value = child.text
        said.values[name] = value.strip() if value else ""


def _read_text(said: _Said, child: Any, name: str) -> None:
    """Note a text with its type: Atom tells it, RSS never does. Of several the first one that says anything stands."""
    known = said.texts.get(name)
    if known is not None and known.value:
        return
    atom = child.tag.startswith(ATOM)
    if said.based and name in {"content", "summary", "description"}:
        said.text_base = urljoin(said.text_base or said.base, child.get(XML + "base") or "")
    if len(child):
        said.texts[name] = _marked_up(said, child, atom=atom)
    elif not atom:
        said.texts[name] = Text(child.text or "")
        if name == "content":
            _read_picture(said, child, name)
    elif (kind := child.get("type", "")) in _MARKUP_TYPES:
        said.texts[name] = Text(child.text or "", _MARKUP_TYPES[kind])
    elif not child.get("src"):  # what stands elsewhere says nothing here
        raise Odd


def _marked_up(said: _Said, child: Any, *, atom: bool) -> Text:
    """Give what Atom calls ``xhtml``: one ``div``, whose content it is (RFC 4287, 3.1.1.3)."""
    (div, *more) = child
    if not atom or child.get("type") != "xhtml" or more or div.tag != _XHTML + "div" or div.prefix is not None:
        raise Odd  # markup that is not escaped
    if said.based:
        said.text_base = urljoin(said.text_base or said.base, div.get(XML + "base") or "")
    parts = (etree.tostring(part, encoding="unicode", method="html") for part in div)
    return Text(html.escape(div.text or "", quote=False) + "".join(parts), markup=True)


def _read_other_text(said: _Said, child: Any, name: str) -> None:
    if name not in said.texts and child.text and child.text.strip():
        said.texts[name] = Text(child.text)


def _read_encoded(said: _Said, child: Any, name: str) -> None:
    if child.text:
        said.texts.setdefault(name, Text(child.text))


def _read_atom_link(said: _Said, child: Any, name: str) -> None:
    href = child.get("href")
    if href:
        own = said.based and child.get(XML + "base")
        href = absolute(href, base=urljoin(said.base, own)) or href if own else href
        said.links.append((child.get("rel", "alternate"), child.get("type", ""), href))
        _read_picture(said, child, name)


def author(element: Any) -> list[str]:
    """Give the names that an author's element holds: in elements of their own, or as its text.

    Raises:
        Odd: one is too long for a name.
    """
    names = [_text(child) for child in element.iterchildren("{*}name")] if len(element) else []
    names = names or [text for text in [_text(element)] if text]
    if any(len(name) > MAX_AUTHOR for name in names):
        raise Odd
    return names


def _read_author(said: _Said, child: Any, _: str) -> None:
    said.authors += author(child)


def _read_category(said: _Said, child: Any, _: str) -> None:
    label = (child.get("label") or child.get("term")) if child.tag.startswith(ATOM) else None
    said.categories.append(label or _text(child))


def _read_subject(said: _Said, child: Any, _: str) -> None:
    said.subjects.append(_text(child) or child.get(RDF + "resource") or "")


def _read_keywords(said: _Said, child: Any, _: str) -> None:
    said.keywords += _text(child).split(",")


def _text(element: Any) -> str:
    return str(element.text or "").strip()


# --- pictures -------------------------------------------------------------------------------------------------------


def _read_nested(said: _Said, child: Any, name: str) -> None:
    """Note the pictures in an element that is not known itself, and what a group of them is said to show."""
    if not len(child):
        return
    for element in child.iter(*_PICTURES):
        _read_one_picture(said, element, str(etree.QName(element).localname))
    if name == "group" and "caption" not in said.texts:
        said.texts["caption"] = Text(
            next((_text(one) for one in child.iterchildren("{*}description")), ""), markup=False
        )


def _read_picture(said: _Said, child: Any, name: str) -> None:
    """Note a declared picture, and those inside it: the widest ``media:content`` goes first, thumbnails last."""
    _read_one_picture(said, child, name)
    if len(child):
        for element in child.iterdescendants(*_PICTURES):
            _read_one_picture(said, element, str(etree.QName(element).localname))


def _read_one_picture(said: _Said, element: Any, local: str) -> None:
    url = element.get("url") or element.get("href")
    if url and _is_picture(element, local, url):
        words = next((_text(child) for child in element.iterchildren("{*}description")), "") if len(element) else ""
        width = element.get("width", "")
        said.pictures.append((_ORDER.get(local, 3), -int(width[:6]) if width.isdecimal() else 0, url, words))


def _is_picture(element: Any, local: str, url: str) -> bool:
    if local in {"thumbnail", "image"}:
        return True
    if local == "link" and element.get("rel") != "enclosure":
        return False
    declared = element.get("medium") or element.get("type") or ""
    if declared:
        return str(declared).startswith("image")
    return url.partition("?")[0].lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif"))


_BY_TAG: dict[str, tuple[_Reader, str]] = {
    ATOM + "link": (_read_atom_link, "link"),
    ATOM + "id": (_read_value, "id"),
    _ORIGINAL: (_read_value, "original"),
    _DC + "subject": (_read_subject, "subject"),
    "enclosure": (_read_picture, "enclosure"),
}
_BY_NAME: dict[str, tuple[_Reader, str]] = {
    **{name: (_read_value, name) for name in (*_PUBLISHED, *_UPDATED, "guid", "language")},
    "author": (_read_author, ""),
    "creator": (_read_author, ""),
    "category": (_read_category, ""),
    "topic": (_read_subject, ""),
    "keywords": (_read_keywords, ""),
    "encoded": (_read_encoded, "encoded"),
    "thumbnail": (_read_picture, "thumbnail"),
    "image": (_read_picture, "image"),
}
"""By local name in lower case, in any vocabulary."""

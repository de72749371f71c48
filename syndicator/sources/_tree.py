"""A well-formed feed as a tree: which of its elements are the items, and what the feed says of itself. Pure.

One parse and one walk: what an item says is read by ``_elements``. Documents that neither understands are left to
feedparser.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from syndicator.sources import _elements
from syndicator.sources._elements import ATOM, ATOM_ENTRY, RDF, RSS1, XML, Odd
from syndicator.sources._hostile import MAX_ITEMS
from syndicator.sources._item import Item

_ROOTS = {"rss": "rss", ATOM + "feed": "atom", RDF + "RDF": "rdf"}
_ANY_ITEM = ("{*}item", "{*}entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A well-formed document: ``kind`` is rss, rdf, atom, or empty for one that only feedparser knows."""

    root: Any
    kind: str
    items: Sequence[Any]
    based: bool
    """Whether any element may say what its links are relative to (``xml:base``)."""

    def has_entities(self) -> bool:
        """Say whether there are entities whose definition was not read (a DOCTYPE names a file)."""
        return next(self.root.iter(etree.Entity), None) is not None

    def read(self, *, base: str) -> list[Item]:
        """Give what every item says, of the first ``MAX_ITEMS``; relative links of the document belong to ``base``.

        Raises:
            Odd: the document must be read by feedparser.
        """
        if not self.kind or (not self.items and next(self.root.iter(*_ANY_ITEM), None) is not None):
            raise Odd
        if self.items and sum(1 for _ in self.root.iter(self.items[0].tag)) > len(self.items):
            raise Odd  # items inside items
        authors = self._authors() if self.kind == "atom" else []
        return [_elements.read(item, base=base, based=self.based, authors=authors) for item in self.items[:MAX_ITEMS]]

    def _authors(self) -> list[str]:
        """Give the authors of the whole feed (Atom)."""
        return [name for author in self.root.findall(ATOM + "author") for name in _elements.author(author)]

    def title(self) -> str:
        """Give what the feed calls itself, as written."""
        titles = (
            element
            for outer in self._outer()
            for element in outer.iterchildren("title", ATOM + "title", RSS1 + "title")
        )
        return next(("".join(title.itertext()).strip() for title in titles), "")

    def language(self) -> str:
        """Give the language of the feed as written."""
        declared = (child.text for outer in self._outer() for child in outer.iterchildren("{*}language"))
        attributes = (outer.get(XML + "lang") for outer in self._outer())
        return next((str(value) for value in (*declared, *attributes) if value), "")

    def _outer(self) -> list[Any]:
        return [self.root, *self.root.iterchildren("{*}channel")]


def parse(text: str) -> Tree | None:
    """Parse ``text`` strictly; None when it is not well-formed. Nothing is loaded, no entity is expanded."""
    # No other option: with ``collect_ids`` off libxml2 wants to load the DTD that a DOCTYPE names (6.1).
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or not isinstance(root.tag, str):
        return None
    kind = _ROOTS.get(root.tag, "")
    items: Sequence[Any] = ()
    if kind == "rss":
        channel = root.find("channel")
        kind = "" if channel is None else kind
        items = root.findall("item") if channel is None else channel.findall("item")
    elif kind:
        items = root.findall(ATOM_ENTRY if kind == "atom" else RSS1 + "item")
    return Tree(root=root, kind=kind, items=items, based="xml:base" in text)

"""The fast way: fastfeedparser for well-formed documents without oddities. The only user of that library. Pure."""

import re
from typing import Any
from urllib.parse import urljoin

from syndicator.sources._item import Item, Text
from syndicator.sources._tree import Extra, Odd, Tree

_NAMED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|\Z")
"""A guid that no base changes."""
# What its parser raises on input it cannot read; everything else comes from lxml and is a ValueError too.
_FAILURES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RuntimeError)


def items(text: str, tree: Tree, *, base: str) -> tuple[list[Item], str, str]:
    """Give (items, feed title, feed language) of a well-formed feed.

    Raises:
        Odd: the document must be read by feedparser: the fast parser failed, found fewer, or would read it wrongly.
    """
    import fastfeedparser

    extras = tree.extras()
    try:
        # Bytes, never str: a str that looks like an address would be fetched.
        feed = fastfeedparser.parse(text.encode("utf-8"))
    except _FAILURES as error:
        raise Odd from error
    raw = feed["entries"]
    if len(raw) != len(extras):
        raise Odd
    common = tree.authors() if tree.kind == "atom" else []
    found = [_item(entry, extra, base=base, authors=common) for entry, extra in zip(raw, extras, strict=True)]
    return found, str(feed["feed"].get("title") or ""), tree.language()


def _item(entry: dict[str, Any], extra: Extra, *, base: str, authors: list[str]) -> Item:
    content = extra.hidden.get("content", str((entry.get("content") or [{}])[0].get("value") or ""))
    if not content and extra.encoded is not None:  # which the fast parser overlooks in RSS 1.0
        content = str(extra.encoded.text or "")
    described = extra.seen & {"description", "summary", "foreign description", "foreign summary"}
    description = extra.hidden.get("summary", extra.hidden.get("description", str(entry.get("description") or "")))
    summary = Text(description, extra.markup.get("summary", extra.markup.get("description")))
    if not described:  # else the fast parser made one of the content
        summary = Text(extra.caption, markup=False)
    link = extra.original or extra.link or extra.hidden.get("link") or str(entry.get("link") or "")
    if extra.base:
        # For pictures only; a relative link or name would need the base of its own element.
        if not link.startswith(("http://", "https://")) or not _NAMED.match(extra.guid):
            raise Odd
        base = urljoin(base, extra.base)
    return Item(
        guid=extra.guid,
        link=link,
        base=base,
        title=Text(extra.hidden.get("title", str(entry.get("title") or "")), extra.markup.get("title")),
        summary=summary,
        content=Text(content, extra.markup.get("content")),
        published=extra.published,
        updated=extra.updated,
        authors=extra.authors or authors,
        tags=[str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()] + extra.keywords,
        images=extra.images,
        language=extra.language,
    )

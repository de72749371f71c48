"""JSON Feed 1.0 and 1.1 (jsonfeed.org, read 2026): neither XML library knows it. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from syndicator.sources._hostile import MAX_ITEMS
from syndicator.sources._item import Item, Text


def items(text: str, *, base: str) -> tuple[list[Item], str, str, int]:
    """Give (items, feed title, feed language, number of items cut off).

    Raises:
        ValueError: not JSON, or not a JSON Feed.
    """
    try:
        feed = json.loads(text)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
    except ValueError as error:
        raise ValueError("it is not valid JSON") from error
    version = _text(feed, "version")
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in version or not isinstance(feed.get("items"), list):
        raise ValueError("it is JSON, but no JSON Feed (no version and items)")
    raw = [item for item in feed["items"] if isinstance(item, dict)]
    common = list(_authors(feed))
    found = [_item(item, base=base, authors=common) for item in raw[:MAX_ITEMS]]
    return found, _text(feed, "title"), _text(feed, "language"), max(0, len(raw) - MAX_ITEMS)


def _item(item: dict[str, Any], *, base: str, authors: list[str]) -> Item:
    content = (
        Text(_text(item, "content_html"), markup=True) if item.get("content_html") else _plain(item, "content_text")
    )
    return Item(
        guid=_identifier(item.get("id")),
        link=_text(item, "url") or _text(item, "external_url"),
        base=base,
        title=_plain(item, "title"),
        summary=_plain(item, "summary"),
        content=content,
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        authors=list(_authors(item)) or authors,
        tags=[tag for tag in _list(item, "tags") if isinstance(tag, str)],
        images=[(address, "") for address in _images(item)],
        language=_text(item, "language"),
    )


def _authors(thing: dict[str, Any]) -> Iterator[str]:
    named = [_text(author, "name") for author in _list(thing, "authors")]
    # ``author`` is what 1.0 had; a feed that has both means ``authors``.
    yield from filter(None, named if any(named) else [_text(thing.get("author"), "name")])


def _images(item: dict[str, Any]) -> Iterator[str]:
    yield from (_text(item, key) for key in ("image", "banner_image") if _text(item, key))
    for attachment in _list(item, "attachments"):
        if _text(attachment, "mime_type").startswith("image/"):
            yield _text(attachment, "url")


def _identifier(value: object) -> str:
    """Give an id as text: numbers are common, though the format wants text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:10_000]


def _plain(item: dict[str, Any], key: str) -> Text:
    return Text(_text(item, key), markup=False)


def _text(thing: object, key: str) -> str:
    value = thing.get(key) if isinstance(thing, dict) else None
    return value if isinstance(value, str) else ""


def _list(thing: dict[str, Any], key: str) -> list[Any]:
    value = thing.get(key)
    return value if isinstance(value, list) else []

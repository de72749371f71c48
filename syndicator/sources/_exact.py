"""The exact way: feedparser, which reads everything, slowly. Its only user. Opens no file and no address."""

import io
from typing import Any
from xml.sax import SAXException

from syndicator.sources._item import Item, Text

# What comes out of feedparser 6 on mutated feeds (F24): about one in a hundred.
_FAILURES = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    OSError,
    SAXException,
)
_TEXT_TYPES = {"text/plain": False, "text/html": True, "application/xhtml+xml": True}


def items(text: str, *, base: str) -> tuple[list[Item], str, str, str]:
    """Give (items, feed title, feed language, version) of anything that resembles a feed; version "" is "unknown".

    Raises:
        ValueError: the parser failed.
    """
    import feedparser

    # No content-location: feedparser would make an address of every guid; links are resolved later.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # BytesIO always (F25): given bytes or text, feedparser opens a file or an address of that name.
        result = feedparser.parse(
            io.BytesIO(text.encode("utf-8")),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _FAILURES as error:
        raise ValueError(f"the parser failed on it ({type(error).__name__})") from error
    version = str(result.get("version") or "")
    feed = result.get("feed") or {}
    common = _authors(feed) if version.startswith("atom") else []
    found = [_item(entry, base=base, atom=version.startswith("atom"), authors=common) for entry in result["entries"]]
    return found, str(feed.get("title") or ""), str(feed.get("language") or ""), version


def _item(entry: Any, *, base: str, atom: bool, authors: list[str]) -> Item:
    # dict.get: feedparser's own getter answers "updated" with "published" and the other way round.
    content = (dict.get(entry, "content") or [{}])[0]
    text = _text(content.get("value"))
    summary = _text(dict.get(entry, "summary"))
    updated = _text(dict.get(entry, "updated"))
    published = _text(dict.get(entry, "published") or dict.get(entry, "created"))
    if not atom and not published:
        published, updated = updated, ""  # dc:date is filed under "updated"
    link = _text(dict.get(entry, "feedburner_origlink") or dict.get(entry, "link"))
    text_base = _text(content.get("base"))
    absolute = link.startswith(("http://", "https://")) and text_base.startswith(("http://", "https://"))
    return Item(
        guid=_text(dict.get(entry, "id")),
        link=link,
        base=text_base if absolute else base,  # xml:base of the text, for its pictures
        title=Text(_text(dict.get(entry, "title")), _markup(entry, "title_detail", atom=atom)),
        # Without a summary of its own an item gets its content as one.
        summary=Text(summary if summary != text else "", _markup(entry, "summary_detail", atom=atom)),
        content=Text(text, _TEXT_TYPES.get(content.get("type", "")) if atom else None),
        published=published,
        updated=updated,
        authors=_authors(entry) or authors,
        tags=[_text(tag.get("label") or tag.get("term")) for tag in dict.get(entry, "tags") or ()],
        images=_images(entry),
        language=_text((dict.get(entry, "title_detail") or {}).get("language") or dict.get(entry, "language")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _markup(entry: Any, detail: str, *, atom: bool) -> bool | None:
    """RSS never says; what feedparser reports for it is a guess that loses "the <b> tag"."""
    return _TEXT_TYPES.get((dict.get(entry, detail) or {}).get("type", "")) if atom else None


def _authors(thing: Any) -> list[str]:
    details = [author for author in dict.get(thing, "authors") or () if isinstance(author, dict)]
    names = [_text(author.get("name")) for author in details]
    return [name for name in [*names, "" if any(names) else _text(dict.get(thing, "author"))] if name]


def _images(entry: Any) -> list[tuple[str, str]]:
    contents = [media for media in dict.get(entry, "media_content") or () if _is_picture(media)]
    contents.sort(key=_width)
    urls = [_text(media.get("url")) for media in contents]
    links = [link for link in dict.get(entry, "links") or () if link.get("rel") == "enclosure" and _is_picture(link)]
    urls += [_text(link.get("href")) for link in links]
    urls.append(_text((dict.get(entry, "image") or {}).get("href")))
    urls += [_text(media.get("url")) for media in sorted(dict.get(entry, "media_thumbnail") or (), key=_width)]
    return [(url, "") for url in urls if url]


def _is_picture(media: Any) -> bool:
    declared = _text(media.get("medium") or media.get("type"))
    if declared:
        return declared.startswith("image")
    address = _text(media.get("url") or media.get("href")).partition("?")[0].lower()
    return address.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif"))


def _width(media: Any) -> int:
    width = _text(media.get("width"))
    return -int(width[:6]) if width.isdecimal() else 0

"""Posts as WordPress's REST API gives them (``/wp/v2/posts``, developer.wordpress.org, read 2026). Pure.

Every value may be missing, ``false`` or an error object: plug-ins hide authors, media and terms one by one.
"""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syndicator.confined.frames import Garbled
from syndicator.model import Entry, Source
from syndicator.sources import _frames, _looks
from syndicator.sources._dates import instant
from syndicator.sources._encoding import decode
from syndicator.sources._item import Item, Tally, Text, entries
from syndicator.sources._reading import Reading

FIELDS = "id,guid,link,title,excerpt,date_gmt,modified_gmt,status,lang,jetpack_featured_media_url,_links,_embedded"
"""``_embed`` works only where ``_links`` and ``_embedded`` are asked for, too."""
EMBEDDED = "author,wp:featuredmedia,wp:term"
WIDEST = 2560
"""Pixels: wider originals are for print; WordPress itself scales to this width."""
_NOT_TAGS = frozenset({"author", "post_format", "nav_menu", "language", "post_translations", "wp_theme"})
MAX_POSTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post: what the reading itself needs, and its entry when the public may read it."""

    number: int
    guid: str
    published_at: datetime | None
    modified_at: datetime | None
    entry: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of results."""

    posts: tuple[Post, ...]
    warnings: tuple[str, ...] = ()


def page(body: bytes, *, url: str, source: Source) -> Page:
    """Read one page of posts; ``url`` is where it came from.

    Raises:
        ValueError: not posts of WordPress; says what it is instead.
    """
    text = decode(body)
    raw = _list(text)
    tally = Tally()
    posts = []
    for value in raw[:MAX_POSTS]:
        if not _is_post(value):
            raise ValueError(_looks.instead(text, wanted="WordPress posts"))
        public = value.get("status", "publish") == "publish" and not _dict(value.get("excerpt")).get("protected")
        item = _item(value, base=url)
        made = entries([item], source=source, language="", tally=tally) if public else ()
        posts.append(
            Post(
                number=value["id"],
                guid=made[0].guid if made else item.guid,
                published_at=instant(item.published),
                modified_at=instant(item.updated),
                entry=made[0] if made else None,
            )
        )
    return Page(posts=tuple(posts), warnings=tally.warnings())


def _is_post(value: dict[str, Any]) -> bool:
    return type(value.get("id")) is int and isinstance(value.get("title"), dict)


def told(body: bytes, *, url: str, source: Source) -> dict[str, Any]:
    """Give a :func:`page` as plain data (from a parser's process)."""
    made = page(body, url=url, source=source)
    entries = tuple(post.entry for post in made.posts if post.entry)
    rows = [(post.number, post.guid, _seconds(post.published_at), _seconds(post.modified_at), bool(post.entry))
            for post in made.posts]  # fmt: skip
    return {"posts": rows, "reading": _frames.written(Reading(entries=entries, warnings=made.warnings))}


def heard(said: Any) -> Page:
    """Make a page of what :func:`told` gave, checked.

    Raises:
        ValueError: it is something else.
    """
    try:
        reading = _frames.to_reading(said["reading"])
        entries = iter(reading.entries)
        posts = tuple(
            Post(
                number=int(number),
                guid=str(guid),
                published_at=_instant(published),
                modified_at=_instant(modified),
                entry=next(entries) if public is True else None,
            )
            for number, guid, published, modified, public in said["posts"][:MAX_POSTS]
        )
    except (LookupError, TypeError, ValueError, OverflowError, OSError, StopIteration, RuntimeError) as error:
        raise ValueError("its parser gave no posts") from error
    except Garbled as error:
        raise ValueError("its parser gave no posts") from error
    return Page(posts=posts, warnings=reading.warnings)


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    text = '[{"id":1,"link":"https://a.example/b","title":{"rendered":"c &amp; <i>d</i>"},"date_gmt":"2026-11-22"}]'
    told(text.encode(), url="https://a.example/", source=Source(name="", kind="wordpress", url=""))


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _instant(second: Any) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(float(second), UTC)


def numbers(body: bytes) -> frozenset[int]:
    """Give the numbers of the posts that a page lists and that anybody may read.

    Raises:
        ValueError: not posts of WordPress.
    """
    shown = (value for value in _list(decode(body)) if value.get("status", "publish") == "publish")
    return frozenset(value["id"] for value in shown if isinstance(value.get("id"), int))


def refusal(body: bytes) -> str:
    """Give the code of WordPress's own error ("rest_forbidden"); "" when the body is none."""
    try:
        code = _dict(json.loads(body[:100_000])).get("code")
    except (ValueError, RecursionError):
        return ""
    return code if isinstance(code, str) and code.isascii() and code.isidentifier() and len(code) <= 60 else ""


def _list(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
    except ValueError as error:
        if text.lstrip()[:1] in {"{", "["}:
            raise ValueError("its JSON is damaged or cut off") from error
        raise ValueError(_looks.instead(text, wanted="WordPress posts")) from error
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError(_looks.instead(text, wanted="WordPress posts"))
    return value


def _item(post: dict[str, Any], *, base: str) -> Item:
    embedded = _dict(post.get("_embedded"))
    return Item(
        # Written as HTML, while the feed's is XML: once decoded they are the same.
        guid=html.unescape(_rendered(post, "guid")),
        link=_text(post, "link"),
        base=base,
        title=Text(_rendered(post, "title"), markup=None),
        summary=Text(_rendered(post, "excerpt"), markup=True),
        published=_text(post, "date_gmt"),
        updated=_text(post, "modified_gmt"),
        authors=[_text(author, "name") for author in _objects(embedded.get("author"))],
        tags=list(_terms(embedded.get("wp:term"))),
        images=list(_images(post, embedded)),
        language=_text(post, "lang"),
    )


def _terms(groups: Any) -> Iterator[str]:
    for group in groups if isinstance(groups, list) else []:
        for term in _objects(group):
            if _text(term, "taxonomy") not in _NOT_TAGS and _text(term, "name"):
                yield _text(term, "name")


def _images(post: dict[str, Any], embedded: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for media in _objects(embedded.get("wp:featuredmedia")):
        if _text(media, "media_type") in {"", "image"}:
            yield from ((url, _text(media, "alt_text")) for url in _sizes(media))
    if _text(post, "jetpack_featured_media_url"):
        yield _text(post, "jetpack_featured_media_url"), ""


def _sizes(media: dict[str, Any]) -> list[str]:
    """Give the picture's addresses, the widest that is not wider than ``WIDEST`` first."""
    details = _dict(media.get("media_details"))
    whole = {"source_url": _text(media, "source_url"), "width": details.get("width"), "height": details.get("height")}
    sizes = [one for one in (*_dict(details.get("sizes")).values(), whole) if isinstance(one, dict)]
    usable = [one for one in sizes if 0 < _width(one) <= WIDEST and _text(one, "source_url")]
    best = max(usable, key=lambda one: (_width(one), one is whole), default=whole)
    found = [_text(best, "source_url"), _text(whole, "source_url")]
    return [url for url in dict.fromkeys(found) if url]


def _width(size: dict[str, Any]) -> int:
    """Give the width; plug-ins also write it as text."""
    width = size.get("width")
    if isinstance(width, str) and width.isascii() and width.isdigit():
        return int(width[:6])
    return width if isinstance(width, int) and not isinstance(width, bool) else 0


def _rendered(post: dict[str, Any], key: str) -> str:
    return _text(_dict(post.get(key)), "rendered")


def _objects(value: Any) -> list[dict[str, Any]]:
    """Give the objects of a list that are no errors (``{"code": …, "data": {"status": 401}}``)."""
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [one for one in found if not ("code" in one and "message" in one)]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(thing: dict[str, Any], key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""

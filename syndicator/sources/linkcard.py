"""What a page tells platforms for their link card, as written: Open Graph, else Twitter's tags, else plain HTML.

Must not improve on it: a site's name in the title, a logo as picture or no picture at all is what readers will see.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicator.model import Source
from syndicator.sources import _page, webpage
from syndicator.sources._encoding import letters
from syndicator.sources._links import absolute

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["Tags", "checked", "read", "rehearse", "tags_inside"]

LONGEST = 1000
"""Characters of one tag; more than any card shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """A link card's material; all of it may be empty. ``image`` is an absolute address."""

    title: str = ""
    description: str = ""
    image: str = ""
    alt: str = ""
    lacks: str = ""
    """Which of ``og:title`` and ``og:image`` it has not, in words, whatever else stands in for them."""


async def read(url: str, *, fetcher: "Fetcher", allow_private: bool = False) -> Tags:
    """Read the tags of the page at ``url``.

    Raises:
        SourceError: unreachable, or no page.
    """
    from syndicator.sources import _child  # which a parser's process has no use for

    page = await fetcher.get(url, allow_private=allow_private, max_bytes=webpage.MAX_BYTES, accept=webpage.ACCEPT)
    source = Source(name=url, kind="webpage", url=url)
    said = await _child.asked("linkcard:tags_inside", page.body, source=source, url=page.url, charset=page.charset)
    return checked(said)


def checked(said: object) -> Tags:
    """Believe of a parser's answer only what is text, and of its picture only a web address."""
    texts = said if isinstance(said, dict) else {}
    fields = {name: value[:LONGEST] for name in Tags.__slots__ if isinstance(value := texts.get(name), str)}
    return Tags(**(fields | {"image": absolute(fields.get("image"), base="https:") or ""}))


def tags_inside(body: bytes, *, source: Source, url: str, charset: str | None) -> dict[str, str]:  # noqa: ARG001
    """Give the tags as plain data; runs in a parser's process.

    Raises:
        ValueError: hostile, or no markup.
    """
    page = _page.read(letters(body, charset=charset))
    picture = page.meta("og:image:secure_url", "og:image", "og:image:url")
    image = picture or page.meta("twitter:image", "twitter:image:src")
    missing = {"og:title": not page.meta("og:title"), "og:image": not absolute(picture, base=url)}
    return {
        "title": page.meta("og:title", "twitter:title") or page.title,
        "description": page.meta("og:description", "twitter:description", "description"),
        "image": absolute(image, base=url) or "",
        "alt": page.meta("og:image:alt", "twitter:image:alt"),
        "lacks": " and no ".join(name for name, is_missing in missing.items() if is_missing),
    }


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    source = Source(name="a", kind="webpage", url="https://a.example/")
    tags_inside(
        b'<html><title>a</title><meta property="og:image" content="b.jpg">', source=source, url=source.url, charset=None
    )

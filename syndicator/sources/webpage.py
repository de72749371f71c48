"""Sources of kind ``webpage`` and single articles: a page by its address, or a file (.html, .md, .txt).

Must not follow links or fetch pictures.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator.errors import SourceInvalid
from syndicator.model import Entry, Source
from syndicator.sources import _fulltext, _looks, _manuscript, _page, _plain
from syndicator.sources._encoding import decode, letters
from syndicator.sources._reading import Fetched, Reading, Validators

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["parse_article", "parse_body", "parsed", "read", "read_file", "read_page", "rehearse"]

MAX_BYTES = 5_000_000
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_TEXTS = frozenset({".md", ".markdown", ".txt"})
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


async def read(source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
    """Read one page as a source with one entry.

    Raises:
        SourceError: unreachable, or not an article page.
    """
    fetched = await fetcher.get(
        source.url,
        validators=validators,
        allow_private=source.allow_private,
        max_bytes=MAX_BYTES,
        accept=ACCEPT,
        source=source.name,
    )
    if fetched.status == 304:
        return fetched.unchanged()
    return (await parsed("parse_body", fetched, source)).of(fetched)


async def read_page(url: str, *, fetcher: "Fetcher", allow_private: bool = False) -> Entry:
    """Read the article at ``url`` from what its page says about itself.

    Raises:
        SourceError: unreachable, or not an article page.
    """
    fetched = await fetcher.get(url, allow_private=allow_private, max_bytes=MAX_BYTES, accept=ACCEPT)
    reading = await parsed("parse_body", fetched, Source(name=url, kind="webpage", url=url))
    if not reading.entries:
        raise SourceInvalid("it holds no article", source=url)
    return reading.entries[0]


async def parsed(how: str, fetched: Fetched, source: Source) -> Reading:
    """Parse a fetched page (``how``: parse_body or parse_article); where its head tells no lead, its own text does.

    Raises:
        SourceInvalid: as ``parse_body``.
    """
    from syndicator.sources import _child  # which a parser's process has no use for

    charset = fetched.charset
    reading = await _child.parsed(f"webpage:{how}", fetched.body, source=source, url=fetched.url, charset=charset)
    if not reading.entries or not _fulltext.is_here() or not _fulltext.is_poor(reading.entries[0]):
        return reading
    with suppress(SourceInvalid):  # an article without a lead is better than none
        text = await _child.asked("_fulltext:beginning", fetched.body, source=source, charset=charset)
        # What a parser says is not believed: it may have been taken over.
        summary = _plain.lines(text)[: _fulltext.MOST] if isinstance(text, str) else ""
        told = replace(reading.entries[0], summary=summary)
        reading = reading if _fulltext.is_poor(told) else replace(reading, entries=(told,))
    return reading


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    page = '<html lang="en"><title>a</title><meta property="article:published_time" content="2026-11-22T12:00:00Z">'
    parse(page + '<script type="application/ld+json">{"@type": "Article"}</script>', url="https://a.example/b")


def read_file(path: Path) -> Entry:
    """Read an article from a file: HTML that names its address, or text with a ``url:`` line at its top.

    Raises:
        SourceInvalid: not readable, another kind of file, or no link or title in it; the message has the remedy.
    """
    try:
        return _read_file(path)
    except OSError as error:
        raise SourceInvalid(f"cannot be read: {error.strerror or error}", source=path.name) from error
    except ValueError as error:
        raise SourceInvalid(str(error), source=path.name) from error


def parse(text: str, *, url: str) -> Entry:
    """Make an entry of a page's markup; ``url`` is where it came from, empty for a file.

    Raises:
        ValueError: hostile markup, no title, or no address.
    """
    return _page.entry(_page.read(text), url=url)


def parse_body(body: bytes, *, url: str, charset: str | None, source: Source) -> Reading:
    """Make a reading of one entry of a page that was fetched from ``url``.

    Raises:
        SourceInvalid: empty, no HTML page, or not an article's.
    """
    try:
        entry = parse(_markup(body, charset=charset), url=url)
    except ValueError as error:
        raise SourceInvalid(f"{url}: {error}", source=source.name) from error
    if source.language:
        entry = replace(entry, language=source.language)
    return Reading(entries=(entry,), title=entry.title)


def parse_article(body: bytes, *, url: str, charset: str | None, source: Source) -> Reading:
    """Like :func:`parse_body`, but a page that does not call itself an article gives no entry.

    Raises:
        SourceInvalid: empty, no HTML page, or without a title.
    """
    try:
        text = _markup(body, charset=charset)
        page = _page.read(text)
        entry = _page.entry(page, url=url) if _page.is_article(page) else None
    except ValueError as error:
        raise SourceInvalid(f"{url}: {error}", source=source.name) from error
    if entry and source.language:
        entry = replace(entry, language=source.language)
    return Reading(entries=(entry,) if entry else ())


def _markup(body: bytes, *, charset: str | None) -> str:
    text = letters(body, charset=charset)
    if not text or text.isspace():
        raise ValueError("the answer is empty")
    if _looks.look(text).kind != "webpage":
        raise ValueError(_looks.instead(text, wanted="an HTML page"))
    return text


def _read_file(path: Path) -> Entry:
    suffix = path.suffix.lower()
    if suffix not in _PAGES | _TEXTS:
        raise ValueError("only .html, .md and .txt files can be read as an article")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
    text = decode(path.read_bytes())
    if suffix in _PAGES:
        return parse(text, url="")
    return _manuscript.read(text, markdown=suffix != ".txt")

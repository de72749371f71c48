"""Sources of kind ``webpage`` and single articles: a page by its address, or a file (.html, .md, .txt).

Must not follow links or fetch pictures.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

from syndicator.errors import SourceInvalid
from syndicator.model import Entry, Source
from syndicator.sources import _hostile, _manuscript, _page
from syndicator.sources._encoding import decode
from syndicator.sources._fetch import Fetcher
from syndicator.sources._reading import Fetched, Reading, Validators

__all__ = ["read", "read_file", "read_page"]

MAX_BYTES = 5_000_000
_PAGES = frozenset({".html", ".htm", ".xhtml"})
_TEXTS = frozenset({".md", ".markdown", ".txt"})
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


async def read(source: Source, validators: Validators | None, fetcher: Fetcher) -> Reading:
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
        return Reading(entries=(), validators=fetched.validators, not_modified=True)
    entry = await asyncio.to_thread(_entry, fetched, source.name)
    if source.language:
        entry = replace(entry, language=source.language)
    return Reading(entries=(entry,), validators=fetched.validators, title=entry.title)


async def read_page(url: str, *, fetcher: Fetcher, allow_private: bool = False) -> Entry:
    """Read the article at ``url`` from what its page says about itself.

    Raises:
        SourceError: unreachable, or not an article page.
    """
    fetched = await fetcher.get(url, allow_private=allow_private, max_bytes=MAX_BYTES, accept=ACCEPT)
    return await asyncio.to_thread(_entry, fetched, url)


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
    _hostile.refuse_tags(text)
    return _page.entry(_page.read(text), url=url)


def _markup(fetched: Fetched) -> str:
    text = decode(fetched.body, charset=fetched.charset)
    if not text.strip():
        raise ValueError("the answer is empty")
    if "<" not in text[:10_000]:
        raise ValueError("it is not an HTML page")
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


def _entry(fetched: Fetched, source: str) -> Entry:
    try:
        return parse(_markup(fetched), url=fetched.url)
    except ValueError as error:
        raise SourceInvalid(f"{fetched.url}: {error}", source=source) from error

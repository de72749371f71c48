"""Cuts a post's text into plain words, links, tags and mentions, so that the timelines page can colour them.

Only spans and kinds: escaping is the template's work. Not shared with the product.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from syndicator.sandbox.x.text import links

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_ADDRESS = re.compile(r"https?://[^\s<>\"'“”]+", re.IGNORECASE)
_TAIL = ".,;:!?…»”’'\")"
_MARKS = re.compile(r"(?<![\w&/#@])(?:(?P<tag>#\w*[^\W\d_]\w*)|(?P<mention>@\w{1,30})|(?P<cash>\$[A-Za-z]{1,6}\b))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of text. ``href`` is set only for links that lead back into the sandbox."""

    kind: str
    """``plain``, ``link``, ``tag``, ``mention`` or ``cash``."""
    text: str
    href: str = ""
    target: str = ""


def segments(text: str, *, platform: str) -> tuple[Segment, ...]:
    """Cut ``text`` as the platform shows it; on X bare domains are links and every link is shortened for display."""
    return tuple(_cut(text, _x_links(text) if platform == "x" else _plain_links(text)))


def shortened(url: str, *, limit: int = 30) -> str:
    """Show an address without scheme, ``www.`` and parameters, at most ``limit`` characters long."""
    try:
        parts = urlsplit(url)
        shown = f"{parts.netloc.removeprefix('www.')}{unquote(parts.path)}".rstrip("/")
    except ValueError:
        shown = url
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def within(url: str) -> str:
    """Give path and query of an address on this machine, for use as a link; empty for every other address."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.hostname not in LOOPBACK:
            return ""
    except ValueError:
        return ""
    # Browsers read a leading "//" or "/\\" as the start of a host name.
    path = parts.path.lstrip("/\\")
    return f"/{path}?{parts.query}" if parts.query else f"/{path}"


def _x_links(text: str) -> list[tuple[int, int, str, str]]:
    return [(link.start, link.end, link.target, shortened(link.target)) for link in links(text)]


def _plain_links(text: str) -> list[tuple[int, int, str, str]]:
    found = []
    for match in _ADDRESS.finditer(text):
        url = match[0].rstrip(_TAIL)
        shown = url if len(url) <= 60 else f"{url[:59]}…"
        found.append((match.start(), match.start() + len(url), url, shown))
    return found


def _cut(text: str, found: list[tuple[int, int, str, str]]) -> Iterator[Segment]:
    at = 0
    for start, end, target, shown in found:
        yield from _marks(text[at:start])
        yield Segment(kind="link", text=shown, href=within(target), target=target)
        at = end
    yield from _marks(text[at:])


def _marks(text: str) -> Iterator[Segment]:
    at = 0
    for match in _MARKS.finditer(text):
        if match.start() > at:
            yield Segment(kind="plain", text=text[at : match.start()])
        yield Segment(kind=str(match.lastgroup), text=match[0])
        at = match.end()
    if at < len(text):
        yield Segment(kind="plain", text=text[at:])

"""Text as the preview page shows it: links and tags told apart, addresses as X shortens them. Must not escape."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from syndicator.core.text_entities import cashtags_in, hashtags_in, mentions_in, urls_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of text; ``kind`` is ``plain``, ``link``, ``tag``, ``mention`` or ``cash``."""

    kind: str
    text: str


def segments(text: str, link: str = "") -> tuple[Segment, ...]:
    """Cut ``text`` into stretches of one kind; joined, they are the text again.

    Links are what X takes for links; ``link`` is one whatever it looks like (X links no host without a known ending).
    """
    return tuple(_cut(text, link))


def _cut(text: str, link: str) -> Iterator[Segment]:
    finders = {"link": urls_in, "tag": hashtags_in, "mention": mentions_in, "cash": cashtags_in}
    spans = sorted((*span, kind) for kind, find in finders.items() for span in find(text))
    if link and (found := text.find(link)) >= 0:
        before = [span for span in spans if span[1] <= found]
        spans = [*before, (found, found + len(link), "link"), *(span for span in spans if span[0] >= found + len(link))]
    at = 0
    for start, end, kind in spans:
        if start < at:
            continue
        if start > at:
            yield Segment(kind="plain", text=text[at:start])
        yield Segment(kind=kind, text=text[start:end])
        at = end
    if at < len(text):
        yield Segment(kind="plain", text=text[at:])


def shortened(url: str, limit: int = 27) -> str:
    """Show an address without scheme and ``www.``, cut after ``limit`` characters, as platforms print links."""
    shown = url.partition("://")[2] or url
    shown = shown.removeprefix("www.").rstrip("/")
    return shown if len(shown) <= limit else f"{shown[:limit]}…"


def domain(url: str) -> str:
    """Give the host of an address without ``www.``; empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_web(url: str) -> bool:
    """Say whether an address may be a link on the page: http or https with a host."""
    return url.lower().startswith(("http://", "https://")) and bool(domain(url))


def initials(name: str) -> str:
    """Give the first letters of the first two words; a dot for a name without any."""
    words = ("".join(sign for sign in word if sign.isalnum()) for word in name.split())
    return "".join(word[0] for word in words if word)[:2].upper() or "•"


def money(amount: Decimal) -> str:
    """Write US dollars with at least two decimals, and more only if they say something: ``$0.20``, ``$0.205``."""
    whole, _, part = f"{amount:f}".partition(".")
    return f"${whole}.{part.rstrip('0'):0<2}"


def day(at: datetime | None) -> str:
    """Write an instant for people: ``2026-11-22 12:00 UTC``; empty for None."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

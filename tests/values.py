"""Literals for tests: an article, a channel, a post, with what a test cares about named and the rest filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.core import plan
from syndicator.model import Article, Channel, Composed, Picture, Post, Route, Rule, Teaser

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def article(**changes: Any) -> Article:
    """Give an article; ``changes`` name its fields."""
    fields: dict[str, Any] = {
        "id": "aaaaaaaaaaaaa",
        "guid": "https://news.example/?p=1",
        "url": "https://news.example/2026/11/harbour/",
        "canonical_url": "https://news.example/2026/11/harbour",
        "title": "Harbour reopens after the storm",
        "summary": "The ferries run again. Repairs go on until spring.",
        "published_at": NOW - timedelta(minutes=10),
        "updated_at": None,
        "authors": ("Ada Quay",),
        "tags": ("Harbour", "Weather"),
        "labels": ("news",),
        "image": Picture(url="https://news.example/harbour.jpg", alt="A ferry"),
        "language": "en",
        "source": "news",
        "first_seen_at": NOW,
    }
    return Article(**fields | changes)


def channel(name: str = "x", platform: str = "twitter", **changes: Any) -> Channel:
    """Give a channel."""
    return Channel(name=name, platform=platform, **changes)


def rule(*channels: str, **changes: Any) -> Rule:
    """Give a rule that opens a route to each channel."""
    return Rule(name="all", routes=tuple(Route(channel=name) for name in channels), **changes)


def post(**changes: Any) -> Post:
    """Give a queued post of the article on the channel."""
    from dataclasses import replace

    made = plan.new_post(article(), channel=channel(), route=Route(channel="x"), now=NOW)
    return replace(made, **changes)


def composed(**changes: Any) -> Composed:
    """Give the frozen request of a post."""
    text = "Harbour reopens after the storm"
    teaser = Teaser(
        channel="x", platform="twitter", template="twitter.j2", text=text, link="", length=len(text), limit=280
    )
    return Composed(**({"platform": "twitter", "marker": "m", "teaser": teaser, "request": {"text": text}} | changes))

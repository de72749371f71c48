"""The three timelines as values: what a reader of each platform would see now. Reads the state, changes nothing."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syndicator.sandbox import accounts
from syndicator.sandbox.newsroom import Card, Newsroom
from syndicator.sandbox.remote import RemotePost
from syndicator.sandbox.state import State
from syndicator.sandbox.timeline_text import Segment, segments, within

SHOWN = 60
"""How many posts a column shows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One platform's timeline: whose it is, how many posts it has, the newest of them, and where to point a channel."""

    platform: str
    title: str
    tab: str
    glyph: str
    name: str
    handle: str
    mount: str
    count: int
    posts: tuple["Shown", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One post as it is shown. ``pictures`` are (address, alternative text); ``domain`` is the link's host."""

    id: str
    url: str
    text: str
    created_at: datetime
    age: str
    by_hand: bool
    title: str
    link: str
    link_href: str
    domain: str
    segments: tuple[Segment, ...]
    pictures: tuple[tuple[str, str], ...]
    card: Card | None
    card_image: str
    detail: dict[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id,
            "url": self.url,
            "text": self.text,
            "link": self.link or None,
            "created_at": self.created_at.isoformat(),
            "pictures": [{"url": url, "alt": alt} for url, alt in self.pictures],
            "card": self.card.dump() if self.card else None,
        }


def columns(state: State, newsroom: Newsroom) -> tuple[Column, ...]:
    """Give the timelines of X, Facebook and YouTube, newest post first."""
    x, page, channel = accounts.X, accounts.FACEBOOK, accounts.YOUTUBE
    frames = (
        ("x", "X", "Posts", "X", x["name"], f"@{x['username']}", "/x"),
        ("facebook", "Facebook", "Page", "f", page["page_name"], "Page · News & media", "/graph"),
        ("youtube", "YouTube", "Posts", "▶", channel["title"], channel["handle"], "/youtube-api"),
    )
    made = []
    for platform, title, tab, glyph, name, handle, mount in frames:
        posts = state.visible(platform)
        shown = tuple(show(post, newsroom, now=state.clock.now()) for post in posts[:SHOWN])
        made.append(
            Column(
                platform=platform,
                title=title,
                tab=tab,
                glyph=glyph,
                name=name,
                handle=handle,
                mount=mount,
                count=len(posts),
                posts=shown,
            )
        )
    return tuple(made)


def show(post: RemotePost, newsroom: Newsroom, *, now: datetime) -> Shown:
    """Give one post as its platform shows it; a post with pictures has no link preview."""
    cut = segments(post.text, platform=post.platform)
    links = [post.link or "", *(segment.target for segment in cut if segment.kind == "link")]
    card = None if post.media or post.platform == "youtube" else _first_card(links, newsroom)
    link = post.link or ""
    return Shown(
        id=post.id,
        url=post.url,
        text=post.text,
        created_at=post.created_at,
        age=age(post.created_at, now),
        by_hand=post.author == "hand",
        title=str(post.detail.get("title") or ""),
        link=link,
        link_href=within(card.url if card else link),
        domain=_domain(link),
        segments=cut,
        pictures=tuple((f"/media/{media.id}", media.alt) for media in post.media),
        card=card,
        card_image=within(card.image) if card else "",
    )


def version(shown: tuple[Column, ...]) -> str:
    """Name this state of the timelines: it changes exactly when something shown changes (ages do not count)."""
    return hashlib.sha256(json.dumps(_content(shown), sort_keys=True).encode()).hexdigest()[:24]


def dump(shown: tuple[Column, ...], *, now: datetime) -> dict[str, Any]:
    """Give the JSON form, with its version and the sandbox's present."""
    return {
        "version": version(shown),
        "now": now.isoformat(),
        "counts": {column.platform: column.count for column in shown},
        "timelines": _content(shown),
    }


def age(at: datetime, now: datetime) -> str:
    """Say how old a post is, in the shortest form."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return "now"


def _content(shown: tuple[Column, ...]) -> dict[str, Any]:
    return {column.platform: [post.dump() for post in column.posts] for column in shown}


def _first_card(links: list[str], newsroom: Newsroom) -> Card | None:
    return next((card for card in map(newsroom.card, filter(None, links)) if card), None)


def _domain(link: str) -> str:
    return link.partition("://")[2].partition("/")[0].removeprefix("www.")

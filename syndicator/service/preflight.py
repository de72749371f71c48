"""Before a post that shows a link card: has the page what the card needs? Else it waits a little, then it is held.

X and Facebook read the page once and keep what they saw, so a page that is not ready makes an empty card for good. The
page is asked before anything is claimed: a post that waits holds no lease and no intent, and another channel's posts
wait for nothing. A person may approve what is held as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator import platforms
from syndicator.core.lifecycle import Event
from syndicator.core.timing import Wait
from syndicator.model import Article, Channel, Post
from syndicator.service.compose import Draft
from syndicator.service.parts import Parts
from syndicator.store import articles, views
from syndicator.store.views import Move

WAITS = "waits for its link card"
EMPTY = "its link card would be empty"
AGAIN = timedelta(seconds=30)
"""A page that is not ready is asked again after so long."""
COMPLETE_FOR = 300.0
EMPTY_FOR = 20.0
"""Seconds for which an answer counts, for every channel; shorter than ``AGAIN``, so that a later look is a new one."""
_MOST = 500
_LET_GO = (Event.APPROVE, Event.RETRY, Event.RESEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a post does not go out now: for a while, or until a person says so (``wait`` is None)."""

    reason: str
    wait: Wait | None = None


def obstacle(parts: Parts, channel: Channel, post: Post, draft: Draft) -> Obstacle | None:
    """Say why a composed post waits or is held; None when it may go out."""
    # What may be live already is brought to its end, and what belongs to a post that is out goes after it.
    asked = parts.link_card is not None and channel.preflight and post.clean and not post.part
    if not asked or not shows_card(channel, draft):
        return None
    now = parts.clock.now()
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
        history = views.history(conn, post.id)
    if article is None or _overruled(history):
        return None
    why = _asked(parts, article)
    if not why:
        return None
    left = _since(history, now) + channel.preflight_wait - now
    if left <= timedelta(0):
        return Obstacle(reason=f"{EMPTY}: {why}")
    # Our own rule: the post keeps the patience that it had.
    wait = Wait(until=now + min(AGAIN, left), reason=f"{WAITS}: {why}", stretches=True)
    return Obstacle(reason=wait.reason, wait=wait)


def shows_card(channel: Channel, draft: Draft) -> bool:
    """Say whether readers of a post see a card that its platform makes of the linked page."""
    capabilities = platforms.load(channel.platform).capabilities(channel)
    teaser = draft.composed.teaser
    if not capabilities.link_card or teaser.media or not teaser.link:
        return False
    return not capabilities.link_in_text or teaser.link in teaser.text


def _asked(parts: Parts, article: Article) -> str:
    """Ask the article's page, or take what it said minutes ago: posts of one article ask once."""
    if parts.link_card is None:
        return ""
    elapsed = parts.clock.elapsed()
    said = parts.link_cards.get(article.url)
    if said is not None and elapsed < said[1]:
        return said[0]
    why = parts.link_card(article)
    if len(parts.link_cards) >= _MOST:
        parts.link_cards.clear()
    parts.link_cards[article.url] = (why, parts.clock.elapsed() + (EMPTY_FOR if why else COMPLETE_FOR))
    return why


def _since(history: Sequence[Move], now: datetime) -> datetime:
    """Give when the present waiting began: with the first such wait since somebody last let the post go."""
    began = now
    for move in reversed(history):
        if move.event in _LET_GO:
            break
        if move.event == Event.DEFER and move.reason.startswith(WAITS):
            began = move.at
    return min(began, now)


def _overruled(history: Sequence[Move]) -> bool:
    """Say whether a person let the post go although its card would be empty."""
    held = [at for at, move in enumerate(history) if move.event == Event.HOLD_BACK and move.reason.startswith(EMPTY)]
    return bool(held) and any(move.event == Event.APPROVE for move in history[held[0] :])

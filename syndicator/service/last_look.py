"""The last look before a post is claimed: is its article still what was approved, and is it still there? (F07, R22)

A look that fails is no verdict: the post goes out. It holds nothing by itself and sends nothing.
"""

from datetime import datetime

from syndicator.core import guards
from syndicator.core.lifecycle import Event
from syndicator.model import Article, Post
from syndicator.service import corrections, followups
from syndicator.service.parts import Page, Parts
from syndicator.store import articles, views
from syndicator.store.engine import Connection

_BY_A_PERSON = (Event.APPROVE, Event.RETRY, Event.RESEND)


def obstacle(parts: Parts, post: Post) -> str:
    """Say why a due post is held back instead of sent; empty when nothing stands in its way."""
    if not post.clean:
        return ""  # it may be live already: what was begun is brought to its end
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
        if article is None:
            return ""
        why = _by_the_log(parts, conn, article, post)
        overruled = _overruled(conn, post)
    if why:
        return why
    source = next((one for one in parts.sources if one.name == article.source and one.live_check), None)
    if source is None or parts.page is None or overruled or post.part:
        return ""
    return _by_the_page(parts, article, parts.page(source, article))


def _by_the_log(parts: Parts, conn: Connection, article: Article, post: Post) -> str:
    """Ask what the log knows: an edit whose consequences nobody drew, because we died in between."""
    taken_back = guards.withdrawn(article.title)
    if post.part:
        return followups.obstacle(conn, post) or (corrections.WITHDRAWN if taken_back else "")
    edited = post.payload is not None and not post.attempts and article.revised_at is not None
    if not (taken_back or edited):
        return ""
    decided_at = _decided_at(conn, post)
    since = article.revised_at or article.first_seen_at
    if decided_at is not None and decided_at >= since:
        return ""
    if taken_back:
        return corrections.WITHDRAWN
    return corrections.CORRECTED if edited and corrections.changed(parts, post) is not None else ""


def _decided_at(conn: Connection, post: Post) -> datetime | None:
    """Give when a person last let the post go in the words that it has; when it was frozen if nobody had to."""
    moves = views.history(conn, post.id)
    placed = bool(moves) and moves[0].reason.startswith(corrections.BY_HAND)
    decided = [move.at for move in moves if move.event in _BY_A_PERSON or move.reason == corrections.BROUGHT_FORWARD]
    if placed or (not decided and post.payload is not None):
        decided = [moves[0].at, *decided] if moves else decided
    return max(decided, default=None)


def _overruled(conn: Connection, post: Post) -> bool:
    """Say whether a person let the post go after it was held back."""
    events = [move.event for move in views.history(conn, post.id)]
    return Event.HOLD_BACK in events and Event.APPROVE in events[events.index(Event.HOLD_BACK) :]


def _by_the_page(parts: Parts, article: Article, page: Page) -> str:
    if page.gone:
        return f"its page is gone: {page.gone} ({article.url})"
    if guards.withdrawn(page.title):
        return f"its page says that it was withdrawn: “{page.title}”"
    return _same_page(parts, article, page.canonical_url)


def _same_page(parts: Parts, article: Article, canonical_url: str) -> str:
    """Remember where the link led to; it may be the page of another article (F16)."""
    if not canonical_url or canonical_url == article.canonical_url:
        return ""
    name = f"url:{canonical_url}"
    with parts.store.write() as conn:
        owner = articles.known(conn, [name]).get(name)
        if owner is None:
            articles.add_aliases(conn, article.id, [name])
            return ""
        other = articles.get(conn, owner) if owner != article.id else None
    return f"its link leads to the page of another article: “{other.title}” ({other.url})" if other else ""

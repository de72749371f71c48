"""Why a person has to look at a post before it goes out, although a rule opened the way for it. Read-only.

A doubt holds: neither a silent merge of two stories nor a second post of one follows from it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from syndicator.core import guards, identity
from syndicator.core.guards import Suspect
from syndicator.model import Article, Post, State
from syndicator.store import articles, batches, posts
from syndicator.store.articles import Connection, Namesake


def of(conn: Connection, article: Article, channels: Iterable[str], *, now: datetime) -> dict[str, str]:
    """Give for each channel why the article's post is held there; channels without a doubt are left out."""
    names = list(channels)
    if not names:
        return {}
    common = [_withdrawn(article), _contradiction(conn, article)]
    others = [] if _echo_released(conn, article) else _namesakes(conn, article, now=now)
    found = {}
    for channel in names:
        latest = partial(_latest, conn, channel)
        why = [*common, same_title(others, latest)]
        if any(why):
            found[channel] = "; ".join(filter(None, why))
    return found


def _withdrawn(article: Article) -> str:
    return "its headline says that it was withdrawn" if guards.withdrawn(article.title) else ""


def _contradiction(conn: Connection, article: Article) -> str:
    """Say which of the article's names is another article's: it was stored as a story of its own all the same."""
    names = {"address": f"url:{article.canonical_url}" if article.canonical_url else ""}
    names["guid"] = identity.guid_alias(article.source, article.guid) if article.guid else ""
    known = articles.known(conn, [name for name in names.values() if name])
    for kind, name in names.items():
        owner = known.get(name, article.id)
        other = articles.get(conn, owner) if owner != article.id else None
        if other is not None:
            return f"has the {kind} of another article with another headline: “{other.title}” ({other.url})"
    return ""


def _echo_released(conn: Connection, article: Article) -> bool:
    """Say whether a person let the article go who was told that its headline was there before."""
    batch = batches.of_article(conn, article.id)
    return batch is not None and batch.guard == Suspect.ECHO


def _namesakes(conn: Connection, article: Article, *, now: datetime) -> list[Namesake]:
    return articles.namesakes(conn, article, since=now - guards.SAME_TITLE)


def _latest(conn: Connection, channel: str, article_id: str) -> Post | None:
    return posts.latest_edition(conn, article_id, channel)


def same_title(others: Iterable[Namesake], latest: Callable[[str], Post | None]) -> str:
    """Say which article with the same headline was (or may have been) posted on a channel (F05).

    ``latest`` gives the latest post there of an article by its id.
    """
    for other in others:
        post = latest(other.article.id)
        if post is None and (other.asked or not other.earlier):
            continue  # the rules send it elsewhere, or it comes after this one and is asked then
        where = f"“{other.article.title}” ({other.article.url})"
        return f"same headline as another article, {where}, {_what_became(other.article, post)}"
    return ""


def _what_became(article: Article, post: Post | None) -> str:
    if post is None:
        return f"seen {article.first_seen_at:%Y-%m-%d %H:%M}Z"
    if post.state is State.PUBLISHED and post.published_at is not None:
        return f"posted {post.published_at:%Y-%m-%d %H:%M}Z as {post.remote_url}"
    return f"whose post {post.id} is {post.state}"

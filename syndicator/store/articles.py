"""Commands and queries on sources, articles and their aliases. Which article is new is decided by its aliases here;
what becomes of a new one is not.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, select, update

from syndicator.model import Article
from syndicator.store.codec import plain
from syndicator.store.rows import ARTICLE, count, fields, insert_new, to_article, upsert
from syndicator.store.schema import aliases as aliases_table
from syndicator.store.schema import articles, posts, revisions, sources

__all__ = [
    "Connection",
    "SourceState",
    "add",
    "add_aliases",
    "find",
    "get",
    "known",
    "latest",
    "mark_planned",
    "revise",
    "save_source_state",
    "source_state",
    "unplanned",
]

CHUNK = 500
"""Names per IN list; SQLite's older builds take 999 variables."""
_SEEN = ("title", "summary", "url", "canonical_url", "image", "authors", "tags", "published_at", "language")
"""Fields whose change a reader can see: each change is a revision."""
_QUIET = ("updated_at", "labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between polls; validators belong to ``url``, the final one (F12)."""

    name: str
    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None
    baseline_at: datetime | None = None
    """When the first complete reading was remembered without posting (F09)."""
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    """Failed polls in a row."""
    last_error: str = ""


def source_state(conn: Connection, name: str) -> SourceState | None:
    """Give what is remembered of a source; None before its first poll."""
    row = conn.execute(select(sources).where(sources.c.name == name)).one_or_none()
    return None if row is None else SourceState(**row._asdict())


def save_source_state(conn: Connection, state: SourceState) -> None:
    """Remember a source's state. Save validators only with the entries they stand for (F13)."""
    upsert(conn, sources, fields(state))


def known(conn: Connection, aliases: Collection[str]) -> dict[str, str]:
    """Give the article id of every alias that is known."""
    stored = {plain(alias): alias for alias in aliases}
    found: dict[str, str] = {}
    for chunk in _chunks(stored):
        wanted = aliases_table.c.alias.in_(chunk)
        rows = conn.execute(select(aliases_table.c.alias, aliases_table.c.article_id).where(wanted))
        found |= {stored[row.alias]: row.article_id for row in rows}
    return found


def add(conn: Connection, article: Article, aliases: Collection[str], *, planned: bool) -> bool:
    """Add a new article with all its aliases; False (and nothing is kept) when it or one of them is known.

    ``planned`` says that it must not be planned any more: first reading of a source, too old.
    """
    row = fields(article) | {"planned_at": article.first_seen_at if planned else None}
    savepoint = conn.begin_nested()
    if insert_new(conn, articles, [row]) and _add_aliases(conn, article.id, aliases) == len(set(aliases)):
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def add_aliases(conn: Connection, article_id: str, aliases: Collection[str]) -> None:
    """Remember more aliases of an article; those that belong to another article stay there."""
    _add_aliases(conn, article_id, aliases)


def _add_aliases(conn: Connection, article_id: str, aliases: Collection[str]) -> int:
    # Sorted: two pollers with the same aliases then wait for each other instead of deadlocking.
    names = sorted({plain(alias) for alias in aliases})
    added = 0
    for chunk in _chunks(names):
        added += insert_new(conn, aliases_table, [{"alias": alias, "article_id": article_id} for alias in chunk])
    return added


def revise(conn: Connection, article: Article, *, at: datetime) -> bool:
    """Bring a known article up to date; True when a reader can see the change, which is then kept as a revision.

    Identity (id, guid, source, first seen) stays as it was first stored.
    """
    stored = get(conn, article.id)
    if stored is None:
        return False
    changed = {name: getattr(article, name) for name in (*_SEEN, *_QUIET) if _differs(stored, article, name)}
    if not changed:
        return False
    conn.execute(update(articles).where(articles.c.id == article.id).values(**changed))
    visible = not changed.keys().isdisjoint(_SEEN)
    if visible:
        old = {"title": stored.title, "summary": stored.summary, "url": stored.url}
        conn.execute(revisions.insert().values(article_id=article.id, at=at, **old))
    return visible


def _differs(stored: Article, article: Article, name: str) -> bool:
    new = getattr(article, name)
    # What the database cannot hold was dropped when it was stored; it is no change.
    return bool(getattr(stored, name) != (plain(new) if isinstance(new, str) else new))


def unplanned(conn: Connection, limit: int | None = None) -> list[Article]:
    """Give the articles not planned yet: first seen first, within one poll in the order of publication."""
    order = (articles.c.first_seen_at, articles.c.published_at.asc().nulls_last(), articles.c.id)
    return _read(conn, select(*ARTICLE).where(articles.c.planned_at.is_(None)).order_by(*order).limit(limit))


def plan_again(conn: Connection, article_id: str) -> bool:
    """Let the rules be asked (again) about an article that has a post; what it has already is not planned twice."""
    has_post = select(posts.c.id).where(posts.c.article_id == article_id).exists()
    return bool(
        count(conn.execute(update(articles).where(articles.c.id == article_id, has_post).values(planned_at=None)))
    )


def mark_planned(conn: Connection, article_ids: Collection[str], at: datetime) -> None:
    """Say that rules were asked about these articles; they are not asked again."""
    for chunk in _chunks(article_ids):
        wanted = articles.c.id.in_(chunk), articles.c.planned_at.is_(None)
        count(conn.execute(update(articles).where(*wanted).values(planned_at=at)))


def get(conn: Connection, article_id: str) -> Article | None:
    """Give an article."""
    return next(iter(_read(conn, select(*ARTICLE).where(articles.c.id == article_id))), None)


def find(conn: Connection, alias: str) -> Article | None:
    """Give the article that has this alias."""
    article_id = known(conn, [alias]).get(alias)
    return None if article_id is None else get(conn, article_id)


def latest(conn: Connection, source: str | None, n: int) -> list[Article]:
    """Give the newest articles of a source, or of all; last seen first, within one poll last published first."""
    order = (articles.c.first_seen_at.desc(), articles.c.published_at.desc().nulls_last(), articles.c.id)
    chosen = select(*ARTICLE) if source is None else select(*ARTICLE).where(articles.c.source == source)
    return _read(conn, chosen.order_by(*order).limit(n))


def _read(conn: Connection, statement: Select[Any]) -> list[Article]:
    return [to_article(row) for row in conn.execute(statement)]


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(names)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk

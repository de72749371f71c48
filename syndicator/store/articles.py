"""Commands and queries on sources, articles and their aliases. Which article is new is decided by its aliases here;
what becomes of a new one is not.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, update

from syndicator.core import guards
from syndicator.model import Article, Json
from syndicator.store.codec import plain
from syndicator.store.rows import ARTICLE, count, fields, insert_new, to_article, upsert
from syndicator.store.schema import aliases as aliases_table
from syndicator.store.schema import articles, batches, posts, revisions, sources

__all__ = [
    "Connection",
    "New",
    "SourceState",
    "add",
    "add_aliases",
    "add_many",
    "add_names",
    "echoes",
    "find",
    "get",
    "guids_of",
    "known",
    "last_found_at",
    "latest",
    "mark_planned",
    "namesakes",
    "plan_again",
    "revise",
    "save_source_state",
    "several",
    "source_state",
    "unplanned",
]

CHUNK = 500
"""Names per IN list; SQLite's older builds take 999 variables."""
ROWS = 500
"""Articles per INSERT, for the same reason."""
NAMESAKES = 20
"""Articles with one headline that are looked at."""
_SEEN = ("title", "summary", "url", "canonical_url", "image", "authors", "tags", "published_at", "language")
"""Fields whose change a reader can see: each change is a revision."""
_QUIET = ("updated_at", "labels")
# Made once: building one of these costs more than executing it.
_SOURCE = select(sources).where(sources.c.name == bindparam("name"))
_KNOWN = select(aliases_table.c.alias, aliases_table.c.article_id).where(
    aliases_table.c.alias.in_(bindparam("names", expanding=True))
)
_SEVERAL = select(*ARTICLE).where(articles.c.id.in_(bindparam("ids", expanding=True)))
_UNPLANNED = (
    select(*ARTICLE)
    .where(articles.c.planned_at.is_(None))
    .order_by(articles.c.first_seen_at, articles.c.published_at.asc().nulls_last(), articles.c.id)
    .limit(bindparam("most"))
)
# Asked apart, each by its own index: batches that are held may be long.
_RELEASED = _UNPLANNED.where(
    articles.c.batch.is_not(None), articles.c.batch.in_(select(batches.c.id).where(batches.c.decision == "released"))
)
_WAITING = _UNPLANNED.where(articles.c.batch.is_(None))
_ALL = 2**31 - 1


_FIELDS = tuple(column.name for column in ARTICLE)


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
    title: str | None = None
    """What the source calls itself."""
    interval: int | None = None
    """Learned seconds between polls; None until something was learned."""
    polls: int = 0
    rhythm: Json | None = None
    """What ``core.rhythm`` learned, bounded."""
    window: int | None = None
    """Entries in the last complete document."""
    digest: str | None = None
    """SHA-256 of the last complete body: an equal one needs no parsing."""
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None
    gone_at: datetime | None = None
    """The first "gone" (410) of the running series."""
    moved_from: str | None = None
    """The configured address that it moved from: another one is another matter."""
    moved_to: str | None = None
    moved_at: datetime | None = None
    moved_polls: int = 0
    """Polls in a row that were sent on to ``moved_to`` for good (301)."""
    hub: str | None = None
    """The WebSub hub that the source announced."""

    def paused(self, now: datetime) -> bool:
        """Say whether a pause holds at ``now``."""
        return self.paused_at is not None and (self.paused_until is None or now < self.paused_until)


def source_state(conn: Connection, name: str) -> SourceState | None:
    """Give what is remembered of a source; None before its first poll."""
    row = conn.execute(_SOURCE, {"name": name}).one_or_none()
    return None if row is None else SourceState(**row._asdict())


def save_source_state(conn: Connection, state: SourceState) -> None:
    """Remember a source's state. Save validators only with the entries they stand for (F13)."""
    upsert(conn, sources, fields(state))


def known(conn: Connection, aliases: Collection[str]) -> dict[str, str]:
    """Give the article id of every alias that is known."""
    stored = {plain(alias): alias for alias in aliases}
    found: dict[str, str] = {}
    for chunk in _chunks(stored):
        found |= {stored[alias]: article_id for alias, article_id in conn.execute(_KNOWN, {"names": chunk})}
    return found


def add(conn: Connection, article: Article, aliases: Collection[str], *, planned: bool) -> bool:
    """Add a new article with all its aliases; False (and nothing is kept) when it or one of them is known.

    ``planned`` says that it must not be planned any more: first reading of a source, too old.
    """
    return bool(add_many(conn, [New(article=article, aliases=tuple(aliases), planned=planned)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An article to be added, with the names that nobody has yet, and the batch in which a guard holds it."""

    article: Article
    aliases: tuple[str, ...]
    planned: bool
    batch: int | None = None


def add_many(conn: Connection, found: Sequence[New]) -> list[New]:
    """Add new articles with all their aliases; give those that were added.

    One that is known, or has an alias that is known, is left out whole.
    """
    added: list[New] = []
    for start in range(0, len(found), ROWS):
        group = found[start : start + ROWS]
        # All at once is what happens; one by one only where another poller was faster with one of them.
        if _added(conn, group):
            added += group
        elif len(group) > 1:
            alone = {one.article.id for one in sorted(group, key=lambda one: one.article.id) if _added(conn, [one])}
            added += [one for one in group if one.article.id in alone]
    return added


def _added(conn: Connection, group: Sequence[New]) -> bool:
    rows = [
        fields(one.article)
        | {
            "planned_at": one.article.first_seen_at if one.planned else None,
            "batch": one.batch,
            "title_key": _title_key(one.article.title),
        }
        for one in group
    ]
    owners = {plain(alias): one.article.id for one in group for alias in one.aliases}
    # As with aliases: everybody inserts in one order, or two pollers wait for each other.
    rows.sort(key=itemgetter("id"))
    savepoint = conn.begin_nested()
    if insert_new(conn, articles, rows) == len(group) and _named(conn, owners) == sum(
        len({plain(alias) for alias in one.aliases}) for one in group
    ):
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def _title_key(title: str) -> str | None:
    """Give the headline's key, short enough for an index; None when it has none."""
    key = guards.title_key(plain(title))
    return sha256(key.encode()).hexdigest()[:24] if key else None


def add_aliases(conn: Connection, article_id: str, aliases: Collection[str]) -> None:
    """Remember more aliases of an article; those that belong to another article stay there."""
    add_names(conn, dict.fromkeys(aliases, article_id))


def add_names(conn: Connection, owners: Mapping[str, str]) -> None:
    """Remember more aliases of several articles, as article ids by alias, at once."""
    _named(conn, {plain(alias): article_id for alias, article_id in owners.items()})


def _named(conn: Connection, owners: Mapping[str, str]) -> int:
    # Sorted: two pollers with the same aliases then wait for each other instead of deadlocking.
    added = 0
    for chunk in _chunks(sorted(owners)):
        added += insert_new(conn, aliases_table, [{"alias": alias, "article_id": owners[alias]} for alias in chunk])
    return added


def guids_of(conn: Connection, article_ids: Collection[str], source: str) -> dict[str, list[str]]:
    """Give the guids by which a source knows each of a few articles, as aliases."""
    found: dict[str, list[str]] = {}
    for chunk in _chunks(article_ids):
        wanted = aliases_table.c.article_id.in_(chunk)
        for row in conn.execute(select(aliases_table.c.alias, aliases_table.c.article_id).where(wanted)):
            if row.alias.startswith(f"guid:{source}:"):
                found.setdefault(row.article_id, []).append(row.alias)
    return found


def revise(conn: Connection, article: Article, *, at: datetime, stored: Article | None = None) -> bool:
    """Bring a known article up to date; True when a reader can see the change, which is then kept as a revision.

    Identity (id, guid, source, first seen) stays as it was first stored. ``stored`` saves reading it once more.
    """
    stored = stored or get(conn, article.id)
    if stored is None:
        return False
    changed = {name: getattr(article, name) for name in (*_SEEN, *_QUIET) if _differs(stored, article, name)}
    if not changed:
        return False
    visible = not changed.keys().isdisjoint(_SEEN)
    own: dict[str, datetime | str | None] = {"revised_at": at} if visible else {}
    if "title" in changed:
        own["title_key"] = _title_key(article.title)
    conn.execute(update(articles).where(articles.c.id == article.id).values(**changed, **own))
    if visible:
        old = {"title": stored.title, "summary": stored.summary, "url": stored.url}
        conn.execute(revisions.insert().values(article_id=article.id, at=at, **old))
    return visible


def _differs(stored: Article, article: Article, name: str) -> bool:
    new = getattr(article, name)
    # What the database cannot hold was dropped when it was stored; it is no change.
    return bool(getattr(stored, name) != (plain(new) if isinstance(new, str) else new))


def unplanned(conn: Connection, limit: int | None = None) -> list[Article]:
    """Give the articles not planned yet: first seen first, within one poll in the order of publication.

    What a guard holds is not among them; what was released is, before the others.
    """
    found = _waiting(conn, _RELEASED, limit)
    if limit is None or len(found) < limit:
        found += _waiting(conn, _WAITING, None if limit is None else limit - len(found))
    return found


def _waiting(conn: Connection, statement: Select[Any], limit: int | None) -> list[Article]:
    return [to_article(row) for row in conn.execute(statement, {"most": _ALL if limit is None else limit})]


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


def several(conn: Connection, article_ids: Collection[str]) -> dict[str, Article]:
    """Give articles by their ids; unknown ones are left out."""
    found: dict[str, Article] = {}
    for chunk in _chunks(dict.fromkeys(article_ids)):
        found |= {
            row[0]: Article(**dict(zip(_FIELDS, row, strict=True))) for row in conn.execute(_SEVERAL, {"ids": chunk})
        }
    return found


def last_found_at(conn: Connection, source: str) -> datetime | None:
    """Give when anything new of a source was last found."""
    found: datetime | None = conn.execute(
        select(func.max(articles.c.first_seen_at)).where(articles.c.source == source)
    ).scalar_one()
    return found


def echoes(conn: Connection, source: str, titles: Collection[str]) -> set[str]:
    """Give those of the headlines that an article of the source has already, but for case and punctuation."""
    keys = {key: title for title in titles if (key := _title_key(title))}
    found: set[str] = set()
    for chunk in _chunks(keys):
        wanted = articles.c.title_key.in_(chunk), articles.c.source == source
        found |= set(conn.execute(select(articles.c.title_key).where(*wanted)).scalars())
    return {title for title in titles if _title_key(title) in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """Another article with the same headline."""

    article: Article
    asked: bool
    """The rules were asked about it."""
    earlier: bool
    """It is before this one in the order of planning."""


def namesakes(conn: Connection, article: Article, *, since: datetime) -> list[Namesake]:
    """Give other articles with the headline of this one that were seen or posted since; last seen first."""
    key = _title_key(article.title)
    if key is None:
        return []
    live = select(posts.c.id).where(posts.c.article_id == articles.c.id, posts.c.published_at >= since).exists()
    wanted = articles.c.title_key == key, articles.c.id != article.id, or_(articles.c.first_seen_at >= since, live)
    order = (articles.c.first_seen_at.desc(), articles.c.id)
    rows = conn.execute(select(articles).where(*wanted).order_by(*order).limit(NAMESAKES)).all()
    return [
        Namesake(
            article=Article(**{column.name: getattr(row, column.name) for column in ARTICLE}),
            asked=row.planned_at is not None and row.planned_at != row.first_seen_at and row.batch is None,
            earlier=_turn(row) < _turn(article),
        )
        for row in rows
    ]


def _turn(article: Any) -> tuple[Any, ...]:
    """Give an article's place in the order of planning."""
    return (
        article.first_seen_at,
        article.published_at is None,
        article.published_at or article.first_seen_at,
        article.id,
    )


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

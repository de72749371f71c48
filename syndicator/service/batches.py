"""What a person decides about the articles that a guard holds: release them to the rules, or drop them.

Both bind to what was looked at: a batch that grew or was decided meanwhile has to be looked at again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from syndicator.core import rhythm, rules
from syndicator.core.guards import LEAST, Suspect
from syndicator.errors import InvalidTransition
from syndicator.model import Article, Source
from syndicator.service import quarantine
from syndicator.service.admin import Refused
from syndicator.service.parts import Parts
from syndicator.store import articles, batches, polls
from syndicator.store.articles import Connection
from syndicator.store.batches import Batch, Decision
from syndicator.store.polls import Saving

log = structlog.get_logger("syndicator.batches")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is held of a source, and what would become of it."""

    source: str
    batches: tuple[Batch, ...]
    news: tuple[Article, ...]
    """What the rules will be asked about, oldest first."""
    old: tuple[Article, ...]
    """What is too old by now: remembered, never posted."""
    posts: dict[str, int]
    """Posts that the rules open for the news, by channel."""


def review(parts: Parts, source: str, *, with_old: bool = False) -> Review:
    """Look at what is held of a source; ``with_old`` lets also what is too old by now go out.

    Raises:
        Refused: nothing is held of it.
    """
    now = parts.clock.now()
    with parts.store.read() as conn:
        held = batches.held(conn, source)
        found = [article for batch in held for article in batches.content(conn, batch.id, waiting=True)]
        others = sorted({batch.source for batch in batches.held(conn)}) if not held else []
    if not held:
        more = f"; held now: {', '.join(others)}" if others else ""
        raise Refused(f"nothing of source {source} is held{more}")
    oldest = now - _max_age(parts, source)
    old = [article for article in found if not with_old and _dated(article) < oldest]
    gone = {article.id for article in old}
    news = [article for article in found if article.id not in gone]
    opened: dict[str, int] = {}
    for article in news:
        for match in rules.matches(parts.rules, article):
            opened[match.route.channel] = opened.get(match.route.channel, 0) + 1
    return Review(source=source, batches=tuple(held), news=tuple(news), old=tuple(old), posts=opened)


def release(parts: Parts, seen: Review) -> None:
    """Let the articles go that were looked at: the next planning asks the rules about them.

    Raises:
        Refused: somebody decided meanwhile, or more came in.
    """
    now = parts.clock.now()
    with _deciding(parts, seen) as conn:
        for batch in seen.batches:
            batches.decide(conn, batch, Decision.RELEASED, at=now, by=parts.node)
        articles.mark_planned(conn, [article.id for article in seen.old], now)
        _learn(conn, seen, now)
    log.info("released", source=seen.source, articles=len(seen.news), too_old=len(seen.old))


def drop(parts: Parts, seen: Review) -> None:
    """Decide that nothing of what was looked at is posted; it stays known, so it is no news when it comes again.

    Raises:
        Refused: somebody decided meanwhile, or more came in.
    """
    now = parts.clock.now()
    with _deciding(parts, seen) as conn:
        for batch in seen.batches:
            batches.decide(conn, batch, Decision.DROPPED, at=now, by=parts.node)
        articles.mark_planned(conn, [article.id for article in (*seen.news, *seen.old)], now)
    log.info("dropped", source=seen.source, articles=len(seen.news) + len(seen.old))


def _max_age(parts: Parts, source: str) -> timedelta:
    configured = {one.name: one.max_age for one in parts.sources}
    return configured.get(source, Source(name=source, kind="", url="").max_age)


def _dated(article: Article) -> datetime:
    return article.published_at or article.first_seen_at


def _learn(conn: Connection, seen: Review, now: datetime) -> None:
    """Count what was released as what the source brings: a person says that so many are its news.

    An archive that comes again, and what piled up while nobody read, say nothing about an ordinary poll.
    """
    state = articles.source_state(conn, seen.source)
    if state is None:
        return
    ordinary = all(batch.guard in (Suspect.FLOOD, Suspect.SILENCE) for batch in seen.batches)
    new = len(seen.news) if ordinary else min(len(seen.news), LEAST)
    learned = rhythm.learned(rhythm.read(state.rhythm), at=now, new=new, last=state.last_success_at)
    # Only what was learned: somebody may pause the source meanwhile.
    polls.save(conn, [Saving(before=state, after=replace(state, rhythm=rhythm.written(learned)))])


@contextmanager
def _deciding(parts: Parts, seen: Review) -> Iterator[Connection]:
    # As with posts: a decision on rows that lost commits would stand.
    quarantine.ensure(parts)
    try:
        with parts.store.write() as conn:
            quarantine.recheck(parts, conn)
            yield conn
    except InvalidTransition as error:
        raise Refused(f"source {seen.source}: {error}") from error

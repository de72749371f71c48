"""Remember a reading: what is new becomes an article, what is known is revised. Reads no network, plans no posts.

Validators (ETag, Last-Modified) are saved in the same transaction as the entries they stand for, so an entry can never
be skipped by a later 304 (F13).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from syndicator.core import identity
from syndicator.model import Article, Entry, Source
from syndicator.service import quarantine
from syndicator.service.parts import Parts
from syndicator.sources import Reading
from syndicator.store import articles
from syndicator.store.articles import SourceState

log = structlog.get_logger("syndicator.poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll found."""

    polled: int = 0
    unchanged: int = 0
    new: int = 0
    baselined: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def article_from(entry: Entry, *, source: Source, now: datetime) -> Article:
    """Make an article of an entry that is not known yet."""
    return Article(
        id=identity.article_id(source.name, entry),
        guid=entry.guid,
        url=entry.url,
        canonical_url=entry.canonical_url,
        title=entry.title,
        summary=entry.summary,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        authors=entry.authors,
        tags=entry.tags,
        labels=source.labels,
        image=entry.image,
        language=entry.language or source.language,
        source=source.name,
        first_seen_at=now,
    )


def remember(parts: Parts, source: Source, reading: Reading, *, backfill: int) -> PollReport:
    """Write down a reading. The state is read again here: another process may have polled meanwhile."""
    now = parts.clock.now()
    with parts.store.write() as conn:
        state = articles.source_state(conn, source.name) or SourceState(name=source.name)
        fresh = replace(
            state,
            last_polled_at=now,
            last_success_at=now,
            next_poll_at=now + source.interval,
            failures=0,
            last_error="",
        )
        if reading.not_modified:
            articles.save_source_state(conn, fresh)
            return PollReport(polled=1, unchanged=1)
        first = state.baseline_at is None
        seen_at = quarantine.seen_at(conn, state.last_success_at, now)
        new, planned = _store_entries(
            conn, source, reading.entries, now=now, seen_at=seen_at, n=backfill if first else None
        )
        kept = reading.validators
        fresh = replace(
            fresh,
            etag=kept.etag if kept else None,
            last_modified=kept.last_modified if kept else None,
            url=kept.url if kept else None,
            baseline_at=state.baseline_at or now,
        )
        # F13: in the transaction that stores the entries, so that no later 304 can hide one of them.
        articles.save_source_state(conn, fresh)
    for warning in reading.warnings:
        log.warning("source", source=source.name, warning=warning)
    if new:
        log.info("polled", source=source.name, new=new, planned=planned)
    return PollReport(polled=1, new=planned, baselined=new - planned)


def _store_entries(
    conn: articles.Connection,
    source: Source,
    entries: Sequence[Entry],
    *,
    now: datetime,
    seen_at: datetime,
    n: int | None,
) -> tuple[int, int]:
    """Add what is unknown, revise what changed; give (added, to be planned). ``n`` is how many of a first reading."""
    names = {entry: identity.aliases(source.name, entry) for entry in entries}
    known = articles.known(conn, {name for group in names.values() for name in group})
    wanted = None if n is None else set(newest(entries, n))
    added = planned = 0
    # Oldest first, so that a timeline grows in the order in which the newsroom wrote.
    for entry in sorted(names, key=lambda entry: entry.published_at or now):
        article = article_from(entry, source=source, now=seen_at)
        too_old = entry.published_at is not None and now - entry.published_at > source.max_age
        owner = next((known[name] for name in names[entry] if name in known), None)
        if owner is not None:
            articles.add_aliases(conn, owner, names[entry])
            articles.revise(conn, replace(article, id=owner), at=now)
            # Posted by hand before the feed had it: the rules are still to be asked, for the other channels (law 1
            # keeps it from being posted twice where it is). A baseline and old news stay what they are.
            if wanted is None and not too_old and names[entry][0] not in known:
                planned += articles.plan_again(conn, owner)
            continue
        plan = entry in wanted if wanted is not None else not too_old
        if articles.add(conn, article, names[entry], planned=not plan):
            added += 1
            planned += plan
        known |= dict.fromkeys(names[entry], article.id)
    return added, planned


def newest(entries: Sequence[Entry], n: int) -> Sequence[Entry]:
    """Give the newest ``n`` entries; undated ones keep the order of the document (newest first by custom)."""
    if n <= 0:
        return ()
    if any(entry.published_at is None for entry in entries):
        return entries[:n]
    return sorted(entries, key=lambda entry: entry.published_at or datetime.min, reverse=True)[:n]  # noqa: DTZ901

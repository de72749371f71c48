"""Poll: read the sources that are due and remember what is new. Nothing is planned or sent here.

One bad source never stops another. Validators (ETag, Last-Modified) are saved in the same transaction as the entries
they stand for, so an entry can never be skipped by a later 304 (F13).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from syndicator import sources
from syndicator.core import identity
from syndicator.errors import SourceError, StoreError
from syndicator.model import Article, Entry, Source
from syndicator.service import quarantine
from syndicator.service.parts import Parts
from syndicator.sources import Reading, Validators
from syndicator.sources._fetch import Fetcher
from syndicator.store import articles
from syndicator.store.articles import SourceState

log = structlog.get_logger("syndicator.poll")

BACKOFF_MOST = timedelta(hours=1)
STOP_CHECK = 0.2
FARTHEST = timedelta(hours=25)
"""No wait is longer than a day: a poll planned further ahead was dated by a clock that ran ahead (T05)."""


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


def poll(parts: Parts, *, backfill: int = 0, force: bool = False) -> PollReport:
    """Read every source that is due (all with ``force``), concurrently.

    ``backfill`` plans the newest N entries of a source that is read for the first time; without it the first reading
    is a baseline: remembered, never posted.
    """
    now = parts.clock.now()
    with parts.store.read() as conn:
        states = {source.name: articles.source_state(conn, source.name) for source in parts.sources}
    due = [source for source in parts.sources if _is_due(states[source.name], source, now=now, force=force)]
    if not due:
        return PollReport()
    # First what the journals know, with every name of it: else an article that the log lost would get new names here.
    quarantine.ensure(parts)
    return asyncio.run(_poll_all(parts, due, states, backfill=backfill))


def _is_due(state: SourceState | None, source: Source, *, now: datetime, force: bool) -> bool:
    # A source that failed keeps its back-off (and the server's Retry-After) also when a person is impatient.
    if (
        state is None
        or state.next_poll_at is None
        or not now < state.next_poll_at <= now + max(FARTHEST, 2 * source.interval)
    ):
        return True
    return force and not state.failures


async def _poll_all(
    parts: Parts, due: Sequence[Source], states: dict[str, SourceState | None], *, backfill: int
) -> PollReport:
    places = asyncio.Semaphore(parts.poll_concurrency)
    # One thread at a time writes: SQLite has one writer, and the order of sources stays the configured one.
    async with Fetcher() as fetcher:

        async def one(source: Source) -> PollReport:
            async with places:
                return await _poll_one(parts, source, states[source.name], fetcher=fetcher, backfill=backfill)

        reports = await _unless_stopped(parts, [asyncio.create_task(one(source)) for source in due])
    return PollReport(
        polled=len(reports),
        unchanged=sum(report.unchanged for report in reports),
        new=sum(report.new for report in reports),
        baselined=sum(report.baselined for report in reports),
        errors={name: text for report in reports for name, text in report.errors.items()},
    )


async def _unless_stopped(parts: Parts, tasks: Sequence[asyncio.Task[PollReport]]) -> list[PollReport]:
    """Wait for all, or until the stop flag is set: then what is still being read is dropped, nothing is half stored."""
    pending = set(tasks)
    while pending and not parts.stop.is_set():
        _, pending = await asyncio.wait(pending, timeout=STOP_CHECK)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return [task.result() for task in tasks if not task.cancelled()]


async def _poll_one(
    parts: Parts, source: Source, state: SourceState | None, *, fetcher: Fetcher, backfill: int
) -> PollReport:
    try:
        reading = await sources.read(source, _validators(state), fetcher)
        return await asyncio.to_thread(_remember, parts, source, reading, backfill=backfill)
    except SourceError as error:
        return await asyncio.to_thread(_failed, parts, source, error)
    except StoreError as error:
        # The database's trouble is not the source's: no back-off, the next tick reads it again.
        log.warning("reading not stored", source=source.name, error=str(error))
        return PollReport(polled=1, errors={source.name: str(error)})
    except Exception as error:
        # The source loop: whatever one source does, the others go on.
        log.exception("poll failed", source=source.name)
        return await asyncio.to_thread(_failed, parts, source, SourceError(repr(error), source=source.name))


def _validators(state: SourceState | None) -> Validators | None:
    if state is None or state.url is None or not (state.etag or state.last_modified):
        return None
    return Validators(etag=state.etag, last_modified=state.last_modified, url=state.url)


def _remember(parts: Parts, source: Source, reading: Reading, *, backfill: int) -> PollReport:
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


def _failed(parts: Parts, source: Source, error: SourceError) -> PollReport:
    now = parts.clock.now()
    with parts.store.write() as conn:
        state = articles.source_state(conn, source.name) or SourceState(name=source.name)
        failures = state.failures + 1
        wait = max(min(BACKOFF_MOST, source.interval * (1 << min(failures, 10))), error.retry_after or timedelta(0))
        articles.save_source_state(
            conn,
            replace(state, last_polled_at=now, next_poll_at=now + wait, failures=failures, last_error=str(error)),
        )
    log.warning("source failed", source=source.name, error=str(error), failures=failures, again_in=str(wait))
    return PollReport(polled=1, errors={source.name: str(error)})

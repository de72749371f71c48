"""Remember a reading: what is new becomes an article, what is known is revised. Reads no network, plans no posts.

Validators (ETag, Last-Modified) are saved in the same transaction as the entries they stand for, so an entry can never
be skipped by a later 304 (F13). What a guard holds is stored like everything else, and planned when a person says so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from syndicator.core import guards as judgement
from syndicator.core import identity, rhythm
from syndicator.core.guards import Circumstances
from syndicator.model import Article, Entry, Source
from syndicator.service import corrections, guards, intake, pace, quarantine
from syndicator.service.guards import Sieved
from syndicator.service.intake import Fresh, Met, article_from
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.sources import Reading
from syndicator.store import articles, polls
from syndicator.store.articles import Connection, New, SourceState
from syndicator.store.polls import Saving

__all__ = ["PollReport", "article_from", "circumstances", "newest", "remember", "remember_all"]

log = structlog.get_logger("syndicator.poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll found."""

    polled: int = 0
    unchanged: int = 0
    new: int = 0
    baselined: int = 0
    held: int = 0
    """New articles that wait for a person: a guard found them suspicious."""
    errors: dict[str, str] = field(default_factory=dict)
    notices: Sequence[Notice] = ()
    """What a person should hear of; ``poll`` tells it."""


@dataclass(slots=True, kw_only=True)
class _Found:
    """What a reading changed in the log."""

    added: int = 0
    planned: int = 0
    held: int = 0
    sieved: Sieved = field(default_factory=Sieved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What one reading came to in a transaction; told when that is committed."""

    source: Source
    reading: Reading
    before: SourceState
    after: SourceState
    done: _Found = field(default_factory=_Found)
    revised: Sequence[Article] = ()
    gone: Sequence[str] = ()


def remember(parts: Parts, source: Source, reading: Reading, *, backfill: int) -> PollReport:
    """Write down a reading. The state is read again here: another process may have polled meanwhile."""
    now = parts.clock.now()
    with parts.store.write() as conn:
        kept = _keep(parts, conn, source, reading, backfill=backfill, now=now)
    return _report(parts, kept, now=now)


def remember_all(
    parts: Parts, found: Sequence[tuple[Source, Reading]], *, backfill: int
) -> list[PollReport | Exception]:
    """Write down several readings in one transaction; if that fails, each in one of its own.

    One bad source never stops another: gives what became of each, an exception for one that could not be written.
    """
    now = parts.clock.now()
    try:
        with parts.store.write() as conn:
            kept = [_keep(parts, conn, source, reading, backfill=backfill, now=now) for source, reading in found]
    except Exception as error:  # noqa: BLE001 - the source loop: which of them it is shows when each is alone
        if len(found) == 1:
            return [error]
        return [one for pair in found for one in remember_all(parts, [pair], backfill=backfill)]
    return [_reported(parts, one, now=now) for one in kept]


def _reported(parts: Parts, kept: _Kept, *, now: datetime) -> PollReport | Exception:
    try:
        return _report(parts, kept, now=now)
    except Exception as error:  # noqa: BLE001 - as above
        return error


def _keep(parts: Parts, conn: Connection, source: Source, reading: Reading, *, backfill: int, now: datetime) -> _Kept:
    """Write down a reading in a transaction."""
    stored = articles.source_state(conn, source.name)
    state = stored or SourceState(name=source.name)
    known = rhythm.read(state.rhythm)
    if reading.not_modified:
        fresh = pace.succeeded(source, state, known, reading=reading, new=0, now=now)
        polls.save(conn, [Saving(before=stored, after=fresh)])
        return _Kept(source=source, reading=reading, before=state, after=fresh)
    first = state.baseline_at is None
    seen_at = quarantine.seen_at(conn, state.last_success_at, now)
    entries = identity.apart(reading.entries)
    found = intake.sort(conn, source, entries, now=now, seen_at=seen_at)
    given = circumstances(source, state, known, now=now)
    wanted = newest(entries, backfill)
    done = _first(conn, found, wanted) if first else _later(parts, conn, source, given, found)
    revised = _revise(parts, conn, source, found.met, at=now)
    gone = _gone(conn, source, reading)
    new = 0 if first else min(done.planned, judgement.believed(given))
    fresh = pace.succeeded(source, state, known, reading=reading, new=new, now=now)
    fresh = _read(fresh, reading, held=done.held, now=now)
    # F13: in the transaction that stores the entries, so that no later 304 can hide one of them.
    polls.save(conn, [Saving(before=stored, after=fresh)])
    return _Kept(source=source, reading=reading, before=state, after=fresh, done=done, revised=revised, gone=gone)


def _report(parts: Parts, kept: _Kept, *, now: datetime) -> PollReport:
    """Draw the consequences of what was committed."""
    notices = pace.notices(kept.source, kept.before, kept.after, now=now)
    if kept.reading.not_modified:
        return PollReport(polled=1, unchanged=1, notices=notices)
    done = kept.done
    for warning in kept.reading.warnings:
        log.warning("source", source=kept.source.name, warning=warning)
    guards.tell(parts, kept.source, done.sieved)
    corrections.withdraw(parts, kept.gone)
    corrections.follow(parts, kept.revised)
    if done.added:
        log.info("polled", source=kept.source.name, new=done.added, planned=done.planned, held=done.held)
    return PollReport(
        polled=1,
        new=done.planned,
        baselined=max(done.added - done.planned - done.held, 0),
        held=done.held,
        notices=notices,
    )


def _read(state: SourceState, reading: Reading, *, held: int, now: datetime) -> SourceState:
    """Give the state with what the document itself says."""
    kept = reading.validators
    # A flood must not make the next one look small beside a long document.
    window = len(reading.entries) if reading.complete and not held else state.window
    return replace(
        state,
        etag=kept.etag if kept else None,
        last_modified=kept.last_modified if kept else None,
        url=kept.url if kept else None,
        digest=kept.digest if kept else None,
        hub=reading.hub or state.hub,
        baseline_at=state.baseline_at or now,
        title=reading.title or state.title,
        window=window,
    )


def circumstances(source: Source, state: SourceState, known: rhythm.Rhythm, *, now: datetime) -> Circumstances:
    """Give what the guards go by when a reading of the source comes in."""
    news_at = known.news_at[-1] if known.news_at else known.began_at
    usual = timedelta(seconds=state.interval) if state.interval is not None else source.interval
    return Circumstances(
        rhythm=known,
        window=state.window,
        flood_limit=source.flood_limit,
        max_age=source.max_age,
        interval=max(usual, source.interval),
        last_at=state.last_success_at,
        last_news_at=datetime.fromtimestamp(news_at, now.tzinfo) if news_at is not None else None,
        now=now,
    )


def _first(conn: Connection, found: intake.Intake, wanted: Collection[Entry]) -> _Found:
    """Store a first reading as a baseline: remembered, and only the entries that are wanted ever posted."""
    chosen = set(wanted)
    rows = [_new(fresh, planned=fresh.entry not in chosen) for fresh in found.fresh]
    added = articles.add_many(conn, rows)
    return _Found(added=len(added), planned=sum(not one.planned for one in added))


def _later(parts: Parts, conn: Connection, source: Source, given: Circumstances, found: intake.Intake) -> _Found:
    """Store a later reading: what is not too old is news, unless a guard holds it."""
    news = [fresh for fresh in found.fresh if not fresh.too_old]
    done = _Found(sieved=guards.sieve(parts, conn, source, given, news))
    rows = []
    for fresh in found.fresh:
        batch = None if fresh.too_old else done.sieved.batch_of(fresh.article.id)
        rows.append(_new(fresh, planned=fresh.too_old, batch=batch.id if batch else None))
    added = articles.add_many(conn, rows)
    waiting = [one for one in added if not one.planned]
    done.added = len(added)
    done.held = sum(one.article.id in done.sieved.held for one in waiting)
    done.planned = len(waiting) - done.held + _by_hand(conn, found.met)
    return done


def _new(fresh: Fresh, *, planned: bool, batch: int | None = None) -> New:
    return New(article=fresh.article, aliases=fresh.aliases, planned=planned, batch=batch)


def _by_hand(conn: Connection, met: Sequence[Met]) -> int:
    """Let the rules be asked about what a person posted before the feed had it, for the other channels.

    Law 1 keeps it from being posted twice where it is. A baseline and old news stay what they are.
    """
    return sum(articles.plan_again(conn, one.stored.id) for one in met if one.by_hand and not one.too_old)


def _gone(conn: Connection, source: Source, reading: Reading) -> list[str]:
    """Give the articles that the source says it no longer shows (F07)."""
    names = [identity.guid_alias(source.name, guid) for guid in reading.gone]
    twins = [twin for name in names for twin in identity.spellings(name)]
    return sorted(set(articles.known(conn, [*names, *twins]).values()))


def _revise(parts: Parts, conn: Connection, source: Source, met: Sequence[Met], *, at: datetime) -> list[Article]:
    """Bring known articles up to date and remember the names under which they were met.

    Gives those whose readers can see the change, as they were before.
    """
    revised = []
    shown: dict[str, Met] = {}
    names: dict[str, str] = {}
    for one in met:
        if not one.agreed:
            continue
        for name in one.names:
            names.setdefault(name, one.stored.id)
        # Oldest first: of several entries the newest says how the article is now, or it would change at every reading.
        shown[one.stored.id] = one
    articles.add_names(conn, names)
    configured = {other.name for other in parts.sources} if shown else ()
    for one in shown.values():
        # Another section's feed may have another headline for it: only its own source says how it reads.
        if one.stored.source == source.name or one.stored.source not in configured:
            now_ = article_from(one.entry, source=source, now=at, id_=one.stored.id)
            if articles.revise(conn, now_, at=at, stored=one.stored):
                revised.append(one.stored)
    return revised


def newest(entries: Sequence[Entry], n: int) -> Sequence[Entry]:
    """Give the newest ``n`` entries; undated ones keep the order of the document (newest first by custom)."""
    if n <= 0:
        return ()
    if any(entry.published_at is None for entry in entries):
        return entries[:n]
    return sorted(entries, key=lambda entry: entry.published_at or datetime.min, reverse=True)[:n]  # noqa: DTZ901

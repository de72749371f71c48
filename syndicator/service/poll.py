"""Poll: read the sources that are due and remember what is new. Nothing is planned or sent here.

One bad source never stops another.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from syndicator import sources
from syndicator.errors import SourceError, StoreError
from syndicator.model import Source
from syndicator.service import quarantine
from syndicator.service.parts import Parts
from syndicator.service.remember import PollReport, remember
from syndicator.sources import Validators
from syndicator.sources._fetch import Fetcher
from syndicator.store import articles
from syndicator.store.articles import SourceState

log = structlog.get_logger("syndicator.poll")

BACKOFF_MOST = timedelta(hours=1)
STOP_CHECK = 0.2
FARTHEST = timedelta(hours=25)
"""No wait is longer than a day: a poll planned further ahead was dated by a clock that ran ahead (T05)."""


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
        return await asyncio.to_thread(remember, parts, source, reading, backfill=backfill)
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

"""What a person does with a source: read it now, pause it, let it go on. What is read is planned, never delivered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.model import Article, Source
from syndicator.service.pace import back_off
from syndicator.service.parts import Parts
from syndicator.service.plan import PlanReport, plan
from syndicator.service.poll import poll_now
from syndicator.service.remember import PollReport
from syndicator.sources._fetch import Fetcher
from syndicator.store import articles, source_pauses, source_views
from syndicator.store.articles import SourceState

SHOWN = 5
"""Headlines of what a poll found that are told."""
_GRACE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One source that a person wanted to be read now."""

    name: str
    report: PollReport | None = None
    """None: it was not read, ``waits`` says why."""
    waits: str = ""
    found: tuple[Article, ...] = ()
    """The newest of what it brought."""


def pause(parts: Parts, source: Source, *, reason: str, until: datetime | None) -> None:
    """Leave a source unread until then, or until it is resumed. What it published meanwhile is caught up by policy."""
    with parts.store.write() as conn:
        source_pauses.pause(conn, source.name, reason=reason, at=parts.clock.now(), until=until)


def resume(parts: Parts, source: Source) -> bool:
    """Let a source be read again, from now on; False when it was not paused."""
    now = parts.clock.now()
    with parts.store.write() as conn:
        state = articles.source_state(conn, source.name)
        if state is None or not state.paused(now):
            return False
        source_pauses.resume(conn, source.name, now)
    return True


def poll(parts: Parts, wanted: Sequence[Source], *, force: bool = False) -> tuple[list[Polled], PlanReport]:
    """Read sources now, whatever their interval says, and plan what they brought.

    One that is paused is left alone, and one whose server asked for time as well, unless ``force``.
    """
    done = asyncio.run(_poll(parts, wanted, force=force))
    return done, plan(parts)


async def _poll(parts: Parts, wanted: Sequence[Source], *, force: bool) -> list[Polled]:
    places = asyncio.Semaphore(parts.poll_concurrency)
    async with Fetcher() as fetcher:

        async def one(source: Source) -> Polled:
            now = parts.clock.now()
            with parts.store.read() as conn:
                state = articles.source_state(conn, source.name)
            if why := _waits(state, source, now=now, force=force):
                return Polled(name=source.name, waits=why)
            async with places:
                report = await poll_now(parts, source, fetcher=fetcher, forced=True)
            with parts.store.read() as conn:
                seen = source_views.lately(conn, source.name, SHOWN)
            found = tuple(article for article in seen if article.first_seen_at >= now)
            return Polled(name=source.name, report=report, found=found if report.new or report.held else ())

        return await asyncio.gather(*(one(source) for source in wanted))


def _waits(state: SourceState | None, source: Source, *, now: datetime, force: bool) -> str:
    """Say why a source is not read although a person wants it; empty when it is."""
    if state is None:
        return ""
    if state.paused(now):
        return f"it is paused ({state.pause_reason}); syndicator sources resume {source.name}"
    until = asked_to_wait(state, source)
    if until is not None and now < until and not force:
        asked = "its server asked for that, or its document is too costly"
        return f"it is left alone until {until:%Y-%m-%d %H:%M}Z ({asked}); --force reads it all the same"
    return ""


def asked_to_wait(state: SourceState, source: Source) -> datetime | None:
    """Give until when the source's server wants to be left alone (Retry-After).

    A failure that waits longer than our own back-off does was asked to; a document that broke its parser waits too.
    """
    if not state.failures or state.next_poll_at is None or state.last_polled_at is None:
        return None
    longer = state.next_poll_at - state.last_polled_at > back_off(source, state.failures) + _GRACE
    return state.next_poll_at if longer else None

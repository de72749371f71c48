"""Poll: read the sources that are due and remember what is new. Nothing is planned or sent here.

One bad source never stops another. What did not change, or failed, is written down in groups; what changed is
remembered as it comes, validators and entries in one transaction (F13).
"""

import asyncio
import gc
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

import structlog

from syndicator import sources
from syndicator.core import rhythm
from syndicator.errors import SourceError, StoreError
from syndicator.model import Source
from syndicator.service import pace, quarantine
from syndicator.service.inbox import Inbox
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.service.remember import PollReport
from syndicator.service.sweep import Sweep
from syndicator.sources import Reading, Validators
from syndicator.sources._fetch import Fetcher
from syndicator.store import articles, polls
from syndicator.store.articles import Connection, SourceState
from syndicator.store.engine import Store
from syndicator.store.polls import Saving

log = structlog.get_logger("syndicator.poll")

GROUP = 100
"""Outcomes that one transaction writes down."""
GROUP_PATIENCE = 1.0
"""Seconds after which a smaller group is written: a crash costs no more than the same questions once again."""
KEPT_HOSTS, KEPT_FROM = 8, 10
"""So many hosts keep their connections during a sweep, if so many of its sources are there."""
COLLECT_AFTER = (5000, 20, 50)
"""Objects; each connection that was closed is about eight in a circle, so few of them may wait."""
_NETLOC = re.compile(r"[/?#]")
AHEAD = 200
"""States that are read at a time while a sweep goes on."""


def poll(parts: Parts, *, backfill: int = 0, force: bool = False) -> PollReport:
    """Read every source that is due (all with ``force``), side by side.

    ``backfill`` plans the newest N entries of a source that is read for the first time; without it the first reading
    is a baseline: remembered, never posted.
    """
    now = parts.clock.now()
    with parts.store.read() as conn:
        wanted = due(parts, conn, now=now, force=force)
    if not wanted:
        return PollReport()
    # First what the journals know, with every name of it: else an article that the log lost would get new names here.
    quarantine.ensure(parts)
    with _rare_collections():
        return asyncio.run(_poll_all(parts, wanted, backfill=backfill))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for garbage in circles less often: a sweep leaves hardly any, and the looks are a tenth of it."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def due(parts: Parts, conn: Connection, *, now: datetime, force: bool = False) -> list[Source]:
    """Give the configured sources whose time has come: those that failed last, and of the others the longest due first.

    One question to the post log, however many sources there are.
    """
    roll = _called(parts, conn)
    well = list(roll.fresh)
    ill: list[Source] = []
    for row in polls.times(conn) if force else polls.ripe(conn, now=now, far=now + pace.FARTHEST):
        source = roll.configured.get(row.name)
        if source is not None and pace.is_due(row, source, now=now, force=force):
            (ill if row.failures else well).append(source)
    return well + ill


@dataclass(frozen=True, slots=True)
class _Roll:
    """The sources of a configuration, and which of them have no row; an idle tick must not go through all of them."""

    sources: Sequence[Source]
    rows: int
    configured: dict[str, Source]
    fresh: tuple[Source, ...]


_rolls: "WeakKeyDictionary[Store, _Roll]" = WeakKeyDictionary()
_rolls_lock = threading.Lock()


def _called(parts: Parts, conn: Connection) -> _Roll:
    """Give the roll, called anew when the configuration is another one or the number of rows changed."""
    rows = polls.size(conn)
    with _rolls_lock:
        roll = _rolls.get(parts.store)
    if roll is None or roll.rows != rows or roll.sources is not parts.sources:
        configured = {source.name: source for source in parts.sources}
        # Crossed off one by one: a second list of thousands of names would stay with the process as empty memory.
        left = dict.fromkeys(configured)
        for name in polls.names(conn):
            left.pop(name, None)
        fresh = tuple(source for source in parts.sources if source.name in left)
        roll = _Roll(parts.sources, rows, configured, fresh)
        with _rolls_lock:
            _rolls[parts.store] = roll
    return roll


async def poll_now(
    parts: Parts, source: Source, *, fetcher: Fetcher, backfill: int = 0, forced: bool = False
) -> PollReport:
    """Read one source although its time has not come: it says itself that it has news (WebSub, webhook).

    A source that failed or is paused waits all the same, unless a person ``forced`` it. ``fetcher`` is the caller's,
    used for many such readings.
    """
    try:
        state, waits = await asyncio.to_thread(_before_its_time, parts, source)
        waits = waits and not forced
    except StoreError as error:
        log.warning("not read", source=source.name, error=str(error))
        return PollReport(errors={source.name: str(error)})
    if waits:
        return PollReport()
    group = _Group(parts)
    inbox = Inbox(parts, backfill=backfill)
    report = await _poll_one(source, state, fetcher=fetcher, inbox=inbox, group=group)
    return _told(parts, [report, *await group.written()])


def _before_its_time(parts: Parts, source: Source) -> tuple[SourceState | None, bool]:
    """Give what is known of the source, and whether it must wait all the same."""
    quarantine.ensure(parts)
    with parts.store.read() as conn:
        state = articles.source_state(conn, source.name)
    return state, not pace.is_due(state, source, now=parts.clock.now(), force=True)


async def _poll_all(parts: Parts, wanted: Sequence[Source], *, backfill: int) -> PollReport:
    states = _States(parts, [source.name for source in wanted])
    group, inbox = _Group(parts), Inbox(parts, backfill=backfill)
    reports: list[PollReport] = []
    async with Fetcher(shared=_shared_hosts(wanted)) as fetcher:

        async def one(source: Source) -> None:
            try:
                state = await states.take(source.name)
            except StoreError as error:
                reports.append(_not_stored(source, error))
                return
            report = await _poll_one(source, state, fetcher=fetcher, inbox=inbox, group=group)
            if report is not _LATER:
                reports.append(report)
            if group.is_ripe():
                reports.extend(await group.written())

        await Sweep(one, host=_polite_host, places=parts.poll_concurrency, stop=parts.stop).run(wanted)
        reports.extend(await group.written())
    return _told(parts, reports)


def _shared_hosts(wanted: Sequence[Source]) -> list[str]:
    """Name the hosts to which a connection is worth keeping; few, because an idle one is an open socket too."""
    counted = Counter(_host(source) for source in wanted)
    return [host for host, count in counted.most_common(KEPT_HOSTS) if count >= KEPT_FROM]


def _polite_host(source: Source) -> str:
    """Name the host that is not to be asked too often at once; the newsroom's own machines need no such care."""
    return "" if source.allow_private else _host(source)


def _host(source: Source) -> str:
    return _NETLOC.split(source.url.partition("://")[2], maxsplit=1)[0].lower()


def _told(parts: Parts, reports: Sequence[PollReport]) -> PollReport:
    """Add reports up, and tell a person what they hold."""
    for notice in pace.together(notice for report in reports for notice in report.notices):
        parts.notifier.tell(notice)
    return PollReport(
        polled=sum(report.polled for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        new=sum(report.new for report in reports),
        baselined=sum(report.baselined for report in reports),
        held=sum(report.held for report in reports),
        errors={name: text for report in reports for name, text in report.errors.items()},
    )


class _States:
    """What is remembered of the sources of a sweep, read as it goes on: never all of it at once."""

    def __init__(self, parts: Parts, names: Sequence[str]) -> None:
        self._parts = parts
        self._places = {name: place for place, name in enumerate(names)}
        self._names = names
        self._read: dict[str, SourceState | None] = {}
        self._lock = asyncio.Lock()

    async def take(self, name: str) -> SourceState | None:
        """Give one source's state, once.

        Raises:
            StoreError: the post log is in trouble.
        """
        if name not in self._read:
            async with self._lock:
                if name not in self._read:
                    await self._ahead(self._places[name])
        return self._read.pop(name)

    async def _ahead(self, place: int) -> None:
        # The sweep takes them in about this order; what it already has or had is read again at worst.
        wanted = [name for name in self._names[place : place + AHEAD] if name not in self._read]
        found = await asyncio.to_thread(self._ask, wanted)
        self._read |= {name: found.get(name) for name in wanted}

    def _ask(self, names: Sequence[str]) -> dict[str, SourceState]:
        with self._parts.store.read() as conn:
            return polls.states(conn, names)


async def _poll_one(
    source: Source, state: SourceState | None, *, fetcher: Fetcher, inbox: Inbox, group: "_Group"
) -> PollReport:
    try:
        reading = await sources.read(pace.asked(source, state), _validators(state), fetcher)
        if reading.not_modified:
            group.add(_Outcome(source, reading, before=state))
            return _LATER
        return await inbox.remember(source, reading)
    except SourceError as error:
        group.add(_Outcome(source, error))
    except StoreError as error:
        # The database's trouble is not the source's: no back-off, the next tick reads it again.
        return _not_stored(source, error)
    except Exception as error:
        # The source loop: whatever one source does, the others go on.
        log.exception("poll failed", source=source.name)
        group.add(_Outcome(source, SourceError(repr(error), source=source.name)))
    return _LATER


_LATER = PollReport()
"""It is told with its group."""


def _validators(state: SourceState | None) -> Validators | None:
    if state is None or state.url is None or not (state.etag or state.last_modified or state.digest):
        return None
    return Validators(etag=state.etag, last_modified=state.last_modified, url=state.url, digest=state.digest)


@dataclass(frozen=True, slots=True)
class _Outcome:
    source: Source
    found: Reading | SourceError
    """An unchanged reading, or what went wrong."""
    before: SourceState | None = None
    """What was known when it was asked; another process may have polled since."""


class _Group:
    """Outcomes that are not written down yet. Its writing is one transaction in a thread of its own."""

    def __init__(self, parts: Parts, *, elapsed: Callable[[], float] | None = None) -> None:
        self._parts = parts
        self._elapsed = elapsed or asyncio.get_running_loop().time
        self._outcomes: list[_Outcome] = []
        self._since = 0.0

    def add(self, outcome: _Outcome) -> None:
        """Keep an outcome for the next transaction."""
        if not self._outcomes:
            self._since = self._elapsed()
        self._outcomes.append(outcome)

    def is_ripe(self) -> bool:
        """Say whether it is large or old enough."""
        enough = len(self._outcomes) >= GROUP or self._elapsed() - self._since >= GROUP_PATIENCE
        return bool(self._outcomes) and enough

    async def written(self) -> list[PollReport]:
        """Write down what there is."""
        outcomes, self._outcomes = self._outcomes, []
        if not outcomes:
            return []
        return [await asyncio.to_thread(_write, self._parts, outcomes)]


def _write(parts: Parts, outcomes: Sequence[_Outcome]) -> PollReport:
    now = parts.clock.now()
    errors = {one.source.name: str(one.found) for one in outcomes if isinstance(one.found, SourceError)}
    told: list[Notice] = []
    try:
        with parts.store.write() as conn:
            savings = _saved(conn, outcomes, now=now)
    except StoreError as error:
        log.warning("polls not stored", sources=len(outcomes), error=str(error))
        return PollReport(polled=len(outcomes), errors=errors or {outcomes[0].source.name: str(error)})
    for one, saving in savings:
        told += pace.notices(one.source, saving.before or SourceState(name=one.source.name), saving.after, now=now)
        if isinstance(one.found, SourceError):
            _log_failure(one, saving.after, now=now)
    unchanged = len(outcomes) - len(errors)
    return PollReport(polled=len(outcomes), unchanged=unchanged, errors=errors, notices=told)


def _log_failure(one: _Outcome, state: SourceState, *, now: datetime) -> None:
    again = state.next_poll_at and str(state.next_poll_at - now)
    log.warning(
        "source failed", source=one.source.name, error=str(one.found), failures=state.failures, again_in=again
    )  # fmt: skip


def _saved(conn: Connection, outcomes: Sequence[_Outcome], *, now: datetime) -> list[tuple[_Outcome, Saving]]:
    """Write outcomes down: most as what was known before they were asked, which the update itself checks."""
    hopeful = [(one, _saving(one, one.before, now=now)) for one in outcomes if one.before is not None]
    plain = [(one, saving) for one, saving in hopeful if saving.before and saving.after.rhythm is saving.before.rhythm]
    done = plain if plain and polls.save_untouched(conn, [saving for _, saving in plain]) else []
    settled = {one.source.name for one, _ in done}
    rest = [one for one in outcomes if one.source.name not in settled]
    states = polls.states(conn, [one.source.name for one in rest])
    others = [(one, _saving(one, states.get(one.source.name), now=now)) for one in rest]
    polls.save(conn, [saving for _, saving in others])
    return done + others


def _saving(one: _Outcome, before: SourceState | None, *, now: datetime) -> Saving:
    state = before or SourceState(name=one.source.name)
    if isinstance(one.found, SourceError):
        return Saving(before=before, after=pace.failed(one.source, state, one.found, now=now))
    known = rhythm.read(state.rhythm)
    after = pace.succeeded(one.source, state, known, reading=one.found, new=0, now=now)
    return Saving(before=before, after=after)


def _not_stored(source: Source, error: StoreError) -> PollReport:
    log.warning("reading not stored", source=source.name, error=str(error))
    return PollReport(polled=1, errors={source.name: str(error)})

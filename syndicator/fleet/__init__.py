"""The fleet: the same four verbs on several machines, through a job queue on the post log's own PostgreSQL.

A job is an alarm clock and nothing more (R19): the name of a verb and of the source or channel it is for. What is due
stands in the post log; every node looks there every few seconds and rings, and whichever node hears it calls the verb.
Run a job ten times or never, out of order, lose them all: the posts are the same, because claims, leases and
constraints of the post log decide who sends. So nothing may be kept in a job, and no job's fate may decide anything.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import structlog

from syndicator.errors import ConfigError, Problem, StoreError, SyndicatorError
from syndicator.fleet import jobs
from syndicator.fleet.alarms import Alarm, Verb, due
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.prompt import deliver_in_turn
from syndicator.service.reconcile import reconcile
from syndicator.settings import Settings

__all__ = ["Alarm", "Node", "Verb", "address", "due"]

log = structlog.get_logger("syndicator.fleet")

PATIENCE = 5
"""Sweeps for which a running job keeps its alarm from ringing again; then nobody believes in it any more."""
STOP_CHECK = 0.2
RETRY = 1.0
"""Seconds before a node that lost the job queue tries again."""


def address(settings: Settings) -> str:
    """Give libpq's address of the post log, which is the job queue's too.

    Raises:
        ConfigError: the post log is not on PostgreSQL, or Procrastinate is not installed.
    """
    kind, _, place = settings.store_url.partition("://")
    if kind.partition("+")[0] not in {"postgres", "postgresql"}:
        message = "a fleet needs its post log on PostgreSQL: SQLite is one file on one machine"
        hint = 'url = "env:SYNDICATOR_STORE", and there postgresql://…; or run without --fleet'
        raise ConfigError([Problem(file=str(settings.path), key="store.url", message=message, hint=hint)])
    try:
        jobs.check_installed()
    except ModuleNotFoundError as error:
        message, hint = f"a fleet needs {error.name}, which is not installed", "pip install 'syndicator[postgres]'"
        raise ConfigError([Problem(file=str(settings.path), key="store.url", message=message, hint=hint)]) from error
    return f"postgresql://{place}"


class Node:
    """One machine's part: rings for what is due (``sweep``), and works on what rings while it is entered.

    ``url`` is libpq's; ``sweep_every`` seconds is how often the caller sweeps, and every other pace follows from it.
    """

    def __init__(self, parts: Parts, *, url: str, sweep_every: float, backfill: int = 0) -> None:
        jobs.quieten()
        self._parts = parts
        self._backfill = backfill
        self._believed = sweep_every * PATIENCE
        self._bell = jobs.Bell(url)
        self._listener = jobs.Listener(
            url=url,
            answer=self.answer,
            places={jobs.READ: parts.poll_concurrency, jobs.WRITE: len(parts.channels) + 1},
            pace=sweep_every,
            believed=self._believed,
        )
        self._sweeping = threading.Lock()
        self._taking = threading.Lock()
        self._busy: set[Alarm] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fleet")
        self._work: Future[None] | None = None

    def __enter__(self) -> Self:
        """Make the job tables if need be and begin to work.

        Raises:
            StoreError: the database refuses, or is not there.
        """
        jobs.prepare(self._parts.store)
        self._bell.open()
        self._work = self._thread.submit(asyncio.run, self._serve())
        # If working ends by a bug, the process must not live on without it.
        self._work.add_done_callback(lambda _: self._parts.stop.set())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Begin nothing new, finish what is open."""
        self._parts.stop.set()
        self._thread.shutdown(wait=True)
        self._bell.close()
        if self._work is not None:
            self._work.result()

    # --- ringing ---

    def sweep(self) -> None:
        """Ring for everything that is due, unless it rings already.

        Raises:
            StoreError: the database is not there; the next sweep makes up for this one.
        """
        with self._sweeping:
            wanted = due(self._parts)
            ringing = self._bell.ringing(now=self._parts.clock.elapsed(), believed=self._believed)
            for alarm in wanted:
                if str(alarm) not in ringing:
                    self._bell.ring(alarm)

    # --- answering ---

    async def _serve(self) -> None:
        """Answer until told to stop, whatever becomes of the database meanwhile."""
        loop = asyncio.get_running_loop()
        places = sum(self._listener.places.values()) + 2
        loop.set_default_executor(ThreadPoolExecutor(places, thread_name_prefix="job"))
        loop.set_exception_handler(jobs.tell)
        while not self._parts.stop.is_set():
            try:
                # Also after the first time: whoever dropped the schema meant no harm, there was nothing in it.
                await asyncio.to_thread(jobs.prepare, self._parts.store)
                await self._until_stopped(self._listener.listen())
            except StoreError as error:
                log.warning("job queue lost, trying again", error=str(error))
                await asyncio.sleep(RETRY)

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        while not task.done() and not self._parts.stop.is_set():
            await asyncio.wait([task], timeout=STOP_CHECK)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def answer(self, alarm: Alarm) -> None:
        """Do what an alarm asks for, unless this node is at it already or about to stop."""
        with self._taking:
            # A channel's adapter serves one thread at a time; the one that is at it goes on until nothing is due.
            if alarm in self._busy or self._parts.stop.is_set():
                return
            self._busy.add(alarm)
        try:
            if self._act(alarm):
                self.sweep()  # what follows from it should not wait for the next sweep
        except SyndicatorError as error:
            # The database is in trouble: nothing was lost, the next sweep rings again.
            log.error("job failed", job=str(alarm), error=str(error))
        finally:
            with self._taking:
                self._busy.discard(alarm)

    def _act(self, alarm: Alarm) -> bool:
        """Call the verb; True when more is likely to be due now. For a name that is not configured it does nothing."""
        parts = self._parts
        match alarm.verb:
            case Verb.POLL:
                sources = tuple(source for source in parts.sources if source.name == alarm.name)
                poll(replace(parts, sources=sources), backfill=self._backfill)
                return bool(plan(parts).posts)
            case Verb.PLAN:
                return bool(plan(parts).posts)
            case Verb.DELIVER:
                channel = parts.channels.get(alarm.name)
                if channel is not None:
                    deliver_in_turn(parts, channel, until_nothing_is_due=True)
                return False
            case Verb.RECONCILE:
                return bool(reconcile(parts).posts)

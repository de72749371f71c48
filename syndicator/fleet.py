"""The fleet: the same four verbs on several machines, through Procrastinate on the post log's own PostgreSQL.

A job is an alarm clock and nothing more (R19): the name of a verb and of the source or channel it is for. What is due
stands in the post log; every node looks there every few seconds and rings, and whichever node hears it calls the verb.
Run a job ten times or never, out of order, lose them all: the posts are the same, because claims, leases and
constraints of the post log decide who sends. So nothing may be kept in a job, and no job's fate may decide anything.
"""

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import structlog

from syndicator.errors import ConfigError, Problem, StoreError, SyndicatorError
from syndicator.service.deliver import deliver
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile, recoverable
from syndicator.settings import Settings
from syndicator.store import Store, articles, channels, posts
from syndicator.store.engine import Connection

if TYPE_CHECKING:
    import procrastinate

log = structlog.get_logger("syndicator.fleet")

SWEEP = 5.0
"""Seconds between a node's looks at what is due."""
LONGEST_SWEEP = 10.0
PATIENCE = 5
"""Sweeps for which a running job keeps its alarm from ringing again; then it is no longer believed (60 s at most)."""
SCHEMA = "syndicator_jobs"
"""Procrastinate's tables live in a PostgreSQL schema of their own; dropping it loses nothing."""
STOP_CHECK = 0.2
RETRY = 1.0
"""Seconds before a node that lost the database tries again."""
_LOCK = 0x53594E4A
"""Key of the advisory lock under which the schema is made."""


class Verb(StrEnum):
    """What a job may ask for; the name of the task."""

    POLL = "poll"
    PLAN = "plan"
    DELIVER = "deliver"
    RECONCILE = "reconcile"


QUEUES = {Verb.POLL: "read", Verb.PLAN: "read", Verb.DELIVER: "write", Verb.RECONCILE: "write"}
"""Two queues, so that slow feeds never take the places of posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """All that a job says: a verb, and the source or channel it is for (empty: all)."""

    verb: Verb
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.name}".rstrip()


# --- what is due: the post log alone knows --------------------------------------------------------------------------


def due(parts: Parts) -> list[Alarm]:
    """Give what is to do now; read from the post log alone, so that lost jobs come back by themselves."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        # A channel on which somebody is sending takes no second post (law 8): its alarm would be for nothing.
        taken = {post.channel for post in posts.in_sending(conn)}
        found = [Alarm(verb=Verb.POLL, name=name) for name in _sources_due(conn, parts, now)]
        if articles.unplanned(conn, limit=1):
            found.append(Alarm(verb=Verb.PLAN))
        found += [
            Alarm(verb=Verb.DELIVER, name=name)
            for name in parts.channels
            if name not in taken and not channels.get(conn, name).paused(now) and posts.due(conn, name, now)
        ]
        unsettled = _unsettled(conn, now)
    if unsettled or recoverable(parts):
        found.append(Alarm(verb=Verb.RECONCILE))
    return found


def _sources_due(conn: Connection, parts: Parts, now: datetime) -> Iterator[str]:
    for source in parts.sources:
        state = articles.source_state(conn, source.name)
        if state is None or state.next_poll_at is None or state.next_poll_at <= now:
            yield source.name


def _unsettled(conn: Connection, now: datetime) -> bool:
    pending = (post.next_look_at for post in posts.in_processing(conn))
    return bool(
        posts.to_look_up(conn, now) or posts.stale(conn, now) or any(at is not None and at <= now for at in pending)
    )


# --- the jobs' own schema -------------------------------------------------------------------------------------------


def address(settings: Settings) -> str:
    """Give libpq's address of the post log, which is the job queue's too.

    Raises:
        ConfigError: the post log is not on PostgreSQL, or Procrastinate is not installed.
    """
    kind, _, place = settings.store_url.partition("://")
    if kind.partition("+")[0] not in {"postgres", "postgresql"}:
        message = f"a fleet needs its post log on PostgreSQL; this one is on {kind}, which is one machine's"
        hint = 'set url = "env:SYNDICATOR_STORE" and there postgresql://…, or run without --fleet'
        raise ConfigError([Problem(file=str(settings.path), key="store.url", message=message, hint=hint)])
    try:
        import procrastinate  # noqa: F401 - asked for early, so that the remedy is the first thing said
    except ImportError as error:
        message, hint = f"a fleet needs {error.name}, which is not installed", "pip install 'syndicator[postgres]'"
        raise ConfigError([Problem(file=str(settings.path), key="store.url", message=message, hint=hint)]) from error
    return f"postgresql://{place}"


def prepare(store: Store) -> None:
    """Make Procrastinate's tables, or make them anew for a newer Procrastinate: jobs hold nothing to migrate.

    An older node keeps its hands off what a newer one made.

    Raises:
        StoreError: the database refuses, or is not there.
    """
    from procrastinate import __version__
    from procrastinate.schema import SchemaManager

    table, mark = f"{SCHEMA}.procrastinate_jobs", f"procrastinate {__version__}"
    with store.write() as conn:
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        asked = f"SELECT to_regnamespace('{SCHEMA}'), obj_description(to_regclass('{table}'), 'pg_class')"
        schema, made_by = conn.exec_driver_sql(asked).one()
        if made_by is not None:
            if _release(made_by) >= _release(mark):
                return
            conn.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")
        if schema is None or made_by is not None:
            conn.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        conn.exec_driver_sql(f"SET LOCAL search_path = {SCHEMA}")
        # Many statements in one go, with % in them: sent as they are.
        conn.exec_driver_sql(SchemaManager.get_schema(), execution_options={"no_parameters": True})
        conn.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{mark}'")
    log.info("job tables made", schema=SCHEMA, by=mark)


def _release(mark: str) -> tuple[int, ...]:
    """Give major and minor of ``procrastinate 3.10.0``: schemas change with minors."""
    return tuple(int(part) for part in mark.rpartition(" ")[2].split(".")[:2])


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what Procrastinate and its driver raise into a ``StoreError``."""
    from procrastinate.exceptions import ProcrastinateException
    from psycopg import Error

    try:
        yield
    except (ProcrastinateException, Error) as error:
        cause = error.__cause__ or error
        raise StoreError(f"the job queue: {str(cause).strip() or type(cause).__name__}") from error


# --- a node ---------------------------------------------------------------------------------------------------------


class Node:
    """One machine's part: rings for what is due (``sweep``), and works on what rings while it is entered.

    ``url`` is libpq's; ``sweep_every`` seconds is how often the caller sweeps, and every other pace follows from it.
    """

    def __init__(self, parts: Parts, *, url: str, sweep_every: float = SWEEP, backfill: int = 0) -> None:
        self._parts = parts
        self._backfill = backfill
        self._every = sweep_every
        self._believed = sweep_every * PATIENCE
        self._url = url
        self._bell: procrastinate.App | None = None
        self._sweeping = threading.Lock()
        self._since: dict[int, float] = {}
        self._busy: set[Alarm] = set()
        self._taking = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fleet")
        self._work: Future[None] | None = None

    def __enter__(self) -> Self:
        """Make the job tables if need be and begin to work.

        Raises:
            StoreError: the database refuses, or is not there.
        """
        import procrastinate

        # Two lines a job are not news; what fails is.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        prepare(self._parts.store)
        self._bell = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**_pool(self._url)))
        with _explained():
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
        if self._bell is not None:
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
            if not wanted or self._bell is None:
                return
            with _explained():
                ringing = self._ringing(self._bell)
                for alarm in wanted:
                    if str(alarm) not in ringing:
                        _ring(self._bell, alarm)

    def _ringing(self, bell: "procrastinate.App") -> set[str | None]:
        """Give the alarms that wait, or that somebody has been at for less than the time for which that is believed.

        A job whose worker died, or that nobody could mark as done, stays ``doing`` for ever; hence a limit, and one
        that rests on nothing but this node's own clock.
        """
        now = self._parts.clock.elapsed()
        jobs = bell.job_manager.list_jobs()
        doing = (job.id for job in jobs if job.status == "doing" and job.id is not None)
        self._since = {number: self._since.get(number, now) for number in doing}
        return {job.queueing_lock for job in jobs if now - self._since.get(job.id or 0, now) < self._believed}

    # --- answering ---

    async def _serve(self) -> None:
        """Work until told to stop, whatever becomes of the database meanwhile."""
        places = {"read": self._parts.poll_concurrency, "write": len(self._parts.channels) + 1}
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(sum(places.values()) + 2, thread_name_prefix="job"))
        # A job that could not be marked as done (its row was deleted, the database gone) is no loss.
        loop.set_exception_handler(lambda _, context: log.warning("job queue", **_told(context)))
        while not self._parts.stop.is_set():
            try:
                # Also after the first time: whoever dropped the schema meant no harm, there was nothing in it.
                await asyncio.to_thread(prepare, self._parts.store)
                with _explained():
                    await self._until_stopped(self._listen(places))
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

    async def _listen(self, places: dict[str, int]) -> None:
        """Run one worker a queue until cancelled, which lets running jobs finish; ends when the database is lost."""
        import procrastinate

        app = procrastinate.App(connector=procrastinate.PsycopgConnector(**_pool(self._url)))
        for verb in Verb:
            app.task(name=verb.value, queue=QUEUES[verb])(self._task(verb))
        async with app.open_async():
            tasks = [asyncio.create_task(self._worker(app, queue, n)) for queue, n in places.items()]
            tasks.append(asyncio.create_task(self._tidy(app)))
            try:
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _worker(self, app: "procrastinate.App", queue: str, places: int) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=f"{self._parts.node} {queue}",
            concurrency=places,
            # The tables know what was done; done jobs only slow the queue down.
            delete_jobs="always",
            fetch_job_polling_interval=self._every,
            update_heartbeat_interval=self._every,
            stalled_worker_timeout=self._believed,
            install_signal_handlers=False,
        )

    async def _tidy(self, app: "procrastinate.App") -> None:
        """Remove the jobs of dead workers: nothing waits for them, they only lie about."""
        from procrastinate.exceptions import ConnectorException
        from procrastinate.jobs import Status

        while True:
            await asyncio.sleep(self._believed)
            await app.job_manager.prune_stalled_workers(self._believed)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._believed):
                with suppress(ConnectorException):  # another node was faster
                    await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)

    def _task(self, verb: Verb) -> Any:
        def answer(name: str = "") -> None:
            self.answer(Alarm(verb=verb, name=name))

        return answer

    def answer(self, alarm: Alarm) -> None:
        """Do what an alarm asks for, unless this node is at it already or about to stop."""
        with self._taking:
            # A channel's adapter serves one thread at a time; the other thread goes on until nothing is due.
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
        """Call the verb; True when more is likely to be due now. Names that are not configured here ring in vain."""
        parts = self._parts
        match alarm.verb:
            case Verb.POLL:
                poll(_narrowed(parts, source=alarm.name), backfill=self._backfill)
                return bool(plan(parts).posts)
            case Verb.PLAN:
                return bool(plan(parts).posts)
            case Verb.DELIVER:
                deliver(_narrowed(parts, channel=alarm.name))
                return False
            case Verb.RECONCILE:
                return bool(reconcile(parts).posts)


def _narrowed(parts: Parts, *, source: str | None = None, channel: str | None = None) -> Parts:
    """Give the same parts with one source or one channel: the verbs then do just that."""
    if source is not None:
        return replace(parts, sources=tuple(one for one in parts.sources if one.name == source))
    return replace(parts, channels={name: one for name, one in parts.channels.items() if name == channel})


def _pool(url: str) -> dict[str, Any]:
    """Give the arguments of a connection pool that sees Procrastinate's tables and no others."""
    from psycopg.conninfo import conninfo_to_dict

    given = conninfo_to_dict(url).get("options") or ""
    return {
        "conninfo": url,
        "kwargs": {"options": f"{given} -c search_path={SCHEMA}".strip()},
        "min_size": 1,
        "max_size": 4,
    }


def _told(context: dict[str, Any]) -> dict[str, str]:
    """Say in one line what went wrong in the event loop."""
    return {"what": str(context.get("message")), "error": repr(context.get("exception"))}


def _ring(bell: "procrastinate.App", alarm: Alarm) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    # The lock keeps one waiting alarm of a kind, no more; a running one is the verbs' own business.
    with suppress(AlreadyEnqueued):
        bell.configure_task(alarm.verb.value, queue=QUEUES[alarm.verb], queueing_lock=str(alarm)).defer(name=alarm.name)

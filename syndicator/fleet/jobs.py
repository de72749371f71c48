"""Alarms as Procrastinate jobs on the post log's own PostgreSQL; the only file that knows Procrastinate.

Its tables stand in a schema of their own, which nothing of ours refers to and which may be dropped at any time. It must
not know what is due, nor what an alarm leads to.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from syndicator.errors import StoreError
from syndicator.fleet.alarms import Alarm, Verb
from syndicator.store import Store, postgres

if TYPE_CHECKING:
    import procrastinate

log = structlog.get_logger("syndicator.fleet")

SCHEMA = "syndicator_jobs"
READ, WRITE = "read", "write"
QUEUES = {Verb.POLL: READ, Verb.PLAN: READ, Verb.DELIVER: WRITE, Verb.RECONCILE: WRITE}
"""Two queues, so that slow feeds never take the places of posts."""
_NAME = "syndicator"
_LOCK = 0x53594E4A
"""Key of the transaction-level advisory lock under which the schema is made."""


def check_installed() -> None:
    """Import what a fleet needs; raises ModuleNotFoundError."""
    import procrastinate  # noqa: F401
    import psycopg  # noqa: F401


def prepare(store: Store) -> None:
    """Make Procrastinate's tables, or make them anew for a newer Procrastinate: jobs hold nothing to migrate.

    An older node keeps its hands off what a newer one made.

    Raises:
        StoreError: the database refuses, or is not there.
    """
    from procrastinate import __version__
    from procrastinate.schema import SchemaManager

    mark = f"procrastinate {__version__}"
    with store.write() as conn:
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        table = f"to_regclass('{SCHEMA}.procrastinate_jobs')"
        asked = f"SELECT to_regnamespace('{SCHEMA}'), obj_description({table}, 'pg_class')"
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
    """Give major and minor of ``procrastinate 3.10.0``: its tables change with minors."""
    return tuple(int(part) for part in mark.rpartition(" ")[2].split(".")[:2])


@contextmanager
def explained() -> Iterator[None]:
    """Turn what Procrastinate and its driver raise into a ``StoreError``."""
    from procrastinate.exceptions import ProcrastinateException
    from psycopg import Error

    try:
        yield
    except (ProcrastinateException, Error) as error:
        raise StoreError(f"job queue: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Give the first line of what the driver said; Procrastinate itself says no more than "Database error"."""
    cause = error.__cause__ or error
    return next(iter(str(cause).strip().splitlines()), type(cause).__name__)


def quieten() -> None:
    """Let Procrastinate's log say what went wrong in a job, and no more: of a lost database we tell ourselves."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    for noisy in ("utils", f"worker.{_NAME}"):
        logging.getLogger(f"procrastinate.{noisy}").setLevel(logging.CRITICAL)


def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log in one line what nobody waited for: a job that could not be marked as done is no loss."""
    error = context.get("exception")
    log.warning("job queue", what=context.get("message"), error=_reason(error) if error else "")


def _pool(url: str) -> dict[str, Any]:
    """Give the arguments of a connection pool that sees Procrastinate's tables and no others."""
    from psycopg.conninfo import conninfo_to_dict

    given = conninfo_to_dict(url)
    options = f"{given.get('options') or ''} -c search_path={SCHEMA}".strip()
    return {"conninfo": url, "kwargs": {**postgres.left_open(given), "options": options}, "min_size": 1, "max_size": 4}


class Bell:
    """Rings alarms. Thread-safe, but ``ringing`` is for one caller at a time."""

    def __init__(self, url: str) -> None:
        import procrastinate

        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**_pool(url)))
        self._since: dict[int, float] = {}

    def open(self) -> None:
        """Connect.

        Raises:
            StoreError: the database is not there.
        """
        with explained():
            self._app.open()

    def close(self) -> None:
        """Disconnect."""
        self._app.close()

    def ringing(self, *, now: float, believed: float) -> set[str]:
        """Give the alarms that wait, or that somebody has been at for less than ``believed`` seconds.

        A job whose worker died, or that could not be marked as done, stays ``doing`` for ever; hence a limit, and one
        that rests on nothing but this node's own clock: ``now`` in seconds since whenever.

        Raises:
            StoreError: the database is not there.
        """
        with explained():
            jobs = self._app.job_manager.list_jobs()
        doing = (job.id for job in jobs if job.status == "doing" and job.id is not None)
        self._since = {number: self._since.get(number, now) for number in doing}
        return {job.queueing_lock or "" for job in jobs if now - self._since.get(job.id or 0, now) < believed}

    def ring(self, alarm: Alarm) -> None:
        """Put a job into the queue, unless the same alarm waits there.

        Raises:
            StoreError: the database is not there.
        """
        from procrastinate.exceptions import AlreadyEnqueued

        job = self._app.configure_task(alarm.verb.value, queue=QUEUES[alarm.verb], queueing_lock=str(alarm))
        with explained(), suppress(AlreadyEnqueued):  # each on a transaction of its own, so nothing is spoiled
            job.defer(name=alarm.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Hears alarms and has them answered, each in a thread."""

    url: str
    answer: Callable[[Alarm], None]
    places: dict[str, int]
    """How many jobs of each queue run side by side."""
    pace: float
    """Seconds between heart-beats, and between looks into the queue when no notification came."""
    believed: float
    """Seconds after which a worker that sends no heart-beat counts as dead."""

    async def listen(self) -> None:
        """Work until cancelled, which lets running jobs finish, or until the database is lost.

        Raises:
            StoreError: the database is lost.
        """
        import procrastinate

        app = procrastinate.App(connector=procrastinate.PsycopgConnector(**_pool(self.url)))
        for verb in Verb:
            app.task(name=verb.value, queue=QUEUES[verb])(self._task(verb))
        with explained():
            async with app.open_async():
                tasks = [asyncio.create_task(self._work(app, queue)) for queue in self.places]
                tasks.append(asyncio.create_task(self._tidy(app)))
                try:
                    ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                    for task in ended:
                        task.result()
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    def _task(self, verb: Verb) -> Callable[..., None]:
        def answer(name: str = "") -> None:
            self.answer(Alarm(verb=verb, name=name))

        return answer

    async def _work(self, app: "procrastinate.App", queue: str) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=_NAME,
            concurrency=self.places[queue],
            # The post log says what was done; done jobs would only slow the queue down.
            delete_jobs="always",
            fetch_job_polling_interval=self.pace,
            update_heartbeat_interval=self.pace,
            stalled_worker_timeout=self.believed,
            install_signal_handlers=False,
        )

    async def _tidy(self, app: "procrastinate.App") -> None:
        """Remove the jobs of dead workers: nothing waits for them, they only lie about."""
        from procrastinate.exceptions import ConnectorException
        from procrastinate.jobs import Status

        while True:
            await asyncio.sleep(self.believed)
            await app.job_manager.prune_stalled_workers(self.believed)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self.believed):
                with suppress(ConnectorException):  # another node was faster
                    await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)

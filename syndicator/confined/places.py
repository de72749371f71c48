"""Places where work is done: each a thread with a confined process; both come with the work and go when there is none.

Work that takes too long, too much memory or the life of its process costs that process; what is next gets a new one,
and the others wait for nothing. Processes start when they are needed, are replaced after a lot of work, and end when
nobody needed them for a while, and when we end, however we end.
"""

import queue
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from syndicator.confined.process import Limits, NotStarted, Process, Said, Trade

_NOTHING: Said = ({}, b"")


@dataclass(frozen=True, slots=True)
class _Job:
    needs: frozenset[str]
    question: dict[str, Any]
    body: bytes
    answer: "Future[Said]"


class Places:
    """Some places for one trade. Thread-safe."""

    def __init__(self, limits: Limits, trade: Trade) -> None:
        self._limits = limits
        self._trade = trade
        self._lock = threading.Lock()
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._needs: dict[str, None] = {}
        """What jobs needed so far, the latest last."""
        self._threads: set[threading.Thread] = set()
        self._spare = 0
        """Places without work, less the work without a place."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What a process that starts now prepares."""
        return tuple(self._needs)

    def submit(self, question: dict[str, Any], body: bytes, *, needs: frozenset[str]) -> "Future[Said]":
        """Ask a process that has prepared ``needs``; an empty question only gets one ready.

        The answer raises ``Died``, or ``NotStarted`` or ``OSError`` where no process can be had.
        """
        job = _Job(needs, question, body, Future())
        with self._lock:
            self._need(needs)
            lacking = self._start() if self._spare < 1 and len(self._threads) < self._limits.places else None
            if lacking is not None and not self._threads:
                job.answer.set_exception(lacking)
                return job.answer
            self._jobs.put(job)
            self._spare -= 1
        return job.answer

    def _start(self) -> NotStarted | None:
        """Start one more place, or say why there is none: then the others, if there are any, do its work too."""
        thread = threading.Thread(target=self._work, name=self._trade.worker, daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError) as error:
            return NotStarted(f"the {self._trade.worker}'s thread does not start: {error or 'no memory left'}")
        self._threads.add(thread)
        self._spare += 1
        return None

    def expect(self, needs: frozenset[str]) -> None:
        """Let processes that start from now on prepare ``needs`` too."""
        with self._lock:
            self._need(needs)

    def _need(self, needs: frozenset[str]) -> None:
        for need in needs:
            self._needs.pop(need, None)
            self._needs[need] = None
        for old in [*self._needs][: -self._trade.needs_most]:
            del self._needs[old]

    def close(self) -> None:
        """End every process and wait until they are gone; what is asked later starts new ones."""
        with self._lock:
            threads = tuple(self._threads)
            for _ in threads:
                self._jobs.put(None)
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        process: Process | None = None
        try:
            while (job := self._next()) is not None:
                if job.answer.set_running_or_notify_cancel():
                    process, said, error = self._do(job, process)
                    self._free()
                    # Last, so that whoever goes on with the answer and asks again finds this place waiting.
                    if error is not None:
                        job.answer.set_exception(error)
                    else:
                        job.answer.set_result(said)
                    del said, error
                else:
                    self._free()
                del job  # nothing of the work is kept while the next is waited for
        finally:
            if process is not None:
                process.end()

    def _free(self) -> None:
        with self._lock:
            self._spare += 1

    def _next(self) -> _Job | None:
        """Wait for work; None when there was none for long or all are to end, and then this place is given up."""
        while True:
            ended = False
            with suppress(queue.Empty):
                job = self._jobs.get(timeout=self._limits.idle)
                ended = job is None
                if job is not None:
                    return job
            with self._lock:
                if ended or self._jobs.empty():
                    self._spare -= 1
                    self._threads.discard(threading.current_thread())
                    return None

    def _do(self, job: _Job, process: Process | None) -> tuple[Process | None, Said, Exception | None]:
        """Do one job; give the process for the next one (if it can serve again), the answer, and what was wrong."""
        try:
            process = self._ready(job, process)
            said = process.ask(job.question, job.body) if job.question else _NOTHING
        except Exception as error:  # noqa: BLE001 - whoever waits must hear it, and the place must go on
            if process is not None:
                process.end()
            return None, _NOTHING, error
        if process.full:
            process.end()
            return None, said, None
        return process, said, None

    def _ready(self, job: _Job, process: Process | None) -> Process:
        if process is not None:
            if process.is_alive and job.needs <= process.needs:
                return process
            process.end()
        with self._lock:
            # First what this job needs: by now others may have pushed it out.
            needs = tuple(dict.fromkeys((*sorted(job.needs), *self._needs)))
        process = Process(self._limits, self._trade, needs)
        try:
            process.greet()
        except BaseException:
            process.end()
            raise
        return process

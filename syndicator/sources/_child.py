"""Parsing in processes of their own: killable, re-used, with limits (F19–F25, X20). Must not parse here.

A document that takes too long, too much memory or the parser's life costs one process; the next document gets a new
one, and the others wait for nothing. Processes start when they are needed, are replaced after many documents, and end
when nobody needed them for a while, and when we end, however we end.
"""

import asyncio
import atexit
import os
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from syndicator.errors import SourceHostile, SourceInvalid
from syndicator.model import Source
from syndicator.sources import _frames, _process
from syndicator.sources._process import Died, Limits, Process, Said
from syndicator.sources._reading import Reading

__all__ = ["Limits", "Parsers", "asked", "close", "parsed", "pictured", "warm"]


_NOTHING: Said = ({}, b"")
_PICTURES = Limits(memory=1536 * 1024**2, places=1)


@dataclass(frozen=True, slots=True)
class _Job:
    module: str
    question: dict[str, Any]
    body: bytes
    source: str
    answer: "Future[Said]"


class Parsers:
    """Some places, each a thread with a process; both come with the work and go when there is none. Thread-safe."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._modules: set[str] = set()
        self._threads: set[threading.Thread] = set()
        self._spare = 0
        """Places without work, less the work without a place."""

    def submit(self, call: str, body: bytes, *, source: Source | str, facts: Mapping[str, Any]) -> "Future[Said]":
        """Ask for ``call`` (``module:function``, a bare module is a kind of ours) on ``body``."""
        name = source if isinstance(source, str) else source.name
        said = dict(facts) if isinstance(source, str) else {**facts, "source": _plain(source)}
        module, _, function = call.partition(":")
        module = module if "." in module else f"syndicator.sources.{module}"
        question = {"call": f"{module}:{function}", "facts": said}
        job = _Job(module, question, body, name, Future())
        with self._lock:
            self._modules.add(module)
            self._jobs.put(job)
            self._spare -= 1
            if self._spare < 0 and len(self._threads) < self._limits.places:
                self._spare += 1
                thread = threading.Thread(target=self._work, name="parser", daemon=True)
                self._threads.add(thread)
                thread.start()
        return job.answer

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
                del job  # nothing of a document is kept while the next one is waited for
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
            said = process.ask(job.question, job.body) if job.question["call"][-1] != ":" else _NOTHING
        except Died as error:
            return None, _NOTHING, SourceHostile(f"hostile: {error}", source=job.source)
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
            if process.is_alive and job.module in process.modules:
                return process
            process.end()
        with self._lock:
            modules = frozenset(self._modules)
        process = Process(self._limits, modules)
        try:
            process.greet()
        except BaseException:
            process.end()
            raise
        return process

    async def parsed(self, call: str, body: bytes, *, source: Source, **facts: Any) -> Reading:
        """Give the reading that ``call(body, source=source, **facts)`` makes.

        Raises:
            SourceInvalid: it is refused, or its parser failed; SourceHostile when the parser had to be killed.
        """
        future = self.submit(call, body, source=source, facts=facts)
        return _reading(await asyncio.wrap_future(future), source.name)

    async def asked(self, call: str, body: bytes, *, source: Source, **facts: Any) -> Any:
        """Give the plain data that ``call(body, source=source, **facts)`` makes. It is not checked: check it.

        Raises:
            SourceInvalid: as ``parsed``.
        """
        said, _ = await asyncio.wrap_future(self.submit(call, body, source=source, facts=facts))
        return _accepted(said, "plain", source.name)

    def made(self, call: str, body: bytes, *, about: str, **facts: Any) -> tuple[dict[str, Any], bytes]:
        """Wait for the plain data and the bytes that ``call(body, **facts)`` makes; ``about`` names it in errors.

        Raises:
            SourceInvalid: as ``parsed``.
        """
        said, rest = self.submit(call, body, source=about, facts=facts).result()
        return _accepted(said, "plain", about), rest

    def warm(self, *modules: str) -> None:
        """Start a process for ``modules`` beside what we do meanwhile, so that the first document need not wait."""
        for module in modules[1:]:
            self._modules.add(f"syndicator.sources.{module}")
        self.submit(f"{modules[0]}:", b"", source="parser", facts={})


def _accepted(said: dict[str, Any], what: str, source: str) -> Any:
    if "refused" in said:
        raise SourceInvalid(_sentence(said["refused"]), source=source)
    if "failed" in said:
        raise SourceInvalid(f"the parser failed on it ({_sentence(said['failed'])})", source=source)
    if what not in said:
        raise SourceHostile("hostile: its parser was taken over (no answer)", source=source)
    return said[what]


def _reading(answer: Said, source: str) -> Reading:
    try:
        return _frames.to_reading(_accepted(answer[0], "reading", source))
    except _frames.Garbled as error:
        raise SourceHostile(f"hostile: its parser was taken over ({error})", source=source) from error


def _sentence(said: object) -> str:
    """Give one line that may stand in a log."""
    return "".join(sign if sign.isprintable() else " " for sign in str(said)[:1000])


def _plain(source: Source) -> dict[str, Any]:
    """Give what a parser may know of a source."""
    return {
        "name": source.name,
        "kind": source.kind,
        "url": source.url,
        "language": source.language,
        "options": dict(source.options),
    }


def _end_all() -> None:
    for process in tuple(_process.alive):
        process.end()


def _forget() -> None:
    """A fork has the numbers of our processes and is not their parent: it starts its own."""
    global _shared, _pictures
    _process.alive.clear()
    _shared, _pictures = Parsers(), Parsers(_PICTURES)


_shared = Parsers()
_pictures = Parsers(_PICTURES)
atexit.register(_end_all)
os.register_at_fork(after_in_child=_forget)


async def parsed(call: str, body: bytes, *, source: Source, **facts: Any) -> Reading:
    """Ask this process's own parsers (``Parsers.parsed``)."""
    return await _shared.parsed(call, body, source=source, **facts)


async def asked(call: str, body: bytes, *, source: Source, **facts: Any) -> Any:
    """Ask this process's own parsers (``Parsers.asked``)."""
    return await _shared.asked(call, body, source=source, **facts)


def pictured(call: str, body: bytes, *, about: str, **facts: Any) -> tuple[dict[str, Any], bytes]:
    """Ask the process for pictures: one, with room for 50 million pixels several times over (``Parsers.made``)."""
    return _pictures.made(call, body, about=about, **facts)


def warm(*modules: str) -> None:
    """Let this process's own parsers start (``Parsers.warm``)."""
    (_pictures if modules == ("images",) else _shared).warm(*modules)


def close() -> None:
    """End this process's own parsers with their threads; what is asked later starts new ones."""
    _shared.close()
    _pictures.close()

"""The process that is confined: one piece of work after the other from its channel, with nothing it could harm (X20).

It holds no secret, opens nothing once it is confined, and only ever says plain data.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from syndicator.confined import cell, frames

CHANNEL, LIFELINE, SIZE = 0, 3, 4
FULL = 0.5
"""Share of the memory limit at which the process asks to be replaced."""


def boot() -> None:
    """Begin with what the parent wrote on the command line."""
    told = json.loads(sys.argv[2])
    # The lowest free place: then a limit on descriptors leaves room for no other.
    os.dup2(told["lifeline"], LIFELINE)
    if told["lifeline"] != LIFELINE:
        os.close(told["lifeline"])
    main(told, told["needs"])


def main(told: Mapping[str, Any], needs: list[str]) -> None:
    """Serve until the channel ends."""
    cell.end_with(LIFELINE)
    with suppress(OSError):
        os.dup2(os.open("/proc/self/statm", os.O_RDONLY), SIZE)
    host: Any = import_module(told["host"])
    host.load()
    for need in needs:
        # One that cannot be had is named when it is asked for; the others must not suffer.
        with suppress(Exception):
            host.prepare(need)
    # Whatever asks to be ended by these, ends: nothing here is worth a farewell.
    for number in (signal.SIGPROF, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    gc.collect()
    gc.freeze()
    done = cell.confine(memory=told["memory"], files=SIZE + 1)
    _write(frames.pack({"ready": os.getpid(), "confined": list(done)}))
    _serve(host, cpu=told["cpu"], full=FULL * told["memory"])


def _serve(host: Any, *, cpu: float, full: float) -> None:
    while (frame := frames.read(_read)) is not None:
        question, body = frame
        # Counts processor time only, and ends the process inside the slowest C code too.
        signal.setitimer(signal.ITIMER_PROF, cpu)
        try:
            said, rest = host.answer(question, body)
        except MemoryError:
            os._exit(frames.NO_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        del body, frame
        _write(frames.pack(said | {"full": _size() > full}, rest))


def _size() -> int:
    """Give the memory in use, in bytes: now (Linux), or the most there was so far.

    Linux's ``getrusage`` would not do: the most that it tells of begins with what our parent had in use.
    """
    try:
        os.lseek(SIZE, 0, os.SEEK_SET)
        return int(os.read(SIZE, 100).split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _read(size: int) -> bytes:
    return os.read(CHANNEL, size)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(CHANNEL, view) :]

"""The process that parses: one document after the other from its channel, with nothing it could harm (X20).

Started by ``_child``. It holds no secret, opens nothing once it is confined, and only ever says plain data.
"""

import codecs
import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from yarl import URL

from syndicator.errors import SourceError
from syndicator.model import Source
from syndicator.sources import _cell, _frames
from syndicator.sources._encoding import CODECS
from syndicator.sources._reading import Reading

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
    main(told, told["modules"])


def main(limits: Mapping[str, Any], modules: list[str]) -> None:
    """Serve until the channel ends."""
    _cell.end_with(LIFELINE)
    with suppress(OSError):
        os.dup2(os.open("/proc/self/statm", os.O_RDONLY), SIZE)
    _load()
    for module in modules:
        # One that cannot be loaded is named when it is asked for; the others must not suffer.
        with suppress(Exception):
            getattr(import_module(module), "rehearse", bool)()
    # Whatever asks to be ended by these, ends: nothing here is worth a farewell.
    for number in (signal.SIGPROF, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    gc.collect()
    gc.freeze()
    done = _cell.confine(memory=limits["memory"], files=SIZE + 1)
    _write(_frames.pack({"ready": os.getpid(), "confined": list(done)}))
    _serve(cpu=limits["cpu"], full=FULL * limits["memory"])


def _load() -> None:
    """Load what is found in files only when a document needs it: each encoding, and the table of foreign host names."""
    for name in CODECS:
        codecs.lookup(name)  # some are decoded without it
        b"a a ".decode(name, "ignore")  # no bytes at all would be decoded without the codec
    for name in ("idna", "punycode"):
        "b\u00fccher".encode(name).decode(name)
    URL("https://b\u00fccher.example/").human_repr()


def _serve(*, cpu: float, full: float) -> None:
    while (frame := _frames.read(_read)) is not None:
        question, body = frame
        # Counts processor time only, and ends the process inside the slowest C code too.
        signal.setitimer(signal.ITIMER_PROF, cpu)
        try:
            said, rest = _answer(question, body)
        except MemoryError:
            os._exit(_frames.NO_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        del body, frame
        _write(_frames.pack(said | {"full": _size() > full}, rest))


def _size() -> int:
    """Give the memory in use, in bytes: now (Linux), or the most there was so far.

    Linux's ``getrusage`` would not do: the most that it tells of begins with what our parent had in use.
    """
    try:
        os.lseek(SIZE, 0, os.SEEK_SET)
        return int(os.read(SIZE, 100).split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _answer(question: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Call what was asked for; give the answer to pack."""
    try:
        module, _, name = question["call"].partition(":")
        act: Callable[..., Any] = getattr(import_module(module), name)
        facts = dict(question["facts"])
        if "source" in facts:
            facts["source"] = Source(**facts["source"])
        found = act(body, **facts)
        if isinstance(found, Reading):
            return {"reading": _frames.written(found)}, b""
        plain, rest = found if isinstance(found, tuple) else (found, b"")
        json.dumps(plain)
    except SourceError as error:
        return {"refused": str(error).removeprefix(f"{error.source}: ")}, b""
    except ValueError as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        # The boundary of the parsers: nothing that a library raises on odd input may get further (F24).
        # A name only: the text of an error may be the document's.
        missing = f" {error.name}" if isinstance(error, ImportError) else ""
        return {"failed": type(error).__name__ + missing}, b""
    return {"plain": plain}, rest


def _read(size: int) -> bytes:
    return os.read(CHANNEL, size)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(CHANNEL, view) :]

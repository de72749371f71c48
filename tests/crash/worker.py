"""The process that lives are forked from; and one life alone, for a person who wants to look at it.

::

    python -m tests.crash.worker --config FILE --reached FILE --doom WIRE_BODY:2     one life, in this process
    python -m tests.crash.worker --serve                                             a nursery: one fork per order

The nursery has lived once and has no thread, so a life costs one fork and no import. It reads orders from stdin and
answers on stdout, one JSON document a line.
"""

import argparse
import contextlib
import gc
import io
import json
import logging
import os
import selectors
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, event

from syndicator.errors import PlatformError
from syndicator.service import rendering_inside
from syndicator.sources import _child
from tests.crash.inline import work_inline
from tests.crash.life import BROKEN, MODES, Life, live
from tests.crash.scene import CHANNELS, scene

RARELY = (20_000, 20, 20)
"""A life is short: it leaves little to collect."""


def share_statements() -> None:
    """Let every later engine find the SQL that earlier ones compiled, as a daemon finds it after its first minute."""
    known: dict[str, tuple[Any, dict[Any, Any]]] = {}

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        # Compiled statements are kept by dialect, and every engine has one of its own.
        connection.dialect, compiled = known.setdefault(connection.dialect.name, (connection.dialect, {}))
        connection.execution_options(compiled_cache=compiled)


def warm_up(urls: Sequence[str] = ()) -> None:
    """Live once on SQLite, and on every given database, so that each fork finds imports and caches there."""
    share_statements()
    _live_once(None)
    for url in urls:
        _live_once(url)
    _child.close()
    rendering_inside.load()  # most lives render by themselves
    logging.getLogger().handlers.clear()
    for late in ("apscheduler.schedulers.background", "apscheduler.triggers.interval", "psycopg"):
        import_module(late)
    tasks = Path("/proc/self/task")
    if threading.active_count() != 1 or (tasks.is_dir() and len([*tasks.iterdir()]) != 1):
        raise RuntimeError(f"a fork would lose threads: {threading.enumerate()}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


def _live_once(url: str | None) -> None:
    """Live against a sandbox of our own, with a lost answer, so that look-ups are known too."""
    said = io.StringIO()
    database = None if url is None else lambda: url
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder) / "warm", database=database, articles=1) as here:
        here.configure(page="two_phase")
        here.sandbox.script("drop", platform="youtube", match={"role": "create"}, when="after")
        life = Life(config=str(here.config), reached=str(here.reached), mode="work", expect=len(CHANNELS), backfill=1)
        try:
            # A crippled product may trip over the lost answer; its lives are what is looked at.
            with contextlib.redirect_stderr(said), contextlib.suppress(PlatformError):
                live(life)
        except BaseException:
            sys.stderr.write(said.getvalue())
            raise


class Nursery:
    """Forks one process per order and reports how each ended."""

    def __init__(self, orders: IO[bytes], answers: IO[bytes]) -> None:
        self._orders = orders
        self._answers = answers
        self._pids: dict[int, int] = {}
        """pid -> number of the order."""
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_out, False)

    def serve(self) -> None:
        """Answer orders until stdin ends; then end what is still alive."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        self._tell({"ready": os.getpid()})
        with selectors.DefaultSelector() as selector:
            selector.register(self._orders, selectors.EVENT_READ)
            selector.register(self._wake_in, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd == self._wake_in:
                        os.read(self._wake_in, 4096)
                        self._reap()
                    elif not self._obey():
                        return

    def _obey(self) -> bool:
        line = self._orders.readline()
        if not line:
            for pid in self._pids:
                os.kill(pid, signal.SIGKILL)
            return False
        order = json.loads(line)
        if "signal" in order:
            # Only a process that was not reaped yet is signalled, so its number cannot belong to another one.
            for pid in [pid for pid, number in self._pids.items() if number == order["number"]]:
                os.kill(pid, order["signal"])
        else:
            self._fork(order)
        return True

    def _fork(self, order: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            self._become(Life(**order["life"]), order["log"])
        self._pids[pid] = order["number"]
        self._tell({"number": order["number"], "pid": pid})

    def _become(self, life: Life, log: str) -> None:
        """Live in the child; never return."""
        code = BROKEN
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for target, source in ((0, nothing), (1, written), (2, written)):
                os.dup2(source, target)
            if not life.files and not life.memory:
                work_inline()
            live(life)
            code = 0
        except BaseException:  # noqa: BLE001 - this process ends here, whatever it was
            traceback.print_exc()
        finally:
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        while self._pids:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                self._tell({"number": self._pids[pid], "stopped": True})
            else:
                self._tell({"number": self._pids.pop(pid), "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, answer: dict[str, Any]) -> None:
        self._answers.write(json.dumps(answer).encode() + b"\n")
        self._answers.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.worker")
    parser.add_argument("--serve", action="store_true", help="be a nursery")
    parser.add_argument("--warm", action="append", default=[], metavar="URL", help="a database to live on first")
    parser.add_argument("--config", default="", help="configuration file")
    parser.add_argument("--reached", default=os.devnull, help="file to which reached boundaries are appended")
    parser.add_argument("--doom", default="", metavar="BOUNDARY:N/ACT", help="where to die, and how")
    parser.add_argument("--mode", default="daemon", choices=MODES)
    parser.add_argument("--expect", default=1, type=int, help="end when this many posts are settled")
    parser.add_argument("--backfill", default=0, type=int)
    parser.add_argument("--patience", default=120.0, type=float, help="seconds after which to give up")
    return parser


def main() -> None:
    """Be a nursery, or live once."""
    options = vars(_parser().parse_args())
    serve, warm = options.pop("serve"), options.pop("warm")
    if not serve:
        live(Life(**options))
        return
    # The lives' own words go to their logs; stdout is for answers only.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warm_up(warm)
    Nursery(open(0, "rb", buffering=0, closefd=False), answers).serve()  # noqa: SIM115


if __name__ == "__main__":
    main()

"""One life of syndicator for the crash tests: the real daemon or the real work loop, killed where it is told.

::

    python -m tests.crash.worker --config FILE --reached FILE --kill WIRE_BODY:2     one life, in this process
    python -m tests.crash.worker --serve                                             a nursery: one fork per order

The kill is a SIGKILL of the whole process at the n-th time that a named boundary is reached. Every boundary that is
reached is first written to an append-only file, which survives the process. Nothing in the product knows of this.

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
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import IO, Any

from syndicator import boundary, daemon, settings, wiring
from syndicator.boundary import Boundary
from syndicator.cli.app import App
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.service.parts import Parts
from syndicator.service.reconcile import reconcile
from syndicator.service.work import work
from syndicator.store import views
from tests.crash.scene import CHANNELS, scene

OPEN = frozenset({State.QUEUED, State.SENDING, State.PROCESSING, State.UNKNOWN})
"""States in which syndicator itself still has something to do."""
UNFINISHED, BROKEN = 4, 3
"""Exit codes: not settled in time; an exception came out."""
TICK = 0.05
MODES = ("daemon", "work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one life is to do. ``kill`` is ``BOUNDARY:N`` or empty; ``expect`` posts settled end it."""

    config: str
    reached: str
    kill: str = ""
    mode: str = "daemon"
    expect: int = 1
    backfill: int = 0
    patience: float = 40.0


class Reaper:
    """Writes down every boundary, and kills this process at the one it waits for."""

    def __init__(self, path: str, kill: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._counts = {boundary: count(1) for boundary in Boundary}
        name, _, number = kill.partition(":")
        self._doomed = (Boundary[name], int(number or 1)) if name else None

    def __call__(self, boundary: Boundary) -> None:
        number = next(self._counts[boundary])
        doomed = (boundary, number) == self._doomed
        os.write(self._file, f"{'killed' if doomed else 'passed'} {boundary.name}\n".encode())
        if doomed:
            os.kill(os.getpid(), signal.SIGKILL)


def live(life: Life) -> None:
    """Work until everything is settled (or this process is killed)."""
    boundary.install(Reaper(life.reached, life.kill))
    App(config=life.config).set_up_logs(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    loaded = settings.load(Path(life.config), spec_of=wiring.spec_of, env={})
    ends_at = time.monotonic() + life.patience
    with wiring.running(loaded, create=True, env={}) as parts:
        if life.mode == "daemon":
            threading.Thread(target=_stop_when_settled, args=(parts, life, ends_at), daemon=True).start()
            daemon.run(parts, backfill=life.backfill, tick=TICK)
            return
        work(parts, backfill=life.backfill)
        while not settled(parts, life.expect):
            _give_up_at(ends_at)
            if not deliver(parts).posts and not reconcile(parts).posts:
                time.sleep(TICK)


def _stop_when_settled(parts: Parts, life: Life, ends_at: float) -> None:
    while not settled(parts, life.expect):
        _give_up_at(ends_at)
        time.sleep(TICK)
    parts.stop.set()


def _give_up_at(ends_at: float) -> None:
    if time.monotonic() > ends_at:
        os._exit(UNFINISHED)


def settled(parts: Parts, expect: int) -> bool:
    """Say whether at least ``expect`` posts exist and none is left for syndicator to do."""
    with parts.store.read() as conn:
        counts = views.counts(conn)
    return sum(row.posts for row in counts) >= expect and not any(row.state in OPEN for row in counts)


# --- the nursery ----------------------------------------------------------------------------------------------------


def warm_up() -> None:
    """Live once against a sandbox of our own, so that each fork finds imports and caches there."""
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder) / "warm", database=None, articles=1) as here:
        here.configure(page="two_phase", resend=False)
        life = Life(config=str(here.config), reached=str(here.reached), mode="work", expect=len(CHANNELS), backfill=1)
        try:
            with contextlib.redirect_stderr(said):
                live(life)
        except BaseException:
            sys.stderr.write(said.getvalue())
            raise
    logging.getLogger().handlers.clear()
    for late in ("apscheduler.schedulers.background", "psycopg"):
        import_module(late)
    tasks = Path("/proc/self/task")
    if threading.active_count() != 1 or (tasks.is_dir() and len([*tasks.iterdir()]) != 1):
        raise RuntimeError(f"a fork would lose threads: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


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
            live(life)
            code = 0
        except BaseException:  # noqa: BLE001 - this process ends here, whatever it was
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        while self._pids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._tell({"number": self._pids.pop(pid), "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, answer: dict[str, Any]) -> None:
        self._answers.write(json.dumps(answer).encode() + b"\n")
        self._answers.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.worker")
    parser.add_argument("--serve", action="store_true", help="be a nursery")
    parser.add_argument("--config", default="", help="configuration file")
    parser.add_argument("--reached", default=os.devnull, help="file to which reached boundaries are appended")
    parser.add_argument("--kill", default="", metavar="BOUNDARY:N", help="where to die")
    parser.add_argument("--mode", default="daemon", choices=MODES)
    parser.add_argument("--expect", default=1, type=int, help="end when this many posts are settled")
    parser.add_argument("--backfill", default=0, type=int)
    parser.add_argument("--patience", default=40.0, type=float, help="seconds after which to give up")
    return parser


def main() -> None:
    """Be a nursery, or live once."""
    options = vars(_parser().parse_args())
    if not options.pop("serve"):
        live(Life(**options))
        return
    # The lives' own words go to their logs; stdout is for answers only.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    warm_up()
    Nursery(open(0, "rb", buffering=0, closefd=False), answers).serve()  # noqa: SIM115


if __name__ == "__main__":
    main()

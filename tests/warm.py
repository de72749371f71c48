"""The command line in processes of its own that need not start Python each time.

Starting the interpreter and importing the product costs more than most commands do. So one process has everything
imported and forks a child per call: with its own pid, folder, environment, standard streams, signals and exit code,
and nothing of an earlier call, since the parent only ever imports. What a fork cannot show, that a fresh interpreter
finds everything that it needs, is shown by the tests that start one (``Project.fresh``, the wheel, crash, fail-over).
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import FrameType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 120.0
"""Seconds that the parent may take to import everything, on a machine that is busy with other things."""
ORDER_MOST = 1 << 20
LAZY = (
    "tweepy", "pyfacebook", "aiohttp", "alembic.command", "alembic.runtime.migration",
    "apscheduler.schedulers.blocking", "apscheduler.executors.pool", "babel.dates", "feedparser",
    "jinja2.ext", "lxml.html", "nh3", "PIL.Image", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "procrastinate",
    "psycopg", "regex", "rich.console", "rich.table", "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite", "structlog", "tldextract",
)  # fmt: skip
"""What the product imports inside its functions."""


# --- our side -------------------------------------------------------------------------------------------------------


class Process:
    """One call, in the shape of ``subprocess.Popen``."""

    def __init__(self, parent: "Parent", pid: int, ended: int, streams: "tuple[IO[str], IO[str]] | None") -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: IO[str] | None = streams[0] if streams else None
        self.stderr: IO[str] | None = streams[1] if streams else None
        self._parent = parent
        self._ended: int | None = ended

    def poll(self) -> int | None:
        """Give the exit code, minus the signal's number when a signal ended it; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float = LONGEST) -> int:
        """Wait for the end and give the exit code."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout)
        return code

    def communicate(self, timeout: float = LONGEST) -> tuple[str, str]:
        """Give what is still to be read from both streams, and wait for the end."""
        until = time.monotonic() + timeout
        said: dict[int, str] = {}
        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]

        def read(number: int, stream: IO[str]) -> None:
            said[number] = stream.read()

        readers = [threading.Thread(target=read, args=pair, daemon=True) for pair in enumerate(streams)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(until - time.monotonic(), 0))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(f"pid {self.pid}", timeout)
        self.wait(max(until - time.monotonic(), 1))
        for stream in streams:
            stream.close()
        return said.get(0, ""), said.get(1, "")

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended: the parent knows, so the pid cannot be another's by now."""
        self._parent.tell({"signal": number, "pid": self.pid})

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float) -> int | None:
        if self._ended is not None and select.select([self._ended], [], [], timeout)[0]:
            status = os.read(self._ended, 64)
            os.close(self._ended)
            self._ended = None
            # Nothing but the end of the pipe: the parent died, and it ends its children when it does.
            self.returncode = int(status) if status else -signal.SIGKILL
        return self.returncode


class Parent:
    """The process that has everything imported."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(LONGEST)
        with theirs:
            order = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
            self._process = subprocess.Popen(order, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def start(
        self, args: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], terminal: int | None = None
    ) -> Process:
        """Call ``syndicator`` with ``args``; its streams are pipes, or all three the terminal."""
        ended, end = os.pipe()
        theirs, streams = [end], None
        if terminal is None:
            (out, their_out), (err, their_err) = os.pipe(), os.pipe()
            nothing = os.open(os.devnull, os.O_RDONLY)
            theirs += [nothing, their_out, their_err]
            streams = (os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8"))
            fds = theirs
        else:
            fds = [end, terminal, terminal, terminal]
        order = json.dumps({"args": args, "cwd": str(cwd), "env": dict(env)}).encode()
        with self._lock:
            socket.send_fds(self._socket, [order], fds)
            answer = self._socket.recv(64)
        for fd in theirs:
            os.close(fd)
        if not answer:
            raise RuntimeError("the warm process died")
        return Process(self, int(answer), ended, streams)

    def tell(self, order: dict[str, Any]) -> None:
        """Send an order that has no answer."""
        with self._lock:
            self._socket.send(json.dumps(order).encode())

    def close(self) -> None:
        """End it and what it still runs."""
        self._socket.close()
        self._process.wait(30)


@cache
def parent() -> Parent:
    """Give the one of this test process; it starts with the first call and ends with the tests."""
    made = Parent()
    atexit.register(made.close)
    return made


# --- the parent's side ----------------------------------------------------------------------------------------------


def import_all() -> None:
    """Import the product and what it imports late; be sure that a fork loses no thread."""
    import syndicator

    skipped = ("syndicator.sandbox", "syndicator.store.migrations.")
    for module in pkgutil.walk_packages(syndicator.__path__, "syndicator."):
        if not module.name.startswith(skipped) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LAZY:
        importlib.import_module(name)
    if threading.active_count() != 1:
        raise RuntimeError(f"a fork would lose threads: {threading.enumerate()}")
    gc.collect()
    gc.freeze()


class Warm:
    """Forks a child per order and tells how each ended."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._running: dict[int, int] = {}
        """pid -> where its end is told."""
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_out, False)

    def serve(self) -> dict[str, Any]:
        """Answer orders until nobody sends any; return only in a child, with what it is to do."""
        signal.signal(signal.SIGCHLD, _woken)
        signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        while True:
            ready, _, _ = select.select([self._orders.fileno(), self._wake_in], [], [])
            if self._wake_in in ready:
                os.read(self._wake_in, 4096)
                self._reap()
            if self._orders.fileno() in ready and (order := self._obey()) is not None:
                return order

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            end = self._running.pop(pid)
            os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(end)

    def _obey(self) -> dict[str, Any] | None:
        said, fds, _, _ = socket.recv_fds(self._orders, ORDER_MOST, 4)
        if not said:
            for pid in self._running:
                os.kill(pid, signal.SIGKILL)
            os._exit(0)
        order: dict[str, Any] = json.loads(said)
        if "signal" in order:
            if order["pid"] in self._running:
                os.kill(order["pid"], order["signal"])
            return None
        pid = os.fork()
        if pid == 0:
            order["fds"] = fds[1:]
            return order
        self._running[pid] = fds[0]
        for fd in fds[1:]:
            os.close(fd)
        self._orders.send(str(pid).encode())
        return None


def _woken(_number: int, _frame: FrameType | None) -> None:
    """The wake-up pipe tells."""


def become(order: dict[str, Any]) -> None:
    """Be the process that ``python -m syndicator`` would be."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, fd in enumerate(order["fds"]):
        os.dup2(fd, number)
    os.closerange(3, 1024)
    os.chdir(order["cwd"])
    sys.path[0] = order["cwd"]
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = ["syndicator", *order["args"]]


def call() -> int:
    """Call the command line and give its exit code, with all that the end of an interpreter does but to free memory:
    that would copy every page that the processes share.
    """
    from syndicator.cli import main

    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    import_all()
    become(Warm(socket.socket(fileno=int(sys.argv[1]))).serve())
    os._exit(call())

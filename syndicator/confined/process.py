"""One confined process: started, asked, ended. Which work goes to which process is not decided here."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from syndicator.confined import frames

Said: TypeAlias = tuple[dict[str, Any], bytes]

START_MOST = 60.0
"""Seconds until a new process must have said that it is ready."""
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = "import sys,json;sys.path[:]=json.loads(sys.argv[1]);from syndicator.confined import inside as i;i.boot()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one piece of work may cost, and how long a process is kept."""

    cpu: float = 10.0
    """Seconds of processor time."""
    wall: float = 10.0
    memory: int = 512 * 1024**2
    """Bytes of address space, the interpreter's own included."""
    documents: int = 1000
    """Pieces of work after which a process is replaced."""
    idle: float = 20.0
    places: int = max(2, min(4, os.cpu_count() or 2))
    """Processes side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What a process is for: the module that works there, and how errors call work and worker."""

    host: str
    """Has ``load()``, ``prepare(need)`` for what is read from files while that is possible, ``answer(question, body)``.
    """
    deed: str
    """``parsing it``: took more than 10 seconds."""
    worker: str
    """``parser``: it broke the parser."""
    needs_most: int = 1000
    """A new process prepares at most so many of the needs that there were."""


class Broken(StrEnum):
    """What ended a process."""

    CPU = "processor time"
    WALL = "time"
    MEMORY = "memory"
    KILLED = "killed from outside"
    CRASHED = "crashed"
    TAKEN_OVER = "taken over"


class Died(Exception):
    """The process ended, or had to be ended, while it was at work; the text says why."""

    def __init__(self, message: str, broken: Broken) -> None:
        self.broken = broken
        super().__init__(message)


class NotStarted(Exception):
    """The process ended, or had to be ended, before it could be asked anything."""


class Process:
    """One process: started, asked, ended. Used by one thread."""

    def __init__(self, limits: Limits, trade: Trade, needs: Collection[str]) -> None:
        self.needs = frozenset(needs)
        self.documents = 0
        self.full = False
        self._limits = limits
        self._trade = trade
        self._channel, theirs = socket.socketpair()
        watched, self._lifeline = os.pipe()
        told = {"memory": limits.memory, "cpu": limits.cpu, "lifeline": watched, "host": trade.host}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-I", "-S", "-c", _BOOT, json.dumps(_path()), json.dumps(told | {"needs": [*needs]})],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(watched,),
                cwd="/",
                env=_environment(),
                start_new_session=True,  # a Ctrl-C in the terminal is for us
            )
        except BaseException:
            os.close(self._lifeline)
            self._channel.close()
            raise
        finally:
            theirs.close()
            os.close(watched)
        alive.add(self)

    @property
    def pid(self) -> int:
        """The process's number, as the system calls it."""
        return self._process.pid

    def greet(self) -> dict[str, Any]:
        """Wait until it is ready; give what it says of itself.

        Raises:
            NotStarted: it is not, and will not be.
        """
        try:
            said, _ = self._hear(time.monotonic() + START_MOST)
        except Died as error:
            raise NotStarted(f"the {self._trade.worker}'s process does not start: {error}") from error
        return said

    def ask(self, question: dict[str, Any], body: bytes) -> Said:
        """Have one piece of work done.

        Raises:
            Died: it took too long or too much, or broke; the process is no more.
        """
        until = time.monotonic() + self._limits.wall
        head = frames.pack(question, body)
        try:
            self._channel.settimeout(self._limits.wall)
            self._channel.sendall(head)
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._ended() from error
        said, rest = self._hear(until)
        self.documents += 1
        self.full = bool(said.get("full")) or self.documents >= self._limits.documents
        return said, rest

    def _hear(self, until: float) -> Said:
        def receive(size: int) -> bytes:
            self._channel.settimeout(max(until - time.monotonic(), 0.001))
            return self._channel.recv(size)

        try:
            frame = frames.read(receive)
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._ended() from error
        except frames.Garbled as error:
            self.end()
            raise Died(f"its {self._trade.worker} was taken over ({error})", Broken.TAKEN_OVER) from error
        if frame is None:
            raise self._ended()
        return frame

    def _late(self) -> Died:
        self.end()
        return Died(f"{self._trade.deed} took more than {self._limits.wall:g} seconds", Broken.WALL)

    def _ended(self) -> Died:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self.end()
        deed, code = self._trade.deed, self._process.returncode
        if code == -signal.SIGPROF:
            return Died(f"{deed} took more than {self._limits.cpu:g} seconds of processor time", Broken.CPU)
        if code == frames.NO_MEMORY:
            return Died(f"{deed} took more than {self._limits.memory // 1024**2} MB of memory", Broken.MEMORY)
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        broken = Broken.KILLED if code in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT) else Broken.CRASHED
        return Died(f"it broke the {self._trade.worker} ({how})", broken)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it at once and leave nothing of it."""
        if self in alive:
            alive.discard(self)
            self._process.kill()
            self._channel.close()
            os.close(self._lifeline)
        self._process.wait()


alive: set[Process] = set()
"""Every process of ours that was not ended yet."""


def _path() -> list[str]:
    return [_ROOT, *(str(Path(place or ".").resolve()) for place in sys.path)]


def _environment() -> dict[str, str]:
    """Give nothing but where the interpreter's own libraries are: no secret, no proxy, no setting of ours."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}


def _end_all() -> None:
    for process in tuple(alive):
        process.end()


# A fork has the numbers of our processes and is not their parent: it starts its own.
os.register_at_fork(after_in_child=alive.clear)
atexit.register(_end_all)

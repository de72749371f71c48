"""One process that parses: started, asked, ended. Which document goes to which process is not decided here."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from syndicator.errors import SourceError
from syndicator.sources import _frames

Said: TypeAlias = tuple[dict[str, Any], bytes]

START_MOST = 60.0
"""Seconds until a new process must have said that it is ready."""
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = "import sys,json;sys.path[:]=json.loads(sys.argv[1]);from syndicator.sources import _inside as i;i.boot()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may cost, and how long a process is kept."""

    cpu: float = 10.0
    """Seconds of processor time."""
    wall: float = 10.0
    memory: int = 512 * 1024**2
    """Bytes of address space, the interpreter's own included."""
    documents: int = 1000
    idle: float = 20.0
    places: int = max(2, min(4, os.cpu_count() or 2))
    """Processes side by side."""


class Died(Exception):
    """The process ended, or had to be ended, while it was at a document; the text says why."""


class Process:
    """One parser: started, asked, ended. Used by one thread."""

    def __init__(self, limits: Limits, modules: Iterable[str]) -> None:
        self.modules = frozenset(modules)
        self.documents = 0
        self.full = False
        self._limits = limits
        self._channel, theirs = socket.socketpair()
        watched, self._lifeline = os.pipe()
        told = {"memory": limits.memory, "cpu": limits.cpu, "lifeline": watched, "modules": sorted(self.modules)}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-I", "-S", "-c", _BOOT, json.dumps(_path()), json.dumps(told)],
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

    def greet(self) -> dict[str, Any]:
        """Wait until it is ready; give what it says of itself.

        Raises:
            SourceError: it did not start.
        """
        try:
            said, _ = self._hear(time.monotonic() + START_MOST)
        except Died as error:
            raise SourceError(f"the parser's process does not start: {error}", source="parser") from error
        return said

    def ask(self, question: dict[str, Any], body: bytes) -> Said:
        """Have one document parsed.

        Raises:
            Died: it took too long or too much, or broke; the process is no more.
        """
        until = time.monotonic() + self._limits.wall
        head = _frames.pack(question, body)
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
            frame = _frames.read(receive)
        except TimeoutError as error:
            raise self._late() from error
        except OSError as error:
            raise self._ended() from error
        except _frames.Garbled as error:
            self.end()
            raise Died(f"its parser was taken over ({error})") from error
        if frame is None:
            raise self._ended()
        return frame

    def _late(self) -> Died:
        self.end()
        return Died(f"parsing it took more than {self._limits.wall:g} seconds")

    def _ended(self) -> Died:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self.end()
        code = self._process.returncode
        if code == -signal.SIGPROF:
            return Died(f"parsing it took more than {self._limits.cpu:g} seconds of processor time")
        if code == _frames.NO_MEMORY:
            return Died(f"parsing it took more than {self._limits.memory // 1024**2} MB of memory")
        return Died("it broke the parser" + (f" (signal {-code})" if code < 0 else f" (exit code {code})"))

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

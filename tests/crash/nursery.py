"""The harness' side of the nursery: order lives, wait for them, signal them. Thread-safe."""

import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.crash.life import Life

GONE = 255
"""Status of a life whose nursery died."""
ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300.0
"""Seconds that one life may take, on a machine that is busy with other things."""


@dataclass(slots=True)
class Child:
    """One life that was ordered."""

    number: int
    nursery: "Nursery"
    answers: "queue.SimpleQueue[dict[str, Any]]" = field(default_factory=queue.SimpleQueue)

    def wait(self, timeout: float = LONGEST) -> int:
        """Give the exit code; minus the signal's number when a signal ended it."""
        return int(self._answer("status", timeout=timeout)["status"])

    def ends(self, timeout: float) -> bool:
        """Say whether it ends within ``timeout`` seconds."""
        try:
            answer = self._answer("status", timeout=timeout)
        except queue.Empty:
            return False
        self.answers.put(answer)
        return True

    def wait_until_stopped(self, timeout: float = LONGEST) -> bool:
        """Say whether it was frozen by a signal (and not ended); an end is put back for :meth:`wait`."""
        answer = self._answer("stopped", "status", timeout=timeout)
        if "status" in answer:
            self.answers.put(answer)
        return "stopped" in answer

    def _answer(self, *names: str, timeout: float) -> dict[str, Any]:
        ends_at = time.monotonic() + timeout
        while True:
            answer = self.answers.get(timeout=max(ends_at - time.monotonic(), 0.0))
            if any(name in answer for name in names):
                return answer

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended by itself."""
        self.nursery.order({"number": self.number, "signal": int(number)})

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended by itself."""
        self.send(signal.SIGKILL)


class Nursery:
    """A process that has everything imported and forks a life per order.

    ``tree``: the copy of the product that lives; ``warm``: an empty database on which it lives first.
    """

    def __init__(self, tree: Path = ROOT, *, warm: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.worker", "--serve", *(["--warm", warm] if warm else [])],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C in the terminal is for us
        )
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._ready = threading.Event()
        self._gone = threading.Event()
        self._reader = threading.Thread(target=self._read, name="nursery", daemon=True)
        self._reader.start()

    def start(self, life: Life, *, log: Path) -> Child:
        """Begin a life; what it says goes to ``log``."""
        child = Child(next(self._numbers), self)
        self._children[child.number] = child
        self.order({"number": child.number, "life": asdict(life), "log": str(log)})
        if self._gone.is_set():
            child.answers.put({"status": GONE})
        return child

    def order(self, order: dict[str, Any]) -> None:
        """Send one order."""
        if not self._ready.wait(LONGEST) or self._gone.is_set():
            raise RuntimeError("the nursery did not start, or died")
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if "ready" in answer:
                self._ready.set()
                continue
            child = self._children[answer["number"]]
            child.answers.put(answer)
            if "status" in answer:
                del self._children[answer["number"]]
        self._gone.set()
        self._ready.set()
        for child in [*self._children.values()]:
            child.answers.put({"status": GONE})

    def close(self) -> None:
        """End the nursery and what still lives in it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._reader.join()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

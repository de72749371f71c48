"""The harness' side of the nursery: order lives, wait for them, kill them. Thread-safe."""

import itertools
import json
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.crash.worker import Life

GONE = 255
"""Status of a life whose nursery died."""
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Child:
    """One life that was ordered."""

    number: int
    nursery: "Nursery"
    answers: "queue.SimpleQueue[dict[str, Any]]" = field(default_factory=queue.SimpleQueue)

    def wait(self, timeout: float = 120.0) -> int:
        """Give the exit code; minus the signal's number when a signal ended it."""
        while True:
            answer = self.answers.get(timeout=timeout)
            if "status" in answer:
                return int(answer["status"])

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended by itself."""
        self.nursery.order({"number": self.number, "signal": int(signal.SIGKILL)})


class Nursery:
    """A process that has everything imported and forks a life per order."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.worker", "--serve"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, name="nursery", daemon=True)
        self._reader.start()

    def start(self, life: Life, *, log: Path) -> Child:
        """Begin a life; what it says goes to ``log``."""
        child = Child(next(self._numbers), self)
        self._children[child.number] = child
        self.order({"number": child.number, "life": asdict(life), "log": str(log)})
        return child

    def order(self, order: dict[str, Any]) -> None:
        """Send one order."""
        if not self._ready.wait(60) or self._process.poll() is not None:
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
        self._ready.set()
        for child in self._children.values():
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

"""The real daemon, started and watched from outside; it is ended in the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.benchmarks.costs import ROOT

SECRETS = dict.fromkeys(("A", "B", "C", "D"), "secret")
"""What the configuration of ``sweep`` names."""


@dataclass
class Daemon:
    """``syndicator run`` on a configuration. A context manager."""

    config: Path

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "syndicator", "-c", str(self.config), "run"]
        self._said = self.config.with_suffix(".log").open("w", encoding="utf-8")
        env = {**os.environ, **SECRETS}
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=self._said, stderr=self._said)
        self._seen = psutil.Process(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    @property
    def memory(self) -> float:
        """Megabytes in memory now, its children included."""
        every = (self._seen, *self._seen.children(recursive=True))
        return sum(one.memory_info().rss for one in every) / 1024**2

    @property
    def cpu(self) -> float:
        """Seconds of processor so far, its children and those that ended included."""
        spent = self._seen.cpu_times()
        alive = sum(sum(one.cpu_times()[:2]) for one in self._seen.children(recursive=True))
        return float(spent.user + spent.system + spent.children_user + spent.children_system + alive)

    def until(self, condition: Callable[[], bool], what: str, *, patience: float) -> None:
        """Wait for something.

        Raises:
            TimeoutError: it did not come, or the daemon ended.
        """
        ends_at = time.monotonic() + patience
        while not condition():
            if time.monotonic() > ends_at or self._process.poll() is not None:
                said = self.config.with_suffix(".log").read_text(encoding="utf-8")[-2000:]
                raise TimeoutError(f"waited for {what}: {said}")
            time.sleep(0.25)

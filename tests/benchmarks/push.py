"""From a signed webhook to the accepted post, at a steady rate: ``python -m tests.benchmarks.push [--seconds 20]``.

A real daemon in a process of its own, the post log and the journal on the disk of ``--folder``, feed and platform
played on loopback. The clock starts right before the call is made and stops when the platform accepts the post. What a
durable write costs on that disk is measured in the same run, because several of them lie in between.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from syndicator.sandbox import Sandbox, accounts
from tests.push import calls

CONFIG = """
[site]
name = "Bench"
[push]
listen = "127.0.0.1:{port}"
[sources.news]
url = "{feed}"
allow_private = true
interval = "{interval}"
flood_limit = 1000
webhook_secret = "env:HOOK"
[channels.x]
platform = "x"
api_base = "{x}"
[channels.x.credentials]
consumer_key = "{consumer_key}"
consumer_secret = "{consumer_secret}"
access_token = "{access_token}"
access_token_secret = "{access_token_secret}"
"""


@dataclass
class Run:
    """What one run gave; milliseconds."""

    sent: int
    waits: list[float] = field(default_factory=list)
    doubled: int = 0
    sync: float = 0.0
    cpu: float = 0.0
    """Of the daemon and its children, for each push."""

    @property
    def lost(self) -> int:
        return self.sent - len(self.waits)

    def at(self, part: float) -> float:
        return sorted(self.waits)[min(len(self.waits) - 1, int(part * len(self.waits)))]

    def __str__(self) -> str:
        return (
            f"push to accepted post: p50 {self.at(0.5):.1f} ms, p90 {self.at(0.9):.1f}, p99 {self.at(0.99):.1f}, "
            f"most {max(self.waits):.1f}; {self.sent} pushes, {self.lost} lost, {self.doubled} doubled; "
            f"{self.cpu:.1f} ms of CPU each (load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores); "
            f"one durable write on this disk: {self.sync:.2f} ms"
        )


def cpu(pid: int) -> float:
    """Give the seconds of CPU that a process and its children took."""
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def durable_write(folder: Path) -> float:
    """Give milliseconds (median) of writing a page and having it on the disk."""
    path, taken = folder / "durable", []
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    for _ in range(50):
        began = time.perf_counter()
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
        taken.append((time.perf_counter() - began) * 1e3)
    os.close(handle)
    path.unlink()
    return statistics.median(taken)


def measure(folder: Path, *, seconds: float, rate: float, feed_size: int = 10, patience: float = 15.0) -> Run:
    """Push ``rate`` articles a second for ``seconds``, one for each, and wait until they are posted."""
    with Sandbox(articles=5, feed_size=feed_size) as sandbox:
        sandbox.control.switch(x_post_limit=10**6)
        port = free_port()
        config = folder / "syndicator.toml"
        urls = sandbox.urls
        config.write_text(
            CONFIG.format(port=port, feed=urls.feed(), x=urls.x, interval="10m", **accounts.X), encoding="utf-8"
        )
        env = {**os.environ, "HOOK": calls.SECRET}
        said = (folder / "daemon.log").open("w", encoding="utf-8")
        command = [sys.executable, "-m", "syndicator", "-c", str(config), "run"]
        daemon = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=said)
        try:
            _until(lambda: _listens(port) and _baselined(folder), "the daemon")
            run = _push(sandbox, port, daemon.pid, count=int(seconds * rate), rate=rate, patience=patience)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)
            said.close()
        run.sync = durable_write(folder)
    return run


def _push(sandbox: Sandbox, port: int, daemon: int, *, count: int, rate: float, patience: float) -> Run:
    for n in range(5):
        _one(sandbox, port, f"Warming up number {n} of five", {})
        time.sleep(0.3)
    _until(lambda: len(sandbox.state.posts("x")) >= 5, "the first posts")
    begun: dict[str, float] = {}
    before = cpu(daemon)
    start = time.monotonic() + 0.2
    with ThreadPoolExecutor(16) as callers:
        for n in range(count):
            time.sleep(max(0.0, start + n / rate - time.monotonic()))
            callers.submit(_one, sandbox, port, f"Bench story {n} at the quay", begun)
    deadline = time.monotonic() + patience
    while len(sandbox.state.posts("x")) < count + 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    run = Run(sent=count, cpu=(cpu(daemon) - before) * 1e3 / count)
    seen: Counter[str] = Counter()
    for post in sandbox.state.posts("x"):
        title = next((title for title in begun if title in post.text), "")
        if title:
            seen[title] += 1
            if seen[title] == 1:
                run.waits.append((post.created_at.timestamp() - begun[title]) * 1e3)
    run.doubled = sum(n - 1 for n in seen.values())
    return run


_lock = threading.Lock()


def _one(sandbox: Sandbox, port: int, title: str, begun: dict[str, float]) -> None:
    with _lock:
        sandbox.newsroom.publish(title=title)
    begun[title] = time.time()
    status = calls.hook(port)
    assert status == 202, status


def _until(condition: "object", what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        return calls.call(port, "/healthz", method="GET")[0] == 200
    except OSError:
        return False


def _baselined(folder: Path) -> bool:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "state" / "syndicator.db")) as log:
        return bool(log.execute("SELECT count(*) FROM sources WHERE baseline_at IS NOT NULL").fetchone() == (1,))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.push")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--folder", type=Path, help="where the post log is to be (default: a temporary folder)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="syndicator-push-", dir=asked.folder) as folder:
        print(measure(Path(folder), seconds=asked.seconds, rate=asked.rate))  # noqa: T201


if __name__ == "__main__":
    main()

"""The real daemon in a process of its own: what a restart and a kill keep, what `check` says, and a steady rate."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syndicator.sandbox import Sandbox, accounts
from tests.benchmarks import push as bench
from tests.push import calls
from tests.push.desk import until

PATIENCE = 60.0


class Daemon:
    """A folder with a configuration, and the daemon on it."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.port = bench.free_port()
        text = bench.CONFIG.format(
            port=self.port, feed=sandbox.urls.feed(), x=sandbox.urls.x, interval="10m", **accounts.X
        )
        public = f'public_url = "http://127.0.0.1:{self.port}/push"\n[sources.news]'
        (folder / "syndicator.toml").write_text(text.replace("[sources.news]", public), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "HOOK": calls.SECRET}

    def start(self) -> None:
        command = [sys.executable, "-m", "syndicator", "-c", "syndicator.toml", "run"]
        with (self.folder / "log").open("ab") as said:
            self.process = subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=said, stderr=said)
        until(self.answers, "the daemon", PATIENCE)

    def answers(self) -> bool:
        try:
            return calls.call(self.port, "/healthz", method="GET")[0] == 200
        except OSError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        assert self.process.wait(30) == (0 if number == signal.SIGTERM else -number)
        self.process = None

    def row(self, what: str) -> object:
        with closing(sqlite3.connect(self.folder / "state" / "syndicator.db")) as log:
            return log.execute(what).fetchone()

    def check(self) -> dict[str, object]:
        command = [sys.executable, "-m", "syndicator", "-c", "syndicator.toml", "check", "--json"]
        found: dict[str, object] = json.loads(subprocess.check_output(command, cwd=self.folder, env=self.env))
        return found


@pytest.fixture
def daemon(tmp_path: Path, sandbox: Sandbox) -> Iterator[Daemon]:
    sandbox.newsroom.hub = sandbox.hub.url
    made = Daemon(tmp_path, sandbox)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()


@pytest.mark.slow
def test_a_killed_daemon_keeps_its_subscription_and_its_memory_of_calls(daemon: Daemon, sandbox: Sandbox) -> None:
    daemon.start()
    until(lambda: sandbox.hub.subscribers, "the subscription", PATIENCE)
    headers = calls.timed(b"{}")
    assert calls.call(daemon.port, "/push/hooks/news", body=b"{}", headers=headers)[0] == 202
    until(lambda: daemon.row("SELECT count(*) FROM deliveries") == (1,), "the call on record", PATIENCE)
    daemon.stop(signal.SIGKILL)

    before = daemon.row("SELECT path, secret, state, lease_until FROM subscriptions")
    sandbox.newsroom.publish(title="Written while nobody listened")
    daemon.start()
    assert daemon.row("SELECT path, secret, state, lease_until FROM subscriptions") == before
    polls = daemon.row("SELECT polls FROM sources")
    assert calls.call(daemon.port, "/push/hooks/news", body=b"{}", headers=headers)[0] == 202
    assert daemon.row("SELECT polls FROM sources") == polls
    assert sandbox.hub.distribute(b"<rss/>") == [202]
    until(lambda: len(sandbox.state.posts("x")) == 1, "the post", PATIENCE)
    assert len(sandbox.hub.asked) == 1

    said = daemon.check()["push"]
    assert isinstance(said, dict)
    assert said["webhooks"] == ["news"]
    assert [(one["source"], one["state"], one["last_error"]) for one in said["subscriptions"]] == [
        ("news", "active", None)
    ]
    daemon.stop()
    # No secret is told: neither the webhook's nor the hub's.
    log = (daemon.folder / "log").read_text(encoding="utf-8") + json.dumps(said)
    assert calls.SECRET not in log
    assert isinstance(before, tuple)
    assert str(before[1]) not in log


def test_a_secret_that_could_be_guessed_stops_the_start(daemon: Daemon) -> None:
    env = {**daemon.env, "HOOK": "short"}
    command = [sys.executable, "-m", "syndicator", "-c", "syndicator.toml", "run"]
    ended = subprocess.run(command, check=False, cwd=daemon.folder, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "could be guessed" in ended.stderr
    assert "short" not in ended.stderr.replace("so short", "")


@pytest.mark.slow
def test_twenty_pushes_a_second_lose_none_and_double_none(tmp_path: Path) -> None:
    run = bench.measure(tmp_path, seconds=20, rate=20, feed_size=50, patience=120)
    print(run)  # noqa: T201 - the figures are what one looks for
    assert (run.sent, run.lost, run.doubled) == (400, 0, 0)

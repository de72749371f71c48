"""A newsroom on PostgreSQL for each test, and machines to work it."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from syndicator import settings, wiring
from syndicator.fleet import jobs
from syndicator.sandbox import Sandbox
from syndicator.service.parts import Parts
from syndicator.service.poll import poll
from tests.e2e.project import Project, make_project
from tests.postgres import Server, postgres_server

__all__ = ["postgres_server"]

PATIENCE = 40.0
SWEEP = 0.3


def wait_for(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
    """Wait until the condition holds and give the seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, f"waited {patience} s for {what}"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass(eq=False)
class Machine:
    """A node of the fleet: a process of its own, and what it says."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> float:
        """Send SIGTERM; give the seconds until it had finished and ended well."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, self.said
        assert "stopped" in self.said
        assert "Traceback" not in self.said, self.said
        return time.monotonic() - began


@dataclass
class Newsroom:
    """A project whose post log is on PostgreSQL, and the machines that work on it."""

    project: Project
    url: str
    machines: list[Machine] = field(default_factory=list)

    def start(self, n: int = 1) -> list[Machine]:
        """Start nodes side by side and wait until they listen to signals."""
        started = [self._machine() for _ in range(n)]
        self.machines += started
        for machine in started:
            wait_for(lambda one=machine: "started" in one.said or one.process.poll() is not None, "a machine to start")  # type: ignore[misc]
            assert machine.process.poll() is None, machine.said
        return started

    def _machine(self) -> Machine:
        log = self.project.folder / f"machine-{secrets.token_hex(4)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "syndicator", "run", "--fleet", "--sweep", str(SWEEP)],
                cwd=self.project.folder,
                env=self.project.env,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        return Machine(process, log)

    @contextmanager
    def parts(self) -> Iterator[Parts]:
        """Give the parts of this newsroom, for verbs that the test calls itself."""
        loaded = settings.load(self.project.config, spec_of=wiring.spec_of, env=self.project.env)
        with wiring.running(loaded, create=True, env=self.project.env) as parts:
            yield parts

    def publish(self, title: str) -> None:
        """Bring out an article: in the main feed and in that of its section."""
        self.project.sandbox.newsroom.publish(title=title, tags=("Politics",), section="World")

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        # Procrastinate's triggers find its tables by the search path alone.
        path = f"-c search_path=public,{jobs.SCHEMA}"
        with psycopg.connect(self.url, autocommit=True, options=path) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def states(self) -> Counter[str]:
        return Counter(state for (state,) in self.sql("SELECT state FROM posts"))

    def live(self) -> Counter[str]:
        """Count live posts by platform and article."""
        found: Counter[str] = Counter()
        for platform in ("x", "facebook"):
            for post in self.project.sandbox.state.posts(platform):
                found[f"{platform} {(post.link or post.text).split('?')[0].splitlines()[-1]}"] += 1
        return found

    def all_out(self, articles: int) -> bool:
        return len(self.live()) == 2 * articles and self.states() == {"published": 2 * articles}

    def assert_each_once(self, articles: int) -> None:
        """Each article once per channel, and never a second body on the wire for one post."""
        assert self.states() == {"published": 2 * articles}
        assert len(self.live()) == 2 * articles
        assert set(self.live().values()) == {1}
        assert set(self.project.sandbox.control.bodies().values()) == {1}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(articles=5) as made:
        yield made


@pytest.fixture
def newsroom(tmp_path: Path, sandbox: Sandbox, postgres_server: Server) -> Iterator[Newsroom]:
    url = postgres_server.empty()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SYNDICATOR", "COVERAGE"))}
    project = make_project(tmp_path, sandbox, env=env | {"SYNDICATOR_STORE": url})
    project.edit(
        ('url = "sqlite:///state/syndicator.db"', 'url = "env:SYNDICATOR_STORE"'),
        ('lease = "10s"', 'lease = "3s"'),
        ('send_deadline = "5s"', 'send_deadline = "1s"'),
    )
    with project.config.open("a", encoding="utf-8") as file:
        # The section's feed repeats articles of the main feed, so that two machines often read the same one at once.
        address = f'url = "{sandbox.urls.feed("world")}"\ninterval = "1s"\nallow_private = true\nflood_limit = 100'
        file.write(f'\n[sources.world]\n{address}\nlabels = ["news"]\n')
    made = Newsroom(project, url)
    with made.parts() as parts:
        poll(parts)  # the baseline
    yield made
    for machine in made.machines:
        machine.process.kill()
        machine.process.wait()
    postgres_server.drop(url)

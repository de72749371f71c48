"""A push server over real sockets with real SQLite; newsroom, hub and platform are played, the clock is settable."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.model import Source
from syndicator.push import PushServer
from syndicator.sandbox import Sandbox
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.settings.push import Push
from syndicator.store import articles, subscriptions
from syndicator.store.articles import SourceState
from syndicator.store.subscriptions import Subscription
from tests import values
from tests.benchmarks.push import free_port
from tests.push import calls
from tests.service.bench import Bench, make_bench

PATIENCE = 10.0


@dataclass
class Desk:
    """One server, what stands behind it and what is in front of it."""

    bench: Bench
    sandbox: Sandbox
    push: Push

    @property
    def parts(self) -> Parts:
        return self.bench.parts

    @property
    def port(self) -> int:
        return self.push.port

    @property
    def state(self) -> SourceState:
        with self.parts.store.read() as conn:
            found = articles.source_state(conn, "news")
        assert found is not None
        return found

    @property
    def subscription(self) -> Subscription | None:
        with self.parts.store.read() as conn:
            return subscriptions.of_source(conn, "news")

    @property
    def live(self) -> list[str]:
        """Markers of what is live at the platform."""
        return [marker for marker, _ in self.bench.adapters["x"].live]

    def baseline(self) -> None:
        """Read the source for the first time, as a tick does."""
        poll(self.parts)
        plan(self.parts)

    def publish(self, title: str) -> None:
        self.sandbox.newsroom.publish(title=title)

    def settle(self, polls: int) -> None:
        """Wait until the source was read so often, and a moment more."""
        until(lambda: self.state.polls >= polls, f"{polls} polls")
        time.sleep(0.2)

    @contextmanager
    def open(self, **options: Any) -> Iterator[PushServer]:
        """Run the server."""
        secrets = {"news": calls.SECRET.encode(), "other": b"another-secret-of-another-source!"}
        with PushServer(self.parts, self.push, secrets=secrets, **options) as server:
            yield server


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience} s for {what}"
        time.sleep(0.01)


def make_desk(folder: Path, sandbox: Sandbox, **source: Any) -> Desk:
    """Set it up; ``source`` are changes to the source."""
    made = Source(
        **(
            {"name": "news", "kind": "feed", "url": sandbox.urls.feed(), "allow_private": True, "flood_limit": 500}
            | {"interval": timedelta(hours=1)}
            | source
        )
    )
    bench = make_bench(folder, sources=(made,), rules=(values.rule("x"),))
    # Ahead of the newsroom's, which goes on while this one stands: else its news would be embargoed.
    bench.clock.set(datetime.now(UTC) + timedelta(minutes=1))
    port = free_port()
    push = Push(port=port, public_url=f"http://127.0.0.1:{port}")
    return Desk(bench=bench, sandbox=sandbox, push=push)


def again(desk: Desk, **push: Any) -> Desk:
    """The same desk with other settings of the server."""
    return replace(desk, push=replace(desk.push, **push))

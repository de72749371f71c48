"""A work bench for the services: real SQLite, the real composer, a settable clock, and a scripted adapter.

Tests assert on rows and on what is live at the scripted platform, never on calls.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import DictLoader

from syndicator.core import identity
from syndicator.core.teaser import Templates
from syndicator.errors import OutcomeUnknown, PlatformError
from syndicator.model import (
    Article,
    Channel,
    Composed,
    Draft,
    Guard,
    Identity,
    LoadMedia,
    LookUp,
    Pending,
    Post,
    Probe,
    Receipt,
    Rule,
    Source,
    Staged,
    State,
)
from syndicator.service.clock import Clock
from syndicator.service.compose import Composer
from syndicator.service.journal import Journal
from syndicator.service.notify import Notice, Notifier
from syndicator.service.parts import Parts
from syndicator.store import articles, posts
from syndicator.store.engine import Store
from tests import values

TEMPLATE = "{{ article.title }}\n{{ link }}"


class SettableClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = values.NOW) -> None:
        super().__init__()
        self._now = now
        self._elapsed = 1000.0

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def tick(self, by: timedelta) -> None:
        """Let time pass on every clock."""
        self._now += by
        self._elapsed += by.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Let only the wall clock jump."""
        self._now += by

    def sleep(self, seconds: float) -> None:
        self.tick(timedelta(seconds=seconds))

    def set(self, now: datetime) -> None:
        self.tick(now - self._now)


class Recorder(Notifier):
    """Keeps what a person was told."""

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)


@dataclass
class ScriptedAdapter:
    """A platform in memory: each publish takes the next step of the script; no step left means success.

    A step is ``"ok"``, ``"lost"`` (live, answer lost), ``"gone"`` (not live, answer lost), a PlatformError to raise
    with nothing live, any other exception, a ``Pending``, or a function called before the wire is touched.
    """

    clock: SettableClock
    publishing: deque[Any] = field(default_factory=deque)
    staging: deque[Any] = field(default_factory=deque)
    looking: deque[Any] = field(default_factory=deque)
    progressing: deque[Any] = field(default_factory=deque)
    probing: deque[Any] = field(default_factory=deque)
    lying: list[Draft] = field(default_factory=list)
    live: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    """Exact bytes that reached the wire, one entry per request."""
    skew: timedelta = timedelta(0)
    hidden: bool = False
    """True: the timeline lags, so look-ups do not see what is live."""

    def whoami(self) -> Identity:
        return Identity(remote_id="1", name="scripted")

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        for media in composed.teaser.media:
            load_media(media.sha256)
        step = self.staging.popleft() if self.staging else None
        if callable(step):
            step = step()
        if isinstance(step, Exception):
            raise step
        if isinstance(step, dict):
            return Staged(composed=composed, refs=step)
        return earlier or Staged(composed=composed, refs={})

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        step = self.publishing.popleft() if self.publishing else "ok"
        if callable(step):
            step()
            step = "ok"
        guard()
        if isinstance(step, Pending):
            return step
        self.bodies.append(f"{staged.composed.marker} {staged.composed.request}")
        if isinstance(step, Exception):
            raise step
        receipt = self._receipt(staged)
        if step in ("ok", "lost"):
            self.live.append((staged.composed.marker, receipt.remote_id))
        if step in ("lost", "gone"):
            raise OutcomeUnknown("the answer was lost", platform="twitter")
        return receipt

    def _receipt(self, staged: Staged) -> Receipt:
        number = f"{len(self.live) + 1}-{staged.composed.marker}"
        return Receipt(remote_id=number, remote_url=f"https://x.example/{number}", platform_at=self.clock.now())

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:
        step = self.progressing.popleft() if self.progressing else pending
        if isinstance(step, PlatformError):
            raise step
        return self._receipt(staged) if step == "ok" else pending

    def find(self, staged: Staged, since: datetime) -> LookUp:
        step = self.looking.popleft() if self.looking else None
        if isinstance(step, Exception):
            raise step
        if isinstance(step, LookUp):
            return step
        hits = [] if self.hidden else [entry for entry in self.live if entry[0] == staged.composed.marker]
        found = tuple(Receipt(remote_id=rid, remote_url=f"https://x.example/{rid}") for _, rid in hits)
        return LookUp(hits=found, complete=True, platform_at=self.clock.now() + self.skew, seen=len(self.live))

    def withdraw(self, receipt: Receipt) -> None:
        self.live = [entry for entry in self.live if entry[1] != receipt.remote_id]

    def probe(self) -> Probe:
        step = self.probing.popleft() if self.probing else Probe(hidden=True, note="nobody saw it")
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Probe)
        return step

    def drafts(self) -> tuple[Draft, ...]:
        return tuple(self.lying)

    def discard(self, draft: Draft) -> bool:
        self.lying.remove(draft)
        return True

    def close(self) -> None:
        pass


@dataclass
class Bench:
    """Parts on a bench, with shortcuts for what tests say often."""

    parts: Parts
    clock: SettableClock
    adapters: dict[str, ScriptedAdapter]
    told: Recorder

    @property
    def x(self) -> ScriptedAdapter:
        return self.adapters["x"]

    def queue(self, *, channel: str = "x", n: int = 1, **changes: Any) -> Post:
        """Store article number ``n`` and queue its post."""
        url = f"https://news.example/2026/11/story-{n}/"
        story = values.article(id=f"a{n:012d}", url=url, canonical_url=url.rstrip("/"), guid=url, title=f"Story {n}")
        made = replace(
            values.post(),
            id=identity.post_id(story.id, channel),
            key=identity.post_key(story.id, channel),
            article_id=story.id,
            channel=channel,
            due_at=self.clock.now(),
            expires_at=self.clock.now() + timedelta(hours=6),
            **changes,
        )
        with self.parts.store.write() as conn:
            articles.add(conn, story, (f"url:{story.canonical_url}",), planned=True)
            assert posts.insert(conn, made)
        return made

    def row(self, post: Post) -> Post:
        with self.parts.store.read() as conn:
            found = posts.get(conn, post.id)
        assert found is not None
        return found

    def states(self) -> list[State]:
        from syndicator.store import views

        with self.parts.store.read() as conn:
            return [row.post.state for row in views.log(conn)]

    def results(self, post: Post) -> list[str]:
        with self.parts.store.read() as conn:
            return [str(attempt.result) for attempt in posts.attempts(conn, post.id)]


@cache
def _blank_log() -> bytes:
    """Make an empty post log once: migrating anew for every test would take most of its time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        Store.open(f"sqlite:///{path}", create=True).close()
        return path.read_bytes()


def _open_log(folder: Path) -> Store:
    path = folder / "log.db"
    if not any(folder.glob("log.db*")):
        path.write_bytes(_blank_log())
    return Store.open(f"sqlite:///{path}", create=True)


def make_bench(
    folder: Path,
    *,
    channels: tuple[Channel, ...] = (values.channel(),),
    rules: tuple[Rule, ...] = (),
    sources: tuple[Source, ...] = (),
    fetch: Callable[[Article], bytes] | None = None,
    store: Store | None = None,
    template: str = TEMPLATE,
) -> Bench:
    """Build a bench in ``folder``."""
    clock = SettableClock()
    adapters = {channel.name: ScriptedAdapter(clock) for channel in channels}
    told = Recorder()

    def no_picture(_: Article) -> bytes:
        raise ValueError("no pictures on the bench")

    def prepare(*_: object) -> Any:
        raise ValueError("no pictures on the bench")

    templates = Templates(DictLoader({f"{name}.j2": template for name in ("twitter", "facebook", "youtube")}))
    parts = Parts(
        store=store or _open_log(folder),
        sources=sources,
        channels={channel.name: channel for channel in channels},
        rules=rules,
        composer=Composer(templates=templates, site="News", fetch=fetch or no_picture, prepare=prepare),
        adapter=lambda name, _purpose: adapters[name],
        notifier=told,
        state_dir=folder,
        journal=Journal(folder, "bench/1"),
        clock=clock,
        node="bench/1",
    )
    return Bench(parts=parts, clock=clock, adapters=adapters, told=told)

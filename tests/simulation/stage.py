"""Puts a scene on: machines, workers, remotes, a log, the real parts; and the few names of modules it must own.

Owned while a story runs: the random tokens, ``time.sleep`` of a receipt that waits for its database, the question
whether a process still lives, and the loggers (silent). Everything else of the product is as it is.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from syndicator import boundary
from syndicator.boundary import Boundary
from syndicator.model import Route, Rule
from syndicator.platforms import Adapter
from syndicator.service import deliver, quarantine, reconcile
from syndicator.service.journal import Journal
from syndicator.service.notify import Notice, Notifier
from syndicator.service.parts import Parts
from syndicator.service.remember import remember
from syndicator.sources import Reading
from syndicator.store.codec import dump_instant
from syndicator.store.schema import metadata
from tests.simulation import news
from tests.simulation.adapters import adapter_on
from tests.simulation.database import Database, Server
from tests.simulation.hosts import Host, HostClock, Worker
from tests.simulation.pagesite import PageSite
from tests.simulation.scene import Scene, Start
from tests.simulation.spoken import names
from tests.simulation.wire import Wire
from tests.simulation.world import EPOCH, World
from tests.simulation.xsite import XSite


class Quiet:
    """A logger that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _say_nothing


def _say_nothing(*_: object, **__: object) -> None:
    pass


class Told(Notifier):
    """Keeps what a person was told."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def tell(self, notice: Notice) -> None:
        self._world.counts["notices"] += 1
        self._world.tell("a person is told:", notice.subject)


@cache
def server() -> Server:
    """Give this process's database server."""
    return Server()


@cache
def _folder() -> Path:
    made = Path(
        tempfile.mkdtemp(prefix="syndicator-simulation-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    # Also at the end of a child process, where atexit is not asked.
    Finalize(None, shutil.rmtree, args=(made,), kwargs={"ignore_errors": True}, exitpriority=1)
    return made


# --- the stage ------------------------------------------------------------------------------------------------------


class Stage:
    """One scene with everything in place."""

    def __init__(self, scene: Scene, *, tracing: bool = False) -> None:
        self.scene = scene
        self.world = world = World(scene, tracing=tracing)
        modes = tuple((outlet.name, outlet.platform, outlet.mode) for outlet in scene.outlets)
        image = news.image_of(modes, number=scene.articles, start=scene.start)
        world.database = self.database = Database(server(), world, image)
        self.image = self._adapted()
        self.channels = scene.channels()
        self.rules = (Rule(name="all", routes=tuple(Route(channel=name) for name in self.channels)),)
        for outlet in scene.outlets:
            world.remotes[outlet.name] = (XSite if outlet.kind == "x" else PageSite)(world, outlet)
        self._told = Told(world)
        self.journals_lost = False
        self.desk = self._host("desk")
        machines = [self._host(f"host{number}") for number in range(scene.workers if scene.fleet else 1)]
        world.hosts = machines
        world.workers = [Worker(self, machines[number % len(machines)]) for number in range(scene.workers)]
        for worker in world.workers[1:]:
            worker.wakes_at = world.rng.choice((0.0, 0.0, 0.3, 8.0, 100.0, 900.0))
        if scene.skewed:
            for machine in machines:
                machine.offset = world.rng.choice((-100.0, -30.0, -1.0, 0.5, 30.0, 100.0, 250.0))

    def _adapted(self) -> bytes:
        """Make the log this story's own, and give it as it is then."""
        raw = self.database.raw
        raw.execute("UPDATE posts SET expires_at = ?", (dump_instant(EPOCH + timedelta(hours=self.scene.patience)),))
        if self.scene.fleet:
            raw.execute("UPDATE genesis SET timeline = '1'")
        return raw.serialize()

    def _host(self, name: str) -> Host:
        folder = _folder() / name
        if folder.exists():
            for path in folder.iterdir():
                path.unlink()
        else:
            folder.mkdir()
        return Host(self.world, name=name, folder=folder)

    def parts(self, host: Host, *, node: str, adapter: Callable[[str, str], Adapter]) -> Parts:
        """Give a process its parts, with nothing in memory."""
        return Parts(
            store=self.database,
            sources=(news.SOURCE,),
            channels=self.channels,
            rules=self.rules,
            composer=news.composer(),
            adapter=adapter,
            notifier=self._told,
            state_dir=host.folder,
            clock=HostClock(host),
            node=node,
            side_by_side=one_after_the_other,
            journal=Journal(host.folder, node),
        )

    def adapter(self, worker: Worker, channel: str) -> Any:
        """Give a worker its adapter for a channel."""
        remote = self.world.remotes[channel]
        return adapter_on(Wire(worker, remote), remote.platform)

    def unread(self) -> bool:
        """Say whether the feed has what the log has not."""
        if self.scene.start is not Start.FEED:
            return False
        return bool(self.database.raw.execute("SELECT count(*) FROM articles").fetchone()[0] < self.scene.articles)

    def read(self, parts: Parts) -> None:
        """Read the feed, as far as the log is concerned."""
        if self.scene.start is Start.FEED:
            reading = Reading(entries=tuple(news.entry(number) for number in range(self.scene.articles)))
            remember(parts, news.SOURCE, reading, backfill=0)

    def put_in_quarantine(self, *, lost: bool) -> None:
        """Do to a restored log what ``syndicator restore`` does, on one machine; ``lost``: no journal is left."""
        hosts = self.world.hosts
        if lost:
            self.journals_lost = True
            for path in [path for host in hosts for path in host.folder.glob("intents-*")]:
                path.unlink()
        journal = Journal(hosts[0].folder, f"{hosts[0].name}/1")
        with self.database.write() as conn:
            lines = journal.lines(self.database.log_id)
            now = self.world.instant()
            quarantine.mend(self.database, conn, lines, at=now, node=journal.node, why="restored from a backup")
        self.database.before.clear()

    def markers(self) -> dict[str, str]:
        """Give the channel of every marker that this story should have."""
        return {news.marker(n, name): name for n in range(self.scene.articles) for name in self.channels}

    def close(self) -> None:
        """End everybody and give the database back."""
        self.world.close()
        self.database.close()


def one_after_the_other(act: Callable[[Any], Any], items: Any, /) -> list[Any]:
    """Act on each, in this worker's own time."""
    return [act(item) for item in items]


# --- owned names ----------------------------------------------------------------------------------------------------


@contextmanager
def owned(stage: Stage) -> Iterator[None]:
    """Own what a story must own while it runs; everything is put back afterwards."""
    world = stage.world
    tokens = SimpleNamespace(token_hex=lambda size=16: TOKEN(world, size))
    spoken = SPOKEN if server().quick else []
    with swapped(
        [*spoken, (deliver, "secrets", tokens), (reconcile, "os", SimpleNamespace(kill=_Signals(world).kill)), *QUIET]
    ):
        boundary.install(lambda place: _pass(world, place))
        try:
            yield
        finally:
            boundary.install(None)


def _pass(world: World, place: Boundary) -> None:
    worker = world.current
    if worker is not None and place is Boundary.FENCED:
        worker.fenced = worker.armed = True
    elif worker is not None and place is Boundary.CLAIMED:
        worker.fenced = False
    world.point(place.value, inside=world.database.raw.in_transaction)


def random_token(world: World, size: int) -> str:
    """Give a token that no other attempt ever has."""
    return f"{world.tokens.getrandbits(8 * size):0{2 * size}x}"


TOKEN = random_token


class _Signals:
    """Whether a process of a machine still lives, as ``kill(pid, 0)`` says it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def kill(self, pid: int, _signal: int) -> None:
        worker = self._world.current
        host = worker.host if worker else None
        if host is None or pid not in host.pids:
            raise ProcessLookupError


@contextmanager
def swapped(things: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Give names of modules other values for a while."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in things]
    try:
        for owner, name, value in things:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


SPOKEN = names(dict(metadata.tables))
QUIET = [
    (module, "log", Quiet())
    for name, module in sorted(sys.modules.items())
    if name.startswith("syndicator.service.") and hasattr(module, "log")
]

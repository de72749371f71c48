"""The virtual world of one seed: one time line, workers as greenlets, and points at which anything may happen.

A worker runs until a point lets another one run, lets it sleep, or ends it. Between two points nothing else happens,
so a seed decides everything: the same seed gives the same history, step by step.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from tests.simulation.database import Database
    from tests.simulation.hosts import Host, Worker
    from tests.simulation.remote import Remote
    from tests.simulation.scene import Scene

EPOCH = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STEPS_MOST = 6_000
"""Points and naps after which a seed counts as stuck."""


class Killed(BaseException):
    """The process is gone (SIGKILL): nothing of the product catches this."""


class Stuck(BaseException):
    """The seed does not end."""


class AssumptionBroken(Exception):
    """The harness did what A1 to A3 rule out: its own mistake, never a finding about the product."""


Aim = Callable[["World", "Worker"], None]


class World:
    """Time, chance, and everybody who acts in it."""

    def __init__(self, scene: "Scene", *, tracing: bool = False) -> None:
        self.scene = scene
        self.rng = random.Random(f"history {scene.name} {scene.seed}")
        self.tokens = random.Random(f"tokens {scene.name} {scene.seed}")
        self.now = 0.0
        """True seconds since the epoch of the story; no clock of anybody's shows it."""
        self.steps = 0
        self.calm = False
        self.history: list[str] | None = [] if tracing else None
        self.counts: Counter[str] = Counter()
        self.aims: dict[str, list[Aim]] = {}
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        """What is to happen at an instant, whoever acts then."""
        self.workers: list[Worker] = []
        self.hosts: list[Host] = []
        self.remotes: dict[str, Remote] = {}
        self.database: Database
        self.current: Worker | None = None
        self.hub = getcurrent()
        self.pids = 100

    # --- telling ----------------------------------------------------------------------------------------------------

    def tell(self, what: str, *details: Any) -> None:
        """Write a line of the history, if anybody wants to read it."""
        if self.history is not None:
            who = self.current.name if self.current else "-"
            said = " ".join(str(detail) for detail in details)
            self.history.append(f"{self.now:12.3f} {who:10} {what}{' ' if said else ''}{said}")

    def instant(self, offset: float = 0.0) -> datetime:
        """Give the true time as an instant, as a clock shows it that is off by ``offset`` seconds."""
        return EPOCH + timedelta(seconds=self.now + offset)

    # --- points -----------------------------------------------------------------------------------------------------

    def point(self, place: str, *, inside: bool = False) -> None:
        """Let anything happen to the acting worker here; ``inside`` a transaction it may only die."""
        worker = self.current
        if worker is None:
            return
        self._count()
        self.now += 0.004
        self.tell(place)
        for aim in self.aims.get(place, ()):
            aim(self, worker)
        if self.calm:
            return
        scene, chance = self.scene, self.rng.random()
        if chance < scene.kills:
            self.kill_current(place)
        if inside:
            return
        chance -= scene.kills
        if chance < scene.pauses:
            self.counts["pauses"] += 1
            self.sleep(self.rng.choice(scene.pause_lengths))
        elif chance < scene.pauses + scene.switches and len(self.workers) > 1:
            self.sleep(self.rng.random() * 0.5)

    def kill_current(self, place: str) -> None:
        """End the acting worker here and now."""
        self.counts["kills"] += 1
        self.counts[f"killed: {place}"] += 1
        self.tell("KILLED at", place)
        raise Killed

    def _count(self) -> None:
        self.steps += 1
        if self.steps > STEPS_MOST:
            raise Stuck

    def sleep(self, seconds: float) -> None:
        """Let the acting worker do nothing for a while (time on a wire, SIGSTOP, its turn is over)."""
        worker = self.current
        if worker is None:
            self.now += seconds
            return
        worker.wakes_at = self.now + seconds
        if seconds >= 5:
            self.tell("sleeps for", f"{seconds:.1f} s")
        self.hub.switch()

    # --- turns ------------------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Let the next worker act until its next point, or let time pass until something is to happen."""
        self._count()
        while self.alarms and self.alarms[0][0] <= self.now:
            self.alarms.pop(0)[1]()
        ready = [worker for worker in self.workers if worker.wakes_at <= self.now]
        if not ready:
            self.now = max(self.now, self._next_instant())
            return
        worker = ready[0] if len(ready) == 1 else self.rng.choice(ready)
        self.resume(worker)

    def _next_instant(self) -> float:
        instants = [worker.wakes_at for worker in self.workers]
        if self.alarms:
            instants.append(self.alarms[0][0])
        return min(instants)

    def resume(self, worker: "Worker") -> None:
        """Let one worker act until it gives its turn away; start it anew when it is dead."""
        if worker.dead:
            worker.start()
        self.current = worker
        try:
            worker.thread.switch()
        finally:
            self.current = None

    def alarm(self, after: float, act: Callable[[], None]) -> None:
        """Let something happen after some seconds, between two turns."""
        self.alarms.append((self.now + after, act))
        self.alarms.sort(key=lambda entry: entry[0])

    def end(self, worker: "Worker") -> None:
        """End a worker that is not acting (SIGKILL while it waits or is stopped)."""
        if not worker.dead and worker.thread:
            worker.thread.throw(Killed)

    def close(self) -> None:
        """End everybody, so that nothing of this seed lives on."""
        self.current = None
        for worker in self.workers:
            self.end(worker)


def thread(act: Callable[[], None], hub: greenlet) -> greenlet:
    """Give a greenlet that returns to the hub when it ends."""
    return greenlet(act, parent=hub)

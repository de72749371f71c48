"""Machines with clocks and folders, and the workers (processes) on them that run the product's verbs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from greenlet import greenlet

from syndicator.errors import SyndicatorError
from syndicator.platforms import Adapter
from syndicator.service.clock import Clock
from syndicator.service.deliver import deliver_channel
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store.codec import dump_instant
from tests.simulation.world import Killed, World, thread

if TYPE_CHECKING:
    from tests.simulation.stage import Stage

NAP_LEAST, NAP_MOST = 1.0, 1800.0


class HostClock(Clock):
    """A machine's clocks: the wall clock may be wrong and may be set, the steady one never jumps."""

    def __init__(self, host: "Host") -> None:
        super().__init__()
        self._host = host

    def now(self) -> datetime:
        return self._host.world.instant(self._host.offset)

    def elapsed(self) -> float:
        return self._host.booted + self._host.world.now

    def sleep(self, seconds: float) -> None:
        self._host.world.sleep(seconds)


class Host:
    """One machine: a wall clock, a state directory, processes."""

    def __init__(self, world: World, *, name: str, folder: Path, offset: float = 0.0) -> None:
        self.world = world
        self.name = name
        self.folder = folder
        self.offset = offset
        """Seconds by which the wall clock is ahead of true time."""
        self.booted = 5000.0
        self.pids: set[int] = set()

    def set_clock(self, by: float) -> None:
        """Let the wall clock jump."""
        self.offset += by
        self.world.counts["clock jumps"] += 1
        self.world.tell("the clock of", self.name, f"jumps by {by:+.0f} s")


class Worker:
    """One process: parts of its own, made anew at every start, and a loop over the verbs."""

    def __init__(self, stage: "Stage", host: Host) -> None:
        self.stage = stage
        self.world = stage.world
        self.host = host
        self.wakes_at = 0.0
        self.dead = True
        self.busy = False
        """Inside a verb."""
        self.name = ""
        self.thread: greenlet
        self.parts: Parts
        self.fenced = False
        """A fence was committed for which no request has gone out."""
        self.armed = False
        """Somewhere between a fence and the end of its round: it may still send."""
        self.looks_at_all = False
        """Its next round goes over everything, whether or not anything seems to be due."""
        self._nap = NAP_LEAST
        self._adapters: dict[str, Adapter] = {}

    def start(self) -> None:
        """Begin a new process: nothing of an earlier one is left but what is on disk."""
        self.world.pids += 1
        pid = self.world.pids
        self.host.pids.add(pid)
        self.name = f"{self.host.name}/{pid}"
        self.dead = False
        self.fenced, self.armed, self.busy = False, False, False
        self._adapters = {}
        self.parts = self.stage.parts(self.host, node=self.name, adapter=self._adapter)
        self.thread = thread(self._live, self.world.hub)
        self.world.counts["lives"] += 1
        self.world.tell("starts:", self.name)

    def _adapter(self, channel: str, _purpose: str) -> Adapter:
        if channel not in self._adapters:
            self._adapters[channel] = self.stage.adapter(self, channel)
        return self._adapters[channel]

    def _live(self) -> None:
        try:
            while True:
                self.busy = True
                moved = self.round()
                self.busy = False
                self.fenced, self.armed = False, False
                self._rest(moved=moved)
        except Killed:
            self._die()

    def _die(self) -> None:
        self.dead, self.busy = True, False
        self.fenced, self.armed = False, False
        self.host.pids.discard(int(self.name.rpartition("/")[2]))
        world = self.world
        back = 0.5 if world.calm else world.rng.choice((0.2, 2.0, 20.0, 130.0, 1500.0))
        self.wakes_at = world.now + back
        if world.history is not None:
            world.history.append(f"{world.now:12.3f} {self.name:10} is gone")

    # --- what a daemon does -----------------------------------------------------------------------------------------

    def round(self) -> bool:
        """Do what is to do, as the daemon's ticks would; a tick that fails is tried again later. True: posts moved."""
        world = self.world
        everything, self.looks_at_all = self.looks_at_all or world.rng.random() < 0.02, False
        todo = self.todo(everything=everything)
        if len(todo) > 1:
            world.rng.shuffle(todo)
        moved = False
        for name, verb in todo:
            world.tell(name)
            try:
                moved = bool(verb()) or moved
            except SyndicatorError as error:
                world.counts["failed ticks"] += 1
                world.tell(f"{name} fails:", error)
        return moved

    def todo(self, *, everything: bool) -> list[tuple[str, Callable[[], object]]]:
        """Name the verbs for which the log has something to do (the harness reads it without the product)."""
        parts, raw = self.parts, self.world.database.raw
        now = dump_instant(parts.clock.now())
        # What was dated by a clock that ran ahead is due for the product; now and then it is tried (T05).
        far = dump_instant(parts.clock.now() + timedelta(hours=2)) if self.world.rng.random() < 0.3 else "9999"
        settle = everything
        send = set(parts.channels) if everything else set()
        taken = set()
        for state, channel, due, look, lease, expires in raw.execute(WORK):
            if state == "queued":
                if due <= now:
                    send.add(channel)
            elif state == "unknown":
                settle = settle or look is None or look <= now or look > far
            elif state == "sending":
                taken.add(channel)
                settle = settle or lease < now or self._sees_a_dead_owner(channel)
            else:
                settle = settle or (state == "processing" and bool(look) and look <= now)
            settle = settle or (expires < now and state in ("queued", "held"))
        send |= {channel for (channel,) in raw.execute(FOLLOWED)}
        verbs: list[tuple[str, Callable[[], object]]] = []
        if self.stage.unread() or everything or raw.execute(UNPLANNED).fetchone():
            verbs.append(("read", self._read))
        if settle:
            verbs.append(("settle", lambda: reconcile(parts).posts))
        if not everything and self.world.rng.random() < 0.9:
            send -= taken  # a daemon tries every second and loses; seldom is enough here
        verbs += [(f"send {name}", self._send(name)) for name in parts.channels if name in send]
        return verbs

    def _sees_a_dead_owner(self, channel: str) -> bool:
        row = self.world.database.raw.execute(OWNER, (channel,)).fetchone()
        if row is None:
            return False
        host, _, pid = row[0].rpartition("/")
        return host == self.host.name and int(pid) not in self.host.pids

    def _read(self) -> int:
        self.stage.read(self.parts)
        return plan(self.parts).posts

    def _send(self, name: str) -> Callable[[], object]:
        return lambda: deliver_channel(self.parts, self.parts.channels[name])

    def _rest(self, *, moved: bool) -> None:
        """Wait for the next tick worth having: soon after a move, else when something is due, else ever longer."""
        world = self.world
        self._nap = NAP_LEAST if moved else min(self._nap * 2, NAP_MOST)
        wait = self._nap
        if not moved:
            now = dump_instant(self.parts.clock.now())
            due = world.database.raw.execute(NEXT, (now, now, now)).fetchone()
            ahead = [datetime.fromisoformat(at) for at in due if at]
            if ahead:
                wait = max(NAP_LEAST, min((min(ahead) - self.parts.clock.now()).total_seconds() + 0.01, 4 * NAP_MOST))
        world.sleep(wait * (0.2 + 0.8 * world.rng.random()) if moved else wait + world.rng.random() * 0.2)


WORK = """
SELECT state, channel, due_at, next_look_at, lease_until, expires_at FROM posts
WHERE state IN ('queued', 'held', 'sending', 'unknown', 'processing')
"""
TO_FOLLOW = "follow_ups > 0 AND state IN ('published', 'skipped')"
FOLLOWED = f"SELECT channel FROM posts WHERE {TO_FOLLOW}"
OWNER = """
SELECT node FROM attempts JOIN posts ON posts.token = attempts.token
WHERE posts.state = 'sending' AND posts.channel = ?
"""
UNPLANNED = "SELECT 1 FROM articles WHERE planned_at IS NULL LIMIT 1"
NEXT = """
SELECT min(CASE WHEN state = 'queued' AND due_at > ? THEN due_at END),
       min(CASE WHEN state = 'unknown' AND next_look_at > ? THEN next_look_at END),
       min(CASE WHEN state = 'sending' AND lease_until > ? THEN lease_until END)
FROM posts
"""

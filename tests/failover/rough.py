"""Rough handling: syndicator as a newsroom runs it, while its PostgreSQL is restarted and its machines are killed.

Real processes (``run``, ``run --fleet``), a server of our own, real platforms in the sandbox. At the end everything
that was published in the newsroom must be live once on every channel and on record.
"""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syndicator import settings, wiring
from tests.crash import verdict
from tests.crash.scene import CHANNELS, LEASE, Scene, scene
from tests.crash.verdict import Breach
from tests.failover import machine
from tests.failover.cluster import Template
from tests.failover.machine import Machine, wait_for

ROOT = Path(__file__).resolve().parents[2]
BACKFILL = 1000
SWEEP = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happens. Pauses are drawn up to ``pause`` seconds; ``nodes`` machines are a fleet, one is a daemon."""

    nodes: int = 1
    articles: int = 4
    restarts: int = 3
    """Of PostgreSQL, in turn ``fast`` (as by an administrator) and ``immediate`` (as a crash)."""
    kills: int = 0
    """SIGKILL of a machine; it is started again. Its number stays taken, so only its lease tells that it is gone."""
    sleeps: int = 0
    """SIGSTOP of a machine for longer than its lease."""
    pause: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """How it went."""

    states: Counter[str]
    breaches: tuple[Breach, ...]
    live: int
    recovery: float
    """Longest time from the kill of a machine that was sending to the next claim on that channel, in seconds."""
    seconds: float
    said: str

    def __str__(self) -> str:
        kinds = Counter(breach.kind for breach in self.breaches)
        states = " ".join(f"{state}={n}" for state, n in sorted(self.states.items()))
        line = f"{states} live={self.live} duplicates={kinds['duplicate']} losses={kinds['loss']} laws={kinds['law']}"
        lines = [f"{line} recovery={self.recovery:.1f}s {self.seconds:.0f}s"]
        return "\n".join([*lines, *(f"    {breach.kind.upper()}: {breach.text}" for breach in self.breaches)])


@dataclass(eq=False)
class Newsroom:
    """The machines of one day."""

    here: Scene
    server: Machine
    nodes: int
    running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    dead: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    killed_at: list[float] = field(default_factory=list)

    def start(self, number: int) -> "subprocess.Popen[bytes]":
        """Start machine ``number``, with a state folder of its own."""
        config = self.here.configure(host=f"host{number}")
        fleet = ["--fleet", "--sweep", str(SWEEP)] if self.nodes > 1 else []
        with self.here.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "syndicator", "-c", str(config), "run", *fleet, "--backfill", str(BACKFILL)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, number: int) -> None:
        """Kill a machine and start another in its place."""
        process = self.running[number]
        self.killed_at.append(time.time())
        process.kill()
        self.dead.append(process)
        self.running[number] = self.start(number)

    def stay_up(self) -> None:
        """Make sure that no machine ended by itself."""
        for process in self.running:
            assert process.poll() is None, self.here.log.read_text()

    def end(self) -> None:
        """End everything that is left."""
        for process in [*self.running, *self.dead]:
            process.kill()
            process.wait()

    def is_settled(self, articles: int) -> bool:
        """Say whether all posts of so many articles are there and none is on its way."""
        self.stay_up()
        open_ = "count(*) FILTER (WHERE state NOT IN ('published', 'attention', 'skipped', 'rejected', 'held'))"
        return self.server.run(f"SELECT count(*), {open_} FROM posts") == [(articles * len(CHANNELS), 0)]


def live_through(day: Day, *, template: Template, folder: Path) -> Evening:
    """Live through a day and compare both stores in the evening."""
    began = time.monotonic()
    with _newsroom(day, template, folder) as (room, here):
        room.running = [room.start(number) for number in range(day.nodes)]
        wait_for(lambda: room.is_settled(1), "the first article")
        dice = random.Random(day.seed)
        _events(day, room, dice)
        wait_for(lambda: room.is_settled(1 + day.articles), "everything to be settled", 90)
        for process in room.running:
            process.send_signal(signal.SIGTERM)
        for process in room.running:
            assert process.wait(30) == 0, here.log.read_text()
        loaded = settings.load(here.configure(), spec_of=wiring.spec_of, env={})
        compared = verdict.compare(here.sandbox, store_url=here.store_url, loaded=loaded, disturbed=False)
        return Evening(
            states=compared.states,
            breaches=compared.breaches,
            live=sum(len(here.sandbox.state.posts(platform)) for platform in verdict.PLATFORMS),
            recovery=_recovery(room),
            seconds=time.monotonic() - began,
            said=here.log.read_text(),
        )


@contextmanager
def _newsroom(day: Day, template: Template, folder: Path) -> Iterator[tuple[Newsroom, Scene]]:
    with machine.folder() as place:
        server = Machine(place / "a")
        server.copy_from(template.machine)
        server.start()
        try:
            with scene(folder, database=lambda: server.url, articles=1) as here:
                room = Newsroom(here, server, day.nodes)
                try:
                    yield room, here
                finally:
                    room.end()
        finally:
            server.kill()


def _events(day: Day, room: Newsroom, dice: random.Random) -> None:
    modes = ("fast", "immediate")
    events = [
        *["publish"] * day.articles,
        *[f"restart {modes[number % 2]}" for number in range(day.restarts)],
        *["kill"] * day.kills,
        *["sleep"] * day.sleeps,
    ]
    dice.shuffle(events)
    asleep: list[tuple[float, subprocess.Popen[bytes]]] = []
    for event in events:
        time.sleep(dice.uniform(0, day.pause))
        asleep = _awaken(asleep, before=time.monotonic())
        awake = [n for n, process in enumerate(room.running) if process not in [one for _, one in asleep]]
        if event == "publish":
            room.here.sandbox.newsroom.publish()
        elif event.startswith("restart"):
            room.server.restart(event.split()[1])
        elif event == "kill":
            room.kill(dice.choice(awake))
        elif len(awake) > 1:
            process = room.running[dice.choice(awake)]
            process.send_signal(signal.SIGSTOP)
            asleep.append((time.monotonic() + LEASE + 2, process))
        room.stay_up()
    for at, _ in asleep:
        time.sleep(max(0.0, at - time.monotonic()))
    _awaken(asleep, before=float("inf"))


def _awaken(
    asleep: "list[tuple[float, subprocess.Popen[bytes]]]", *, before: float
) -> "list[tuple[float, subprocess.Popen[bytes]]]":
    for at, process in asleep:
        if at <= before:
            process.send_signal(signal.SIGCONT)
    return [(at, process) for at, process in asleep if at > before]


def _recovery(room: Newsroom) -> float:
    """Ask the post log how long the channels stood still on which a killed machine was sending."""
    longest = 0.0
    epoch = "EXTRACT(epoch FROM {}::timestamptz)"
    for at in room.killed_at:
        sent = f"(SELECT DISTINCT channel FROM attempts WHERE {epoch.format('opened_at')} < {at}"
        sent += f" AND ({epoch.format('closed_at')} > {at} OR closed_at IS NULL))"
        waits = f"SELECT min({epoch.format('opened_at')}) - {at} FROM attempts"
        waits += f" WHERE channel IN {sent} AND {epoch.format('opened_at')} > {at} GROUP BY channel"
        longest = max([longest, *(float(wait) for (wait,) in room.server.run(waits) if wait is not None)])
    return longest

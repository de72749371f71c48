"""Plays one seed from the first tick to the verdict: troubles first, then calm until nothing is open."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from tests.simulation.hosts import TO_FOLLOW, UNPLANNED
from tests.simulation.nemeses import NEMESES
from tests.simulation.person import Person
from tests.simulation.scene import Scene, draw
from tests.simulation.stage import Stage, owned
from tests.simulation.verdict import STUCK, Breach, judge, states
from tests.simulation.world import Stuck

TROUBLE_LASTS = 16 * 3600.0
"""Seconds of the story after which troubles end."""
TURNS_MOST = 250
OPEN = f"""
SELECT 1 FROM posts WHERE state IN ('queued', 'sending', 'unknown', 'processing') OR ({TO_FOLLOW}) LIMIT 1
"""


@dataclass(slots=True, kw_only=True)
class Played:
    """What became of one seed."""

    scene: Scene
    breaches: tuple[Breach, ...] = ()
    states: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    history: tuple[str, ...] = ()
    lasted: float = 0.0

    @property
    def digest(self) -> str:
        """Give a hash of the whole history: the same for the same seed, whoever plays it."""
        said = "\n".join((*self.history, repr(self.breaches), repr(sorted(self.states.items()))))
        return sha256(said.encode()).hexdigest()


def play(seed: int, aimed: str = "", *, tracing: bool = False) -> Played:
    """Play the story of a seed."""
    scene = draw(seed, aimed)
    stage = Stage(scene, tracing=tracing)
    try:
        with owned(stage):
            breaches = _play(stage)
        return Played(
            scene=scene,
            breaches=tuple(breaches),
            states=states(stage),
            counts=_counts(stage),
            history=tuple(stage.world.history or ()),
            lasted=stage.world.now,
        )
    finally:
        stage.close()


def _play(stage: Stage) -> list[Breach]:
    for name in stage.scene.nemeses:
        NEMESES[name](stage)
    person = Person(stage)
    try:
        _trouble(stage, person)
        _calm(stage, person)
    except Stuck:
        return [Breach(kind=STUCK, text=f"no end after {stage.world.steps} steps: {_open(stage)}")]
    return judge(stage)


def _trouble(stage: Stage, person: Person) -> None:
    world, chance = stage.world, stage.scene.person
    for _ in range(TURNS_MOST):
        if world.now > TROUBLE_LASTS or (not world.alarms and _ended(stage)):
            break
        world.turn()
        if chance and world.rng.random() < chance:
            person.act()


def _calm(stage: Stage, person: Person) -> None:
    """End all troubles, wake who sleeps, and let everybody work until nothing is open."""
    world = stage.world
    world.tell("=== CALM")
    world.calm = True
    world.alarms.clear()
    world.aims.clear()
    stage.database.fates.clear()
    for host in world.hosts:
        host.offset = 0.0
    for remote in world.remotes.values():
        remote.calm_down()
    for worker in world.workers:
        worker.wakes_at = min(worker.wakes_at, world.now + world.rng.random() * 10)
    # A log that lost commits is noticed by who works with it.
    world.rng.choice(world.workers).looks_at_all = bool(world.counts["roll-backs"])
    if "halt" in stage.scene.nemeses:
        person.go_on()
    while not _ended(stage):
        world.turn()
        if stage.scene.person and world.rng.random() < 0.1:
            person.act()


def _ended(stage: Stage) -> bool:
    """Say whether nothing is open, nothing is under way, and nobody is in the middle of something."""
    world = stage.world
    if any(worker.busy or worker.looks_at_all for worker in world.workers) or stage.unread():
        return False
    if world.database.raw.execute(OPEN).fetchone() or world.database.raw.execute(UNPLANNED).fetchone():
        return False
    return not any(remote.under_way() for remote in world.remotes.values())


def _open(stage: Stage) -> str:
    rows = stage.database.raw.execute("SELECT id, channel, state, reason FROM posts")
    return "; ".join(" ".join(map(str, row)) for row in rows)


def _counts(stage: Stage) -> Counter[str]:
    world = stage.world
    counts = Counter(world.counts)
    counts["steps"] = world.steps
    counts["commits"] = stage.database.commits
    for remote in world.remotes.values():
        counts["bodies"] += len(remote.bodies)
        counts.update({f"platform: {mood}": number for mood, number in remote.counts.items()})
    for event, number in stage.database.raw.execute("SELECT event, count(*) FROM events GROUP BY event"):
        counts[f"event: {event}"] = number
    return counts

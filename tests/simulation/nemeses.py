"""Aimed troubles: each strikes at the very place where a design without its rule breaks.

A nemesis hangs itself on points of the story or on instants of it. It draws from the story's own chance, so a seed
decides when and how hard it strikes.
"""

from collections.abc import Callable, Sequence
from functools import partial

from syndicator.boundary import Boundary as At
from tests.simulation.database import Fate
from tests.simulation.hosts import Worker
from tests.simulation.person import Person
from tests.simulation.scene import FORWARD
from tests.simulation.stage import Stage
from tests.simulation.wire import CHECKED, SIGNED
from tests.simulation.world import Aim, World

INTENT_TO_SEND = (
    At.CLAIMED, At.STAGED, At.STAGE_RECORDED, At.FENCED, At.FENCED, At.JOURNALED, At.JOURNALED, SIGNED,
    At.WIRE_CONNECTED,
)  # fmt: skip
ANYWHERE = (
    At.CLAIMED, At.STAGE_RECORDED, At.FENCED, CHECKED, At.WIRE_BODY, At.WIRE_ANSWER, At.BEFORE_RECORD, At.RECORDED,
    At.BEFORE_LOOK_UP, At.LOOKED_UP, At.LOOK_UP_RECORDED, "committed", "before a write",
)  # fmt: skip
LATER = (0.5, 5.0, 60.0, 600.0, 1900.0, 4000.0, 9000.0)


class Strike:
    """Strikes a few times at one of some places, then rests."""

    def __init__(
        self, world: World, name: str, places: Sequence[str], act: Aim, *, times: int = 2, odds: float = 0.7
    ) -> None:
        self.world, self.name, self.act, self.odds = world, name, act, odds
        self.left = world.rng.randint(1, times)
        place = world.rng.choice(places)
        world.aims.setdefault(str(place), []).append(self)

    def __call__(self, world: World, worker: Worker) -> None:
        """Strike, perhaps."""
        if not self.left or world.calm or world.rng.random() >= self.odds:
            return
        self.left -= 1
        world.counts[f"struck: {self.name}"] += 1
        self.act(world, worker)


def _asleep(world: World, lengths: Sequence[float]) -> None:
    if world.database.raw.in_transaction:
        return
    seconds = world.rng.choice(lengths)
    world.tell("STOPPED for", f"{seconds:.0f} s")
    world.counts["pauses"] += 1
    world.sleep(seconds)


def d15(stage: Stage) -> None:
    """A stop between the intent and the send, longer than the lease, sometimes longer than the settle window."""
    lengths = (20.0, 130.0, 600.0, 2100.0, 2600.0, 3500.0, 5000.0, 9000.0)
    Strike(stage.world, "d15", INTENT_TO_SEND, lambda world, _: _asleep(world, lengths))


def d16(stage: Stage) -> None:
    """A stop between the check of the dead-line and the first byte, up to and beyond what the signature allows."""
    lengths = (20.0, 61.0, 290.0, 310.0, 590.0, 610.0, 1190.0, 1900.0, 2600.0, 5000.0)
    Strike(stage.world, "d16", (CHECKED, At.WIRE_HEADERS, At.WIRE_HALF_BODY), lambda world, _: _asleep(world, lengths))


def takeover(stage: Stage) -> None:
    """Stops just around the lease wherever an attempt or a look-up can be, and a machine that sees leases end early."""
    world = stage.world
    lengths = (100.0, 119.0, 121.0, 125.0, 200.0, 1200.0, 2500.0)
    Strike(world, "takeover", ANYWHERE, lambda world, _: _asleep(world, lengths), times=3)
    if len(world.hosts) > 1 and world.rng.random() < 0.5:
        world.hosts[-1].offset += world.rng.choice((125.0, 250.0, 500.0))


def d22(stage: Stage) -> None:
    """A fail-over to a standby that misses the last one to three commits; PostgreSQL then has a new timeline."""
    _losing(stage, "d22", new_timeline=True)


def r15(stage: Stage) -> None:
    """An older snapshot of the disk under the running database: commits are gone, and no timeline tells."""
    _losing(stage, "r15", new_timeline=False)


def _losing(stage: Stage, name: str, *, new_timeline: bool) -> None:
    world, database = stage.world, stage.database
    database.keeps_images = True

    def lose(world: World, worker: Worker | None = None) -> None:
        if database.raw.in_transaction:
            return
        lost = database.fail_over(world.rng.randint(1, 3), new_timeline=new_timeline)
        if not lost:
            return
        world.counts["roll-backs"] += 1
        world.counts["commits lost"] += lost
        database.down_until = world.now + world.rng.choice((0.0, 0.0, 2.0, 40.0))
        world.tell("FAIL-OVER:" if new_timeline else "SNAPSHOT:", f"{lost} commits are lost")
        if worker is not None and world.rng.random() < 0.4:
            # Whoever just committed is slow, and the others find a log without that commit.
            for other in world.workers:
                other.wakes_at = min(other.wakes_at, world.now)
            world.sleep(world.rng.choice((1.0, 4.0, 8.0, 40.0)))

    Strike(world, name, (*ANYWHERE, At.FENCED, At.JOURNALED), lose, times=2)
    if world.rng.random() < 0.5:
        world.alarm(world.rng.choice(LATER), partial(lose, world))


def d23(stage: Stage) -> None:
    """COMMIT is answered by a warning that no standby has it: that counts as not kept, though it may be."""
    _at_commits(stage, "d23", (Fate.WARNED,))


def d24(stage: Stage) -> None:
    """The connection is lost during COMMIT of an intent, a fence, a result: it may hold or not."""
    _at_commits(stage, "d24", (Fate.KEPT_UNKNOWN, Fate.LOST_UNKNOWN))


BEFORE_COMMITS = (
    At.BEFORE_CLAIM, At.STAGED, *[At.STAGE_RECORDED] * 3, At.WIRE_ANSWER, At.BEFORE_RECORD, At.LOOKED_UP,
)  # fmt: skip


def _at_commits(stage: Stage, name: str, fates: Sequence[Fate]) -> None:
    def doom(world: World, worker: Worker) -> None:
        world.database.fates.extend(world.rng.choice(fates) for _ in range(world.rng.choice((1, 1, 2, 5))))
        if world.rng.random() < 0.5:
            # A machine that loses its database often goes with it.
            world.aims.setdefault(str(At.WIRE_BODY), []).append(partial(_kill_once, worker.name))

    Strike(stage.world, name, BEFORE_COMMITS, doom, times=3)


def _kill_once(name: str, world: World, worker: Worker) -> None:
    if worker.name == name and not world.calm:
        world.kill_current("after a lost commit")


def verdict(stage: Stage) -> None:
    """A stop between reading a time line and writing down what it proves: the doubt may be another one by then."""
    lengths = (12.0, 40.0, 70.0, 400.0, 1205.0, 1240.0, 1300.0, 1805.0, 1840.0, 1900.0, 2600.0)
    places = (At.LOOKED_UP, At.LOOKED_UP, At.BEFORE_LOOK_UP)
    Strike(stage.world, "verdict", places, lambda world, _: _asleep(world, lengths), times=5, odds=0.5)


def blind(stage: Stage) -> None:
    """For hours a time line comes from a cache, in part, without a date, or not at all; each says so of itself."""
    world = stage.world
    remote = world.remotes[world.rng.choice(sorted(world.remotes))]

    def change(habit: str) -> None:
        remote.habit, remote.habit_since = habit, world.now
        world.counts["struck: blind"] += 1
        world.tell("from now on the time line of", remote.outlet.name, "is", habit or "itself again")

    at = world.rng.choice((0.0, 0.0, 0.5, 60.0))
    world.alarm(at, partial(change, world.rng.choice(("cached", "incomplete", "undated", "fails"))))
    world.alarm(at + world.rng.choice((600.0, 2500.0, 4000.0, 9000.0)), partial(change, ""))


def d25(stage: Stage) -> None:
    """A backup is put back, yesterday's or an hour old: by hand, or by the product's own verb, or without journals."""
    world, database = stage.world, stage.database
    backup = [stage.image]

    def restore() -> None:
        for worker in world.workers:
            world.end(worker)
        database.restore(backup[0])
        world.counts["roll-backs"] += 1
        how = world.rng.choice(("by hand", "by the verb", "by the verb, all journals lost"))
        if how == "by hand" and stage.journals_lost and not stage.scene.fleet:
            how = "by the verb"  # nothing at all would know what was sent (A4)
        world.tell("RESTORED a backup", how)
        if how == "by hand":
            # One machine's journal knows all that was sent; on a fleet the recovered server's new timeline tells.
            database.line += stage.scene.fleet
        else:
            stage.put_in_quarantine(lost=how.endswith("lost"))

    def keep() -> None:
        backup[0] = database.raw.serialize()
        world.tell("a backup is made")

    for _ in range(world.rng.randint(1, 2)):
        world.alarm(world.rng.choice(LATER), restore)
    if world.rng.random() < 0.6:
        world.alarm(world.rng.choice(LATER), keep)


def clock(stage: Stage) -> None:
    """A machine's wall clock is set wrong by minutes, hours or a day, and perhaps right again later."""
    world = stage.world
    for _ in range(world.rng.randint(1, 3)):
        host = world.rng.choice(world.hosts)
        by = world.rng.choice((5.0, 120.0, 3600.0, 86_400.0)) * world.rng.choice((1, -1))
        at = world.rng.choice(LATER)
        world.alarm(at, partial(host.set_clock, by))
        if world.rng.random() < 0.6:
            world.alarm(at + world.rng.choice(LATER), partial(host.set_clock, -by))
    jump = world.rng.choice((120.0, 3600.0, 3600.0, 86_400.0)) * world.rng.choice((1, 1, -1))
    places = (At.CLAIMED, At.FENCED, At.WIRE_BODY, *[At.LOOK_UP_RECORDED] * 4)
    Strike(world, "clock", places, lambda _, worker: worker.host.set_clock(jump), times=1, odds=0.5)


def platform_clock(stage: Stage) -> None:
    """A platform's clock runs backwards, or a little forward: by less than what the settle window has to spare."""
    world = stage.world
    remote = world.remotes[world.rng.choice(sorted(world.remotes))]

    def jump(by: float) -> None:
        remote.skew += by
        world.counts["clock jumps"] += 1
        world.tell("the clock of", remote.outlet.name, f"jumps by {by:+.0f} s")

    world.alarm(world.rng.choice(LATER), partial(jump, world.rng.choice((-5.0, -50.0, -3600.0))))
    world.alarm(world.rng.choice(LATER), partial(jump, world.rng.choice((5.0, FORWARD - 1))))


def halt(stage: Stage) -> None:
    """A person halts everything and lets it go on later."""
    world, person = stage.world, Person(stage)
    at = world.rng.choice(LATER)
    world.alarm(at, person.halt)
    world.alarm(at + world.rng.choice(LATER), person.go_on)


def outage(stage: Stage) -> None:
    """The database does not answer for a while, from a place where that hurts."""

    def down(world: World, _: Worker) -> None:
        seconds = world.rng.choice((0.5, 5.0, 25.0, 100.0, 1000.0))
        world.database.down_until = world.now + seconds
        world.counts["outages"] += 1
        world.tell("the database is DOWN for", f"{seconds:.1f} s")

    Strike(stage.world, "outage", ANYWHERE, down)


NEMESES: dict[str, Callable[[Stage], None]] = {
    "d15": d15, "d16": d16, "d22": d22, "d23": d23, "d24": d24, "d25": d25, "r15": r15, "takeover": takeover,
    "clock": clock, "platform clock": platform_clock, "halt": halt, "outage": outage,
    "verdict": verdict, "blind": blind,
}  # fmt: skip

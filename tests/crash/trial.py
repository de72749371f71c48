"""What one trial does, as a value that can be written down and read back; and how trials are drawn."""

import random
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Self

from syndicator.boundary import Boundary
from tests.crash.doom import Act, Doom
from tests.crash.life import MODES
from tests.crash.scene import CHANNELS, LEASE, SEND_DEADLINE, SETTLE

LOOK_UPS = (Boundary.BEFORE_LOOK_UP, Boundary.LOOKED_UP, Boundary.LOOK_UP_RECORDED)
"""Reached only after a doubt, so a trial that aims at them first begins with a lost answer."""
BACKFILL = 1000
GRAIN = 1.0
"""Seconds that the platforms' ``Date`` counts in: of a settle window so much may be rounding."""
FLIGHT = 0.4
"""Seconds within which the sandbox has applied what a killed process wrote (A1)."""
LONGEST_LAG = 0.6
LONGEST_MOMENT = 0.8
"""Seconds within which a kill at a random moment comes; an undisturbed life takes about as long."""

FILES = (24, 32, 40, 48, 64)
MEMORY = (4, 16, 64, 160)
"""MiB of address space; a thread's stack alone is 8."""

Kill = Doom | float
"""At a boundary, or seconds after the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial; the same trial with the same dice meets the same faults."""

    number: int = 0
    kills: tuple[Kill, ...] = ()
    page: str = "direct"
    """How the Facebook Page publishes: ``direct`` or ``two_phase``."""
    resend: bool = False
    mode: str = "daemon"
    articles: int = 1
    channels: str = "x,page,youtube"
    """Those that the newsroom has."""
    lost: str = ""
    """``before`` or ``after``: every platform's first answer is lost before or after the post is live."""
    faults: float = 0.0
    """Share of requests that meet a random fault, drawn with ``dice``."""
    dice: int = 0
    lag: float = 0.0
    """Seconds until readers of the platforms see a new post."""
    grow: bool = False
    """A new article comes out before each restart."""
    pictures: bool = False
    fresh: bool = False
    """There is no post log yet: the first life begins it."""
    refuses: bool = False
    """The platforms refuse a copy by themselves: it hides what the product did wrong, so mostly they do not."""
    files: int = 0
    """The first life may have that many open files and no more; it may end as it likes."""
    memory: int = 0
    """The first life may take that many MiB and no more."""
    beside: str = ""
    """A second worker that nobody kills: ``here`` on the same machine, ``there`` on another one."""

    def __post_init__(self) -> None:
        # A harness that breaks the assumptions of the promise sees breaches that are its own (reliability 5).
        assert self.lag <= LONGEST_LAG, "A2: a post is visible within the lag that the settle window allows for"
        assert self.lag + FLIGHT <= SETTLE - GRAIN, "R10: the window, less its rounding, covers lag and flight"
        assert SEND_DEADLINE < LEASE, "a send ends while its lease lasts"

    @property
    def routes(self) -> tuple[str, ...]:
        """The channels that its articles go to."""
        return tuple(self.channels.split(","))

    def __str__(self) -> str:
        kills = "+".join(str(kill) if isinstance(kill, Doom) else f"{kill:.2f}s" for kill in self.kills)
        words = [kills or "none", self.page, "resend" if self.resend else "strict", self.mode]
        default = Trial()
        extras = {each.name: getattr(self, each.name) for each in fields(self)[5:]}
        words += [f"{name}={value}" for name, value in extras.items() if value != getattr(default, name)]
        return " ".join(words)

    @classmethod
    def parse(cls, text: str, *, number: int = 0) -> Self:
        """Read what ``str`` writes, so that a trial can be had again."""
        kills, page, policy, mode, *extras = text.split()
        given: dict[str, Any] = {}
        for name, _, value in (extra.partition("=") for extra in extras):
            kind = type(getattr(Trial(), name))
            given[name] = value == "True" if kind is bool else kind(value)
        doomed = () if kills == "none" else tuple(_kill(kill) for kill in kills.split("+"))
        return cls(number=number, kills=doomed, page=page, resend=policy == "resend", mode=mode, **given)


def _kill(text: str) -> Kill:
    return float(text[:-1]) if text.endswith("s") and text[0].isdigit() else Doom.parse(text)


class Aims:
    """Chooses where to kill next: where the fewest died so far. Thread-safe."""

    def __init__(self, among: Iterable[Boundary] = Boundary) -> None:
        self._among = tuple(among)
        self._lock = threading.Lock()
        self.hits: Counter[Boundary] = Counter()
        self._under_way: Counter[Boundary] = Counter()
        self._tried: Counter[Boundary] = Counter()

    def take(self, dice: random.Random) -> Boundary:
        """Give the next aim. A boundary that is missed again and again gets its share and no more."""
        with self._lock:
            burden = {
                each: self.hits[each] + self._under_way[each] + (self._tried[each] - self.hits[each]) / 2
                for each in self._among
            }
            least = min(burden.values())
            chosen = dice.choice([each for each in self._among if burden[each] < least + 1])
            self._under_way[chosen] += 1
            return chosen

    def hit(self, names: Counter[str], aimed: Iterable[Boundary]) -> None:
        """Say where processes died, and which aims that settles."""
        with self._lock:
            self.hits += Counter({Boundary[name]: n for name, n in names.items()})
            for boundary in aimed:
                self._under_way[boundary] -= 1
                self._tried[boundary] += 1

    def least(self) -> int:
        """Give how often the boundary died at that was died at least."""
        with self._lock:
            return min(self.hits[each] for each in self._among)


def draw(number: int, seed: int, aims: Aims, *, machines: bool = False) -> Trial:
    """Draw a trial: everything from the seed and the number, but its aims from what is still needed.

    ``machines``: the post log may be shared by several.
    """
    dice = random.Random(f"{seed}:{number}")
    first = aims.take(dice)
    looks = first in LOOK_UPS
    articles = dice.choice((1, 1, 1, 1, 2))
    channels = dice.sample(CHANNELS, dice.choice((1, 1, 2, 3)))
    posts = articles * len(channels)
    more: list[Kill] = [_another(dice, aims) for _ in range(dice.choice((0, 0, 0, 0, 1, 1, 2)))]
    faults = 0.0 if looks else dice.choice((0.0, 0.0, 0.0, 0.0, 0.1, 0.25))
    beside = dice.choice(("here", "there") if machines else ("here",)) if dice.random() < 0.06 else ""
    return Trial(
        number=number,
        kills=(Doom(boundary=first, number=1 if looks else dice.randint(1, min(posts, 3))), *more),
        page=dice.choice(("direct", "two_phase")),
        resend=dice.random() < 0.5,
        mode=dice.choice((*MODES, "work")),
        articles=articles,
        channels=",".join(sorted(channels, key=CHANNELS.index)),
        lost=dice.choice(("before", "after")) if looks or dice.random() < 0.15 else "",
        faults=faults,
        dice=dice.randrange(10**6) if faults else 0,
        lag=dice.choice((0.0, 0.0, 0.0, 0.3, LONGEST_LAG)),
        grow=dice.random() < 0.1,
        pictures=dice.random() < 0.1,
        fresh=dice.random() < 0.04,
        refuses=dice.random() < 0.2,
        files=dice.choice(FILES) if dice.random() < 0.02 else 0,
        memory=dice.choice(MEMORY) if dice.random() < 0.02 else 0,
        beside=beside,
    )


def _another(dice: random.Random, aims: Aims) -> Kill:
    chance = dice.random()
    if chance < 0.25:
        return dice.uniform(0, LONGEST_MOMENT)
    act = Act.TERM if chance < 0.30 else Act.TWICE if chance < 0.35 else Act.KILL
    return Doom(boundary=aims.take(dice), number=dice.choice((1, 1, 1, 2)), act=act)


def aimed_at(trial: Trial) -> list[Boundary]:
    """List the boundaries that a trial aims at."""
    return [kill.boundary for kill in trial.kills if isinstance(kill, Doom)]


@contextmanager
def under_way(trial: Trial, aims: Aims) -> Iterator[Counter[str]]:
    """Settle a trial's aims when it is over, with the deaths that are put into the counter given."""
    died: Counter[str] = Counter()
    try:
        yield died
    finally:
        aims.hit(died, aimed_at(trial))


def trials(count: int, *, seed: int, aims: Aims, machines: bool = False, enough: int = 0) -> Iterator[Trial]:
    """Draw trials one after the other, at most ``count``; fewer once every boundary was died at ``enough`` times."""
    for number in range(count):
        if enough and aims.least() >= enough:
            return
        yield draw(number, seed, aims, machines=machines)

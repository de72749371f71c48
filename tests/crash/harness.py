"""Trials: lives that are killed and restarted until everything is settled, then the comparison of the two stores."""

import logging
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from syndicator import settings, wiring
from syndicator.boundary import Boundary
from tests.crash import verdict
from tests.crash.nursery import Child, Nursery
from tests.crash.scene import ARTICLES, CHANNELS, Scene, scene
from tests.crash.verdict import Breach
from tests.crash.worker import MODES, Life
from tests.postgres import Server

LOOK_UPS = (Boundary.BEFORE_LOOK_UP, Boundary.LOOKED_UP, Boundary.LOOK_UP_RECORDED)
"""Reached only after a doubt, so those trials begin with a lost answer."""
PARALLEL = 6
LONGEST_MOMENT = 1.2
"""Seconds within which a kill at a random moment comes; an undisturbed life takes about half of it."""
BACKFILL = 1000

Kill = str | float
"""``BOUNDARY:N``, or seconds after the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one trial does; the same trial with the same seed meets the same faults."""

    number: int
    seed: int = 0
    kills: tuple[Kill, ...] = ()
    page: str = "direct"
    """How the Facebook Page publishes: ``direct`` or ``two_phase``."""
    resend: bool = False
    mode: str = "daemon"
    lost_answer: str = ""
    """``before`` or ``after``: every platform's first answer is lost before or after the post is live."""
    rate: float = 0.0
    """Share of requests that meet a random fault."""
    lag: float = 0.0
    """Seconds until readers of the platforms see a new post."""
    grow: bool = False
    """A new article comes out before each restart."""
    pictures: bool = False

    def __str__(self) -> str:
        extras = {"lost": self.lost_answer, "faults": self.rate, "lag": self.lag, "grow": self.grow,
                  "pictures": self.pictures}  # fmt: skip
        told = " ".join(f"{name}={value}" for name, value in extras.items() if value)
        kills = "+".join(kill if isinstance(kill, str) else f"{kill:.2f}s" for kill in self.kills)
        return f"{kills} {self.page} {'resend' if self.resend else 'strict'} {self.mode} {told}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one trial went."""

    trial: Trial
    kills: int
    killed_at: Counter[str]
    passed: Counter[str]
    states: Counter[str]
    breaches: tuple[Breach, ...]
    seconds: float
    folder: Path

    def __str__(self) -> str:
        states = " ".join(f"{state}={n}" for state, n in sorted(self.states.items()))
        told = f"#{self.trial.number} {self.trial}: kills={self.kills} {states} {self.seconds:.1f}s"
        return "\n".join([told, *(f"    {breach.kind.upper()}: {breach.text}" for breach in self.breaches)])


@dataclass(slots=True)
class Tally:
    """Many outcomes, added up."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def killed_at(self) -> Counter[str]:
        """Kills by boundary; kills at random moments are not in it."""
        return sum((outcome.killed_at for outcome in self.outcomes), Counter())

    @property
    def breaches(self) -> list[Breach]:
        return [breach for outcome in self.outcomes for breach in outcome.breaches]

    def never_hit(self, least: int = 1) -> list[str]:
        """Name the boundaries at which fewer than ``least`` processes died."""
        return [boundary.name for boundary in Boundary if self.killed_at[boundary.name] < least]

    def __str__(self) -> str:
        kinds = Counter(breach.kind for breach in self.breaches)
        kills = sum(outcome.kills for outcome in self.outcomes)
        line = f"trials {len(self.outcomes)} kills {kills} duplicates {kinds['duplicate']} losses {kinds['loss']}"
        return f"{line} other breaches {kinds['law']}" if kinds["law"] else line

    def table(self) -> str:
        """Show deaths and passes by boundary."""
        passed = sum((outcome.passed for outcome in self.outcomes), Counter())
        rows = [f"  {b.name:17} killed {self.killed_at[b.name]:5} passed {passed[b.name]:6}" for b in Boundary]
        states = sum((outcome.states for outcome in self.outcomes), Counter())
        return "\n".join([*rows, "  posts: " + ", ".join(f"{n} {state}" for state, n in sorted(states.items()))])


# --- one trial ------------------------------------------------------------------------------------------------------


def run(trial: Trial, *, nursery: Nursery, folder: Path, database: Callable[[], str] | None = None) -> Outcome:
    """Run one trial in ``folder``, which must not exist yet; it stays when something is wrong."""
    began = time.monotonic()
    with scene(folder, database=database) as here:
        here.configure(
            page=trial.page,
            resend=trial.resend,
            pictures=trial.pictures,
            patience="5s" if trial.rate else "20s",
        )
        _disturb(here, trial)
        kills, breaches = _lives(here, trial, nursery)
        loaded = settings.load(here.config, spec_of=wiring.spec_of, env={})
        disturbed = bool(trial.rate)
        compared = verdict.compare(here.sandbox, store_url=here.store_url, loaded=loaded, disturbed=disturbed)
        if not here.is_sound():
            breaches.append(Breach(kind=verdict.LAW, text="the database file is damaged"))
        lines = Counter(here.reached.read_text().splitlines())
    outcome = Outcome(
        trial=trial,
        kills=kills,
        killed_at=_lines(lines, "killed "),
        passed=_lines(lines, "passed "),
        states=compared.states,
        breaches=(*breaches, *compared.breaches),
        seconds=time.monotonic() - began,
        folder=folder,
    )
    if not outcome.breaches:
        shutil.rmtree(folder)
    return outcome


def _disturb(here: Scene, trial: Trial) -> None:
    control = here.sandbox.control
    for platform in verdict.PLATFORMS:
        if trial.lost_answer:
            role = "flip" if platform == "facebook" and trial.page == "two_phase" else "create"
            control.fault("drop", platform=platform, match={"role": role}, when=trial.lost_answer)
        if trial.lag:
            control.lag(platform, trial.lag)
    if trial.rate:
        control.lottery(seed=trial.seed * 100_003 + trial.number, rate=trial.rate, delay=0.2)


def _lives(here: Scene, trial: Trial, nursery: Nursery) -> tuple[int, list[Breach]]:
    """Live, die, and live again; the last life is not killed. Give the number of kills and what went wrong."""
    killed, articles = 0, ARTICLES
    for kill in (*trial.kills, ""):
        life = Life(
            config=str(here.config),
            reached=str(here.reached),
            kill=kill if isinstance(kill, str) else "",
            mode=trial.mode,
            expect=articles * len(CHANNELS),
            backfill=BACKFILL,
        )
        status = _end(nursery.start(life, log=here.log), kill)
        if status not in {0, -9}:
            what = {4: "not everything was settled in time"}.get(status, f"a life ended with {status}")
            return killed, [Breach(kind=verdict.LAW, text=f"{what}; see {here.log}")]
        killed += status == -9
        if trial.grow and kill:
            here.sandbox.newsroom.publish()
            articles += 1
    return killed, []


def _end(child: Child, kill: Kill) -> int:
    if isinstance(kill, float):
        time.sleep(kill)
        child.kill()
    return child.wait()


def _lines(lines: Counter[str], prefix: str) -> Counter[str]:
    return Counter({line.removeprefix(prefix): n for line, n in lines.items() if line.startswith(prefix)})


# --- many trials ----------------------------------------------------------------------------------------------------


def random_trial(number: int, seed: int) -> Trial:
    """Draw a trial. The first kill goes through all boundaries in turn, so that enough trials hit every one."""
    dice = random.Random(f"{seed}:{number}")
    first = [*Boundary][number % len(Boundary)]
    more: list[Kill] = [
        f"{dice.choice([*Boundary]).name}:{dice.randint(1, 3)}"
        if dice.random() < 0.7
        else dice.uniform(0, LONGEST_MOMENT)
        for _ in range(dice.choice((0, 0, 1, 1, 2, 4)))
    ]
    looks = first in LOOK_UPS
    return Trial(
        number=number,
        seed=seed,
        kills=(f"{first.name}:{1 if looks else dice.randint(1, 4)}", *more),
        page=dice.choice(("direct", "two_phase")),
        resend=dice.random() < 0.5,
        mode=dice.choice(MODES),
        lost_answer=dice.choice(("before", "after")) if looks or dice.random() < 0.2 else "",
        rate=0.0 if looks else dice.choice((0.0, 0.0, 0.0, 0.1, 0.25)),
        lag=dice.choice((0.0, 0.0, 0.3, 0.6)),
        grow=dice.random() < 0.3,
        pictures=dice.random() < 0.2,
    )


def run_all(
    trials: Iterable[Trial],
    *,
    nursery: Nursery,
    folder: Path,
    postgres: "Databases | None" = None,
    tell: Callable[[Outcome], None] = lambda _: None,
    parallel: int = PARALLEL,
) -> Tally:
    """Run trials side by side."""
    tally = Tally()

    def one(trial: Trial) -> Outcome:
        place = folder / f"trial-{trial.number}"
        if postgres is None:
            return run(trial, nursery=nursery, folder=place)
        with postgres.fresh() as url:
            return run(trial, nursery=nursery, folder=place, database=lambda: url)

    quiet()
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        for outcome in pool.map(one, trials):
            tally.outcomes.append(outcome)
            tell(outcome)
    return tally


class Databases:
    """Fresh PostgreSQL databases of one server, dropped after use."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Lend a database with an empty post log."""
        with self._lock:
            url = self._server.migrated()
        yield url
        with self._lock:
            self._server.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def quiet() -> None:
    """Keep the sandbox's web server from reporting clients that died: they are meant to."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)

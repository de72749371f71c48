"""Trials: lives that are killed and restarted until everything is settled, then the comparison of the two stores."""

import logging
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from syndicator import settings, wiring
from tests.crash import verdict
from tests.crash.databases import Databases
from tests.crash.doom import AT, PAST, Act, Doom
from tests.crash.life import UNFINISHED, Life
from tests.crash.nursery import Child, Nursery
from tests.crash.scene import Scene, scene
from tests.crash.tally import Outcome, Tally
from tests.crash.trial import BACKFILL, Aims, Kill, Trial, under_way
from tests.crash.verdict import Breach

PARALLEL = 8 * (os.cpu_count() or 1)
"""A trial waits more than it works: for ticks, windows and lost answers."""
DRAIN = 30.0
"""Seconds within which a life that was asked to end has ended."""
STARVED = 5.0
"""Seconds that a life without files or memory gets before it is killed."""
OTHER = "other-machine"


# --- one trial ------------------------------------------------------------------------------------------------------


def run(
    trial: Trial, *, nursery: Nursery, folder: Path, database: Callable[[], str] | None = None, stall: "Stall"
) -> Outcome:
    """Run one trial in ``folder``, which must not exist yet; it stays when something is wrong."""
    began = time.monotonic()
    with scene(folder, database=database, articles=trial.articles, begun=not trial.fresh) as here:
        _configure(here, trial)
        _disturb(here, trial)
        kills, breaches = _lives(here, trial, nursery)
        loaded = settings.load(here.config, spec_of=wiring.spec_of, env={})
        compared = verdict.compare(here.sandbox, store_url=here.store_url, loaded=loaded, disturbed=bool(trial.faults))
        if not here.is_sound():
            breaches.append(Breach(kind=verdict.LAW, text="the database file is damaged"))
        lines = Counter(here.reached.read_text().splitlines()) if here.reached.exists() else Counter[str]()
    outcome = Outcome(
        trial=trial,
        kills=kills,
        killed_at=_at(lines, PAST[Act.KILL]),
        passed=_at(lines, "passed"),
        asked_at=_at(lines, PAST[Act.TERM]) + _at(lines, PAST[Act.TWICE]),
        states=compared.states,
        breaches=(*breaches, *compared.breaches),
        seconds=time.monotonic() - began,
        folder=folder,
        stalled=stall.since(began),
    )
    if not outcome.breaches:
        shutil.rmtree(folder)
    return outcome


def _at(lines: Counter[str], verb: str) -> Counter[str]:
    split = ((line.rpartition(" "), n) for line, n in lines.items())
    return Counter({name: n for (said, _, name), n in split if said == verb})


def _configure(here: Scene, trial: Trial) -> None:
    for host in ("", OTHER) if trial.beside == "there" else ("",):
        here.configure(
            page=trial.page,
            resend=trial.resend,
            pictures=trial.pictures,
            patience="5s" if trial.faults else "30s",
            host=host,
            routes=trial.routes,
        )


def _disturb(here: Scene, trial: Trial) -> None:
    control = here.sandbox.control
    if not trial.refuses:
        control.switch(x_duplicate_window=0, facebook_duplicates=False)
    for platform in verdict.PLATFORMS:
        if trial.lost:
            role = "flip" if platform == "facebook" and trial.page == "two_phase" else "create"
            control.fault("drop", platform=platform, match={"role": role}, when=trial.lost)
        if trial.lag:
            control.lag(platform, trial.lag)
    if trial.faults:
        control.lottery(seed=trial.dice, rate=trial.faults, delay=0.2)


def _lives(here: Scene, trial: Trial, nursery: Nursery) -> tuple[int, list[Breach]]:
    """Live, die, and live again; the last life is not killed. Give the number of kills and what went wrong."""
    killed, articles, breaches = 0, trial.articles, []
    _starved(here, trial, nursery)
    partner = _partner(here, trial, nursery)
    for kill in (*trial.kills, None):
        born = time.time()
        child = nursery.start(_life(here, trial, kill, articles), log=here.log)
        if isinstance(kill, float):
            time.sleep(kill)
            child.kill()
        status = child.wait()
        if told := _wrong(status, kill, _since_act(here, born)):
            breaches.append(Breach(kind=verdict.LAW, text=f"{told}; see {here.log}"))
            break
        killed += status == -9
        if status == 0 and _ends_by_itself(kill) and not trial.grow:
            break  # everything is settled: there is nothing left to be killed at
        if trial.grow and kill is not None:
            here.sandbox.newsroom.publish()
            articles += 1
    if partner is not None and (status := partner.wait()) != 0:
        breaches.append(Breach(kind=verdict.LAW, text=f"the worker beside ended with {status}; see {here.log}"))
    return killed, breaches


def _starved(here: Scene, trial: Trial, nursery: Nursery) -> None:
    """Let one life go short of files or memory first, if the trial says so; it may fail in any way."""
    if trial.files or trial.memory:
        life = replace(_life(here, trial, None, trial.articles), files=trial.files, memory=trial.memory)
        child = nursery.start(life, log=here.log)
        if not child.ends(STARVED):
            child.kill()
            child.wait()


def _ends_by_itself(kill: Kill | None) -> bool:
    return not isinstance(kill, Doom) or kill.act is Act.KILL


def _life(here: Scene, trial: Trial, kill: Kill | None, articles: int) -> Life:
    return Life(
        config=str(here.config),
        reached=str(here.reached),
        doom=str(kill) if isinstance(kill, Doom) else "",
        mode=trial.mode,
        expect=articles * len(trial.routes),
        backfill=BACKFILL,
    )


def _partner(here: Scene, trial: Trial, nursery: Nursery) -> Child | None:
    """Start the worker that nobody kills, if the trial has one."""
    if not trial.beside:
        return None
    host = OTHER if trial.beside == "there" else ""
    life = Life(
        config=str(here.folder / f"{host}.toml" if host else here.config),
        reached=str(here.reached),
        expect=trial.articles * len(trial.routes),
        backfill=BACKFILL,
        host=host,
    )
    return nursery.start(life, log=here.log)


def _since_act(here: Scene, born: float) -> float:
    """Give the seconds since a life that began at ``born`` was signalled at a boundary; 0 when it was not."""
    lines = here.reached.read_text(encoding="ascii").splitlines() if here.reached.exists() else []
    told = [float(line.removeprefix(AT)) for line in lines if line.startswith(AT)]
    return time.time() - told[-1] if told and told[-1] >= born else 0.0


def _wrong(status: int, kill: Kill | None, took: float) -> str:
    """Say what is wrong with how a life ended; empty when nothing is."""
    act = kill.act if isinstance(kill, Doom) else Act.KILL
    # One that was about to end by itself takes the first request for the second, or has stopped to listen.
    good = {0, -9} if act is Act.KILL else {0, -15, 128 + 15}
    if status == UNFINISHED:
        return "not everything was settled in time"
    if status not in (good if kill is not None else {0}):
        return f"a life ended with {status}"
    if act in (Act.TERM, Act.TWICE) and took > DRAIN:
        return f"a life took {took:.0f} s to end"
    return ""


# --- many trials ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where trials run: a nursery, a folder, and PostgreSQL if it is not SQLite."""

    nursery: Nursery
    folder: Path
    postgres: Databases | None = None


def run_all(
    trials: Iterable[Trial],
    place: Place,
    *,
    aims: Aims | None = None,
    tell: Callable[[Outcome], None] = lambda _: None,
    parallel: int = PARALLEL,
) -> Tally:
    """Run trials side by side, each drawn when a slot is free."""
    tally, lock, drawn = Tally(), threading.Lock(), iter(trials)
    aims = aims or Aims()
    quiet()

    def work(stall: "Stall") -> None:
        while True:
            with lock:
                trial = next(drawn, None)
            if trial is None:
                return
            with under_way(trial, aims) as died:
                outcome = _one(trial, place, stall)
                died.update(outcome.killed_at)
            with lock:
                tally.add(outcome)
                tell(outcome)

    with Stall() as stall, ThreadPoolExecutor(max_workers=parallel) as pool:
        for done in [pool.submit(work, stall) for _ in range(parallel)]:
            done.result()
    return tally


def _one(trial: Trial, place: Place, stall: "Stall") -> Outcome:
    folder = place.folder / f"trial-{trial.number}"
    if place.postgres is None:
        return run(trial, nursery=place.nursery, folder=folder, stall=stall)
    with place.postgres.lend(fresh=trial.fresh) as url:
        return run(trial, nursery=place.nursery, folder=folder, database=lambda: url, stall=stall)


def quiet() -> None:
    """Keep the sandbox's web server from reporting clients that died: they are meant to."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)


class Stall:
    """Notices when this process could not run: then the sandbox in it was not there either."""

    PAUSE = 0.05
    KEPT = 4000

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []
        """When, and how much too late."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stall", daemon=True)

    def since(self, began: float) -> float:
        """Give the longest stall, in seconds, since that moment (``time.monotonic``)."""
        return max((late for at, late in list(self._seen) if at >= began), default=0.0)

    def _look(self) -> None:
        before = time.monotonic()
        while not self._over.wait(self.PAUSE):
            now = time.monotonic()
            late = now - before - self.PAUSE
            if late > self.PAUSE:
                self._seen = [*self._seen[-self.KEPT :], (now, late)]
            before = now

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

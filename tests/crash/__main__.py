"""Heavier runs: ``python -m tests.crash --trials N --db sqlite|postgres [--seed S]``; exit code 1 on any breach.

The last line is the figure that counts; Ctrl-C ends early, with the figures so far. A registered boundary at which no
process died is a failure.
"""

import argparse
import itertools
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from syndicator.boundary import Boundary
from tests.crash import twin
from tests.crash.databases import Databases, roomy
from tests.crash.harness import PARALLEL, Place, run_all
from tests.crash.nursery import Nursery
from tests.crash.scene import fast_folder
from tests.crash.tally import Outcome, Tally
from tests.crash.trial import Aims, Trial, trials
from tests.crash.worker import share_statements

EVERY = 200
"""Trials after which a line says how it goes; what is wrong is told at once."""


def main(arguments: list[str] | None = None) -> int:
    """Run trials and print the sums."""
    options = _options(arguments)
    if options.twin:
        return _show_twin(options)
    began, aims = time.monotonic(), Aims()
    share_statements()
    with ExitStack() as stack:
        folder = stack.enter_context(fast_folder(f"syndicator-crash-{options.seed}-"))
        place = stack.enter_context(_place(folder, options.db))
        tell = Teller(began, verbose=options.verbose)
        drawn = trials(options.trials, seed=options.seed, aims=aims, machines=place.postgres is not None)
        if options.repeat:
            drawn = (Trial.parse(options.repeat, number=number) for number in range(options.trials))
        print(f"seed {options.seed}, {options.db}, {options.parallel} side by side", flush=True)  # noqa: T201
        tally = run_all(_until_ctrl_c(drawn), place, aims=aims, tell=tell, parallel=options.parallel)
    return _conclude(tally, seconds=time.monotonic() - began, options=options)


def _until_ctrl_c(drawn: Iterable[Trial]) -> Iterator[Trial]:
    """Draw until Ctrl-C: what is under way is finished, and the sums are printed for as far as it came."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    return itertools.takewhile(lambda _: not stopped.is_set(), drawn)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="default: another one every time")
    parser.add_argument("--parallel", type=int, default=PARALLEL)
    parser.add_argument("--repeat", default="", metavar="TRIAL", help="this one, as it was printed, again and again")
    parser.add_argument("--least", type=int, help="deaths that every boundary must have; default: 3 in 100 trials")
    parser.add_argument("--twin", choices=twin.TWINS, help="a product without its first rule: duplicates are expected")
    parser.add_argument("--verbose", action="store_true", help="a line for each trial")
    options = parser.parse_args(arguments)
    if options.least is None:
        options.least = max(1, options.trials * 3 // 100)
    return options


def _show_twin(options: argparse.Namespace) -> int:
    """Run trials on a naive twin; exit code 1 when the harness sees nothing wrong with it."""
    with (
        tempfile.TemporaryDirectory(prefix="syndicator-twin-") as folder,
        twin.tree(options.twin) as tree,
        Nursery(tree) as nursery,
    ):
        place = Place(nursery=nursery, folder=Path(folder))
        tally = run_all(twin.trials(options.trials), place, aims=twin.aims(), parallel=options.parallel)
    print(tally)  # noqa: T201
    share = tally.duplicated / max(tally.trials, 1)
    print(f"{options.twin}: {share:.0%} of the trials with a duplicate")  # noqa: T201
    return 0 if tally.duplicated else 1


@contextmanager
def _place(folder: Path, database: str) -> Iterator[Place]:
    """Give a place for trials; on PostgreSQL with a server of its own."""
    if database == "sqlite":
        with Nursery() as nursery:
            yield Place(nursery=nursery, folder=folder)
        return
    server = roomy()
    try:
        with Nursery(warm=server.empty()) as nursery:
            yield Place(nursery=nursery, folder=folder, postgres=Databases(server))
    finally:
        server.stop()


class Teller:
    """Prints what is wrong at once, and now and then how it goes."""

    def __init__(self, began: float, *, verbose: bool) -> None:
        self._began = began
        self._verbose = verbose
        self._trials = self._kills = 0

    def __call__(self, outcome: Outcome) -> None:
        self._trials += 1
        self._kills += outcome.kills
        if self._verbose or outcome.breaches:
            print(outcome, flush=True)  # noqa: T201
        if self._trials % EVERY == 0:
            speed = self._trials / (time.monotonic() - self._began)
            print(f"  {self._trials} trials, {self._kills} kills, {speed:.1f} trials/s", flush=True)  # noqa: T201


def _conclude(tally: Tally, *, seconds: float, options: argparse.Namespace) -> int:
    print(tally.table())  # noqa: T201
    missed = [] if options.repeat else tally.missed(options.least)
    if missed:
        print(f"died at fewer than {options.least} times: {', '.join(missed)}")  # noqa: T201
    rest = f"{len([*Boundary])} boundaries, the rarest died at {min(tally.killed_at[b.name] for b in Boundary)} times"
    speed = tally.trials / seconds
    print(f"seed {options.seed}, {options.db}, {rest}, {seconds:.0f} s, {speed:.1f} trials/s")  # noqa: T201
    print(tally)  # noqa: T201
    return 1 if missed or tally.breaches or not tally.trials else 0


if __name__ == "__main__":
    sys.exit(main())

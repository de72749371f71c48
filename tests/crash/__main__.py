"""Heavier runs: ``python -m tests.crash --trials N --db sqlite|postgres [--seed S]``; exit code 1 on any breach."""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from syndicator.boundary import Boundary
from tests.crash.harness import PARALLEL, Databases, Outcome, Tally, random_trial, run_all
from tests.crash.nursery import Nursery
from tests.postgres import Server


def main(arguments: list[str] | None = None) -> int:
    """Run trials and print one line for each, then the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="default: another one every time")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first trial, to repeat one")
    parser.add_argument("--parallel", type=int, default=PARALLEL)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with ExitStack() as stack:
        # The folder of a trial that broke a promise stays, with its post log and what the lives said.
        folder = Path(tempfile.mkdtemp(prefix=f"syndicator-crash-{options.seed}-"))
        postgres = None
        if options.db == "postgres":
            server = Server()
            stack.callback(server.stop)
            postgres = Databases(server)
        tally = run_all(
            (random_trial(number, options.seed) for number in range(options.first, options.first + options.trials)),
            nursery=stack.enter_context(Nursery()),
            folder=folder,
            postgres=postgres,
            tell=_show,
            parallel=options.parallel,
        )
    return _conclude(tally, folder=folder, seconds=time.monotonic() - began, seed=options.seed)


def _show(outcome: Outcome) -> None:
    print(outcome, flush=True)  # noqa: T201


def _conclude(tally: Tally, *, folder: Path, seconds: float, seed: int) -> int:
    missed = tally.never_hit()
    complete = len(tally.outcomes) < len(Boundary) or not missed
    print(tally.table())  # noqa: T201
    if missed:
        print(f"never hit: {', '.join(missed)}")  # noqa: T201
    if tally.breaches:
        print(f"look into {folder}")  # noqa: T201
    else:
        folder.rmdir()
    print(f"{tally} ({seconds:.0f} s, seed {seed})")  # noqa: T201
    return 0 if complete and not tally.breaches else 1


if __name__ == "__main__":
    sys.exit(main())

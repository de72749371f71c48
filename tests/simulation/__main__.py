"""``python -m tests.simulation --seeds N [--first K] [--nemesis NAME] [--twin NAME] [--jobs J]``: play many seeds.

``--seed K --trace`` prints the history of one. Exit code 1 on any broken promise, with the seeds and how
to replay them.
"""

import argparse
import sys
from collections.abc import Sequence

from tests.simulation.crowd import Tally, crowd
from tests.simulation.nemeses import NEMESES
from tests.simulation.play import play
from tests.simulation.stage import server
from tests.simulation.twins import TWINS, twin


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument(
        "--nemesis",
        default="",
        choices=("", "each", *NEMESES),
        help="one aimed trouble; each: one after the other",
    )
    parser.add_argument("--twin", default="", choices=("", *TWINS), help="a naive design instead of ours: shows red")
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 = one for each core")
    parser.add_argument("--seed", type=int, help="just this one")
    parser.add_argument("--trace", action="store_true", help="print the history of the one seed")
    parser.add_argument("--plain", action="store_true", help="SQLAlchemy's own way of executing, slower")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return _one(options)
    wanted = tuple(NEMESES) if options.nemesis == "each" else (options.nemesis,)
    failed = 0
    for nemesis in wanted:
        if len(wanted) > 1:
            _say(f"--- {nemesis}")
        seeds = range(options.first, options.first + options.seeds)
        tally = crowd(seeds, aimed=nemesis, naive=options.twin, jobs=options.jobs, tell=_say)
        failed += _conclude(tally, nemesis=nemesis, naive=options.twin)
    return 1 if failed else 0


def _one(options: argparse.Namespace) -> int:
    server().quick = not options.plain
    with twin(options.twin):
        played = play(options.seed, options.nemesis, tracing=options.trace)
    for line in played.history:
        _say(line)
    _say(repr(played.scene))
    for breach in played.breaches:
        _say(f"{breach.kind.upper()}: {breach.text}")
    _say(f"{dict(sorted(played.states.items()))} after {played.lasted / 3600:.1f} h; digest {played.digest}")
    return 1 if played.breaches else 0


def _conclude(tally: Tally, *, nemesis: str, naive: str) -> int:
    _say(tally.table())
    more = f" --nemesis {nemesis!r}" if nemesis else ""
    more += f" --twin {naive!r}" if naive else ""
    for seed, text in tally.worst[:20]:
        _say(f"seed {seed}: {text}")
        _say(f"    python -m tests.simulation --seed {seed}{more} --trace")
    _say(str(tally))
    return 1 if tally.breaches else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

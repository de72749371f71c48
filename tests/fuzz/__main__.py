"""``python -m tests.fuzz --n N [--seed S] [--first K]``: parse mutants of feeds, pages and sitemaps.

The last line is the result; exit code 1 when anything but an error of the source came out, a document took longer than
its limit, or a process was left over. ``--only K`` writes mutant K to standard output.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.fuzz.mutants import mutant
from tests.fuzz.run import Tally, fuzz
from tests.fuzz.seeds import seeds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="of the whole run: the same one makes the same mutants")
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--only", type=int, help="write this one mutant")
    options = parser.parse_args(arguments)
    if options.only is not None:
        sys.stdout.buffer.write(mutant(options.seed, options.only).body)
        return 0
    began = time.monotonic()

    def tell(tally: Tally) -> None:
        _say(f"{tally.mutants} mutants, {tally.mutants / (time.monotonic() - began):.0f}/s, {len(tally.killed)} killed")

    _say(f"seed {options.seed}, {len(seeds())} documents")
    tally = fuzz(options.n, seed=options.seed, first=options.first, tell=tell)
    _conclude(tally, lasted=time.monotonic() - began)
    return 0 if tally.ok else 1


def _conclude(tally: Tally, *, lasted: float) -> None:
    for text, count in tally.refused.most_common(25):
        _say(f"{count:7}  {text}")
    for what, found in (("killed", tally.killed), ("ESCAPE", tally.escapes), ("HANG", tally.hangs)):
        for line in found[:20]:
            _say(f"{what}: {line}")
    _say(f"{tally.read} read with {tally.entries} entries, {tally.refused.total()} refused, {len(tally.killed)} killed")
    _say(f"{lasted:.1f} s, {tally.mutants / lasted:.0f} mutants/s, slowest {tally.slowest:.2f} s")
    _say(str(tally))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""The benchmarks: ``python -m tests.benchmarks [ROW …]``, a table of ratios with their goals; 1 when a goal is missed.

``make bench`` sets up the peers and calls it. Real processes, measured by turns in one run; nothing leaves loopback.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from tests.benchmarks import material
from tests.benchmarks.figures import Figure, document, lines
from tests.benchmarks.ground import PEERS, Ground, Row

ROWS = ("unchanged", "hosts", "cold", "parsing", "lag", "idle", "pages", "dripping", "counting", "teasers")
SOURCES, FEW = 10_000, 200


def main(words: Sequence[str] | None = None) -> int:
    """Measure the rows that were asked for; gives the exit code."""
    asked = _asked(words)
    _tell(f"peers: {asked.peers}" if asked.peers.exists() else f"no peers at {asked.peers}: ours is measured alone")
    if material.shared() is None:
        _tell("the shared documents are not here: a few of our own are measured, and the figures are not comparable")
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="syndicator-bench-", dir=asked.folder) as folder:
        ground = Ground(
            folder=Path(folder),
            peers=asked.peers if asked.peers.exists() else None,
            quick=asked.quick,
            sources=asked.sources or (FEW if asked.quick else SOURCES),
            rounds=1 if asked.quick else asked.rounds,
        )
        for name in asked.rows or ROWS:
            _tell(f"measuring {name} ...")
            found += _row(name).measure(ground)
    print(json.dumps(document(found)) if asked.json else "\n".join(lines(found)))  # noqa: T201
    # A few sources say nothing about a goal.
    return 0 if asked.quick or (ground.peers and all(one.met for one in found)) else 1


def _row(name: str) -> Row:
    return cast("Row", import_module(f"tests.benchmarks.{name}"))


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of: {', '.join(ROWS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="small: shows that it runs, holds to no goal")
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.add_argument("--sources", type=int, help=f"of a sweep (default {SOURCES:,})")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement (default 3)")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has the peers")
    parser.add_argument("--folder", type=Path, help="on the disk that is measured (default: a temporary one)")
    asked = parser.parse_args(words)
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    return asked


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

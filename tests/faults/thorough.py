"""How much a run does: a sample with every commit, everything with ``python -m tests.faults``."""

import os

ALL = os.environ.get("SYNDICATOR_FAULTS") == "all"


def numbers(stride: int) -> range:
    """Give the numbers of the calls that are made to fail, without end: each, or each ``stride``-th."""
    return range(1, 100_000, 1 if ALL else stride)

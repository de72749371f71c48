"""Naive twins: the product with its first rule taken out, in a copy of the tree, under the same kills.

A harness that sees nothing wrong with them proves nothing about the product.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syndicator.boundary import Boundary
from tests.crash.doom import Doom
from tests.crash.nursery import ROOT
from tests.crash.trial import Aims, Trial
from tests.mutations.mutation import Mutation
from tests.mutations.naive import NAIVE
from tests.mutations.trial import copy

_FORGETS = Mutation(
    rule="naive",
    file="service/reconcile.py",
    off="an attempt whose worker is gone was not sent",
    old='        fenced = posts.was_fenced(conn, post.token or "")\n',
    new="        fenced = False\n",
    tests=(),
)
TWINS = {
    "post-then-record": ("post, then record",),
    "blind-retry": ("blind retry: an unknown outcome counts as not sent", _FORGETS.off),
}
"""Name -> what is switched off in it."""
AIMS = (
    Boundary.WIRE_BODY,
    Boundary.WIRE_STATUS,
    Boundary.WIRE_ANSWER,
    Boundary.RECORD_WRITTEN,
)
"""Where a twin dies: the platform has the post, and the post log does not know."""


@contextmanager
def tree(name: str) -> Iterator[Path]:
    """Give a copy of the product that is the twin of that name.

    Raises:
        KeyError: no such twin.
        MutationError: the product no longer has the text that is replaced.
    """
    known = {mutation.off: mutation for mutation in (*NAIVE, _FORGETS)}
    with tempfile.TemporaryDirectory(prefix="syndicator-twin-") as folder:
        place = Path(folder) / "tree"
        place.mkdir()
        copy(ROOT, place)
        for off in TWINS[name]:
            path = known[off].path(place)
            path.write_text(known[off].mutated(path.read_text(encoding="utf-8")), encoding="utf-8")
            for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
                compiled.unlink()
        yield place


def trials(count: int) -> Iterator[Trial]:
    """Give trials whose one kill comes between the platform's post and our record."""
    for number in range(count):
        doom = Doom(boundary=AIMS[number % len(AIMS)], number=1 + number // len(AIMS) % 2)
        yield Trial(number=number, kills=(doom,), mode=("daemon", "work")[number // 2 % 2])


def aims() -> Aims:
    """Give the aims that twins are counted by."""
    return Aims(AIMS)

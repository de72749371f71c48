"""Row 1: every source answers 304, all on one host, state stored; against ``reader update --workers 10``."""

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import material
from tests.benchmarks.costs import Cost, cost
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, module, ratio, reader_with
from tests.benchmarks.newsstand import Newsstand
from tests.benchmarks.sweep import PLACES, config

ROW = "1"
SPARE_SOCKETS = 50


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("unchanged")
    with Newsstand(material.usual_feeds(folder)) as stand:
        urls = [stand.url("one", n) for n in range(ground.sources)]
        ours, theirs, _ = sweeps(ground, folder, stand, urls)
    return [against_reader(ground, ours, theirs, row=ROW, what="all 304, one host: CPU less than reader", least=8)]


def sweeps(
    ground: Ground, folder: Path, stand: Newsstand, urls: Sequence[str]
) -> tuple[Cost, Cost | None, dict[str, int]]:
    """Let both read everything once, then measure readings of what did not change.

    Gives what each cost, less its start, and what the server counted while we read.
    """
    path = config(folder, urls)
    cost(*module("tests.benchmarks.sweep", path))
    database, single = folder / "reader.sqlite", folder / "one.sqlite"
    if ground.peers:
        for made, wanted in ((database, urls), (single, urls[:1])):
            reader_with(ground, made, wanted)
            cost(*ground.reader(made))
    counted: dict[str, int] = {}

    def ours() -> Cost:
        spent = _all_unchanged(stand, len(urls), *module("tests.benchmarks.sweep", path), counted=counted)
        assert spent.said["unchanged"] == len(urls), spent.said
        return spent.begun

    def theirs() -> Cost:
        # Of one feed: then what it imports when it first needs it counts as its start.
        start = cost(*ground.reader(single))
        return _all_unchanged(stand, len(urls), *ground.reader(database)).less(start)

    mine, others = ground.compared(ours, theirs)
    return mine, others, counted


def _all_unchanged(stand: Newsstand, n: int, *command: str | Path, counted: dict[str, int] | None = None) -> Cost:
    stand.counts(forget=True)
    spent = cost(*command)
    said = stand.counts()
    assert said["answers"].get("304") == n, f"{command[:4]}: {said['answers']} of {n}"
    if counted is not None:
        counted["most_open"] = max(counted.get("most_open", 0), said["most_open"])
    return spent


def against_reader(ground: Ground, ours: Cost, theirs: Cost | None, *, row: str, what: str, least: float) -> Figure:
    """Make the figure of a comparison with ``reader``."""
    each = 1e3 / ground.sources
    detail = f"N={ground.sources:,}: {ours.cpu * each:.3f} ms a feed, {ours.wall:.1f} s"
    if theirs:
        detail += f"; reader {theirs.cpu * each:.3f} ms, {theirs.wall:.1f} s"
    return Figure(row=row, what=what, value=ratio(ours, theirs), least=least if theirs else None, detail=detail)


def sockets(counted: dict[str, int], *, row: str) -> Figure:
    """Make the figure of the connections that were open at a time."""
    return Figure(
        row=row, what="open sockets", value=counted["most_open"], unit="", most=PLACES + SPARE_SOCKETS,
        detail=f"{PLACES} readings side by side",
    )  # fmt: skip

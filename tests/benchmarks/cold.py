"""Row 3: real feeds that nobody has read yet: fetch, parse in the killable processes, normalise, dedup, store."""

from tests.benchmarks import material
from tests.benchmarks.costs import Cost, cost
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, module, ratio, reader_with
from tests.benchmarks.newsstand import Newsstand
from tests.benchmarks.sweep import config

ROW = "3"
FEEDS, FEW = 500, 60


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("cold")
    n = FEW if ground.quick else FEEDS
    feeds = material.usual_feeds(folder)
    with Newsstand(feeds) as stand:
        urls = [stand.url("feed", at) for at in range(n)]
        ours, theirs = _both(ground, urls)
    detail = f"N={n}: {ours.cpu / n * 1e3:.2f} ms a feed, {ours.said['entries']:,} entries"
    if theirs:
        detail += f"; reader {theirs.cpu / n * 1e3:.2f} ms"
    each = f"{len(feeds)} real feeds" if material.shared() else f"{len(feeds)} feeds of our own"
    return [
        Figure(
            row=ROW, what="cold, stored: CPU less than reader", value=ratio(ours, theirs),
            least=10 if theirs else None, detail=f"{detail} ({each} under all addresses)",
        )
    ]  # fmt: skip


def _both(ground: Ground, urls: list[str]) -> tuple[Cost, Cost | None]:
    runs = iter(range(10**6))

    def ours() -> Cost:
        path = config(ground.place(f"cold/ours{next(runs)}"), urls)
        # An interpreter's start is no part of a reading: ours has the parsers' too.
        start = cost(*module("tests.benchmarks.sweep", path, "--parsers")).begun
        spent = cost(*module("tests.benchmarks.sweep", path)).begun
        return Cost(cpu=spent.cpu - start.cpu, wall=spent.wall, said=spent.said)

    def theirs() -> Cost:
        folder = ground.place(f"cold/theirs{next(runs)}")
        database = reader_with(ground, folder / "all.sqlite", urls)
        single = reader_with(ground, folder / "one.sqlite", urls[:1])
        cost(*ground.reader(single))
        start = cost(*ground.reader(single))
        return cost(*ground.reader(database)).less(start)

    return ground.compared(ours, theirs)

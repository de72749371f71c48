"""Row 2: as row 1, but every source is a host of its own: a connection each, and no more open than there is work."""

from tests.benchmarks import material, unchanged
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground
from tests.benchmarks.newsstand import Newsstand, host

ROW = "2"
MOST_MEMORY = 80


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("hosts")
    with Newsstand(material.usual_feeds(folder)) as stand:
        if not stand.everywhere:
            return [Figure(row=ROW, what="skipped: this kernel has one loopback address", value=0, unit="")]
        urls = [stand.url("one", n, host=host(n)) for n in range(ground.sources)]
        ours, theirs, counted = unchanged.sweeps(ground, folder, stand, urls)
    what = "all 304, each its own host: CPU less than reader"
    memory = ours.said["memory"]
    return [
        unchanged.against_reader(ground, ours, theirs, row=ROW, what=what, least=3),
        unchanged.sockets(counted, row=ROW),
        Figure(
            row=ROW, what="most memory during the sweep", value=memory, unit="MB", most=MOST_MEMORY,
            detail=f"N={ground.sources:,}; {ours.said['start_memory']:.0f} MB when all is open",
        ),
    ]  # fmt: skip

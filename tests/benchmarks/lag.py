"""Row 6b: a daemon that reads 10,000 sources every minute never lags behind: how long each waits between two readings.

News that comes at any moment then waits half of that in the mean, and all of it at worst. The quick form asks for as
many readings a second of fewer sources.
"""

import time
from itertools import pairwise

from tests.benchmarks import material
from tests.benchmarks.daemons import Daemon
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground
from tests.benchmarks.newsstand import Newsstand
from tests.benchmarks.sweep import config

ROW = "6b"
EVERY, FAST = 60, 12
"""Seconds."""
SLACK = 2
"""Seconds by which a reading may come late: a tick of the daemon, and the sweep."""


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("lag")
    every = FAST if ground.quick else EVERY
    n = ground.sources * every // EVERY
    with Newsstand(material.usual_feeds(folder)) as stand:
        path = config(folder, [stand.url("one", at) for at in range(n)], interval=f"{every}s")
        with Daemon(path) as daemon:
            daemon.until(lambda: len(stand.counts()["asked"]) >= n, "the first readings", patience=300)
            time.sleep(every)  # the first sweep took them all at once; now they part
            began, before = time.time(), daemon.cpu
            time.sleep(1.5 * every)
            share = 100 * (daemon.cpu - before) / (time.time() - began)
            asked = stand.counts()["asked"]
    gaps = sorted(later - earlier for times in asked.values() for earlier, later in pairwise(times) if later > began)
    never = sum(times[-1] < began for times in asked.values())
    p99, most = gaps[int(0.99 * len(gaps))], gaps[-1]
    detail = f"{n:,} sources every {every} s, {len(gaps):,} readings at {share:.0f} % of a core; longest {most:.1f} s"
    what = "p99 between two readings of a source"
    return [
        Figure(row=ROW, what=what, value=p99, unit="s", most=every + SLACK, detail=detail),
        Figure(row=ROW, what="sources that were left out", value=never, unit="", most=0, detail=detail),
    ]

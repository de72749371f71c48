"""Fifty servers that drip a byte a second beside fifty good ones: the good ones are read on time (F18)."""

from tests.benchmarks import material
from tests.benchmarks.costs import cost
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, module
from tests.benchmarks.newsstand import Newsstand
from tests.benchmarks.sweep import config

ROW = "dripping"
EACH = 50
MOST = 15.0
"""Seconds until the last good one is asked; the slow ones end by the dead-line of 30 s."""


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("dripping")
    n = 10 if ground.quick else EACH
    with Newsstand(material.usual_feeds(folder)) as stand:
        # The slow ones first: the worst order.
        urls = [stand.url("drip", at) for at in range(n)] + [stand.url("one", at) for at in range(n)]
        spent = cost(*module("tests.benchmarks.sweep", config(folder, urls)))
        asked = stand.counts()["asked"]
    began = min(min(times) for times in asked.values())
    good = [times[0] - began for path, times in asked.items() if path.startswith("/one/")]
    detail = f"{len(good)} of {n} good ones beside {n} slow ones; the whole sweep took {spent.said['seconds']:.0f} s"
    what = "last good source asked after"
    return [
        Figure(row=ROW, what=what, value=max(good), unit="s", most=MOST, detail=detail),
        Figure(row=ROW, what="good sources not stored", value=n - spent.said["entries"], unit="", most=0, detail=""),
    ]

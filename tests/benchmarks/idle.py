"""Row 11: a daemon with thousands of sources of which none is due: memory, and its share of a core."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks import material
from tests.benchmarks.costs import cost
from tests.benchmarks.daemons import Daemon
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, module
from tests.benchmarks.newsstand import Newsstand
from tests.benchmarks.sweep import config

ROW = "11"
MOST_MEMORY, MOST_SHARE = 80, 0.5
SETTLING = 5.0
"""Seconds after the start that are left out."""


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("idle")
    watched = 5.0 if ground.quick else 60.0
    with Newsstand(material.usual_feeds(folder)) as stand:
        path = config(folder, [stand.url("one", n) for n in range(ground.sources)], interval="12h")
        cost(*module("tests.benchmarks.sweep", path))
        stand.counts(forget=True)
        with Daemon(path) as daemon:
            daemon.until(lambda: "started" in _said(path), "the daemon", patience=60)
            time.sleep(SETTLING)
            before, began = daemon.cpu, time.monotonic()
            time.sleep(watched)
            share = 100 * (daemon.cpu - before) / (time.monotonic() - began)
            memory = daemon.memory
        asked = sum(stand.counts()["answers"].values())
    assert not asked, f"it was not idle: {asked} readings, {_due(folder)} due"
    detail = f"N={ground.sources:,}, one X account, {watched:g} s"
    return [
        Figure(row=ROW, what="idle daemon: memory", value=memory, unit="MB", most=MOST_MEMORY, detail=detail),
        Figure(row=ROW, what="idle daemon: share of a core", value=share, unit="%", most=MOST_SHARE, detail=detail),
    ]


def _said(path: Path) -> str:
    return path.with_suffix(".log").read_text(encoding="utf-8")


def _due(folder: Path) -> int:
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    with closing(sqlite3.connect(folder / "state" / "syndicator.db")) as log:
        (count,) = log.execute("SELECT count(*) FROM sources WHERE next_poll_at < ?", (soon,)).fetchone()
    return int(count)

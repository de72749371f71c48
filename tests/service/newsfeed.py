"""A feed as the guards see it: entries by number, and one round of remember, plan and deliver on the bench."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from syndicator.model import Channel, Entry, Rule, Source
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.remember import PollReport, remember
from syndicator.sources import Reading
from syndicator.store import Store, batches, views
from syndicator.store.batches import Batch
from tests import values
from tests.service.bench import Bench, make_bench

FEED = Source(name="news", kind="feed", url="https://news.example/feed/", interval=timedelta(minutes=5))
FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def entry(bench: Bench, n: int, *, age: timedelta = timedelta(minutes=1), site: str = "news", **changes: Any) -> Entry:
    """Give entry number ``n``, published ``age`` ago."""
    url = f"https://{site}.example/2026/11/story-{n}"
    made = Entry(
        guid=f"https://{site}.example/?p={n}",
        url=f"{url}/",
        canonical_url=url,
        title=f"Story number {n}",
        published_at=bench.clock.now() - age,
    )
    return replace(made, **changes)


def newsroom(folder: Path, *, feed: Source = FEED, store: Store | None = None, **changes: Any) -> Bench:
    """Build a bench with one source and one channel."""
    rules: tuple[Rule, ...] = changes.pop("rules", (values.rule("x"),))
    channels: tuple[Channel, ...] = changes.pop("channels", (values.channel("x"),))
    return make_bench(folder, sources=(feed,), rules=rules, channels=channels, store=store, **changes)


def read(bench: Bench, entries: Iterable[Entry], *, feed: Source | None = None, **reading: Any) -> PollReport:
    """Read the source as it is now, and plan."""
    source = feed or bench.parts.sources[0]
    report = remember(bench.parts, source, Reading(entries=tuple(entries), **reading), backfill=0)
    plan(bench.parts)
    return report


def baseline(bench: Bench, size: int = 20, *, feed: Source | None = None) -> list[Entry]:
    """Read the source for the first time: numbers 1 to ``size``, days old; the next poll is five minutes later."""
    found = [entry(bench, n, age=timedelta(days=2, hours=size - n)) for n in range(1, size + 1)][::-1]
    assert read(bench, found, feed=feed).new == 0
    bench.clock.tick(FIVE)
    return found


def learn(bench: Bench, document: list[Entry], *, polls: int = 40, new: int = 1, first: int = 5000) -> list[Entry]:
    """Let the source bring ``new`` articles a poll, once an hour with a poll every five minutes."""
    for number in range(polls):
        fresh = [entry(bench, first + number * new + item) for item in range(new)]
        document = [*fresh, *document][: len(document)]
        assert read(bench, document).held == 0
        for _ in range(12):
            bench.clock.tick(FIVE)
            read(bench, (), not_modified=True)
    deliver(bench.parts)
    return document


def held(bench: Bench) -> list[Batch]:
    with bench.parts.store.read() as conn:
        return batches.held(conn)


def states(bench: Bench) -> dict[str, str]:
    """Give the state of every post by its headline."""
    with bench.parts.store.read() as conn:
        return {row.title: str(row.post.state) for row in views.log(conn)}


def reasons(bench: Bench) -> dict[str, str]:
    with bench.parts.store.read() as conn:
        return {row.title: row.post.reason for row in views.log(conn)}


def alarms(bench: Bench, word: str = "articles held") -> list[str]:
    return [notice.text for notice in bench.told.notices if word in notice.subject]


def titles(entries: Sequence[Entry]) -> list[str]:
    return [one.title for one in entries]

"""After an outage of ours: what a route catches up with, by its policy, and what a person is asked about."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from syndicator.model import CatchUp, Entry, Route, Rule
from syndicator.service import batches, stale
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import (
    FIVE,
    HOUR,
    alarms,
    baseline,
    entry,
    held,
    learn,
    newsroom,
    read,
    reasons,
    states,
)


def desk(folder: Path, **policies: CatchUp | None) -> Bench:
    """A bench whose routes catch up by ``policies``, one channel each."""
    routes = tuple(Route(channel=name, catch_up=policy) for name, policy in policies.items())
    channels = tuple(values.channel(name) for name in policies)
    return newsroom(folder, rules=(Rule(name="all", routes=routes),), channels=channels)


def missed(bench: Bench, size: int, *, apart: timedelta = timedelta(minutes=20), **changes: Any) -> list[Entry]:
    """Let five hours go by in which ``size`` articles come out, newest first."""
    bench.clock.tick(5 * HOUR)
    return [entry(bench, 100 + n, age=n * apart, **changes) for n in range(size)]


def by_channel(bench: Bench) -> dict[str, int]:
    deliver(bench.parts)
    return {name: len(adapter.live) for name, adapter in bench.adapters.items()}


def test_without_a_policy_what_is_plausible_for_the_time_is_posted(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=None)
    document = learn(bench, baseline(bench, 60), polls=30)
    assert read(bench, [*missed(bench, 12), *document]).new == 12
    assert held(bench) == []


def test_without_a_policy_more_than_that_is_asked_about(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=None)
    document = learn(bench, baseline(bench, 60), polls=30)
    assert read(bench, [*missed(bench, 18), *document]).held == 18
    (batch,) = held(bench)
    assert batch.guard == "catch-up"
    assert batch.reason.startswith("18 new articles after 5 h in which nobody read the source; 4 are usual")


def test_the_newest_n_are_posted_and_the_others_listed(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=CatchUp(newest=3), y=CatchUp(newest=0))
    document = baseline(bench, 60)
    found = missed(bench, 30)
    assert read(bench, [*found, *document]).new == 30
    assert by_channel(bench) == {"x": 3, "y": 0}
    assert held(bench) == []
    posted = {title for title, state in states(bench).items() if state == "published"}
    assert posted <= {one.title for one in found[:3]}
    assert reasons(bench)[found[7].title].startswith("catching up after an outage: newest")
    stale.tell(bench.parts)
    assert any("27 posts were not sent in time on x" in notice.text for notice in bench.told.notices)


def test_the_younger_are_posted_and_the_others_listed(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=CatchUp(younger=HOUR))
    document = baseline(bench, 60)
    assert read(bench, [*missed(bench, 12), *document]).new == 12
    assert by_channel(bench) == {"x": 4}
    assert sorted(states(bench).values()) == ["published"] * 4 + ["skipped"] * 8


def test_an_archive_dated_today_is_not_young_news(tmp_path: Path) -> None:
    """Younger than an hour they all say; so many are not plausible, so a person is asked."""
    bench = desk(tmp_path, x=CatchUp(younger=HOUR))
    document = baseline(bench, 60)
    assert read(bench, [*missed(bench, 50, apart=timedelta(seconds=1)), *document]).held == 50
    assert by_channel(bench) == {"x": 0}


def test_ask_holds_even_one_article_and_approve_releases_it(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=CatchUp())
    document = baseline(bench, 60)
    assert read(bench, [*missed(bench, 2), *document]).held == 2
    (told,) = alarms(bench)
    assert "2 new articles after an outage, and x wants to be asked" in told
    batches.release(bench.parts, batches.review(bench.parts, "news"))
    plan(bench.parts)
    assert by_channel(bench) == {"x": 2}


def test_one_route_that_asks_holds_the_batch_for_all_and_the_others_keep_their_policy(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=CatchUp(newest=1), y=CatchUp())
    document = baseline(bench, 60)
    assert read(bench, [*missed(bench, 4), *document]).held == 4
    batches.release(bench.parts, batches.review(bench.parts, "news"))
    plan(bench.parts)
    assert by_channel(bench) == {"x": 1, "y": 4}


def test_a_policy_says_nothing_about_an_ordinary_poll(tmp_path: Path) -> None:
    bench = desk(tmp_path, x=CatchUp(newest=0))
    document = baseline(bench, 60)
    assert read(bench, [entry(bench, 1000), *document]).new == 1
    assert by_channel(bench) == {"x": 1}


def test_the_server_that_was_away_is_an_outage_too(tmp_path: Path) -> None:
    """Whose fault it was does not matter: nobody read the source for five hours."""
    bench = desk(tmp_path, x=CatchUp(newest=1))
    document = baseline(bench, 60)
    for _ in range(60):
        bench.clock.tick(FIVE)
    found = [entry(bench, 100 + n, age=n * FIVE) for n in range(4)]
    read(bench, [*found, *document])
    assert by_channel(bench) == {"x": 1}


def test_only_what_a_route_takes_counts_for_its_newest(tmp_path: Path) -> None:
    sport = Rule(name="sport", tags=("Sport",), routes=(Route(channel="x", catch_up=CatchUp(newest=2)),))
    bench = newsroom(tmp_path, rules=(sport,))
    document = baseline(bench, 60)
    found = missed(bench, 12)
    tagged = [replace(one, tags=("Sport",)) if n % 3 == 2 else one for n, one in enumerate(found)]
    read(bench, [*tagged, *document])
    deliver(bench.parts)
    posted = {title for title, state in states(bench).items() if state == "published"}
    assert posted == {tagged[2].title, tagged[5].title}

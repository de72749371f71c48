"""Posts that are made after commits were lost: looked up first where the article may have been posted meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syndicator.model import Article, Source, State
from syndicator.sandbox import Sandbox
from syndicator.service import admin
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.quarantine import mend, seen_at
from syndicator.service.reconcile import reconcile
from tests import values
from tests.service.bench import Bench, make_bench

HOUR = timedelta(hours=1)


def lose(bench: Bench) -> datetime:
    """Put the log in quarantine, as a restore does, an hour after it was begun."""
    bench.clock.tick(HOUR)
    at = bench.clock.now()
    with bench.parts.store.write() as conn:
        mend(bench.parts.store, conn, (), at=at, node="bench/1", why="restored")
    return at


def story(published_at: datetime | None, n: int = 1) -> Article:
    url = f"https://news.example/2026/11/story-{n}/"
    return values.article(
        id=f"a{n:012d}", url=url, canonical_url=url.rstrip("/"), guid=url, published_at=published_at, title=f"Story {n}"
    )


def place(bench: Bench, article: Article, again: str = "") -> State:
    channel = bench.parts.channels["x"]
    (placed,) = admin.place(
        bench.parts, replace(article, first_seen_at=bench.clock.now()), channels_=(channel,), again=again
    )
    return placed.post.state


@pytest.mark.parametrize(
    ("published", "state"),
    [(-HOUR, "unknown"), (timedelta(0), "unknown"), (None, "unknown"), (timedelta(minutes=1), "queued")],
)
def test_r15_a_one_off_of_the_lost_time_is_looked_up_first(
    bench: Bench, published: timedelta | None, state: str
) -> None:
    at = lose(bench)
    bench.clock.tick(HOUR)
    assert place(bench, story(None if published is None else at + published)) == state


def test_r15_a_one_off_that_went_out_in_the_lost_time_is_adopted(bench: Bench) -> None:
    at = lose(bench)
    bench.x.live.append((admin.decisions.identity.post_id("a000000000001", "x"), "1-live"))
    assert place(bench, story(at - HOUR)) is State.UNKNOWN
    reconcile(bench.parts)
    assert bench.states() == [State.PUBLISHED]
    assert bench.x.bodies == []


def test_r15_a_repeat_of_what_was_known_before_is_looked_up_first(bench: Bench) -> None:
    article = story(values.NOW)
    place(bench, article)
    deliver(bench.parts)
    at = lose(bench)
    bench.clock.tick(HOUR)
    assert place(bench, replace(article, published_at=at + HOUR), again="it is on again") is State.UNKNOWN


def test_after_a_week_nothing_is_suspected_any_more(bench: Bench) -> None:
    at = lose(bench)
    bench.clock.tick(timedelta(days=7, seconds=1))
    assert place(bench, story(at - HOUR)) is State.QUEUED


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[tuple[Bench, Sandbox]]:
    with Sandbox(articles=2, now=values.NOW) as sandbox:
        news = Source(name="news", kind="feed", url=sandbox.urls.feed(), allow_private=True)
        bench = make_bench(tmp_path, sources=(news,), rules=(values.rule("x"),))
        poll(bench.parts)
        yield bench, sandbox
        bench.parts.store.close()


def read(bench: Bench, sandbox: Sandbox, title: str, published_at: datetime) -> list[State]:
    sandbox.newsroom.publish(title=title, published_at=published_at)
    poll(bench.parts, force=True)
    plan(bench.parts)
    return sorted(bench.states())


def test_r15_a_wrong_date_does_not_hide_what_was_there_at_the_first_reading(newsroom: tuple[Bench, Sandbox]) -> None:
    """The feed dates its articles an hour ahead; the first reading after the loss shows what was posted in it."""
    bench, sandbox = newsroom
    at = lose(bench)
    bench.clock.tick(timedelta(minutes=1))
    assert read(bench, sandbox, "Dated ahead", at + HOUR) == ["unknown"]
    bench.clock.tick(timedelta(minutes=10))
    assert read(bench, sandbox, "Fresh", bench.clock.now()) == ["queued", "unknown"]
    assert read(bench, sandbox, "Written before, read later", at - HOUR) == ["queued", "unknown", "unknown"]


def test_r15_a_first_reading_without_news_is_over_all_the_same(newsroom: tuple[Bench, Sandbox]) -> None:
    bench, sandbox = newsroom
    lose(bench)
    bench.clock.tick(timedelta(minutes=1))
    poll(bench.parts, force=True)
    bench.clock.tick(timedelta(minutes=10))
    assert read(bench, sandbox, "Fresh", bench.clock.now()) == ["queued"]


def test_when_articles_count_as_seen(bench: Bench) -> None:
    now = bench.clock.now()
    with bench.parts.store.read() as conn:
        assert seen_at(conn, now, now) == now
    at = lose(bench)
    later = at + HOUR
    with bench.parts.store.read() as conn:
        assert seen_at(conn, None, later) == later  # a new source: its first reading is a baseline
        assert seen_at(conn, at - HOUR, later) == at
        assert seen_at(conn, at + HOUR, later) == later
        assert seen_at(conn, at - HOUR, at - HOUR) == at - HOUR  # our clock went back

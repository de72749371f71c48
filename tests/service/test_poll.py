"""Polling and planning against the sandbox's newsroom: nothing missed, nothing twice, nothing flooded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Source, State
from syndicator.sandbox import Sandbox
from syndicator.service import admin, oneoff
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.store import articles, views
from tests import values
from tests.service.bench import Bench, make_bench


@pytest.fixture
def newsroom() -> Iterator[Sandbox]:
    with Sandbox(articles=5, now=values.NOW) as sandbox:
        yield sandbox


def source(newsroom: Sandbox, name: str = "news", **changes: object) -> Source:
    feed = Source(name=name, kind="feed", url=newsroom.urls.feed(), allow_private=True, max_age=timedelta(days=2))
    return replace(feed, **changes)  # type: ignore[arg-type]


def bench_for(folder: Path, *sources: Source) -> Bench:
    return make_bench(folder, sources=sources, rules=(values.rule("x"),))


def posts(bench: Bench) -> list[str]:
    with bench.parts.store.read() as conn:
        return [row.title for row in views.log(conn)]


def test_f09_the_first_reading_is_a_baseline(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    report = poll(bench.parts)
    assert (report.baselined, report.new) == (5, 0)
    assert plan(bench.parts).posts == 0
    bench.clock.tick(timedelta(minutes=6))
    newsroom.newsroom.publish(title="Fresh from the press", published_at=values.NOW)
    assert poll(bench.parts).new == 1
    assert plan(bench.parts).posts == 1
    assert posts(bench) == ["Fresh from the press"]


def test_backfill_plans_the_newest_and_only_at_the_first_reading(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    newest = [entry.title for entry in list(newsroom.newsroom.articles)[:2]]
    assert poll(bench.parts, backfill=2).new == 2
    plan(bench.parts)
    assert sorted(posts(bench)) == sorted(newest)
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts, backfill=2).new == 0
    assert plan(bench.parts).posts == 0


def test_the_same_article_in_two_feeds_is_one_article(tmp_path: Path, newsroom: Sandbox) -> None:
    world = source(newsroom, "world", url=newsroom.urls.feed("world"))
    bench = bench_for(tmp_path, source(newsroom), world)
    poll(bench.parts)
    newsroom.newsroom.publish(title="Seen twice, posted once", section="World", published_at=values.NOW)
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts).new == 1
    assert plan(bench.parts).posts == 1
    deliver(bench.parts)
    assert len(bench.x.live) == 1


def test_f12_an_unchanged_feed_is_not_sent_again(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    poll(bench.parts)
    bench.clock.tick(timedelta(minutes=6))
    report = poll(bench.parts)
    assert (report.polled, report.unchanged) == (1, 1)


def test_a_source_is_read_at_its_interval(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    assert poll(bench.parts).polled == 1
    bench.clock.tick(timedelta(minutes=4))
    assert poll(bench.parts).polled == 0
    bench.clock.tick(timedelta(minutes=1))
    assert poll(bench.parts).polled == 1


def test_one_bad_source_never_stops_another_and_backs_off(tmp_path: Path, newsroom: Sandbox) -> None:
    broken = source(newsroom, "broken", url=f"{newsroom.url}/news/nowhere/feed.xml")
    refused = source(newsroom, "refused", url="http://127.0.0.1:9/feed")
    page = source(newsroom, "page", url=f"{newsroom.url}/")  # announces no feed
    bench = bench_for(tmp_path, broken, refused, page, source(newsroom))
    report = poll(bench.parts)
    assert set(report.errors) == {"broken", "refused", "page"}
    assert report.baselined == 5
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts).polled == 1  # the bad ones wait longer
    with bench.parts.store.read() as conn:
        state = articles.source_state(conn, "refused")
    assert state is not None
    assert (state.failures, bool(state.last_error)) == (1, True)


def test_f06_a_changed_headline_is_a_revision_and_no_second_post(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    poll(bench.parts)
    story = newsroom.newsroom.publish(title="Minister resigns", published_at=values.NOW)
    bench.clock.tick(timedelta(minutes=6))
    poll(bench.parts)
    plan(bench.parts)
    deliver(bench.parts)
    newsroom.newsroom.revise(story.slug, title="Minister does not resign")
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts).new == 0
    assert plan(bench.parts).posts == 0
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1
    assert posts(bench) == ["Minister does not resign"]


def test_what_is_too_old_is_remembered_and_not_planned(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom, max_age=timedelta(hours=1)))
    poll(bench.parts)
    newsroom.newsroom.publish(title="Left lying about", published_at=values.NOW - timedelta(hours=5))
    bench.clock.tick(timedelta(minutes=6))
    report = poll(bench.parts)
    assert (report.new, report.baselined) == (0, 1)
    assert plan(bench.parts).posts == 0


def test_articles_are_posted_in_the_order_in_which_they_were_written(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = bench_for(tmp_path, source(newsroom))
    written = [entry.title for entry in list(newsroom.newsroom.articles)][::-1]
    poll(bench.parts, backfill=5)
    plan(bench.parts)
    deliver(bench.parts)
    with bench.parts.store.read() as conn:
        titles = {row.post.id: row.title for row in views.log(conn) if row.post.state is State.PUBLISHED}
    assert [titles[marker] for marker, _ in bench.x.live] == written


def test_a_rule_that_matches_nothing_is_counted(tmp_path: Path, newsroom: Sandbox) -> None:
    bench = make_bench(tmp_path, sources=(source(newsroom),), rules=(values.rule("x", tags=("No such tag",)),))
    poll(bench.parts, backfill=3)
    report = plan(bench.parts)
    assert (report.articles, report.posts, report.unmatched) == (3, 0, 3)
    assert plan(bench.parts).articles == 0  # an article is asked about once


def test_an_article_posted_by_hand_first_still_reaches_its_other_channels(tmp_path: Path, newsroom: Sandbox) -> None:
    both = (values.channel("x"), values.channel("mirror"))
    bench = make_bench(tmp_path, channels=both, sources=(source(newsroom),), rules=(values.rule("x", "mirror"),))
    poll(bench.parts)
    story = newsroom.newsroom.publish(title="Told by hand", published_at=values.NOW)
    url = newsroom.newsroom.url(story)
    typed = oneoff.read_page(url, configured=bench.parts.sources, now=bench.clock.now())
    (placed,) = admin.place(bench.parts, typed, channels_=both[:1], typed=url)
    admin.send_now(bench.parts, placed.post)
    for _ in range(3):
        bench.clock.tick(timedelta(minutes=6))
        poll(bench.parts)
        plan(bench.parts)
        deliver(bench.parts)
    assert {name: len(adapter.live) for name, adapter in bench.adapters.items()} == {"x": 1, "mirror": 1}

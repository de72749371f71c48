"""A backtest, case by case: when what goes out where, at what cost, what is held, and what another setup changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text

from syndicator.model import Article, Channel, QuietHours, Rule, Source, Stabilise, State
from syndicator.service import backtest, backtest_history
from syndicator.service.backtest import Played
from syndicator.service.backtest_difference import Difference, differences
from syndicator.service.deliver import deliver
from syndicator.store import articles, batches
from syndicator.store.articles import SourceState
from syndicator.store.batches import Decision
from tests import values
from tests.service.bench import Bench, make_bench

NOW = values.NOW
NEWS = Source(name="news", kind="feed", url="https://news.example/feed", flood_limit=100, language="en")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def story(n: int, at: datetime, **changes: Any) -> Article:
    url = f"https://news.example/2026/story-{n}/"
    fields = {"id": f"a{n:012d}", "guid": url, "url": url, "canonical_url": url[:-1], "title": f"Story number {n}"}
    return values.article(**fields | {"published_at": at, "first_seen_at": at} | changes)


def stored(bench: Bench, *found: Article, baseline: bool = False) -> None:
    """Store articles as polls left them; those of a ``baseline`` were only remembered."""
    with bench.parts.store.write() as conn:
        if articles.source_state(conn, "news") is None:
            state = SourceState(name="news", baseline_at=NOW - timedelta(days=90), window=50, interval=300)
            articles.save_source_state(conn, state)
        for one in found:
            articles.add(conn, one, (f"url:{one.canonical_url}",), planned=baseline)
            if not baseline:
                articles.mark_planned(conn, [one.id], one.first_seen_at + timedelta(seconds=1))


def bench_of(folder: Path, *found: Article) -> Bench:
    bench = make_bench(folder, sources=(NEWS,))
    stored(bench, *found)
    return bench


def played(
    bench: Bench,
    *channels: Channel,
    rules: Sequence[Rule] | None = None,
    sources: Sequence[Source] = (NEWS,),
    since: datetime = NOW,
    until: datetime = NOW + timedelta(days=3),
) -> Played:
    on = channels or (values.channel(),)
    setup = backtest.Setup(
        sources=sources,
        channels=on,
        rules=(values.rule(*(channel.name for channel in on)),) if rules is None else rules,
        compose=backtest.composing(bench.parts.composer),
    )
    with bench.parts.store.read() as conn:
        history = backtest_history.read(conn, since=since, until=until)
    return backtest.play(history, setup)


def sent(found: Played) -> list[tuple[str, datetime]]:
    return [(one.article.title, one.at) for one in found.plays if one.post.state is State.PUBLISHED]


def minutes(found: Played) -> list[float]:
    return [(at - NOW) / MINUTE for _, at in sent(found)]


def test_spacing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW) for n in range(3)))
    assert minutes(played(bench)) == [0, 0, 0]
    assert minutes(played(bench, values.channel(min_interval=10 * MINUTE))) == [0, 10, 20]


def test_quiet_hours_are_the_channels_own(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW + 10 * HOUR + 30 * MINUTE))  # 23:30 in Brussels
    quiet = QuietHours(start=time(23), end=time(6))
    assert minutes(played(bench, values.channel(quiet_hours=quiet, timezone="Europe/Brussels"))) == [17 * 60]
    assert minutes(played(bench, values.channel(quiet_hours=quiet))) == [10 * 60 + 30]


def test_an_embargo_is_waited_for_and_a_far_date_is_held(tmp_path: Path) -> None:
    soon, far = story(1, NOW, published_at=NOW + 2 * HOUR), story(2, NOW, published_at=NOW + 48 * HOUR)
    found = played(bench_of(tmp_path, soon, far))
    assert minutes(found) == [120]
    (held,) = [one for one in found.plays if one.post.state is State.HELD]
    assert held.post.reason.startswith("dated in the future")


def test_a_daily_cap_and_patience(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW + n * MINUTE) for n in range(3)))
    found = played(bench, values.channel(daily_cap=2, expires_after=HOUR))
    assert minutes(found) == [0, 1]
    (skipped,) = [one for one in found.plays if one.post.state is State.SKIPPED]
    assert "stale" in skipped.post.reason
    assert "daily cap of 2 reached" in skipped.post.reason
    assert minutes(played(bench, values.channel(daily_cap=2, expires_after=24 * HOUR))) == [0, 1, 720]


def test_cost_and_budget(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW + n * MINUTE) for n in range(3)))
    found = played(bench, values.channel(monthly_budget=Decimal("0.40")))
    assert [one.cost for one in found.plays if one.post.state is State.PUBLISHED] == [Decimal("0.200")] * 2
    assert "monthly budget: $0.40 of $0.40 spent" in next(
        one.post.reason for one in found.plays if one.post.state is not State.PUBLISHED
    )


def test_a_pictures_alternative_text_is_paid_for_and_no_picture_is_fetched(tmp_path: Path) -> None:
    asked: list[Article] = []

    def fetch(article: Article) -> bytes:
        asked.append(article)
        raise ValueError("nobody is to fetch it")

    bench = make_bench(tmp_path, fetch=fetch)
    stored(bench, story(1, NOW))
    (one,) = played(bench, values.channel(image="attach")).plays
    assert one.cost == Decimal("0.205")
    assert asked == []


def test_what_was_really_sent_before_counts(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.clock.set(NOW)
    bench.queue(n=900)
    deliver(bench.parts)
    begins = NOW + backtest_history.WARM_UP + MINUTE
    stored(bench, story(1, begins))
    found = played(bench, values.channel(monthly_budget=Decimal("0.30")), since=begins, until=begins + 20 * MINUTE)
    assert sent(found) == []
    assert "$0.20 of $0.30 spent" in found.plays[0].post.reason


def test_the_words_are_those_that_stood_there_then(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW, title="First words"))
    with bench.parts.store.write() as conn:
        articles.revise(conn, story(1, NOW, title="Second words"), at=NOW + 5 * MINUTE)
        articles.revise(conn, story(1, NOW, title="[Withdrawn] words"), at=NOW + 30 * MINUTE)
    rule = values.rule("x")
    late = replace(rule, routes=(replace(rule.routes[0], delay=10 * MINUTE),))
    later = replace(rule, routes=(replace(rule.routes[0], delay=HOUR),))
    assert sent(played(bench)) == [("First words", NOW)]
    assert sent(played(bench, rules=(late,))) == [("Second words", NOW + 10 * MINUTE)]
    (held,) = played(bench, rules=(later,)).plays
    assert (held.post.state, held.at) == (State.HELD, NOW + 30 * MINUTE)
    assert "withdrawn" in held.post.reason


def test_stability_is_waited_for(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW))
    with bench.parts.store.write() as conn:
        articles.revise(conn, story(1, NOW, title="Second words"), at=NOW + 2 * MINUTE)
    rule = values.rule("x")
    stable = replace(rule, routes=(replace(rule.routes[0], stabilise=Stabilise()),))
    assert minutes(played(bench, rules=(stable,))) == [5]


def test_a_first_reading_is_never_posted_and_old_news_neither(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(2, NOW, published_at=NOW - 30 * HOUR))
    begun_at = NOW + 60 * timedelta(days=1)
    with bench.parts.store.write() as conn:
        articles.save_source_state(conn, SourceState(name="news", baseline_at=begun_at))
    stored(bench, story(1, NOW), baseline=True)
    found = played(bench)
    assert (found.plays, found.too_old) == ((), 1)


def test_a_flood_is_held_until_a_person_released_it(tmp_path: Path) -> None:
    few = replace(NEWS, flood_limit=2)
    bench = bench_of(tmp_path, *(story(n, NOW) for n in range(3)))
    found = played(bench, sources=(few,))
    assert (sent(found), found.batches[0].guard, len(found.batches[0].stories)) == ([], "flood", 3)
    with bench.parts.store.write() as conn:
        batch = batches.begin(conn, "news", at=NOW, guard="flood", reason="3 at once")
        conn.execute(text("UPDATE articles SET batch = :batch"), {"batch": batch.id})
        batches.decide(conn, batch, Decision.RELEASED, at=NOW + HOUR, by="desk")
    assert minutes(played(bench, sources=(few,))) == [60, 60, 60]


def test_articles_of_other_sources_are_counted(tmp_path: Path) -> None:
    found = played(bench_of(tmp_path, story(1, NOW)), sources=(replace(NEWS, name="other"),))
    assert (found.plays, found.foreign) == ((), {"news": 1})


def test_what_no_rule_takes_is_counted(tmp_path: Path) -> None:
    assert played(bench_of(tmp_path, story(1, NOW)), rules=()).unrouted == 1


def test_labels_are_those_of_the_configuration_that_is_tried(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW, labels=("news",)))
    rule = values.rule("x", labels=("sport",))
    assert sent(played(bench, rules=(rule,))) == []
    assert minutes(played(bench, rules=(rule,), sources=(replace(NEWS, labels=("sport",)),))) == [0]


def test_the_time_before_is_played_and_not_shown(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW - HOUR), story(2, NOW + HOUR, title="Story number 1"))
    found = played(bench)
    (held,) = found.plays
    assert held.post.state is State.HELD
    assert held.post.reason.startswith("same headline as another article")


def test_nothing_is_written(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW) for n in range(3)))

    def dump() -> list[Any]:
        with bench.parts.store.read() as conn:
            names = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).scalars()
            return [conn.execute(text(f"SELECT * FROM {name}")).all() for name in names.all()]

    before = dump()
    played(bench)
    assert dump() == before
    assert bench.x.live == []
    assert bench.told.notices == []


# --- the difference -------------------------------------------------------------------------------------------------


def change(bench: Bench, *channels: Channel, **other: Any) -> list[Difference]:
    return list(differences(played(bench), played(bench, *channels, **other)))


def test_the_same_configuration_changes_nothing(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW) for n in range(3)))
    assert change(bench) == []


def test_what_is_moved_says_by_how_much(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, *(story(n, NOW) for n in range(2)))
    (moved,) = change(bench, values.channel(min_interval=10 * MINUTE))
    assert (moved.kinds, moved.why) == (("moved",), "10 min later")


def test_what_is_added_and_removed_says_why(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW), story(2, NOW + MINUTE, tags=("Opinion",)))
    found = change(bench, rules=(values.rule("x", tags=("Opinion",)),))
    assert [(one.kinds, one.play.article.title, one.why) for one in found] == [
        (("removed",), "Story number 1", "no rule sends it there")
    ]
    page = values.channel("page", "facebook")
    added = change(bench, values.channel(), page)
    assert {(one.kinds, one.play.post.channel, one.why) for one in added} == {(("added",), "page", "by rule all")}
    gone = change(bench, page)
    assert {one.why for one in gone if "removed" in one.kinds} == {"the channel is not there"}
    asked = values.rule("x")
    asked = replace(asked, routes=(replace(asked.routes[0], approval=True),))
    assert {one.why for one in change(bench, rules=(asked,))} == {"held: waits for approval"}
    assert {one.why for one in change(bench, sources=())} == {"the source is not there"}
    few = replace(NEWS, flood_limit=0)
    said = {one.why for one in change(bench, sources=(few,))}
    assert said == {"held: 1 new articles at once; at most 0 are plausible"}


def test_other_words_are_a_change(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, story(1, NOW))
    (changed,) = change(bench, values.channel(utm={"campaign": "autumn"}))
    assert changed.kinds == ("changed",)

"""Floods, silences and archives that come again are held, told once, and released or dropped by a person (F08, F10)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Entry
from syndicator.service import batches, quarantine
from syndicator.service.admin import Refused
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import articles
from syndicator.store.batches import Decision
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import FEED, FIVE, HOUR, alarms, baseline, entry, held, learn, newsroom, read, states
from tests.service.rolled import Rolled


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return newsroom(tmp_path)


def flood(bench: Bench, size: int, *, first: int = 1000) -> list:  # type: ignore[type-arg]
    """An archive with new names on a new site, dated today."""
    return [entry(bench, n, site="moved", title=f"From the archive {n}") for n in range(first, first + size)]


@pytest.mark.parametrize("size", [30, 300])
def test_f08_a_flood_is_held_whole_and_told_once(bench: Bench, size: int) -> None:
    baseline(bench)
    report = read(bench, flood(bench, size))
    assert (report.new, report.held, report.baselined) == (0, size, 0)
    deliver(bench.parts)
    assert (states(bench), bench.x.bodies) == ({}, [])
    (batch,) = held(bench)
    assert (batch.source, batch.guard, batch.size) == ("news", "flood", size)
    (told,) = alarms(bench)
    assert told.startswith(f"news: {size} new articles at once; at most 5 are plausible. Nothing of it is posted")
    assert "From the archive 1000" in told
    assert "syndicator approve --source news | syndicator drop --source news" in told


@pytest.mark.slow
def test_f08_an_archive_of_ten_thousand(bench: Bench) -> None:
    baseline(bench)
    assert read(bench, flood(bench, 10_000)).held == 10_000
    assert plan(bench.parts).articles == 0
    assert len(alarms(bench)) == 1


def test_f08_as_many_as_are_plausible_are_news(bench: Bench) -> None:
    baseline(bench)
    assert read(bench, flood(bench, 5)).new == 5
    assert len(states(bench)) == 5
    assert held(bench) == []


@pytest.mark.slow
def test_f08_the_limit_of_a_busy_source_is_learned(bench: Bench) -> None:
    document = learn(bench, baseline(bench, 100), new=4, polls=20)
    assert read(bench, [*flood(bench, 12), *document]).held == 0
    bench.clock.tick(FIVE)
    assert read(bench, flood(bench, 23, first=2000)).held == 23


def test_f08_a_source_that_publishes_its_day_at_once_is_held_once_and_believed_then(bench: Bench) -> None:
    baseline(bench)
    for day in range(3):
        assert read(bench, flood(bench, 15, first=1000 * (day + 1))).held == (0 if day else 15)
        if not day:
            batches.release(bench.parts, batches.review(bench.parts, "news"))
        for _ in range(3):
            bench.clock.tick(8 * HOUR)
            read(bench, (), not_modified=True)


def test_f08_a_person_may_name_the_limit(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, feed=replace(FEED, flood_limit=2))
    baseline(bench)
    assert read(bench, flood(bench, 3)).held == 3


def test_f08_more_of_the_flood_joins_it_and_ordinary_news_flows_beside_it(bench: Bench) -> None:
    document = baseline(bench)
    read(bench, flood(bench, 30))
    for poll in range(1, 4):
        bench.clock.tick(FIVE)
        assert read(bench, flood(bench, 30, first=1000 + 30 * poll)).held == 30
    bench.clock.tick(FIVE)
    report = read(bench, [entry(bench, 77, title="Fresh from the press"), *document])
    assert (report.new, report.held) == (1, 0)
    deliver(bench.parts)
    assert states(bench) == {"Fresh from the press": "published"}
    (batch,) = held(bench)
    assert batch.size == 120
    assert len(alarms(bench)) == 1


def test_f08_a_trickle_of_known_headlines_joins_the_flood(bench: Bench) -> None:
    """Two at a time are plausible by number; their headlines say what they are."""
    document = baseline(bench)
    read(bench, flood(bench, 30))
    bench.clock.tick(FIVE)
    again = [entry(bench, 900 + n, title=document[n].title) for n in range(2)]
    assert read(bench, again).held == 2
    assert held(bench)[0].size == 32


def test_f08_a_small_document_that_comes_again_under_new_names_is_held(tmp_path: Path) -> None:
    """Four articles are never many: what gives them away is that their headlines are known."""
    bench = newsroom(tmp_path)
    document = baseline(bench, 4)
    moved = [
        replace(one, guid=f"new-{one.guid}", url=one.url.replace("news.", "moved."),
                canonical_url=one.canonical_url.replace("news.", "moved."), published_at=bench.clock.now())
        for one in document
    ]  # fmt: skip
    assert read(bench, [entry(bench, 50, title="Something new"), *moved]).held == 4
    assert states(bench) == {"Something new": "queued"}
    (batch,) = held(bench)
    assert (batch.guard, batch.size) == ("echo", 4)
    assert batch.reason.startswith("4 of 5 new articles have headlines of earlier ones")
    batches.release(bench.parts, batches.review(bench.parts, "news"))
    plan(bench.parts)
    # A person was told that they were there before, so their posts are not held once more for it (F05).
    assert list(states(bench).values()) == ["queued"] * 5


def test_f10_fifty_at_once_after_weeks_of_silence(bench: Bench) -> None:
    document = baseline(bench)
    read(bench, [entry(bench, 30), *document])
    for _ in range(40):
        bench.clock.tick(timedelta(hours=12))
        read(bench, (), not_modified=True)
    bench.clock.tick(FIVE)
    read(bench, (), not_modified=True)
    bench.clock.tick(FIVE)
    old = [entry(bench, 200 + n, age=timedelta(days=1, hours=n + 1)) for n in range(30)]
    young = [entry(bench, 300 + n, age=n * FIVE) for n in range(20)]
    report = read(bench, [*young, *old])
    assert (report.new, report.held, report.baselined) == (0, 20, 30)
    (batch,) = held(bench)
    assert (batch.guard, batch.reason) == (
        "silence", "20 new articles at once after 20 d 10 min without any; at most 5 are plausible"
    )  # fmt: skip


def test_f08_the_history_learns_neither_from_a_baseline_nor_from_a_flood_that_is_held(bench: Bench) -> None:
    document = baseline(bench, 100)
    document = learn(bench, document, polls=20)
    read(bench, flood(bench, 60))
    with bench.parts.store.read() as conn:
        state = articles.source_state(conn, "news")
    assert state is not None
    assert state.rhythm is not None
    assert (state.rhythm["sizes"], state.window) == ([1] * 20, 100)
    bench.clock.tick(FIVE)
    assert read(bench, flood(bench, 6, first=3000)).held == 6
    batches.release(bench.parts, batches.review(bench.parts, "news"))
    with bench.parts.store.read() as conn:
        state = articles.source_state(conn, "news")
    assert state is not None
    assert state.rhythm is not None
    assert state.rhythm["sizes"][-1] == 66


def test_approve_releases_what_is_young_and_skips_what_has_become_too_old(bench: Bench) -> None:
    baseline(bench)
    aging = [entry(bench, 400 + n, age=timedelta(hours=20 + n / 10)) for n in range(10)]
    read(bench, [*flood(bench, 10), *aging])
    bench.clock.tick(5 * HOUR)
    seen = batches.review(bench.parts, "news")
    assert (len(seen.news), len(seen.old), seen.posts) == (10, 10, {"x": 10})
    assert len(batches.review(bench.parts, "news", with_old=True).news) == 20
    batches.release(bench.parts, seen)
    plan(bench.parts)
    deliver(bench.parts)
    assert list(states(bench).values()) == ["published"] * 10
    assert held(bench) == []
    with pytest.raises(Refused, match="nothing of source news is held"):
        batches.review(bench.parts, "news")


def test_with_old_posts_them_all(bench: Bench) -> None:
    baseline(bench)
    read(bench, flood(bench, 10))
    bench.clock.tick(timedelta(days=3))
    batches.release(bench.parts, batches.review(bench.parts, "news", with_old=True))
    plan(bench.parts)
    assert list(states(bench).values()) == ["queued"] * 10


def test_drop_keeps_them_known_and_posts_none(bench: Bench) -> None:
    baseline(bench)
    archive = flood(bench, 30)
    read(bench, archive)
    batches.drop(bench.parts, batches.review(bench.parts, "news"))
    bench.clock.tick(FIVE)
    assert read(bench, [*archive, entry(bench, 60)]).new == 1
    assert states(bench) == {"Story number 60": "queued"}
    assert len(alarms(bench)) == 1


def test_a_decision_binds_to_what_was_looked_at(bench: Bench) -> None:
    baseline(bench)
    read(bench, flood(bench, 30))
    seen = batches.review(bench.parts, "news")
    bench.clock.tick(FIVE)
    read(bench, flood(bench, 30, first=2000))
    with pytest.raises(Refused, match="grew meanwhile"):
        batches.release(bench.parts, seen)
    assert len(held(bench)) == 1
    again = batches.review(bench.parts, "news")
    batches.drop(bench.parts, again)
    with pytest.raises(Refused, match="decided"):
        batches.release(bench.parts, again)


def test_a_second_flood_after_a_decision_is_a_second_alarm(bench: Bench) -> None:
    baseline(bench)
    for n in (1, 2):
        read(bench, flood(bench, 30, first=1000 * n))
        batches.drop(bench.parts, batches.review(bench.parts, "news"))
        bench.clock.tick(FIVE)
    assert len({notice.key for notice in bench.told.notices}) == 2


def test_f09_a_source_that_comes_back_under_its_name_is_known_and_catches_up(bench: Bench) -> None:
    document = baseline(bench)
    bench.clock.tick(timedelta(days=30))
    assert read(bench, [entry(bench, 30), *document]).new == 1


def test_f09_f27_undated_entries_are_no_news_at_the_first_reading(bench: Bench) -> None:
    found = [entry(bench, n, published_at=None) for n in range(8)]
    assert (read(bench, found).baselined, states(bench)) == (8, {})
    bench.clock.tick(FIVE)
    assert read(bench, [entry(bench, 9, published_at=None), *found]).new == 1


def test_r15_what_lost_commits_leave_to_be_read_again_is_an_absence_and_what_was_held_stays_held(bench: Bench) -> None:
    """After a roll-back the state is old and its articles are gone: twice what is usual in that time is believed."""
    document = learn(bench, baseline(bench), polls=30)
    bench.clock.tick(8 * HOUR)
    now = bench.clock.now()
    with bench.parts.store.write() as conn:
        quarantine.mend(bench.parts.store, conn, (), at=now, node="bench/1", why="restored")
    lost = [entry(bench, 8000 + n, age=n * HOUR) for n in range(8)]
    assert read(bench, [*lost, *document]).new == 8
    assert [states(bench)[one.title] for one in lost] == ["unknown"] * 8  # looked up first, as ever


@pytest.mark.parametrize("journal", [True, False])
def test_r15_what_a_journal_puts_back_is_known_and_no_flood(tmp_path: Path, journal: bool) -> None:
    """Eight articles went out in two polls; then the log is put back to before them."""
    rolled = Rolled(tmp_path, sources=(FEED,), rules=(values.rule("x"),))
    document = learn(rolled.bench, baseline(rolled.bench), polls=30)
    copy = rolled.keep()
    news: list[Entry] = []
    for poll in range(2):
        news = [*(entry(rolled.bench, 7000 + 4 * poll + n) for n in range(4)), *news]
        read(rolled.bench, [*news, *document])
        rolled.bench.clock.tick(HOUR)
        deliver(rolled.bench.parts)
    sent = len(rolled.bench.x.bodies)
    bench = rolled.back(copy, journal=journal)
    now = bench.clock.now()
    with bench.parts.store.write() as conn:
        lines = bench.parts.journal.lines(bench.parts.store.log_id)
        quarantine.mend(bench.parts.store, conn, lines, at=now, node="bench/1", why="restored")
    for _ in range(3):
        read(bench, [*news, *document])
        reconcile(bench.parts)
        deliver(bench.parts)
        bench.clock.tick(FIVE)
    # On a new machine nobody knows of them: what is too many for the time is asked about, and nothing goes out twice.
    assert len(held(bench)) <= (0 if journal else 1)
    assert len(bench.x.bodies) == len({marker for marker, _ in bench.x.live}) == sent


def test_a_decision_is_kept_with_who_made_it(bench: Bench) -> None:
    from syndicator.store import batches as kept

    baseline(bench)
    read(bench, flood(bench, 30))
    batches.release(bench.parts, batches.review(bench.parts, "news"))
    with bench.parts.store.read() as conn:
        batch = kept.get(conn, 1)
    assert batch is not None
    assert (batch.decision, batch.decided_by, batch.decided_at) == (Decision.RELEASED, "bench/1", bench.clock.now())

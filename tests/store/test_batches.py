"""Held batches, on both databases: what is not planned, who decides first, and a flood from end to end."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import InvalidTransition
from syndicator.service import batches as desk
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.store import Store, articles, batches
from syndicator.store.articles import New
from syndicator.store.batches import Decision
from tests.service.bench import Bench
from tests.service.newsfeed import FIVE, alarms, baseline, entry, held, newsroom, read, states
from tests.store.samples import aliases, article, at


def fill(store: Store, *, size: int = 3, first: int = 10) -> batches.Batch:
    """Hold some articles of one source."""
    with store.write() as conn:
        batch = batches.begin(conn, "eutoday", at=at(0), guard="flood", reason="too many")
        rows = [
            New(article=article(n), aliases=tuple(aliases(n)), planned=False, batch=batch.id)
            for n in range(first, first + size)
        ]
        assert articles.add_many(conn, rows) == rows
        batches.grow(conn, batch, size)
        found = batches.get(conn, batch.id)
    assert found is not None
    return found


def test_what_is_held_is_not_planned_until_it_is_released(store: Store) -> None:
    batch = fill(store)
    with store.write() as conn:
        articles.add(conn, article(1), aliases(1), planned=False)
        assert [one.id for one in articles.unplanned(conn)] == ["a1"]
        assert (batch.size, batches.waiting(conn)) == (3, 3)
        assert [one.id for one in batches.content(conn, batch.id)] == ["a10", "a11", "a12"]
        batches.decide(conn, batch, Decision.RELEASED, at=at(5), by="desk")
        assert [one.id for one in articles.unplanned(conn)] == ["a10", "a11", "a12", "a1"]
        assert [one.id for one in articles.unplanned(conn, limit=2)] == ["a10", "a11"]
        articles.mark_planned(conn, ["a10"], at(6))
        assert [one.id for one in batches.content(conn, batch.id, waiting=True)] == ["a11", "a12"]
        assert (batches.held(conn), batches.waiting(conn)) == ([], 0)
        decided = batches.of_article(conn, "a10")
        assert decided is not None
        assert (decided.decision, decided.decided_by, decided.decided_at) == ("released", "desk", at(5))
        assert batches.of_article(conn, "a1") is None


def test_a_batch_is_decided_once_and_as_it_was_seen(store: Store) -> None:
    batch = fill(store)
    with store.write() as conn:
        batches.grow(conn, batch, 1)
    with store.write() as conn, pytest.raises(InvalidTransition, match="grew meanwhile"):
        batches.decide(conn, batch, Decision.DROPPED, at=at(1), by="desk")
    with store.write() as conn:
        (batch,) = batches.held(conn, "eutoday")
        assert batches.held(conn, "other") == []
        batches.decide(conn, batch, Decision.DROPPED, at=at(1), by="desk")
    with store.write() as conn, pytest.raises(InvalidTransition):
        batches.decide(conn, batch, Decision.RELEASED, at=at(2), by="other")


def test_articles_are_added_together_and_one_that_is_known_stops_no_other(store: Store) -> None:
    with store.write() as conn:
        articles.add(conn, article(2), aliases(2), planned=True)
        rows = [New(article=article(n), aliases=tuple(aliases(n)), planned=False) for n in range(1, 5)]
        assert [one.article.id for one in articles.add_many(conn, rows)] == ["a1", "a3", "a4"]
        assert articles.add_many(conn, rows) == []
        assert articles.add_many(conn, []) == []
        assert sorted(articles.several(conn, ["a1", "a2", "a9"])) == ["a1", "a2"]


def test_headlines_are_found_without_case_and_punctuation(store: Store) -> None:
    with store.write() as conn:
        articles.add(conn, article(1, title="Harbour reopens: “at last”"), aliases(1), planned=True)
        articles.add(conn, article(2, title="Harbour reopens"), aliases(2), planned=True)
        articles.add(conn, article(3, title="!!"), aliases(3), planned=True)
        asked = ["HARBOUR REOPENS, at last", "Harbour re-opens", "Harbour closes", "??"]
        assert articles.echoes(conn, "eutoday", asked) == {"HARBOUR REOPENS, at last", "Harbour re-opens"}
        assert articles.echoes(conn, "other", asked) == set()
        late = article(4, title="harbour re-opens", first_seen_at=at(9))
        assert [one.article.id for one in articles.namesakes(conn, late, since=at(-1))] == ["a2"]
        assert articles.namesakes(conn, late, since=at(5)) == []
        assert articles.namesakes(conn, article(5, title="…"), since=at(-1)) == []
        articles.revise(conn, article(2, title="Harbour stays shut"), at=at(3))
        assert articles.namesakes(conn, late, since=at(-1)) == []


@pytest.fixture
def bench(store: Store, tmp_path: Path) -> Bench:
    return newsroom(tmp_path, store=store)


def test_f08_a_flood_is_held_told_once_and_released(bench: Bench) -> None:
    document = baseline(bench)
    flood = [entry(bench, n, site="moved", title=f"From the archive {n}") for n in range(1000, 1030)]
    for _ in range(2):
        assert read(bench, [*flood, *document]).new == 0
        bench.clock.tick(FIVE)
    assert read(bench, [entry(bench, 77), *flood]).new == 1
    deliver(bench.parts)
    assert states(bench) == {"Story number 77": "published"}
    assert (len(alarms(bench)), held(bench)[0].size) == (1, 30)
    desk.release(bench.parts, desk.review(bench.parts, "news"))
    assert plan(bench.parts).posts == 30
    bench.clock.tick(timedelta(minutes=1))
    deliver(bench.parts)
    assert set(states(bench).values()) == {"published"}


def test_f01_f05_f06_an_article_keeps_its_names_and_a_namesake_is_held(bench: Bench) -> None:
    baseline(bench)
    one = entry(bench, 50, title="Minister resigns")
    read(bench, [one])
    deliver(bench.parts)
    bench.clock.tick(FIVE)
    edited = entry(bench, 50, title="Minister stays", guid=one.guid.replace("https:", "http:"))
    twin = entry(bench, 51, title="MINISTER STAYS!")
    read(bench, [edited, twin])
    assert states(bench) == {"Minister stays": "published", "MINISTER STAYS!": "held"}
    assert len(alarms(bench, "headline changed after posting")) == 1

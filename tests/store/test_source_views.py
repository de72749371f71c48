"""How the sources are, for ten thousand of them as for one; pauses that no poll overwrites."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event, insert, text

from syndicator.core import health, rhythm
from syndicator.core.health import Sign
from syndicator.model import Source
from syndicator.service import checkup
from syndicator.store import Store, articles, batches, source_pauses, source_views
from syndicator.store.articles import New, SourceState
from syndicator.store.schema import sources
from tests.store import samples
from tests.store.samples import at

MANY = 10_000
DAY = timedelta(days=1)


def seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def put(store: Store, *states: SourceState) -> None:
    with store.write() as conn:
        for state in states:
            articles.save_source_state(conn, state)


def test_the_overview_joins_what_is_held_and_what_is_new(store: Store) -> None:
    put(store, SourceState(name="eutoday", polls=3), SourceState(name="other"))
    with store.write() as conn:
        first = batches.begin(conn, "eutoday", at=at(5), guard="flood", reason="many")
        batches.grow(conn, first, 2)
        over = batches.begin(conn, "eutoday", at=at(1), guard="flood", reason="before")
        batches.grow(conn, over, 9)
        grown = batches.get(conn, over.id)
        assert grown is not None
        batches.decide(conn, grown, batches.Decision.RELEASED, at=at(2), by="me")
        rows = [
            New(article=samples.article(n, first_seen_at=at(n)), aliases=samples.aliases(n), planned=False, batch=None)
            for n in (1, 2, 3)
        ]
        assert len(articles.add_many(conn, rows)) == 3
    with store.read() as conn:
        found = source_views.overview(conn, since=at(2))
        (only,) = source_views.overview(conn, since=at(2), name="eutoday").values()
    assert list(found) == ["eutoday", "other"]
    assert found["eutoday"] == only
    assert (only.state.polls, only.held, only.held_for, only.held_at, only.new) == (3, 2, "many", at(5), 2)
    assert found["other"] == source_views.SourceRow(state=SourceState(name="other"))


def test_a_pause_changes_nothing_else_and_resuming_lets_it_be_read_at_once(store: Store) -> None:
    known = SourceState(name="eutoday", etag="e", polls=7, next_poll_at=at(900), gone_at=at(-9))
    put(store, known)
    with store.write() as conn:
        source_pauses.pause(conn, "eutoday", reason="moving", at=at(0), until=at(60))
        source_pauses.pause(conn, "never-read", reason="not yet", at=at(0), until=None)
    with store.read() as conn:
        paused, fresh = articles.source_state(conn, "eutoday"), articles.source_state(conn, "never-read")
    assert paused == replace(known, paused_at=at(0), paused_until=at(60), pause_reason="moving")
    assert paused.paused(at(59))
    assert not paused.paused(at(60))
    assert fresh is not None
    assert fresh.paused(at(10**9))
    with store.write() as conn:
        source_pauses.resume(conn, "eutoday", at(5))
    with store.read() as conn:
        assert articles.source_state(conn, "eutoday") == replace(known, next_poll_at=at(5), gone_at=None)


def test_ten_thousand_sources_are_one_statement_and_less_than_a_second(store: Store) -> None:
    now = at(0)
    learned = rhythm.Rhythm()
    for hour in range(200):
        learned = rhythm.learned(learned, at=now - timedelta(hours=200 - hour), new=1 + hour % 3)
    with store.write() as conn:
        row = {"baseline_at": now - DAY, "last_success_at": now, "polls": 9, "moved_polls": 0}
        rows = [{"name": f"s{n:05d}", "rhythm": rhythm.written(learned), **row} for n in range(MANY)]
        conn.execute(insert(sources), rows)
    configured = [Source(name=f"s{n:05d}", kind="feed", url=f"https://s{n}.example/feed/") for n in range(MANY)]
    statements: list[str] = []
    with store.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda *args: statements.append(args[2]))
        found = checkup.everything(conn, configured, now=now)
        assert len(statements) == 1
        took = min(seconds(lambda: checkup.everything(conn, configured, now=now)) for _ in range(3))
    assert len(found) == MANY
    assert {item.findings[0].sign for item in found} == {Sign.OK}
    assert found[0].a_day is not None
    assert took < 1.0, f"{took:.2f} s"


def test_the_overview_reads_no_article_but_by_index(store: Store) -> None:
    if store.dialect != "sqlite":
        return  # the planner of an empty PostgreSQL table scans whatever it is told
    put(store, SourceState(name="eutoday"))
    with store.read() as conn:
        asked: list[tuple[str, object]] = []
        event.listen(conn, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
        source_views.overview(conn, since=at(0))
        statement, values = asked[0]
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[arg-type]
    said = [str(row[-1]) for row in plan]
    assert any("ix_articles_source_first_seen_at" in line for line in said)
    assert any("ix_batches_held" in line for line in said), said
    assert not any(line.startswith("SCAN articles") for line in said)


def test_a_source_that_was_taken_out_is_listed_while_its_articles_are_held(store: Store) -> None:
    put(store, SourceState(name="old"), SourceState(name="forgotten"))
    with store.write() as conn:
        batches.grow(conn, batches.begin(conn, "old", at=at(0), guard="flood", reason="many"), 2)
        assert conn.execute(text("SELECT count(*) FROM batches")).scalar_one() == 1
    with store.read() as conn:
        found = checkup.everything(conn, [], now=at(1))
    assert [item.name for item in found] == ["old"]
    assert [finding.sign for finding in found[0].findings] == [health.Sign.HELD, health.Sign.STRAY]
    assert (found[0].interval, found[0].next_at, found[0].needs) == (None, None, True)

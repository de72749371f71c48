"""Lost commits on PostgreSQL (R14): its timeline changed, or a snapshot was put back under a running fleet."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syndicator.model import Source, State
from syndicator.sandbox import Sandbox
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.quarantine import Admission, ensure, mend
from syndicator.service.reconcile import reconcile
from syndicator.store import Store, articles, trust
from tests import values
from tests.postgres import Server, postgres_server
from tests.service.bench import Bench, make_bench
from tests.service.rolled import another, markers, states

__all__ = ["postgres_server"]
pytestmark = pytest.mark.postgres


@pytest.fixture
def bench(tmp_path: Path, postgres_server: Server) -> Iterator[Bench]:
    url = postgres_server.migrated()
    made = make_bench(tmp_path, store=Store.open(url))
    yield made
    made.parts.store.close()
    postgres_server.drop(url)


def fail_over(bench: Bench, *lost: str) -> None:
    """Lose commits and change the timeline, as a promotion of a standby that lagged does."""
    with bench.parts.store.write() as conn:
        for statement in lost:
            conn.exec_driver_sql(statement)
        conn.exec_driver_sql("UPDATE genesis SET timeline = '00000000'")


BACK_IN_QUEUE = (
    "UPDATE posts SET state='queued', token=NULL, lease_until=NULL, remote_id=NULL, remote_url=NULL, published_at=NULL",
    "UPDATE posts SET attempts=0, payload=NULL, payload_sha256=NULL, staged=NULL",
    "DELETE FROM attempts",
    "DELETE FROM events WHERE event <> 'plan'",
)
NEVER_THERE = (
    "DELETE FROM look_ups",
    "DELETE FROM events",
    "DELETE FROM attempts",
    "DELETE FROM posts",
    "DELETE FROM aliases",
    "DELETE FROM articles",
)


def known(bench: Bench) -> trust.Trust:
    with bench.parts.store.read() as conn:
        return trust.get(conn)


def test_r14_after_a_fail_over_what_was_due_is_looked_up_and_not_sent(bench: Bench) -> None:
    """Nobody's journal knows of it: the machine that sent is gone."""
    sent, fresh = bench.queue(n=1), bench.queue(n=2)
    deliver(bench.parts)
    fail_over(bench, *BACK_IN_QUEUE)
    bench.parts.journal.path.unlink()
    deliver(bench.parts)
    assert states(bench, sent, fresh) == ["unknown", "unknown"]
    assert known(bench).timeline == "00000001"
    assert [notice.key for notice in bench.told.notices] == ["rolled back"]
    reconcile(bench.parts)
    assert states(bench, sent, fresh) == ["published", "published"]
    assert len(bench.x.bodies) == 2


def test_r14_what_the_fail_over_lost_whole_comes_back_from_the_journal(bench: Bench) -> None:
    sent = bench.queue(n=1)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    fail_over(bench, *NEVER_THERE)
    ensure(bench.parts)
    assert states(bench, sent) == ["unknown"]
    reconcile(bench.parts)
    assert states(bench, sent) == ["published"]


def test_r14_a_clean_switch_over_costs_look_ups_and_nothing_else(bench: Bench) -> None:
    sent = bench.queue(n=1)
    deliver(bench.parts)
    held = bench.queue(n=2, state=State.HELD)
    fail_over(bench)
    reconcile(bench.parts)
    assert states(bench, sent, held) == ["published", "unknown"]
    assert markers(bench) == [sent.id]


def test_r14_a_fail_over_between_check_and_first_byte_stops_the_request(bench: Bench) -> None:
    post = bench.queue(n=1)
    bench.x.publishing.append(lambda: fail_over(bench))
    deliver(bench.parts)
    assert bench.x.bodies == []
    ensure(bench.parts)
    assert states(bench, post) == ["unknown"]


def test_r14_several_machines_at_once_make_one_quarantine(bench: Bench, tmp_path: Path) -> None:
    group = [bench.queue(n=n) for n in range(1, 9)]
    fail_over(bench)
    machines = [another(bench, tmp_path / f"machine-{n}") for n in range(4)]
    threads = [threading.Thread(target=ensure, args=(machine.parts,)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(states(bench, *group)) == {"unknown"}
    assert sum(len(machine.told.notices) for machine in machines) == 1
    with bench.parts.store.read() as conn:
        noted = conn.exec_driver_sql("SELECT count(*) FROM events WHERE event = 'quarantine'").scalar_one()
    assert noted == len(group)


def test_r14_a_post_that_is_planned_meanwhile_is_admitted_by_what_the_quarantine_wrote(bench: Bench) -> None:
    """Else a post could slip in between the look at what is there and the commit of the quarantine."""
    post = bench.queue(n=1)
    late = replace(post, id="late", key="late", edition=1)
    with bench.parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
    assert article is not None

    def plan_it() -> None:
        with bench.parts.store.write() as conn:
            admission = Admission(bench.parts, conn)
            admission.insert(late, suspect=admission.suspects(article))

    planner = threading.Thread(target=plan_it)
    with bench.parts.store.write() as conn:
        mend(bench.parts.store, conn, (), at=bench.clock.now(), node="bench/1", why="snapshot")
        planner.start()
        planner.join(0.5)
        assert planner.is_alive()
    planner.join()
    assert states(bench, post, late) == ["unknown", "unknown"]


def test_d25_what_the_feed_shows_again_is_looked_up_first(bench: Bench) -> None:
    """Article and post are gone, and so is the journal: the feed brings the article back, its marker finds the post."""
    with Sandbox(articles=3, now=values.NOW) as sandbox:
        news = Source(name="news", kind="feed", url=sandbox.urls.feed(), allow_private=True)
        parts = replace(bench.parts, sources=(news,), rules=(values.rule("x"),))
        poll(parts)
        sandbox.newsroom.publish(title="Fresh from the press", published_at=values.NOW)
        poll(parts, force=True)
        plan(parts)
        deliver(parts)
        fail_over(
            bench,
            *NEVER_THERE[:4],
            "DELETE FROM aliases WHERE article_id IN (SELECT id FROM articles WHERE title LIKE 'Fresh%%')",
            "DELETE FROM articles WHERE title LIKE 'Fresh%%'",
            "UPDATE sources SET etag=NULL, last_modified=NULL, digest=NULL",
        )
        parts.journal.path.unlink()
        poll(parts, force=True)
        plan(parts)
        assert bench.states() == [State.UNKNOWN]
        reconcile(parts)
    assert bench.states() == [State.PUBLISHED]
    assert len(bench.x.bodies) == 1

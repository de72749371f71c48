"""What is to do next, and whether the question stays cheap when the log is long."""

from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from syndicator.core.lifecycle import Event
from syndicator.model import LookUpRecord, State
from syndicator.store import Store, articles, posts, views
from tests.store import samples
from tests.store.samples import RECEIPT, at, in_state, put


def test_due_takes_the_earliest_then_the_older_then_publication(store: Store) -> None:
    with store.write() as conn:
        late = in_state(State.QUEUED, 1, due_at=at(2))
        early = in_state(State.QUEUED, 2, due_at=at(1), created_at=at(9))
        older = in_state(State.QUEUED, 3, due_at=at(1))
        future = in_state(State.QUEUED, 4, due_at=at(50))
        elsewhere = in_state(State.QUEUED, 5, channel="y", due_at=at(0))
        put(conn, late, early, older, future, elsewhere, in_state(State.HELD, 6), in_state(State.SENDING, 7))
        assert posts.due(conn, "x", at(0)) is None
        assert posts.due(conn, "nowhere", at(99)) is None
        order = []
        while post := posts.due(conn, "x", at(10)):
            order.append(post.id)
            posts.move(conn, post, Event.DROP, at=at(11))
        assert order == ["p3", "p2", "p1"]


def test_posts_planned_together_keep_the_order_of_publication(store: Store) -> None:
    with store.write() as conn:
        published = {1: at(-10), 2: at(-30), 3: None, 4: at(-20)}
        for number, published_at in published.items():
            article = samples.article(number, published_at=published_at)
            assert articles.add(conn, article, samples.aliases(number), planned=False)
        assert [article.id for article in articles.unplanned(conn)] == ["a2", "a4", "a1", "a3"]
        for number in published:
            posts.insert(conn, in_state(State.QUEUED, number))
        first = posts.due(conn, "x", at(0))
        assert first is not None
        assert first.id == "p2"


def test_who_waits_for_what(store: Store) -> None:
    sending = in_state(State.SENDING, 1)
    doubtful = in_state(State.UNKNOWN, 2, next_look_at=at(5))
    forgotten = in_state(State.UNKNOWN, 3, next_look_at=None)
    later = in_state(State.UNKNOWN, 4, next_look_at=at(500))
    working = in_state(State.PROCESSING, 5, expires_at=at(9))
    old = in_state(State.QUEUED, 6, expires_at=at(8))
    held = in_state(State.HELD, 7, expires_at=at(7))
    done = in_state(State.PUBLISHED, 8, expires_at=at(1))
    with store.write() as conn:
        put(conn, sending, doubtful, forgotten, later, working, old, held, done)
    with store.read() as conn:
        assert posts.expired_leases(conn, at(120)) == []
        assert posts.expired_leases(conn, at(120.000001)) == [sending]
        assert posts.to_look_up(conn, at(5)) == [forgotten, doubtful]
        assert posts.in_processing(conn) == [working]
        assert posts.in_sending(conn) == [sending]
        assert posts.stale(conn, at(10)) == [held, old, working]
        assert posts.stale(conn, at(7)) == []


def test_the_next_thing_to_do(store: Store) -> None:
    with store.write() as conn:
        assert posts.next_due_at(conn) is None
        put(conn, in_state(State.HELD, 1), in_state(State.PUBLISHED, 2))
        assert posts.next_due_at(conn) is None
        put(conn, in_state(State.QUEUED, 3, due_at=at(300)))
        assert posts.next_due_at(conn) == at(300)
        put(conn, in_state(State.SENDING, 4))
        assert posts.next_due_at(conn) == at(120)
        put(conn, in_state(State.UNKNOWN, 5, next_look_at=at(60)))
        assert posts.next_due_at(conn) == at(60)
        put(conn, in_state(State.UNKNOWN, 6, next_look_at=None, changed_at=at(30)))
        assert posts.next_due_at(conn) == at(30)


def test_a_post_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    with store.write() as conn:
        put(conn, in_state(State.QUEUED, 1), in_state(State.QUEUED, 11, due_at=at(9)), in_state(State.QUEUED, 2))
    with store.read() as conn:
        assert [post.id for post in posts.by_prefix(conn, "p1")] == ["p1", "p11"]
        assert [post.id for post in posts.by_prefix(conn, "p2")] == ["p2"]
        assert posts.by_prefix(conn, "%") == []
        assert posts.by_prefix(conn, "_1") == []
        assert posts.get(conn, "p") is None
        assert posts.latest_edition(conn, "a1", "nowhere") is None


def test_look_ups_are_kept_in_order(store: Store) -> None:
    post = in_state(State.UNKNOWN)
    records = [
        LookUpRecord(
            post_id=post.id, at=at(n), platform_at=None if n else at(1), complete=bool(n), permitted=not n, seen=n,
            hits=0, note=f"look {n} „…“",
        )
        for n in range(3)
    ]  # fmt: skip
    with store.write() as conn:
        put(conn, post)
        for record in records:
            posts.record_look_up(conn, post.id, record)
        assert posts.look_ups(conn, post.id) == records
        assert posts.look_ups(conn, "another") == []


def test_views_for_people(store: Store) -> None:
    held, live = in_state(State.HELD, 1, changed_at=at(1)), in_state(State.PUBLISHED, 2, changed_at=at(2))
    asked = in_state(State.ATTENTION, 3, changed_at=at(3), channel="y")
    with store.write() as conn:
        put(conn, held, live, asked, in_state(State.HELD, 4, changed_at=at(0)))
    with store.read() as conn:
        rows = views.log(conn)
        assert [row.post.id for row in rows] == ["p3", "p2", "p1", "p4"]
        assert rows[1] == views.LogRow(post=live, title=samples.ARTICLE.title, url="https://eutoday.example/2/")
        assert [row.post.id for row in views.log(conn, channel="x", state=State.HELD, limit=1)] == ["p1"]
        assert [row.post.id for row in views.log(conn, since=at(2))] == ["p3", "p2"]
        assert [row.post.id for row in views.attention(conn)] == ["p3", "p1", "p4"]
        assert {(count.channel, count.state): count.posts for count in views.counts(conn)} == {
            ("x", State.HELD): 2, ("x", State.PUBLISHED): 1, ("y", State.ATTENTION): 1,
        }  # fmt: skip


@pytest.mark.parametrize("state", list(State))
def test_what_needs_looking_at_is_noticed(store: Store, state: State) -> None:
    """Whatever one of the longer questions would give makes the short one say yes; a quiet log makes it say no."""
    with store.write() as conn:
        samples.put(conn, samples.in_state(state))
    with store.read() as conn:
        open_ = state in {State.SENDING, State.UNKNOWN, State.PROCESSING}
        assert posts.anything_unsettled(conn, at(0)) is open_
        much_later = at(400 * 86_400)
        assert posts.anything_unsettled(conn, much_later) is (open_ or state in {State.HELD, State.QUEUED})


def test_a_repeat_in_the_queue_is_noticed(store: Store) -> None:
    own = {"clean": False, "payload": samples.COMPOSED, "payload_sha256": samples.SHA}
    with store.write() as conn:
        samples.put(conn, samples.in_state(State.QUEUED, **own))
        assert posts.anything_unsettled(conn, at(0))


def test_a_long_log_does_not_slow_the_questions_down(sqlite_path: Path) -> None:
    """S12: every question about work uses an index that holds only the posts on their way (SQLite's own plan)."""
    store = Store.open(f"sqlite:///{sqlite_path}")
    seen: list[str] = []
    used: set[str] = set()
    with store.read() as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(seen.append)
        for ask in (
            lambda: posts.due(conn, "x", at(0)),
            lambda: posts.expired_leases(conn, at(0)),
            lambda: posts.to_look_up(conn, at(0)),
            lambda: posts.in_processing(conn),
            lambda: posts.in_sending(conn),
            lambda: posts.stale(conn, at(0)),
            lambda: posts.anything_unsettled(conn, at(0)),
            lambda: posts.next_due_at(conn),
            lambda: posts.latest_edition(conn, "a1", "x"),
            lambda: views.log(conn, limit=20),
            lambda: views.counts(conn),
        ):
            ask()
        driver.set_trace_callback(None)
        for statement in seen:
            plan = [row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {statement.replace(':', chr(92) + ':')}"))]
            assert not [step for step in plan if step.startswith("SCAN posts") and "INDEX" not in step], statement
            used.update(word for step in plan for word in step.split() if word.startswith(("ix_posts", "uq_posts")))
    working = {"ix_posts_due", "ix_posts_next_due", "ix_posts_lease", "ix_posts_look", "ix_posts_processing"}
    assert used >= working | {"ix_posts_waiting"}
    store.close()


def test_instants_are_utc_wherever_they_come_from(store: Store) -> None:
    vilnius = timezone(timedelta(hours=2))
    post = in_state(State.QUEUED, due_at=at(0).astimezone(vilnius))
    with store.write() as conn:
        put(conn, post)
    with store.read() as conn:
        stored = posts.get(conn, post.id)
        assert stored is not None
        assert stored.due_at == at(0)
        assert stored.due_at.utcoffset() == timedelta(0)
        assert posts.due(conn, "x", at(0).astimezone(vilnius)) is not None
        assert posts.due(conn, "x", at(0) - timedelta(microseconds=1)) is None
    with pytest.raises(ValueError, match="time zone"), store.write() as conn:
        posts.insert(conn, replace(post, id="p2", edition=1, due_at=at(0).replace(tzinfo=None)))


def test_every_field_survives(store: Store) -> None:
    full = in_state(
        State.PUBLISHED, reason="r", template="t", staged={"id": ["1"], "n": None}, intent_at=at(1), settle_from=at(2),
        absences=2, after_duplicate=True, next_look_at=at(3), pending={"person": True}, text="own\nwords 🇱🇹",
        note="again", doubt_at=at(4), edition=3, attempts=7, clean=False, remote_url=RECEIPT.remote_url,
    )  # fmt: skip
    with store.write() as conn:
        put(conn, full)
    with store.read() as conn:
        assert posts.get(conn, full.id) == full

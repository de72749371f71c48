"""Every change of state goes through one function that keeps the lifecycle's table and the compare-and-set."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from syndicator.core.lifecycle import TABLE, Event, target
from syndicator.errors import InvalidTransition
from syndicator.model import State
from syndicator.store import Conflict, Store, posts, views
from tests.store import samples
from tests.store.samples import at, in_state, put

NEEDED: dict[State, dict[str, Any]] = {
    State.SENDING: {"token": "t", "lease_until": at(60), "payload": samples.COMPOSED, "payload_sha256": samples.SHA},
    State.PUBLISHED: {"remote_id": "9", "remote_url": "https://x.example/9", "published_at": at(9)},
}
RECEIVED = [key for key in TABLE if key != (State.PUBLISHED, Event.RECEIPT)]


@pytest.mark.parametrize(("state", "event"), RECEIVED, ids=str)
def test_every_row_of_the_table_can_be_written(store: Store, state: State, event: Event) -> None:
    before = in_state(state)
    after = target(state, event)
    with store.write() as conn:
        put(conn, before)
        moved = posts.move(conn, before, event, at=at(10), node="n", reason="why", **NEEDED.get(after, {}))
    with store.read() as conn:
        assert posts.get(conn, before.id) == moved
        last = views.history(conn, before.id)[-1]
    assert (moved.state, moved.changed_at, moved.reason) == (after, at(10), "why")
    assert (moved.token is None) == (after is not State.SENDING) == (moved.lease_until is None)
    assert (last.before, last.event, last.after, last.node, last.at) == (state, event, after, "n", at(10))


def test_what_the_table_does_not_have_is_refused(store: Store) -> None:
    with store.write() as conn:
        for number, (state, event) in enumerate(product(State, Event), 1):
            if (state, event) in TABLE or state is State.SENDING:
                continue
            post = in_state(state, number, **({"remote_id": str(number)} if state is State.PUBLISHED else {}))
            put(conn, post)
            with pytest.raises(InvalidTransition, match="cannot take"):
                posts.move(conn, post, event, at=at(1))
            assert posts.get(conn, post.id) == post


@pytest.mark.parametrize(
    "stale",
    [
        {"state": State.HELD},
        {"token": "of another attempt", "state": State.SENDING},
        {"payload_sha256": "another text"},
        {"id": "not there"},
    ],
    ids=str,
)
def test_a_stale_view_of_the_post_is_refused(store: Store, stale: dict[str, Any]) -> None:
    state = stale.get("state", State.QUEUED)
    actual = in_state(State.SENDING if state is State.SENDING else State.QUEUED)
    with store.write() as conn:
        put(conn, actual)
    event = {State.QUEUED: Event.DROP, State.HELD: Event.DROP, State.SENDING: Event.DOUBT}[state]
    with pytest.raises(InvalidTransition), store.write() as conn:
        posts.move(conn, replace(actual, **stale), event, at=at(1))
    with store.read() as conn:
        assert posts.get(conn, actual.id) == actual
        assert len(views.history(conn, actual.id)) == 1


def test_law_3_the_same_view_moves_a_post_once(store: Store) -> None:
    post = in_state(State.QUEUED)
    with store.write() as conn:
        put(conn, post)
        posts.move(conn, post, Event.DROP, at=at(1))
        with pytest.raises(InvalidTransition, match="no longer queued"):
            posts.move(conn, post, Event.DROP, at=at(2))


def test_a_move_without_what_the_state_needs_is_refused(store: Store) -> None:
    post = in_state(State.SENDING)
    with store.write() as conn:
        put(conn, post)
    with pytest.raises(Conflict), store.write() as conn:
        posts.move(conn, post, Event.RECEIPT, at=at(1))
    with store.read() as conn:
        assert posts.get(conn, post.id) == post


def test_an_empty_reason_stays_only_while_the_state_does(store: Store) -> None:
    post = in_state(State.QUEUED, reason="rate limited")
    with store.write() as conn:
        put(conn, post)
        deferred = posts.move(conn, post, Event.DEFER, at=at(1), due_at=at(60))
        assert (deferred.reason, deferred.due_at) == ("rate limited", at(60))
        assert posts.move(conn, deferred, Event.DROP, at=at(2)).reason == ""


def test_touching_changes_no_state_and_leaves_no_history(store: Store) -> None:
    post = in_state(State.PROCESSING)
    with store.write() as conn:
        put(conn, post)
        touched = posts.touch(conn, post, next_look_at=at(30), reason="still working")
        assert touched == replace(post, next_look_at=at(30), reason="still working")
        assert len(views.history(conn, post.id)) == 1
        with pytest.raises(InvalidTransition):
            posts.touch(conn, replace(post, state=State.UNKNOWN), next_look_at=at(30), reason="")


def test_a_post_is_planned_once(store: Store) -> None:
    post = in_state(State.HELD, reason="approval")
    with store.write() as conn:
        put(conn, post)
        assert not posts.insert(conn, post)
        assert not posts.insert(conn, replace(post, id="another"))
        assert posts.insert(conn, replace(post, id="again", edition=1))
        assert posts.latest_edition(conn, post.article_id, post.channel).id == "again"  # type: ignore[union-attr]
        assert [(line.event, line.reason) for line in views.history(conn, post.id)] == [("hold", "approval")]
        assert [line.event for line in views.history(conn, "another")] == []

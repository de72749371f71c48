"""A receipt in hand is never dropped: from every state, late, twice, or for a remote post that another post has."""

from dataclasses import replace

import pytest

from syndicator.core.lifecycle import Event
from syndicator.errors import InvalidTransition
from syndicator.model import Result, State
from syndicator.store import Conflict, Store, posts, views
from tests.store.samples import RECEIPT, TOKEN, at, attempt, claim, in_state, put


@pytest.mark.parametrize("state", [state for state in State if state is not State.PUBLISHED])
def test_law_7_a_receipt_is_recorded_from_every_state(store: Store, state: State) -> None:
    post = in_state(state)
    token = post.token or f"{TOKEN} of {post.id}"
    with store.write() as conn:
        put(conn, post)
        if state in {State.HELD, State.QUEUED}:
            attempt(conn, post, token=token, fenced=True)
        moved = posts.record_receipt(conn, post.id, RECEIPT, token=token, at=at(50), node="n", reason="late")
    with store.read() as conn:
        assert posts.get(conn, post.id) == moved
        (closed,) = posts.attempts(conn, post.id)
        last = views.history(conn, post.id)[-1]
    assert (moved.state, moved.remote_id, moved.remote_url) == (State.PUBLISHED, RECEIPT.remote_id, RECEIPT.remote_url)
    assert (moved.published_at, moved.token, moved.lease_until, moved.next_look_at) == (at(3), None, None, None)
    assert (closed.result, closed.closed_at, closed.platform_at) == (Result.PUBLISHED, at(50), at(3))
    assert (last.before, last.event, last.after, last.reason) == (state, "receipt", State.PUBLISHED, "late")


def test_the_same_receipt_again_changes_nothing(store: Store) -> None:
    post = in_state(State.SENDING)
    with store.write() as conn:
        put(conn, post)
        first = posts.record_receipt(conn, post.id, RECEIPT, token=TOKEN, at=at(5))
    with store.write() as conn:
        assert posts.record_receipt(conn, post.id, RECEIPT, token=TOKEN, at=at(6)) == first
        assert posts.record_receipt(conn, post.id, RECEIPT, token=None, at=at(7)) == first
        assert [line.event for line in views.history(conn, post.id)].count("receipt") == 1
        assert posts.attempts(conn, post.id)[0].closed_at == at(5)


def test_a_second_remote_post_is_written_into_the_history(store: Store) -> None:
    post = in_state(State.UNKNOWN)
    with store.write() as conn:
        put(conn, post)
        attempt(conn, post, token="second", n=2, fenced=True)
        first = posts.record_receipt(conn, post.id, RECEIPT, token="second", at=at(5))
        other = replace(RECEIPT, remote_id="888", remote_url="https://x.example/888")
        assert posts.record_receipt(conn, post.id, other, token=f"{TOKEN} of p1", at=at(9), reason="late") == first
        last = views.history(conn, post.id)[-1]
        assert (last.event, last.after) == ("second receipt", State.PUBLISHED)
        assert last.reason == "888 https://x.example/888 late"
        assert [one.result for one in posts.attempts(conn, post.id)] == [Result.PUBLISHED, Result.PUBLISHED]


def test_law_1_one_remote_post_belongs_to_one_post(store: Store) -> None:
    post, other, elsewhere = in_state(State.UNKNOWN, 1), in_state(State.UNKNOWN, 2), in_state(State.UNKNOWN, 3)
    elsewhere = replace(elsewhere, channel="y")
    with store.write() as conn:
        put(conn, post, other, elsewhere)
        posts.record_receipt(conn, post.id, RECEIPT, token=None, at=at(5))
        with pytest.raises(Conflict, match="777 belongs to post p1"):
            posts.record_receipt(conn, other.id, RECEIPT, token=None, at=at(6))
        # The refusal leaves the transaction usable, and another channel has ids of its own.
        assert posts.get(conn, other.id) == other
        assert posts.record_receipt(conn, elsewhere.id, RECEIPT, token=None, at=at(6)).state is State.PUBLISHED


def test_an_adopted_receipt_closes_the_only_attempt_in_doubt(store: Store) -> None:
    one, several = in_state(State.UNKNOWN, 1), in_state(State.UNKNOWN, 2)
    with store.write() as conn:
        put(conn, one, several)
        attempt(conn, several, token="second", n=2, fenced=True)
        for token in (f"{TOKEN} of p1", f"{TOKEN} of p2", "second"):
            posts.close_attempt(conn, token, result=Result.UNKNOWN, at=at(4), reason="time-out", http_status=504)
        posts.record_receipt(conn, "p1", RECEIPT, token=None, at=at(9))
        posts.record_receipt(conn, "p2", replace(RECEIPT, remote_id="2"), token=None, at=at(9))
        (closed,) = posts.attempts(conn, "p1")
        assert (closed.result, closed.reason, closed.http_status) == (Result.PUBLISHED, "time-out", 504)
        assert [attempt.result for attempt in posts.attempts(conn, "p2")] == [Result.UNKNOWN, Result.UNKNOWN]


def test_a_receipt_without_a_platform_time_is_dated_by_us(store: Store) -> None:
    post = in_state(State.ATTENTION)
    with store.write() as conn:
        put(conn, post)
        receipt = replace(RECEIPT, platform_at=None)
        assert posts.record_receipt(conn, post.id, receipt, token=None, at=at(8)).published_at == at(8)


def test_a_token_of_another_post_closes_nothing(store: Store) -> None:
    post, other = in_state(State.UNKNOWN, 1), in_state(State.SENDING, 2)
    with store.write() as conn:
        put(conn, post, other)
        posts.record_receipt(conn, post.id, RECEIPT, token=other.token, at=at(8))
        assert posts.attempts(conn, other.id)[0].result is Result.OPEN
        with pytest.raises(InvalidTransition, match="no such post"):
            posts.record_receipt(conn, "nowhere", RECEIPT, token=None, at=at(8))


def test_a_late_receipt_beats_a_second_attempt_under_way(store: Store) -> None:
    """Attempt 1 was believed absent, attempt 2 is between claim and fence: it must not send any more."""
    first = in_state(State.QUEUED, payload=None)
    with store.write() as conn:
        put(conn, first)
        sending = claim(conn, first, token="one")
        assert sending is not None
        assert posts.fence(conn, sending, at=at(2), lease_until=at(100))
        posts.close_attempt(conn, "one", result=Result.UNKNOWN, at=at(60))
        unknown = posts.move(conn, sending, Event.DOUBT, at=at(60))
        second = claim(conn, posts.move(conn, unknown, Event.RESEND, at=at(1900)), token="two")
        assert second is not None
        posts.record_receipt(conn, first.id, RECEIPT, token="one", at=at(1901))
        assert not posts.fence(conn, second, at=at(1902), lease_until=at(2000))
        posts.close_attempt(conn, "two", result=Result.NOT_SENT, at=at(1903))
        assert [one.result for one in posts.attempts(conn, first.id)] == [Result.PUBLISHED, Result.NOT_SENT]


CLOSING = {
    Result.OPEN: set(Result) - {Result.OPEN},
    Result.UNKNOWN: {Result.PUBLISHED},
    Result.PROCESSING: {Result.PUBLISHED, Result.REFUSED, Result.UNKNOWN},
}


@pytest.mark.parametrize("before", list(Result))
@pytest.mark.parametrize("after", [result for result in Result if result is not Result.OPEN])
def test_an_attempt_is_closed_once_unless_in_doubt(store: Store, before: Result, after: Result) -> None:
    post = in_state(State.UNKNOWN)
    with store.write() as conn:
        put(conn, post)
        closed_at = None if before is Result.OPEN else at(3)
        attempt(conn, post, token="t", n=2, result=before, closed_at=closed_at)
        if after in CLOSING.get(before, set()):
            posts.close_attempt(conn, "t", result=after, at=at(9), reason="r", code="c", http_status=1, request_id="q")
            told = posts.attempts(conn, post.id)[1]
            assert (told.result, told.closed_at, told.reason, told.code) == (after, at(9), "r", "c")
        else:
            with pytest.raises(InvalidTransition, match="closed already"):
                posts.close_attempt(conn, "t", result=after, at=at(9))
            assert posts.attempts(conn, post.id)[1].result is before


def test_an_attempt_cannot_be_closed_as_open(store: Store) -> None:
    with store.write() as conn, pytest.raises(ValueError, match="with a result"):
        posts.close_attempt(conn, "t", result=Result.OPEN, at=at(1))

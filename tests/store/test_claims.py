"""Claim, stage, fence: one winner whatever the threads do, frozen bytes, first writer wins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from syndicator.core.lifecycle import Event
from syndicator.errors import InvalidTransition
from syndicator.model import Post, Result, State
from syndicator.store import Conflict, Store, posts
from tests.store import samples
from tests.store.samples import SHA, TOKEN, at, claim, in_state, put

THREADS = 12


def race(store: Store, act: Callable[[int, Any], Any], threads: int = THREADS) -> list[Any]:
    """Let every thread do ``act`` in a write transaction of its own, at the same moment."""
    start = Barrier(threads)

    def one(number: int) -> Any:
        start.wait()
        with store.write() as conn:
            return act(number, conn)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_a_claim_freezes_the_bytes_and_opens_an_attempt(store: Store) -> None:
    post = in_state(State.QUEUED)
    with store.write() as conn:
        put(conn, post)
        claimed = claim(conn, post)
    with store.read() as conn:
        assert posts.get(conn, post.id) == claimed
        (attempt,) = posts.attempts(conn, post.id)
        assert posts.owner(conn, claimed or post) == "host/1"
        assert posts.in_sending(conn) == [claimed]
    assert claimed == replace(
        post, state=State.SENDING, token=TOKEN, lease_until=at(121), attempts=1, payload=samples.COMPOSED,
        payload_sha256=SHA, changed_at=at(1),
    )  # fmt: skip
    assert (attempt.token, attempt.n, attempt.node, attempt.result) == (TOKEN, 1, "host/1", Result.OPEN)
    assert (attempt.fenced_at, attempt.closed_at, attempt.cost) == (None, None, samples.COMPOSED.cost)


def test_r1_many_threads_claim_one_post_and_one_wins(store: Store) -> None:
    with store.write() as conn:
        put(conn, *(in_state(State.QUEUED, number, channel=f"x{number}") for number in range(1, 11)))
    for number in range(1, 11):
        post = in_state(State.QUEUED, number, channel=f"x{number}")

        def act(n: int, conn: Any, post: Post = post) -> Post | None:
            return claim(conn, post, token=f"{post.id} {n}")

        won = [one for one in race(store, act) if one]
        assert len(won) == 1
        with store.read() as conn:
            assert posts.get(conn, post.id) == won[0]
            assert [one.token for one in posts.attempts(conn, post.id)] == [won[0].token]


def test_law_8_a_channel_sends_one_post_at_a_time(store: Store) -> None:
    queued = [in_state(State.QUEUED, number) for number in range(1, THREADS + 1)]
    with store.write() as conn:
        put(conn, *queued)
    won = [one for one in race(store, lambda n, conn: claim(conn, queued[n], token=str(n))) if one]
    assert len(won) == 1
    with store.write() as conn:
        assert posts.in_sending(conn) == won
        loser = next(post for post in queued if post.id != won[0].id)
        assert claim(conn, loser, token="later") is None
        # The lost claim leaves the transaction usable, and the channel is free again when the first one is done.
        posts.move(conn, won[0], Event.NOT_SENT, at=at(5), due_at=at(60))
        assert claim(conn, loser, token="later") is not None


def test_a_claim_of_what_is_not_queued_is_lost(store: Store) -> None:
    for number, state in enumerate(State, 1):
        if state is State.QUEUED:
            continue
        post = in_state(state, number, channel=f"x{number}")
        with store.write() as conn:
            put(conn, post)
            assert claim(conn, post, token=f"t{number}") is None
            assert claim(conn, replace(post, state=State.QUEUED, token=None), token=f"t{number}") is None
            assert posts.get(conn, post.id) == post


def test_a_retry_sends_the_frozen_bytes(store: Store) -> None:
    post = in_state(State.QUEUED, payload=samples.COMPOSED, payload_sha256=SHA, attempts=1)
    with store.write() as conn:
        put(conn, post)
    with pytest.raises(InvalidTransition, match="frozen"), store.write() as conn:
        claim(conn, post, payload_sha256="other", token="t2")
    with store.write() as conn:
        assert claim(conn, replace(post, payload_sha256=None), payload_sha256="other", token="t2") is None
        again = claim(conn, post, token="t2")
        assert again is not None
        assert again.attempts == 2
        assert posts.attempts(conn, post.id)[-1].n == 2


def test_law_9_a_token_is_never_used_twice(store: Store) -> None:
    post, other = in_state(State.QUEUED, 1), in_state(State.QUEUED, 2, channel="y")
    with store.write() as conn:
        put(conn, post, other)
        assert claim(conn, post)
    with pytest.raises(Conflict), store.write() as conn:
        claim(conn, other)
    with store.read() as conn:
        assert posts.get(conn, other.id) == other


def sending(store: Store) -> Post:
    post = in_state(State.QUEUED)
    with store.write() as conn:
        put(conn, post)
        claimed = claim(conn, post)
    assert claimed is not None
    return claimed


def test_r17_what_was_staged_first_is_kept(store: Store) -> None:
    post = sending(store)
    kept = race(store, lambda n, conn: posts.record_staged(conn, post, {"id": n, "b": {"z": 1, "a": None}}))
    assert len({str(refs) for refs in kept}) == 1
    old = kept[0]
    replaced = race(store, lambda n, conn: posts.replace_staged(conn, post, old, {"new": n}))
    assert len({str(refs) for refs in replaced}) == 1
    assert "new" in replaced[0]
    with store.read() as conn:
        assert posts.get(conn, post.id) == replace(post, staged=replaced[0])


def test_staging_without_the_post_is_refused(store: Store) -> None:
    post = sending(store)
    zombie = replace(post, token="of an older attempt")
    with store.write() as conn:
        with pytest.raises(InvalidTransition, match="no longer owns"):
            posts.record_staged(conn, zombie, {"id": 1})
        assert posts.record_staged(conn, post, {"id": 2}) == {"id": 2}
        assert posts.record_staged(conn, zombie, {"id": 1}) == {"id": 2}
        assert posts.replace_staged(conn, zombie, {"id": 2}, {"id": 3}) == {"id": 2}


def test_an_attempt_is_fenced_once(store: Store) -> None:
    post = sending(store)
    with store.read() as conn:
        assert not posts.was_fenced(conn, TOKEN)
    assert sorted(race(store, lambda _, conn: posts.fence(conn, post, at=at(2), lease_until=at(200)))) == (
        [False] * (THREADS - 1) + [True]
    )
    with store.read() as conn:
        assert posts.was_fenced(conn, TOKEN)
        assert posts.attempts(conn, post.id)[0].fenced_at == at(2)
        assert posts.get(conn, post.id) == replace(post, lease_until=at(200))
        assert not posts.was_fenced(conn, "no such token")


def test_a_zombie_does_not_get_past_the_fence(store: Store) -> None:
    post = sending(store)
    with store.write() as conn:
        assert not posts.fence(conn, replace(post, token="another"), at=at(2), lease_until=at(200))
        posts.close_attempt(conn, TOKEN, result=Result.NOT_SENT, at=at(130))
        posts.move(conn, post, Event.NOT_SENT, at=at(130), due_at=at(131))
        assert not posts.fence(conn, post, at=at(140), lease_until=at(200))
        assert not posts.was_fenced(conn, TOKEN)


def take_over(conn: Any, post: Post) -> bool:
    """Recover as reconcile does; True when it believed that nothing was sent."""
    fenced = posts.was_fenced(conn, post.token or "")
    result, event = (Result.UNKNOWN, Event.DOUBT) if fenced else (Result.NOT_SENT, Event.NOT_SENT)
    posts.close_attempt(conn, post.token or "", result=result, at=at(3))
    posts.move(conn, post, event, at=at(3))
    return not fenced


def test_taking_over_and_fencing_exclude_each_other(store: Store) -> None:
    """Law 5: whoever recovers sees the fence, or the fence is refused."""
    for number in range(1, 21):
        queued = in_state(State.QUEUED, number, channel=f"x{number}")
        with store.write() as conn:
            put(conn, queued)
            post = claim(conn, queued, token=f"t{number}")
        assert post is not None

        def act(n: int, conn: Any, post: Post = post) -> bool:
            return take_over(conn, post) if n else posts.fence(conn, post, at=at(2), lease_until=at(200))

        fenced, believed_not_sent = race(store, act, threads=2)
        assert fenced != believed_not_sent


def test_a_fence_waits_for_whoever_asked_about_it(store: Store) -> None:
    post = sending(store)
    with ThreadPoolExecutor(1) as pool:
        with store.write() as conn:
            assert not posts.was_fenced(conn, TOKEN)

            def fence() -> bool:
                with store.write() as own:
                    return posts.fence(own, post, at=at(2), lease_until=at(200))

            late = pool.submit(fence)
            with pytest.raises(TimeoutError):
                late.result(timeout=0.3)
            assert take_over(conn, post)
        assert late.result(timeout=20) is False
    with store.read() as conn:
        assert not posts.was_fenced(conn, TOKEN)

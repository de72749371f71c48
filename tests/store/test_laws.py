"""The laws as constraints: whoever writes, whatever the code believes, the database refuses."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, update

from syndicator.model import Result, State
from syndicator.store import Conflict, Store, posts
from syndicator.store.rows import fields
from syndicator.store.schema import aliases, articles, attempts, channels, events, genesis, look_ups, media
from syndicator.store.schema import posts as table
from tests.store import samples
from tests.store.samples import at, in_state, put

LAWS: dict[str, tuple[State, dict[str, Any]]] = {
    "published needs a receipt": (State.QUEUED, {"state": State.PUBLISHED}),
    "a receipt means published": (
        State.QUEUED,
        {"remote_id": "5", "remote_url": "https://x.example/5", "published_at": at(1)},
    ),
    "published without its instant": (State.PUBLISHED, {"published_at": None}),
    "published without its address": (State.PUBLISHED, {"remote_url": None}),
    "a receipt without a name": (State.PUBLISHED, {"remote_id": ""}),
    "a published post loses its receipt": (State.PUBLISHED, {"remote_id": None}),
    "sending needs a token": (State.SENDING, {"token": None, "lease_until": None}),
    "sending needs a lease": (State.SENDING, {"lease_until": None}),
    "sending needs frozen bytes": (State.SENDING, {"payload": None, "payload_sha256": None}),
    "only sending has a token": (State.UNKNOWN, {"token": "t", "lease_until": at(9)}),
    "a lease without a token": (State.UNKNOWN, {"lease_until": at(9)}),
    "bytes without their hash": (State.UNKNOWN, {"payload_sha256": None}),
    "a hash without bytes": (State.QUEUED, {"payload_sha256": samples.SHA}),
    "an edition below zero": (State.QUEUED, {"edition": -1}),
    "attempts below zero": (State.QUEUED, {"attempts": -1}),
    "a post without an article": (State.QUEUED, {"article_id": "nowhere"}),
    "a post without a due date": (State.QUEUED, {"due_at": None}),
}


@pytest.mark.parametrize("law", LAWS)
def test_a_law_of_posts_refuses(store: Store, law: str) -> None:
    state, change = LAWS[law]
    post = in_state(state)
    with store.write() as conn:
        put(conn, post)
    with pytest.raises(Conflict), store.write() as conn:
        conn.execute(update(table).where(table.c.id == post.id).values(**change))
    with store.read() as conn:
        assert posts.get(conn, post.id) == post


@pytest.mark.parametrize("state", State)
def test_law_2_published_means_a_receipt_and_a_receipt_means_published(store: Store, state: State) -> None:
    post = in_state(state)
    with store.write() as conn:
        put(conn, post)
    wrong: dict[str, Any] = {"remote_id": "5", "remote_url": "https://x.example/5", "published_at": at(1)}
    if state is State.PUBLISHED:
        wrong = dict.fromkeys(wrong)
    with pytest.raises(Conflict), store.write() as conn:
        conn.execute(update(table).where(table.c.id == post.id).values(**wrong))


def test_a_word_that_is_no_state_is_refused(store: Store) -> None:
    with store.write() as conn:
        put(conn, in_state(State.QUEUED))
    with pytest.raises(Conflict), store.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET state = 'maybe'")


def test_law_1_and_8_what_must_be_unique(store: Store) -> None:
    first, second = in_state(State.PUBLISHED, 1), in_state(State.QUEUED, 2)
    sending = in_state(State.SENDING, 3)
    with store.write() as conn:
        put(conn, first, second, sending)
    same_article = fields(first) | {"id": "other", "remote_id": "2"}
    same_remote = fields(in_state(State.PUBLISHED, 2)) | {"id": "other", "edition": 1}
    also_sending = fields(in_state(State.SENDING, 2)) | {"id": "other", "edition": 1, "token": "other"}
    for row in (same_article, same_remote, also_sending):
        with pytest.raises(Conflict), store.write() as conn:
            conn.execute(insert(table).values(**row))
    with store.write() as conn:
        conn.execute(insert(table).values(**(also_sending | {"channel": "y"})))
        conn.execute(insert(table).values(**(same_remote | {"id": "another", "channel": "y", "edition": 2})))


ATTEMPT = {
    "token": "t",
    "post_id": "p1",
    "n": 2,
    "channel": "x",
    "node": "n",
    "opened_at": at(0),
    "result": Result.OPEN,
    "payload_sha256": samples.SHA,
    "cost": Decimal(0),
}
ROWS: dict[str, tuple[Table, dict[str, Any]]] = {
    "an attempt twice the same number": (attempts, ATTEMPT | {"n": 1}),
    "an attempt numbered zero": (attempts, ATTEMPT | {"n": 0}),
    "an attempt with a used token": (attempts, ATTEMPT | {"token": f"{samples.TOKEN} of p1"}),
    "an attempt of no post": (attempts, ATTEMPT | {"post_id": "nowhere"}),
    "an attempt closed without a result": (attempts, ATTEMPT | {"closed_at": at(1)}),
    "an attempt with a result but open": (attempts, ATTEMPT | {"result": Result.UNKNOWN}),
    "a look-up of no post": (
        look_ups,
        {"post_id": "nowhere", "at": at(1), "complete": True, "permitted": True, "seen": 0, "hits": 0, "note": ""},
    ),
    "an event of no post": (
        events,
        {"post_id": "nowhere", "at": at(1), "event": "plan", "to_state": State.QUEUED, "reason": "", "node": ""},
    ),
    "an alias of no article": (aliases, {"alias": "guid:new", "article_id": "nowhere"}),
    "an alias of two articles": (aliases, {"alias": samples.aliases(1)[0], "article_id": "a1"}),
    "an article twice": (articles, fields(samples.article(1))),
    "a second genesis": (genesis, {"id": 2, "log_id": "another", "created_at": at(0)}),
    "an end without a pause": (channels, {"name": "x", "paused_until": at(1), "reason": ""}),
    "a picture without a digest": (
        media,
        {"sha256": "5", "mime": "", "width": 1, "height": 1, "size": 0, "bytes": b""},
    ),
    "a picture cut short": (
        media,
        {"sha256": samples.SHA, "mime": "", "width": 1, "height": 1, "size": 2, "bytes": b"1"},
    ),
}


@pytest.mark.parametrize("law", ROWS)
def test_a_law_of_the_other_tables_refuses(store: Store, law: str) -> None:
    target, row = ROWS[law]
    with store.write() as conn:
        put(conn, in_state(State.UNKNOWN))
    with pytest.raises(Conflict, match="laws"), store.write() as conn:
        conn.execute(insert(target).values(**row))


def test_a_result_nobody_knows_is_refused(store: Store) -> None:
    with store.write() as conn:
        put(conn, in_state(State.UNKNOWN))
    with pytest.raises(Conflict), store.write() as conn:
        conn.exec_driver_sql("UPDATE attempts SET result = 'perhaps'")


def test_what_a_post_rests_on_cannot_be_deleted(store: Store) -> None:
    with store.write() as conn:
        put(conn, in_state(State.UNKNOWN))
    for statement in ("DELETE FROM posts", "DELETE FROM articles"):
        with pytest.raises(Conflict), store.write() as conn:
            conn.exec_driver_sql(statement)


def test_a_refused_transaction_leaves_nothing(store: Store) -> None:
    def write(fault: Callable[[Connection], object]) -> None:
        with store.write() as conn:
            put(conn, in_state(State.QUEUED))
            fault(conn)

    with pytest.raises(Conflict):
        write(lambda conn: conn.execute(update(table).values(edition=-1)))
    with pytest.raises(ZeroDivisionError):
        write(lambda _: 1 / 0)
    with store.read() as conn:
        assert posts.get(conn, "p1") is None

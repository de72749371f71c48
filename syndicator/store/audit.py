"""The post log as a stream of facts, in the order in which they happened, for an audit outside the database. Read-only.

A fact is plain JSON and never changes: an attempt is up to three of them (opened, fenced, closed), and one that is
closed a second time by a late receipt (R16) is one fact more. It must not hold the log in memory.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from syndicator.model import Json, Result, State
from syndicator.store import trust
from syndicator.store.codec import dump_instant
from syndicator.store.schema import attempts, channels, events, look_ups, posts

FETCH = 1000
"""Rows that are in memory at a time, for each of the streams."""

_Dated = tuple[str, int, Json]
"""When, which of several facts of one instant comes first, and the fact."""


def facts(conn: Connection) -> Iterator[Json]:
    """Give every fact, oldest first; ``at`` is when it happened by the clock of the node that did it."""
    streams = (_moves(conn), _opened(conn), _fenced(conn), _closed(conn), _look_ups(conn))
    for _, _, fact in heapq.merge(*streams, key=lambda dated: dated[:2]):
        yield fact


def standing(conn: Connection) -> list[Json]:
    """Give what holds now and leaves no history of its own: pauses, a halt, a roll-back; one value for each subject."""
    known = trust.get(conn)
    log: Json = {
        "kind": "log state",
        "halted_at": _instant(known.halted_at),
        "halt_reason": known.halt_reason,
        "rolled_back_from": _instant(known.rolled_back_from),
        "rolled_back_at": _instant(known.rolled_back_at),
    }
    columns = (channels.c.name, channels.c.paused_at, channels.c.paused_until, channels.c.reason)
    return [log] + [
        {
            "kind": "channel state",
            "channel": row.name,
            "paused_at": _instant(row.paused_at),
            "paused_until": _instant(row.paused_until),
            "reason": row.reason,
        }
        for row in conn.execute(select(*columns).order_by(channels.c.name))
    ]


def result_of(conn: Connection, token: str) -> Result | None:
    """Give how an attempt stands now; None when the log does not know it."""
    return conn.execute(select(attempts.c.result).where(attempts.c.token == token)).scalar_one_or_none()


def _stream(conn: Connection, statement: Select[Any], *order: ColumnElement[Any]) -> Iterable[Row[Any]]:
    # A server-side cursor on PostgreSQL; SQLite reads on as it is asked.
    return conn.execute(statement.order_by(*order), execution_options={"yield_per": FETCH})


def _instant(at: datetime | None) -> str | None:
    return None if at is None else dump_instant(at)


def _moves(conn: Connection) -> Iterator[_Dated]:
    of_post = (posts.c.article_id, posts.c.channel, posts.c.platform, posts.c.edition)
    receipt = (posts.c.remote_id, posts.c.remote_url, posts.c.published_at)
    joined = select(*events.c, *of_post, *receipt).join(posts, posts.c.id == events.c.post_id)
    for row in _stream(conn, joined, events.c.at, events.c.id):
        at = dump_instant(row.at)
        move: Json = {
            "kind": "move",
            "at": at,
            "id": row.id,
            "post": row.post_id,
            "channel": row.channel,
            "event": row.event,
            "from": None if row.from_state is None else str(row.from_state),
            "to": str(row.to_state),
            "reason": row.reason,
            "node": row.node,
        }
        if row.from_state is None:
            move |= {"article": row.article_id, "platform": row.platform, "edition": row.edition}
        yield at, 3, move
        if row.to_state is State.PUBLISHED and row.from_state is not State.PUBLISHED:
            yield at, 3, _receipt(row, at)


def _receipt(row: Row[Any], at: str) -> Json:
    return {
        "kind": "receipt",
        "at": at,
        "post": row.post_id,
        "channel": row.channel,
        "remote_id": row.remote_id,
        "remote_url": row.remote_url,
        "published_at": _instant(row.published_at),
    }


def _opened(conn: Connection) -> Iterator[_Dated]:
    columns = (attempts.c.token, attempts.c.post_id, attempts.c.n, attempts.c.channel, attempts.c.node)
    rows = select(*columns, attempts.c.opened_at, attempts.c.payload_sha256, attempts.c.cost)
    for row in _stream(conn, rows, attempts.c.opened_at, attempts.c.token):
        at = dump_instant(row.opened_at)
        yield (
            at,
            0,
            {
                "kind": "attempt opened",
                "at": at,
                "attempt": row.token,
                "post": row.post_id,
                "channel": row.channel,
                "n": row.n,
                "node": row.node,
                "payload_sha256": row.payload_sha256,
                "cost_usd": str(row.cost),
            },
        )


def _fenced(conn: Connection) -> Iterator[_Dated]:
    columns = (attempts.c.token, attempts.c.post_id, attempts.c.fenced_at)
    rows = select(*columns).where(attempts.c.fenced_at.is_not(None))
    for row in _stream(conn, rows, attempts.c.fenced_at, attempts.c.token):
        at = dump_instant(row.fenced_at)
        yield at, 1, {"kind": "attempt fenced", "at": at, "attempt": row.token, "post": row.post_id}


def _closed(conn: Connection) -> Iterator[_Dated]:
    answer = (attempts.c.code, attempts.c.http_status, attempts.c.request_id, attempts.c.platform_at)
    columns = (attempts.c.token, attempts.c.post_id, attempts.c.closed_at, attempts.c.result, attempts.c.reason)
    rows = select(*columns, *answer).where(attempts.c.closed_at.is_not(None))
    for row in _stream(conn, rows, attempts.c.closed_at, attempts.c.token):
        at = dump_instant(row.closed_at)
        yield (
            at,
            2,
            {
                "kind": "attempt closed",
                "at": at,
                "attempt": row.token,
                "post": row.post_id,
                "result": str(row.result),
                "reason": row.reason,
                "code": row.code,
                "http_status": row.http_status,
                "request_id": row.request_id,
                "platform_at": _instant(row.platform_at),
            },
        )


def _look_ups(conn: Connection) -> Iterator[_Dated]:
    for row in _stream(conn, select(*look_ups.c), look_ups.c.at, look_ups.c.id):
        at = dump_instant(row.at)
        yield (
            at,
            1,
            {
                "kind": "look-up",
                "at": at,
                "id": row.id,
                "post": row.post_id,
                "platform_at": _instant(row.platform_at),
                "complete": row.complete,
                "permitted": row.permitted,
                "seen": row.seen,
                "hits": row.hits,
                "note": row.note,
            },
        )

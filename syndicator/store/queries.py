"""Questions about single posts and about what is to do next; offered to callers through ``store.posts``. Read-only."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, case, func, literal_column, or_, select

from syndicator.model import Attempt, LookUpRecord, Post, State
from syndicator.store.rows import ATTEMPT, LOOK_UP, constant, constants, to_attempt, to_look_up_record, to_post
from syndicator.store.schema import articles, posts
from syndicator.store.schema import attempts as attempts_table
from syndicator.store.schema import look_ups as look_ups_table

FARTHEST = timedelta(hours=25)
"""No wait of ours is longer than a day: an instant further ahead was written by a clock that ran ahead (T05)."""

_ENDED = (State.PUBLISHED, State.SKIPPED)
_WAITING = (State.HELD, State.QUEUED, State.PROCESSING)
# Built once, as it is asked every second. Each question by itself, so that each has its own small index.
_ANYTHING = select(
    or_(
        *[
            select(posts.c.id).where(posts.c.state == constant(state)).exists()
            for state in (State.SENDING, State.UNKNOWN, State.PROCESSING)
        ],
        select(posts.c.id)
        .where(
            posts.c.state.in_(constants(_WAITING)), posts.c.expires_at < bindparam("now", type_=posts.c.expires_at.type)
        )
        .exists(),
        select(posts.c.id).where(posts.c.state == constant(State.QUEUED), posts.c.clean.is_(False)).exists(),
    )
)


def _due() -> Select[Any]:
    written_at = select(articles.c.published_at).where(articles.c.id == posts.c.article_id).scalar_subquery()
    # A follow-up is due a moment before the post that it follows was, so nothing gets between them.
    order = (posts.c.due_at, posts.c.created_at, written_at.asc().nulls_last(), posts.c.id)
    mine = posts.c.channel == bindparam("channel")
    wanted = select(posts).where(posts.c.state == constant(State.QUEUED), mine, posts.c.due_at <= bindparam("now"))
    return wanted.order_by(*order).limit(1)


def _doubt() -> Select[Any]:
    answered = select(look_ups_table.c.post_id).where(
        look_ups_table.c.post_id == posts.c.id,
        look_ups_table.c.at >= posts.c.doubt_at,
        look_ups_table.c.platform_at.is_not(None),
    )
    mine = posts.c.channel == bindparam("channel")
    return select(posts).where(mine, posts.c.state == constant(State.UNKNOWN), ~answered.exists()).limit(1)


# Made once: what is asked several times for each post costs more to write down than to run.
_ONE = select(posts).where(posts.c.id == bindparam("post_id"))
# As constants, so that SQLite takes the index that holds no other rows.
_TO_FOLLOW = (
    select(posts)
    .where(posts.c.follow_ups > literal_column("0"), posts.c.state.in_(constants(_ENDED)))
    .order_by(posts.c.changed_at, posts.c.id)
)
_TO_FOLLOW_ON = _TO_FOLLOW.where(posts.c.channel == bindparam("channel"))
_DUE = _due()
_DOUBT = _doubt()


def get(conn: Connection, post_id: str) -> Post | None:
    """Give a post."""
    return _made(conn.execute(_ONE, {"post_id": post_id}).one_or_none())


def due(conn: Connection, channel: str, now: datetime) -> Post | None:
    """Give the next queued and due post of a channel: earliest due first, then in the order of publication."""
    return _made(conn.execute(_DUE, {"channel": channel, "now": now}).one_or_none())


def expired_leases(conn: Connection, now: datetime) -> list[Post]:
    """Give the sending posts whose lease ran out: they may be recovered, never resent (R20)."""
    over = or_(posts.c.lease_until < now, posts.c.lease_until > now + FARTHEST)
    return _all(conn, posts.c.state == constant(State.SENDING), over, order=posts.c.lease_until)


def in_sending(conn: Connection) -> list[Post]:
    """Give the posts that are being sent, whatever their lease says."""
    return _all(conn, posts.c.state == constant(State.SENDING), order=posts.c.lease_until)


def to_look_up(conn: Connection, now: datetime, *, farthest: timedelta = FARTHEST) -> list[Post]:
    """Give the unknown posts whose next look-up is due; one without a date, or further ahead than any, at once."""
    when = or_(posts.c.next_look_at <= now, posts.c.next_look_at.is_(None), posts.c.next_look_at > now + farthest)
    return _all(conn, posts.c.state == constant(State.UNKNOWN), when, order=posts.c.next_look_at.nulls_first())


def blocking_doubt(conn: Connection, channel: str) -> Post | None:
    """Give a doubtful post of the channel since whose doubt the platform has not answered a single look-up yet."""
    return _made(conn.execute(_DOUBT, {"channel": channel}).one_or_none())


def in_processing(conn: Connection) -> list[Post]:
    """Give the posts that a platform or a person is finishing, the longest waiting first."""
    return _all(conn, posts.c.state == constant(State.PROCESSING), order=posts.c.changed_at)


def stale(conn: Connection, now: datetime) -> list[Post]:
    """Give the held, queued and processing posts that are too old to show (R21)."""
    return _all(conn, posts.c.state.in_(constants(_WAITING)), posts.c.expires_at < now, order=posts.c.expires_at)


def unsettled_in_queue(conn: Connection) -> list[Post]:
    """Give the queued posts with an earlier attempt that is not settled: idempotent repeats on their way."""
    wanted = (posts.c.state == constant(State.QUEUED), posts.c.clean.is_(False))
    return _all(conn, *wanted, order=posts.c.due_at)


def anything_unsettled(conn: Connection, now: datetime) -> bool:
    """Say whether a post may need looking at, recovering or skipping: the one question of a look when all is quiet."""
    return bool(conn.execute(_ANYTHING, {"now": now}).scalar_one())


def of_article(conn: Connection, article_id: str) -> list[Post]:
    """Give the posts of an article, on every channel, in the order in which they were made."""
    return _all(conn, posts.c.article_id == article_id, order=posts.c.created_at)


def next_due_at(conn: Connection) -> datetime | None:
    """Give the earliest instant at which anything is to do; it may be past."""
    look_at = case((posts.c.next_look_at.is_(None), posts.c.changed_at), else_=posts.c.next_look_at)
    earliest = select(
        select(func.min(posts.c.due_at)).where(posts.c.state == constant(State.QUEUED)).scalar_subquery(),
        select(func.min(posts.c.lease_until)).where(posts.c.state == constant(State.SENDING)).scalar_subquery(),
        select(func.min(look_at)).where(posts.c.state == constant(State.UNKNOWN)).scalar_subquery(),
    )
    return min((at for at in conn.execute(earliest).one() if at is not None), default=None)


def attempts(conn: Connection, post_id: str) -> list[Attempt]:
    """Give the attempts of a post, first one first."""
    found = select(*ATTEMPT).where(attempts_table.c.post_id == post_id).order_by(attempts_table.c.n)
    return [to_attempt(row) for row in conn.execute(found)]


def look_ups(conn: Connection, post_id: str) -> list[LookUpRecord]:
    """Give the look-ups of a post, first one first."""
    found = select(*LOOK_UP).where(look_ups_table.c.post_id == post_id).order_by(look_ups_table.c.id)
    return [to_look_up_record(row) for row in conn.execute(found)]


def latest_edition(conn: Connection, article_id: str, channel: str) -> Post | None:
    """Give the newest edition of an article on a channel."""
    mine = (posts.c.article_id == article_id, posts.c.channel == channel, posts.c.part == 0)
    return _first(conn, *mine, order=(posts.c.edition.desc(),))


def before(conn: Connection, post: Post) -> Post | None:
    """Give the post that a follow-up follows; None for a post that follows none."""
    same = (posts.c.article_id == post.article_id, posts.c.channel == post.channel, posts.c.edition == post.edition)
    return _first(conn, *same, posts.c.part == post.part - 1)


def to_follow(conn: Connection, channel: str = "") -> list[Post]:
    """Give the posts (of one channel, or all) that are live or over and whose follow-up has no row yet."""
    found = conn.execute(_TO_FOLLOW_ON, {"channel": channel}) if channel else conn.execute(_TO_FOLLOW)
    return [to_post(row) for row in found]


def by_prefix(conn: Connection, prefix: str, limit: int = 10) -> list[Post]:
    """Give the posts whose id begins with ``prefix``; at most ``limit``, enough to say that it is ambiguous."""
    found = select(posts).where(posts.c.id.startswith(prefix, autoescape=True)).order_by(posts.c.id).limit(limit)
    return [to_post(row) for row in conn.execute(found)]


def has_attempt(conn: Connection, token: str) -> bool:
    """Say whether the log knows the attempt."""
    return conn.execute(select(attempts_table.c.n).where(attempts_table.c.token == token)).first() is not None


def owner(conn: Connection, post: Post) -> str:
    """Give the node whose attempt owns the post; empty when none does."""
    node = select(attempts_table.c.node).where(attempts_table.c.token == post.token)
    return str(conn.execute(node).scalar_one_or_none() or "")


def _made(row: Row[Any] | None) -> Post | None:
    return None if row is None else to_post(row)


def _first(conn: Connection, *where: ColumnElement[bool], order: tuple[Any, ...] = ()) -> Post | None:
    row = conn.execute(select(posts).where(*where).order_by(*order).limit(1)).one_or_none()
    return _made(row)


def _all(conn: Connection, *where: ColumnElement[bool], order: Any) -> list[Post]:
    return [to_post(row) for row in conn.execute(select(posts).where(*where).order_by(order, posts.c.id))]

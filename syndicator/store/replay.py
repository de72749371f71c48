"""Sent posts that the log lost, written anew as rows from what a journal kept of them (R15).

An intent is everything about one fenced attempt: article, post, frozen bytes. Putting it back never makes a post look
less far than it is: without a receipt it is unknown, and what the log says of it otherwise gives way. It must not
decide what was lost, and it reads no file.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, TypeDecorator, bindparam, func, select, update
from sqlalchemy.dialects import sqlite

from syndicator.core import settle
from syndicator.core.lifecycle import FINAL, Event
from syndicator.model import Article, Json, Post, Result, State
from syndicator.store import articles as entries
from syndicator.store.moves import Changes, freeze, insert, lock, move
from syndicator.store.rows import ARTICLE, insert_new, to_post
from syndicator.store.schema import aliases, articles, attempts, events, posts

MARGIN = timedelta(minutes=10)
"""Look-ups of what may have been lost begin this long before the last commit that is left: clocks differ."""
NEWS = timedelta(hours=24)
"""An article that is younger than this is planned anew for its other channels when it is put back."""
LAST_LINES = 20
WHY = "put back from the journal"
CHUNK = 500
_FOR_A_PERSON = (State.HELD, State.ATTENTION, State.REJECTED)
_PLAIN = sqlite.dialect()
"""The dialect whose values are texts and numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One attempt that passed the fence, with all that its post rests on."""

    article: Article
    aliases: tuple[str, ...]
    by_rule: bool
    """The rules were asked about the article (and not only a person)."""
    post: Post
    """As it was at the fence: the attempt's token and number, the frozen bytes, what staging left."""
    node: str
    fenced_at: datetime

    @property
    def token(self) -> str:
        """The attempt's token."""
        return self.post.token or ""


def intent(conn: Connection, post: Post, *, node: str, fenced_at: datetime) -> Intent:
    """Gather what a journal has to keep of a post that is being sent."""
    asked = select(*ARTICLE, articles.c.planned_at).where(articles.c.id == post.article_id)
    row = conn.execute(asked).one()._asdict()
    planned_at = row.pop("planned_at")
    names = conn.execute(select(aliases.c.alias).where(aliases.c.article_id == post.article_id)).scalars()
    article = Article(**row)
    by_rule = planned_at is None or planned_at != article.first_seen_at
    return Intent(
        article=article, aliases=tuple(sorted(names)), by_rule=by_rule, post=post, node=node, fenced_at=fenced_at
    )


def dump(given: Intent) -> Json:
    """Write an intent as JSON values."""
    return {
        "article": _packed(articles, given.article),
        "aliases": list(given.aliases),
        "by_rule": given.by_rule,
        "post": _packed(posts, given.post),
        "node": given.node,
        "fenced_at": _bound(attempts.c.fenced_at, given.fenced_at),
    }


def load(data: Json) -> Intent:
    """Read what :func:`dump` wrote; KeyError, TypeError or ValueError when it is something else."""
    return Intent(
        article=Article(**_unpacked(articles, Article, data["article"])),
        aliases=tuple(data["aliases"]),
        by_rule=bool(data["by_rule"]),
        post=Post(**_unpacked(posts, Post, data["post"])),
        node=str(data["node"]),
        fenced_at=_result(attempts.c.fenced_at, data["fenced_at"]),
    )


def _packed(table: Table, value: object) -> Json:
    return {
        column.name: _bound(column, getattr(value, column.name)) for column in table.c if hasattr(value, column.name)
    }


def _unpacked(table: Table, kind: type, data: Json) -> dict[str, Any]:
    # A field that another version knows and this one does not is left out, and the other way round takes its default.
    names = kind.__dataclass_fields__.keys() & data.keys()  # type: ignore[attr-defined]
    return {name: _result(table.c[name], data[name]) for name in names}


def _bound(column: "Column[Any]", value: Any) -> Any:
    kind = column.type
    return kind.process_bind_param(value, _PLAIN) if isinstance(kind, TypeDecorator) else value


def _result(column: "Column[Any]", value: Any) -> Any:
    kind = column.type
    return kind.process_result_value(value, _PLAIN) if isinstance(kind, TypeDecorator) else value


# Made once: these are asked several times for each post.
_NEWEST = select(events.c.id, events.c.post_id, events.c.at).order_by(events.c.id.desc()).limit(1)
_LINE = select(events.c.id).where(
    events.c.id == bindparam("line"),
    events.c.post_id == bindparam("of_post"),
    events.c.at == bindparam("written_at"),
)
_FENCED = select(attempts.c.token).where(
    attempts.c.token.in_(bindparam("tokens", expanding=True)), attempts.c.fenced_at.is_not(None)
)


# --- questions ------------------------------------------------------------------------------------------------------


def known(conn: Connection, tokens: Iterable[str]) -> set[str]:
    """Give those of the tokens whose attempts the log has as far as a journal has them: past the fence."""
    wanted = sorted(set(tokens))
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        found |= set(conn.execute(_FENCED, {"tokens": wanted[start : start + CHUNK]}).scalars())
    return found


def last_known(conn: Connection) -> datetime | None:
    """Give an instant up to which nothing was lost: the history's last lines come from before it, or from it.

    The earliest of several lines: a clock that ran ahead for a while must not hide what was sent meanwhile (T05).
    """
    last = select(events.c.at).order_by(events.c.id.desc()).limit(LAST_LINES).subquery()
    found: datetime | None = conn.execute(select(func.min(last.c.at))).scalar_one()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One line of the history that was seen; it is never changed or deleted."""

    id: int
    post_id: str
    at: datetime


def witness(conn: Connection) -> Witness | None:
    """Give the newest line of the history."""
    row = conn.execute(_NEWEST).one_or_none()
    return None if row is None else Witness(id=row.id, post_id=row.post_id, at=row.at)


def testifies(conn: Connection, seen: Witness) -> bool:
    """Say whether a line of the history that was seen is still there."""
    line = {"line": seen.id, "of_post": seen.post_id, "written_at": seen.at}
    return conn.execute(_LINE, line).first() is not None


# --- doubt ----------------------------------------------------------------------------------------------------------


def doubtful(post: Post, *, since: datetime, at: datetime) -> Changes:
    """Give what changes with a post that may have gone further than the log knows.

    What waited for a person's word is never sent without it: absence then leads to a person, also under RESEND.
    """
    earliest = since - MARGIN
    waits = post.state in _FOR_A_PERSON or bool((post.pending or {}).get("person"))
    # Without a doubt its draft may have been given up for another one since, so it is not published unasked either.
    waits = waits or (post.clean and settle.repeatable(post))
    return Changes(
        clean=False,
        doubt_at=at,
        intent_at=earliest if post.intent_at is None else min(post.intent_at, earliest),
        settle_from=None,
        absences=max(post.absences, settle.ABSENCES_MOST) if waits else post.absences,
        next_look_at=at,
    )


def doubt_all(
    conn: Connection, *, since: datetime, at: datetime, node: str, reason: str, but: Collection[str] = ()
) -> int:
    """Make every post that is not final doubtful, whoever is at it (R14); give their number."""
    # In the order of ids, as everybody who locks several posts should: two orders would be a deadlock on PostgreSQL.
    rows = conn.execute(select(posts).where(posts.c.state.not_in(FINAL)).order_by(posts.c.id).with_for_update())
    group = [post for row in rows.all() if (post := to_post(row)).id not in but]
    for post in group:
        why = f"{reason}; was {post.state}" + (f": {post.reason}" if post.reason else "")
        changes = doubtful(post, since=since, at=at)
        move(conn, post, Event.QUARANTINE, at=at, node=node, reason=why, **changes)
        # Also an attempt that the log never saw fenced: its fence may be among what was lost.
        left = update(attempts).where(attempts.c.post_id == post.id, attempts.c.result == Result.OPEN)
        conn.execute(left.values(result=Result.UNKNOWN, closed_at=at, reason=reason))
    return len(group)


# --- putting back ---------------------------------------------------------------------------------------------------


def put_back(conn: Connection, lost: Sequence[Intent], *, since: datetime, at: datetime, node: str) -> Post:
    """Write the lost attempts of one post (oldest first), with post and article where they are gone too.

    The post is doubtful then, unless it is final.
    """
    newest = lost[-1]
    found = conn.execute(select(posts.c.id).where(posts.c.id == newest.post.id)).first()
    post = _post_again(conn, newest, at=at, node=node) if found is None else lock(conn, newest.post.id)
    for given in lost:
        _attempt_again(conn, post, given, at=at)
    kept = newest.post
    if post.state in FINAL:
        if post.state is State.PUBLISHED and post.payload is None and kept.payload and kept.payload_sha256:
            # Its receipt came after the log had lost its bytes; what follows the post is made of them.
            return freeze(conn, post, payload=kept.payload, payload_sha256=kept.payload_sha256)
        return post
    changes = doubtful(post, since=min(since, *(given.fenced_at for given in lost)), at=at)
    # The newest attempt's bytes and draft are what may be live; the log's own are older, or were made in ignorance.
    changes["payload"], changes["payload_sha256"] = kept.payload, kept.payload_sha256
    if kept.staged is not None:
        changes["staged"] = kept.staged
    highest = select(func.max(attempts.c.n)).where(attempts.c.post_id == post.id)
    changes["attempts"] = max(post.attempts, conn.execute(highest).scalar_one() or 0)
    return move(conn, post, Event.QUARANTINE, at=at, node=node, reason=WHY, **changes)


def _post_again(conn: Connection, given: Intent, *, at: datetime, node: str) -> Post:
    owner = _article_again(conn, given, at)
    blank = replace(
        given.post, article_id=owner, state=State.QUEUED, token=None, lease_until=None, reason=WHY, remote_id=None,
        remote_url=None, published_at=None, attempts=0,
    )  # fmt: skip
    if insert(conn, blank):
        return lock(conn, blank.id)
    # The article came back under another name and was planned anew: both posts stay, and a person decides on the other.
    same = (posts.c.article_id == owner, posts.c.channel == blank.channel, posts.c.part == blank.part)
    rivals = [to_post(row) for row in conn.execute(select(posts).where(*same).with_for_update())]
    insert(conn, replace(blank, edition=1 + max(post.edition for post in rivals)))
    for rival in rivals:
        if rival.edition == blank.edition and rival.state not in FINAL:
            doubt = move(
                conn, rival, Event.QUARANTINE, at=at, node=node, reason=WHY, **doubtful(rival, since=at, at=at)
            )
            move(conn, doubt, Event.ASK, at=at, node=node, reason=f"the article may be live as post {blank.id}")
    return lock(conn, blank.id)


def _article_again(conn: Connection, given: Intent, at: datetime) -> str:
    """Give the id under which the article is known now, after adding it if it is gone.

    The rules are asked about it again, for its posts on other channels, unless it is old news by now.
    """
    names, article = given.aliases, given.article
    news = given.by_rule and (article.published_at or article.first_seen_at) > at - NEWS
    if not entries.add(conn, article, names, planned=not news):
        there = conn.execute(select(articles.c.id).where(articles.c.id == article.id)).scalar_one_or_none()
        owners = entries.known(conn, names)
        owner = there or next(owners[name] for name in names if name in owners)
        entries.add_aliases(conn, owner, names)
        return str(owner)
    return article.id


def _attempt_again(conn: Connection, post: Post, given: Intent, *, at: datetime) -> None:
    taken = set(conn.execute(select(attempts.c.n).where(attempts.c.post_id == post.id)).scalars())
    # The log may have counted on from where it was: then the number belongs to another attempt by now.
    n = given.post.attempts if given.post.attempts not in taken else 1 + max(taken)
    row = {
        "token": given.token, "post_id": post.id, "n": n, "channel": given.post.channel, "node": given.node,
        "opened_at": given.post.changed_at, "fenced_at": given.fenced_at, "closed_at": at, "result": Result.UNKNOWN,
        "reason": WHY, "payload_sha256": given.post.payload_sha256,
        "cost": given.post.payload.cost if given.post.payload else 0,
    }  # fmt: skip
    insert_new(conn, attempts, [row])
    # The log may know its claim and not its fence: a backup was made, or commits were lost, just in between.
    unfenced = update(attempts).where(attempts.c.token == given.token, attempts.c.fenced_at.is_(None))
    conn.execute(unfenced.values(fenced_at=given.fenced_at, closed_at=at, result=Result.UNKNOWN, reason=WHY))

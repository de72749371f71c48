"""Quarantine: what follows when the post log lost commits (R14, R15).

A PostgreSQL fail-over, a restored backup, a snapshot: the log is older than what was sent. Then nothing that is not
final can be trusted: in one transaction everything the journals know is put back, every post that is not final becomes
doubtful and is looked up before anything is sent, and the log remembers the lost time. It is automatic, and it is done
once, whoever notices it first. What is planned later for articles that may have been posted in the lost time is looked
up first as well.

It must not look anything up, and not send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from syndicator.core.lifecycle import FINAL, Event
from syndicator.model import Article, Post, State
from syndicator.service.journal import Watch
from syndicator.service.journal_line import Line, of_intent, of_receipt
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, codec, posts, replay, trust, views
from syndicator.store.engine import Conflict, Connection, RolledBack, Store
from syndicator.store.trust import Trust

log = structlog.get_logger("syndicator.quarantine")

SUSPICION = timedelta(days=7)
"""For so long after a roll-back a new post of an article of that time is looked up before it is sent."""
FROM_JOURNAL = "from the journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What was found and done. ``since`` is None when there was no (new) roll-back."""

    why: str = ""
    since: datetime | None = None
    doubtful: int = 0
    """Posts that are looked up before anything is sent."""
    put_back: int = 0
    """Attempts that the log did not know."""
    recorded: int = 0
    """Receipts that the log did not know."""
    disputed: tuple[str, ...] = ()
    """Posts whose receipt belongs to another post already."""


def epoch_of(known: Trust) -> str:
    """Name the newest roll-back that the log noticed; empty before the first. Later ones sort after earlier ones."""
    return codec.dump_instant(known.rolled_back_at) if known.rolled_back_at else ""


# --- noticing -------------------------------------------------------------------------------------------------------


def ensure(parts: Parts) -> None:
    """Make sure that the post log is not older than what was sent; if it is, put it in quarantine first.

    Raises:
        StoreError: the log was replaced or is in trouble, or a journal cannot be read: nothing may be sent.
    """
    with parts.journal.checking:
        try:
            parts.store.verify()
            trusted = True
        except RolledBack:
            trusted = False
        watch = parts.journal.watch(parts.store.log_id)
        if trusted and _agrees(parts, watch):
            return
        mended = _mend_here(parts, watch)
    _tell(parts, mended)


def recheck(parts: Parts, conn: Connection) -> None:
    """Ask once more inside a transaction after which a post may go out, or be given up for good.

    Raises:
        RolledBack: commits were lost since ``ensure``; the next round puts the log in quarantine.
    """
    parts.store.check_timeline(conn)
    # What another process of this machine sent since ``ensure`` counts too: this one may have slept meanwhile.
    tips = parts.journal.newest(parts.store.log_id)
    if tips - replay.known(conn, tips):
        raise RolledBack(f"{parts.store.where}: attempts that were sent from here are not in the post log any more")


def _agrees(parts: Parts, watch: Watch) -> bool:
    """Compare what is new in the journals, and the newest of what is not, with the log."""
    tips = watch.newest
    with parts.store.read() as conn:
        known = replay.known(conn, watch.unproved.keys() | tips)
        recorded = {key for key, line in watch.unrecorded.items() if _recorded(conn, line)}
        parts.journal.proved(known, recorded)
        waiting = {key for key, line in watch.unrecorded.items() if line.token not in parts.active}
        agrees = not (watch.unproved or waiting or tips - known) and not _forgotten(conn, watch)
        if agrees:
            _remember(conn, watch)
    return agrees


def _forgotten(conn: Connection, watch: Watch) -> bool:
    """Say whether a line of the history is gone that this process saw, also one that another machine wrote."""
    if watch.witness is None or replay.testifies(conn, watch.witness[0]):
        return False
    return not _covered(watch.witness[1], trust.get(conn))


def _remember(conn: Connection, watch: Watch) -> None:
    newest = replay.witness(conn)
    watch.witness = None if newest is None else (newest, epoch_of(trust.get(conn)))


def _covered(epoch: str, known: Trust) -> bool:
    """Say whether what was lost from ``epoch`` was lost before a roll-back that somebody dealt with already."""
    return epoch < epoch_of(known)


def _recorded(conn: Connection, line: Line) -> bool:
    post = posts.get(conn, line.post)
    if post is None or post.remote_id is None:
        return False
    remote_id = str(line.body.get("remote_id"))
    return post.remote_id == remote_id or posts.has_second_receipt(conn, post.id, remote_id)


# --- mending --------------------------------------------------------------------------------------------------------


def _mend_here(parts: Parts, watch: Watch) -> Mended:
    lines = parts.journal.lines(parts.store.log_id)
    now = parts.clock.now()
    with parts.store.write() as conn:
        # Whoever comes second finds the row as the first one left it.
        known = trust.get(conn, lock=True)
        gone = _gone(conn, lines)
        why = ""
        if parts.store.timeline(conn) != known.timeline:
            why = "PostgreSQL was failed over, promoted or recovered"
        elif [line for line in gone if not _covered(line.epoch, known)]:
            why = "attempts that were sent from here are not in it (a restored backup?)"
        elif _forgotten(conn, watch):
            why = "lines of its history are gone (a restored backup?)"
        mended = mend(parts.store, conn, lines, at=now, node=parts.node, why=why)
    for line in lines:
        parts.journal.proved({line.token}, {f"{line.post} {line.body.get('remote_id')}"})
    with parts.store.read() as conn:
        _remember(conn, watch)
    return mended


def _gone(conn: Connection, lines: Sequence[Line]) -> list[Line]:
    intents = [line for line in lines if of_intent(line)]
    known = replay.known(conn, (line.token for line in intents))
    return [line for line in intents if line.token not in known]


def mend(store: Store, conn: Connection, lines: Sequence[Line], *, at: datetime, node: str, why: str) -> Mended:
    """Put back what the journals know; with ``why`` (the log was rolled back) doubt everything that is not final.

    Raises:
        StoreError: a journal is damaged; nothing is changed.
    """
    known = trust.get(conn, lock=True)
    groups: dict[str, list[replay.Intent]] = {}
    gone = _gone(conn, lines)
    for line in gone:
        given = line.intent()
        if given is not None:
            groups.setdefault(given.post.id, []).append(given)
    since = known.rolled_back_from or known.created_at
    if why:
        since = min(replay.last_known(conn) or known.created_at, at)
        since = _earliest(known, since=since, at=at)
        trust.roll_back(conn, known, since=since, at=at, timeline=store.timeline(conn))
        replay.doubt_all(conn, since=since, at=at, node=node, reason=f"in doubt: {why}", but=groups.keys())
    for post_id in sorted(groups):
        lost = sorted(groups[post_id], key=lambda given: (given.post.attempts, given.fenced_at))
        replay.put_back(conn, lost, since=since, at=at, node=node)
    recorded, disputed = _record(conn, [line for line in lines if of_receipt(line)], at=at, node=node)
    return Mended(
        why=why,
        since=since if why else None,
        doubtful=sum(row.posts for row in views.counts(conn) if row.state is State.UNKNOWN),
        put_back=sum(len(group) for group in groups.values()),
        recorded=recorded,
        disputed=disputed,
    )


def _earliest(known: Trust, *, since: datetime, at: datetime) -> datetime:
    """Give since when commits may be lost: also by the roll-back before, whose rows may still be missing."""
    before, noticed_at = known.rolled_back_from, known.rolled_back_at
    return min(since, before) if before and noticed_at and at - noticed_at < SUSPICION else since


def _record(conn: Connection, receipts: Sequence[Line], *, at: datetime, node: str) -> tuple[int, tuple[str, ...]]:
    """Record receipts that the log does not have (R16, D08)."""
    recorded, disputed = 0, []
    for line in receipts:
        post = posts.get(conn, line.post)
        if post is None or _recorded(conn, line):
            continue
        try:
            posts.record_receipt(
                conn, post.id, line.receipt(), token=line.token or None, at=at, node=node, reason=FROM_JOURNAL
            )
            recorded += 1
        except Conflict as error:
            # As when it came in: the remote post is on record for another post of ours, so a person must look (R12).
            if post.state not in (*FINAL, State.ATTENTION):
                changes = replay.doubtful(post, since=at, at=at)
                doubt = posts.move(conn, post, Event.QUARANTINE, at=at, node=node, reason=str(error), **changes)
                posts.move(conn, doubt, Event.ASK, at=at, node=node, reason=str(error))
                disputed.append(post.id)
    return recorded, tuple(disputed)


def _tell(parts: Parts, mended: Mended) -> None:
    for post_id in mended.disputed:
        text = "its receipt names a remote post that belongs to another post of ours"
        parts.notifier.tell(Notice(key=f"attention:{post_id}", subject="a post needs you", text=text, post=post_id))
    if mended.since is None:
        log.warning("journal put back", attempts=mended.put_back, receipts=mended.recorded)
        return
    parts.notifier.tell(Notice(key="rolled back", subject="the post log lost commits", text=said(mended)))


def said(mended: Mended) -> str:
    """Say what was found and what happens now, for a person."""
    since = f"{mended.since:%Y-%m-%d %H:%M:%S}Z" if mended.since else "an unknown time"
    return (
        f"The post log is older than what was sent: {mended.why}. What it wrote after {since} may be lost. "
        f"{mended.put_back} attempts and {mended.recorded} receipts were put back from the journal. "
        f"{mended.doubtful} posts may be live and are looked up before anything is sent again "
        f"(syndicator log --state unknown); what cannot be found there waits for you (--state attention)."
    )


def seen_at(conn: Connection, last_success_at: datetime | None, now: datetime) -> datetime:
    """Give when the articles count as first seen that a poll finds now, after a last one at ``last_success_at``.

    What is there when a source is read for the first time after lost commits was there in the lost time, perhaps.
    """
    if last_success_at is None:
        return now
    at = trust.get(conn).rolled_back_at
    return at if at is not None and last_success_at <= at < now else now


# --- what is planned later ------------------------------------------------------------------------------------------


class Admission:
    """Lets new posts into the log within one transaction; those that may have been posted in the lost time as doubtful.

    Ask for it before anything else is written: a quarantine then comes wholly before or wholly after the transaction.
    """

    def __init__(self, parts: Parts, conn: Connection) -> None:
        self._parts = parts
        self._conn = conn
        self._trust = trust.get(conn, share=True)

    def insert(self, post: Post, *, suspect: bool) -> bool:
        """Add a post; False when it is there already."""
        if not posts.insert(self._conn, post):
            return False
        since, now = self._trust.rolled_back_from, self._parts.clock.now()
        if since is not None and suspect:
            changes = replay.doubtful(post, since=since, at=now)
            why = f"may have been posted while the post log lost commits; was {post.state}: {post.reason}"
            posts.move(self._conn, post, Event.QUARANTINE, at=now, node=self._parts.node, reason=why, **changes)
        return True

    def suspects(self, article: Article) -> bool:
        """Say whether a post of the article may be live although the log does not know it.

        Asked before an article that a person names is added.
        """
        at = self._trust.rolled_back_at
        if at is None or at < self._parts.clock.now() - SUSPICION:
            return False
        if article.published_at is None or article.published_at <= at:
            return True
        # A date may be wrong: what was seen by then (``seen_at``) may have been posted by then.
        stored = articles.get(self._conn, article.id)
        return stored is not None and stored.first_seen_at <= at

"""Follow-ups: the next posts of a thread, the first comment. Each is a post of its own in the log, with its own laws.

Its row is made once the post before it is live, from that post's frozen teaser and remote id: from nothing that may
have changed since somebody approved them. It is made in one transaction and at most once, by whoever comes first after
the receipt was recorded; who dies in between leaves it to the next. While the post before it is anything but published
there is no row, so nothing can go out early; where that post is given up, so is what follows. It must not send.
"""

from dataclasses import replace
from datetime import timedelta

import structlog

from syndicator.core import identity
from syndicator.core.lifecycle import Event
from syndicator.errors import ComposeError
from syndicator.model import Channel, Post, State
from syndicator.service import quarantine
from syndicator.service.compose import Draft, follow_up
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, posts
from syndicator.store.engine import Connection

log = structlog.get_logger("syndicator.followups")

_MOMENT = timedelta(microseconds=1)
NEVER = timedelta(days=3650)
"""A follow-up belongs to what is out already, so it does not go stale (R21 is about news)."""


def make(parts: Parts, channel: str = "") -> int:
    """Make the rows of all follow-ups (on one channel) whose time has come; give how many.

    Raises:
        StoreError: the post log is in trouble.
    """
    with parts.store.read() as conn:
        waiting = posts.to_follow(conn, channel)
    if not waiting:
        return 0
    quarantine.ensure(parts)
    return sum(_make(parts, before) for before in waiting)


def next_of(parts: Parts, before: Post) -> Post | None:
    """Give what follows a post that is live, after making it; None at the end or when it is on its way already."""
    make(parts, before.channel)
    with parts.store.read() as conn:
        found = posts.get(conn, identity.follow_up_id(before.id))
    return found if found is not None and found.state is State.QUEUED else None


def _make(parts: Parts, before: Post) -> bool:
    channel = parts.channels.get(before.channel)
    if channel is None:
        return False  # it waits until the channel is configured again
    with parts.store.write() as conn:
        admission = quarantine.Admission(parts, conn)
        article = articles.get(conn, before.article_id)
        suspect = article is not None and admission.suspects(article)
        # As it is now: somebody else may have been faster.
        before = posts.get(conn, before.id) or before
        if not before.follow_ups:
            return False
        post = _planned(parts, channel, before)
        made = admission.insert(post, suspect=suspect and before.state is State.PUBLISHED)
        posts.followed(conn, before)
        if made and before.state is State.SKIPPED:
            posts.move(conn, post, Event.EXPIRE, at=parts.clock.now(), node=parts.node, reason=post.reason)
    log.info("follow-up", post=post.id, of=before.id, part=post.part, state=str(before.state), made=made)
    if made and post.state is State.HELD:
        parts.notifier.tell(Notice(key=f"held:{post.id}", subject="post held", text=post.reason, post=post.id))
    return made


def _planned(parts: Parts, channel: Channel, before: Post) -> Post:
    """Give the row of what follows a post: queued with its frozen request, held, or to be skipped at once."""
    now, part = parts.clock.now(), before.part + 1
    post = Post(
        id=identity.follow_up_id(before.id),
        key=identity.post_key(before.article_id, before.channel, before.edition, part=part),
        article_id=before.article_id,
        channel=before.channel,
        platform=before.platform,
        edition=before.edition,
        state=State.QUEUED,
        reason=f"follow-up {part} of {before.remote_url or before.id}",
        template=before.template,
        # Due a moment before the post that it follows was, so that nothing else comes between them.
        due_at=before.due_at - _MOMENT,
        expires_at=now + NEVER,
        created_at=now,
        changed_at=now,
        part=part,
    )
    if before.state is State.SKIPPED:
        others = f" and {before.follow_ups - 1} more" if before.follow_ups > 1 else ""
        return replace(post, reason=f"follow-up {part}{others} of post {before.id}, which was skipped: {before.reason}")
    try:
        draft = _draft(channel, before)
    except ComposeError as error:
        return replace(post, state=State.HELD, reason=str(error))
    return replace(post, payload=draft.composed, payload_sha256=draft.sha256)


def compose(parts: Parts, channel: Channel, post: Post) -> Draft:
    """Compose a stored follow-up anew, from the frozen teaser of the post before it.

    Raises:
        ComposeError: that post is not live, or has no such follow-up.
    """
    with parts.store.read() as conn:
        before = posts.before(conn, post)
    if before is None or before.state is not State.PUBLISHED:
        raise ComposeError("the post that it follows is not live")
    return _draft(channel, before)


def _draft(channel: Channel, before: Post) -> Draft:
    composed = before.payload and follow_up(channel, before.payload, to=before.remote_id or "")
    if not composed:
        raise ComposeError(f"post {before.id} has no follow-up")
    return Draft(composed=composed, pictures={})


def give_up(parts: Parts, post: Post, why: str) -> Post:
    """Skip a follow-up that waits: what it belongs to was taken back.

    Raises:
        InvalidTransition: somebody was faster.
    """
    with parts.store.write() as conn:
        quarantine.recheck(parts, conn)
        moved = posts.move(conn, post, Event.EXPIRE, at=parts.clock.now(), node=parts.node, reason=why)
    notice = Notice(key=f"skipped:{post.id}", subject="follow-up skipped", text=why, post=post.id, channel=post.channel)
    parts.notifier.tell(notice)
    return moved


def obstacle(conn: Connection, post: Post) -> str:
    """Say why a follow-up must never go out; empty when nothing stands in its way for good."""
    before = posts.before(conn, post)
    if before is None:
        return "the post that it follows is not in the post log"
    return f"the post that it follows was skipped: {before.reason}" if before.state is State.SKIPPED else ""


def waits(conn: Connection, post: Post) -> str:
    """Say why a follow-up has to wait: the post that it follows is not (or not surely) live. Empty: it may go."""
    before = posts.before(conn, post) if post.part else None
    if before is None or before.state in (State.PUBLISHED, State.SKIPPED):
        return ""
    return f"waits for the post that it follows, {before.id}, which is {before.state}"

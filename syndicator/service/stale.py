"""Stale news is skipped and named, all of it in one notice (R21): after an outage nobody wants three hundred alarms."""

from datetime import datetime

from syndicator.core.lifecycle import Event
from syndicator.model import Post
from syndicator.service import quarantine
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, posts
from syndicator.store.engine import Connection

LISTED = 300
"""Headlines that one notice names; the log has them all."""


def expire(parts: Parts, post: Post) -> Post:
    """Skip a stale post; ``tell`` names it later, together with the others.

    Raises:
        StoreError: somebody else moved it first, or the post log is in trouble.
    """
    quarantine.ensure(parts)
    why = f"stale: due {post.due_at:%Y-%m-%d %H:%M}Z, not sent by {post.expires_at:%Y-%m-%d %H:%M}Z"
    with parts.store.write() as conn:
        quarantine.recheck(parts, conn)
        last = post.reason or _pause(conn, post)
        reason = f"{why}; last reason: {last}" if last else why
        moved = posts.move(conn, post, Event.EXPIRE, at=parts.clock.now(), node=parts.node, reason=reason)
        article = articles.get(conn, post.article_id)
    parts.digest.add(post.channel, _line(post, article.title if article else post.article_id, last, post.due_at))
    return moved


def _pause(conn: Connection, post: Post) -> str:
    """Give why the channel waited while this post did; a post behind the first one has no reason of its own."""
    state = channels.get(conn, post.channel)
    if state.paused_at is None or (state.paused_until is not None and state.paused_until < post.due_at):
        return ""
    return f"the channel waited: {state.reason}"


def _line(post: Post, title: str, last: str, due_at: datetime) -> str:
    return f"{post.id}  due {due_at:%Y-%m-%d %H:%M}Z  {title}" + (f"  ({last})" if last else "")


def tell(parts: Parts) -> None:
    """Give one notice for each channel that skipped something, at most once an hour."""
    for channel, lines in parts.digest.take(parts.clock.elapsed()).items():
        more = f"\n… and {len(lines) - LISTED} more" if len(lines) > LISTED else ""
        which = "post was" if len(lines) == 1 else "posts were"
        head = (
            f"{len(lines)} {which} not sent in time on {channel} (syndicator log --channel {channel} --state skipped)"
        )
        text = "\n".join([f"{head}:", *lines[:LISTED]]) + more
        notice = Notice(key=f"stale:{channel}:{lines[0]}", subject="stale news skipped", text=text, channel=channel)
        parts.notifier.tell(notice)

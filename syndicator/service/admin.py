"""What an editor may do: post one article, approve, drop, retry, settle, pause. Every answer says what is true now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator import platforms
from syndicator.core import plan as decisions
from syndicator.core.lifecycle import Event
from syndicator.errors import StoreError, SyndicatorError
from syndicator.model import Article, Channel, Post, Receipt, Route, State
from syndicator.service import deliver
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, posts
from syndicator.store.engine import Conflict


class Refused(SyndicatorError):
    """What was asked cannot be done to this post in its present state; the message names what can."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One post of a one-off: new, or the one that was there already."""

    post: Post
    new: bool


def place(
    parts: Parts,
    article: Article,
    *,
    channels_: Sequence[Channel],
    at: datetime | None = None,
    text: str | None = None,
    again: str = "",
) -> tuple[Placed, ...]:
    """Queue ``article`` on each channel, unless it is there already; ``again`` is the reason for a repeat."""
    now = parts.clock.now()
    names = tuple(
        name
        for name in (f"url:{article.canonical_url}", f"guid:{article.source}:{article.guid}")
        if not name.endswith(":")
    )
    with parts.store.write() as conn:
        known = articles.known(conn, names)
        owner = next((known[name] for name in names if name in known), None)
        if owner is None:
            articles.add(conn, article, names, planned=True)
        stored = articles.get(conn, owner or article.id)
        if stored is None:
            raise StoreError(f"article {article.id} could not be stored")
        return tuple(_place(conn, stored, channel, now=now, at=at, text=text, again=again) for channel in channels_)


def _place(
    conn: posts.Connection,
    article: Article,
    channel: Channel,
    *,
    now: datetime,
    at: datetime | None,
    text: str | None,
    again: str,
) -> Placed:
    latest = posts.latest_edition(conn, article.id, channel.name)
    if latest is not None and not again:
        return Placed(post=latest, new=False)
    post = decisions.new_post(
        article,
        channel=channel,
        route=Route(channel=channel.name),
        now=now,
        due_at=at or now,
        reason="one-off" if not again else f"again: {again}",
        edition=0 if latest is None else latest.edition + 1,
        text=text,
        note=again,
    )
    new = posts.insert(conn, post)
    return Placed(post=posts.get(conn, post.id) or post, new=new)


def send_now(parts: Parts, post: Post) -> Post:
    """Deliver one queued post now, within the channel's interval, caps and pauses."""
    return deliver.one(parts, parts.channels[post.channel], post)


def find(parts: Parts, post_id: str) -> Post:
    """Give a post by its id, or by an unambiguous beginning of it.

    Raises:
        Refused: no such post, or several.
    """
    with parts.store.read() as conn:
        found = posts.by_prefix(conn, post_id)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"no post {post_id} (hint: `syndicator log` lists them)")
    raise Refused(f"{post_id} is the beginning of several posts: {', '.join(post.id for post in found)}")


def _refuse(post: Post, wanted: str, remedy: str) -> Refused:
    return Refused(f"post {post.id} is {post.state}: it cannot be {wanted} ({remedy})")


def approve(parts: Parts, post: Post) -> Post:
    """Let a held post go."""
    if post.state is not State.HELD:
        raise _refuse(post, "approved", "only held posts wait for approval")
    now = parts.clock.now()
    due_at = max(now, post.due_at)
    with parts.store.write() as conn:
        return posts.move(
            conn,
            post,
            Event.APPROVE,
            at=now,
            node=parts.node,
            reason="approved",
            due_at=due_at,
            expires_at=due_at + _patience(parts, post),
        )


def _patience(parts: Parts, post: Post) -> timedelta:
    channel = parts.channels.get(post.channel)
    return channel.expires_after if channel else post.expires_at - post.due_at


def drop(parts: Parts, post: Post) -> Post:
    """Decide that a post will not be sent (again)."""
    if post.state is State.UNKNOWN:
        raise _refuse(post, "dropped", "it may be live; look-ups are under way, or say `settle --live URL`")
    if post.state is State.QUEUED and not post.clean:
        raise _refuse(post, "dropped", "an earlier attempt may still land; it is being published by its id")
    if post.state is State.PROCESSING and not (post.pending or {}).get("person"):
        raise _refuse(post, "dropped", "the platform is finishing it")
    if post.state is State.SENDING:
        raise _refuse(post, "dropped", "it is being sent this moment; wait for the outcome")
    if post.state in (State.PUBLISHED, State.SKIPPED):
        raise _refuse(post, "dropped", "that is final")
    with parts.store.write() as conn:
        return posts.move(conn, post, Event.DROP, at=parts.clock.now(), node=parts.node, reason="dropped by an editor")


def retry(parts: Parts, post: Post) -> Post:
    """Queue a rejected post again, composed anew; or bring a waiting one forward."""
    now = parts.clock.now()
    patience = _patience(parts, post)
    with parts.store.write() as conn:
        if post.state is State.REJECTED:
            # Rejected means refused with every attempt settled (R9), so new bytes cannot meet old ones.
            return posts.move(
                conn,
                post,
                Event.RETRY,
                at=now,
                node=parts.node,
                reason="retried by an editor",
                due_at=now,
                expires_at=now + patience,
                payload=None,
                payload_sha256=None,
                staged=None,
            )
        if post.state is State.QUEUED:
            return posts.move(
                conn, post, Event.DEFER, at=now, node=parts.node, reason="brought forward by an editor", due_at=now
            )
    raise _refuse(post, "retried", "only rejected and queued posts can; see `settle` for attention, `approve` for held")


def settle_live(parts: Parts, post: Post, url: str) -> Post:
    """A person says where the post is live."""
    platform = platforms.load(post.platform)
    channel = parts.channels.get(post.channel) or Channel(name=post.channel, platform=post.platform)
    try:
        remote_id = platform.remote_id_from_url(channel, url)
    except ValueError as error:
        raise Refused(f"that is not the address of a post on {platform.SPEC.title}: {error}") from error
    receipt = Receipt(remote_id=remote_id, remote_url=url, platform_at=None, detail={"confirmed_by": "person"})
    try:
        with parts.store.write() as conn:
            return posts.record_receipt(
                conn,
                post.id,
                receipt,
                token=None,
                at=parts.clock.now(),
                node=parts.node,
                reason="confirmed by an editor",
            )
    except Conflict as error:
        raise Refused(f"{url} already belongs to another post of this channel") from error


def settle_resend(parts: Parts, post: Post) -> Post:
    """A person says: it is not live, send it again (the same bytes)."""
    if post.state is not State.ATTENTION:
        raise _refuse(post, "sent again", _settle_remedy(post))
    now = parts.clock.now()
    with parts.store.write() as conn:
        return posts.move(
            conn,
            post,
            Event.RESEND,
            at=now,
            node=parts.node,
            reason="sent again by an editor",
            # What is in flight to a staged id nobody can know; publishing by id again is harmless, a refusal is not.
            clean=not deliver.repeatable(parts.channels[post.channel], post),
            due_at=now,
            expires_at=now + _patience(parts, post),
            settle_from=None,
        )


def _settle_remedy(post: Post) -> str:
    if post.state is State.UNKNOWN:
        return "look-ups are under way; it asks you when they cannot settle it. If you see it live: `--live URL`"
    return "only a post that needs attention has this answer"


def pause(parts: Parts, channel: Channel, reason: str) -> None:
    """Stop sending on a channel until it is resumed; its posts stay queued."""
    with parts.store.write() as conn:
        channels.pause(conn, channel.name, reason=reason or "paused by an editor", at=parts.clock.now(), until=None)


def resume(parts: Parts, channel: Channel) -> None:
    """Let a channel send again, whoever paused it."""
    with parts.store.write() as conn:
        channels.resume(conn, channel.name, parts.clock.now())

"""What an editor may do: post one article, approve, drop, retry, settle, pause. Every answer says what is true now."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import platforms
from syndicator.core import links, settle
from syndicator.core import plan as decisions
from syndicator.core.lifecycle import FINAL, Event
from syndicator.errors import ComposeError, SyndicatorError, TemplateError
from syndicator.model import Article, Channel, Post, Receipt, Route, State
from syndicator.service import deliver
from syndicator.service.compose import Draft
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, media, posts
from syndicator.store.engine import Conflict, Connection


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
    typed: str = "",
    at: datetime | None = None,
    text: str | None = None,
    again: str = "",
) -> tuple[Placed, ...]:
    """Queue ``article`` on each channel, unless it is there already; ``again`` is the reason for a repeat.

    ``typed`` is the address a person gave: it is one more name under which the article may be known. The request is
    composed here, from the article as it was just read, so that what a preview of it showed is what goes out.

    Raises:
        Refused: a repeat of what is not settled yet.
    """
    names = aliases(article, typed)
    with parts.store.read() as conn:
        known = articles.known(conn, names)
    owner = next((known[name] for name in names if name in known), article.id)
    article = replace(article, id=owner)
    placed = []
    for channel in channels_:
        with parts.store.read() as conn:
            latest = posts.latest_edition(conn, article.id, channel.name)
        if latest is not None and not again:
            placed.append(Placed(post=latest, new=False))
            continue
        if latest is not None and latest.state not in (*FINAL, State.REJECTED):
            raise _refuse(latest, "repeated", "settle, drop or wait for this one first")
        edition = 0 if latest is None else latest.edition + 1
        post, draft = _compose(parts, article, channel, at=at, text=text, again=again, edition=edition)
        placed.append(_insert(parts, article, names, post, draft))
    return tuple(placed)


def aliases(article: Article, typed: str = "") -> tuple[str, ...]:
    """Give every name under which an article read for a person may be known."""
    urls = [article.canonical_url]
    for url in (typed, article.url):
        with contextlib.suppress(ValueError):
            urls.append(links.canonical(url))
    names = [f"url:{url}" for url in dict.fromkeys(urls) if url]
    return (*names, f"guid:{article.source}:{article.guid}") if article.guid else tuple(names)


def _compose(
    parts: Parts,
    article: Article,
    channel: Channel,
    *,
    at: datetime | None,
    text: str | None,
    again: str,
    edition: int,
) -> tuple[Post, Draft | None]:
    """Make the post and its request, with the template that the rules name; a post that cannot be composed is held."""
    matches = decisions.routes(article, parts.rules)
    route = Route(channel=channel.name, template=matches[channel.name].template if channel.name in matches else "")
    now = parts.clock.now()
    post = decisions.new_post(
        article,
        channel=channel,
        route=route,
        now=now,
        due_at=at or now,
        reason=f"again: {again}" if again else "one-off",
        edition=edition,
        text=text,
        note=again,
    )
    try:
        return freeze(parts, article, channel, post)
    except (TemplateError, ComposeError) as error:
        return replace(post, state=State.HELD, reason=str(error)), None


def freeze(parts: Parts, article: Article, channel: Channel, post: Post) -> tuple[Post, Draft]:
    """Compose a post that is not stored yet and freeze its exact request with it.

    Raises:
        TemplateError: the template is missing or wrong.
        ComposeError: the article cannot become a teaser for this channel.
    """
    draft = parts.composer.compose(article, channel=channel, marker=post.id, template=post.template, text=post.text)
    return replace(post, payload=draft.composed, payload_sha256=draft.sha256), draft


def _insert(parts: Parts, article: Article, names: tuple[str, ...], post: Post, draft: Draft | None) -> Placed:
    with parts.store.write() as conn:
        if not articles.add(conn, article, names, planned=True):
            articles.add_aliases(conn, article.id, names)
        keep_pictures(conn, draft)
        new = posts.insert(conn, post)
        return Placed(post=posts.get(conn, post.id) or post, new=new)


def keep_pictures(conn: Connection, draft: Draft | None) -> None:
    """Store the pictures of a frozen request, so that every attempt can send them."""
    for item in draft.composed.teaser.media if draft else ():
        if draft and item.sha256 in draft.pictures:
            media.put(conn, item, draft.pictures[item.sha256])


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
            clean=not settle.repeatable(post),
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

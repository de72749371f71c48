"""What an editor may do: post one article, approve, drop, retry, settle, pause. Every answer says what is true now."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syndicator import platforms
from syndicator.core import answers, links, settle
from syndicator.core import plan as decisions
from syndicator.core.lifecycle import FINAL, Event
from syndicator.errors import ComposeError, InvalidTransition, SyndicatorError, TemplateError
from syndicator.model import Article, Channel, Post, Receipt, Route, State
from syndicator.service import corrections, deliver, followups, probe, quarantine
from syndicator.service.compose import Draft
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, media, posts, views
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
    quarantine.ensure(parts)
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
        at=at or now,
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
    channel = probe.as_probed(parts, channel)
    draft = parts.composer.compose(article, channel=channel, marker=post.id, template=post.template, text=post.text)
    return replace(post, payload=draft.composed, payload_sha256=draft.sha256), draft


def _insert(parts: Parts, article: Article, names: tuple[str, ...], post: Post, draft: Draft | None) -> Placed:
    with parts.store.write() as conn:
        admission = quarantine.Admission(parts, conn)
        suspect = admission.suspects(article)
        if not articles.add(conn, article, names, planned=True):
            articles.add_aliases(conn, article.id, names)
        keep_pictures(conn, draft)
        new = admission.insert(post, suspect=suspect)
        return Placed(post=posts.get(conn, post.id) or post, new=new)


def keep_pictures(conn: Connection, draft: Draft | None) -> None:
    """Store the pictures of a frozen request, so that every attempt can send them."""
    for item in draft.composed.teaser.media if draft else ():
        if draft and item.sha256 in draft.pictures:
            media.put(conn, item, draft.pictures[item.sha256])


def send_now(parts: Parts, post: Post) -> Post:
    """Deliver one queued post now, within the channel's interval, caps and pauses; then what follows it, if it is live.

    The answer is about the post itself; its follow-ups have their own lines in the log.
    """
    channel = parts.channels[post.channel]
    sent = deliver.one(parts, channel, post)
    last = sent
    while last.state is State.PUBLISHED and (following := followups.next_of(parts, last)) is not None:
        last = deliver.one(parts, channel, following)
    return sent


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


def require(post: Post, wanted: str, why_not: str) -> None:
    """Refuse what cannot be done to a post now; an empty ``why_not`` means that it can."""
    if why_not:
        raise _refuse(post, wanted, why_not)


@contextlib.contextmanager
def deciding(parts: Parts, post: Post) -> Iterator[Connection]:
    """Give a write transaction for one person's decision; who comes second is told what is true by now (D29)."""
    # A decision on a row that lost commits would stand: what was shown to the person was not what is known.
    quarantine.ensure(parts)
    try:
        with parts.store.write() as conn:
            quarantine.recheck(parts, conn)
            yield conn
    except InvalidTransition as error:
        with parts.store.read() as conn:
            now = posts.get(conn, post.id) or post
        why = f" ({now.reason})" if now.reason else ""
        raise Refused(f"post {post.id} was changed this moment by somebody else: it is {now.state}{why}") from error


def patience(parts: Parts, post: Post) -> timedelta:
    """Give how long a post stays fresh once it is due."""
    channel = parts.channels.get(post.channel)
    if post.part:
        return followups.NEVER
    return channel.expires_after if channel else post.expires_at - post.due_at


def undo(parts: Parts, post: Post) -> timedelta:
    """Give how long a person may still take back what they let go."""
    channel = parts.channels.get(post.channel)
    return channel.undo if channel else timedelta(0)


def drop(parts: Parts, post: Post) -> Post:
    """Decide that a post will not be sent (again)."""
    require(post, "dropped", answers.no_drop(post))
    with deciding(parts, post) as conn:
        return posts.move(conn, post, Event.DROP, at=parts.clock.now(), node=parts.node, reason="dropped by an editor")


def retry(parts: Parts, post: Post) -> Post:
    """Queue a rejected post again, composed anew; or bring a waiting one forward.

    What somebody had approved is composed here, and held again if it says something else now (R22).

    Raises:
        ComposeError: it had been approved, and cannot be composed any more.
    """
    require(post, "retried", answers.no_retry(post))
    now = parts.clock.now()
    if post.state is State.QUEUED:
        why, due_at = corrections.BROUGHT_FORWARD, now + undo(parts, post)
        with deciding(parts, post) as conn:
            return posts.move(conn, post, Event.DEFER, at=now, node=parts.node, reason=why, due_at=due_at)
    anew = freeze_anew(parts, post) if _was_approved(parts, post) else None
    same = anew is not None and anew[0].payload_sha256 == post.payload_sha256
    with deciding(parts, post) as conn:
        # Rejected means refused with every attempt settled (R9), so new bytes cannot meet old ones.
        queued = posts.move(
            conn,
            post,
            Event.RETRY,
            at=now,
            node=parts.node,
            reason="retried by an editor",
            due_at=now + undo(parts, post),
            expires_at=now + patience(parts, post),
            payload=post.payload if same else None,
            payload_sha256=post.payload_sha256 if same else None,
            staged=None,
        )
        return queued if anew is None or same else hold_anew(parts, conn, queued, anew)


def _was_approved(parts: Parts, post: Post) -> bool:
    with parts.store.read() as conn:
        return any(move.event == Event.APPROVE for move in views.history(conn, post.id))


def freeze_anew(parts: Parts, post: Post) -> tuple[Post, Draft]:
    """Compose a stored post from its article as it is now; nothing is written.

    Raises:
        Refused: its channel is no longer configured.
        TemplateError: the template is missing or wrong.
        ComposeError: the article cannot become a teaser for this channel.
    """
    channel = parts.channels.get(post.channel)
    if channel is None:
        raise _refuse(post, "composed", f"channel {post.channel} is no longer configured")
    if post.part:
        draft = followups.compose(parts, channel, post)
        return replace(post, payload=draft.composed, payload_sha256=draft.sha256), draft
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
    if article is None:
        raise ComposeError(f"article {post.article_id} is not in the post log")
    return freeze(parts, article, channel, post)


def hold_anew(parts: Parts, conn: Connection, post: Post, anew: tuple[Post, Draft]) -> Post:
    """Freeze other bytes with a post that was not sent; they wait for approval, whatever was approved before (R22)."""
    fresh, draft = anew
    now = parts.clock.now()
    keep_pictures(conn, draft)
    return posts.move(
        conn,
        post,
        Event.RECOMPOSE,
        at=now,
        node=parts.node,
        reason="composed anew, waits for approval",
        payload=fresh.payload,
        payload_sha256=fresh.payload_sha256,
        # What staging left at the platform belongs to the old bytes.
        staged=None,
        expires_at=max(post.expires_at, now + patience(parts, post)),
    )


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
            live = posts.record_receipt(
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
    # Lost commits take a person's word back too, and no look-up finds what was posted by hand.
    with contextlib.suppress(OSError):
        parts.journal.receive(live, receipt, log_id=parts.store.log_id, at=parts.clock.now())
    return live


def settle_resend(parts: Parts, post: Post) -> Post:
    """A person says: it is not live, send it again (the same bytes)."""
    require(post, "sent again", answers.no_resend(post))
    now = parts.clock.now()
    with deciding(parts, post) as conn:
        return posts.move(
            conn,
            post,
            Event.RESEND,
            at=now,
            node=parts.node,
            reason="sent again by an editor",
            # What is in flight to a staged id nobody can know; publishing by id again is harmless, a refusal is not.
            clean=not settle.repeatable(post),
            due_at=now + undo(parts, post),
            expires_at=now + patience(parts, post),
            settle_from=None,
        )


def pause(parts: Parts, channel: Channel, reason: str) -> None:
    """Stop sending on a channel until it is resumed; its posts stay queued."""
    with parts.store.write() as conn:
        channels.pause(conn, channel.name, reason=reason or "paused by an editor", at=parts.clock.now(), until=None)


def resume(parts: Parts, channel: Channel) -> None:
    """Let a channel send again, whoever paused it."""
    with parts.store.write() as conn:
        channels.resume(conn, channel.name, parts.clock.now())

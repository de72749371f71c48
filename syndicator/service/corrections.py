"""What an edit of an article means for its posts: those that are live, those that wait, those that were approved.

A person hears of it once; nothing is posted again, and what was approved in other words waits for them (R22, F06, F07).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from syndicator.core import guards
from syndicator.core import plan as decisions
from syndicator.core.lifecycle import Event
from syndicator.core.rules import Match
from syndicator.errors import ComposeError, InvalidTransition, TemplateError
from syndicator.model import Article, Channel, Post, State
from syndicator.service import followups
from syndicator.service.compose import Draft
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, posts, views
from syndicator.store.engine import Connection
from syndicator.store.moves import Changes

log = structlog.get_logger("syndicator.corrections")

CORRECTED = "the article was corrected after these words were approved"
WITHDRAWN = "its headline says that it was withdrawn"
GONE = "the newsroom took the article back: its source no longer shows it"
BROUGHT_FORWARD = "brought forward by an editor"
BY_HAND = ("one-off", "again:")
"""Beginnings of the reasons of posts that a person placed."""
_FROZEN_BY = ("plan", "hold", Event.RECOMPOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a frozen post does not say and would say now."""

    headline_then: str
    headline_now: str
    text_now: str
    problem: str = ""
    """Why it cannot be composed any more; ``text_now`` is empty then."""


def changed(parts: Parts, post: Post) -> Change | None:
    """Compare what is frozen with a post that was not sent with what the article and the template give now.

    Only words and link are compared: no picture is fetched for it, and a person's own words are what they are.
    """
    channel = parts.channels.get(post.channel)
    if post.payload is None or post.state not in (State.HELD, State.QUEUED) or channel is None or not post.clean:
        return None
    if post.part:
        return None  # it is made of what is out, and says what was approved with that
    with parts.store.read() as conn:
        article = articles.get(conn, post.article_id)
        revisions = [old for old in views.changes(conn, post.article_id) if old.at > _frozen_at(conn, post)]
    if article is None:
        return None
    then = revisions[0].title if revisions else article.title
    return _compare(parts, post, article, headline_then=then)


def _compare(parts: Parts, post: Post, article: Article, *, headline_then: str) -> Change | None:
    frozen = post.payload
    channel = parts.channels[post.channel]
    try:
        draft = parts.composer.words(article, channel=channel, marker=post.id, template=post.template, text=post.text)
    except (TemplateError, ComposeError) as error:
        return Change(headline_then=headline_then, headline_now=article.title, text_now="", problem=str(error))
    now = draft.composed.teaser
    if frozen is None or (now.text, now.link) == (frozen.teaser.text, frozen.teaser.link):
        return None
    return Change(headline_then=headline_then, headline_now=article.title, text_now=now.text)


def _frozen_at(conn: Connection, post: Post) -> datetime:
    frozen = [move.at for move in views.history(conn, post.id) if move.event in _FROZEN_BY]
    return frozen[-1] if frozen else post.created_at


# --- a headline that was changed after posting ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A headline that was changed after a post with it went out."""

    at: datetime
    then: str
    now: str


def headline(conn: Connection, post: Post, article: Article | None) -> Headline | None:
    """Say how the headline of a live post's article was changed since; None when it still is what was posted."""
    if article is None or post.state is not State.PUBLISHED:
        return None
    tried = posts.attempts(conn, post.id)
    # A post of a rule is composed when it is first sent; what a person saw was frozen before.
    first = views.history(conn, post.id)[:1]
    by_rule = bool(first and first[0].event == "plan" and not first[0].reason.startswith(BY_HAND))
    frozen_at = tried[0].opened_at if tried and by_rule else _frozen_at(conn, post)
    since = [old for old in views.changes(conn, article.id) if old.at > frozen_at]
    if not since or since[0].title == article.title:
        return None
    after = [*(old.title for old in since[1:]), article.title]
    at = next(old.at for old, title in zip(since, after, strict=True) if old.title != title)
    return Headline(at=at, then=since[0].title, now=article.title)


# --- what follows from a reading ------------------------------------------------------------------------------------


def follow(parts: Parts, revised: Sequence[Article]) -> None:
    """Draw the consequences of edits; ``revised`` are the articles as they were before."""
    for before in revised:
        with parts.store.read() as conn:
            article = articles.get(conn, before.id)
            found = posts.of_article(conn, before.id)
        if article is None:
            continue
        _tell_of_headline(parts, before, article, found)
        for post in found:
            if post.state is State.QUEUED and post.clean:
                _follow_waiting(parts, article, post)


def _tell_of_headline(parts: Parts, before: Article, article: Article, found: Sequence[Post]) -> None:
    live = [post for post in found if post.state is State.PUBLISHED]
    if not live or before.title == article.title:
        return
    where = "\n".join(f"  {post.channel}: {post.remote_url}" for post in live)
    text = f"“{before.title}” reads “{article.title}” now; posted with the earlier one:\n{where}"
    notice = Notice(
        key=f"headline:{article.id}:{article.title}",
        subject="headline changed after posting",
        text=text,
        post=live[0].id,
        channel=live[0].channel,
    )
    parts.notifier.tell(notice)


def _follow_waiting(parts: Parts, article: Article, post: Post) -> None:
    if guards.withdrawn(article.title):
        hold_back(parts, post, WITHDRAWN)
    elif post.payload is None:
        _reschedule(parts, article, post)
    elif changed(parts, post) is not None:
        if post.attempts:
            # Every attempt sends the same bytes; a person may still take it back.
            _tell_of_old_words(parts, post)
        else:
            hold_back(parts, post, CORRECTED)


def _tell_of_old_words(parts: Parts, post: Post) -> None:
    text = f"post {post.id} was tried before its article was corrected and goes out in the words that were tried"
    remedy = f"syndicator approve {post.id} --recompose | syndicator drop {post.id}"
    notice = Notice(key=f"old words:{post.id}", subject="a post has old words", text=text, post=post.id, remedy=remedy)
    parts.notifier.tell(notice)


def withdraw(parts: Parts, article_ids: Sequence[str]) -> None:
    """Hold back what waits of articles that their source says are gone; a person who let it go is not asked twice."""
    for article_id in article_ids:
        with parts.store.read() as conn:
            waiting = [post for post in posts.of_article(conn, article_id) if post.state is State.QUEUED and post.clean]
            told = {post.id for post in waiting if any(m.reason == GONE for m in views.history(conn, post.id))}
        for post in waiting:
            if post.id not in told:
                hold_back(parts, post, GONE)


def hold_back(parts: Parts, post: Post, why: str, *, draft: Draft | None = None) -> Post:
    """Hold a queued post once more and tell a person; it stays as it is when somebody was faster.

    ``draft`` is frozen with it, so that it can be approved as it is (R22); it has no pictures to keep. A follow-up is
    given up instead: what it belongs to is out, and was taken back.
    """
    if post.part:
        with suppress(InvalidTransition):
            return followups.give_up(parts, post, why)
        return post
    now = parts.clock.now()
    channel = parts.channels.get(post.channel)
    patience = channel.expires_after if channel else timedelta(0)
    held = post
    with suppress(InvalidTransition), parts.store.write() as conn:
        expires_at = max(post.expires_at, now + patience)
        changes: Changes = {"expires_at": expires_at}
        if draft is not None and post.payload is None:
            changes |= {"payload": draft.composed, "payload_sha256": draft.sha256}
        held = posts.move(conn, post, Event.HOLD_BACK, at=now, node=parts.node, reason=why, **changes)
    if held.state is State.HELD:
        log.warning("held back", post=post.id, channel=post.channel, reason=why)
        parts.notifier.tell(
            Notice(key=f"held:{post.id}", subject="post held", text=why, post=post.id, channel=post.channel)
        )
    return held


def new_time(
    article: Article, post: Post, *, channel: Channel, match: Match, now: datetime
) -> tuple[datetime, str] | None:
    """Give when a waiting post is due after an edit, and why; None when that stays as it is."""
    due_at = decisions.due_at(article, channel=channel, match=match, planned_at=post.created_at, now=now)
    if match.breaking and due_at < post.due_at:
        return due_at, f"rule {match.rule}: breaking"
    if not match.breaking and match.route.stabilise is not None and due_at > post.due_at:
        return due_at, f"rule {match.rule}; {decisions.UNSTABLE}"
    return None


def _reschedule(parts: Parts, article: Article, post: Post) -> None:
    """Let a post wait that is to be stable, or go at once when the edit made it breaking news."""
    channel, match = parts.channels.get(post.channel), decisions.matches(article, parts.rules).get(post.channel)
    if channel is None or match is None:
        return
    found = new_time(article, post, channel=channel, match=match, now=parts.clock.now())
    if found is None:
        return
    due_at, reason = found
    with suppress(InvalidTransition), parts.store.write() as conn:
        history = views.history(conn, post.id)
        placed = bool(history) and history[0].reason.startswith(BY_HAND)
        if placed or any(move.reason == BROUGHT_FORWARD for move in history):
            return  # a person named the time
        posts.move(
            conn,
            post,
            Event.DEFER,
            at=parts.clock.now(),
            node=parts.node,
            reason=reason,
            due_at=due_at,
            expires_at=max(post.expires_at, due_at + channel.expires_after),
            template=match.route.template or channel.template,
        )

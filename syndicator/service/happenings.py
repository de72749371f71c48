"""What happened to an article, in order and in sentences: seen, held, edited, planned, and what moved its posts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.core import fate, story
from syndicator.core.fate import Course, Fate
from syndicator.core.lifecycle import Event
from syndicator.model import Article, Post, State
from syndicator.service.guards import BY_POLICY
from syndicator.store.batches import Batch
from syndicator.store.views import Move, Revision

NEARBY = timedelta(minutes=1)
QUIET = frozenset({Event.CLAIM, Event.LOOKED, Event.ACCEPTED, Event.DEFER, Event.NOT_SENT})
"""Moves of a post that say nothing about why; `syndicator show` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to an article. ``kind`` is stable, ``says`` is for people."""

    at: datetime
    kind: str
    says: str
    channel: str | None = None


def told(
    course: Course,
    batch: Batch | None,
    revisions: Sequence[Revision],
    owned: Sequence[Post],
    moves: Mapping[str, Sequence[Move]],
    *,
    now: datetime,
) -> tuple[Happening, ...]:
    """Tell everything, oldest first; ``moves`` are those of each of the posts, by its id."""
    asked_at = min((lines[0].at for lines in moves.values() if lines), default=course.planned_at)
    found = [*_seen(course, batch, asked_at=asked_at, now=now), *_revised(course.article, revisions, owned)]
    found += [happening for post in owned for happening in _moves(post, moves[post.id])]
    return tuple(sorted(found, key=lambda one: one.at))


def _seen(course: Course, batch: Batch | None, *, asked_at: datetime | None, now: datetime) -> Iterator[Happening]:
    article, how = course.article, fate.fate(course)
    if article.published_at is not None:
        says = "came out, by its own date" if article.published_at <= now else "is its own date, which is still to come"
        yield Happening(at=article.published_at, kind="published", says=says)
    yield Happening(
        at=article.first_seen_at, kind="seen", says=f"first seen by source {article.source}{_delay(article)}"
    )
    if how in (Fate.BASELINE, Fate.TOO_OLD, Fate.BY_HAND) and not course.held:
        yield Happening(at=article.first_seen_at, kind=str(how), says=fate.told(course, now=now))
    if batch is not None:
        yield from _batch(course, batch, now=now)
    if how is Fate.PLANNED and course.planned_at is not None:
        # The mark is written behind the posts, in the same transaction.
        behind = asked_at is not None and timedelta(0) < course.planned_at - asked_at < NEARBY
        at = asked_at if asked_at is not None and behind else course.planned_at
        yield Happening(at=at, kind="planned", says="the rules were asked")


def _batch(course: Course, batch: Batch, *, now: datetime) -> Iterator[Happening]:
    how = fate.fate(course)
    # Released the moment it began: no person had to look, it only marks the news of an outage.
    others = "" if batch.size == 1 else f" with {batch.size - 1} others"
    word = "marked" if batch.decided_by == BY_POLICY else "held"
    yield Happening(
        at=max(batch.at, course.article.first_seen_at),
        kind=word,
        says=f"{word}{others} ({batch.guard}): {batch.reason}",
    )
    if batch.decided_at is not None and word == "held":
        says = f"{batch.decision} by {batch.decided_by}"
        yield Happening(at=batch.decided_at, kind=str(batch.decision), says=says)
    if how is Fate.TOO_OLD and course.planned_at is not None:
        yield Happening(at=course.planned_at, kind=str(how), says=fate.told(course, now=now))


def _delay(article: Article) -> str:
    if article.published_at is None:
        return "; it names no date"
    away = article.first_seen_at - article.published_at
    if away < timedelta(0):
        return f"; its date was {story.span(-away)} ahead"
    return f", {story.span(away)} after it came out" if away >= timedelta(seconds=1) else ""


def _revised(article: Article, revisions: Sequence[Revision], owned: Sequence[Post]) -> Iterator[Happening]:
    titles = [*(old.title for old in revisions), article.title][1:]
    for old, title in zip(revisions, titles, strict=True):
        if old.title == title:
            yield Happening(at=old.at, kind="edited", says="edited: text, address, picture or date, not the headline")
            continue
        live = [post.channel for post in owned if post.published_at is not None and post.published_at < old.at]
        after = f" – after it was posted on {', '.join(live)}, where it is not posted again" if live else ""
        yield Happening(at=old.at, kind="headline", says=f"headline changed: {fate.marked(old.title, title)}{after}")


def _moves(post: Post, moves: Sequence[Move]) -> Iterator[Happening]:
    for move in moves:
        if move.event in QUIET:
            continue
        why = f": {move.reason}" if move.reason else ""
        where = f" {post.remote_url}" if move.after is State.PUBLISHED and post.remote_url else ""
        yield Happening(
            at=move.at,
            kind=f"post {move.after}",
            says=f"{post.channel}: {move.after}{why}{where}",
            channel=post.channel,
        )

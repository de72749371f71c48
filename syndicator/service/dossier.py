"""The whole story of one article: where it was seen, its names, what rules and guards made of it, its posts.

Reads the post log and the configuration; fetches nothing, changes nothing.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from syndicator import platforms
from syndicator.core import answers, fate, guards, story
from syndicator.core.fate import Course, Fate, Ruling
from syndicator.core.lifecycle import FINAL
from syndicator.model import Article, Channel, Post, Source, State
from syndicator.service import halt, happenings
from syndicator.service.corrections import BY_HAND
from syndicator.service.happenings import NEARBY, Happening
from syndicator.service.parts import Parts
from syndicator.store import article_views, articles, batches, channels, posts, source_views, views
from syndicator.store.articles import Connection, SourceState
from syndicator.store.batches import Batch
from syndicator.store.views import Move, Revision

NEAR = 5
ALIKE = 0.75
"""How alike two last parts of addresses are that a person may have meant one by the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChannel:
    """What became of an article on one channel."""

    channel: str
    posts: tuple[Post, ...]
    says: str
    next_at: datetime | None = None
    """When something happens by itself; None when nothing does."""
    needs: bool = False
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that is known of one article."""

    found_by: str
    article: Article
    course: Course
    names: tuple[str, ...]
    batch: Batch | None
    revisions: tuple[Revision, ...]
    rulings: tuple[Ruling, ...]
    channels: tuple[OnChannel, ...]
    happenings: tuple[Happening, ...]
    """Oldest first."""
    now: datetime

    @property
    def fate(self) -> Fate:
        """How far it came on its way to the rules."""
        return fate.fate(self.course)

    @property
    def commands(self) -> tuple[str, ...]:
        """What a person can type about it."""
        return tuple(dict.fromkeys((*_batch_commands(self), *(one for row in self.channels for one in row.commands))))

    @property
    def needs(self) -> bool:
        """Whether something about it waits for a person."""
        return self.fate is Fate.HELD or any(row.needs for row in self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An address that the log does not know."""

    asked: str
    canonical: tuple[str, ...]
    """What it stands for; empty when it is no address."""
    sources: tuple[tuple[Source, SourceState | None], ...]
    """Configured sources on its site."""
    near: tuple[Article, ...] = ()
    now: datetime

    @property
    def commands(self) -> tuple[str, ...]:
        """What a person can try."""
        tried = [f"syndicator sources poll {source.name}" for source, _ in self.sources]
        tried += [f"syndicator sources test {source.name}" for source, _ in self.sources]
        posting = [f"syndicator post {shlex.quote(self._page())}"] if self.canonical else []
        return (*tried, *posting, *(f"syndicator explain {article.id}" for article in self.near[:1]))

    def _page(self) -> str:
        """Give the address to read: as it was typed, unless it wraps another one."""
        if len(self.canonical) > 1:
            return self.canonical[-1]
        return self.asked if "://" in self.asked else f"https://{self.asked}"


def _batch_commands(dossier: Dossier) -> tuple[str, ...]:
    if dossier.fate is not Fate.HELD or dossier.batch is None:
        return ()
    name = dossier.batch.source
    return (f"syndicator approve --source {name}", f"syndicator drop --source {name}")


def open_(parts: Parts, asked: str) -> Dossier | Stranger:
    """Tell the story of what a person named: an address in any form, an article's id, a post's id or its beginning."""
    with parts.store.read() as conn:
        found = _find(parts, conn, asked)
        if found is None:
            return _stranger(parts, conn, asked)
        article, how = found
        return _dossier(parts, conn, article, how)


# --- finding it -----------------------------------------------------------------------------------------------------


def _find(parts: Parts, conn: Connection, asked: str) -> tuple[Article, str] | None:
    typed = asked.strip()
    if re.fullmatch(r"[a-z2-7]{4,13}", typed):
        if (article := articles.get(conn, typed)) is not None:
            return article, "by its id"
        owned = posts.by_prefix(conn, typed)
        if len({post.article_id for post in owned}) == 1:
            return _owner(conn, owned[0], f"by its post {owned[0].id}")
        return None
    return _by_address(parts, conn, typed) or _by_post(parts, conn, typed)


def _owner(conn: Connection, post: Post, how: str) -> tuple[Article, str] | None:
    article = articles.get(conn, post.article_id)
    return None if article is None else (article, how)


def _by_address(parts: Parts, conn: Connection, typed: str) -> tuple[Article, str] | None:
    wanted = fate.addresses(typed)
    known = articles.known(conn, [f"url:{url}" for url in wanted])
    for place, url in enumerate(wanted):
        article = articles.get(conn, known[f"url:{url}"]) if f"url:{url}" in known else None
        if article is not None:
            return article, "by the address that yours wraps" if place else "by its address"
    guids = articles.known(conn, [f"guid:{source.name}:{typed}" for source in parts.sources])
    article = articles.get(conn, next(iter(guids.values()))) if guids else None
    return None if article is None else (article, "by its guid")


def _by_post(parts: Parts, conn: Connection, typed: str) -> tuple[Article, str] | None:
    """Find it by a link that we published, or by the address of the remote post."""
    mark = fate.marker(typed)
    post = posts.get(conn, mark) if mark else None
    if post is not None:
        return _owner(conn, post, f"by the marker of its post {post.id}")
    for channel in parts.channels.values():
        remote_id = _remote_id(channel, typed)
        post = article_views.with_remote(conn, channel.name, remote_id) if remote_id else None
        if post is not None:
            return _owner(conn, post, f"by its post on {channel.name}, {post.id}")
    return None


def _remote_id(channel: Channel, url: str) -> str:
    try:
        return platforms.load(channel.platform).remote_id_from_url(channel, url)
    except ValueError:
        return ""


# --- one that is known ----------------------------------------------------------------------------------------------


def _dossier(parts: Parts, conn: Connection, article: Article, how: str) -> Dossier:
    way = article_views.way(conn, article.id)
    batch = batches.get(conn, way.batch) if way.batch is not None else None
    owned = article_views.posts_of(conn, article.id)
    moves = {post.id: views.history(conn, post.id) for post in owned}
    course = _course(parts, conn, article, way, batch=batch, by_hand=_by_hand(article, moves.values()))
    rulings = fate.rulings(parts.rules, article)
    revisions = views.changes(conn, article.id)
    return Dossier(
        found_by=how,
        article=article,
        course=course,
        names=tuple(article_views.names(conn, article.id)),
        batch=batch,
        revisions=tuple(revisions),
        rulings=rulings,
        channels=tuple(_on_channels(parts, conn, course, rulings, owned)),
        happenings=happenings.told(course, batch, revisions, owned, moves, now=parts.clock.now()),
        now=parts.clock.now(),
    )


def _course(
    parts: Parts,
    conn: Connection,
    article: Article,
    way: article_views.Way,
    *,
    batch: Batch | None,
    by_hand: bool,
) -> Course:
    state = articles.source_state(conn, article.source)
    ages = {source.name: source.max_age for source in parts.sources}
    return Course(
        article=article,
        planned_at=way.planned_at,
        held=batch is not None,
        decision=batch.decision if batch else None,
        decided_at=batch.decided_at if batch else None,
        baseline_at=state.baseline_at if state else None,
        max_age=ages.get(article.source, timedelta(hours=24)),
        by_hand=by_hand,
    )


def _by_hand(article: Article, histories: Iterable[Sequence[Move]]) -> bool:
    """Say whether a person's post was what brought the article into the log."""
    first = [moves[0] for moves in histories if moves]
    return any(move.reason.startswith(BY_HAND) and move.at - article.first_seen_at < NEARBY for move in first)


# --- what became of it on each channel ------------------------------------------------------------------------------


def _on_channels(
    parts: Parts, conn: Connection, course: Course, rulings: Sequence[Ruling], owned: Sequence[Post]
) -> Iterator[OnChannel]:
    names = dict.fromkeys([*parts.channels, *(post.channel for post in owned)])
    for name in names:
        mine = tuple(post for post in owned if post.channel == name)
        if mine:
            yield _with_post(parts, conn, name, mine, course.article)
        else:
            yield _without(course, name, rulings, now=parts.clock.now())


def _with_post(parts: Parts, conn: Connection, name: str, mine: tuple[Post, ...], article: Article) -> OnChannel:
    post = [each for each in mine if not each.part][-1]
    later = [each for each in mine if each.part and each.edition == post.edition]
    waiting = [each for each in (post, *later) if each.state in views.FOR_A_PERSON]
    why = f": {post.reason}" if post.reason and post.state is not State.PUBLISHED else ""
    waits = _waits(parts, conn, name) if post.state is State.QUEUED else ""
    next_at = {
        State.QUEUED: post.due_at,
        State.HELD: post.expires_at,
        State.UNKNOWN: post.next_look_at,
        State.PROCESSING: post.expires_at,
    }.get(post.state)
    ways = [way for each in waiting or [post] if each.state not in FINAL for way in answers.answers(each, article.url)]
    told = "".join(f"; follow-up {each.part} {each.state}" for each in later)
    return OnChannel(
        channel=name,
        posts=mine,
        says=f"{post.state} – {story.heading(post)}{why}{f'; {waits}' if waits else ''}{told}",
        next_at=next_at,
        needs=bool(waiting),
        commands=(*(way.command for way in ways if way.possible), f"syndicator show {post.id}"),
    )


def _waits(parts: Parts, conn: Connection, name: str) -> str:
    if (halted := halt.standing(parts, conn)) is not None:
        return str(halted)
    if name not in parts.channels:
        return f"channel {name} is no longer configured"
    state = channels.get(conn, name)
    return (
        f"the channel is paused: {state.reason} (syndicator resume {name})" if state.paused(parts.clock.now()) else ""
    )


def _without(course: Course, name: str, rulings: Sequence[Ruling], *, now: datetime) -> OnChannel:
    """Say why there is no post, and what one would take."""
    how = fate.fate(course)
    rule = next((ruling.rule for ruling in rulings if name in ruling.channels), "")
    by_hand = f"syndicator post {shlex.quote(course.article.url)} --channel {name}"
    if how is Fate.HELD:
        says = f"nothing yet: if it is released, rule {rule} sends it here" if rule else "no rule would send it here"
        return OnChannel(channel=name, posts=(), says=says)
    if how is Fate.WAITING:
        says = f"nothing yet: rule {rule} will send it here" if rule else "no rule sends it here"
        return OnChannel(channel=name, posts=(), says=says)
    if how is Fate.PLANNED:
        then = "no rule sends it here"
        if rule:
            then = (
                f"no post, though rule {rule} would send it here now: rules or article were others when they were asked"
            )
        return OnChannel(channel=name, posts=(), says=then, commands=(by_hand,) if rule else ())
    return OnChannel(channel=name, posts=(), says=f"no post: {fate.told(course, now=now)}", commands=(by_hand,))


# --- one that is not ------------------------------------------------------------------------------------------------


def _stranger(parts: Parts, conn: Connection, asked: str) -> Stranger:
    wanted = fate.addresses(asked) if "." in asked else ()
    hosts = {urlsplit(url).netloc for url in wanted}
    on_site = [source for source in parts.sources if _site(source.url) & hosts]
    known = tuple((source, articles.source_state(conn, source.name)) for source in on_site)
    near = _near(conn, wanted, on_site) if wanted else ()
    return Stranger(asked=asked.strip(), canonical=wanted, sources=known, near=near, now=parts.clock.now())


def _site(url: str) -> set[str]:
    return {urlsplit(one).netloc for one in fate.addresses(url)[:1]}


def _near(conn: Connection, wanted: Sequence[str], on_site: Sequence[Source]) -> tuple[Article, ...]:
    """Give articles whose address or headline is almost the one that was typed, the likeliest first."""
    found: dict[str, tuple[float, Article]] = {}
    for url in wanted:
        end = fate.slug(url)
        if len(end) < 4:
            continue
        for article in article_views.beginning(conn, f"url:{url}", NEAR):
            found[article.id] = (1.0, article)
        for source in on_site:
            for article in source_views.lately(conn, source.name, article_views.LATELY):
                likeness = _likeness(end, article)
                if likeness >= ALIKE:
                    found.setdefault(article.id, (likeness, article))
    ranked = sorted(found.values(), key=lambda pair: -pair[0])
    return tuple(article for _, article in ranked[:NEAR])


def _likeness(end: str, article: Article) -> float:
    other = fate.slug(article.canonical_url)
    if guards.title_key(end) in (guards.title_key(other), guards.title_key(article.title)):
        return 1.0
    matcher = SequenceMatcher(a=end, b=other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0

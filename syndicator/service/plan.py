"""Plan: turn new articles into queued posts, by the rules. An article is planned once; a post exists once.

What a person has to look at first is held with the reason, and what a route's policy leaves out after an outage is
skipped and listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from syndicator.core import guards
from syndicator.core import plan as decisions
from syndicator.core.guards import Suspect
from syndicator.core.lifecycle import Event
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import Article, Post, Route, State
from syndicator.service import admin, doubts, followups, quarantine
from syndicator.service.compose import Draft
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.service.quarantine import Admission
from syndicator.store import articles, batches, posts
from syndicator.store.articles import Connection

log = structlog.get_logger("syndicator.plan")

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What one planning made."""

    articles: int = 0
    posts: int = 0
    unmatched: int = 0


def plan(parts: Parts) -> PlanReport:
    """Plan every article that was not planned yet. An article's posts and its mark are one transaction.

    What follows posts that are live is planned here too, where nobody did so at once.
    """
    followups.make(parts)
    planned = made = unmatched = 0
    while True:
        with parts.store.read() as conn:
            batch = articles.unplanned(conn, limit=BATCH)
        if batch:
            quarantine.ensure(parts)
        outages = Outages(parts)
        for article in batch:
            # Read anew for each, so that posts due at once go out in the order of their articles.
            now = parts.clock.now()
            routes = decisions.routes(article, parts.rules)
            with parts.store.read() as conn:
                found = doubts.of(conn, article, routes, now=now)
                left_out = outages.left_out(conn, article, routes, now=now)
            wanted = decisions.posts_for(
                article, rules_=parts.rules, channels=parts.channels, now=now, doubts=found | left_out
            )
            drafts = [(post, None) if post.channel in left_out else _frozen_if_held(parts, article, post)
                      for post in wanted]  # fmt: skip
            made += _store(parts, article, drafts, left_out=left_out)
            _tell(parts, article, found, wanted)
            unmatched += not wanted
        planned += len(batch)
        if len(batch) < BATCH:
            return PlanReport(articles=planned, posts=made, unmatched=unmatched)


def _frozen_if_held(parts: Parts, article: Article, post: Post) -> tuple[Post, Draft | None]:
    """Freeze what an editor is asked about: the approval binds to these bytes and not to a later version (R22)."""
    if post.state is not State.HELD:
        return post, None
    try:
        return admin.freeze(parts, article, parts.channels[post.channel], post)
    except (TemplateError, ComposeError) as error:
        return replace(post, reason=f"{post.reason}; {error}"), None


def _tell(parts: Parts, article: Article, found: Mapping[str, str], wanted: Sequence[Post]) -> None:
    """Raise one alarm for an article whose posts a guard holds."""
    held = [post for post in wanted if post.channel in found]
    if held:
        text = f"“{article.title}” is held: {found[held[0].channel]}"
        remedy = f"syndicator show {held[0].id}"
        notice = Notice(key=f"doubt:{article.id}", subject="post held", text=text, post=held[0].id, remedy=remedy)
        parts.notifier.tell(notice)


def _store(
    parts: Parts, article: Article, wanted: Sequence[tuple[Post, Draft | None]], *, left_out: Mapping[str, str]
) -> int:
    with parts.store.write() as conn:
        admission = Admission(parts, conn)
        suspect = admission.suspects(article)
        created = 0
        for post, draft in wanted:
            admin.keep_pictures(conn, draft)
            new = admission.insert(post, suspect=suspect and post.channel not in left_out)
            if new and post.channel in left_out:
                _skip(parts, conn, article, post)
            created += new
        articles.mark_planned(conn, [article.id], parts.clock.now())
    log.info("planned", article=article.id, title=article.title, posts=created)
    return created


def _skip(parts: Parts, conn: Connection, article: Article, post: Post) -> None:
    """Skip a post that its route's policy leaves out; it stands in the log, and a person is told of all of them."""
    posts.move(conn, post, Event.EXPIRE, at=parts.clock.now(), node=parts.node, reason=post.reason)
    parts.digest.add(post.channel, f"{post.id}  {article.title}  ({post.reason})")


@dataclass(slots=True)
class Outages:
    """What routes leave out of the news of an outage, by their policies; each outage is read from the log once."""

    parts: Parts
    _ranks: dict[int, dict[str, dict[str, int]]] = field(default_factory=dict)

    def left_out(
        self, conn: Connection, article: Article, routes: Mapping[str, Route], *, now: datetime
    ) -> dict[str, str]:
        """Give for each channel why its route leaves the article out; the others are left out here."""
        policies = {name: route.catch_up for name, route in routes.items() if route.catch_up is not None}
        batch = batches.of_article(conn, article.id) if policies else None
        if batch is None or batch.guard != Suspect.CATCH_UP:
            return {}
        ranked = self._ranked(conn, batch.id)
        found = {}
        for name, policy in policies.items():
            newer = ranked.get(name, {}).get(article.id, 0)
            if why := guards.left_out(policy, article, newer=newer, now=now):
                found[name] = why
        return found

    def _ranked(self, conn: Connection, batch: int) -> dict[str, dict[str, int]]:
        """Give for each channel how many articles of the outage that its routes take are newer than each of them."""
        if batch not in self._ranks:
            ranks: dict[str, dict[str, int]] = {}
            for article in guards.newest_first(batches.content(conn, batch)):
                for channel in decisions.routes(article, self.parts.rules):
                    ranked = ranks.setdefault(channel, {})
                    ranked[article.id] = len(ranked)
            self._ranks[batch] = ranks
        return self._ranks[batch]

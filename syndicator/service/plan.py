"""Plan: turn new articles into queued posts, by the rules. An article is planned once; a post exists once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from syndicator.core import plan as decisions
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import Article, Post, State
from syndicator.service import admin, quarantine
from syndicator.service.compose import Draft
from syndicator.service.parts import Parts
from syndicator.service.quarantine import Admission
from syndicator.store import articles

log = structlog.get_logger("syndicator.plan")

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What one planning made."""

    articles: int = 0
    posts: int = 0
    unmatched: int = 0


def plan(parts: Parts) -> PlanReport:
    """Plan every article that was not planned yet. An article's posts and its mark are one transaction."""
    planned = made = unmatched = 0
    while True:
        with parts.store.read() as conn:
            batch = articles.unplanned(conn, limit=BATCH)
        if batch:
            quarantine.ensure(parts)
        for article in batch:
            # Read anew for each, so that posts due at once go out in the order of their articles.
            now = parts.clock.now()
            wanted = decisions.posts_for(article, rules_=parts.rules, channels=parts.channels, now=now)
            made += _store(parts, article, [_frozen_if_held(parts, article, post) for post in wanted])
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


def _store(parts: Parts, article: Article, wanted: Sequence[tuple[Post, Draft | None]]) -> int:
    with parts.store.write() as conn:
        admission = Admission(parts, conn)
        suspect = admission.suspects(article)
        created = 0
        for post, draft in wanted:
            admin.keep_pictures(conn, draft)
            created += admission.insert(post, suspect=suspect)
        articles.mark_planned(conn, [article.id], parts.clock.now())
    log.info("planned", article=article.id, title=article.title, posts=created)
    return created

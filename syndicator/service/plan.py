"""Plan: turn new articles into queued posts, by the rules. An article is planned once; a post exists once."""

from dataclasses import dataclass

import structlog

from syndicator.core import plan as decisions
from syndicator.service.parts import Parts
from syndicator.store import articles, posts

log = structlog.get_logger("syndicator.plan")

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What one planning made."""

    articles: int = 0
    posts: int = 0
    unmatched: int = 0


def plan(parts: Parts) -> PlanReport:
    """Plan every article that was not planned yet. Posts and the mark are one transaction."""
    planned = made = unmatched = 0
    while True:
        with parts.store.write() as conn:
            batch = articles.unplanned(conn, limit=BATCH)
            for article in batch:
                # Read anew for each, so that posts due at once go out in the order of their articles.
                now = parts.clock.now()
                wanted = decisions.posts_for(article, rules_=parts.rules, channels=parts.channels, now=now)
                created = sum(posts.insert(conn, post) for post in wanted)
                made += created
                unmatched += not wanted
                log.info("planned", article=article.id, title=article.title, posts=created)
            articles.mark_planned(conn, [article.id for article in batch], parts.clock.now())
        planned += len(batch)
        if len(batch) < BATCH:
            return PlanReport(articles=planned, posts=made, unmatched=unmatched)

"""Turn an article into the posts it should become. Pure: decisions as values, written down by ``service.plan``."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syndicator.core import identity, rules, timing
from syndicator.model import Article, Channel, Post, Route, Rule, State

FAR_FUTURE = timedelta(hours=24)
"""An article dated later than this is held: more likely a typing error than an embargo (F27)."""


def new_post(
    article: Article,
    *,
    channel: Channel,
    route: Route,
    now: datetime,
    due_at: datetime | None = None,
    reason: str = "",
    edition: int = 0,
    text: str | None = None,
    note: str = "",
) -> Post:
    """Build the post for ``article`` on ``channel``: queued, or held when the route asks for approval.

    ``due_at`` given means a person named the time; quiet hours then do not move it.
    """
    wanted = due_at or timing.after_quiet_hours(max(now, article.published_at or now) + route.delay, channel)
    too_early = due_at is None and article.published_at is not None and article.published_at > now + FAR_FUTURE
    held = route.approval or too_early
    why = f"dated in the future ({article.published_at:%Y-%m-%d %H:%M}Z)" if too_early else "waits for approval"
    return Post(
        id=identity.post_id(article.id, channel.name, edition),
        key=identity.post_key(article.id, channel.name, edition),
        article_id=article.id,
        channel=channel.name,
        platform=channel.platform,
        edition=edition,
        state=State.HELD if held else State.QUEUED,
        reason=why if held else reason,
        template=route.template or channel.template,
        due_at=wanted,
        expires_at=wanted + channel.expires_after,
        created_at=now,
        changed_at=now,
        text=text,
        note=note,
    )


def routes(article: Article, rules_: Sequence[Rule]) -> dict[str, Route]:
    """Give the route that the rules open for ``article`` to each channel they name."""
    return {match.route.channel: match.route for match in rules.matches(rules_, article)}


def posts_for(
    article: Article, *, rules_: Sequence[Rule], channels: Mapping[str, Channel], now: datetime
) -> tuple[Post, ...]:
    """Give the posts that the rules open for ``article``: at most one per channel."""
    return tuple(
        new_post(
            article, channel=channels[match.route.channel], route=match.route, now=now, reason=f"rule {match.rule}"
        )
        for match in rules.matches(rules_, article)
        if match.route.channel in channels
    )

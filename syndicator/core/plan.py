"""Turn an article into the posts it should become. Pure: decisions as values, written down by ``service.plan``."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from syndicator.core import identity, rules, timing
from syndicator.core.rules import Match
from syndicator.model import Article, Channel, Post, Route, Rule, State

FAR_FUTURE = timedelta(hours=24)
"""An article dated later than this is held: more likely a typing error than an embargo (F27)."""


UNSTABLE = "waits until it has stopped changing"


def due_at(article: Article, *, channel: Channel, match: Match, planned_at: datetime, now: datetime) -> datetime:
    """Give when a post planned at ``planned_at`` is due by its route: date, delay, stability, undo, quiet hours.

    What is breaking does not wait to be stable; the time to undo it and quiet hours hold all the same.
    """
    route = match.route
    wanted = max(planned_at, article.published_at or planned_at) + route.delay
    if route.stabilise is not None and not match.breaking:
        wanted = max(wanted, timing.ready_at(article.first_seen_at, article.revised_at, route.stabilise))
    return timing.after_quiet_hours(max(wanted, planned_at + channel.undo, now), channel)


def new_post(
    article: Article,
    *,
    channel: Channel,
    route: Route,
    now: datetime,
    breaking: bool = False,
    at: datetime | None = None,
    reason: str = "",
    edition: int = 0,
    text: str | None = None,
    note: str = "",
    doubt: str = "",
) -> Post:
    """Build the post for ``article`` on ``channel``: queued, or held when the route asks for approval.

    ``at`` given means a person named the time; quiet hours then do not move it. ``doubt`` is why a person has to
    look at it first.
    """
    match = Match(rule="", route=route, breaking=breaking)
    by_route = due_at(article, channel=channel, match=match, planned_at=now, now=now)
    wanted = by_route if at is None else max(at, now + channel.undo)
    too_early = at is None and article.published_at is not None and article.published_at > now + FAR_FUTURE
    why = f"dated in the future ({article.published_at:%Y-%m-%d %H:%M}Z)" if too_early else ""
    why = "; ".join(filter(None, (why, doubt))) or ("waits for approval" if route.approval else "")
    return Post(
        id=identity.post_id(article.id, channel.name, edition),
        key=identity.post_key(article.id, channel.name, edition),
        article_id=article.id,
        channel=channel.name,
        platform=channel.platform,
        edition=edition,
        state=State.HELD if why else State.QUEUED,
        reason=why or reason,
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
    return {channel: match.route for channel, match in matches(article, rules_).items()}


def matches(article: Article, rules_: Sequence[Rule]) -> dict[str, Match]:
    """Give what the rules open for ``article`` to each channel they name."""
    return {match.route.channel: match for match in rules.matches(rules_, article)}


def _reason(match: Match) -> str:
    waits = match.route.stabilise is not None and not match.breaking
    return f"rule {match.rule}; {UNSTABLE}" if waits else f"rule {match.rule}"


NO_DOUBTS: Mapping[str, str] = MappingProxyType({})


def posts_for(
    article: Article,
    *,
    rules_: Sequence[Rule],
    channels: Mapping[str, Channel],
    now: datetime,
    doubts: Mapping[str, str] = NO_DOUBTS,
) -> tuple[Post, ...]:
    """Give the posts that the rules open for ``article``: at most one per channel.

    ``doubts`` says for which channels a person has to look at it first, and why.
    """
    return tuple(
        new_post(
            article,
            channel=channels[match.route.channel],
            route=match.route,
            now=now,
            breaking=match.breaking,
            reason=_reason(match),
            doubt=doubts.get(match.route.channel, ""),
        )
        for match in rules.matches(rules_, article)
        if match.route.channel in channels
    )

"""A simulation counted, and in the JSON shape that scripts rely on. Times are ISO 8601 UTC."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syndicator.cli import shapes
from syndicator.model import State

if TYPE_CHECKING:
    from syndicator.cli.simulate import Simulation
    from syndicator.service.backtest import Batch, Play, Played
    from syndicator.service.backtest_difference import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a channel, or all of them, would have had."""

    published: int
    held: int
    skipped: int
    queued: int
    cost: Decimal


def shown(played: "Played", channels: Collection[str]) -> list["Play"]:
    """Give the posts on some channels."""
    return [one for one in played.plays if one.post.channel in channels]


def of_kind(found: "Iterable[Difference]", kind: str) -> list["Difference"]:
    """Give the differences of one kind."""
    return [one for one in found if kind in one.kinds]


def sums(plays: "Sequence[Play]") -> Sums:
    """Count posts by what became of them, and the dollars of those that went out."""
    count = {state: sum(one.post.state is state for one in plays) for state in State}
    return Sums(
        published=count[State.PUBLISHED],
        held=count[State.HELD],
        skipped=count[State.SKIPPED],
        queued=count[State.QUEUED],
        cost=sum((one.cost for one in plays if one.post.state is State.PUBLISHED), Decimal(0)),
    )


def document(simulation: "Simulation", channels: Sequence[str]) -> dict[str, Any]:
    """Shape a simulation; ``present`` and ``difference`` are there only with another configuration."""
    played = simulation.played
    plays = shown(played, channels)
    found: dict[str, Any] = {
        "config": simulation.config,
        "since": shapes.instant(played.history.since),
        "until": shapes.instant(played.history.until),
        "articles": played.history.shown,
        "no_rule": played.unrouted,
        "too_old": played.too_old,
        "other_sources": dict(played.foreign),
        "channels": {name: _sums([one for one in plays if one.post.channel == name]) for name in channels},
        "total": _sums(plays),
        "held_articles": [_batch(one) for one in played.batches],
        "posts": [_play(one) for one in plays],
    }
    if simulation.present is None:
        return found
    present = shown(simulation.present, channels)
    differences = [one for one in simulation.differences if one.play.post.channel in channels]
    return found | {
        "present": {
            "channels": {name: _sums([one for one in present if one.post.channel == name]) for name in channels},
            "total": _sums(present),
        },
        "difference": {
            "cost_usd": str(sums(plays).cost - sums(present).cost),
            **{kind: [_difference(one) for one in of_kind(differences, kind)]
               for kind in ("added", "removed", "moved", "changed")},
        },
    }  # fmt: skip


def _sums(plays: "Sequence[Play]") -> dict[str, Any]:
    found = sums(plays)
    return {
        "published": found.published,
        "held": found.held,
        "skipped": found.skipped,
        "queued": found.queued,
        "cost_usd": str(found.cost),
    }


def _play(one: "Play") -> dict[str, Any]:
    teaser = one.draft.composed.teaser if one.draft else None
    return {
        "id": one.post.id,
        "article": {"id": one.article.id, "title": one.article.title, "url": one.article.url},
        "channel": one.post.channel,
        "platform": one.post.platform,
        "rule": one.rule,
        "state": str(one.post.state),
        "reason": one.post.reason,
        "planned_at": shapes.instant(one.post.created_at),
        "at": shapes.instant(one.at),
        "due_at": shapes.instant(one.post.due_at),
        "cost_usd": str(one.cost),
        "template": teaser.template if teaser else None,
        "text": teaser.text if teaser else None,
        "link": teaser.link if teaser else None,
        "length": teaser.length if teaser else None,
        "limit": teaser.limit if teaser else None,
        "parts": [part.text for part in teaser.parts] if teaser else [],
        "warnings": list(teaser.warnings) if teaser else [],
    }


def _batch(one: "Batch") -> dict[str, Any]:
    return {
        "source": one.source,
        "guard": str(one.guard),
        "reason": one.reason,
        "at": shapes.instant(one.at),
        "articles": [{"id": story.article.id, "title": story.article.title} for story in one.stories],
        "decision": one.decision or None,
        "decided_at": shapes.instant(one.decided_at),
    }


def _difference(one: "Difference") -> dict[str, Any]:
    return {
        "why": one.why,
        "before": None if one.before is None else _play(one.before),
        "after": None if one.after is None else _play(one.after),
    }

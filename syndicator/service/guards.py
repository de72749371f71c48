"""Guards between a reading and the planning: what of the new is held for a person, and what routes say of an outage.

They hold, say why, and raise one alarm for a batch; a person releases or drops it. They post and drop nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from syndicator.core import guards, rules
from syndicator.core.guards import Circumstances, Doubt, Suspect
from syndicator.model import Article, CatchUp, Rule, Source
from syndicator.service.intake import Fresh
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import articles, batches
from syndicator.store.articles import Connection
from syndicator.store.batches import Batch

BY_POLICY = "catch_up policy of the routes"
"""Who released a batch that no person had to look at."""


@dataclass(slots=True, kw_only=True)
class Sieved:
    """What becomes of the new articles of a reading: the batch of each that is in one, by article id."""

    held: dict[str, Batch] = field(default_factory=dict)
    flowing: dict[str, Batch | None] = field(default_factory=dict)
    begun: list[tuple[Batch, list[Fresh]]] = field(default_factory=list)
    """Held batches that began with this reading: each is one alarm."""

    def batch_of(self, article_id: str) -> Batch | None:
        """Give the batch an article goes into; None for ordinary news."""
        return self.held.get(article_id) or self.flowing.get(article_id)


def sieve(parts: Parts, conn: Connection, source: Source, given: Circumstances, new: Sequence[Fresh]) -> Sieved:
    """Decide which of the new articles of a reading are held, and begin their batches or let them join one."""
    sieved = Sieved()
    if not new:
        return sieved
    waiting = batches.held(conn, source.name)
    rest = _without_echoes(conn, source, new, waiting=waiting, sieved=sieved, given=given)
    doubt, by_policy = doubt_of(parts.rules, given, [fresh.article for fresh in rest])
    if doubt is not None:
        _hold(conn, source, doubt, rest, waiting=waiting, sieved=sieved, given=given)
        return sieved
    batch = None
    if by_policy:
        reason = f"{len(rest)} new articles after an outage"
        batch = batches.begin(
            conn, source.name, at=given.now, guard=Suspect.CATCH_UP, reason=reason, decided_by=BY_POLICY
        )
        batches.grow(conn, batch, len(rest))
    sieved.flowing = dict.fromkeys((fresh.article.id for fresh in rest), batch)
    return sieved


def _without_echoes(
    conn: Connection,
    source: Source,
    new: Sequence[Fresh],
    *,
    waiting: Sequence[Batch],
    sieved: Sieved,
    given: Circumstances,
) -> Sequence[Fresh]:
    """Hold what has a headline that the source had before; give the rest.

    Beside a batch that is held one is enough: it is the same flood, and joins it. A single one alone is left to the
    planning, which holds its posts when the other one is recent (F05).
    """
    if not waiting and len(new) < guards.ECHOES:
        return new
    known = articles.echoes(conn, source.name, [fresh.article.title for fresh in new])
    again = [fresh for fresh in new if fresh.article.title in known]
    if len(again) < (1 if waiting else guards.ECHOES):
        return new
    doubt = guards.echo(len(again), len(new))
    _hold(conn, source, doubt, again, waiting=waiting, sieved=sieved, given=given)
    return [fresh for fresh in new if fresh.article.id not in sieved.held]


def _hold(
    conn: Connection,
    source: Source,
    doubt: Doubt,
    new: Sequence[Fresh],
    *,
    waiting: Sequence[Batch],
    sieved: Sieved,
    given: Circumstances,
) -> None:
    begun = [batch for batch, _ in sieved.begun]
    joined = next(iter((*waiting, *begun)), None)
    batch = joined or batches.begin(conn, source.name, at=given.now, guard=doubt.guard, reason=doubt.reason)
    if joined is None:
        sieved.begun.append((batch, list(new)))
    batches.grow(conn, batch, len(new))
    sieved.held |= dict.fromkeys((fresh.article.id for fresh in new), batch)


def doubt_of(rules_: Sequence[Rule], given: Circumstances, new: Sequence[Article]) -> tuple[Doubt | None, bool]:
    """Say why new articles are held, and whether routes leave some of them out by their policy for outages."""
    if not new:
        return None, False
    policies = _policies(rules_, new) if given.outage else {}
    if not any(policy is not None for policy, _ in policies.values()):
        return guards.flood(given, len(new)), False
    asking = sorted(channel for channel, (policy, _) in policies.items() if policy == CatchUp())
    if asking:
        reason = f"{len(new)} new articles after an outage, and {', '.join(asking)} wants to be asked"
        return Doubt(guard=Suspect.CATCH_UP, reason=reason), False
    # "newest N" bounds itself; what the other routes would post has to be plausible for so long an absence.
    passing = (
        sum(not guards.left_out(policy, article, newer=0, now=given.now) for article in found)
        for policy, found in policies.values()
        if policy is None or policy.newest is None
    )
    doubt = guards.flood(given, max(passing, default=0))
    return doubt, doubt is None


def _policies(rules_: Sequence[Rule], new: Sequence[Article]) -> dict[str, tuple[CatchUp | None, list[Article]]]:
    """Give for each channel its route's policy, and the articles that the route takes.

    Where rules disagree about one channel, asking goes first, then the narrower policy.
    """
    found: dict[str, tuple[CatchUp | None, list[Article]]] = {}
    for article in new:
        for match in rules.matches(rules_, article):
            policy, group = found.get(match.route.channel, (match.route.catch_up, []))
            narrower = min((policy, match.route.catch_up), key=_width)
            found[match.route.channel] = (narrower, [*group, article])
    return found


def _width(policy: CatchUp | None) -> tuple[int, float]:
    if policy is None:
        return 3, 0
    if policy.newest is not None:
        return 1, policy.newest
    return (2, policy.younger.total_seconds()) if policy.younger is not None else (0, 0)


def tell(parts: Parts, source: Source, sieved: Sieved) -> None:
    """Raise the alarms of batches that began; call it once they are committed."""
    for batch, new in sieved.begun:
        parts.notifier.tell(alarm(source.name, batch, [fresh.article.title for fresh in new]))


def alarm(source: str, batch: Batch, titles: Sequence[str]) -> Notice:
    """Make the one alarm of a held batch."""
    first = "\n".join(f"  {title}" for title in titles[: batches.TITLES])
    more = f"\n  … and {len(titles) - batches.TITLES} more" if len(titles) > batches.TITLES else ""
    text = (
        f"{source}: {batch.reason}. Nothing of it is posted until you decide:\n{first}{more}\n"
        f"syndicator approve --source {source} | syndicator drop --source {source}"
    )
    return Notice(key=f"held:{source}:{batch.id}", subject=f"{batch.guard}: articles held", text=text)

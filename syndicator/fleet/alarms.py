"""What is due, as alarms. The post log's tables alone are asked, so a lost job comes back by itself (R19).

It must not know how an alarm rings, nor keep anything.
"""

from dataclasses import dataclass
from enum import StrEnum

from syndicator.service import poll
from syndicator.service.parts import Parts
from syndicator.store import articles, channels, posts


class Verb(StrEnum):
    """What an alarm is for."""

    POLL = "poll"
    PLAN = "plan"
    DELIVER = "deliver"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """All that a job says: a verb, and the source or channel it is for (empty: all)."""

    verb: Verb
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.name}".rstrip()


def due(parts: Parts) -> list[Alarm]:
    """Give what is to do now, rather one alarm too many: the verbs themselves know best what is not due yet."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        # A channel on which somebody is sending takes no second post (law 8): its alarm would be for nothing.
        taken = {post.channel for post in posts.in_sending(conn)}
        found = [Alarm(verb=Verb.POLL, name=source.name) for source in poll.due(parts, conn, now=now)]
        if articles.unplanned(conn, limit=1):
            found.append(Alarm(verb=Verb.PLAN))
        found += [
            Alarm(verb=Verb.DELIVER, name=name)
            for name in parts.channels
            if name not in taken
            and not channels.get(conn, name).paused(now)
            and (posts.due(conn, name, now) or posts.to_follow(conn, name))
        ]
    # Always: whose lease is over, what waits for a look, what went stale is its own to find, with a few queries.
    return [*found, Alarm(verb=Verb.RECONCILE)]

"""What is due, as alarms. The post log's tables alone are asked, so a lost job comes back by itself (R19).

It must not know how an alarm rings, nor keep anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syndicator.service.parts import Parts
from syndicator.service.reconcile import recoverable
from syndicator.store import articles, channels, posts
from syndicator.store.engine import Connection


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
    """Give what is to do now."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        # A channel on which somebody is sending takes no second post (law 8): its alarm would be for nothing.
        taken = {post.channel for post in posts.in_sending(conn)}
        found = [Alarm(verb=Verb.POLL, name=name) for name in _ripe_sources(conn, parts, now)]
        if articles.unplanned(conn, limit=1):
            found.append(Alarm(verb=Verb.PLAN))
        found += [
            Alarm(verb=Verb.DELIVER, name=name)
            for name in parts.channels
            if name not in taken and not channels.get(conn, name).paused(now) and posts.due(conn, name, now)
        ]
        unsettled = _is_unsettled(conn, now)
    if unsettled or recoverable(parts):
        found.append(Alarm(verb=Verb.RECONCILE))
    return found


def _ripe_sources(conn: Connection, parts: Parts, now: datetime) -> Iterator[str]:
    for source in parts.sources:
        state = articles.source_state(conn, source.name)
        if state is None or state.next_poll_at is None or state.next_poll_at <= now:
            yield source.name


def _is_unsettled(conn: Connection, now: datetime) -> bool:
    """Say whether anything waits for a look-up, for an answer that was promised, or for its end as stale."""
    promised = (post.next_look_at for post in posts.in_processing(conn))
    if posts.to_look_up(conn, now) or any(at is not None and at <= now for at in promised):
        return True
    return bool(posts.stale(conn, now))

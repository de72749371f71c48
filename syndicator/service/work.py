"""One whole round of the four verbs, until nothing is due: what ``once``, the demo and the dry run call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from syndicator.core.lifecycle import FINAL
from syndicator.model import Post, State
from syndicator.service import halt
from syndicator.service.deliver import deliver
from syndicator.service.parts import Parts
from syndicator.service.plan import PlanReport, plan
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile
from syndicator.service.remember import PollReport
from syndicator.store import batches, channels, posts, views

NEEDS_A_PERSON = (State.ATTENTION, State.REJECTED, State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReport:
    """What one round did and what is left."""

    polled: PollReport
    planned: PlanReport
    posts: tuple[Post, ...] = ()
    """Posts that moved, each in its last state."""
    left: dict[str, int] = field(default_factory=dict)
    """Posts that are not final, by state."""
    paused: dict[str, str] = field(default_factory=dict)
    """Channels that wait, with the reason."""
    held: int = 0
    """Articles that a guard holds: a person decides about them, source by source."""
    halted: str = ""
    """Why nobody sends (``syndicator halt``); empty when nobody stopped them."""
    next_due_at: datetime | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether something waits for an editor."""
        return bool(self.held) or any(self.left.get(str(state)) for state in NEEDS_A_PERSON)


def work(parts: Parts, *, backfill: int = 0, tell: Callable[[str], None] = lambda _: None) -> WorkReport:
    """Poll, plan, deliver and reconcile until nothing is due. ``tell`` hears which verb is at work."""
    tell(f"polling {len(parts.sources)} sources")
    polled = poll(parts, backfill=backfill, force=True)
    tell("planning")
    planned = plan(parts)
    moved: dict[str, Post] = {}
    while not parts.stop.is_set():
        # First what a dead worker left behind: its post would block the channel.
        tell("reconciling")
        step = list(reconcile(parts).posts)
        tell("delivering")
        step += deliver(parts).posts
        moved |= {post.id: post for post in step}
        if not step:
            break
    return summary(parts, polled=polled, planned=planned, moved=tuple(moved.values()))


def summary(parts: Parts, *, polled: PollReport, planned: PlanReport, moved: tuple[Post, ...]) -> WorkReport:
    """Add what is left to what was done."""
    now = parts.clock.now()
    with parts.store.read() as conn:
        left: dict[str, int] = {}
        for row in views.counts(conn):
            if row.state not in FINAL:
                left[str(row.state)] = left.get(str(row.state), 0) + row.posts
        states = [channels.get(conn, name) for name in parts.channels]
        halted = halt.standing(parts, conn)
        next_due_at = posts.next_due_at(conn)
        held = batches.waiting(conn)
    return WorkReport(
        polled=polled,
        planned=planned,
        posts=moved,
        left=left,
        paused={state.name: state.reason for state in states if state.paused(now)},
        held=held,
        halted=str(halted or ""),
        next_due_at=next_due_at,
    )

"""One fail-over that loses commits, from the worker that made them to the last settled post; the service is real.

A worker brings an article to three platforms. At a named point the standby stops receiving, so what the worker commits
from there on is lost with the primary. Then a worker goes on with the promoted standby: on the same machine, on the
same machine whose journal is gone, or on another machine. Both stores are compared at the end.
"""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from syndicator import boundary, settings, wiring
from syndicator.boundary import Boundary
from syndicator.model import State
from syndicator.service.deliver import deliver, deliver_channel
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile
from syndicator.store import views
from tests.crash import verdict
from tests.crash.scene import CHANNELS, Scene, scene
from tests.crash.verdict import Breach
from tests.failover.cluster import Cluster, Template, cluster
from tests.service.bench import Recorder

BACKFILL = 1000
PATIENCE = 90.0
OPEN = {State.QUEUED, State.SENDING, State.PROCESSING, State.UNKNOWN}


class Lost(StrEnum):
    """The first commit that the standby never receives."""

    ARTICLE = "the article"
    PLAN = "the planning"
    CLAIM = "the claim"
    STAGING = "what staging left"
    FENCE = "the fence"
    RECEIPT = "the receipt"


_POINTS = {
    Lost.CLAIM: Boundary.BEFORE_CLAIM,
    Lost.STAGING: Boundary.STAGED,
    Lost.FENCE: Boundary.STAGE_RECORDED,
    Lost.RECEIPT: Boundary.BEFORE_RECORD,
}


class Journal(StrEnum):
    """Who goes on, and with which journal."""

    KEPT = "same machine"
    GONE = "journal gone"
    ELSEWHERE = "another machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens. ``sent`` False: the worker dies at the point at which the standby stops receiving."""

    lost: Lost
    journal: Journal = Journal.KEPT
    sent: bool = True
    page: str = "direct"
    resend: bool = False

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.journal}, {'sent' if self.sent else 'not sent'}, {self.page}" + (
            ", resend" if self.resend else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How it ended."""

    states: Counter[str]
    breaches: tuple[Breach, ...]
    alarms: tuple[Notice, ...]
    live: int
    seconds: float

    def __str__(self) -> str:
        told = " ".join(f"{state}={n}" for state, n in sorted(self.states.items()))
        lines = [f"{told} live={self.live} alarms={len(self.alarms)} {self.seconds:.1f}s"]
        return "\n".join([*lines, *(f"    {breach.kind.upper()}: {breach.text}" for breach in self.breaches)])


class Died(BaseException):
    """The worker's process is no more."""


def play(story: Story, *, template: Template, folder: Path) -> Ending:
    """Let it happen and compare."""
    began = time.monotonic()
    with cluster(template) as pair, scene(folder, database=lambda: pair.url, articles=1) as here:
        first = here.configure(page=story.page, resend=story.resend)
        with node(first) as parts:
            settle(parts, expect=len(CHANNELS))
            here.sandbox.newsroom.publish()
            _old_worker(parts, pair, story)
        pair.fail_over()
        if story.journal is Journal.GONE:
            shutil.rmtree(here.folder / "state")
        other = here.configure(page=story.page, resend=story.resend, host="other")
        with node(other if story.journal is Journal.ELSEWHERE else first) as parts:
            settle(parts, expect=2 * len(CHANNELS))
            return conclude(here, pair, parts, seconds=time.monotonic() - began)


def _old_worker(parts: Parts, pair: Cluster, story: Story) -> None:
    def lose(reached: Boundary) -> None:
        if reached is _POINTS.get(story.lost):
            boundary.install(None)
            stop_receiving()

    def stop_receiving() -> None:
        pair.hold()
        if not story.sent:
            raise Died

    boundary.install(lose)
    try:
        if story.lost is Lost.ARTICLE:
            stop_receiving()
        poll(parts, force=True)
        if story.lost is Lost.PLAN:
            stop_receiving()
        plan(parts)
        for channel in parts.channels.values():
            deliver_channel(parts, channel)
    except Died:
        pass
    finally:
        boundary.install(None)


@contextmanager
def node(config: Path) -> Iterator[Parts]:
    """Give the running parts of one machine; what it tells people is kept."""
    loaded = settings.load(config, spec_of=wiring.spec_of, env={})
    with wiring.running(loaded, create=True, env={}) as parts:
        yield replace(parts, notifier=Recorder())


def told(parts: Parts) -> list[Notice]:
    """Give what a person was told."""
    assert isinstance(parts.notifier, Recorder)
    return parts.notifier.notices


def settle(parts: Parts, *, expect: int, patience: float = PATIENCE) -> None:
    """Work until at least ``expect`` posts are there and none is left for syndicator to do."""
    ends_at = time.monotonic() + patience
    while not settled(parts, expect):
        assert time.monotonic() < ends_at, f"not settled in {patience} s: {states(parts)}"
        poll(parts, backfill=BACKFILL, force=True)
        plan(parts)
        deliver(parts)
        reconcile(parts)


def states(parts: Parts) -> Counter[str]:
    """Count the posts by state."""
    found: Counter[str] = Counter()
    with parts.store.read() as conn:
        for row in views.counts(conn):
            found[str(row.state)] += row.posts
    return found


def settled(parts: Parts, expect: int) -> bool:
    """Say whether nothing is left to do."""
    found = states(parts)
    return sum(found.values()) >= expect and not any(found[str(state)] for state in OPEN)


def conclude(here: Scene, pair: Cluster, parts: Parts, *, seconds: float) -> Ending:
    """Compare what is live with the post log as it stands on the server that is left."""
    loaded = settings.load(here.config, spec_of=wiring.spec_of, env={})
    compared = verdict.compare(here.sandbox, store_url=pair.standby.url, loaded=loaded, disturbed=True)
    return Ending(
        states=compared.states,
        breaches=tuple(breach for breach in compared.breaches if _counts(breach)),
        alarms=tuple(notice for notice in told(parts) if "rolled back" in notice.key),
        live=sum(len(here.sandbox.state.posts(platform)) for platform in verdict.PLATFORMS),
        seconds=seconds,
    )


def _counts(breach: Breach) -> bool:
    # Attempts that the log lost for good cannot be in its books; everything else must be.
    return "attempts past the fence" not in breach.text and "no attempt passed the fence" not in breach.text


def noticed(pair: Cluster) -> bool:
    """Say whether the log knows of the roll-back and stands on the new timeline."""
    ((timeline, at),) = pair.standby.run("SELECT timeline, rolled_back_at FROM genesis")
    return timeline == "00000002" and at is not None

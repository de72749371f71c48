"""The far side: one account at one platform, with a time line, a queue, a lag, and moods drawn from the seed.

It keeps the true story: what is live since when, every complete body that reached it, and what was said about it.
A1 to A3 hold in what it does unless its world is *wild* (nothing bounded); it checks itself and raises if they do not.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from itertools import accumulate, count
from typing import TYPE_CHECKING, Any, ClassVar

from tests.simulation.wire import Answer, Request
from tests.simulation.world import AssumptionBroken, World

if TYPE_CHECKING:
    from tests.simulation.hosts import Worker
    from tests.simulation.scene import Outlet

QUEUE, LAG = 200.0, 300.0
"""T_queue and T_lag in seconds: what a bounded world keeps."""
HOURS = 6 * 3600.0
"""How long anything may take in a wild world."""
FENCES = True
"""False is the twin without signatures: the platform takes a request however late, and A1 is nobody's promise."""
MARKER = re.compile(r"utm_content=([a-z2-7]{13})")

MOODS = {
    "ok": 34, "answer lost": 10, "gone": 9, "late": 7, "error, live": 6, "error, not live": 6, "odd, live": 3,
    "odd, not live": 2, "duplicate, live": 3, "duplicate, not live": 3, "wait": 5, "refused": 4, "unauthorised": 3,
    "slow on its way": 4, "wait, live": 1,
}  # fmt: skip
READING = {"ok": 30, "fails": 12, "no answer": 8, "cached": 8, "incomplete": 8, "undated": 4, "not permitted": 1}
STAGING = {"ok": 30, "answer lost": 10, "late": 6, "gone": 6, "fails": 6, "refused": 2}


class Moods:
    """A weighted choice."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self.names = list(weights)
        self.weights = list(accumulate(weights.values()))

    def __call__(self, world: World) -> str:
        """Draw one; in a calm world, or where nothing is disturbed, all is well."""
        if world.calm or world.rng.random() >= world.scene.trouble:
            return "ok"
        return world.rng.choices(self.names, cum_weights=self.weights)[0]


_writing, _reading, _staging = Moods(MOODS), Moods(READING), Moods(STAGING)


@dataclass(slots=True)
class RemotePost:
    """Something at the platform; live from ``live_at`` on, shown in the time line from ``shown_at`` on."""

    id: str
    marker: str
    text: str
    link: str
    created_at: float
    live_at: float
    shown_at: float
    link_kept: bool = True


@dataclass(slots=True)
class Body:
    """One complete visible request that reached the platform."""

    marker: str
    content: str
    sent_at: float
    node: str
    clear: bool = False
    """The platform refused it and said so."""
    settled: bool = False
    """The sender read a clear refusal of it, or a person decided afterwards."""
    notes: list[str] = field(default_factory=list)


class Remote:
    """One account. Subclasses speak one platform's language."""

    platform: ClassVar[str]

    def __init__(self, world: World, outlet: "Outlet") -> None:
        self.world = world
        self.outlet = outlet
        self.wild = outlet.wild or not FENCES
        self.fence: float | None = outlet.fence if FENCES else None
        self.patience = HOURS if self.wild else 2 * (self.fence or 60.0)
        """Seconds for which an idle connection stays open."""
        self.skew = world.rng.choice((0.0, 0.4, -0.7, 20.0, -20.0))
        """Seconds by which the platform's clock is ahead of true time."""
        self.posts: dict[str, RemotePost] = {}
        self.bodies: list[Body] = []
        self.contents: dict[str, set[str]] = {}
        self.counts: Counter[str] = Counter()
        self.habit = ""
        """How every reading goes for a while; empty: as it comes."""
        self.habit_since = 0.0
        self._ids = count(1001)

    # --- the true story ---------------------------------------------------------------------------------------------

    def live(self, marker: str) -> list[RemotePost]:
        """Give what of a marker is live now."""
        return [post for post in self.posts.values() if post.marker == marker and post.live_at <= self.world.now]

    def under_way(self, marker: str = "") -> bool:
        """Say whether something will still become live by itself."""
        now = self.world.now
        return any(
            now < post.live_at < float("inf") and (not marker or post.marker == marker) for post in self.posts.values()
        )

    def last_instant(self) -> float:
        """Give the time of the last thing that is still to happen."""
        return max((post.live_at for post in self.posts.values() if post.live_at < float("inf")), default=0.0)

    def calm_down(self) -> None:
        """Stop lagging."""
        for post in self.posts.values():
            post.shown_at = min(post.shown_at, max(post.live_at, self.world.now))

    # --- requests ---------------------------------------------------------------------------------------------------

    def read(self, request: Request) -> tuple[float, Answer | None]:
        """Take an invisible request."""
        world = self.world
        answered_at = world.now + 0.05 + world.rng.random()
        if not self._signature_holds(request, world.now):
            return answered_at, self.unsigned()
        return self.answer(request, answered_at)

    def take(self, request: Request, worker: "Worker") -> tuple[float, Answer | None]:
        """Take a complete visible request; give when which answer comes (None: never)."""
        world, rng = self.world, self.world.rng
        marker = self.marker_of(request)
        body = request.body = self._note(marker, request, worker)
        mood = _writing(world)
        transit = 0.02 + rng.random() * 0.2
        if mood == "slow on its way":
            transit = rng.random() * (HOURS if self.wild else 2 * (self.fence or 30.0))
        arrived_at = world.now + transit
        self.counts[mood] += 1
        world.tell(f"the body of {marker} is written;", f"{self.outlet.name}:", mood)
        if not self._signature_holds(request, arrived_at):
            world.tell("refused: signed", f"{arrived_at + self.skew - request.signed_at:.0f} s ago by its clock")
            world.counts["stale signatures refused"] += 1
            body.clear = True
            return arrived_at, self.unsigned()
        if not self.wild and self.fence is None and transit > 60:
            raise AssumptionBroken(f"a request was {transit} s on its way and nothing bounds that")
        return self._decide(request, body, mood, arrived_at)

    def _decide(self, request: Request, body: Body, mood: str, arrived_at: float) -> tuple[float, Answer | None]:
        rng = self.world.rng
        answered_at = arrived_at + 0.1 + rng.random() * rng.choice((0.2, 1.0, 20.0))
        if mood == "ok" and rng.random() < 0.5 and self._says_it_has_it(request, body.marker):
            return answered_at, self.duplicate()
        if mood in ("gone", "late", "slow on its way", "answer lost"):
            if mood == "late":
                self.apply(request, body.marker, arrived_at + rng.random() * (HOURS if self.wild else QUEUE))
                return answered_at, self.error() if rng.random() < 0.5 else None
            if mood != "gone":
                self.apply(request, body.marker, arrived_at + rng.random() * 0.5)
            return arrived_at, None
        if mood == "ok" or mood.endswith(", live"):
            remote = self.apply(request, body.marker, arrived_at + rng.random() * 0.1)
            if mood == "ok":
                return answered_at, self.accepted(remote) if remote else self.error()
        said = mood.partition(",")[0]
        if said in ("refused", "unauthorised") or (mood == "wait" and self.limits_are_refusals):
            body.clear = True
        if mood == "wait, live" and self.limits_are_refusals:
            said = "error"
        return answered_at, getattr(self, said)()

    def heard(self, request: Request) -> None:
        """Note that the sender read the whole answer."""
        request.body.settled = request.body.settled or request.body.clear

    def decided(self, marker: str) -> None:
        """Note that a person decided about everything that was sent so far."""
        for body in self.bodies:
            body.settled = body.settled or body.marker == marker

    def apply(self, request: Request, marker: str, at: float) -> RemotePost | None:
        """Let the request take effect at an instant; None when there is nothing to publish."""
        if not self.wild and at - request.began_at > 2 * (self.fence or 30.0) + QUEUE + 1:
            raise AssumptionBroken(f"A1: a request took effect {at - request.began_at:.0f} s after it was signed")
        lag = 0.0 if self.world.calm else self._lag()
        remote = self.effect(request, marker, at, lag)
        if remote is not None:
            self.world.tell(
                f"{marker} GOES LIVE as {remote.id}", f"in {at - self.world.now:.1f} s, seen {lag:.0f} s later"
            )
        return remote

    def _lag(self) -> float:
        rng = self.world.rng
        most = HOURS if self.wild else LAG
        lag = rng.choice((0.1, 2.0, rng.random() * most, most)) * self.world.scene.lagging
        if not self.wild and lag > LAG:
            raise AssumptionBroken(f"A2: a post is shown {lag} s late")
        return lag

    def _signature_holds(self, request: Request, at: float) -> bool:
        """R5: a platform that fences refuses what was signed too long ago, or in its future, by its own clock."""
        return self.fence is None or abs(at + self.skew - request.signed_at) <= self.fence

    def _note(self, marker: str, request: Request, worker: "Worker") -> Body:
        content = json.dumps(request.fields, sort_keys=True)
        body = Body(marker=marker, content=content, sent_at=self.world.now, node=worker.name)
        if not worker.fenced:
            body.notes.append("no fence before it")
        worker.fenced = False
        if any(not earlier.settled for earlier in self.bodies if earlier.marker == marker):
            body.notes.append("an earlier one was not settled")
        self.bodies.append(body)
        self.contents.setdefault(marker, set()).add(content)
        return body

    def _says_it_has_it(self, request: Request, marker: str) -> bool:
        return False

    # --- one platform's language ------------------------------------------------------------------------------------

    limits_are_refusals: ClassVar[bool]
    """A rate limit answer means that nothing is live (X), or means nothing (Graph)."""

    def marker_of(self, request: Request) -> str:
        raise NotImplementedError

    def effect(self, request: Request, marker: str, at: float, lag: float) -> RemotePost | None:
        raise NotImplementedError

    def answer(self, request: Request, answered_at: float) -> tuple[float, Answer | None]:
        raise NotImplementedError

    def accepted(self, remote: RemotePost) -> Answer:
        raise NotImplementedError

    def unsigned(self) -> Answer:
        raise NotImplementedError

    def error(self) -> Answer:
        raise NotImplementedError

    def duplicate(self) -> Answer:
        raise NotImplementedError

    # --- for both ---------------------------------------------------------------------------------------------------

    def date(self, at: float | None = None) -> str:
        """Give the platform's clock as an HTTP date."""
        return format_datetime(self.world.instant(self.skew), usegmt=True)

    def say(self, status: int, body: Any, **headers: str) -> Answer:
        """Make an answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status, content, {"Date": self.date(), **headers})

    def shown(self, *, since: float, as_of: float | None = None) -> Iterator[RemotePost]:
        """Yield what a time line shows, oldest first."""
        at = self.world.now if as_of is None else as_of
        for post in self.posts.values():
            if post.live_at <= at and post.shown_at <= at and post.created_at >= since:
                yield post

    def reading_mood(self) -> str:
        return self.habit if self.habit and not self.world.calm else _reading(self.world)

    def cached_at(self) -> float:
        """Give the instant whose time line a cache shows."""
        return self.habit_since if self.habit == "cached" else self.world.now - 400

    def staging_mood(self) -> str:
        return _staging(self.world)

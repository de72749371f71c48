"""What one seed is about: which channels with which policy, how many workers on how many machines, which troubles."""

import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from syndicator.model import Channel, Windows
from tests.simulation.pagesite import PAGE
from tests.simulation.remote import LAG, QUEUE

X_FENCE, PAGE_FENCE = 600.0, 300.0
"""Seconds within which X takes an OAuth time stamp, and Facebook a timed proof."""
X_SETTLE, PAGE_SETTLE = 1800.0, 1200.0
FORWARD = 60.0
"""Seconds by which a platform's clock may jump ahead in one story."""
DEADLINE = 10.0
"""Seconds from the fence to the first byte, as configured."""


class Start(StrEnum):
    """How far the news is when a story begins."""

    QUEUED = "queued"
    HELD = "held"
    FEED = "feed"
    """Nothing is in the log yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One channel and what its platform does in this story."""

    name: str
    kind: str
    """``x``, ``page`` or ``flip``."""
    resend: bool
    wild: bool
    """Nothing is bounded: queue, lag, connections, and no fence. Only STRICT and flips promise anything there."""

    @property
    def platform(self) -> str:
        """Name the platform's module."""
        return "twitter" if self.kind == "x" else "facebook"

    @property
    def flips(self) -> bool:
        """Say whether its posts are staged and then published by their id."""
        return self.kind == "flip"

    @property
    def mode(self) -> str:
        """Give the channel's ``publish_mode``; empty is the default."""
        return "two_phase" if self.kind == "flip" else ""

    @property
    def fence(self) -> float | None:
        """Give F, the seconds within which the platform takes a signature; None when it does not look."""
        return None if self.wild else X_FENCE if self.kind == "x" else PAGE_FENCE

    def check(self) -> None:
        """Make sure that A1 to A3 fit into the settle window wherever absence may lead to a second send.

        Raises:
            ValueError: they do not: the story would prove nothing.
        """
        if not self.resend or self.kind == "flip":
            return
        if self.fence is None:
            raise ValueError("resend without a fence: nothing bounds a request on its way")
        window = X_SETTLE if self.kind == "x" else PAGE_SETTLE
        if window < Windows().send_deadline.total_seconds() + 2 * self.fence + QUEUE + LAG + FORWARD + 1:
            raise ValueError(f"the window of {window} s is too short for what the platform does")


KINDS: tuple[str, ...] = ("x", "page", "flip")
WILD, RESEND = 0.3, 0.65
"""Shares of channels in whose world nothing is bounded, and of the others that may send again by themselves."""
TROUBLES = (0.0, 0.3, 0.6, 0.9)
LOOK_UPS = ((0, 15, 60, 300, 900), (0, 60), (30,), ())
"""Schedules in seconds; the last look-up always is at the end of the window."""
PAUSES = (20.0, 60.0, 130.0, 300.0, 600.0, 2100.0, 2600.0, 5000.0, 11_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One seed's story, before anything happened."""

    name: str
    seed: int
    outlets: tuple[Outlet, ...]
    articles: int
    start: Start
    fleet: bool
    """Machines of their own on one PostgreSQL; else processes of one machine on one SQLite file."""
    workers: int
    nemeses: tuple[str, ...]
    trouble: float
    """Share of requests on which the wire or the platform does something odd."""
    lagging: float
    kills: float
    pauses: float
    switches: float
    commit_trouble: float
    pause_lengths: tuple[float, ...]
    look_ups: tuple[int, ...]
    patience: float
    """Hours until an unsent post is stale."""
    person: float
    """How often a person looks."""
    skewed: bool
    """Machines' clocks are a little wrong from the start."""

    def channels(self) -> dict[str, Channel]:
        """Give the channels as configured."""
        return {outlet.name: self._channel(outlet) for outlet in self.outlets}

    def _channel(self, outlet: Outlet) -> Channel:
        look_ups = tuple(timedelta(seconds=seconds) for seconds in self.look_ups)
        windows = Windows(look_ups=look_ups, send_deadline=timedelta(seconds=DEADLINE))
        mode = {"publish_mode": outlet.mode} if outlet.mode else {}
        options = {} if outlet.kind == "x" else {"page_id": PAGE, **mode}
        return Channel(
            name=outlet.name,
            platform=outlet.platform,
            resend=outlet.resend,
            windows=windows,
            options=options,
            expires_after=timedelta(hours=self.patience),
        )


MIXTURE = {
    "d15": 0.10, "d16": 0.10, "d22": 0.08, "d23": 0.06, "d24": 0.10, "d25": 0.05, "r15": 0.05, "takeover": 0.10,
    "clock": 0.10, "halt": 0.03, "outage": 0.05, "platform clock": 0.05,
    "verdict": 0.08, "blind": 0.05,
}  # fmt: skip
"""How often each nemesis takes part in a mixed story."""


def draw(seed: int, aimed: str = "") -> Scene:
    """Draw the story of a seed; ``aimed`` names the one nemesis that it is about."""
    rng = random.Random(f"scene {aimed or 'mixed'} {seed}")
    nemeses = (aimed,) if aimed else tuple(name for name, share in MIXTURE.items() if rng.random() < share)
    fleet = _on_a_fleet(rng, nemeses)
    if not fleet:
        nemeses = tuple(name for name in nemeses if name != "d22")
    elif "r15" in nemeses:
        nemeses = tuple(name for name in nemeses if name != "r15")
    outlets = tuple(_outlet(rng, number) for number in range(2 if rng.random() < 0.15 else 1))
    for outlet in outlets:
        outlet.check()
    lossy = bool({"d22", "d25", "r15"} & set(nemeses))
    return Scene(
        name=aimed or "mixed",
        seed=seed,
        outlets=outlets,
        articles=2 if rng.random() < 0.15 else 1,
        start=rng.choices(list(Start), [60, 10, 30] if lossy else [86, 7, 7])[0],
        fleet=fleet,
        workers=_workers(rng, nemeses),
        nemeses=nemeses,
        trouble=rng.choice(TROUBLES),
        lagging=rng.choice((0.0, 1.0, 1.0)),
        kills=rng.choice((0.0, 0.003, 0.01, 0.02)),
        pauses=rng.choice((0.0, 0.005, 0.02)),
        switches=rng.choice((0.05, 0.3)),
        commit_trouble=rng.choice((0.0, 0.0, 0.0, 0.02)),
        pause_lengths=PAUSES,
        look_ups=rng.choice(LOOK_UPS),
        patience=rng.choice((6.0, 48.0)),
        person=rng.choice((0.0, 0.0, 0.2)),
        skewed=rng.random() < 0.3,
    )


def _on_a_fleet(rng: random.Random, nemeses: tuple[str, ...]) -> bool:
    # A new timeline needs a PostgreSQL; one machine's journal knows everything only where there is one machine.
    if nemeses == ("d22",):
        return True
    if nemeses == ("r15",):
        return False
    return rng.random() < 0.6


def _workers(rng: random.Random, nemeses: tuple[str, ...]) -> int:
    needs_two = bool({"d15", "takeover", "verdict"} & set(nemeses))
    return rng.choice((2, 2, 2, 3)) if needs_two else rng.choice((1, 1, 2, 2, 2, 3))


def _outlet(rng: random.Random, number: int) -> Outlet:
    kind = rng.choice(KINDS)
    wild = rng.random() < WILD
    resend = rng.random() < RESEND and not wild
    return Outlet(name=f"{kind}{number or ''}", kind=kind, resend=resend, wild=wild)

"""Plays many seeds on all cores and adds up what they showed. A seed's story does not depend on who plays it."""

import gc
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.simulation.play import play
from tests.simulation.twins import twin
from tests.simulation.verdict import DUPLICATE, FALSE, LAW, LOSS, STUCK

CHUNK = 100
"""Seeds that one process plays before it answers."""
SAYS_EVERY = 30.0
"""Seconds between two words on how far it has come."""


@dataclass(slots=True)
class Tally:
    """Sums over seeds."""

    seeds: int = 0
    states: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    worst: list[tuple[int, str]] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0

    @property
    def breaches(self) -> int:
        """Give how many promises were broken."""
        return sum(self.kinds.values())

    @property
    def posts(self) -> int:
        """Give how many posts the stories had."""
        return sum(self.states.values())

    def add(self, other: "Tally") -> None:
        """Add another one's sums."""
        self.seeds += other.seeds
        self.states += other.states
        self.counts += other.counts
        self.kinds += other.kinds
        self.worst = sorted([*self.worst, *other.worst])
        self.cpu += other.cpu

    def table(self) -> str:
        """Give what happened, for people."""
        return "\n".join(
            (
                "ended as   " + _listed(self.states),
                "troubles   " + _listed({k: v for k, v in self.counts.items() if ": " not in k}),
                "struck     " + _listed(_below(self.counts, "struck: ")),
                "killed     " + _listed(_below(self.counts, "killed: ")),
                "platform   " + _listed(_below(self.counts, "platform: ")),
                "events     " + _listed(_below(self.counts, "event: ")),
                "speed      " + self._speed(),
            )
        )

    def _speed(self) -> str:
        each = 1000 * self.cpu / max(self.seeds, 1)
        return f"{self.seeds / max(self.wall, 1e-9):.0f} seeds/s, {each:.1f} ms of one core each, {self.wall:.0f} s"

    def __str__(self) -> str:
        kinds = self.kinds
        bound = f"below {3 / self.seeds:.1e} a seed at 95 %" if self.seeds and not self.breaches else "broken"
        return (
            f"seeds {self.seeds} posts {self.posts} duplicates {kinds[DUPLICATE]} losses {kinds[LOSS]} "
            f"false failures {kinds[FALSE]} stuck {kinds[STUCK]} laws {kinds[LAW]} ({bound})"
        )


def _below(counts: Counter[str], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): number for name, number in counts.items() if name.startswith(prefix)}


def _listed(counts: "dict[str, int] | Counter[str]") -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "-"


def some(seeds: Sequence[int], aimed: str = "", naive: str = "") -> Tally:
    """Play some seeds in this process."""
    tally = Tally()
    began = time.process_time()
    with twin(naive):
        for seed in seeds:
            try:
                played = play(seed, aimed)
            except Exception as error:
                # A mistake of the harness, never a finding: it must not be counted, and the seed must be known.
                raise RuntimeError(f"the harness itself failed at seed {seed} {aimed or 'mixed'}: {error!r}") from error
            tally.seeds += 1
            tally.states += played.states
            tally.counts += played.counts
            tally.kinds += Counter(breach.kind for breach in played.breaches)
            tally.worst += [(seed, f"{breach.kind}: {breach.text}") for breach in played.breaches]
    tally.cpu = time.process_time() - began
    return tally


def crowd(
    seeds: Sequence[int],
    *,
    aimed: str = "",
    naive: str = "",
    jobs: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Play all seeds on all cores."""
    total, began = Tally(), time.monotonic()
    said_at = began
    for part in _parts(seeds, aimed, naive, jobs or os.cpu_count() or 1):
        total.add(part)
        total.wall = time.monotonic() - began
        for seed, text in part.worst:
            tell(f"seed {seed}: {text}")
        if time.monotonic() - said_at > SAYS_EVERY:
            said_at = time.monotonic()
            tell(f"{total.seeds} of {len(seeds)} seeds, {total.seeds / total.wall:.0f}/s, {total.breaches} breaches")
    total.wall = time.monotonic() - began
    return total


def _parts(seeds: Sequence[int], aimed: str, naive: str, jobs: int) -> Iterator[Tally]:
    chunks = [(seeds[at : at + CHUNK], aimed, naive) for at in range(0, len(seeds), CHUNK)]
    if jobs == 1 or len(chunks) == 1:
        yield from (some(*chunk) for chunk in chunks)
        return
    with multiprocessing.get_context("spawn").Pool(min(jobs, len(chunks)), initializer=_begin) as pool:
        yield from pool.imap_unordered(_some, chunks)
        pool.close()
        pool.join()


def _begin() -> None:
    """Let the collector look less often: a story leaves few circles behind."""
    gc.set_threshold(50_000, 50, 50)


def _some(chunk: tuple[Sequence[int], str, str]) -> Tally:
    return some(*chunk)

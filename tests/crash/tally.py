"""How trials went, one by one and added up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.boundary import Boundary
from tests.crash.trial import Trial
from tests.crash.verdict import Breach


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one trial went."""

    trial: Trial
    kills: int
    killed_at: Counter[str]
    passed: Counter[str]
    asked_at: Counter[str]
    """SIGTERM instead of SIGKILL, by boundary."""
    states: Counter[str]
    breaches: tuple[Breach, ...]
    seconds: float
    folder: Path
    stalled: float = 0.0
    """Longest time for which this process itself could not run: above what the trial assumes, it is no witness."""

    def __str__(self) -> str:
        states = " ".join(f"{state}={n}" for state, n in sorted(self.states.items()))
        told = f"#{self.trial.number} {self.trial}: kills={self.kills} {states} {self.seconds:.1f}s"
        if self.breaches:
            told += f" (the harness stood still for {self.stalled:.2f} s at most; look into {self.folder})"
        return "\n".join([told, *(f"    {breach.kind.upper()}: {breach.text}" for breach in self.breaches)])


@dataclass(slots=True)
class Tally:
    """Many outcomes, added up as they come."""

    trials: int = 0
    kills: int = 0
    killed_at: Counter[str] = field(default_factory=Counter)
    """Kills by boundary; kills at random moments are not in it."""
    asked_at: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    bad: list[Outcome] = field(default_factory=list)
    stalled: float = 0.0
    duplicated: int = 0
    """Trials with a duplicate."""

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.trials += 1
        self.kills += outcome.kills
        for mine, theirs in (
            (self.killed_at, outcome.killed_at),
            (self.asked_at, outcome.asked_at),
            (self.passed, outcome.passed),
            (self.states, outcome.states),
        ):
            mine.update(theirs)
        self.stalled = max(self.stalled, outcome.stalled)
        self.duplicated += any(breach.kind == "duplicate" for breach in outcome.breaches)
        if outcome.breaches:
            self.bad.append(outcome)

    @property
    def breaches(self) -> list[Breach]:
        return [breach for outcome in self.bad for breach in outcome.breaches]

    def missed(self, least: int = 1, among: Iterable[Boundary] = Boundary) -> list[str]:
        """Name the boundaries at which fewer than ``least`` processes died."""
        return [boundary.name for boundary in among if self.killed_at[boundary.name] < least]

    def __str__(self) -> str:
        """Give the one line that counts."""
        kinds = Counter(breach.kind for breach in self.breaches)
        line = f"trials {self.trials} kills {self.kills} duplicates {kinds['duplicate']} losses {kinds['loss']}"
        if kinds["duplicate"] or kinds["loss"] or not self.trials:
            return line
        return f"{line} (below 3/{self.trials} at 95 %)"

    def table(self) -> str:
        """Show deaths and passes by boundary."""
        width = max(len(boundary.name) for boundary in Boundary)
        rows = [
            f"  {b.name:{width}} killed {self.killed_at[b.name]:5} asked {self.asked_at[b.name]:4} "
            f"passed {self.passed[b.name]:6}"
            for b in Boundary
        ]
        laws = sum(breach.kind == "law" for breach in self.breaches)
        ends = ", ".join(f"{n} {state}" for state, n in sorted(self.states.items()))
        rows.append(f"  posts: {ends}; other breaches: {laws}; harness stood still: {self.stalled:.2f} s at most")
        return "\n".join(rows)

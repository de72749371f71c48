"""What every row stands on: how much to measure, where, and the peers' Python. Rows add what they measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.benchmarks.costs import OURS, ROOT, Cost, cost, mean
from tests.benchmarks.figures import Figure

PEERS = ROOT / ".venv-bench" / "bin" / "python"
SCRIPT = Path(__file__).with_name("peers.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One run of the benchmarks."""

    folder: Path
    """Empty, ours, on the disk that is measured."""
    peers: Path | None
    """The Python that has ``reader``, ``feedparser`` and ``metadata_parser``; None: ours is measured alone."""
    quick: bool
    """Small: shows that it runs; its figures mean little."""
    sources: int
    """Of the sweeps."""
    rounds: int

    def place(self, name: str) -> Path:
        """Give a new folder."""
        found = self.folder / name
        found.mkdir(parents=True)
        return found

    def peer(self, *words: str | Path) -> list[str | Path]:
        """Give the command that has our script run by the peers' Python."""
        assert self.peers
        return [self.peers, SCRIPT, *words]

    def reader(self, database: Path) -> list[str | Path]:
        """Give the command that updates a database of ``reader``, due or not."""
        assert self.peers
        return [self.peers, "-m", "reader", "--db", database, "update", "--no-scheduled", "--workers", "10"]

    def compared(self, ours: Callable[[], Cost], theirs: Callable[[], Cost]) -> tuple[Cost, Cost | None]:
        """Measure two things by turns, so that what else the machine does meets both; gives the mean of each."""
        mine, others = [], []
        for _ in range(self.rounds):
            mine.append(ours())
            if self.peers:
                others.append(theirs())
        return mean(mine), mean(others) if others else None


class Row(Protocol):
    """The module of one row."""

    ROW: str
    """Its number in the table of goals."""

    def measure(self, ground: Ground) -> Sequence[Figure]:
        """Measure it."""
        ...


def module(name: str, *words: str | Path) -> list[str | Path]:
    """Give the command that runs a module of ours."""
    return [*OURS, name, *words]


def reader_with(ground: Ground, database: Path, urls: Sequence[str]) -> Path:
    """Make a database of ``reader`` that follows ``urls`` and has fetched nothing."""
    listed = database.with_suffix(".urls")
    listed.write_text("\n".join(urls), encoding="utf-8")
    cost(*ground.peer("subscribe", database, listed))
    return database


def ratio(ours: Cost, theirs: Cost | None) -> float:
    """Say how many times less processor time ours took; 0 where there is nothing to compare with."""
    return theirs.cpu / ours.cpu if theirs else 0.0

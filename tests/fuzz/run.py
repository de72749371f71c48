"""Parse mutants in the processes that parse for real, and count how each ended."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.confined import process as _process
from syndicator.errors import SourceError, SourceHostile
from syndicator.model import Source
from syndicator.sources._child import Limits, Parsers, close
from tests.fuzz.mutants import Mutant, mutant

SLOW = 12.0
"""Seconds from the question to the answer: the limit of a document, and what it takes to end a process."""
NEWS = Source(name="news", kind="feed", url="https://news.example/feed/")


@dataclass(slots=True)
class Tally:
    """How mutants ended."""

    mutants: int = 0
    read: int = 0
    entries: int = 0
    escapes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    """Hostile ones that the limits ended, as they should."""
    leaked: int = 0
    slowest: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Whether every promise held."""
        return not self.escapes and not self.hangs and not self.leaked

    def __str__(self) -> str:
        return f"mutants {self.mutants} escapes {len(self.escapes)} hangs {len(self.hangs)} leaked {self.leaked}"


def fuzz(count: int, *, seed: int, first: int = 0, tell: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Parse ``count`` mutants with the limits that hold for real documents."""
    close()  # what was left by others is not ours to count
    before, known = children(), set(_process.alive)
    parsers = Parsers(Limits())
    tally = Tally()
    try:
        asyncio.run(_all(parsers, range(first, first + count), seed, tally, tell))
    finally:
        parsers.close()
    tally.leaked = len(children() - before) + len(_process.alive - known)
    return tally


async def _all(parsers: Parsers, numbers: range, seed: int, tally: Tally, tell: Callable[[Tally], None]) -> None:
    waiting = iter(numbers)

    async def work() -> None:
        # As many as there are places: nobody waits for a place, so what takes long is the document's own doing.
        for number in waiting:
            await _one(parsers, mutant(seed, number), tally)
            if tally.mutants % 1000 == 0:
                tell(tally)

    await asyncio.gather(*(work() for _ in range(Limits().places)))


async def _one(parsers: Parsers, made: Mutant, tally: Tally) -> None:
    tally.mutants += 1
    facts = {"charset": None} if made.parser.startswith("webpage") else {"content_type": made.content_type}
    began = time.monotonic()
    name = f"{made.number} ({made.parser} on {made.seed})"
    try:
        found = await parsers.parsed(made.parser, made.body, source=NEWS, url=NEWS.url, **facts)
    except SourceHostile as error:
        # "Taken over" would be an answer of our own parser that we ourselves do not believe.
        (tally.escapes if "taken over" in str(error) else tally.killed).append(f"{name}: {error}")
    except SourceError as error:
        tally.refused[_kind(str(error))] += 1
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        tally.escapes.append(f"{name}: {error!r}")
    else:
        tally.read += 1
        tally.entries += len(found.entries)
    took = time.monotonic() - began
    tally.slowest = max(tally.slowest, took)
    if took > SLOW:
        tally.hangs.append(f"{name}: {took:.1f} s")


def _kind(message: str) -> str:
    """Give what an error says without what is particular to its document."""
    text = re.sub(r"https?://\S+", "…", message.removeprefix("news: ").removeprefix(f"{NEWS.url}: "))
    return re.sub(r"[\d,.]+", "N", text)[:70]


def children() -> set[int]:
    """Give the processes that this one started and that are not gone."""
    found = set()
    for place in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if place.name.isdigit():
            try:
                parent = (place / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == os.getpid():
                found.add(int(place.name))
    return found

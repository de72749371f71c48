"""Row 4: parse and normalise real feeds, in the processes that can be killed and over the channel to them.

``python -m tests.benchmarks.parsing ROUNDS CALL FILE …`` is the process that is measured (also row 12's); its last line
of output is JSON. ROUNDS 0 is what starting costs.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import material
from tests.benchmarks.costs import Cost, cost
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, module

if TYPE_CHECKING:
    from syndicator.model import Source

ROW = "4"


def measure(ground: Ground) -> list[Figure]:
    folder = ground.place("parsing")
    files = material.all_feeds(folder)
    ours, theirs = against(ground, "feed:parse", "feeds", files, rounds=1 if ground.quick else 5)
    found, known = ours.said["entries"], theirs.said["entries"] if theirs else {}
    fewer = [Path(name).name for name, n in known.items() if found.get(name, 0) < n]
    speed = {"ours": sum(found.values()) / ours.cpu, "theirs": sum(known.values()) / theirs.cpu if theirs else 0}
    detail = f"{len(files)} feeds, {sum(found.values()):,} entries: {speed['ours']:,.0f} entries a second of CPU"
    if theirs:
        detail += f"; feedparser {theirs.said['version']} {speed['theirs']:,.0f}"
    what = "parse and normalise: entries per CPU against feedparser"
    value = speed["ours"] / speed["theirs"] if theirs else 0.0
    figures = [Figure(row=ROW, what=what, value=value, least=15 if theirs else None, detail=detail)]
    if theirs:
        what = "real feeds with fewer entries than feedparser"
        figures.append(Figure(row=ROW, what=what, value=len(fewer), unit="", most=0, detail=", ".join(fewer[:5])))
    return figures


def against(ground: Ground, call: str, theirs: str, files: list[Path], *, rounds: int) -> tuple[Cost, Cost | None]:
    """Measure ``call`` of ours and ``theirs`` of the peers on files, by turns; gives the cost of one time each."""

    def ours(times: int) -> Cost:
        return cost(*module("tests.benchmarks.parsing", str(times), call, *files))

    def peers(times: int) -> Cost:
        return cost(*ground.peer(theirs, str(times), *files))

    mine, others = ground.compared(
        lambda: _one(ours(rounds).less(ours(0)), rounds), lambda: _one(peers(rounds).less(peers(0)), rounds)
    )
    return mine, others


def _one(spent: Cost, rounds: int) -> Cost:
    return Cost(cpu=spent.cpu / rounds, wall=spent.wall / rounds, said=spent.said)


async def _parse(rounds: int, call: str, names: list[str]) -> dict[str, int]:
    from syndicator.model import Source

    facts = {"charset": None} if call.startswith("webpage") else {"content_type": ""}
    source = Source(name="bench", kind=call.partition(":")[0], url="https://bench.example/")
    bodies = {name: Path(name).read_bytes() for name in names}
    await _entries(call, b"", source, facts)  # the process starts, whatever it says
    found: dict[str, int] = {}
    for _ in range(rounds):
        for name, body in bodies.items():
            found[name] = await _entries(call, body, source, facts)
    return found


async def _entries(call: str, body: bytes, source: "Source", facts: dict[str, Any]) -> int:
    from syndicator.errors import SourceError
    from syndicator.sources import _child

    try:
        return len((await _child.parsed(call, body, source=source, url=source.url, **facts)).entries)
    except SourceError:
        return 0


if __name__ == "__main__":
    print(json.dumps({"entries": asyncio.run(_parse(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))}))  # noqa: T201

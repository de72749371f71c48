"""F24: a share of the fuzzing that fits into the suite, and that its counting can fail."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from syndicator.errors import SourceError
from syndicator.sources import Reading, feed, sitemap
from syndicator.sources._child import Limits, Parsers
from tests.fuzz import run
from tests.fuzz.mutants import DAMAGES, Mutant, mutant
from tests.fuzz.run import Tally, children, fuzz
from tests.fuzz.seeds import seeds


@pytest.mark.slow
def test_f24_nothing_but_an_error_of_the_source_comes_out_of_a_damaged_document() -> None:
    tally = fuzz(2_000, seed=20_261_122)
    assert tally.ok, (tally.escapes[:3], tally.hangs[:3], tally.leaked)
    assert tally.mutants == 2_000
    assert tally.read > 400  # the damage is not so heavy that nothing is parsed at all
    assert tally.refused.total() > 200


def test_x20_a_confined_parser_reads_what_an_open_one_reads() -> None:
    """It can load nothing any more: what parsing needs must have been loaded before."""
    parsers, here = Parsers(), {"feed:parse": feed.parse, "sitemap:parse": sitemap.parse}

    async def compare() -> int:
        compared = 0
        for number in range(150):
            made = mutant(3, number)
            if made.parser in here:
                facts: dict[str, Any] = {"source": run.NEWS, "url": run.NEWS.url, "content_type": made.content_type}
                apart = await outcome(parsers.parsed(made.parser, made.body, **facts))
                assert apart == await outcome(asyncio.to_thread(here[made.parser], made.body, **facts)), number
                compared += 1
        return compared

    assert asyncio.run(compare()) > 80
    parsers.close()


async def outcome(reading: Awaitable[Reading]) -> Reading | str:
    try:
        return await reading
    except SourceError as error:
        # Its control characters go no further than the process.
        return "".join(sign if sign.isprintable() else " " for sign in str(error)[:900])


def test_the_same_number_is_the_same_mutant() -> None:
    assert [mutant(1, n) for n in range(50)] == [mutant(1, n) for n in range(50)]
    assert mutant(1, 7) != mutant(2, 7)
    assert len({mutant(3, n).body for n in range(200)}) > 190
    assert len(DAMAGES) >= 10
    assert len(seeds()) >= 6


@pytest.mark.parametrize(("function", "what"), [("babble", "escapes"), ("spin", "killed")])
def test_what_it_looks_for_would_be_counted(function: str, what: str) -> None:
    parsers, tally = Parsers(Limits(cpu=0.3, wall=1.0)), Tally()
    made = Mutant(1, "own", f"tests.sources.misbehaving:{function}", b"x", "")
    asyncio.run(run._one(parsers, made, tally))
    parsers.close()
    assert len(getattr(tally, what)) == 1
    assert tally.ok is (what == "killed")


def test_a_child_that_is_left_over_is_seen() -> None:
    before = children()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as left:
        assert children() - before == {left.pid}
        left.kill()
    assert children() == before


def test_its_last_line_is_the_result() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.fuzz", "--n", "60", "--seed", "5"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines()[-1] == "mutants 60 escapes 0 hangs 0 leaked 0"
    assert done.returncode == 0

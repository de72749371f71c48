"""How fast texts are counted and cut: ``python -m tests.benchmarks.counting [--rounds 5]``; also a row of the table.

Ordinary teasers are made here, in the languages of a newsroom, half of them with a link. Processor time of one process,
the best of the rounds; the hostile text is what doubles the time of a counter that tracks back.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from functools import partial

from syndicator.core import text as texts
from syndicator.model import Counting
from tests.benchmarks.figures import Figure, lines
from tests.benchmarks.ground import Ground

ROW = "counting"
LEAST = 20_000
"""Counts a second."""
MOST = 50.0
"""Milliseconds for 100,000 characters of ``a.a.a.``."""
TEASERS = 3_000
HOSTILE = "a.a.a." * 16_667
_SAID = """
the ferries run again after nine days says port of Ambel while ministers talk about 12 million euros for repairs
Die Fähren fahren wieder und die Arbeiten dauern bis zum Frühjahr an Les ferries circulent après neuf jours
Τα πλοία ταξιδεύουν ξανά Паром знову ходить العبّارة تعمل من جديد הגשר נפתח שוב 渡轮恢复运营 橋が開通した
#Harbour #Ambel “quoted” – ⚓ 🚢 🇪🇺 U.S. 3.5 %
"""
_WORDS = _SAID.split()


def teasers(count: int = TEASERS, *, seed: int = 5) -> list[str]:
    """Make ordinary teasers: a title, a lead for every other one, and a link."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        words = chance.choices(_WORDS, k=chance.randrange(8, 34))
        link = f"https://news.example.com/2026/11/story-{number}/?utm_source=x&utm_content=abcdefghij234"
        found.append(f"{' '.join(words)}\n{link}" if number % 2 else " ".join(words))
    return found


def per_second(given: Sequence[str], act: Callable[[str], object], *, rounds: int) -> float:
    """Give how many texts ``act`` takes in a second of processor time."""
    act(given[0])
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for text in given:
            act(text)
        best = min(best, time.process_time() - began)
    return len(given) / max(best, 1e-9)


def figures(*, rounds: int) -> list[Figure]:
    """Measure every counter on ordinary teasers, X's on hostile text, and cutting."""
    given = teasers()
    found = []
    for counting in Counting:
        rate = per_second(given, partial(texts.measure, counting=counting), rounds=rounds)
        what = f"counts of ordinary teasers, {counting}"
        detail = f"{len(given)} teasers, {sum(map(len, given)) / len(given):.0f} characters"
        found.append(Figure(row=ROW, what=what, value=rate, unit="/s", least=LEAST, detail=detail))
    hostile = 1000 / per_second([HOSTILE], partial(texts.measure, counting=Counting.X_WEIGHTED), rounds=rounds)
    what = "100,000 characters of a.a.a."
    found.append(Figure(row=ROW, what=what, value=hostile, unit="ms", most=MOST, detail="X's counting"))
    long = [text * 8 for text in given[:300]]
    cuts = per_second(long, partial(texts.cut, limit=280, counting=Counting.X_WEIGHTED), rounds=rounds)
    detail = f"{sum(map(len, long)) / len(long):.0f} characters to 280"
    return [*found, Figure(row=ROW, what="cuts of long texts, X", value=cuts, unit="/s", detail=detail)]


def measure(ground: Ground) -> list[Figure]:
    """Measure as a row of the benchmarks: the one figure that has a goal there, X's counting."""
    found = figures(rounds=1 if ground.quick else 5)
    return [one for one in found if one.what.endswith(Counting.X_WEIGHTED)]


def main(words: Sequence[str] | None = None) -> int:
    """Measure alone and print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.counting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    found = figures(rounds=parser.parse_args(words).rounds)
    for line in lines(found):
        print(line)  # noqa: T201
    return 0 if all(one.met for one in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Heavier runs; exit code 1 on any breach.

::

    python -m tests.failover stories                          every fail-over story (144), or --stories N of them
    python -m tests.failover daemon --rounds 5                PostgreSQL restarted 12 times a round under one daemon
    python -m tests.failover fleet --rounds 2 --articles 35   three machines, kills, sleeps, restarts; 108 deliveries
    python -m tests.failover races --races 10000 --processes 8
    python -m tests.failover growth --posts 200000            what a claim costs on a log of that many posts
"""

import argparse
import itertools
import logging
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from syndicator.store import Store
from tests.crash.harness import quiet
from tests.failover import growth, machine, races, rough, scenario
from tests.failover.cluster import Template, template
from tests.failover.rough import Day
from tests.failover.scenario import Journal, Lost, Story


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for and print one line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.failover", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("what", choices=sorted(COMMANDS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--stories", type=int, default=1000, help="so many of them, drawn by the seed; default: all")
    parser.add_argument("--articles", type=int, default=12)
    parser.add_argument("--pause", type=float, default=2.0, help="longest pause between events, in seconds")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both", help="races and growth")
    parser.add_argument("--races", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--posts", type=int, default=200_000)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    quiet()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    say(f"seed {options.seed}")
    return 1 if sum(COMMANDS[options.what](options)) else 0


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)  # noqa: T201


@contextmanager
def _stage() -> Iterator[tuple[Template, Path]]:
    with template() as made, tempfile.TemporaryDirectory(prefix="syndicator-failover-") as folder:
        yield made, Path(folder)


def stories(options: argparse.Namespace) -> Iterator[int]:
    """Tell every story; give the breaches of each."""
    with _stage() as (made, folder):
        every = [*itertools.product(Lost, Journal, (True, False), ("direct", "two_phase"), (False, True))]
        told = random.Random(options.seed).sample(every, min(options.stories, len(every)))
        for number, (lost, journal, sent, page, resend) in enumerate(told * options.rounds):
            story = Story(lost=lost, journal=journal, sent=sent, page=page, resend=resend)
            ending = scenario.play(story, template=made, folder=folder / str(number))
            say(f"#{number} {story}: {ending}")
            yield len(ending.breaches) + (len(ending.alarms) != 1)


def _days(day: Callable[[int], Day], options: argparse.Namespace) -> Iterator[int]:
    with _stage() as (made, folder):
        for number in range(options.rounds):
            evening = rough.live_through(day(options.seed + number), template=made, folder=folder / str(number))
            say(f"#{number} {evening}")
            yield len(evening.breaches)


def daemon(options: argparse.Namespace) -> Iterator[int]:
    """One daemon, many restarts."""
    yield from _days(lambda seed: Day(articles=options.articles, restarts=12, pause=options.pause, seed=seed), options)


def fleet(options: argparse.Namespace) -> Iterator[int]:
    """Three machines, and everything that happens to machines."""
    more = {"restarts": 3, "kills": 6, "sleeps": 2}
    yield from _days(
        lambda seed: Day(nodes=3, articles=options.articles, pause=options.pause, seed=seed, **more), options
    )


@contextmanager
def _databases(which: str, **settings: str) -> Iterator[list[str]]:
    with machine.running(**settings) as server, tempfile.TemporaryDirectory(prefix="syndicator-failover-") as folder:
        urls = [f"sqlite:///{folder}/log.db", server.url]
        urls = [url for url in urls if which == "both" or url.startswith(which)]
        for url in urls:
            Store.open(url, create=True).close()
        yield urls


def run_races(options: argparse.Namespace) -> Iterator[int]:
    """Race for posts on both databases."""
    with _databases(options.db) as urls:
        for url in urls:
            found = races.run(url, races=options.races, processes=options.processes)
            say(f"{url.partition(':')[0]}: {found}")
            yield len(found.wrong)


def grow(options: argparse.Namespace) -> Iterator[int]:
    """Fill a log and time claims; commits are as durable as in earnest."""
    with _databases(options.db, fsync="on", full_page_writes="on") as urls:
        for url in urls:
            store = Store.open(url)
            empty = growth.claims(store, 200)
            with store.write() as conn:
                for table in ("attempts", "events", "posts", "aliases", "articles"):
                    conn.exec_driver_sql(f"DELETE FROM {table}")
            growth.fill(store, options.posts)
            asked, claimed = growth.claims(store, 200)
            store.close()
            say(f"{url.partition(':')[0]} empty: next due {empty[0]}; claim with commit {empty[1]}")
            say(f"{url.partition(':')[0]} {options.posts:,} posts: next due {asked}; claim with commit {claimed}")
            yield 0


COMMANDS: dict[str, Callable[[argparse.Namespace], Iterator[int]]] = {
    "stories": stories,
    "daemon": daemon,
    "fleet": fleet,
    "races": run_races,
    "growth": grow,
}


if __name__ == "__main__":
    sys.exit(main())

"""Claim races (D14): processes that all want the same post at the same moment; one gets it, with one token."""

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from syndicator.model import Post, State
from syndicator.store import Store, posts
from tests.store.samples import claim, in_state, put

_start: list[Barrier] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Races:
    """How many races there were, and what is wrong with them."""

    races: int
    processes: int
    seconds: float
    lost: int
    """Claims that came second to a post that they had seen queued."""
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        told = (
            f"{self.races} races of {self.processes} processes in {self.seconds:.0f} s: {self.lost} claims came second"
        )
        return f"{told}, wrong: {len(self.wrong)} {self.wrong[:3]}"


def run(url: str, *, races: int, processes: int) -> Races:
    """Let ``processes`` claim each of ``races`` posts, all at once."""
    store = Store.open(url)
    try:
        with store.write() as conn:
            put(conn, *(_row(number) for number in range(1, races + 1)))
        began = time.monotonic()
        context = multiprocessing.get_context("spawn")
        start = context.Barrier(processes)
        with ProcessPoolExecutor(processes, mp_context=context, initializer=_prepare, initargs=(start,)) as pool:
            done = list(pool.map(_claim_all, [(url, races, number) for number in range(processes)]))
        seconds = time.monotonic() - began
        winners = [winner for each in done for winner in each]
        return Races(
            races=races,
            processes=processes,
            seconds=seconds,
            lost=races * processes - len(winners),
            wrong=tuple(_wrong(store, races, dict(winners), Counter(post_id for post_id, _ in winners))),
        )
    finally:
        store.close()


def _prepare(start: Barrier) -> None:
    _start.append(start)


def _row(number: int) -> Post:
    # Each post on a channel of its own: it is the post that they race for, and not the channel's one place.
    return in_state(State.QUEUED, number, channel=f"x{number}")


def _claim_all(job: tuple[str, int, int]) -> list[tuple[str, str]]:
    url, races, number = job
    store = Store.open(url, busy_timeout=timedelta(seconds=60))
    won = []
    try:
        for race in range(1, races + 1):
            row, token = _row(race), f"{number}-{race}"
            _start[0].wait(120)
            with store.write() as conn:
                claimed = claim(conn, row, token=token)
            if claimed is not None:
                won.append((row.id, token))
    finally:
        store.close()
    return won


def _wrong(store: Store, races: int, tokens: dict[str, str], wins: Counter[str]) -> list[str]:
    found: list[str] = []
    for number in range(1, races + 1):
        post_id = _row(number).id
        with store.read() as conn:
            post: Any = posts.get(conn, post_id)
            attempts = posts.attempts(conn, post_id)
        if wins[post_id] != 1:
            found.append(f"{post_id}: {wins[post_id]} winners")
        elif (post.state, post.token) != (State.SENDING, tokens[post_id]):
            found.append(f"{post_id}: {post.state} with {post.token}, won with {tokens[post_id]}")
        elif [attempt.token for attempt in attempts] != [tokens[post_id]]:
            found.append(f"{post_id}: attempts {[attempt.token for attempt in attempts]}")
    return found

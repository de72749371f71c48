"""Sixteen processes race for the same posts on one SQLite file: ``python -m tests.faults.writers LOG SECONDS N``.

Each claims, fences and records as fast as it can, over the store alone. Prints what each won as JSON.
"""

import json
import os
import random
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from syndicator.errors import StoreError
from syndicator.store import Store, posts
from tests.store.samples import RECEIPT, at, claim, post, put

CHANNELS = ("a", "b", "c", "d")


def prepare(url: str, n: int) -> None:
    """Make a log with ``n`` due posts on each channel."""
    store = Store.open(url, create=True)
    with store.write() as conn:
        for number in range(1, n * len(CHANNELS) + 1):
            put(conn, post(number, channel=CHANNELS[number % len(CHANNELS)]))
    store.close()


def write(url: str, seconds: float, seed: int) -> dict[str, Any]:
    """Win what can be won; give the ids, the races lost, and every error."""
    dice = random.Random(seed)
    store = Store.open(url)
    won: list[str] = []
    lost = 0
    errors: list[str] = []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        try:
            with store.read() as conn:
                due = posts.due(conn, dice.choice(CHANNELS), at(0))
            if due is None:
                continue
            with store.write() as conn:
                mine = claim(conn, due, token=f"{seed}-{len(won)}-{lost}", lease_until=at(3600))
            if mine is None:
                lost += 1
                continue
            with store.write() as conn:
                fenced = posts.fence(conn, mine, at=at(2), lease_until=at(3600))
            if not fenced:
                errors.append(f"{mine.id}: not fenced")
            with store.write() as conn:
                receipt = replace(RECEIPT, remote_id=f"r-{mine.id}")
                posts.record_receipt(conn, mine.id, receipt, token=mine.token, at=at(3) + timedelta(seconds=seed))
            won.append(mine.id)
        except StoreError as error:
            errors.append(str(error))
    store.close()
    return {"won": won, "lost": lost, "errors": errors}


def main(path: str, seconds: float, n: int) -> None:
    """Fork the writers, wait for them, print their answers."""
    url = f"sqlite:///{path}"
    pipes = []
    for seed in range(n):
        ours, theirs = os.pipe()
        if os.fork() == 0:
            with os.fdopen(theirs, "w") as answer:
                json.dump(write(url, seconds, seed), answer)
            os._exit(0)
        os.close(theirs)
        pipes.append(ours)
    answers = []
    for ours in pipes:
        with os.fdopen(ours) as answer:
            answers.append(json.load(answer))
    while n:
        os.wait()
        n -= 1
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]))

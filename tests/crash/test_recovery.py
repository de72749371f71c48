"""How long it takes from a crash to the next claim, with the product's own windows."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from syndicator.model import Windows
from syndicator.platforms._wire import PUBLISH_MOST
from syndicator.store import Store
from syndicator.store.schema import attempts
from tests.crash import command
from tests.crash.databases import Databases
from tests.crash.life import Life
from tests.crash.nursery import Nursery
from tests.crash.scene import Scene, scene
from tests.crash.trial import BACKFILL

TRIES = 3
"""The best of these counts: what else the machine is doing is not ours."""
SQLITE, POSTGRES = 5.0, 60.0
"""Seconds from a crash to the first claim of what it held."""


def die(here: Scene, nursery: Nursery, *, host: str = "") -> datetime:
    """Let a worker die with a post in its hands; give the moment."""
    config = str(here.configure(windows="", routes=("x",), host=host))
    life = Life(config=config, reached=str(here.reached), doom="CLAIMED:1", mode="work", backfill=BACKFILL, host=host)
    assert nursery.start(life, log=here.log).wait() == -signal.SIGKILL, here.log.read_text()
    return datetime.now(UTC)


def claimed_after(here: Scene, moment: datetime, *, patience: float) -> float:
    """Wait for the next claim and give the seconds from the moment to it."""
    store = Store.open(here.store_url)
    ends_at = time.monotonic() + patience
    try:
        while time.monotonic() < ends_at:
            with store.read() as conn:
                at = conn.execute(select(func.min(attempts.c.opened_at)).where(attempts.c.opened_at > moment)).scalar()
            if at is not None:
                return float((at - moment).total_seconds())
            time.sleep(0.1)
    finally:
        store.close()
    raise AssertionError(f"no claim within {patience} s: {here.log.read_text()}")


@contextmanager
def running(here: Scene) -> Iterator["subprocess.Popen[bytes]"]:
    process = command.start(here)
    try:
        yield process
    finally:
        command.kill(process)


@pytest.mark.crash
@pytest.mark.xdist_group("crash")
def test_sqlite_from_crash_to_claim(nursery: Nursery, tmp_path: Path) -> None:
    took = []
    for number in range(TRIES):
        with scene(tmp_path / f"newsroom-{number}", database=None, articles=1, begun=True) as here:
            moment = die(here, nursery)
            with running(here):
                took.append(claimed_after(here, moment, patience=60))
        if took[-1] <= SQLITE:
            break
    print(f"SQLite, from crash to claim: {', '.join(f'{each:.1f} s' for each in took)}")  # noqa: T201
    assert min(took) <= SQLITE


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.postgres
@pytest.mark.xdist_group("crash-lease")
def test_postgres_from_crash_to_claim(nursery: Nursery, databases: Databases, tmp_path: Path) -> None:
    """The worker that died was on another machine, so only the end of its lease says that it is gone."""
    with databases.lend() as url, scene(tmp_path / "newsroom", database=lambda: url, articles=1) as here:
        here.configure(windows="", routes=("x",))
        moment = die(here, nursery, host="other-machine")
        with running(here):
            took = claimed_after(here, moment, patience=2 * POSTGRES)
    print(f"PostgreSQL, from a crash elsewhere to the claim: {took:.1f} s")  # noqa: T201
    lease = Windows().lease.total_seconds()
    assert lease - 2 < took <= POSTGRES


def test_a_lease_outlasts_the_send_that_it_covers() -> None:
    windows = Windows()
    assert windows.lease > windows.send_deadline + timedelta(seconds=PUBLISH_MOST)
    assert windows.lease < timedelta(seconds=POSTGRES)

"""The first promise: kill -9 at any moment, restart, and no post is live twice and none is lost."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash import command
from tests.crash.harness import Place, run_all
from tests.crash.nursery import ROOT
from tests.crash.scene import ARTICLES, CHANNELS, Scene, scene
from tests.crash.tally import Tally
from tests.crash.trial import Aims, Trial, trials
from tests.crash.verdict import comparison

# One xdist worker for all of them: they bring their own parallelism, and one nursery is enough.
pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]

EACH = 1
"""Deaths at every boundary; ten and more are ``make crash``, which every submission runs on both databases."""
MOST = 200 * EACH
"""Trials after which it is a failure that a boundary was died at less often."""


def check(tally: Tally, *, least: int) -> None:
    report = "\n".join(["", *map(str, tally.bad), tally.table(), str(tally)])
    print(report)  # noqa: T201 - shown with -s and when the test fails
    assert not tally.breaches, report
    assert not tally.missed(least), report


def killed_everywhere(place: Place) -> None:
    aims, seed = Aims(), random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201
    drawn = trials(MOST, seed=seed, aims=aims, machines=place.postgres is not None, enough=EACH)
    check(run_all(drawn, place, aims=aims), least=EACH)


def test_killed_at_every_boundary_on_sqlite(sqlite_place: Place) -> None:
    killed_everywhere(sqlite_place)


@pytest.mark.slow
@pytest.mark.postgres
def test_killed_at_every_boundary_on_postgres(postgres_place: Place) -> None:
    killed_everywhere(postgres_place)


AMONG_FAULTS = """
WIRE_BODY:1+0.30s+RECORD_WRITTEN:2+0.45s+FENCED:1 direct resend daemon faults=0.15 lag=0.3 grow=True
0.30s+RECORD_WRITTEN:2+0.45s+FENCED:1+WIRE_BODY:1 two_phase strict daemon faults=0.15 lag=0.3 grow=True
RECORD_WRITTEN:2+0.45s+FENCED:1+WIRE_BODY:1+0.30s direct strict daemon faults=0.15 lag=0.3 grow=True
LOOK_UP_RECORDED:1 direct resend daemon articles=2 lost=after lag=0.6
"""
"""In the last one the answer is lost, the post is live, and readers do not see it yet: that is no proof of absence."""


@pytest.mark.slow
def test_killed_again_and_again_among_faults(sqlite_place: Place) -> None:
    written = [line for line in AMONG_FAULTS.splitlines() if line]
    drawn = [Trial.parse(line, number=number) for number, line in enumerate(written)]
    assert [str(trial) for trial in drawn] == written
    check(run_all(drawn, sqlite_place), least=0)


@pytest.mark.parametrize("page", ["direct", pytest.param("two_phase", marks=pytest.mark.slow)])
def test_two_daemons_on_one_file(sqlite_place: Place, page: str) -> None:
    kills = "CLAIMED:1+WIRE_BODY:1+RECORD_WRITTEN:1"
    drawn = [
        Trial.parse(f"{kills} {page} {policy} daemon articles=2 grow=True beside=here", number=number)
        for number, policy in enumerate(["strict", "resend"])
    ]
    check(run_all(drawn, sqlite_place), least=0)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("beside", ["here", "there"])
def test_two_nodes_on_postgres(postgres_place: Place, beside: str) -> None:
    kills = "CLAIMED:1+WIRE_BODY:1+RECORD_WRITTEN:1"
    drawn = [
        Trial.parse(f"{kills} {page} resend daemon articles=2 grow=True beside={beside}", number=number)
        for number, page in enumerate(["direct", "two_phase"])
    ]
    check(run_all(drawn, postgres_place), least=0)


@pytest.mark.slow
def test_the_daemon_killed_at_random_moments_while_the_newsroom_writes(newsroom: Scene) -> None:
    dice, seed = random.Random(), random.randrange(10**6)
    dice.seed(seed)
    died = 0
    for _ in range(5):
        process = command.start(newsroom)
        time.sleep(dice.uniform(0.4, 2.4))
        died += command.kill(process) == -signal.SIGKILL
        newsroom.sandbox.newsroom.publish()
    process = command.start(newsroom)
    done = command.until(command.settled(newsroom, len(CHANNELS) * (ARTICLES + 5)))
    code, seconds = command.drain(process)
    said = f"seed {seed}\n{newsroom.log.read_text()}"
    assert died == 5, said
    assert done, said
    assert (code, seconds < 30) == (0, True), said
    compared = comparison(newsroom)
    assert not compared.breaches, f"{compared}\n{said}"
    assert newsroom.is_sound()


def test_the_harness_sees_what_is_wrong(tmp_path: Path) -> None:
    """A harness that cannot fail proves nothing: take a live post away, add a copy, and it must say so."""
    with scene(tmp_path / "newsroom", database=None) as here:
        here.configure()
        order = [sys.executable, "-m", "syndicator", "-c", str(here.config), "once", "--backfill", "2"]
        for _ in range(20):
            assert subprocess.run(order, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode == 0
            if not comparison(here).states["queued"]:  # on a busy machine the dead-line of a send may pass
                break
        assert not comparison(here).breaches
        first, second = here.sandbox.state.posts("x")
        here.sandbox.control.remove("x", first.id)
        here.sandbox.control.by_hand("x", second.text)
        here.sandbox.newsroom.publish()
        kinds = sorted(breach.kind for breach in comparison(here).breaches)
        assert kinds == ["duplicate", *["loss"] * (1 + len(CHANNELS))]

"""A worker that is frozen between intent and send, and wakes up when another one has taken over (D15, D16).

Frozen before the first byte, it writes nothing any more: its dead-line has passed. Frozen while it writes, only the
platform can tell that the signature is old, and does.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.boundary import Boundary
from tests.crash import verdict
from tests.crash.databases import Databases
from tests.crash.doom import Act, Doom
from tests.crash.life import Life
from tests.crash.nursery import Child, Nursery
from tests.crash.scene import LEASE, SEND_DEADLINE, SETTLE, Scene, scene
from tests.crash.trial import BACKFILL, GRAIN

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]

OTHER = "other-machine"
FENCE = 3
"""Seconds for which the platforms take a signature in these tests."""
NAMES = {"x": "x", "page": "facebook"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow])])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    if request.param == "sqlite":
        with scene(tmp_path / "newsroom", database=None, articles=1, begun=True) as made:
            yield made
        return
    databases: Databases = request.getfixturevalue("databases")
    with databases.lend() as url, scene(tmp_path / "newsroom", database=lambda: url, articles=1) as made:
        yield made


def prepare(here: Scene, channel: str) -> None:
    """One channel, so that the one that is frozen is the one that is meant; copies are taken, so that they show."""
    here.configure(resend=True, routes=(channel,))
    here.configure(resend=True, routes=(channel,), host=OTHER)
    here.sandbox.control.switch(x_duplicate_window=0, facebook_duplicates=False)


def freeze(here: Scene, nursery: Nursery, boundary: Boundary) -> Child:
    doom = Doom(boundary=boundary, act=Act.STOP)
    # The work loop: nothing else of that process holds a transaction while it is frozen.
    life = Life(config=str(here.config), reached=str(here.reached), doom=str(doom), mode="work", backfill=BACKFILL)
    child = nursery.start(life, log=here.log)
    assert child.wait_until_stopped(), here.log.read_text()
    return child


def take_over(here: Scene, nursery: Nursery) -> None:
    """Let a worker of another machine finish: only the end of the lease tells it that the first one is gone."""
    config = str(here.folder / f"{OTHER}.toml")
    life = Life(config=config, reached=str(here.reached), mode="work", backfill=BACKFILL, host=OTHER)
    began = time.monotonic()
    assert nursery.start(life, log=here.log).wait() == 0, here.log.read_text()
    assert time.monotonic() - began > SEND_DEADLINE


def wake(here: Scene, child: Child) -> verdict.Comparison:
    child.send(signal.SIGCONT)
    assert child.wait() == 0, here.log.read_text()
    return verdict.comparison(here)


@pytest.mark.parametrize("boundary", [Boundary.FENCED, Boundary.WIRE_CONNECTED])
@pytest.mark.parametrize("channel", ["x", "page", "youtube"])
def test_d15_one_that_slept_past_its_dead_line_writes_nothing(
    here: Scene, nursery: Nursery, channel: str, boundary: Boundary
) -> None:
    prepare(here, channel)
    child = freeze(here, nursery, boundary)
    take_over(here, nursery)
    compared = wake(here, child)
    assert not compared.breaches, f"{compared}\n{here.log.read_text()}"
    # Not refused by the platform: it never saw more than one body.
    assert [*here.sandbox.control.bodies().values()] == [1], here.log.read_text()


@pytest.mark.parametrize("channel", sorted(NAMES))
def test_d16_a_platform_refuses_the_old_signature(here: Scene, nursery: Nursery, channel: str) -> None:
    assert LEASE + SETTLE - GRAIN > FENCE, "A1: what was signed before the take-over is refused after it"
    here.sandbox.control.switch(x_oauth_window=FENCE, facebook_proof_window=FENCE)
    prepare(here, channel)
    child = freeze(here, nursery, Boundary.WIRE_HALF_BODY)
    take_over(here, nursery)
    compared = wake(here, child)
    assert not compared.breaches, f"{compared}\n{here.log.read_text()}"
    # It did write, and the platform turned it away.
    assert [*here.sandbox.control.bodies().values()] == [2], here.log.read_text()


def test_d16_without_that_fence_there_are_two(here: Scene, nursery: Nursery) -> None:
    """The test before this one could fail: a platform that takes old signatures shows the post twice."""
    prepare(here, "x")
    child = freeze(here, nursery, Boundary.WIRE_HALF_BODY)
    take_over(here, nursery)
    assert "duplicate" in {breach.kind for breach in wake(here, child).breaches}

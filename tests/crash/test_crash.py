"""The first promise: kill -9 at any moment, restart, and no post is live twice and none is lost."""

import ast
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator import settings, wiring
from syndicator.boundary import Boundary
from tests.crash import command, verdict
from tests.crash.harness import LOOK_UPS, Databases, Tally, Trial, run_all
from tests.crash.nursery import ROOT, Nursery
from tests.crash.scene import ARTICLES, CHANNELS, Scene, scene
from tests.postgres import Server, postgres_server

__all__ = ["postgres_server"]

# One xdist worker for all of them: they bring their own parallelism, and one nursery is enough.
pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


def aimed(number: int, boundary: Boundary, *, round_: int) -> Trial:
    """Aim at a boundary: the rounds differ in everything else."""
    looks = boundary in LOOK_UPS
    return Trial(
        number=number,
        kills=(f"{boundary.name}:{1 if looks else 1 + number % 4}",),
        page=("direct", "two_phase")[(number + round_) % 2],
        resend=round_ == 1,
        mode=("daemon", "work")[round_ % 2],
        lost_answer=("before", "after")[number % 2] if looks else "",
        grow=number % 7 == 3,
        pictures=number % 7 == 5,
    )


def check(tally: Tally, *, least: int) -> None:
    report = "\n".join(["", *map(str, tally.outcomes), tally.table(), str(tally)])
    print(report)  # noqa: T201 - shown with -s and when the test fails
    assert not tally.breaches, report
    assert not tally.never_hit(least), report


def test_killed_at_every_boundary_on_sqlite(nursery: Nursery, tmp_path: Path) -> None:
    trials = [
        aimed(number + 100 * round_, boundary, round_=round_)
        for round_ in (0, 1)
        for number, boundary in enumerate(Boundary)
    ]
    check(run_all(trials, nursery=nursery, folder=tmp_path), least=2)


@pytest.mark.postgres
def test_killed_at_every_boundary_on_postgres(nursery: Nursery, tmp_path: Path, postgres_server: Server) -> None:
    trials = [aimed(number, boundary, round_=number // 2 % 2) for number, boundary in enumerate(Boundary)]
    check(run_all(trials, nursery=nursery, folder=tmp_path, postgres=Databases(postgres_server)), least=1)


def test_killed_again_and_again_among_faults(nursery: Nursery, tmp_path: Path) -> None:
    moments = ("WIRE_BODY:1", 0.3, "RECORD_WRITTEN:2", 0.45, "FENCED:1")
    trials = [
        Trial(
            number=number,
            kills=moments[number:] + moments[:number],
            page=page,
            resend=resend,
            rate=0.15,
            lag=0.3,
            grow=True,
        )
        for number, (page, resend) in enumerate([("direct", True), ("two_phase", False), ("direct", False)])
    ]
    # The answer is lost, the post is live, and readers do not see it yet: absence must not be believed at once.
    hidden = Trial(number=9, kills=("LOOK_UP_RECORDED:1",), resend=True, lost_answer="after", lag=0.6)
    check(run_all([*trials, hidden], nursery=nursery, folder=tmp_path), least=0)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path / "newsroom", database=None) as here:
        here.configure(page="two_phase", resend=False)
        yield here


def test_the_daemon_killed_at_random_moments_while_the_newsroom_writes(stage: Scene) -> None:
    dice, seed = random.Random(), random.randrange(10**6)
    dice.seed(seed)
    died = 0
    for _ in range(5):
        process = command.start(stage)
        time.sleep(dice.uniform(0.4, 2.4))
        died += command.kill(process) == -signal.SIGKILL
        stage.sandbox.newsroom.publish()
    process = command.start(stage)
    done = command.until(command.settled(stage, len(CHANNELS) * (ARTICLES + 5)))
    code, seconds = command.drain(process)
    said = f"seed {seed}\n{stage.log.read_text()}"
    assert died == 5, said
    assert done, said
    assert (code, seconds < 30) == (0, True), said
    compared = compare(stage)
    assert not compared.breaches, f"{compared}\n{said}"
    assert stage.is_sound()


def compare(here: Scene) -> verdict.Comparison:
    loaded = settings.load(here.config, spec_of=wiring.spec_of, env={})
    return verdict.compare(here.sandbox, store_url=here.store_url, loaded=loaded, disturbed=False)


def test_sigterm_lets_what_is_open_finish(stage: Scene) -> None:
    for platform, role in (("x", "create"), ("facebook", "flip"), ("youtube", "create")):
        stage.sandbox.script("slow", platform=platform, match={"role": role}, when="after", delay=1.0)
    process = command.start(stage)
    assert command.until(lambda: any(stage.sandbox.state.posts(name) for name in verdict.PLATFORMS))
    code, seconds = command.drain(process)
    said = stage.log.read_text()
    assert (code, seconds < 30) == (0, True), said
    # Nothing is in doubt: what was on the wire was waited for, and the rest is still queued.
    with_doubt = [breach for breach in compare(stage).breaches if "(queued)" not in breach.text]
    assert not with_doubt, said


def wait_for(order: list[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(order, cwd=ROOT, capture_output=True, timeout=60, check=False)


def test_the_worker_runs_without_a_nursery(stage: Scene) -> None:
    # -m tests.crash.worker is what a person uses to look at one life.
    order = [sys.executable, "-m", "tests.crash.worker", "--config", str(stage.config), "--reached", str(stage.reached)]
    options = ["--backfill", "2", "--expect", str(ARTICLES * len(CHANNELS))]
    killed = wait_for([*order, *options, "--kill", "WIRE_BODY:1"])
    assert killed.returncode == -signal.SIGKILL
    assert stage.reached.read_text().splitlines()[-1] == "killed WIRE_BODY"
    lived = wait_for([*order, *options, "--mode", "work"])
    assert lived.returncode == 0, lived.stderr.decode()
    assert not compare(stage).breaches


def test_nothing_in_the_product_installs_the_hook() -> None:
    for path in sorted((ROOT / "syndicator").rglob("*.py")):
        if path.name == "boundary.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "syndicator.boundary":
                assert {name.name for name in node.names} <= {"Boundary", "reached"}, path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {name.name for name in node.names}
                assert "syndicator.boundary" not in names, path
                assert not (getattr(node, "module", "") == "syndicator" and "boundary" in names), path


def test_the_harness_sees_what_is_wrong(tmp_path: Path) -> None:
    """A harness that cannot fail proves nothing: take a live post away, add a copy, and it must say so."""
    with scene(tmp_path / "newsroom", database=None) as here:
        here.configure(page="direct", resend=False)
        order = [sys.executable, "-m", "syndicator", "-c", str(here.config), "once", "--backfill", "2"]
        assert wait_for(order).returncode == 0
        assert not compare(here).breaches
        first, second = here.sandbox.state.posts("x")
        here.sandbox.control.remove("x", first.id)
        here.sandbox.control.by_hand("x", second.text)
        here.sandbox.newsroom.publish()
        kinds = sorted(breach.kind for breach in compare(here).breaches)
        assert kinds == ["duplicate", *["loss"] * (1 + len(CHANNELS))]

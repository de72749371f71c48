"""The harness' own parts: what is written down can be read back, aims even out, and nothing of it is in the product."""

import ast
import random
import signal
import subprocess
import sys
from collections import Counter

import pytest

from syndicator.boundary import Boundary
from tests.crash import verdict
from tests.crash.doom import Act, Doom
from tests.crash.nursery import ROOT
from tests.crash.scene import ARTICLES, CHANNELS, Scene
from tests.crash.tally import Tally
from tests.crash.trial import Aims, Trial, draw


def test_every_trial_can_be_written_down_and_had_again() -> None:
    for number in range(300):
        trial = draw(number, 5, Aims(), machines=True)
        again = Trial.parse(str(trial), number=number)
        assert str(again) == str(trial)
        assert [kill for kill in again.kills if isinstance(kill, Doom)] == [
            kill for kill in trial.kills if isinstance(kill, Doom)
        ]


def test_aims_even_out_also_when_some_are_missed() -> None:
    aims, dice = Aims(), random.Random(1)
    unreachable, hard = Boundary.RECORDED, Boundary.LOOKED_UP
    for _ in range(60 * len(Boundary)):
        aim = aims.take(dice)
        hit = aim is not unreachable and (aim is not hard or dice.random() < 0.5)
        aims.hit(Counter({aim.name: 1} if hit else {}), [aim])
    hits = {each: aims.hits[each] for each in Boundary}
    assert hits.pop(unreachable) == 0
    assert hits.pop(hard) >= 30
    assert max(hits.values()) - min(hits.values()) <= 2


def test_a_trial_must_keep_the_promises_own_assumptions() -> None:
    with pytest.raises(AssertionError, match="A2"):
        Trial(lag=0.7)


def test_a_boundary_that_nobody_died_at_is_named() -> None:
    tally = Tally(
        trials=3, kills=2, killed_at=Counter({each.name: 1 for each in Boundary if each is not Boundary.FENCED})
    )
    assert tally.missed() == ["FENCED"]
    assert str(tally) == "trials 3 kills 2 duplicates 0 losses 0 (below 3/3 at 95 %)"


@pytest.mark.parametrize("text", ["FENCED:1", "WIRE_BODY:3/term", "RECORDED:2/twice", "WIRE_HEADERS:1/stop"])
def test_a_doom_can_be_written_down(text: str) -> None:
    assert str(Doom.parse(text)) == text
    assert Doom.parse("FENCED").act is Act.KILL


def wait_for(order: list[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(order, cwd=ROOT, capture_output=True, timeout=180, check=False)


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.xdist_group("crash")
def test_one_life_runs_without_a_nursery(newsroom: Scene) -> None:
    # -m tests.crash.worker is what a person uses to look at one life.
    said = ["--config", str(newsroom.config), "--reached", str(newsroom.reached), "--backfill", "2"]
    order = [sys.executable, "-m", "tests.crash.worker", *said, "--expect", str(ARTICLES * len(CHANNELS))]
    killed = wait_for([*order, "--doom", "WIRE_BODY:1"])
    assert killed.returncode == -signal.SIGKILL
    assert "killed WIRE_BODY" in newsroom.reached.read_text().splitlines()[-3:]
    lived = wait_for([*order, "--mode", "work"])
    assert lived.returncode == 0, lived.stderr.decode()
    assert not verdict.comparison(newsroom).breaches


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

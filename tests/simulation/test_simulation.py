"""The simulation itself: the product keeps its promises in it, it replays exactly, and it sees naive designs break.

Here a taste on every run; ``make simulate SEEDS=200000`` is the meal.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import crowd, scene, stage
from tests.simulation.__main__ import main
from tests.simulation.crowd import some
from tests.simulation.nemeses import NEMESES
from tests.simulation.play import play
from tests.simulation.scene import FORWARD, Outlet, draw
from tests.simulation.twins import TWINS
from tests.simulation.wire import Request
from tests.simulation.world import AssumptionBroken

ROOT = Path(__file__).resolve().parents[2]
MIXED, AIMED, NAIVE = 200, 100, 1500
"""Seeds of each kind in the suite; each submission plays 2,000 mixed ones besides."""


@pytest.mark.parametrize("quarter", range(4))
def test_mixed_stories_break_no_promise(quarter: int) -> None:
    tally = some(range(quarter * MIXED // 4, (quarter + 1) * MIXED // 4))
    assert not tally.worst


@pytest.mark.parametrize("nemesis", NEMESES)
def test_no_aimed_trouble_breaks_a_promise(nemesis: str) -> None:
    tally = some(range(AIMED), nemesis)
    assert not tally.worst
    aimed = tally.counts[f"struck: {nemesis}"] + sum(tally.counts[word] for word in STRIKES.get(nemesis, ()))
    assert aimed >= AIMED // 3, "it has to strike to show anything"


STRIKES = {
    "d25": ("roll-backs",), "clock": ("clock jumps",), "platform clock": ("clock jumps",), "halt": ("halts",),
    "d22": ("roll-backs",), "r15": ("roll-backs",),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", TWINS)
def test_a_naive_design_shows(name: str) -> None:
    naive = TWINS[name]
    for first in range(0, NAIVE, 25):
        if some(range(first, first + 25), naive.nemesis, name).kinds[naive.breaks]:
            return
    pytest.fail(f"{name}: no {naive.breaks} in {NAIVE} seeds: the harness would not see it")


# --- replay ---------------------------------------------------------------------------------------------------------

ASKED = "from tests.simulation.play import play; print(*[play(s, a, tracing=True).digest for s, a in {0}])"


def test_a_seed_gives_the_same_history_in_any_process() -> None:
    seeds = [(3, ""), (17, "d22"), (5, "takeover"), (8, "d25"), (21, ""), (4, "clock")]
    answers = {_digests(seeds, hash_seed) for hash_seed in ("0", "4711")}
    here = " ".join(play(seed, aimed, tracing=True).digest for seed, aimed in reversed(seeds))
    assert answers == {" ".join(reversed(here.split()))}


def _digests(seeds: list[tuple[int, str]], hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASKED.format(seeds)],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_watching_a_story_does_not_change_it() -> None:
    for seed in range(12):
        seen, unseen = play(seed, tracing=True), play(seed)
        assert (seen.states, seen.counts, seen.lasted) == (unseen.states, unseen.counts, unseen.lasted)
        assert seen.history
        assert not unseen.history


def test_the_quick_way_to_the_database_gives_the_same_history() -> None:
    server = stage.server()
    quick = [play(seed, tracing=True).digest for seed in range(25)]
    server.quick = False
    try:
        assert [play(seed, tracing=True).digest for seed in range(25)] == quick
    finally:
        server.quick = True


def test_the_command_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "12", "--jobs", "1"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("seeds 12 posts ")
    assert "duplicates 0 losses 0 false failures 0 stuck 0 laws 0 (below 2.5e-01 a seed at 95 %)" in said
    assert main(["--seeds", "25", "--jobs", "1", "--twin", "post, then record"]) == 1
    said = capsys.readouterr().out
    assert "python -m tests.simulation --seed " in said
    assert said.splitlines()[-1].endswith("(broken)")


# --- the harness keeps its own assumptions --------------------------------------------------------------------------


def test_what_a_platform_does_fits_into_the_settle_window() -> None:
    for seed in range(500):
        for outlet in draw(seed).outlets:
            outlet.check()
    with pytest.raises(ValueError, match="without a fence"):
        Outlet(name="x", kind="x", resend=True, wild=True).check()


def test_a_platform_that_is_later_than_assumed_is_a_mistake_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "QUEUE", scene.QUEUE + 3600)
    with pytest.raises(ValueError, match="too short"):
        _ = [outlet.check() for seed in range(50) for outlet in draw(seed).outlets]


def test_a_late_request_is_not_counted_but_raised() -> None:
    made = stage.Stage(next(draw(seed) for seed in range(100) if not draw(seed).outlets[0].wild))
    try:
        site = next(iter(made.world.remotes.values()))
        with pytest.raises(AssumptionBroken, match="A1"):
            site.apply(Request(method="POST", path="p/feed", fields={"text": "https://"}), "m", at=1e6)
    finally:
        made.close()


def test_a_mistake_of_the_harness_ends_the_run_and_names_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(seed: int, aimed: str) -> None:
        raise AssumptionBroken("A2")

    monkeypatch.setattr(crowd, "play", broken)
    with pytest.raises(RuntimeError, match="failed at seed 7 mixed"):
        some([7])


def test_a_platform_clock_has_less_room_than_the_window_has_to_spare() -> None:
    assert 0 < FORWARD < 90

"""SIGTERM in every state, once and twice; no files, no memory: it drains, or it is as safe as a crash (D34)."""

import signal
import time

import pytest

from syndicator.boundary import Boundary
from tests.crash import command, verdict
from tests.crash.doom import Act, Doom
from tests.crash.harness import DRAIN, Place, run_all
from tests.crash.scene import ARTICLES, CHANNELS, Scene
from tests.crash.trial import FILES, LOOK_UPS, MEMORY, Trial

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]


def asked(number: int, boundary: Boundary, act: Act) -> Trial:
    return Trial(
        number=number,
        kills=(Doom(boundary=boundary, act=act),),
        page=("direct", "two_phase")[number % 2],
        lost=("before", "after")[number % 2] if boundary in LOOK_UPS else "",
        articles=2,
    )


@pytest.mark.parametrize("act", [Act.TERM, pytest.param(Act.TWICE, marks=pytest.mark.slow)])
def test_asked_to_end_at_every_boundary(sqlite_place: Place, act: Act) -> None:
    tally = run_all([asked(number, boundary, act) for number, boundary in enumerate(Boundary)], sqlite_place)
    report = "\n".join(["", *map(str, tally.bad), tally.table()])
    assert not tally.breaches, report
    assert not [each.name for each in Boundary if not tally.asked_at[each.name]], report


@pytest.mark.slow
@pytest.mark.parametrize(
    "shortage", [f"files={n}" for n in FILES] + [f"memory={n}" for n in MEMORY], ids=lambda told: told.replace("=", "-")
)
def test_without_files_or_memory(sqlite_place: Place, shortage: str) -> None:
    tally = run_all([Trial.parse(f"WIRE_BODY:1 direct strict daemon {shortage}")], sqlite_place)
    assert not tally.breaches, "\n".join(map(str, tally.bad))


def slow(newsroom: Scene, seconds: float) -> None:
    for platform, role in (("x", "create"), ("facebook", "flip"), ("youtube", "create")):
        newsroom.sandbox.script("slow", platform=platform, match={"role": role}, when="after", delay=seconds)


def live(newsroom: Scene) -> int:
    return sum(len(newsroom.sandbox.state.posts(name)) for name in verdict.PLATFORMS)


def test_what_is_open_is_finished(newsroom: Scene) -> None:
    slow(newsroom, 1.0)
    process = command.start(newsroom)
    assert command.until(lambda: live(newsroom) > 0)
    code, seconds = command.drain(process)
    said = newsroom.log.read_text()
    assert (code, seconds < DRAIN) == (0, True), said
    # Nothing is in doubt: what was on the wire was waited for, and the rest is still queued.
    breaches = verdict.comparison(newsroom).breaches
    assert not [breach for breach in breaches if "(queued)" not in breach.text], said


@pytest.mark.slow
def test_a_platform_that_does_not_answer_holds_nobody_up(newsroom: Scene) -> None:
    slow(newsroom, 50.0)
    process = command.start(newsroom)
    assert command.until(lambda: live(newsroom) > 0)
    code, seconds = command.drain(process)
    said = newsroom.log.read_text()
    print(f"SIGTERM with a slow platform: {seconds:.1f} s")  # noqa: T201
    assert (code, seconds < DRAIN) == (128 + signal.SIGTERM, True), said
    newsroom.sandbox.control.clear_faults()
    process = command.start(newsroom)
    assert command.until(command.settled(newsroom, len(CHANNELS) * ARTICLES)), newsroom.log.read_text()
    assert command.drain(process)[0] == 0
    assert not verdict.comparison(newsroom).breaches


def test_a_second_request_ends_it_at_once(newsroom: Scene) -> None:
    slow(newsroom, 50.0)
    process = command.start(newsroom)
    assert command.until(lambda: live(newsroom) > 0)
    process.send_signal(signal.SIGTERM)
    assert command.until(lambda: "finishing what is open" in newsroom.log.read_text())
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(command.PATIENCE) == 128 + signal.SIGTERM
    assert time.monotonic() - began < DRAIN / 2

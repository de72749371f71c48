"""PostgreSQL is restarted or fails over under running machines (S11, D22, D26): they stay up, come back by themselves,
and send each article once.

`python -m tests.failover daemon|fleet` does it for longer.
"""

from pathlib import Path

import pytest

from tests.crash.scene import CHANNELS, scene
from tests.failover import rough, scenario
from tests.failover.cluster import Template, cluster
from tests.failover.machine import wait_for
from tests.failover.rough import Day, Evening, Newsroom


def check(evening: Evening, articles: int) -> None:
    assert not evening.breaches, f"{evening}\n{evening.said}"
    assert evening.states == {"published": (1 + articles) * len(CHANNELS)}, f"{evening}\n{evening.said}"
    assert evening.live == (1 + articles) * len(CHANNELS)
    assert "Traceback" not in evening.said, evening.said


@pytest.mark.slow
def test_a_fleet_lives_through_restarts_a_kill_and_a_sleep(template: Template, tmp_path: Path) -> None:
    day = Day(nodes=2, articles=4, restarts=2, kills=1, sleeps=1, pause=0.8, seed=3)
    check(rough.live_through(day, template=template, folder=tmp_path / "n"), 4)


@pytest.mark.slow
def test_a_daemon_lives_through_restarts_and_a_fail_over(template: Template, tmp_path: Path) -> None:
    """Nobody touches it: it finds its database again, then the new primary, notices what is lost, and looks."""
    with cluster(template) as pair, scene(tmp_path / "n", database=lambda: pair.url, articles=1) as here:
        room = Newsroom(here, pair.primary, 1)
        try:
            room.running = [room.start(0)]
            wait_for(lambda: room.is_settled(1), "the first article")
            for mode in ("fast", "immediate"):
                here.sandbox.newsroom.publish()
                pair.primary.restart(mode)
            wait_for(lambda: room.is_settled(3), "two articles among restarts")
            pair.hold()
            here.sandbox.newsroom.publish()
            wait_for(lambda: room.is_settled(4), "the article that will be lost")
            pair.fail_over()
            room.server = pair.standby
            assert not room.is_settled(4), "nothing was lost: this shows nothing"
            wait_for(lambda: room.is_settled(4), "the lost article to be found again")
            # The first news after it is looked up before it is sent, whatever its date says; what follows just goes.
            for articles in (5, 6):
                here.sandbox.newsroom.publish()
                wait_for(lambda n=articles: room.is_settled(n), "an article of the time after")
            with scenario.node(here.configure()) as parts:
                ending = scenario.conclude(here, pair, parts, seconds=0)
            said = here.log.read_text()
            assert not ending.breaches, f"{ending}\n{said}"
            assert sum(ending.states.values()) == 6 * len(CHANNELS)
            assert ending.live == ending.states["published"] >= 5 * len(CHANNELS), f"{ending}\n{said}"
            assert said.count("the post log lost commits") == 1, said
            assert "Traceback" not in said, said
        finally:
            room.end()

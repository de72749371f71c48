"""PostgreSQL fails over and loses the last commits (R14, R15, D22): each post is live once, none is lost silently."""

import threading
import time
from pathlib import Path

import pytest

from syndicator.service.deliver import deliver_channel
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.reconcile import reconcile
from tests.crash.scene import CHANNELS, scene
from tests.failover import scenario
from tests.failover.cluster import Template, cluster
from tests.failover.scenario import Journal, Lost, Story

STORIES = [
    Story(lost=Lost.ARTICLE, journal=Journal.ELSEWHERE),
    Story(lost=Lost.PLAN, journal=Journal.GONE, page="two_phase"),
    Story(lost=Lost.CLAIM, journal=Journal.KEPT),
    Story(lost=Lost.FENCE, journal=Journal.GONE),
    Story(lost=Lost.RECEIPT, journal=Journal.ELSEWHERE, page="two_phase"),
    Story(lost=Lost.FENCE, sent=False, resend=True),
]
"""`python -m tests.failover stories` tells all of them."""


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_d22_the_last_commits_are_lost(story: Story, template: Template, tmp_path: Path) -> None:
    ending = scenario.play(story, template=template, folder=tmp_path / "newsroom")
    assert not ending.breaches, ending
    assert len(ending.alarms) == 1, ending
    if story.sent or story.resend:
        assert ending.states == {"published": 2 * len(CHANNELS)}, ending
        assert ending.live == 2 * len(CHANNELS)


def test_an_answer_comes_after_the_fail_over(template: Template, tmp_path: Path) -> None:
    """A worker of the old primary waits for X while everything happens; another machine is faster to notice."""
    with cluster(template) as pair, scene(tmp_path / "n", database=lambda: pair.url, articles=1) as here:
        first, second = here.configure(), here.configure(host="second")
        with scenario.node(first) as old, scenario.node(second) as new:
            poll(old, backfill=scenario.BACKFILL)
            pair.hold()  # even the planning is lost
            plan(old)
            here.sandbox.control.fault("slow", platform="x", match={"role": "create"}, when="after", delay=2.5)
            worker = threading.Thread(target=deliver_channel, args=(old, old.channels["x"]))
            worker.start()
            while not here.sandbox.state.posts("x"):
                time.sleep(0.02)
            pair.fail_over()
            scenario.settle(new, expect=len(CHANNELS))
            worker.join(30)
            assert not worker.is_alive()
            scenario.settle(old, expect=len(CHANNELS))
            ending = scenario.conclude(here, pair, new, seconds=0)
            assert not ending.breaches, ending
            # The late answer is recorded; what the worker had not come to is looked for in vain, and a person is asked.
            assert ending.states == {"published": 1, "attention": len(CHANNELS) - 1}
            assert ending.live == 1
            assert len(ending.alarms) == 1
            assert scenario.noticed(pair)


def test_two_machines_notice_at_once_and_one_comes_back_late(template: Template, tmp_path: Path) -> None:
    """The quarantine is one transaction, done once; the journal of the machine that returns changes nothing."""
    with cluster(template) as pair, scene(tmp_path / "n", database=lambda: pair.url, articles=1) as here:
        configs = [here.configure(), here.configure(host="second"), here.configure(host="third")]
        with scenario.node(configs[0]) as old:
            pair.hold()
            poll(old, backfill=scenario.BACKFILL), plan(old)
            for channel in old.channels.values():
                deliver_channel(old, channel)
        pair.fail_over()
        with scenario.node(configs[1]) as second, scenario.node(configs[2]) as third:
            threads = [
                threading.Thread(target=scenario.settle, args=(parts,), kwargs={"expect": len(CHANNELS)})
                for parts in (second, third)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            told = scenario.told(second) + scenario.told(third)
            assert [notice.key for notice in told].count("rolled back") == 1
        with scenario.node(configs[0]) as late:
            reconcile(late)
            scenario.settle(late, expect=len(CHANNELS))
            ending = scenario.conclude(here, pair, late, seconds=0)
        assert not ending.breaches, ending
        assert ending.states == {"published": len(CHANNELS)}
        assert not ending.alarms, "nothing new was lost"


def test_a_switch_over_that_loses_nothing_is_harmless(template: Template, tmp_path: Path) -> None:
    with cluster(template) as pair, scene(tmp_path / "n", database=lambda: pair.url, articles=1) as here:
        with scenario.node(here.configure()) as parts:
            poll(parts, backfill=scenario.BACKFILL), plan(parts)
            deliver_channel(parts, parts.channels["x"])
            pair.primary.stop()  # the standby has everything
            pair.standby.promote()
            scenario.settle(parts, expect=len(CHANNELS))
            ending = scenario.conclude(here, pair, parts, seconds=0)
            published = ending.states["published"]
        assert not ending.breaches, ending
        # Under STRICT what was still queued is not sent without a person: it might have been. Nothing is lost.
        assert (published, ending.states["attention"]) == (1, 2), ending


def test_d39_check_says_what_asynchronous_replication_cannot_promise(template: Template, tmp_path: Path) -> None:
    from syndicator import settings, wiring

    with cluster(template) as pair, scene(tmp_path / "n", database=lambda: pair.url, articles=1) as here:
        loaded = settings.load(here.configure(), spec_of=wiring.spec_of, env={})
        (said,) = wiring.store_risks(loaded)
        assert "asynchronously" in said
        assert "both may send" in said
        pair.primary.run("CREATE ROLE newsroom LOGIN")  # no rights: it sees that there is a standby all the same
        (again,) = wiring.store_risks(settings.load(_as(here.config, "newsroom"), spec_of=wiring.spec_of, env={}))
        assert again == said
        pair.primary.configure(synchronous_standby_names="standby1")
        assert wiring.store_risks(loaded) == ()
        pair.primary.kill()
        (unknown,) = wiring.store_risks(loaded)
        assert "could not be asked" in unknown


def _as(config: Path, role: str) -> Path:
    other = config.with_name(f"{role}.toml")
    other.write_text(config.read_text().replace("postgresql://postgres@", f"postgresql://{role}@"))
    return other

"""An archive that comes out anew: nothing of it is posted, one alarm, and an editor releases or drops it."""

import pytest

from tests.e2e.project import Project

FLOOD = 8


@pytest.fixture
def flooded(project: Project) -> Project:
    """A first reading, then more new articles at once than the newsroom believes."""
    project.edit(("flood_limit = 100", "flood_limit = 5"))
    project.run("once")
    for n in range(FLOOD):
        project.sandbox.newsroom.publish(title=f"From the archive, part {n}", tags=("Politics",))
    report = project.run("once", "--json", expect=1).json
    assert (report["sources"]["held"], report["held"], report["posts"]) == (FLOOD, FLOOD, [])
    return project


def test_f08_a_flood_is_held_shown_and_released(flooded: Project) -> None:
    said = flooded.run("log")
    assert (
        "eutoday: 8 new articles at once; at most 5 are plausible, held: syndicator approve --source eutoday"
        in said.err
    )
    (batch,) = flooded.run("log", "--json").json["batches"]
    assert (batch["guard"], batch["size"], batch["decision"]) == ("flood", FLOOD, None)
    looked = flooded.run("approve", "--source", "eutoday", "--json", expect=1).json
    assert (looked["decision"], len(looked["articles"])) == (None, FLOOD)
    assert looked["posts"] == {"x": FLOOD, "facebook": FLOOD}
    asked = flooded.run("approve", "--source", "eutoday", expect=2)
    assert "posts if released: 8 on facebook, 8 on x" in asked.out
    assert "nobody is there to confirm it; add --yes" in asked.err
    assert flooded.live("x") == []
    assert "released 8" in flooded.run("approve", "--source", "eutoday", "--yes").out
    flooded.run("once")
    assert (len(flooded.live("x")), len(flooded.live("facebook"))) == (FLOOD, FLOOD)
    assert flooded.run("log", "--json").json["batches"] == []
    assert "nothing of source eutoday is held" in flooded.run("approve", "--source", "eutoday", "--yes", expect=2).err


def test_f08_a_flood_is_dropped_and_ordinary_news_goes_on(flooded: Project) -> None:
    flooded.sandbox.newsroom.publish(title="Fresh from the press", tags=("Politics",))
    flooded.run("once", expect=1)
    assert len(flooded.live("x")) == 1
    dropped = flooded.run("drop", "--source", "eutoday", "--yes", "--json").json
    assert (dropped["decision"], len(dropped["articles"])) == ("dropped", FLOOD)
    flooded.run("once")
    assert len(flooded.live("x")) == 1


def test_posts_and_a_source_are_not_decided_in_one_call(flooded: Project) -> None:
    for command in ("approve", "drop"):
        assert "name posts, or a source" in flooded.run(command, expect=2).err
        assert "name posts, or a source" in flooded.run(command, "abc", "--source", "eutoday", expect=2).err

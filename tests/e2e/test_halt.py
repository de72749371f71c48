"""`syndicator halt` while a daemon in another process is posting: within a second nothing goes out any more."""

import time

from tests.e2e.project import Project
from tests.e2e.test_daemon import begin, stop, wait_for


def test_halt_stops_a_running_daemon_within_a_second_and_resume_loses_nothing(project: Project) -> None:
    project.run("once")
    daemon = begin(project)
    written = 15
    for platform in ("x", "facebook"):
        project.sandbox.control.fault("slow", platform=platform, match={"role": "create"}, delay=0.3, times=1000)
    for number in range(written):
        project.sandbox.newsroom.publish(title=f"Story number {number} of the day", tags=("Politics",))
    wait_for(lambda: len(project.live("x")) >= 3, "the first posts")
    project.run("halt", "the wrong story")
    thrown = time.monotonic()
    time.sleep(1)
    then = [len(project.live(platform)) for platform in ("x", "facebook")]
    assert then[0] < written, "it was over before it could be stopped: the test shows nothing"
    while time.monotonic() - thrown < 4:
        assert [len(project.live(platform)) for platform in ("x", "facebook")] == then
        time.sleep(0.1)
    report = project.run("once", "--json", expect=None).json
    assert "the wrong story" in report["halted"]
    assert [len(project.live(platform)) for platform in ("x", "facebook")] == then
    assert project.run("resume", "--json").json == {"halted": False, "was_halted": True}
    wait_for(lambda: [len(project.live(name)) for name in ("x", "facebook")] == [written, written], "the rest")
    stop(daemon)
    assert {row["state"] for row in project.run("log", "--json", "--limit", "500").json["posts"]} == {"published"}


def test_halt_works_when_the_database_does_not(project: Project) -> None:
    project.run("once")
    log = project.folder / "state" / "syndicator.db"
    log.rename(log.with_name("elsewhere.db"))
    answer = project.run("halt", expect=3)
    assert "this machine is halted by" in answer.err
    assert "other machines are not" in answer.err
    log.with_name("elsewhere.db").rename(log)
    assert "halted by" in project.run("once", expect=None).err
    assert "sending goes on" in project.run("resume").out

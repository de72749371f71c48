"""The daemon against the sandbox while the newsroom writes: each article once per channel, whatever stops it."""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing

from tests.e2e.project import Process, Project

PATIENCE = 60.0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.1)


def begin(project: Project, *args: str) -> Process:
    """Start the daemon and wait until it says so: from then on it listens to signals."""
    daemon = project.start("run", *args)
    assert daemon.stderr is not None
    said = []
    for line in daemon.stderr:
        said.append(line)
        if "started" in line:
            return daemon
    raise AssertionError(f"the daemon did not start: {said}")


def stop(daemon: Process) -> tuple[float, str]:
    """Send SIGTERM; give the seconds until it ended well, and its log."""
    started = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    _, err = daemon.communicate(timeout=30)
    assert daemon.returncode == 0, err
    return time.monotonic() - started, err


def live(project: Project) -> Counter[str]:
    """Count the live posts per platform and article."""
    found: Counter[str] = Counter()
    for platform in ("x", "facebook"):
        for post in project.sandbox.state.posts(platform):
            found[f"{platform} {(post.link or post.text).split('?')[0].splitlines()[-1]}"] += 1
    return found


def test_a_growing_feed_sigterm_and_restart(project: Project) -> None:
    project.fresh = True  # the daemon as systemd starts it
    daemon = begin(project)
    wait_for((project.folder / "state" / "syndicator.db").exists, "the post log")
    wait_for(lambda: _baselined(project), "the baseline")
    written = 0
    for life in range(3):
        for _ in range(2):
            project.sandbox.newsroom.publish(title=f"Story number {written} of the day", tags=("Politics",))
            written += 1
        wait_for(lambda n=written: len(project.live("x")) >= n - 1, f"posts of life {life}")  # type: ignore[misc]
        seconds, err = stop(daemon)
        assert seconds < 30
        assert "stopped" in err
        daemon = begin(project)
    wait_for(lambda: (len(project.live("x")), len(project.live("facebook"))) == (written, written), "all posts")
    stop(daemon)
    assert set(live(project).values()) == {1}
    assert len(live(project)) == 2 * written
    rows = project.run("log", "--json").json["posts"]
    assert {row["state"] for row in rows} == {"published"}
    assert len(rows) == 2 * written


def _baselined(project: Project) -> bool:
    """Say whether the daemon has read its source once."""
    with closing(sqlite3.connect(project.folder / "state" / "syndicator.db")) as log:
        try:
            return log.execute("SELECT count(*) FROM sources WHERE baseline_at IS NOT NULL").fetchone() == (1,)
        except sqlite3.OperationalError:
            return False  # its tables are being made


def test_two_daemons_on_one_log_post_once(project: Project) -> None:
    project.run("once")
    both = [begin(project), begin(project)]
    for number in range(4):
        project.sandbox.newsroom.publish(title=f"Shared story {number}", tags=("Politics",))
    wait_for(lambda: len(project.live("x")) >= 4 and len(project.live("facebook")) >= 4, "the posts")
    time.sleep(2)
    for daemon in both:
        stop(daemon)
    assert set(live(project).values()) == {1}
    assert set(project.sandbox.control.bodies().values()) == {1}


def test_a_dry_run_of_the_daemon_touches_nothing(project: Project) -> None:
    project.run("once")
    project.sandbox.newsroom.publish(title="Only a rehearsal", tags=("Politics",))
    daemon = begin(project, "--dry-run")
    assert daemon.stderr is not None
    published = next(line for line in daemon.stderr if "published" in line)
    assert published
    stop(daemon)
    assert project.live("x") == []
    assert project.run("log", "--json").json["posts"] == []

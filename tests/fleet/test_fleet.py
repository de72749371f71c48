"""Several machines on one post log: each article once per channel, whatever becomes of machines and of jobs.

R19, R20, D14, D26. The sandbox is real, the machines are real processes, PostgreSQL is real.
"""

import signal
import time

import pytest

from syndicator.fleet import jobs
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from tests.fleet.conftest import Machine, Newsroom, wait_for

pytestmark = pytest.mark.postgres


def nodes(newsroom: Newsroom) -> set[str]:
    return {node for (node,) in newsroom.sql("SELECT node FROM attempts")}


def senders(newsroom: Newsroom) -> dict[str, Machine]:
    """Give the machine that is at work on each channel, as far as one is."""
    found = newsroom.sql("SELECT channel, node FROM attempts WHERE result = 'open'")
    machines = {machine.process.pid: machine for machine in newsroom.machines}
    return {channel: machines[int(node.rpartition("/")[2])] for channel, node in found}


def catch_in_the_act(newsroom: Newsroom, title: str) -> Machine:
    """Publish an article and give the machine that waits for X's late answer to it; the post is live already."""
    newsroom.project.sandbox.control.fault("slow", platform="x", match={"role": "create"}, when="after", delay=1.5)
    before = newsroom.live()
    newsroom.publish(title)
    wait_for(lambda: len(newsroom.live()) == len(before) + 2 and [*senders(newsroom)] == ["x"], "X's answer to be late")
    return senders(newsroom)["x"]


def test_a_growing_feed_on_two_machines(newsroom: Newsroom) -> None:
    both = newsroom.start(2)
    written = 0
    while written < 6 or (len(nodes(newsroom)) < 2 and written < 30):
        newsroom.publish(f"Story number {written} of the day")
        written += 1
        time.sleep(0.3)
    wait_for(lambda: newsroom.all_out(written), "all posts")
    assert len(nodes(newsroom)) == 2, "one machine did all the work"
    newsroom.assert_each_once(written)

    # SIGTERM finishes what is open.
    stopped = catch_in_the_act(newsroom, "SIGTERM while X is thinking")
    stopped.stop()
    assert newsroom.states() == {"published": 2 * written + 2}
    assert newsroom.sql("SELECT count(*) FROM events WHERE to_state = 'unknown'") == [(0,)]
    # A second one does not wait.
    (other,) = set(both) - {stopped}
    assert catch_in_the_act(newsroom, "SIGTERM twice") is other
    other.process.send_signal(signal.SIGTERM)
    wait_for(lambda: "stopping" in other.said, "the first one to be heard")
    other.process.send_signal(signal.SIGTERM)
    assert other.process.wait(timeout=1) == 128 + signal.SIGTERM
    assert newsroom.states() == {"published": 2 * written + 3, "sending": 1}


@pytest.mark.slow
def test_a_killed_machine_and_a_sleeping_one(newsroom: Newsroom) -> None:
    newsroom.start(3)
    killed = catch_in_the_act(newsroom, "The machine dies before it has the answer")
    killed.process.kill()  # and not waited for: its number still stands, so only its lease lets others recover (R20)
    for number in range(2):
        newsroom.publish(f"Life goes on {number}")
    wait_for(lambda: newsroom.all_out(3), "the rest to be done by the other machine")
    asleep = catch_in_the_act(newsroom, "The machine sleeps through the answer")
    asleep.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: newsroom.all_out(4), "the lease to run out and the post to be found")
    asleep.process.send_signal(signal.SIGCONT)  # it awakes with an answer to an attempt that is no longer its own
    newsroom.publish("Everybody is awake")
    wait_for(lambda: newsroom.all_out(5), "the last article")
    for machine in newsroom.machines:
        if machine is not killed:
            machine.stop()
    newsroom.assert_each_once(5)


@pytest.mark.slow
def test_all_jobs_lost_and_the_queue_with_them(newsroom: Newsroom) -> None:
    both = newsroom.start(2)
    until = time.monotonic() + 2
    written = 0
    while time.monotonic() < until:
        if written < 3:
            newsroom.publish(f"Nobody hears of it {written}")
            written += 1
        newsroom.sql("DELETE FROM procrastinate_jobs")
        time.sleep(0.02)
    # Stuck for ever, as a killed worker leaves them: they must not keep the alarm from ringing.
    newsroom.sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status)"
        " SELECT 'write', 'deliver', 'deliver ' || name, json_build_object('name', name), 'doing'"
        " FROM unnest(ARRAY['x', 'facebook']) name"
    )
    newsroom.publish("Behind stuck jobs")
    wait_for(lambda: newsroom.all_out(4), "the sweeps to ring again")
    newsroom.sql("DROP SCHEMA syndicator_jobs CASCADE")
    newsroom.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    newsroom.publish("After the queue was dropped and every connection cut")
    wait_for(lambda: newsroom.all_out(5), "the queue to be made anew")
    for machine in both:
        machine.stop()
    newsroom.assert_each_once(5)


def test_jobs_run_ten_times_and_in_any_order_send_once(newsroom: Newsroom) -> None:
    newsroom.publish("Ten alarms for one post")
    with newsroom.parts() as parts:
        jobs.prepare(parts.store)
        poll(parts, force=True), plan(parts)
    assert newsroom.states() == {"queued": 2}
    newsroom.sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
        " SELECT CASE verb WHEN 'poll' THEN 'read' WHEN 'plan' THEN 'read' ELSE 'write' END, verb,"
        " json_build_object('name', name) FROM (VALUES ('reconcile', ''), ('deliver', 'x'), ('deliver', 'facebook'),"
        " ('poll', 'eutoday'), ('plan', ''), ('deliver', 'no such channel')) job(verb, name), generate_series(1, 10)"
        " ORDER BY random()"
    )
    both = newsroom.start(2)
    wait_for(lambda: newsroom.sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)], "all 60 jobs")
    wait_for(lambda: newsroom.all_out(1), "the posts")
    for machine in both:
        machine.stop()
    newsroom.assert_each_once(1)
    assert sorted(newsroom.sql("SELECT channel, attempts FROM posts")) == [("facebook", 1), ("x", 1)]

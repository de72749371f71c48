"""Several machines on one post log: each article once per channel, whatever becomes of machines and of jobs.

R19, R20, D14, D26. The sandbox is real, the machines are real processes, PostgreSQL is real.
"""

import signal
import time

import pytest

from tests.fleet.conftest import SWEEP, Machine, Newsroom, wait_for

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
    newsroom.project.sandbox.control.fault("slow", platform="x", match={"role": "create"}, when="after", delay=3)
    before = newsroom.live()
    newsroom.publish(title)
    wait_for(lambda: len(newsroom.live()) == len(before) + 2 and [*senders(newsroom)] == ["x"], "X's answer to be late")
    return senders(newsroom)["x"]


def test_a_growing_feed_on_two_machines(newsroom: Newsroom) -> None:
    both = [newsroom.machine(), newsroom.machine()]
    written = 0
    while written < 6 or (len(nodes(newsroom)) < 2 and written < 30):
        newsroom.publish(f"Story number {written} of the day")
        written += 1
        time.sleep(0.3)
    wait_for(lambda: newsroom.all_out(written), "all posts")
    assert len(nodes(newsroom)) == 2, "one machine did all the work"
    assert max(machine.stop() for machine in both) < 10
    newsroom.assert_each_once(written)
    assert newsroom.sql("SELECT count(*) FROM syndicator_jobs.procrastinate_workers") == [(0,)]


def test_a_killed_machine_and_a_sleeping_one(newsroom: Newsroom) -> None:
    newsroom.machine(), newsroom.machine()
    killed = catch_in_the_act(newsroom, "The machine dies before it has the answer")
    killed.process.kill()  # and not waited for: its number still stands, so only its lease lets others recover (R20)
    for number in range(2):
        newsroom.publish(f"Life goes on {number}")
    seconds = wait_for(lambda: newsroom.all_out(3), "the rest to be done by the other machine")
    print(f"all out {seconds:.1f} s after kill -9 under a lease of 4 s")
    newsroom.machine()
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


def test_all_jobs_lost_and_the_queue_with_them(newsroom: Newsroom) -> None:
    both = [newsroom.machine(), newsroom.machine()]
    until = time.monotonic() + 3
    written = 0
    while time.monotonic() < until:
        if written < 3:
            newsroom.publish(f"Nobody hears of it {written}")
            written += 1
        newsroom.sql("DELETE FROM syndicator_jobs.procrastinate_jobs")
        time.sleep(0.02)
    # Stuck for ever, as a killed worker leaves them: they must not keep the alarm from ringing.
    newsroom.sql(
        "INSERT INTO syndicator_jobs.procrastinate_jobs (queue_name, task_name, queueing_lock, args, status)"
        " SELECT 'write', 'deliver', 'deliver ' || name, json_build_object('name', name), 'doing'"
        " FROM unnest(ARRAY['x', 'facebook']) name"
    )
    newsroom.publish("Behind stuck jobs")
    seconds = wait_for(lambda: newsroom.all_out(4), "all posts")
    print(f"all out {seconds:.1f} s after the last job was deleted, sweeps every {SWEEP} s")
    assert seconds < 60
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
    newsroom.machine().stop()  # made the tables
    newsroom.project.run("pause", "x"), newsroom.project.run("pause", "facebook")
    newsroom.publish("Ten alarms for one post")
    newsroom.project.run("once")
    newsroom.project.run("resume", "x"), newsroom.project.run("resume", "facebook")
    assert newsroom.states() == {"queued": 2}
    newsroom.sql(
        "INSERT INTO syndicator_jobs.procrastinate_jobs (queue_name, task_name, args)"
        " SELECT CASE verb WHEN 'poll' THEN 'read' WHEN 'plan' THEN 'read' ELSE 'write' END, verb,"
        " json_build_object('name', name) FROM (VALUES ('reconcile', ''), ('deliver', 'x'), ('deliver', 'facebook'),"
        " ('poll', 'eutoday'), ('plan', ''), ('deliver', 'no such channel')) job(verb, name), generate_series(1, 10)"
        " ORDER BY random()"
    )
    both = [newsroom.machine(), newsroom.machine()]
    wait_for(lambda: newsroom.sql("SELECT count(*) FROM syndicator_jobs.procrastinate_jobs") == [(0,)], "all 60 jobs")
    wait_for(lambda: newsroom.all_out(1), "the posts")
    for machine in both:
        machine.stop()
    newsroom.assert_each_once(1)
    assert sorted(newsroom.sql("SELECT channel, attempts FROM posts")) == [("facebook", 1), ("x", 1)]

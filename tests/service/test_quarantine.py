"""Lost commits (R14, R15): put back what the journal knows, look up the rest, send nothing twice and lose nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import AfterUnknown, State, Windows
from syndicator.service import admin
from syndicator.service.deliver import deliver
from syndicator.service.quarantine import ensure, mend, recheck
from syndicator.service.reconcile import reconcile
from syndicator.store import posts, trust
from syndicator.store.engine import RolledBack
from tests import values
from tests.service.bench import Bench
from tests.service.rolled import Rolled, another, markers, resending, states
from tests.service.test_reconcile import claim, doubt, run_for

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SHORT = Windows(settle=5 * MINUTE, look_ups=(timedelta(0), MINUTE))


@pytest.fixture
def rolled(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path)


def known(bench: Bench) -> trust.Trust:
    with bench.parts.store.read() as conn:
        return trust.get(conn)


def alarms(bench: Bench) -> list[str]:
    return [notice.subject for notice in bench.told.notices]


def test_r15_what_the_log_lost_is_put_back_with_its_receipt(rolled: Rolled) -> None:
    """Article, post, attempt and receipt are younger than the backup: no look-up is needed to know them."""
    copy = rolled.keep()
    post = rolled.bench.queue()
    deliver(rolled.bench.parts)
    sent = rolled.bench.row(post)
    bench = rolled.back(copy)
    with bench.parts.store.read() as conn:
        assert posts.get(conn, post.id) is None
    ensure(bench.parts)
    found = bench.row(post)
    assert (found.state, found.remote_id, found.payload_sha256) == (
        State.PUBLISHED,
        sent.remote_id,
        sent.payload_sha256,
    )
    assert bench.results(post) == ["published"]
    assert alarms(bench) == ["the post log lost commits"]
    assert known(bench).rolled_back_at == bench.clock.now()
    run_for(bench, HOUR)
    assert markers(bench) == [post.id]


def test_r15_what_has_no_receipt_is_looked_up_before_anything_is_sent(rolled: Rolled) -> None:
    copy = rolled.keep()
    live = rolled.bench.queue(n=1)
    rolled.bench.x.publishing.extend(["lost", "gone"])
    deliver(rolled.bench.parts)
    rolled.bench.x.hidden = True
    reconcile(rolled.bench.parts)  # it was looked for once, so the next one may go
    gone = rolled.bench.queue(n=2)
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    ensure(bench.parts)
    assert states(bench, live, gone) == ["unknown", "unknown"]
    run_for(bench, 2 * HOUR, 5 * MINUTE)
    assert states(bench, live, gone) == ["published", "attention"]
    assert (markers(bench), len(bench.x.bodies)) == ([live.id], 2)


@pytest.mark.parametrize("journal", [True, False])
def test_r15_posts_of_the_backup_that_went_out_since_are_adopted(rolled: Rolled, journal: bool) -> None:
    """The backup's queue was sent in the lost time; on a new machine ``restore`` says so. Nobody kept their requests:
    they are composed again, and the marker finds what is live.
    """
    group = [rolled.bench.queue(n=n) for n in (1, 2, 3)]
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    assert len(rolled.bench.x.live) == 3
    bench = rolled.back(copy, journal=journal)
    if not journal:
        assert all(bench.row(post).payload is None for post in group)
        with bench.parts.store.write() as conn:
            mend(bench.parts.store, conn, (), at=bench.clock.now(), node="bench/1", why="restored")
    run_for(bench, HOUR, 5 * MINUTE)
    assert states(bench, *group) == ["published"] * 3
    assert len(bench.x.bodies) == 3


def test_r15_a_restored_backup_sends_nothing_again(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    deliver(bench.parts)
    assert states(bench, post) == ["published"]  # its receipt was in the journal
    assert len(bench.x.bodies) == 1


def test_r15_a_restored_backup_does_not_call_a_live_post_skipped(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    copy = rolled.keep()
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    bench.clock.tick(timedelta(days=1))
    reconcile(bench.parts)
    assert states(bench, post) == ["published"]


def test_r15_under_resend_absence_is_answered_once_and_only_after_the_window(tmp_path: Path) -> None:
    rolled = Rolled(tmp_path, channels=(replace(resending(), windows=SHORT),))
    post = rolled.bench.queue()
    copy = rolled.keep()
    rolled.bench.x.publishing.append("gone")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    run_for(bench, 4 * MINUTE)
    assert states(bench, post) == ["unknown"]
    bench.x.publishing.append("gone")
    run_for(bench, 3 * MINUTE)
    assert len(bench.x.bodies) == 2
    run_for(bench, HOUR, 5 * MINUTE)
    assert (states(bench, post), len(bench.x.bodies)) == (["attention"], 2)


@pytest.mark.parametrize("state", [State.HELD, State.ATTENTION, State.REJECTED])
def test_r15_what_waited_for_a_person_is_never_sent_without_one(tmp_path: Path, state: State) -> None:
    rolled = Rolled(tmp_path, channels=(replace(resending(), windows=SHORT),))
    other = rolled.bench.queue(n=9)
    post = rolled.bench.queue(n=1, state=state, attempts=1)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    run_for(bench, HOUR, MINUTE)
    assert states(bench, post, other) == ["attention", "published"]
    assert markers(bench) == [other.id]


def test_r15_a_staged_repeat_that_waited_for_a_person_waits_again(rolled: Rolled) -> None:
    """Two-phase: publishing again by id is harmless, but nobody said that it should be."""
    repeat = values.composed(after_unknown=AfterUnknown.REPEAT)
    other = rolled.bench.queue(n=9)
    frozen = {"payload": repeat, "payload_sha256": "s", "attempts": 1, "staged": {"post_id": "1_1"}}
    asked = rolled.bench.queue(n=1, state=State.ATTENTION, **frozen)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    run_for(bench, HOUR, MINUTE)
    assert states(bench, asked, other) == ["attention", "published"]
    assert markers(bench) == [other.id]


def test_r15_an_attempt_number_that_was_used_again_is_counted_on(rolled: Rolled) -> None:
    """The restored log made an attempt 1 of its own before anybody noticed."""
    post = rolled.bench.queue()
    copy = rolled.keep()
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    claim(bench, bench.row(post), node="elsewhere/7")
    ensure(bench.parts)
    with bench.parts.store.read() as conn:
        assert [attempt.n for attempt in posts.attempts(conn, post.id)] == [1, 2]
    assert (bench.row(post).attempts, bench.row(post).state) == (2, State.UNKNOWN)
    reconcile(bench.parts)
    assert states(bench, post) == ["published"]


def test_r15_a_worker_that_is_at_it_meanwhile_loses_its_claim_before_the_fence(rolled: Rolled) -> None:
    other, post = rolled.bench.queue(n=9), rolled.bench.queue(n=1)
    copy = rolled.keep()
    rolled.bench.x.publishing.append("ok")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    claimed = claim(bench, bench.row(post), node="elsewhere/7")
    ensure(bench.parts)
    with bench.parts.store.write() as conn:
        assert not posts.fence(conn, claimed, at=bench.clock.now(), lease_until=bench.clock.now() + MINUTE)
    run_for(bench, HOUR, 5 * MINUTE)
    assert states(bench, post, other) == ["published", "published"]
    assert len(bench.x.bodies) == 2


def test_r15_the_commits_are_lost_while_a_request_is_under_way(rolled: Rolled) -> None:
    """Between fence and answer the log goes back; a reconcile of the same process puts it in quarantine."""
    other, post = rolled.bench.queue(n=1), rolled.bench.queue(n=2)
    bench = rolled.bench

    def lose() -> None:
        with bench.parts.store.write() as conn:  # what a snapshot does, seen from a live connection
            conn.exec_driver_sql("UPDATE posts SET state='queued', token=NULL, lease_until=NULL, attempts=0")
            conn.exec_driver_sql("DELETE FROM attempts")
            conn.exec_driver_sql("DELETE FROM events WHERE event <> 'plan'")
        ensure(bench.parts)
        assert states(bench, post, other) == ["unknown", "unknown"]

    bench.x.publishing.append(lose)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    assert bench.results(post) == ["published"]
    assert markers(bench) == [post.id]


def test_r15_lost_commits_between_check_and_claim_are_noticed_in_the_claim(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    copy = rolled.keep()
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    bench.parts.journal.watch(bench.parts.store.log_id)  # what was read before the log changed
    with pytest.raises(RolledBack, match="not in the post log any more"), bench.parts.store.write() as conn:
        recheck(bench.parts, conn)
    assert states(bench, post) == ["queued"]


def test_r15_two_machines_notice_it_and_one_quarantine_is_made(rolled: Rolled, tmp_path: Path) -> None:
    mine = rolled.bench.queue(n=1)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    theirs = rolled.bench.queue(n=2)
    second = another(rolled.bench, tmp_path / "second")
    deliver(second.parts)
    bench = rolled.back(copy)
    second = another(bench, tmp_path / "second")
    ensure(bench.parts)
    assert bench.row(mine).state is State.PUBLISHED
    noticed = known(bench).rolled_back_at
    bench.clock.tick(HOUR)
    second.clock.tick(HOUR)
    late = bench.queue(n=3)
    ensure(second.parts)
    assert bench.row(theirs).state is State.PUBLISHED
    assert known(bench).rolled_back_at == noticed, "a second quarantine"
    assert states(bench, late) == ["queued"]
    assert (alarms(bench), alarms(second)) == (["the post log lost commits"], [])


def test_r15_a_machine_that_sent_nothing_notices_that_history_is_gone(rolled: Rolled, tmp_path: Path) -> None:
    """A snapshot under a running machine whose own journal is empty: it remembers what it read."""
    post = rolled.bench.queue()
    bench = rolled.bench
    second = another(bench, tmp_path / "second")
    deliver(bench.parts)
    ensure(second.parts)
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql(
            "UPDATE posts SET state='queued', remote_id=NULL, remote_url=NULL, published_at=NULL, attempts=0"
        )
        conn.exec_driver_sql("DELETE FROM attempts")
        conn.exec_driver_sql("DELETE FROM events WHERE event <> 'plan'")
    deliver(second.parts)
    assert states(second, post) == ["unknown"]
    reconcile(second.parts)
    assert states(second, post) == ["published"]
    assert len(bench.x.bodies) == 1


def test_r15_restored_twice(rolled: Rolled) -> None:
    first = rolled.bench.queue(n=1)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    deliver(bench.parts)
    bench.clock.tick(HOUR)
    second = bench.queue(n=2)
    deliver(bench.parts)
    bench = rolled.back(copy)
    ensure(bench.parts)
    assert states(bench, first, second) == ["published", "published"]
    later = rolled.keep()
    bench = rolled.bench
    bench.clock.tick(HOUR)
    third = bench.queue(n=3)
    deliver(bench.parts)
    bench = rolled.back(later)  # a backup that knows of a quarantine itself
    ensure(bench.parts)
    assert states(bench, first, second, third) == ["published"] * 3
    assert len(bench.x.bodies) == 3


def test_r15_words_that_cannot_be_found_again_go_to_a_person(rolled: Rolled) -> None:
    post = rolled.bench.queue(n=1, template="gone.j2")
    sent = rolled.bench.queue(n=2, channel="x")
    copy = rolled.keep()
    rolled.bench.parts.channels["x"]
    deliver(rolled.bench.parts)  # the first cannot be composed, the second goes out
    bench = rolled.back(copy)
    reconcile(bench.parts)
    assert bench.row(sent).state is State.PUBLISHED
    assert bench.row(post).state is State.ATTENTION
    assert "nobody can say with which words" in bench.row(post).reason


def test_r12_a_receipt_in_the_journal_that_belongs_to_another_post_is_disputed(rolled: Rolled) -> None:
    post = rolled.bench.queue(n=1)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    remote = rolled.bench.row(post)
    bench = rolled.back(copy)
    stolen = {"remote_id": remote.remote_id, "remote_url": remote.remote_url, "published_at": bench.clock.now()}
    bench.queue(n=2, state=State.PUBLISHED, **stolen)
    ensure(bench.parts)
    assert bench.row(post).state is State.ATTENTION
    assert "belongs to post" in bench.row(post).reason
    assert sorted(alarms(bench)) == ["a post needs you", "the post log lost commits"]
    for _ in range(2):
        bench = rolled.restart()
        ensure(bench.parts)
        assert alarms(bench) == []


def test_an_article_that_came_back_under_another_name_is_a_matter_for_a_person(rolled: Rolled) -> None:
    """Its address changed in the lost time: the backup read it under another id before the journal was asked."""
    copy = rolled.keep()
    sent = rolled.bench.queue(n=1)
    deliver(rolled.bench.parts)
    article_id = sent.article_id
    bench = rolled.back(copy)
    rival = bench.queue(n=2)
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql(
            f"INSERT INTO aliases VALUES ('url:https://news.example/2026/11/story-1', '{rival.article_id}')"
        )
    ensure(bench.parts)
    found = bench.row(sent)
    assert (found.state, found.article_id, found.edition) == (State.PUBLISHED, rival.article_id, 1)
    assert bench.row(rival).state is State.ATTENTION
    assert sent.id in bench.row(rival).reason
    assert article_id != rival.article_id


def test_a_doubtful_post_blocks_its_channel_only_until_it_was_looked_up(rolled: Rolled) -> None:
    post = rolled.bench.queue(n=1)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    ensure(bench.parts)
    fresh = bench.queue(n=5)
    run_for(bench, 2 * MINUTE)
    assert states(bench, post, fresh) == ["published", "published"]


def test_what_a_person_said_outlives_the_log(rolled: Rolled) -> None:
    other = rolled.bench.queue(n=9)
    deliver(rolled.bench.parts)
    post = doubt(rolled.bench)
    copy = rolled.keep()
    late = rolled.bench.queue(n=4, channel="x")
    admin.settle_live(rolled.bench.parts, rolled.bench.row(post), "https://x.com/i/status/77")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    ensure(bench.parts)
    assert states(bench, other, post, late) == ["published"] * 3, "what a person said is in the journal too"

"""Lost commits at the worst moments: what the model found out about the quarantine, played on the real code."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from syndicator.errors import SyndicatorError
from syndicator.model import AfterUnknown, Article, Pending, State
from syndicator.service import admin, approval, halt
from syndicator.service.compose import _fingerprint
from syndicator.service.deliver import deliver, deliver_channel
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.quarantine import Admission, ensure, mend
from syndicator.service.reconcile import reconcile
from syndicator.store import articles, views
from syndicator.store.engine import Store
from tests import values
from tests.service.bench import Bench
from tests.service.rolled import Rolled, another, markers, states
from tests.service.test_reconcile import run_for

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def rolled(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path)


def copy_of(rolled: Rolled, name: str) -> Path:
    """Copy the log while it is in use, as a backup does."""
    copy = rolled.folder / name
    with closing(sqlite3.connect(rolled.log)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_back(rolled: Rolled, copy: Path) -> None:
    """Let the log lose its last commits under a running process: the file stays the same, its pages do not."""
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(rolled.log)) as target:
        source.backup(target)


class Meddled:
    """A post log to which something happens right before its next write transaction."""

    def __init__(self, store: Store, act: Callable[[], object]) -> None:
        self._store = store
        self._acts = [act]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        while self._acts:
            self._acts.pop()()
        with self._store.write() as conn:
            yield conn


def meddled(bench: Bench, act: Callable[[], object]) -> Parts:
    return replace(bench.parts, store=cast(Store, Meddled(bench.parts.store, act)))


def test_r15_a_backup_from_between_claim_and_fence(rolled: Rolled) -> None:
    """The log knows the attempt, and believes that it was never fenced; the journal knows better."""
    post = rolled.bench.queue()
    kept: list[Path] = []
    rolled.bench.x.staging.append(lambda: kept.append(copy_of(rolled, "between.db")))
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    assert rolled.bench.row(post).state is State.UNKNOWN
    bench = rolled.back(kept[0])
    assert bench.row(post).state is State.SENDING
    run_for(bench, 2 * HOUR, 5 * MINUTE)
    assert (states(bench, post), len(bench.x.bodies)) == (["published"], 1)


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD, State.ATTENTION, State.REJECTED])
def test_r14_what_an_editor_drops_first_thing_after_a_restore(rolled: Rolled, state: State) -> None:
    """The approval (the retry, the answer) and all that came of it are lost: it is live, so it is not skipped."""
    post = rolled.bench.queue(state=state)
    if state is State.HELD:
        post = approval.recompose(rolled.bench.parts, post)
    copy = rolled.keep()
    if state is State.HELD:
        approval.approve(rolled.bench.parts, post, sha256=post.payload_sha256 or "")
    elif state is State.ATTENTION:
        admin.settle_resend(rolled.bench.parts, post)
    elif state is State.REJECTED:
        admin.retry(rolled.bench.parts, post)
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    assert len(rolled.bench.x.live) == 1
    bench = rolled.back(copy)
    seen = bench.row(post)
    assert seen.state is state
    with pytest.raises(SyndicatorError):
        admin.drop(bench.parts, seen)
    run_for(bench, HOUR, 5 * MINUTE)
    assert (states(bench, post), len(bench.x.live)) == (["published"], 1)


def _sleep_through(rolled: Rolled, *, noticed: bool) -> None:
    """While one attempt stages: it is taken over, the next one is live, and the log loses all of that."""
    bench = rolled.bench
    copy = copy_of(rolled, "asleep.db")
    asleep = set(bench.parts.active)
    bench.parts.active.clear()
    bench.clock.tick(HOUR)
    reconcile(bench.parts)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    assert len(bench.x.live) == 1
    bench.parts.journal.watch(bench.parts.store.log_id)
    put_back(rolled, copy)
    bench.parts.active.update(asleep)
    if noticed:
        ensure(bench.parts)


@pytest.mark.parametrize("noticed", [True, False])
def test_r14_an_attempt_that_slept_before_its_fence_does_not_send(rolled: Rolled, noticed: bool) -> None:
    """The log that lost commits says that the post is its own again; its fence must not believe that."""
    bench = rolled.bench
    post = bench.queue()
    bench.x.staging.append(lambda: _sleep_through(rolled, noticed=noticed))
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1
    run_for(bench, 2 * HOUR, 5 * MINUTE)
    assert (states(bench, post), len(bench.x.bodies)) == (["published"], 1)


@pytest.fixture
def two(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path, channels=(values.channel("x"), values.channel("y")))


def send_on(parts: Parts, name: str) -> None:
    deliver_channel(parts, parts.channels[name])


def test_r14_a_loss_between_check_and_claim_is_noticed_in_the_claim(two: Rolled) -> None:
    bench = two.bench
    post, other = bench.queue(channel="y"), bench.queue(channel="x", n=2)
    copy = copy_of(two, "before.db")
    send_on(bench.parts, "y")
    assert (bench.row(post).state, bench.row(other).attempts) == (State.PUBLISHED, 0)
    send_on(meddled(bench, lambda: put_back(two, copy)), "x")
    assert bench.row(post).state is State.QUEUED, "its commits are lost"
    assert bench.row(other).attempts == 0, "nothing is claimed in a log that lost commits"
    run_for(bench, HOUR, 5 * MINUTE)
    assert states(bench, post, other) == ["published", "attention"]
    assert (len(bench.adapters["y"].bodies), len(bench.x.bodies)) == (1, 0)


@pytest.mark.parametrize("state", [State.HELD, State.QUEUED, State.UNKNOWN, State.ATTENTION, State.REJECTED])
def test_r14_whatever_is_not_final_is_doubted(rolled: Rolled, state: State) -> None:
    post = rolled.bench.queue(state=state)
    _mend(rolled.bench)
    assert rolled.bench.row(post).state is State.UNKNOWN
    assert not rolled.bench.row(post).clean


def test_r14_a_quarantine_restarts_the_settle_window(rolled: Rolled) -> None:
    """What was believed absent for an hour may have been sent a second before the commits were lost."""
    bench = rolled.bench
    post = bench.queue(state=State.UNKNOWN, clean=False, settle_from=bench.clock.now(), doubt_at=bench.clock.now())
    bench.clock.tick(HOUR)
    _mend(bench)
    assert (bench.row(post).settle_from, bench.row(post).doubt_at) == (None, bench.clock.now())


def _read(bench: Bench, story: Article) -> None:
    with bench.parts.store.write() as conn:
        articles.add(conn, replace(story, first_seen_at=bench.clock.now()), (f"url:{story.url}",), planned=False)


def test_r14_what_is_planned_anew_is_looked_up_first(tmp_path: Path) -> None:
    """Article, post and all are lost, the feed still has it, and no journal knows of it."""
    rolled = Rolled(tmp_path, rules=(values.rule("x"),))
    copy = rolled.keep()
    story = values.article(published_at=rolled.bench.clock.now() - MINUTE)
    _read(rolled.bench, story)
    plan(rolled.bench.parts)
    deliver(rolled.bench.parts)
    assert len(rolled.bench.x.live) == 1
    bench = rolled.back(copy, journal=False)
    bench.clock.tick(MINUTE)
    _mend(bench)
    bench.clock.tick(MINUTE)
    new = values.article(id="a" + "n" * 12, url="https://news.example/n/", published_at=bench.clock.now())
    _read(bench, new)  # so that the story is not among those that were read first
    bench.clock.tick(MINUTE)
    _read(bench, story)
    at = bench.clock.now()
    later = values.article(id="a" + "z" * 12, url="https://news.example/z/", title="Storm is over", published_at=at)
    _read(bench, later)
    plan(bench.parts)
    with bench.parts.store.read() as conn:
        found = {row.post.article_id: row.post.state for row in views.log(conn)}
    assert (found[story.id], found[later.id]) == (State.UNKNOWN, State.QUEUED)
    run_for(bench, HOUR, 5 * MINUTE)
    assert len(set(markers(bench))) == len(markers(bench)), "a story was posted twice"


def test_r15_what_another_machine_sent_is_doubted_too(two: Rolled, tmp_path: Path) -> None:
    """This machine's journal tells of the loss; what the other one sent, whose journal is gone, may be lost as well."""
    mine, theirs = two.bench.queue(channel="x"), two.bench.queue(channel="y", n=2)
    copy = two.keep()
    send_on(two.bench.parts, "x")
    send_on(another(two.bench, tmp_path / "second").parts, "y")
    bench = two.back(copy)
    run_for(bench, HOUR, 5 * MINUTE)
    assert states(bench, mine, theirs) == ["published"] * 2
    assert (len(bench.x.bodies), len(bench.adapters["y"].bodies)) == (1, 1)


def test_r15_a_line_is_durable_before_its_writer_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced, sync = bench.parts.journal.path, list[int](), os.fsync

    def watched(handle: int) -> None:
        sync(handle)
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            synced.append(path.stat().st_size)

    monkeypatch.setattr(os, "fsync", watched)
    lengths: list[int] = []
    bench.x.publishing.append(lambda: lengths.append(path.stat().st_size))
    bench.queue()
    deliver(bench.parts)
    assert synced[0] == lengths[0], "the intent is on the disk before the request"
    assert synced[-1] == path.stat().st_size


def test_a_halt_thrown_while_it_is_composed_stops_the_claim(rolled: Rolled) -> None:
    bench = rolled.bench
    post = bench.queue()
    deliver(meddled(bench, lambda: halt.stop_here(bench.parts.state_dir, "now", bench.clock.now())))
    assert (bench.row(post).attempts, bench.row(post).state) == (0, State.QUEUED)


def test_r14_a_draft_that_was_given_up_is_not_published_in_quarantine(rolled: Rolled) -> None:
    """It was composed anew and went out with another draft; of that the log knows nothing any more."""
    repeat = values.composed(after_unknown=AfterUnknown.REPEAT)
    old: dict[str, Any] = {"payload": repeat, "payload_sha256": _fingerprint(repeat, ()), "attempts": 1}
    post = rolled.bench.queue(staged={"post_id": "1_1"}, **old)
    copy = rolled.keep()
    held = approval.recompose(rolled.bench.parts, rolled.bench.row(post))
    assert held.staged is None
    approval.approve(rolled.bench.parts, held, sha256=held.payload_sha256 or "")
    rolled.bench.x.publishing.append("lost")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy, journal=False)
    with bench.parts.store.write() as conn:
        mend(bench.parts.store, conn, (), at=bench.clock.now(), node="bench/1", why="restored")
    bench.x.hidden = True
    run_for(bench, 2 * HOUR, 5 * MINUTE)
    assert (states(bench, post), len(bench.x.bodies)) == (["attention"], 1)


def test_r15_a_hand_off_that_was_confirmed_is_not_called_stale(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    rolled.bench.x.publishing.append(Pending(detail={}, person=True))
    deliver(rolled.bench.parts)
    copy = rolled.keep()
    admin.settle_live(rolled.bench.parts, rolled.bench.row(post), "https://x.com/i/status/77")
    bench = rolled.back(copy)
    run_for(bench, timedelta(days=1), HOUR)
    assert states(bench, post) == ["published"]


def test_r14_what_was_lost_first_is_not_forgotten_by_a_second_loss(rolled: Rolled) -> None:
    """Rows lost on Monday are planned anew after Thursday's fail-over: look-ups still read back to Monday."""
    bench = rolled.bench
    first = bench.clock.now()
    _mend(bench)
    bench.clock.tick(timedelta(days=3))
    other = bench.queue(n=2, created_at=bench.clock.now())
    bench.clock.tick(HOUR)
    _mend(bench)
    bench.clock.tick(HOUR)
    post = replace(values.post(), id="p" * 13, key="x/late", article_id=other.article_id, edition=7)
    with bench.parts.store.write() as conn:
        assert Admission(bench.parts, conn).insert(post, suspect=True)
    assert bench.row(post).intent_at is not None
    assert bench.row(post).intent_at <= first  # type: ignore[operator]


def _mend(bench: Bench) -> None:
    with bench.parts.store.write() as conn:
        mend(bench.parts.store, conn, (), at=bench.clock.now(), node="bench/1", why="restored")


def test_r8_absence_in_quarantine_after_a_duplicate_refusal_is_not_resent(tmp_path: Path) -> None:
    channel = values.channel(resend=True)
    rolled = Rolled(tmp_path, channels=(channel,))
    frozen: dict[str, Any] = {"payload": values.composed(), "payload_sha256": "5" * 64, "attempts": 1}
    post = rolled.bench.queue(state=State.UNKNOWN, clean=False, after_duplicate=True, **frozen)
    _mend(rolled.bench)
    run_for(rolled.bench, timedelta(hours=3), 5 * MINUTE)
    assert (states(rolled.bench, post), rolled.bench.x.bodies) == (["attention"], [])


def test_a_halt_outlives_a_quarantine(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    copy = rolled.keep()
    rolled.bench.x.publishing.append("gone")
    deliver(rolled.bench.parts)
    bench = rolled.back(copy)
    halt.stop_here(bench.parts.state_dir, "wait", bench.clock.now())
    run_for(bench, HOUR, 5 * MINUTE)
    assert (markers(bench), len(bench.x.bodies)) == ([], 1)
    assert states(bench, post) == ["attention"]

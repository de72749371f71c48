"""Delivery: the order of claim, stage, fence, publish and record, and what each fault leaves behind."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syndicator.errors import (
    AuthRequired,
    Duplicate,
    OutOfBudget,
    RateLimited,
    Rejected,
    StoreError,
    Unreachable,
)
from syndicator.model import Pending, State
from syndicator.service.deliver import deliver
from syndicator.service.parts import Parts
from syndicator.store import channels, posts
from tests import values
from tests.service.bench import Bench, make_bench


def another(bench: Bench) -> Parts:
    """Give the parts of another worker on the same post log."""
    return replace(bench.parts, active=set(), node="elsewhere/2")


def test_a_due_post_is_published_once(bench: Bench) -> None:
    post = bench.queue()
    deliver(bench.parts)
    row = bench.row(post)
    assert row.state is State.PUBLISHED
    assert row.remote_url
    assert bench.x.live == [(post.id, row.remote_id)]
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1


def test_r1_the_intent_is_committed_before_anything_goes_out(bench: Bench) -> None:
    post = bench.queue()
    seen: list[tuple[State, str | None, int]] = []

    def look() -> None:
        row = bench.row(post)
        seen.append((row.state, row.payload_sha256, len(bench.results(post))))

    bench.x.staging.append(look)
    bench.x.publishing.append(look)
    deliver(bench.parts)
    assert [state for state, _, _ in seen] == [State.SENDING, State.SENDING]
    assert all(sha for _, sha, _ in seen)
    assert [n for _, _, n in seen] == [1, 1]


def test_law_4_the_fence_is_durable_before_publish(bench: Bench) -> None:
    post = bench.queue()
    fenced: list[bool] = []

    def look() -> None:
        with bench.parts.store.read() as conn:
            fenced.append(posts.attempts(conn, post.id)[0].fenced_at is not None)

    bench.x.staging.append(look)
    bench.x.publishing.append(look)
    deliver(bench.parts)
    assert fenced == [False, True]


@pytest.mark.parametrize("step", ["lost", "gone"])
def test_a_lost_answer_is_unknown_and_not_sent_again(bench: Bench, step: str) -> None:
    post = bench.queue()
    bench.x.publishing.append(step)
    for _ in range(3):
        deliver(bench.parts)
        bench.clock.tick(timedelta(minutes=1))
    row = bench.row(post)
    assert (row.state, row.clean) == (State.UNKNOWN, False)
    assert len(bench.x.bodies) == 1


def test_even_a_bug_in_publish_means_maybe(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(KeyError("id"))
    deliver(bench.parts)
    assert bench.row(post).state is State.UNKNOWN


def test_r8_a_duplicate_refusal_is_unknown(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Duplicate("already said that", platform="twitter", http_status=403))
    deliver(bench.parts)
    row = bench.row(post)
    assert (row.state, row.after_duplicate) == (State.UNKNOWN, True)


def test_a_clear_refusal_is_rejected_and_told(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Rejected("text too long", platform="twitter", http_status=403))
    deliver(bench.parts)
    assert bench.row(post).state is State.REJECTED
    assert [notice.post for notice in bench.told.notices] == [post.id]


@pytest.mark.parametrize("kind", [Unreachable, RateLimited, AuthRequired, OutOfBudget])
def test_d12_what_waiting_helps_keeps_every_post_and_makes_the_channel_wait(
    bench: Bench, kind: type[Unreachable]
) -> None:
    first, second = bench.queue(n=1), bench.queue(n=2)
    bench.x.publishing.append(kind("not now", platform="twitter"))
    deliver(bench.parts)
    assert bench.states() == [State.QUEUED, State.QUEUED]
    assert len(bench.x.bodies) == 1  # the second post did not even try
    bench.clock.tick(timedelta(hours=1))
    deliver(bench.parts)
    assert {bench.row(post).state for post in (first, second)} == {State.PUBLISHED}


def test_r4_too_long_between_fence_and_write_means_nothing_is_written(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(lambda: bench.clock.tick(timedelta(seconds=11)))
    deliver(bench.parts)
    assert bench.row(post).state is State.QUEUED
    assert bench.x.bodies == []
    assert bench.results(post) == ["not sent"]


def test_d18_the_send_dead_line_does_not_follow_the_wall_clock(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(lambda: bench.clock.jump(timedelta(days=1)))
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED


def test_an_attempt_that_was_taken_over_before_the_fence_does_not_send(bench: Bench) -> None:
    post = bench.queue()

    def taken_over() -> None:
        from syndicator.service.reconcile import reconcile

        bench.clock.tick(timedelta(minutes=3))  # the lease runs out while we stage
        reconcile(another(bench))

    bench.x.staging.append(taken_over)
    deliver(bench.parts)
    assert bench.x.bodies == []
    assert bench.row(post).state is State.QUEUED


def test_a_worker_does_not_take_over_what_it_is_doing_itself(bench: Bench) -> None:
    post = bench.queue()

    def slow_picture() -> None:
        from syndicator.service.reconcile import reconcile

        bench.clock.tick(timedelta(minutes=3))
        assert reconcile(bench.parts).posts == ()

    bench.x.staging.append(slow_picture)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED


def test_d15_a_late_success_is_recorded_whatever_happened_meanwhile(bench: Bench) -> None:
    post = bench.queue()

    def taken_over() -> None:
        from syndicator.service.reconcile import reconcile

        bench.clock.jump(timedelta(minutes=3))
        reconcile(another(bench))
        assert bench.row(post).state is State.UNKNOWN

    bench.x.publishing.append(taken_over)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.live) == 1


def test_every_attempt_of_a_post_sends_the_same_bytes(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Unreachable("down", platform="twitter"))
    deliver(bench.parts)
    with bench.parts.store.write() as conn:
        from syndicator.store import articles

        story = articles.get(conn, post.article_id)
        assert story is not None
        articles.revise(conn, replace(story, title="Another headline"), at=bench.clock.now())
    bench.clock.tick(timedelta(minutes=5))
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.bodies) == 2
    assert len(set(bench.x.bodies)) == 1


def test_d36_a_post_that_cannot_be_composed_is_held_and_others_flow(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, template="{{ article.title }} {{ nonsense if article.title == 'Story 1' }} {{ link }}")
    bad, good = bench.queue(n=1), bench.queue(n=2)
    deliver(bench.parts)
    assert bench.row(bad).state is State.HELD
    assert "twitter.j2" in bench.row(bad).reason
    assert bench.row(good).state is State.PUBLISHED
    bench.parts.store.close()


def test_r21_stale_news_is_skipped_and_named(bench: Bench) -> None:
    post = bench.queue()
    bench.clock.tick(timedelta(hours=7))
    deliver(bench.parts)
    row = bench.row(post)
    assert row.state is State.SKIPPED
    assert "stale" in row.reason
    assert bench.x.bodies == []


def test_one_channel_in_trouble_does_not_delay_another(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel("x"), values.channel("mirror")))
    bench.adapters["x"].publishing.extend([Unreachable("down", platform="twitter")] * 5)
    down, up = bench.queue(channel="x"), bench.queue(channel="mirror", n=2)
    deliver(bench.parts)
    assert bench.row(down).state is State.QUEUED
    assert bench.row(up).state is State.PUBLISHED
    bench.parts.store.close()


def test_spacing_caps_and_budget_defer_and_say_why(tmp_path: Path) -> None:
    spaced = values.channel("x", min_interval=timedelta(minutes=10))
    poor = values.channel("poor", monthly_budget=Decimal("0.30"))
    bench = make_bench(tmp_path, channels=(spaced, poor))
    for n in (1, 2):
        bench.queue(channel="x", n=n)
        bench.queue(channel="poor", n=n)
    deliver(bench.parts)
    assert len(bench.adapters["x"].live) == 1
    assert len(bench.adapters["poor"].live) == 1  # a post with a link costs $0.200
    with bench.parts.store.read() as conn:
        from syndicator.store import views

        reasons = [row.post.reason for row in views.log(conn, state=State.QUEUED)]
    assert any("interval" in reason for reason in reasons)
    assert any("$0.20 of $0.30" in reason for reason in reasons)
    bench.clock.tick(timedelta(minutes=11))
    deliver(bench.parts)
    assert len(bench.adapters["x"].live) == 2
    assert len(bench.adapters["poor"].live) == 1
    bench.parts.store.close()


def test_a_paused_channel_keeps_its_posts(bench: Bench) -> None:
    post = bench.queue()
    with bench.parts.store.write() as conn:
        channels.pause(conn, "x", reason="holiday", at=bench.clock.now(), until=None)
    deliver(bench.parts)
    assert bench.row(post).state is State.QUEUED
    with bench.parts.store.write() as conn:
        channels.resume(conn, "x", bench.clock.now())
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED


def test_a_person_is_handed_the_work_with_a_page(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Pending(person=True, detail={"composer_url": "https://www.youtube.com/compose"}))
    deliver(bench.parts)
    row = bench.row(post)
    assert row.state is State.PROCESSING
    assert row.pending is not None
    page = Path(row.pending["detail"]["page"]).read_text(encoding="utf-8")
    assert "https://www.youtube.com/compose" in page
    assert f"syndicator settle {post.id} --live URL" in page
    assert "Story 1" in page
    assert bench.told.notices[0].post == post.id


def test_s03_a_replaced_database_file_stops_sending(bench: Bench) -> None:
    bench.queue()
    path = bench.parts.store.path
    assert path is not None
    path.rename(path.with_suffix(".moved"))
    deliver(bench.parts)
    assert bench.x.bodies == []
    with pytest.raises(StoreError):
        bench.parts.store.verify()


def test_the_stop_flag_lets_no_new_claim_begin(bench: Bench) -> None:
    bench.queue(n=1)
    bench.queue(n=2)
    bench.x.publishing.append(lambda: bench.parts.stop.set())  # noqa: PLW0108 - the flag itself is not a step
    deliver(bench.parts)
    assert sorted(bench.states()) == [State.PUBLISHED, State.QUEUED]


def test_a_channel_that_another_worker_holds_is_left_alone_at_once(bench: Bench) -> None:
    """A dead worker's post blocks its channel until reconcile has settled it; delivery must not spin meanwhile."""
    from tests.service.test_reconcile import claim

    claim(bench, bench.queue(n=1), node="elsewhere/7")
    waiting = bench.queue(n=2)
    assert deliver(bench.parts).posts == ()
    assert bench.row(waiting).state is State.QUEUED
    bench.clock.tick(timedelta(minutes=3))
    work_once(bench)
    assert bench.states() == [State.PUBLISHED, State.PUBLISHED]


def work_once(bench: Bench) -> None:
    from syndicator.service.work import work

    work(bench.parts)

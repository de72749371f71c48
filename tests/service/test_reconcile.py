"""Reconciliation: look-ups, leases and what may be sent again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import Rejected, Unreachable
from syndicator.model import LookUp, Pending, Post, State, Windows
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import posts
from tests import values
from tests.service.bench import Bench, make_bench

SHORT = Windows(settle=timedelta(minutes=5), look_ups=(timedelta(0), timedelta(minutes=1)))


def doubt(bench: Bench, step: str = "gone") -> Post:
    post = bench.queue()
    bench.x.publishing.append(step)
    deliver(bench.parts)
    assert bench.row(post).state is State.UNKNOWN
    return post


def run_for(bench: Bench, length: timedelta, step: timedelta = timedelta(seconds=30)) -> None:
    """Let both verbs work while time passes."""
    end = bench.clock.now() + length
    while bench.clock.now() < end:
        reconcile(bench.parts)
        deliver(bench.parts)
        bench.clock.tick(step)


def test_d02_a_live_post_is_found_and_adopted(bench: Bench) -> None:
    post = doubt(bench, "lost")
    reconcile(bench.parts)
    row = bench.row(post)
    assert row.state is State.PUBLISHED
    assert row.remote_id == bench.x.live[0][1]
    assert bench.results(post) == ["published"]


def test_d03_strict_never_sends_an_absent_post_again(bench: Bench) -> None:
    post = doubt(bench)
    run_for(bench, timedelta(hours=3))
    assert bench.row(post).state is State.ATTENTION
    assert len(bench.x.bodies) == 1
    assert [notice.post for notice in bench.told.notices] == [post.id]


def test_d03_resend_sends_a_proven_absent_post_once_more_with_the_same_bytes(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    post = doubt(bench)
    run_for(bench, timedelta(minutes=4))
    assert bench.row(post).state is State.UNKNOWN
    run_for(bench, timedelta(minutes=10))
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.bodies) == 2
    assert len(set(bench.x.bodies)) == 1
    assert len(bench.x.live) == 1
    bench.parts.store.close()


def test_d21_lag_within_the_window_never_leads_to_a_second_post(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    bench.x.hidden = True
    post = doubt(bench, "lost")
    run_for(bench, timedelta(minutes=4))
    bench.x.hidden = False
    run_for(bench, timedelta(minutes=30))
    assert bench.row(post).state is State.PUBLISHED
    assert len(bench.x.live) == 1
    bench.parts.store.close()


def test_d18_a_jump_of_our_clock_does_not_end_the_window(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    bench.x.hidden = True
    doubt(bench, "lost")
    reconcile(bench.parts)
    bench.clock.jump(timedelta(days=1))
    bench.x.skew = -timedelta(days=1)  # the platform's clock did not jump
    run_for(bench, timedelta(minutes=4))
    assert len(bench.x.bodies) == 1
    bench.parts.store.close()


def test_d09_absent_after_a_duplicate_refusal_goes_to_a_person_even_under_resend(tmp_path: Path) -> None:
    from syndicator.errors import Duplicate

    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    post = bench.queue()
    bench.x.publishing.append(Duplicate("already said that", platform="twitter"))
    deliver(bench.parts)
    run_for(bench, timedelta(hours=1))
    assert bench.row(post).state is State.ATTENTION
    assert len(bench.x.bodies) == 1
    bench.parts.store.close()


def test_d13_refusal_of_the_second_attempt_after_a_person_settled_the_first(bench: Bench) -> None:
    from syndicator.service import admin

    post = doubt(bench)
    run_for(bench, timedelta(hours=3))
    admin.settle_resend(bench.parts, bench.row(post))
    bench.x.publishing.append(Rejected("no", platform="twitter"))
    deliver(bench.parts)
    assert bench.row(post).state is State.REJECTED


def test_d11_a_look_up_that_is_not_permitted_asks_a_person_at_once(bench: Bench) -> None:
    post = doubt(bench)
    bench.x.looking.append(LookUp(hits=(), complete=False, permitted=False, note="403 on the read"))
    reconcile(bench.parts)
    row = bench.row(post)
    assert (row.state, row.reason) == (State.ATTENTION, "403 on the read")


def test_d11_failing_look_ups_back_off_and_end_with_a_person(bench: Bench) -> None:
    post = doubt(bench)
    bench.x.looking.extend([Unreachable("503", platform="twitter")] * 1000)
    before = len(bench.x.looking)
    run_for(bench, timedelta(hours=3))
    assert bench.row(post).state is State.ATTENTION
    assert before - len(bench.x.looking) < 40  # no spin
    with bench.parts.store.read() as conn:
        assert all(not record.complete for record in posts.look_ups(conn, post.id))


def test_a_bug_in_a_look_up_proves_nothing(bench: Bench) -> None:
    post = doubt(bench, "lost")
    bench.x.looking.append(ValueError("bug"))
    reconcile(bench.parts)
    assert bench.row(post).state is State.UNKNOWN
    bench.clock.tick(timedelta(minutes=1))
    reconcile(bench.parts)
    assert bench.row(post).state is State.PUBLISHED


def test_r12_a_remote_post_belongs_to_one_post(bench: Bench) -> None:
    first = doubt(bench, "lost")
    reconcile(bench.parts)
    taken = bench.row(first)
    second = bench.queue(n=2)
    bench.x.publishing.append("gone")
    deliver(bench.parts)
    from syndicator.model import Receipt

    stolen = Receipt(remote_id=taken.remote_id or "", remote_url=taken.remote_url or "")
    bench.x.looking.append(LookUp(hits=(stolen,), complete=True, platform_at=bench.clock.now()))
    reconcile(bench.parts)
    assert bench.row(second).state is State.ATTENTION
    assert bench.row(first).state is State.PUBLISHED


@pytest.mark.parametrize(("fenced", "state"), [(False, State.QUEUED), (True, State.UNKNOWN)])
def test_law_5_a_lease_that_runs_out(bench: Bench, fenced: bool, state: State) -> None:
    post = claim(bench, bench.queue(), node="elsewhere/7")
    if fenced:
        with bench.parts.store.write() as conn:
            now = bench.clock.now()
            assert posts.fence(conn, post, at=now, lease_until=now + timedelta(minutes=2))
    reconcile(bench.parts)
    assert bench.row(post).state is State.SENDING  # R20: the lease still holds
    bench.clock.tick(timedelta(minutes=3))
    bench.x.looking.append(Unreachable("later", platform="twitter"))
    reconcile(bench.parts)
    assert bench.row(post).state is state


def test_a_worker_of_this_host_that_is_gone_is_seen_before_its_lease_runs_out(bench: Bench) -> None:
    import subprocess
    import sys

    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    post = claim(bench, bench.queue(), node=f"bench/{process.pid}")
    reconcile(bench.parts)
    assert bench.row(post).state is State.QUEUED


def claim(bench: Bench, post: Post, *, node: str) -> Post:
    from decimal import Decimal

    from syndicator.service.deliver import compose

    draft = compose(bench.parts, bench.parts.channels["x"], post)
    now = bench.clock.now()
    with bench.parts.store.write() as conn:
        claimed = posts.claim(
            conn,
            post,
            token="ab" * 16,
            node=node,
            payload=draft.composed,
            payload_sha256=draft.sha256,
            cost=Decimal(0),
            at=now,
            lease_until=now + timedelta(minutes=2),
        )
    assert claimed is not None
    return claimed


def test_processing_ends_with_the_platforms_answer(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Pending(detail={"job": 7}))
    deliver(bench.parts)
    assert bench.row(post).state is State.PROCESSING
    bench.x.progressing.append(Unreachable("busy", platform="twitter"))
    bench.clock.tick(timedelta(minutes=1))
    reconcile(bench.parts)
    assert bench.row(post).state is State.PROCESSING
    bench.x.progressing.append("ok")
    bench.clock.tick(timedelta(minutes=1))
    reconcile(bench.parts)
    assert bench.row(post).state is State.PUBLISHED


def test_a_hand_off_that_nobody_took_expires(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Pending(person=True, detail={}))
    deliver(bench.parts)
    bench.clock.tick(timedelta(hours=7))
    reconcile(bench.parts)
    assert bench.row(post).state is State.SKIPPED


def test_an_unknown_post_is_never_called_stale(bench: Bench) -> None:
    post = doubt(bench)
    bench.x.looking.extend([LookUp(hits=(), complete=False, note="cached")] * 100)
    with bench.parts.store.write() as conn:
        posts.move(conn, bench.row(post), _looked(), at=bench.clock.now(), expires_at=bench.clock.now())
    bench.clock.tick(timedelta(minutes=10))
    reconcile(bench.parts)
    assert bench.row(post).state is State.UNKNOWN


def _looked() -> object:
    from syndicator.core.lifecycle import Event

    return Event.LOOKED


def test_d28_two_articles_with_the_same_text_are_told_apart_by_the_marker(bench: Bench) -> None:
    first, second = bench.queue(n=1), bench.queue(n=2)
    bench.x.publishing.extend(["lost", "lost"])
    deliver(bench.parts)
    run_for(bench, timedelta(minutes=2))
    ids = {bench.row(post).remote_id for post in (first, second)}
    assert len(ids) == 2
    assert all(bench.row(post).state is State.PUBLISHED for post in (first, second))


def test_after_a_doubt_a_channel_looks_before_it_sends(bench: Bench) -> None:
    """A platform in trouble makes one unknown post and not hundreds; one that answers a look-up is sent to again."""
    for n in range(1, 6):
        bench.queue(n=n)
    bench.x.publishing.extend(["gone"] * 5)
    bench.x.looking.extend([Unreachable("503", platform="twitter")] * 3)
    deliver(bench.parts)
    reconcile(bench.parts)
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1
    assert sorted(bench.states()) == [*[State.QUEUED] * 4, State.UNKNOWN]
    bench.x.looking.clear()
    bench.x.publishing.clear()
    run_for(bench, timedelta(minutes=3))
    assert sorted(bench.states()) == [*[State.PUBLISHED] * 4, State.UNKNOWN]


def test_r13_a_verdict_on_an_earlier_doubt_does_not_settle_the_present_one(tmp_path: Path) -> None:
    from syndicator.core.lifecycle import Event
    from syndicator.core.settle import Verdict
    from syndicator.errors import StoreError
    from syndicator.service.reconcile import _write_verdict

    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    post = doubt(bench)
    earlier = bench.row(post)
    bench.x.publishing.append("lost")
    run_for(bench, timedelta(minutes=5, seconds=30))
    bench.x.hidden = True
    assert (bench.row(post).state, len(bench.x.bodies)) == (State.UNKNOWN, 2)
    look = LookUp(hits=(), complete=True, platform_at=bench.clock.now())
    late = Verdict(event=Event.RESEND, reason="proven absent, long ago", clean=True)
    with pytest.raises(StoreError):
        _write_verdict(bench.parts, bench.parts.channels["x"], earlier, look, late)
    assert bench.row(post).state is State.UNKNOWN
    assert len(bench.x.live) == 1
    bench.parts.store.close()


def test_a_queued_post_with_an_unsettled_attempt_cannot_be_dropped(bench: Bench) -> None:
    from syndicator.service import admin

    post = bench.queue(clean=False, staged={"post_id": "1_2"}, attempts=1)
    with pytest.raises(admin.Refused, match="earlier attempt"):
        admin.drop(bench.parts, post)


def test_a_repeat_whose_channel_is_gone_goes_to_a_person(bench: Bench) -> None:
    post = bench.queue(clean=False, staged={"post_id": "1_2"}, attempts=1)
    reconcile(replace(bench.parts, channels={}))
    assert bench.row(post).state is State.ATTENTION
    assert [notice.post for notice in bench.told.notices] == [post.id]

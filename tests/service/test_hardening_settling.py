"""What a review broke once in settling doubtful and unfinished posts: each test keeps one promise broken then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import Unreachable
from syndicator.model import Channel, LookUp, Pending, State, Windows
from syndicator.service import admin
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.service.work import work
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.test_reconcile import SHORT, doubt, run_for

MINUTE = timedelta(minutes=1)
DIRECT = Channel(name="x", platform="facebook", options={"page_id": "1", "publish_mode": "direct"})
TWO_PHASE = replace(DIRECT, options={"page_id": "1", "publish_mode": "two_phase"})
ON_PAGE = {"platform": "facebook", "template": "facebook.j2"}


def switched(folder: Path, before: Channel, after: Channel) -> Bench:
    """Leave a doubtful live post that look-ups do not see, and begin again with another configuration."""
    bench = make_bench(folder, channels=(before,))
    bench.x.hidden = True
    bench.queue(**ON_PAGE)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    return replace(bench, parts=replace(bench.parts, channels={"x": after}))


def test_d03_a_direct_post_in_doubt_is_not_repeated_because_its_channel_became_two_phase(tmp_path: Path) -> None:
    bench = switched(tmp_path, DIRECT, TWO_PHASE)
    run_for(bench, timedelta(minutes=45), step=3 * MINUTE)
    assert len(bench.x.bodies) == 1
    assert bench.states() == [State.ATTENTION]
    bench.parts.store.close()


def test_d32_a_staged_post_in_doubt_is_published_by_its_id_also_after_its_channel_became_direct(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(TWO_PHASE,))
    post = bench.queue(**ON_PAGE)
    bench.x.staging.append({"post_id": "1_2"})
    bench.x.publishing.append("gone")
    deliver(bench.parts)
    later = replace(bench.parts, channels={"x": DIRECT})
    reconcile(later)
    assert bench.row(post).state is State.QUEUED
    bench.clock.tick(MINUTE)
    deliver(later)
    assert bench.row(post).state is State.PUBLISHED
    assert len(set(bench.x.bodies)) == 1
    bench.parts.store.close()


def test_r16_a_slow_look_up_of_an_earlier_doubt_does_not_settle_the_next_one(tmp_path: Path) -> None:
    channel = values.channel(resend=True, windows=SHORT)
    bench = make_bench(tmp_path, channels=(channel,))
    post = bench.queue()
    bench.x.publishing.append("gone")
    deliver(bench.parts)
    reconcile(bench.parts)
    bench.clock.tick(6 * MINUTE)
    other = replace(bench.parts, node="other/2", active=set())
    quick = bench.x.find

    def slow(staged: object, since: object) -> LookUp:
        """Read "absent", which is true; another process reads the same and comes as far as the next doubt."""
        bench.x.find = quick  # type: ignore[method-assign]
        answer = quick(staged, since)  # type: ignore[arg-type]
        reconcile(other)
        bench.x.hidden = True
        bench.x.publishing.append("lost")
        deliver(other)
        return answer

    bench.x.find = slow  # type: ignore[method-assign,assignment]
    reconcile(bench.parts)
    assert bench.row(post).state is State.UNKNOWN
    deliver(bench.parts)
    assert len(bench.x.live) == 1
    bench.parts.store.close()


def test_r11_look_ups_that_prove_nothing_any_more_end_with_a_person(bench: Bench) -> None:
    post = doubt(bench)
    reconcile(bench.parts)
    assert bench.row(post).settle_from is not None
    cached = LookUp(hits=(), complete=False, note="a cache answered")
    bench.x.looking.extend([cached] * 500)
    run_for(bench, timedelta(hours=5), step=20 * MINUTE)
    assert (bench.row(post).state, len(bench.x.bodies)) == (State.ATTENTION, 1)


def test_d18_a_clock_that_stays_wrong_ends_with_a_person_and_never_with_a_resend(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel(resend=True, windows=SHORT),))
    post = doubt(bench)
    reconcile(bench.parts)
    bench.x.skew = timedelta(seconds=90)
    run_for(bench, timedelta(hours=5), step=20 * MINUTE)
    assert (bench.row(post).state, len(bench.x.bodies)) == (State.ATTENTION, 1)
    bench.parts.store.close()


# --- accepted, not finished -----------------------------------------------------------------------------------------


def processing(bench: Bench, **pending: object) -> str:
    post = bench.queue()
    bench.x.publishing.append(Pending(**pending))  # type: ignore[arg-type]
    deliver(bench.parts)
    bench.clock.tick(MINUTE)
    return post.id


def test_r21_what_the_platform_accepted_is_never_called_stale(bench: Bench) -> None:
    processing(bench, detail={"job": 1})
    bench.x.progressing.extend([Unreachable("busy", platform="twitter")] * 200)
    run_for(bench, timedelta(hours=8), step=30 * MINUTE)
    assert State.SKIPPED not in bench.states()


def test_what_the_platform_never_finishes_ends_with_a_person(bench: Bench) -> None:
    processing(bench, detail={"job": 1})
    run_for(bench, timedelta(hours=12), step=30 * MINUTE)
    assert bench.states() == [State.ATTENTION]
    assert len(bench.x.bodies) == 0
    assert bench.told.notices


def test_what_the_platform_is_finishing_cannot_be_dropped_and_a_hand_off_can(bench: Bench) -> None:
    first = processing(bench, detail={"job": 1})
    with pytest.raises(admin.Refused, match="finishing"):
        admin.drop(bench.parts, admin.find(bench.parts, first))
    second = bench.queue(n=2)
    bench.x.publishing.append(Pending(person=True))
    deliver(bench.parts)
    assert admin.drop(bench.parts, bench.row(second)).state is State.SKIPPED


# --- a channel that is gone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["processing", "unknown", "queued"])
def test_one_round_of_work_ends_whatever_a_removed_channel_left_behind(bench: Bench, kind: str) -> None:
    if kind == "processing":
        processing(bench, detail={"job": 1})
    elif kind == "unknown":
        doubt(bench)
    else:
        bench.queue()
    gone = replace(bench.parts, channels={})
    rounds: list[str] = []

    def tell(verb: str) -> None:
        rounds.append(verb)
        if len(rounds) > 60:
            gone.stop.set()

    work(gone, tell=tell)
    assert len(rounds) < 20


def test_a_doubtful_post_of_a_removed_channel_asks_a_person(bench: Bench) -> None:
    post = doubt(bench)
    reconcile(replace(bench.parts, channels={}))
    row = bench.row(post)
    assert row.state is State.ATTENTION
    assert "no longer configured" in row.reason


def test_a_repeat_whose_channel_is_gone_asks_a_person(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(TWO_PHASE,))
    bench.x.hidden = True
    post = bench.queue(**ON_PAGE)
    bench.x.staging.append({"post_id": "1_2"})
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    reconcile(bench.parts)
    assert (bench.row(post).state, bench.row(post).clean) == (State.QUEUED, False)
    gone = replace(bench.parts, channels={})
    for _ in range(3):
        bench.clock.tick(timedelta(hours=12))
        reconcile(gone)
        deliver(gone)
    assert bench.row(post).state is State.ATTENTION
    assert bench.told.notices
    bench.parts.store.close()


# --- what a person may do meanwhile ---------------------------------------------------------------------------------


def test_what_may_be_live_cannot_be_dropped(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(TWO_PHASE,))
    bench.x.hidden = True
    post = bench.queue(**ON_PAGE)
    bench.x.staging.append({"post_id": "1_2"})
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    with pytest.raises(admin.Refused):
        admin.drop(bench.parts, bench.row(post))
    reconcile(bench.parts)
    assert bench.row(post).state is State.QUEUED
    with pytest.raises(admin.Refused):
        admin.drop(bench.parts, bench.row(post))
    bench.parts.store.close()


@pytest.mark.parametrize("state", ["queued", "unknown", "attention"])
def test_a_repeat_is_refused_while_the_first_edition_is_not_settled(tmp_path: Path, state: str) -> None:
    windows = Windows(settle=MINUTE, look_ups=(timedelta(0),))
    bench = make_bench(tmp_path, channels=(values.channel(windows=windows),))
    channel = bench.parts.channels["x"]
    bench.x.hidden = True
    (placed,) = admin.place(bench.parts, values.article(), channels_=[channel])
    if state != "queued":
        bench.x.publishing.append("lost")
        admin.send_now(bench.parts, placed.post)
    if state == "attention":
        run_for(bench, 10 * MINUTE)
    assert str(bench.row(placed.post).state) == state
    with pytest.raises(admin.Refused, match="first"):
        admin.place(bench.parts, values.article(), channels_=[channel], again="it did not go out")
    assert len(bench.states()) == 1
    bench.parts.store.close()

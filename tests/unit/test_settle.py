"""What a look-up proves: rules R8, R10, R11, R12 as tables of cases."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from syndicator.core import settle
from syndicator.core.lifecycle import Event
from syndicator.errors import Unreachable
from syndicator.model import AfterUnknown, Capabilities, Counting, LookUp, Post, Receipt, State, Windows
from tests import values
from tests.values import NOW, channel, post

W = timedelta(minutes=30)
CAPABILITIES = Capabilities(
    text_limit=280,
    counting=Counting.X_WEIGHTED,
    after_unknown=AfterUnknown.LOOK,
    settle=W,
    link_in_text=True,
    price=Decimal(0),
)
RECEIPT = Receipt(remote_id="1", remote_url="https://x.example/1", platform_at=NOW)


def doubtful(**changes: object) -> Post:
    return replace(post(state=State.UNKNOWN, attempts=1, clean=False, doubt_at=NOW), **changes)  # type: ignore[arg-type]


def absent(at: datetime, **changes: object) -> LookUp:
    return replace(LookUp(hits=(), complete=True, platform_at=at, seen=3), **changes)  # type: ignore[arg-type]


def judge(
    unknown: Post, look: LookUp, *, now: datetime, resend: bool = False, capabilities: Capabilities = CAPABILITIES
) -> settle.Verdict:
    return settle.judge(unknown, look, channel=channel(resend=resend), capabilities=capabilities, now=now)


def test_one_hit_is_adopted() -> None:
    verdict = judge(doubtful(), LookUp(hits=(RECEIPT,), complete=False, platform_at=NOW), now=NOW)
    assert verdict.event is Event.RECEIPT
    assert verdict.receipt == RECEIPT


def test_r12_two_hits_go_to_a_person() -> None:
    other = replace(RECEIPT, remote_id="2", remote_url="https://x.example/2")
    verdict = judge(doubtful(), absent(NOW, hits=(RECEIPT, other)), now=NOW)
    assert verdict.event is Event.ASK
    assert "https://x.example/2" in verdict.reason


def test_r10_the_window_starts_at_the_first_complete_look_up_by_the_platforms_clock() -> None:
    first = judge(doubtful(), absent(NOW), now=NOW)
    assert (first.event, first.settle_from) == (Event.LOOKED, NOW)
    assert first.next_look_at == NOW + timedelta(seconds=15)


@pytest.mark.parametrize(("resend", "event"), [(False, Event.ASK), (True, Event.RESEND)])
def test_r10_after_the_window_strict_asks_and_resend_sends_again(resend: bool, event: Event) -> None:
    later = NOW + W
    verdict = judge(doubtful(settle_from=NOW), absent(later), now=later, resend=resend)
    assert verdict.event is event
    assert verdict.clean is resend  # proven absent settles the attempt


def test_r10_one_second_before_the_end_of_the_window_proves_nothing() -> None:
    later = NOW + W - timedelta(seconds=1)
    assert judge(doubtful(settle_from=NOW), absent(later), now=later, resend=True).event is Event.LOOKED


def test_r10_our_own_clock_does_not_end_the_window() -> None:
    ours = NOW + timedelta(days=3)
    verdict = judge(doubtful(settle_from=NOW), absent(NOW + timedelta(minutes=1)), now=ours, resend=True)
    assert verdict.event is not Event.RESEND


def test_d19_a_platform_clock_that_runs_backwards_starts_the_window_anew() -> None:
    back = NOW - timedelta(seconds=40)
    verdict = judge(doubtful(settle_from=NOW), absent(back), now=NOW, resend=True)
    assert (verdict.event, verdict.settle_from) == (Event.LOOKED, back)


@pytest.mark.parametrize(
    "look",
    [
        absent(NOW + W, complete=False, note="cached answer"),
        LookUp(hits=(), complete=True, platform_at=None),
    ],
)
def test_r11_an_incomplete_look_up_is_not_evidence(look: LookUp) -> None:
    verdict = judge(doubtful(settle_from=NOW), look, now=NOW + W, resend=True)
    assert verdict.event is Event.LOOKED


def test_a_look_up_that_is_not_permitted_goes_to_a_person_at_once() -> None:
    verdict = judge(doubtful(), LookUp(hits=(), complete=False, permitted=False, note="403"), now=NOW)
    assert verdict.event is Event.ASK
    assert verdict.alert


def test_r8_absence_after_a_duplicate_refusal_is_never_resent() -> None:
    later = NOW + W
    verdict = judge(doubtful(settle_from=NOW, after_duplicate=True), absent(later), now=later, resend=True)
    assert verdict.event is Event.ASK


def test_the_second_believed_absence_goes_to_a_person() -> None:
    later = NOW + W
    verdict = judge(doubtful(settle_from=NOW, absences=1), absent(later), now=later, resend=True)
    assert (verdict.event, verdict.absences) == (Event.ASK, 2)


def test_look_ups_that_fail_for_two_hours_go_to_a_person() -> None:
    down = Unreachable("503", platform="twitter")
    facts = {"channel": channel(), "capabilities": CAPABILITIES}
    soon = settle.failed(doubtful(), down, now=NOW + timedelta(minutes=119), **facts)  # type: ignore[arg-type]
    late = settle.failed(doubtful(), down, now=NOW + timedelta(minutes=121), **facts)  # type: ignore[arg-type]
    assert (soon.event, late.event) == (Event.LOOKED, Event.ASK)
    assert soon.next_look_at is not None
    assert soon.next_look_at > NOW + timedelta(minutes=119)


def test_an_idempotent_publish_is_repeated_and_stays_unsettled() -> None:
    staged = doubtful(staged={"post_id": "1_2"}, payload=values.composed(after_unknown=AfterUnknown.REPEAT))
    verdict = judge(staged, absent(NOW), now=NOW)
    assert (verdict.event, verdict.clean) == (Event.RESEND, False)
    worn = judge(replace(staged, attempts=settle.REPEATS_MOST), absent(NOW), now=NOW)
    assert worn.event is Event.ASK


def test_law_6_a_channel_that_was_switched_to_repeating_does_not_repeat_what_was_sent_before() -> None:
    """The frozen request decides: one that creates is not made harmless by a new setting."""
    flip = replace(CAPABILITIES, after_unknown=AfterUnknown.REPEAT)
    direct = doubtful(staged={}, payload=values.composed())
    assert judge(direct, absent(NOW), now=NOW, capabilities=flip).event is Event.LOOKED


def test_law_6_what_may_never_be_resent_is_not_resent_even_if_the_channel_wants_it() -> None:
    handed = doubtful(settle_from=NOW, payload=values.composed(after_unknown=AfterUnknown.ASK))
    assert judge(handed, absent(NOW + W), now=NOW + W, resend=True).event is Event.ASK


def test_a_window_that_cannot_end_goes_to_a_person() -> None:
    started = doubtful(settle_from=NOW)
    cached = absent(NOW, complete=False, note="cached answer")
    assert judge(started, cached, now=NOW + timedelta(minutes=119)).event is Event.LOOKED
    assert judge(started, cached, now=NOW + timedelta(minutes=121)).event is Event.ASK


def test_the_look_up_schedule_is_the_configured_one_and_ends_at_the_window() -> None:
    windows = Windows(look_ups=(timedelta(0), timedelta(seconds=15), timedelta(minutes=1)), settle=timedelta(minutes=5))
    unknown = doubtful()
    at, seen = NOW, []
    state = unknown
    for _ in range(10):
        verdict = settle.judge(state, absent(at), channel=channel(windows=windows), capabilities=CAPABILITIES, now=at)
        seen.append(at - NOW)
        if verdict.event is not Event.LOOKED:
            break
        assert verdict.next_look_at is not None
        state, at = replace(state, settle_from=verdict.settle_from), verdict.next_look_at
    assert seen == [timedelta(0), timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5)]
    assert verdict.event is Event.ASK

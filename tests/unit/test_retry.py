"""What an error means for a post: the three questions, nothing else."""

from datetime import timedelta

import pytest

from syndicator.core.lifecycle import Event
from syndicator.core.retry import LONGEST_WAIT, Phase, backoff, decide, wait_until
from syndicator.errors import (
    AuthRequired,
    Duplicate,
    OutcomeUnknown,
    OutOfBudget,
    PlatformError,
    RateLimited,
    Rejected,
    SendDeadlinePassed,
    Unreachable,
)
from syndicator.model import Result
from tests.values import NOW, channel, post

EVERY = (Unreachable, SendDeadlinePassed, RateLimited, AuthRequired, OutOfBudget, Rejected, Duplicate, OutcomeUnknown)


def error(kind: type[PlatformError], **facts: object) -> PlatformError:
    return kind("said so", platform="twitter", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (Unreachable, Event.NOT_SENT),
        (SendDeadlinePassed, Event.NOT_SENT),
        (RateLimited, Event.NOT_SENT),
        (AuthRequired, Event.NOT_SENT),
        (OutOfBudget, Event.NOT_SENT),
        (Rejected, Event.REFUSED),
        (Duplicate, Event.DOUBT),
        (OutcomeUnknown, Event.DOUBT),
    ],
)
def test_r7_publish_errors_of_a_clean_post(kind: type[PlatformError], event: Event) -> None:
    decision = decide(error(kind), phase=Phase.PUBLISH, post=post(attempts=1), channel=channel(), now=NOW)
    assert decision.event is event
    assert decision.reason == "said so"


@pytest.mark.parametrize("kind", EVERY)
def test_before_the_fence_nothing_is_doubtful(kind: type[PlatformError]) -> None:
    decision = decide(error(kind), phase=Phase.STAGE, post=post(attempts=1), channel=channel(), now=NOW)
    assert decision.event is (Event.REFUSED if kind is Rejected else Event.NOT_SENT)


@pytest.mark.parametrize("kind", [Rejected, RateLimited, AuthRequired, OutOfBudget])
def test_r9_a_refusal_settles_nothing_while_an_earlier_attempt_is_unsettled(kind: type[PlatformError]) -> None:
    unsettled = post(attempts=2, clean=False)
    decision = decide(error(kind), phase=Phase.PUBLISH, post=unsettled, channel=channel(), now=NOW)
    assert decision.event is Event.DOUBT
    assert decision.result is Result.UNKNOWN


def test_r9_never_sent_says_nothing_about_earlier_attempts() -> None:
    unsettled = post(attempts=2, clean=False)
    decision = decide(error(Unreachable), phase=Phase.PUBLISH, post=unsettled, channel=channel(), now=NOW)
    assert decision.event is Event.NOT_SENT


def test_r8_a_duplicate_refusal_is_remembered_as_such() -> None:
    decision = decide(error(Duplicate), phase=Phase.PUBLISH, post=post(attempts=1), channel=channel(), now=NOW)
    assert decision.after_duplicate
    assert not decide(
        error(OutcomeUnknown), phase=Phase.PUBLISH, post=post(attempts=1), channel=channel(), now=NOW
    ).after_duplicate


@pytest.mark.parametrize("kind", [Unreachable, RateLimited, AuthRequired, OutOfBudget])
def test_a_condition_of_channel_or_platform_makes_the_channel_wait(kind: type[PlatformError]) -> None:
    decision = decide(error(kind), phase=Phase.PUBLISH, post=post(attempts=1), channel=channel(), now=NOW)
    assert decision.channel_waits_until == decision.due_at
    assert decision.due_at is not None
    assert decision.due_at > NOW


@pytest.mark.parametrize(
    ("facts", "wait"),
    [
        ({"reset_at": NOW + timedelta(minutes=7)}, timedelta(minutes=7)),
        ({"reset_at": NOW - timedelta(hours=1)}, timedelta(seconds=30)),
        ({"retry_after": timedelta(seconds=0)}, timedelta(seconds=30)),
        ({"retry_after": timedelta(days=3650)}, LONGEST_WAIT),
        ({"retry_after": timedelta(minutes=15)}, timedelta(minutes=15)),
        ({}, timedelta(seconds=30)),
    ],
)
def test_d10_waits_never_lie_in_the_past_and_never_spin(facts: dict[str, object], wait: timedelta) -> None:
    assert wait_until(error(RateLimited, **facts), channel=channel(), attempt=1, now=NOW) == NOW + wait


def test_backoff_doubles_up_to_its_bound() -> None:
    waits = [backoff(channel(), attempt) for attempt in range(1, 12)]
    assert waits[:4] == [timedelta(seconds=30 * factor) for factor in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(minutes=30)
    assert backoff(channel(), 10_000) == timedelta(minutes=30)

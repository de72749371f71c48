"""Quiet hours, spacing, caps and budget, also where clocks change."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.core.timing import Pace, after_quiet_hours, day_end, day_start, may_send, month_start
from syndicator.model import QuietHours
from tests.values import NOW, channel

NIGHT = QuietHours(start=time(23), end=time(6))
BRUSSELS = "Europe/Brussels"


def local(text: str, zone: str = BRUSSELS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-22T22:59", "2026-11-22T22:59"),
        ("2026-11-22T23:00", "2026-11-23T06:00"),
        ("2026-11-23T05:59", "2026-11-23T06:00"),
        ("2026-11-23T06:00", "2026-11-23T06:00"),
        # the night of the autumn change has one hour more, that of the spring change one less
        ("2026-10-24T23:30", "2026-10-25T06:00"),
        ("2026-03-28T23:30", "2026-03-29T06:00"),
    ],
)
def test_t07_quiet_hours_over_midnight_and_over_dst(at: str, until: str) -> None:
    quiet = channel(quiet_hours=NIGHT, timezone=BRUSSELS)
    assert after_quiet_hours(local(at), quiet) == local(until)


def test_t02_quiet_hours_that_end_in_the_skipped_hour_end_at_the_first_valid_instant() -> None:
    quiet = channel(quiet_hours=QuietHours(start=time(1), end=time(2, 30)), timezone=BRUSSELS)
    end = after_quiet_hours(local("2026-03-29T01:30"), quiet)
    assert end == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert after_quiet_hours(end, quiet) == end


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - made aware below
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from([BRUSSELS, "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC", "Africa/Cairo"]),
)
def test_t07_the_end_of_quiet_hours_is_never_in_the_past_and_never_more_than_two_long_days_away(
    at: datetime, start: time, end: time, zone: str
) -> None:
    quiet = channel(quiet_hours=QuietHours(start=start, end=end), timezone=zone)
    moment = at.replace(tzinfo=UTC)
    until = after_quiet_hours(moment, quiet)
    # Two where clocks skip the only loud hour of a day.
    assert moment <= until <= moment + timedelta(hours=50)


def test_spacing() -> None:
    spaced = channel(min_interval=timedelta(minutes=10))
    pace = Pace(last_at=NOW - timedelta(minutes=4))
    wait = may_send(NOW, channel=spaced, pace=pace, cost=Decimal(0))
    assert wait is not None
    assert wait.until == NOW + timedelta(minutes=6)
    assert may_send(NOW + timedelta(minutes=6), channel=spaced, pace=pace, cost=Decimal(0)) is None


def test_daily_cap_counts_the_local_day() -> None:
    capped = channel(daily_cap=2, timezone=BRUSSELS)
    assert may_send(NOW, channel=capped, pace=Pace(today=1), cost=Decimal(0)) is None
    wait = may_send(NOW, channel=capped, pace=Pace(today=2), cost=Decimal(0))
    assert wait is not None
    assert "daily cap" in wait.reason
    assert day_start(NOW, BRUSSELS) == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_budget_is_never_overspent() -> None:
    poor = channel(monthly_budget=Decimal("1.00"))
    assert may_send(NOW, channel=poor, pace=Pace(month_spend=Decimal("0.80")), cost=Decimal("0.200")) is None
    wait = may_send(NOW, channel=poor, pace=Pace(month_spend=Decimal("0.81")), cost=Decimal("0.200"))
    assert wait is not None
    assert "$0.81 of $1.00" in wait.reason
    assert month_start(NOW, BRUSSELS) == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_a_cap_on_a_day_of_25_hours_waits_for_midnight_and_never_for_the_past() -> None:
    capped = channel(daily_cap=1, timezone=BRUSSELS)
    late = local("2026-10-25T23:30")  # the day on which clocks go back
    wait = may_send(late, channel=capped, pace=Pace(today=1), cost=Decimal(0))
    assert wait is not None
    assert late < wait.until <= late + timedelta(minutes=10)
    assert day_end(late, BRUSSELS) == local("2026-10-26T00:00")


def test_t05_a_send_dated_in_the_future_says_nothing_about_spacing() -> None:
    spaced = channel(min_interval=timedelta(minutes=10))
    assert may_send(NOW, channel=spaced, pace=Pace(last_at=NOW + timedelta(hours=5)), cost=Decimal(0)) is None

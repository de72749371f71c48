"""What a source's polls teach: how long to wait, what is many, how long is silent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.core import rhythm
from syndicator.core.rhythm import Rhythm

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEAST, MOST = 5 * MINUTE, 2 * HOUR


def watched(
    *, every: timedelta, hours: range = range(24), days: int = 14, size: int = 1, weekend: bool = True
) -> Rhythm:
    """Poll every ten minutes for ``days``; the source has ``size`` news every ``every`` in its working ``hours``."""
    found = rhythm.learned(Rhythm(), at=MONDAY, new=0)
    at = MONDAY
    while at < MONDAY + days * DAY:
        before, at = at, at + 10 * MINUTE
        works = at.hour in hours and (weekend or at.weekday() < 5)
        new = size if works and (at - MONDAY) % every < 10 * MINUTE else 0
        found = rhythm.learned(found, at=at, new=new, last=before)
    return found


def wait(found: Rhythm, now: datetime) -> timedelta:
    return rhythm.interval(found, least=LEAST, most=MOST, now=now)


def test_a_new_source_and_one_without_bounds_are_asked_at_the_configured_interval() -> None:
    assert wait(Rhythm(), MONDAY) == LEAST
    busy = watched(every=8 * HOUR)
    assert rhythm.interval(busy, least=LEAST, most=None, now=MONDAY + 14 * DAY) == LEAST
    assert rhythm.interval(busy, least=LEAST, most=LEAST, now=MONDAY + 14 * DAY) == LEAST


@pytest.mark.parametrize(
    ("every", "low", "high"),
    [
        (10 * MINUTE, LEAST, LEAST),
        (HOUR, 10 * MINUTE, 20 * MINUTE),
        (250 * MINUTE, HOUR, 2 * HOUR),
        (2 * DAY, MOST, MOST),
    ],
)
def test_the_interval_follows_the_feed_within_its_bounds(every: timedelta, low: timedelta, high: timedelta) -> None:
    assert low <= wait(watched(every=every, days=30), MONDAY + 30 * DAY) <= high


def test_a_newsroom_that_sleeps_is_asked_less_at_night() -> None:
    found = watched(every=30 * MINUTE, hours=range(7, 20))
    noon, night = MONDAY + 14 * DAY - 4 * HOUR, MONDAY + 14 * DAY + 2 * HOUR
    assert wait(found, noon) < wait(found, night) / 2


def test_a_source_that_speaks_at_midnight_is_watched_closely_then() -> None:
    found = watched(every=DAY, days=40)
    assert wait(found, MONDAY + 39 * DAY + 23 * HOUR) < wait(found, MONDAY + 39 * DAY + 12 * HOUR)


def test_a_burst_after_a_silence_brings_short_intervals_back_within_a_dozen_news() -> None:
    found = watched(every=730 * MINUTE)
    assert wait(found, MONDAY + 14 * DAY) > HOUR
    at = MONDAY + 14 * DAY
    for _ in range(12):
        found = rhythm.learned(found, at=at + 10 * MINUTE, new=1, last=at)
        at += 10 * MINUTE
    assert wait(found, at) <= 30 * MINUTE


def test_what_is_usual_counts_the_polls_that_brought_news() -> None:
    assert rhythm.usual_most(Rhythm()) == 0
    assert rhythm.usual_most(watched(every=DAY, size=12)) == 12
    # One batch among 128 is no custom.
    once = rhythm.learned(watched(every=HOUR, size=2), at=MONDAY + 15 * DAY, new=300)
    assert rhythm.usual_most(once) == 2


def test_entries_a_day() -> None:
    assert rhythm.a_day(Rhythm(), now=MONDAY) == 0
    assert rhythm.a_day(watched(every=HOUR, size=2), now=MONDAY + 14 * DAY) == pytest.approx(48, rel=0.05)
    assert rhythm.a_day(watched(every=DAY, size=3), now=MONDAY + 14 * DAY) == pytest.approx(3, rel=0.1)


def test_a_weekend_is_no_silence_and_a_dead_feed_is() -> None:
    found = watched(every=HOUR, hours=range(8, 18), weekend=False)
    friday = MONDAY + 11 * DAY
    assert rhythm.silence(found, now=MONDAY + 14 * DAY + 8 * HOUR) is None
    quiet = rhythm.silence(found, now=friday + 8 * DAY)
    assert quiet is not None
    assert quiet > 7 * DAY


def test_silence_means_nothing_before_a_week_was_watched_or_of_a_source_that_hardly_speaks() -> None:
    assert rhythm.silence(watched(every=HOUR, days=5), now=MONDAY + 7 * DAY) is None
    assert rhythm.silence(watched(every=3 * DAY, days=30), now=MONDAY + 90 * DAY) is None
    assert rhythm.silence(watched(every=10 * MINUTE, days=9), now=MONDAY + 10 * DAY) is not None


def test_our_own_absence_is_no_silence_of_the_source() -> None:
    found = watched(every=HOUR)
    back = MONDAY + 24 * DAY
    again = rhythm.learned(found, at=back, new=0, last=MONDAY + 14 * DAY)
    assert rhythm.silence(again, now=back + HOUR) is None
    later = rhythm.learned(again, at=back + HOUR, new=1, last=back)
    assert later.longest < 2 * 3600


def test_an_unchanged_poll_is_nothing_to_write_down() -> None:
    found = watched(every=HOUR)
    end = MONDAY + 14 * DAY
    assert rhythm.learned(found, at=end + 10 * MINUTE, new=0, last=end) is found


def test_a_clock_set_back_does_no_harm() -> None:
    found = rhythm.learned(watched(every=HOUR), at=MONDAY, new=1, last=MONDAY + 14 * DAY)
    assert found.longest < 2 * 3600
    assert LEAST <= wait(found, MONDAY) <= MOST


def test_it_is_bounded_and_survives_json() -> None:
    found = watched(every=10 * MINUTE, days=20)
    assert len(found.news_at) == len(found.sizes) == rhythm.KEPT
    text = json.dumps(rhythm.written(found))
    assert len(text) < 2_500
    assert rhythm.read(json.loads(text)) == found
    assert rhythm.read(None) == rhythm.read({}) == Rhythm()
    assert rhythm.read({"hours": [1]}) == replace(Rhythm(), hours=(0,) * 24)


def test_f30_jitter_is_the_same_for_the_same_poll_never_longer_and_spread() -> None:
    waits = [rhythm.jittered(HOUR, source=f"s{n}", polls=7) for n in range(500)]
    assert waits == [rhythm.jittered(HOUR, source=f"s{n}", polls=7) for n in range(500)]
    assert all(54 * MINUTE <= one <= HOUR for one in waits)
    assert len({one // MINUTE for one in waits}) >= 6
    assert rhythm.jittered(HOUR, source="a", polls=1) != rhythm.jittered(HOUR, source="a", polls=2)

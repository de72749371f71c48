"""Quiet hours, spacing and days in every time zone there is, over two years with all their clock changes (T01–T07).

Zones with the same rules are tried once, and instants are chosen close around the changes, where alone anything can go
wrong; a few ordinary days stand for the rest.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from syndicator.core import plan, timing
from syndicator.core.rules import Match
from syndicator.core.timing import Pace, after_quiet_hours, day_end, day_start, may_send, ready_at
from syndicator.model import Channel, QuietHours, Route, Stabilise
from tests.values import NOW, article, channel

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
QUIET = [
    QuietHours(start=time(23), end=time(6)),
    QuietHours(start=time(1), end=time(2, 30)),
    QuietHours(start=time(2, 30), end=time(5)),
    QuietHours(start=time(22, 15), end=time(0, 30)),
    QuietHours(start=time(0), end=time(0, 45)),
    QuietHours(start=time(3), end=time(2)),
    QuietHours(start=time(2), end=time(3)),
]


def offsets(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    days = range((LAST - FIRST).days + 1)
    return tuple((FIRST + DAY * n).astimezone(zone).utcoffset() for n in days)


@cache
def zones() -> tuple[tuple[str, tuple[datetime, ...]], ...]:
    """Give one zone of each set of rules, with the instants at which its clocks change."""
    found: dict[tuple[timedelta | None, ...], str] = {}
    for name in sorted(available_timezones()):
        found.setdefault(offsets(ZoneInfo(name)), name)
    return tuple((name, tuple(changes(ZoneInfo(name), rules))) for rules, name in found.items())


def changes(zone: ZoneInfo, rules: tuple[timedelta | None, ...]) -> Iterator[datetime]:
    for n, (before, after) in enumerate(pairwise(rules)):
        if before != after:
            low, high = FIRST + DAY * n, FIRST + DAY * (n + 1)
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            yield high.replace(microsecond=0)


def around(changed_at: tuple[datetime, ...]) -> Iterator[datetime]:
    """Give instants to try: on an ordinary day, and before, at and after each change."""
    yield from (FIRST + timedelta(days=40, minutes=97 * n) for n in range(15))
    for at in changed_at:
        yield from (at + sign * step for sign in (-1, 1) for step in (timedelta(0), timedelta(seconds=1)))
        yield from (at + timedelta(minutes=n * 29) for n in range(-12, 12))
        yield from (at + n * 7 * HOUR + 13 * MINUTE for n in (-3, -2, 2, 3))


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Say what a person with a clock on the wall says."""
    clock = at.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def first_loud(at: datetime, until: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """Walk until the clock on the wall says that it is over."""
    while at < until and is_quiet(at, quiet, zone):
        at += timedelta(minutes=15)
    return at


def test_there_are_zones_with_changes_of_every_kind() -> None:
    assert len(zones()) > 50
    assert sum(bool(changed_at) for _, changed_at in zones()) > 20


def test_t02_t07_quiet_hours_by_the_clock_on_the_wall_in_all_zones() -> None:
    tried = 0
    for name, changed_at in zones():
        zone = ZoneInfo(name)
        for quiet in QUIET:
            policy = channel(quiet_hours=quiet, timezone=name)
            for at in around(changed_at):
                until = after_quiet_hours(at, policy)
                tried += 1
                where = f"{name} {quiet} {at} {until}"
                assert until >= at, where
                assert (until == at) is not is_quiet(at, quiet, zone), where
                assert not is_quiet(until, quiet, zone), where
                # The last quiet moment is right before: nothing waits longer than it has to.
                assert until == at or is_quiet(until - timedelta(seconds=1), quiet, zone), where
                # Where the only loud hour of a day is skipped, the next one is a day later.
                assert until - at <= (50 if quiet == QUIET[5] else 26) * HOUR, where
                assert after_quiet_hours(until, policy) == until, where
    assert tried > 20_000


def test_t02_t07_no_instant_in_between_is_one_at_which_it_may_be_sent() -> None:
    """But for the repeated hour of autumn, in which the wall may be loud once more; then it waits a little longer."""
    for name, changed_at in zones():
        zone = ZoneInfo(name)
        back = [at for at in changed_at if _goes_back(at, zone)]
        quiet = QUIET[len(name) % len(QUIET)]
        policy = channel(quiet_hours=quiet, timezone=name)
        for at in list(around(changed_at))[::5]:
            until = after_quiet_hours(at, policy)
            if not any(at - HOUR <= change <= until + HOUR for change in back):
                assert first_loud(at, until, quiet, zone) >= until, f"{name} {quiet} {at} {until}"


def _goes_back(at: datetime, zone: ZoneInfo) -> bool:
    before, after = (at - MINUTE).astimezone(zone).utcoffset(), (at + MINUTE).astimezone(zone).utcoffset()
    return before is not None and after is not None and after < before


def test_t01_a_local_day_begins_once_and_ends_where_the_next_one_begins_in_all_zones() -> None:
    for name, changed_at in zones():
        for at in around(changed_at):
            begun, ends = day_start(at, name), day_end(at, name)
            assert begun <= at < ends, f"{name} {at}"
            assert day_start(ends, name) == ends, f"{name} {at}"
            assert day_start(ends - timedelta(seconds=1), name) == begun, f"{name} {at}"
            assert 22 * HOUR <= ends - begun <= 26 * HOUR, f"{name} {at}"


def test_t02_spacing_is_time_that_passes_and_not_what_clocks_show() -> None:
    for name, changed_at in zones():
        spaced = channel(min_interval=45 * MINUTE, timezone=name)
        for at in changed_at:
            for since in (timedelta(0), 44 * MINUTE, 45 * MINUTE, 2 * HOUR):
                sent_at = at - 20 * MINUTE
                wait = may_send(sent_at + since, channel=spaced, pace=Pace(last_at=sent_at), cost=Decimal(0))
                assert (wait.until if wait else None) == (sent_at + 45 * MINUTE if since < 45 * MINUTE else None)


@pytest.mark.parametrize(
    ("zone", "quiet", "at", "until"),
    [
        # spring: 02:00 becomes 03:00 in Brussels at 01:00 UTC; half past two never comes
        ("Europe/Brussels", QUIET[1], "2026-03-29T00:30", "2026-03-29T01:00"),
        ("Europe/Brussels", QUIET[2], "2026-03-29T01:00", "2026-03-29T03:00"),
        # autumn: 03:00 becomes 02:00 in Brussels at 01:00 UTC; half past two comes twice
        ("Europe/Brussels", QUIET[1], "2026-10-25T00:10", "2026-10-25T00:30"),
        ("Europe/Brussels", QUIET[1], "2026-10-25T01:10", "2026-10-25T01:30"),
        # Cairo has no midnight on the last Friday of April
        ("Africa/Cairo", QUIET[4], "2026-04-23T22:10", "2026-04-23T22:10"),
        ("Africa/Cairo", QUIET[3], "2026-04-23T21:00", "2026-04-23T22:00"),
        # half an hour only, in the other direction of the year
        ("Australia/Lord_Howe", QUIET[6], "2026-10-03T15:30", "2026-10-03T16:00"),
    ],
)
def test_t02_known_nights(zone: str, quiet: QuietHours, at: str, until: str) -> None:
    policy = channel(quiet_hours=quiet, timezone=zone)
    begins, ends = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (at, until))
    assert after_quiet_hours(begins, policy) == ends


@pytest.mark.parametrize(
    "at", ["2038-01-19T03:14:07", "2038-01-19T03:14:08", "2100-02-28T23:59:59", "9998-12-31T23:59"]
)
def test_t06_far_years_do_no_harm(at: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    policy = channel(quiet_hours=QUIET[0], timezone="Europe/Brussels")
    assert moment <= after_quiet_hours(moment, policy) <= moment + DAY
    assert day_start(moment, "Pacific/Chatham") <= moment < day_end(moment, "Pacific/Chatham")


# --- waiting to be stable -------------------------------------------------------------------------------------------

WATCHED = Stabilise(minimum=2 * MINUTE, quiet=5 * MINUTE, maximum=20 * MINUTE)


@pytest.mark.parametrize(
    ("revised", "ready"),
    [
        (None, 5),  # nobody edited it for five minutes
        (1, 6),
        (14, 19),
        (15, 20),
        (19, 20),  # however often it changes
        (300, 20),
    ],
)
def test_an_article_is_ready_when_it_has_stopped_changing(revised: int | None, ready: int) -> None:
    revised_at = None if revised is None else NOW + revised * MINUTE
    assert ready_at(NOW, revised_at, WATCHED) == NOW + ready * MINUTE


def test_the_minimum_holds_for_what_does_not_change() -> None:
    assert ready_at(NOW, None, Stabilise(minimum=4 * MINUTE, quiet=MINUTE, maximum=HOUR)) == NOW + 4 * MINUTE


def due(chosen: Channel, route: Route, *, breaking: bool = False, **story: object) -> datetime:
    match = Match(rule="r", route=route, breaking=breaking)
    return plan.due_at(article(first_seen_at=NOW, **story), channel=chosen, match=match, planned_at=NOW, now=NOW)


def test_the_longest_of_delay_stability_and_undo_says_when_a_post_is_due() -> None:
    route = Route(channel="x", stabilise=WATCHED, delay=MINUTE)
    assert due(channel(), route) == NOW + 5 * MINUTE
    assert due(channel(), Route(channel="x", stabilise=WATCHED, delay=9 * MINUTE)) == NOW + 9 * MINUTE
    assert due(channel(undo=HOUR), route) == NOW + HOUR
    assert due(channel(), route, published_at=NOW + HOUR) == NOW + 61 * MINUTE


def test_breaking_news_waits_for_nothing_but_undo_and_quiet_hours() -> None:
    route = Route(channel="x", stabilise=WATCHED)
    assert due(channel(), route, breaking=True) == NOW
    assert due(channel(undo=30 * MINUTE), route, breaking=True) == NOW + 30 * MINUTE
    night = channel(quiet_hours=QuietHours(start=time(11), end=time(14)))
    assert due(night, route, breaking=True) == NOW + 2 * HOUR


def test_the_instant_of_a_wall_time_is_exact() -> None:
    skipped = timing._instant(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Brussels"), fold=0)  # noqa: DTZ001 - a wall time
    assert skipped == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

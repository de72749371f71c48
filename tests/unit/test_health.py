"""Every state of a source's health once: what it is called, whether it needs a person, what is to be typed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syndicator.core import health, rhythm
from syndicator.core.guards import Circumstances
from syndicator.core.health import Sign, Vitals
from syndicator.core.rhythm import Rhythm
from syndicator.service import pace
from tests.values import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def vitals(**changes: Any) -> Vitals:
    """A source that is well, but for ``changes``."""
    well = Vitals(name="news", now=NOW, baseline_at=NOW - 30 * DAY, last_success_at=NOW - timedelta(minutes=2))
    return replace(well, **changes)


def steady(*, days: int = 20, until: timedelta = timedelta(0), every: timedelta = 2 * HOUR) -> Rhythm:
    """What is learned of a source with one article every so often, up to ``until`` before now."""
    known, at, last = Rhythm(), NOW - days * DAY, None
    while at <= NOW - until:
        known = rhythm.learned(known, at=at, new=1, last=last)
        at, last = at + every, at
    return known


CASES = [
    ({}, Sign.OK, "ok", False),
    ({"baseline_at": None, "last_success_at": None}, Sign.NEW, "baseline not yet", False),
    ({"failures": 1, "last_success_at": NOW - 2 * HOUR}, Sign.FAILING, "failing 2 h", False),
    ({"failures": 5, "last_success_at": NOW - 3 * DAY}, Sign.FAILING, "failing 3 d", True),
    ({"failures": 5, "last_success_at": None}, Sign.FAILING, "failing, 5 polls", True),
    ({"gone_at": NOW - 2 * DAY, "failures": 9}, Sign.GONE, "gone 2 d", True),
    ({"moved_to": "https://b.example/", "moved_at": NOW, "moved_polls": 1}, Sign.MOVED, "moved?", False),
    ({"moved_to": "https://b.example/", "moved_at": NOW - DAY, "moved_polls": 3}, Sign.MOVED, "moved", True),
    (
        {"moved_to": "https://b.example/", "moved_at": NOW - DAY, "moved_polls": 3, "followed": True},
        Sign.MOVED,
        "moved",
        False,
    ),
    ({"rhythm": steady(until=2 * DAY)}, Sign.SILENT, "silent 2 d", True),
    ({"rhythm": steady()}, Sign.OK, "ok", False),
    ({"held": 30, "held_for": "30 new articles at once"}, Sign.HELD, "held: 30", True),
    ({"paused_at": NOW - HOUR}, Sign.PAUSED, "paused", False),
    ({"paused_at": NOW - HOUR, "paused_until": NOW + 2 * HOUR}, Sign.PAUSED, "paused 2 h", False),
    ({"paused_at": NOW - HOUR, "paused_until": NOW}, Sign.OK, "ok", False),
    ({"configured": False}, Sign.STRAY, "not configured", False),
]


@pytest.mark.parametrize(("changes", "sign", "short", "needs"), CASES)
def test_each_state(changes: dict[str, Any], sign: Sign, short: str, *, needs: bool) -> None:
    first = health.findings(vitals(**changes))[0]
    assert (first.sign, first.short, first.needs) == (sign, short, needs)
    assert first.says
    assert not first.needs or first.commands, "who is needed is told what to type"


def test_every_sign_is_shown_once() -> None:
    assert {sign for _, sign, _, _ in CASES} == set(Sign)


def test_several_at_once_name_first_what_needs_a_person() -> None:
    found = health.findings(vitals(paused_at=NOW, failures=1, held=3, moved_to="https://b.example/"))
    assert [one.sign for one in found] == [Sign.HELD, Sign.FAILING, Sign.MOVED, Sign.PAUSED]


def test_a_source_that_nobody_reads_is_not_called_silent() -> None:
    quiet = steady(until=2 * DAY)
    assert health.findings(vitals(rhythm=quiet, paused_at=NOW))[0].sign is Sign.PAUSED
    assert health.findings(vitals(rhythm=quiet, failures=1))[0].sign is Sign.FAILING


def test_health_and_alarms_go_by_the_same_numbers() -> None:
    assert health.FAILURES == pace.ALARM_AFTER
    assert (health.MOVED_POLLS, health.MOVED) == (pace.MOVED_POLLS, pace.MOVED_AFTER)


def given(**changes: Any) -> Circumstances:
    known = Circumstances(
        rhythm=Rhythm(),
        window=None,
        flood_limit=None,
        max_age=DAY,
        interval=timedelta(minutes=5),
        last_at=NOW,
        last_news_at=None,
        now=NOW,
    )
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("changes", "begins", "holds"),
    [
        ({"flood_limit": 12}, "12 new articles", "as the configuration says"),
        ({}, "5 new articles", "its length is not known yet; never fewer than 5"),
        ({"window": 50}, "10 new articles", "not known yet (0 of 20 polls with news)"),
        ({"window": 200, "rhythm": steady()}, "5 new articles", "brought at most 1, times 3 is 3"),
        (
            {"window": 200, "rhythm": replace(steady(), sizes=(4,) * 120)},
            "12 new articles",
            "a fifth of its 200 entries is 40, and the smaller one counts",
        ),
        ({"rhythm": steady(), "last_at": NOW - 6 * HOUR}, "5 new articles", "; 11 at this moment, as nobody read"),
    ],
)  # fmt: skip
def test_the_flood_limit_says_where_it_comes_from(changes: dict[str, Any], begins: str, holds: str) -> None:
    said = health.limit(given(**changes))
    assert said.startswith(begins)
    assert holds in said

"""How much news is plausible, which headlines are the same, what a route catches up with: decisions as tables."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.core import guards
from syndicator.core.guards import Circumstances, Suspect
from syndicator.core.rhythm import Rhythm
from syndicator.model import CatchUp
from tests.values import NOW, article

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def around(*sizes: int, days: float = 10, **changes: Any) -> Circumstances:
    """Give circumstances of a source that brought ``sizes`` in its polls with news, over some days."""
    seconds = int(NOW.timestamp())
    since = seconds - int(days * 86_400)
    news_at = tuple(range(seconds - len(sizes), seconds))
    rhythm = Rhythm(news_at=news_at, sizes=sizes, began_at=since, since=since, heard_at=seconds - 3600)
    fields: dict[str, Any] = {
        "rhythm": rhythm,
        "window": 50,
        "flood_limit": None,
        "max_age": DAY,
        "interval": 5 * MINUTE,
        "last_at": NOW - 5 * MINUTE,
        "last_news_at": NOW - HOUR,
        "now": NOW,
    }
    return Circumstances(**fields | changes)


@pytest.mark.parametrize(
    ("given_", "limit"),
    [
        (around(), 10),  # nothing learned: a fifth of the document
        (around(window=400), 20),  # … but never more than 20
        (around(window=None), 5),
        (around(window=4), 5),
        (around(*[1] * 30), 5),  # a quiet source
        (around(*[3] * 30), 9),  # three times the most that is usual
        (around(*[3] * 30, window=30), 6),  # a fifth of the document is less
        (around(*[8] * 100, 40, window=500), 24),  # one large poll in a hundred says nothing
        (around(*[1] * 19), 10),  # too few polls to say what is usual
        (around(15), 15),  # a person released fifteen: so many are its day
        (around(*[15] * 30, window=20), 15),
        (around(*[9] * 30, flood_limit=2), 2),  # a person knows better
        (around(flood_limit=100), 100),
    ],
)
def test_f08_the_limit_of_one_poll(given_: Circumstances, limit: int) -> None:
    assert guards.believed(given_) == limit
    assert guards.flood(given_, limit) is None
    assert guards.flood(given_, limit + 1 + int(2 * guards.missed(given_))) is not None


def test_f08_after_an_absence_of_ours_twice_what_the_source_brings_in_that_time_is_plausible() -> None:
    """48 articles a day, nobody read for five hours: 10 are usual."""
    gap = around(*[2] * 100, days=200 / 48, last_at=NOW - 5 * HOUR)
    assert round(guards.missed(gap)) == 10
    assert guards.plausible(gap) == guards.believed(gap) + 20
    doubt = guards.flood(gap, 27)
    assert doubt is not None
    assert doubt.guard is Suspect.CATCH_UP
    assert doubt.reason == "27 new articles after 5 h in which nobody read the source; 10 are usual in that time"


def test_f08_no_absence_makes_more_plausible_than_what_is_young_enough_to_be_posted() -> None:
    weeks = around(*[2] * 100, days=200 / 48, last_at=NOW - 30 * DAY)
    assert round(guards.missed(weeks)) == 48


def test_f10_many_after_a_long_silence_of_the_source_are_named_so() -> None:
    doubt = guards.flood(around(*[1] * 30, last_news_at=NOW - 23 * DAY), 50)
    assert doubt is not None
    assert (doubt.guard, doubt.reason) == (
        Suspect.SILENCE,
        "50 new articles at once after 23 d without any; at most 5 are plausible",
    )
    ordinary = guards.flood(around(*[1] * 30), 50)
    assert ordinary is not None
    assert ordinary.guard is Suspect.FLOOD


@pytest.mark.parametrize(
    ("gap", "interval", "outage"),
    [
        (5 * MINUTE, 5 * MINUTE, False),
        (30 * MINUTE, 5 * MINUTE, False),
        (31 * MINUTE, 5 * MINUTE, True),
        (3 * HOUR, HOUR, False),
        (5 * HOUR, HOUR, True),
        (-HOUR, 5 * MINUTE, False),  # our clock went back
    ],
)
def test_what_is_an_outage(gap: timedelta, interval: timedelta, outage: bool) -> None:
    assert around(last_at=NOW - gap, interval=interval).outage is outage


def test_a_source_that_was_never_read_has_no_gap() -> None:
    assert not around(last_at=None).outage


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Harbour reopens after the storm", "HARBOUR REOPENS: after the Storm!", True),
        ("“Never again”, says minister", "'Never again' says minister", True),
        ("Ostsee–Fähre", "ostsee-fähre", True),
        ("Straße gesperrt", "STRASSE GESPERRT", True),
        ("Cafe\u0301 society", "Café society", True),
        ("Ⅷ. Gipfel", "viii gipfel", True),
        ("Ministerė: „Taip“", "MINISTERĖ – taip", True),
        ("台風で港閉鎖", "台風で港 閉鎖！", True),
        ("The 3 ports", "The 4 ports", False),
        ("हिंदी", "हिदी", False),
        ("Storm", "Storms", False),
    ],
)
def test_f05_headlines_that_are_the_same(one: str, other: str, same: bool) -> None:
    assert (guards.title_key(one) == guards.title_key(other)) is same


def test_f05_a_headline_of_signs_only_is_like_no_other() -> None:
    assert guards.title_key(" … !?") == ""


@given(st.text(max_size=60))
def test_f05_any_text_has_a_key_that_is_its_own_key(title: str) -> None:
    key = guards.title_key(title)
    assert guards.title_key(key) == key


@pytest.mark.parametrize(
    ("title", "withdrawn"),
    [
        ("[Withdrawn] Minister resigns", True),
        (" [REMOVED]", True),
        ("(retracted) Study", True),
        ("Minister withdraws [removed from office]", False),
        ("Withdrawn: the offer", False),
    ],
)
def test_f07_headlines_that_take_the_story_back(title: str, withdrawn: bool) -> None:
    assert guards.withdrawn(title) is withdrawn


@pytest.mark.parametrize(
    ("policy", "newer", "age", "posted"),
    [
        (None, 99, DAY, True),
        (CatchUp(newest=3), 2, DAY, True),
        (CatchUp(newest=3), 3, MINUTE, False),
        (CatchUp(newest=0), 0, MINUTE, False),
        (CatchUp(younger=2 * HOUR), 99, 2 * HOUR, True),
        (CatchUp(younger=2 * HOUR), 0, 2 * HOUR + MINUTE, False),
        (CatchUp(), 99, DAY, True),  # a person was asked and let it go
    ],
)
def test_what_a_route_catches_up_with(policy: CatchUp | None, newer: int, age: timedelta, posted: bool) -> None:
    story = article(published_at=NOW - age)
    assert (guards.left_out(policy, story, newer=newer, now=NOW) == "") is posted


def test_the_newest_come_first_and_a_future_date_counts_as_seen() -> None:
    dates = {"old": NOW - DAY, "new": NOW - HOUR, "undated": None, "future": NOW + DAY}
    found = [article(id=name, published_at=at, first_seen_at=NOW - MINUTE) for name, at in dates.items()]
    assert [one.id for one in guards.newest_first(found)][2:] == ["new", "old"]

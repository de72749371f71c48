"""What goes to the process that renders is what comes out there."""

from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from syndicator import platforms
from syndicator.core.teaser_choice import Choice
from syndicator.core.teaser_plain import Asked, plain_of, requests_of, text_of, value_of
from syndicator.core.teaser_request import TeaserRequest
from syndicator.model import Channel, HouseStyle, QuietHours, Windows
from tests import values

FULL = Channel(
    name="x",
    platform="twitter",
    language="pt-BR",
    timezone="America/Sao_Paulo",
    min_interval=timedelta(minutes=3, microseconds=5),
    hashtags_most=0,
    daily_cap=40,
    monthly_budget=Decimal("12.50"),
    quiet_hours=QuietHours(start=time(23, 30), end=time(6)),
    preflight=True,
    utm={"campaign": "Zoë & “desk”"},
    windows=Windows(settle=timedelta(hours=1), look_ups=(timedelta(0), timedelta(days=2))),
    options={"publish_mode": "two_phase"},
)
HOUSE = HouseStyle(hashtags={"EU": "Europe"}, stop=("News", "\ud83d"), allow=("@EU",), boilerplate={"a": ("re:^x$",)})


@pytest.mark.parametrize(
    "value",
    [
        FULL,
        Channel(name="y", platform="facebook"),
        HOUSE,
        HouseStyle(),
        *(platforms.load(name).capabilities(FULL) for name in ("twitter", "facebook", "youtube")),
    ],
)
def test_settings_are_the_same_on_the_other_side(value: Any) -> None:
    read = value_of(text_of(value))
    assert read == value
    assert [type(getattr(read, one.name)) for one in fields(value)] == [
        type(getattr(value, one.name)) for one in fields(value)
    ]


def test_a_setting_that_nobody_can_write_is_an_error_and_no_other_setting() -> None:
    with pytest.raises(TypeError, match="complex"):
        text_of(replace(FULL, options={"a": 1j}))  # type: ignore[dict-item]


def test_a_request_is_the_same_for_templates_and_what_is_shared_is_sent_once() -> None:
    story = values.article(updated_at=datetime(2026, 11, 22, 9, 30, 0, 5, tzinfo=UTC), tags=("a", "b"), labels=("c",))
    limits = platforms.load("twitter").capabilities(FULL)
    request = TeaserRequest(
        article=story, channel=FULL, capabilities=limits, template="", link="https://a.example/", site_name="Daily"
    )
    plain = plain_of([Asked(request, Choice(name="twitter.j2", why="so"))] * 3)
    assert [len(plain[name]) for name in ("articles", "settings", "requests")] == [1, 2, 3]
    one, two, _ = requests_of(plain)
    assert one == two
    assert one.article is two.article, "its words are cleaned once"
    assert (one.channel, one.capabilities, one.link, one.template) == (FULL, limits, request.link, "twitter.j2")
    for name in ("id", "url", "title", "summary", "published_at", "updated_at", "authors", "tags", "labels", "source"):
        assert getattr(one.article, name) == getattr(story, name), name

"""What a subscription needs next, as a table; and that renewals come at 50 to 80 % of a lease (X15)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syndicator.push import lease
from syndicator.push.lease import Step
from syndicator.store.subscriptions import Standing, Subscription
from tests.values import NOW

HUB = "https://hub.example/"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def subscription(state: Standing, **changes: Any) -> Subscription:
    made = Subscription(source="news", hub=HUB, topic="t", path="p", secret="s", state=state, asked_at=NOW)
    return replace(made, **changes)


ASKED = subscription(Standing.ASKED)
ACTIVE = subscription(Standing.ACTIVE, verified_at=NOW, lease_until=NOW + 10 * DAY)
RENEWING = replace(ACTIVE, asked_at=NOW + 8 * DAY)
DENIED = subscription(Standing.DENIED)
ENDED = subscription(Standing.ENDED)

TABLE: list[tuple[str, Subscription | None, dict[str, Any], Step]] = [
    ("a hub is new", None, {}, Step.SUBSCRIBE),
    ("no hub", None, {"hub": ""}, Step.NONE),
    ("not wanted", None, {"wanted": False}, Step.NONE),
    ("just asked", ASKED, {"after": MINUTE}, Step.NONE),
    ("asked and nobody came", ASKED, {"after": 6 * MINUTE}, Step.RENEW),
    ("asked twice and nobody came", ASKED, {"after": 6 * MINUTE, "failures": 1}, Step.NONE),
    ("asked often and nobody came", ASKED, {"after": timedelta(hours=7), "failures": 50}, Step.RENEW),
    ("asked long ago", ASKED, {"after": 3 * DAY}, Step.RENEW),
    ("asked by a clock that ran ahead", ASKED, {"after": -DAY}, Step.RENEW),
    ("young", ACTIVE, {"after": 4 * DAY}, Step.NONE),
    ("old", ACTIVE, {"after": 8 * DAY + MINUTE}, Step.RENEW),
    ("lapsed", ACTIVE, {"after": 30 * DAY}, Step.RENEW),
    ("being renewed", RENEWING, {"after": 8 * DAY + MINUTE}, Step.NONE),
    ("renewal not answered", RENEWING, {"after": 8 * DAY + 6 * MINUTE}, Step.RENEW),
    ("another hub", ACTIVE, {"after": DAY, "hub": "https://other.example/"}, Step.SUBSCRIBE),
    ("another hub at each reading", ACTIVE, {"after": MINUTE, "hub": "https://other.example/"}, Step.NONE),
    ("denied", DENIED, {"after": timedelta(hours=23)}, Step.NONE),
    ("denied a day ago", DENIED, {"after": DAY + MINUTE}, Step.SUBSCRIBE),
    ("the feed left its hub", ACTIVE, {"hub": ""}, Step.END),
    ("switched off", ACTIVE, {"wanted": False}, Step.END),
    ("switched off while asked", ASKED, {"wanted": False}, Step.END),
    ("switched off and ended", ENDED, {"wanted": False, "after": DAY}, Step.NONE),
    ("switched off and denied", DENIED, {"wanted": False}, Step.NONE),
    ("switched on again", ENDED, {"after": DAY}, Step.SUBSCRIBE),
]


@pytest.mark.parametrize(("known", "given", "step"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_next_step(known: Subscription | None, given: dict[str, Any], step: Step) -> None:
    facts: dict[str, Any] = {"hub": HUB, "wanted": True, "failures": 0} | given
    now = NOW + facts.pop("after", timedelta(0))
    assert lease.step(known, now=now, **facts) is step


def test_x15_leases_are_renewed_at_50_to_80_percent_and_not_all_at_once() -> None:
    seen = set()
    for n in range(200):
        known = replace(ACTIVE, source=f"source-{n}", asked_at=NOW)
        hours = next(
            hour
            for hour in range(24 * 11)
            if lease.step(known, hub=HUB, wanted=True, now=NOW + timedelta(hours=hour), failures=0) is Step.RENEW
        )
        assert 0.5 <= hours / 240 <= 0.81
        seen.add(hours)
    assert len(seen) > 30


def test_a_hubs_lease_is_believed_within_reason() -> None:
    assert lease.granted(None) == lease.ASKED_FOR
    assert lease.granted(0) == lease.SHORTEST
    assert lease.granted(10**12 - 1) == lease.LONGEST
    assert lease.granted(3600) == timedelta(hours=1)

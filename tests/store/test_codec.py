"""Values survive the way to text and back, and equal values give equal text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.model import AfterUnknown, Composed, Media, Picture
from syndicator.store import codec
from tests.store.samples import COMPOSED

TEXT = st.text(st.characters(codec=None), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
MEDIA = st.builds(
    Media, sha256=TEXT, mime=TEXT, width=st.integers(0), height=st.integers(0), size=st.integers(0), alt=TEXT
)


@given(
    text=TEXT, request=st.dictionaries(TEXT, JSON, max_size=4), cost=st.decimals(0, 1000, places=6),
    media=st.lists(MEDIA, max_size=3), warnings=st.lists(TEXT, max_size=3), language=st.none() | TEXT,
)  # fmt: skip
def test_a_composed_request_survives(
    text: str, request: dict[str, object], cost: Decimal, media: list[Media], warnings: list[str], language: str | None
) -> None:
    teaser = replace(COMPOSED.teaser, text=text, media=tuple(media), warnings=tuple(warnings), language=language)
    composed: Composed = replace(COMPOSED, teaser=teaser, request=request, cost=cost)
    written = codec.dump_composed(composed)
    assert codec.load_composed(written) == composed
    assert codec.dump_composed(codec.load_composed(written)) == written
    assert codec.plain(written) == written


@given(JSON)
def test_canonical_text_does_not_depend_on_the_order_of_keys(value: object) -> None:
    turned = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert codec.canonical(value) == codec.canonical(turned)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])),
       st.datetimes(timezones=st.just(UTC)))  # fmt: skip
def test_instants_survive_and_sort(one: datetime, other: datetime) -> None:
    try:
        one.astimezone(UTC)
    except OverflowError:
        return
    first, second = codec.dump_instant(one), codec.dump_instant(other)
    assert codec.load_instant(first) == one
    assert (first < second) == (one < other)


@given(st.decimals(0, 10**9, places=6))
def test_money_survives(amount: Decimal) -> None:
    assert codec.load_money(codec.dump_money(amount)) == amount


def test_money_is_never_understated() -> None:
    assert codec.dump_money(Decimal("0.0000001")) == 1
    assert codec.load_money(0) == Decimal(0)


def test_what_is_no_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        codec.dump_instant(datetime(2026, 11, 22))  # noqa: DTZ001
    with pytest.raises(ValueError, match="not an instant"):
        codec.load_instant("2026-11-22")


def test_a_picture_survives() -> None:
    picture = Picture(url="https://eutoday.example/ą.jpg", alt="„A“")
    assert codec.load_picture(codec.dump_picture(picture)) == picture
    assert codec.dump_picture(picture) == '{"alt":"„A“","url":"https://eutoday.example/ą.jpg"}'  # as ever
    several = Picture(url=picture.url, others=(picture, Picture(url="https://eutoday.example/b.jpg")))
    assert codec.load_picture(codec.dump_picture(several)).others == several.others


def test_d35_a_request_of_the_version_before_is_read_as_one_that_creates() -> None:
    """It does not say whether repeating it is harmless, so it is not repeated."""
    data = json.loads(codec.dump_composed(COMPOSED))
    del data["after_unknown"]
    assert codec.load_composed(json.dumps(data)).after_unknown is AfterUnknown.LOOK

"""Durations, money and addresses: what one value may be."""

from contextlib import suppress
from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.settings import values
from syndicator.settings.values import LONGEST, Unfit

MILLISECONDS = st.integers(min_value=0, max_value=LONGEST // timedelta(milliseconds=1))


@given(MILLISECONDS)
def test_a_duration_reads_back_as_it_was_written(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert values.read_duration(values.show_duration(duration)) == duration


@given(st.tuples(*[st.none() | st.integers(0, 99)] * 5).filter(lambda t: any(n is not None for n in t)))
def test_a_duration_is_the_sum_of_its_pieces(counts: tuple[int | None, ...]) -> None:
    pieces = [(n, unit) for n, unit in zip(counts, values.UNITS, strict=True) if n is not None]
    text = "".join(f"{n}{unit}" for n, unit in pieces)
    assert values.read_duration(text) == sum((n * values.UNITS[unit] for n, unit in pieces), timedelta(0))


@given(st.text())
def test_any_text_is_a_duration_or_unfit(text: str) -> None:
    with suppress(Unfit):
        assert timedelta(0) <= values.read_duration(text) <= LONGEST


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("200ms", timedelta(milliseconds=200)),
        ("0s", timedelta(0)),
    ],
)
def test_the_documented_durations(text: str, duration: timedelta) -> None:
    assert values.read_duration(text) == duration


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (5, "5 has no unit", '"5s"'),
        (Decimal("0.5"), "0.5 has no unit", "unit"),
        ("", "is not a duration", "write a number and a unit"),
        ("5 minutes", "is not a duration", 'write "5m"'),
        ("1h 30m", "is not a duration", 'write "1h30m"'),
        ("2 hours and 5 min", "is not a duration", 'write "2h5m"'),
        ("30m1h", "is not a duration", "write a number and a unit"),
        ("-5m", "is not a duration", "write a number and a unit"),
        ("٥m", "is not a duration", "write a number and a unit"),
        ("99999d", "longer than ten years", ""),
        ("9" * 5000 + "d", "longer than ten years", ""),
        (True, "must be a duration in quotes", ""),
        (["5m"], "must be a duration in quotes", ""),
    ],
)
def test_what_is_no_duration_says_how_to_write_it(value: object, message: str, hint: str) -> None:
    with pytest.raises(Unfit) as caught:
        values.read_duration(value)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_quiet_hours_span_midnight_and_take_a_dash() -> None:
    quiet = values.read_quiet_hours("23:00–6:30")
    assert (quiet.start, quiet.end) == (time(23), time(6, 30))


@pytest.mark.parametrize("value", ["23:00", "23-6", "24:00-06:00", "06:00-06:00", "23:61-06:00", 23, None])
def test_odd_quiet_hours_are_refused(value: object) -> None:
    with pytest.raises(Unfit):
        values.read_quiet_hours(value)


@pytest.mark.parametrize("value", [Decimal("150.00"), 150, "150.00", " 150 ", 0])
def test_money_is_exact(value: object) -> None:
    assert isinstance(values.read_money(value), Decimal)


@pytest.mark.parametrize(
    "value", [-1, Decimal("-0.01"), "$150", "1e3", "nan", Decimal("NaN"), Decimal("inf"), True, 1.5]
)
def test_odd_money_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        values.read_money(value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("Europe/Brusels", "did you mean `Europe/Brussels`?"),
        ("Brussels", "did you mean `Europe/Brussels`?"),
        ("europe/paris", "did you mean `Europe/Paris`?"),
        ("../../etc/passwd", "such as"),
        ("", "such as"),
        ("Europe", ""),
        (1, "such as"),
    ],
)
def test_odd_time_zones_are_refused(value: object, hint: str) -> None:
    with pytest.raises(Unfit) as caught:
        values.read_time_zone(value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "a.example/feed",
        "https://",
        "https://user:pw@a.example/",
        r"http://a.example\@127.0.0.1/",
        "https://a.example/a b",
        "https://a.example:port/",
        "https://127。0。0。1/",
        "http://[::1",
        7,
    ],
)
def test_addresses_that_parsers_read_differently_are_refused(url: object) -> None:
    with pytest.raises(Unfit):
        values.read_web_address(url)


def test_a_host_in_letters_is_shown_in_its_ascii_form() -> None:
    with pytest.raises(Unfit) as caught:
        values.read_web_address("https://zeitung-für-alle.example/")
    assert caught.value.hint == "write xn--zeitung-fr-alle-7vb.example"


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://localhost/feed", True),
        ("http://LOCALHOST./feed", True),
        ("http://news.localhost/feed", True),
        ("http://[::1]/", True),
        ("http://127.1/", True),
        ("http://2130706433/", True),
        ("http://0x7f.1/", True),
        ("http://10.2.3.4/", True),
        ("http://192.168.1.1/", True),
        ("http://169.254.169.254/", True),
        ("http://100.64.0.1/", True),
        ("http://[fe80::1%25eth0]/", True),
        ("http://0.0.0.0/", True),
        ("http://224.0.0.1/", True),
        ("https://8.8.8.8/", False),
        ("https://eutoday.net/feed/", False),
        ("https://10.example/", False),
        ("https://facade.be/", False),
    ],
)
def test_private_addresses_are_known_without_asking_dns(url: str, private: bool) -> None:
    assert values.is_private(url) is private


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://api.example/x/", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://127.9.9.9/x", True),
        ("http://[::1]:8080/x", True),
        ("http://localhost:8080/x", True),
        ("http://192.168.1.1/x", False),
        ("http://localhost.example/x", False),
        ("http://127.0.0.1.example/x", False),
        ("http://api.example/x", False),
        ("https://api.example/x?y=1", False),
    ],
)
def test_secrets_go_over_https_or_stay_on_this_machine(url: str, fits: bool) -> None:
    if fits:
        assert values.read_secure_address(url) == url.rstrip("/")
    else:
        with pytest.raises(Unfit):
            values.read_secure_address(url)


@pytest.mark.parametrize("pattern", ["(", "*a", "[z-a]", "(?P<a>x)(?P<a>y)", 3])
def test_odd_patterns_are_refused(pattern: object) -> None:
    with pytest.raises(Unfit):
        values.read_pattern(pattern)

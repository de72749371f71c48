from datetime import UTC, datetime

import pytest

from syndicator.sources._dates import best_instant, instant

GOOD = {
    "Sun, 22 Nov 2026 13:00:00 +0100": "2026-11-22T12:00",
    "Sun, 22 Nov 2026 14:00:00 CEST": "2026-11-22T12:00",
    "22 Nov 26 12:00 GMT": "2026-11-22T12:00",
    "Sunday, 22-Nov-26 12:00:00 GMT": "2026-11-22T12:00",
    "Sun Nov 22 12:00:00 2026": "2026-11-22T12:00",
    "Sun, 22 Nov 2026 7:00:00 EST": "2026-11-22T12:00",
    "2026-11-22T12:00:00Z": "2026-11-22T12:00",
    "2026-11-22T12:00:00.123456789+00:00": "2026-11-22T12:00",
    "2026-11-22 17:30+0530": "2026-11-22T12:00",
    "20261122T120000Z": "2026-11-22T12:00",
    "2026-11-22": "2026-11-22T00:00",
    "2026-11": "2026-11-01T00:00",
    "2026-11-22T24:00:00Z": "2026-11-23T00:00",
    "2026-12-31T23:59:60Z": "2026-12-31T23:59",
    "dim., 22 nov. 2026 13:00:00 +0100": "2026-11-22T12:00",
    "22 août 2026": "2026-08-22T00:00",
    "Mi, 04 Mrz 2026 08:00:00 +0100": "2026-03-04T07:00",
    "4 de marzo de 2026": "2026-03-04T00:00",
    "November 22, 2026, 1:00 PM CET": "2026-11-22T12:00",
    "Sun Nov 22 2026 13:00:00 GMT+0100 (Central European Standard Time)": "2026-11-22T12:00",
    "2035-01-01T00:00:00Z": "2035-01-01T00:00",
}
BAD = [
    "", "soon", "1795344000", "2026", "12345", "20261", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "Mon, 01 Jan 0001 00:00:00 +0000", "Sun, 22 Nov 2026 12:00:00 IST", "Sun, 22 Nov 2026 12:00:00 XYZ",
    "22/11/2026",
    "31 Feb 2026", "2026-13-01", "2026-11-22T25:00:00Z", "22 Nov 2026 12:00:00 +9900",
    "x" * 5000, "22 Foo 2026", None,
]  # fmt: skip


@pytest.mark.parametrize("written", GOOD)
def test_dates_as_feeds_write_them(written: str) -> None:
    at = instant(written)
    assert at is not None
    assert at.tzinfo is UTC
    assert at.replace(second=0, microsecond=0) == datetime.fromisoformat(GOOD[written]).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", BAD)
def test_what_is_doubtful_is_no_date(written: str | None) -> None:
    assert instant(written) is None


def test_a_date_that_names_its_zone_goes_before_one_that_does_not() -> None:
    assert best_instant("November 20, 2019 13:42", "2019-11-20 13:42:06+08:00") == instant("2019-11-20 13:42:06+08:00")
    assert best_instant("junk", "2019-11-20") == instant("2019-11-20")
    assert best_instant("", None) is None

"""Dates as feeds and pages write them, to aware UTC instants (F27). Pure: knows no "now".

Own reading, because the libraries guess: feedparser takes ``CEST`` for UTC and ``1795344000`` for a year,
fastfeedparser makes a date of a numeric guid. What is not certain is None: the first-seen time serves instead.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

EARLIEST, LATEST = 1990, 2100
"""Years outside are refused. Future dates are kept: whether to wait for one is a decision of the plan."""
_MAX = 100

_HOURS: dict[str, float] = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "awst": 8, "acst": 9.5,
    "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "sast": 2, "art": -3, "brt": -3,
}  # fmt: skip
"""Zone names with one meaning in practice, as hours. ``IST`` (India, Israel, Ireland) and the like are not here."""

# The first letters that tell a month apart, in the languages of European newsrooms: feeds abbreviate freely ("sept.",
# "févr.", "Mrz"), so tables of whole names do not help.
_MONTHS = {
    1: "jan gen ene sty янв ian",
    2: "feb fév fev lut фев",
    3: "mar mär mrz maa мар",
    4: "apr avr abr kwi апр",
    5: "may mai mag mei maj май мая",
    6: "jun juin giu cze июн",
    7: "jul juil lug lip июл",
    8: "aug aoû aou ago sie авг",
    9: "sep set wrz сен",
    10: "oct okt ott out paź paz окт",
    11: "nov lis ноя noi",
    12: "dec déc dez dic gru дек des",
}
_MONTH_BY_PREFIX = {prefix: month for month, words in _MONTHS.items() for prefix in words.split()}

_ISO = re.compile(
    r"(\d{4})-?(\d{2})(?:-?(\d{2}))?(?:[T\s]\s*(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?\s*(.*)", re.IGNORECASE
)
_WORDS = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?:(\d{1,2})(?:\.|er|st|nd|rd|th)?[\s-]+(?:de\s+)?([^\W\d]{3,12})\.?"
    r"|([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[\s-]+(?:de\s+)?(\d{4}|\d{2})"
    r"(?:,?\s+(?:at\s+|à\s+|um\s+)?(\d{1,2})[:h](\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?)?\s*(.*)",
    re.IGNORECASE,
)
_ASCTIME = re.compile(r"\A([A-Za-z]{3} [A-Za-z]{3} \d{1,2}) (\d{1,2}:\d{2}:\d{2})( [A-Za-z]{1,5})? (\d{4})\Z")
_OFFSET = re.compile(r"(?:(?:GMT|UTC)\s*)?([+-])(\d{1,2}):?(\d{2})?(?:\s*\(.*\))?", re.IGNORECASE)
_ZONED = re.compile(r"\d\s*(?:z|[+-]\d{2}:?\d{2}|[a-z]{3,5}|GMT[+-]\d{4}.*)\s*\Z", re.IGNORECASE)
_AM_PM = re.compile(r"([ap])\.?m\.?\b\s*", re.IGNORECASE)


@lru_cache(maxsize=4096)
def instant(value: str | None) -> datetime | None:
    """Give the instant, or None when ``value`` is no date, in an unknown zone, or outside 1990–2100.

    A missing zone means UTC. Second 60 becomes 59; hour 24 is the start of the next day.
    """
    text = " ".join(value.split()) if value and len(value) <= _MAX else ""
    try:
        at = _from_iso(text) or _from_words(text)
        return at.astimezone(UTC) if at and EARLIEST <= at.year <= LATEST else None
    except (ValueError, OverflowError):
        return None


def best_instant(*values: str | None) -> datetime | None:
    """Give the instant of the first readable value that names its zone, else of the first readable one."""
    readable = [(value, at) for value in values if (at := instant(value))]
    zoned = [at for value, at in readable if value and _ZONED.search(value)]
    found = zoned or [at for _, at in readable]
    return found[0] if found else None


def _from_iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    if day is None and (hour is not None or zone or "-" not in text):
        return None
    return _at((year, month, day or "1"), (hour, minute, second), zone)


def _from_words(text: str) -> datetime | None:
    match = _WORDS.fullmatch(_ASCTIME.sub(r"\1 \4 \2 \3", text))
    if not match:
        return None
    day, name, name_first, day_after, year, hour, minute, second, zone = match.groups()
    month = _month(name or name_first)
    if month is None:
        return None
    half = _AM_PM.match(zone)
    if half and hour:
        zone = zone[half.end() :]
        hour = str(int(hour) % 12 + (12 if half.group(1).lower() == "p" else 0))
    if len(year) == 2:
        year = str(int(year) + (2000 if int(year) < 70 else 1900))
    return _at((year, str(month), day or day_after), (hour, minute, second), zone)


@lru_cache(maxsize=1024)
def _month(name: str) -> int | None:
    name = name.lower()
    return next((_MONTH_BY_PREFIX[name[:n]] for n in (4, 3) if name[:n] in _MONTH_BY_PREFIX), None)


def _at(date: tuple[str, ...], clock: tuple[str | None, ...], zone: str) -> datetime | None:
    tz = _zone(zone)
    if tz is None:
        return None
    year, month, day = map(int, date)
    hour, minute, second = (int(part or 0) for part in clock)
    if hour == 24 and minute == second == 0:
        return datetime(year, month, day, tzinfo=tz) + timedelta(days=1)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=tz)


@lru_cache(maxsize=1024)
def _zone(text: str) -> timezone | None:
    text = text.strip().lower()
    if not text:
        return UTC
    if text in {"zz", "z z"}:  # a known slip of one publishing system
        return UTC
    match = _OFFSET.fullmatch(text)
    if match:
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset) if offset < timedelta(hours=15) else None
    hours_east = _HOURS.get(text.partition(" (")[0].strip("()"))
    return None if hours_east is None else timezone(timedelta(hours=hours_east))

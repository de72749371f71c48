"""The values a configuration file may hold (durations, money, addresses …), each read from one piece of text.

Every reader takes what TOML gave and returns the finished value, or raises :class:`Unfit` with a sentence and a remedy.
It must not know tables or keys, read files, ask the network, or look at the clock.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from datetime import time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from syndicator.model import CatchUp, Field, QuietHours

UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
LONGEST = timedelta(days=3660)
"""Ten years: anything above is a slip of the finger and would overflow dates later."""

_WRITE_DURATION = 'write a number and a unit, such as "90s", "5m", "1h30m", "2d" or "200ms"'
_SPELLED_OUT = (
    (r"\s*milliseconds?", "ms"),
    (r"\s*(seconds?|secs?)", "s"),
    (r"\s*(minutes?|mins?)", "m"),
    (r"\s*(hours?|hrs?)", "h"),
    (r"\s*days?", "d"),
)


class Unfit(ValueError):
    """A value cannot be used: what is wrong, and the remedy."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Give ``did you mean `name`?`` for the closest of ``names`` , or an empty string."""
    known = {name.casefold(): name for name in names}
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f"did you mean `{known[close[0]]}`?" if close else ""


# --- time -----------------------------------------------------------------------------------------------------------


def read_duration(value: object) -> timedelta:
    """Read ``"1h30m"``: units d, h, m, s, ms, from long to short, each once. Never negative; at most ten years."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        raise Unfit(f"{value} has no unit", f'{_WRITE_DURATION}; for seconds: "{value}s"')
    if not isinstance(value, str):
        raise Unfit("must be a duration in quotes", _WRITE_DURATION)
    return _duration(value)


@lru_cache(maxsize=256)  # thousands of sources share a few
def _duration(value: str) -> timedelta:
    pieces = re.fullmatch(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?", value.strip(), re.ASCII)
    if pieces is None or not any(pieces.groups()):
        raise Unfit(f"{_quoted(value)} is not a duration", _respelled(value) or _WRITE_DURATION)
    try:
        whole = sum((int(n) * unit for n, unit in zip(pieces.groups(), UNITS.values(), strict=True) if n), timedelta(0))
    except (OverflowError, ValueError):  # ValueError: more digits than Python converts
        whole = timedelta.max
    if whole > LONGEST:
        raise Unfit(f"{_quoted(value)} is longer than ten years", _WRITE_DURATION)
    return whole


def _respelled(value: str) -> str:
    """Offer the right spelling of "5 minutes" or "1h 30m"."""
    short = value.strip().casefold()
    for words, unit in _SPELLED_OUT:
        short = re.sub(rf"(?<=\d){words}(?![a-z])", unit, short)
    short = re.sub(r"\s+|,|\band\b", "", short)
    try:
        return f'write "{show_duration(read_duration(short))}"' if short != value else ""
    except Unfit:
        return ""


def show_duration(value: timedelta) -> str:
    """Write a non-negative duration so that :func:`read_duration` reads it back (milliseconds; finer is cut)."""
    rest, text = value, ""
    for unit, length in UNITS.items():
        count, rest = divmod(rest, length)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def read_quiet_hours(value: object) -> QuietHours:
    """Read ``"23:00-06:00"``: local wall time; may span midnight."""
    how = 'write "23:00-06:00": from, hyphen, until'
    if not isinstance(value, str):
        raise Unfit("must be two times of day in quotes", how)
    pieces = re.fullmatch(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", value.strip(), re.ASCII)
    if pieces is None:
        raise Unfit(f"{_quoted(value)} is not two times of day", how)
    first_hour, first_minute, last_hour, last_minute = map(int, pieces.groups())
    try:
        start, end = time(first_hour, first_minute), time(last_hour, last_minute)
    except ValueError:
        raise Unfit(f"{_quoted(value)} is not a time of day", f"{how}; midnight is 00:00") from None
    if start == end:
        raise Unfit("starts and ends at the same minute, which leaves open whether it is never or always", how)
    return QuietHours(start=start, end=end)


def read_catch_up(value: object) -> CatchUp:
    """Read ``"newest 3"``, ``"younger than 2h"`` or ``"ask"``."""
    how = 'write "newest 3", "younger than 2h" or "ask"'
    if not isinstance(value, str):
        raise Unfit("must be a policy in quotes", how)
    words = value.strip().casefold()
    if words == "ask":
        return CatchUp()
    if pieces := re.fullmatch(r"newest\s+(\d{1,4})", words, re.ASCII):
        return CatchUp(newest=int(pieces[1]))
    if pieces := re.fullmatch(r"younger\s+than\s+(\S+)", words):
        return CatchUp(younger=read_duration(pieces[1]))
    raise Unfit(f"{_quoted(value)} is not a policy for catching up", how)


def read_time_zone(value: object) -> str:
    """Read an IANA time zone name such as ``Europe/Brussels``."""
    if not isinstance(value, str):
        raise Unfit("must be a time zone name in quotes", 'such as "Europe/Brussels" or "UTC"')
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # by the system's files: unknown, "../x", a directory
        close = did_you_mean(value, available_timezones()) or _by_city(value)
        raise Unfit(f"{_quoted(value)} is not a known time zone", close or 'such as "Europe/Brussels"') from None
    return value


def _by_city(value: str) -> str:
    """Find ``Europe/Brussels`` for ``Brussels``."""
    cities = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in sorted(available_timezones())}
    zone = cities.get(value.casefold().replace("_", " "))
    return f"did you mean `{zone}`?" if zone else ""


# --- numbers and words ----------------------------------------------------------------------------------------------


def read_money(value: object) -> Decimal:
    """Read US dollars: a number or a number in quotes, zero or more, exact."""
    how = "write dollars without a sign, such as 150.00"
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unfit("must be an amount in US dollars", how)
    if isinstance(value, str) and not re.fullmatch(r"\s*-?\d{1,12}(\.\d{1,6})?\s*", value, re.ASCII):
        raise Unfit(f"{_quoted(value)} is not an amount", how)
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0:
        raise Unfit(f"{amount} is not an amount to spend", f"{how}; 0 stops everything that costs money")
    return amount


def read_language(value: object) -> str:
    """Read a language tag such as ``en`` or ``fr-BE``."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", value, re.ASCII):
        raise Unfit("must be a language code in quotes", 'such as "en", "fr" or "de-AT"')
    return value.replace("_", "-")


def read_name(value: str) -> str:
    """Check the name of a source or channel: it appears in commands, logs and file names."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", value, re.ASCII):
        raise Unfit(f"{_quoted(value)} cannot be a name", "use letters, digits, - and _ only, such as x-sport")
    return value


def read_template(value: object) -> str:
    """Read the name of a template: a file of the templates folder, never a path (X21)."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.j2", value, re.ASCII):
        raise Unfit("must be the name of a file in the templates folder", 'such as "twitter.j2", without folders')
    return value


def read_pattern(value: object) -> str:
    """Read a regular expression for titles."""
    if not isinstance(value, str):
        raise Unfit("must be a regular expression in quotes", "such as '^(breaking|urgent)'")
    try:
        re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        where = f" at character {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        reason = error.msg if isinstance(error, re.error) else "too large"
        hint = "in TOML, put regular expressions into 'single quotes', so that backslashes stay as they are"
        raise Unfit(f"is not a regular expression: {reason}{where}", hint) from None
    return value


def as_option(value: object, option: Field) -> tuple[str, str, str]:
    """Write what TOML gave as options are kept; give it with what is wrong with it and the remedy (empty: nothing)."""
    if not isinstance(value, str | int | Decimal):  # bool is an int, too
        return "", "must be text in quotes", option.help
    text = str(value)
    if isinstance(value, bool):
        words = ("off", "on") if {"off", "on"} <= set(option.choices) else ("false", "true")
        text = words[value]
    if option.choices and text not in option.choices:
        hint = did_you_mean(text, option.choices) or option.help
        return text, f"must be one of: {', '.join(option.choices)}", hint
    if option.required and not text.strip():
        return text, "is empty", option.help
    if text and option.pattern and not re.fullmatch(option.pattern, text, re.ASCII):
        return text, f"{_quoted(text)} does not fit", option.help
    return text, "", ""


# --- addresses ------------------------------------------------------------------------------------------------------


def read_web_address(value: object) -> str:
    """Read an http or https URL with a plain host; refuse what two URL parsers would read differently (X17)."""
    if not isinstance(value, str):
        raise Unfit("must be a web address in quotes", 'such as "https://example.org/feed/"')
    if re.search(r"[\x00-\x20\x7f\\]", value):
        raise Unfit("the address contains a space, backslash or control character", "copy it again from the browser")
    parts = _split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        hint = f'write "https://{value}"' if "://" not in value and "." in value else "it starts with https://"
        raise Unfit("is not a web address", hint)
    if "@" in parts.netloc:
        raise Unfit("the address contains a user name or password", "leave out everything up to and with the @")
    if not parts.netloc.isascii():
        raise Unfit("the host name is not ASCII", _punycode(parts.hostname))
    return value


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises when it is not a number
    except ValueError:
        raise Unfit("is not a web address", "it starts with https://") from None
    return parts


def _punycode(host: str) -> str:
    try:
        return f"write {host.encode('idna').decode('ascii')}"
    except UnicodeError:
        return "write the host name in its xn-- form"


def read_secure_address(value: object) -> str:
    """Read the address of a server that gets secrets: https, or plain http to this very machine only."""
    address = read_web_address(value)
    parts = urlsplit(address)
    if parts.scheme == "http" and not is_loopback(address):
        raise Unfit(
            "plain http would send secrets readable over the network",
            "write https://, or use 127.0.0.1 for a sandbox on this machine",
        )
    if parts.query or parts.fragment:
        raise Unfit("must not have a ? or # part", "give the address up to the path")
    return address.rstrip("/")


def read_place(value: object) -> tuple[str, int]:
    """Read where to listen, ``"127.0.0.1:8722"`` or ``"[::1]:8722"``: an address of this machine and a port."""
    how = 'such as "127.0.0.1:8722"'
    pieces = (
        re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:]+)):(\d{1,5})", value, re.ASCII)
        if isinstance(value, str)
        else None
    )
    if pieces is None:
        raise Unfit("must be an address and a port in quotes", how)
    host, port = pieces[1] or pieces[2], int(pieces[3])
    try:
        host = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise Unfit(f"{_quoted(host)} is not an address of a machine", f"write it in numbers, {how}") from None
    if not 0 < port < 65536:
        raise Unfit(f"{port} is not a port", "ports go from 1 to 65535; below 1024 only root may listen")
    return host, port


def host_address(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Give the address that the host of ``url`` spells (``127.1`` and ``0x7f000001`` too); None for a name. No DNS."""
    host = (urlsplit(url).hostname or "").split("%")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if re.fullmatch(r"[0-9a-fx.]+", host) else None
    except OSError:
        return None


def is_loopback(url: str) -> bool:
    """Say whether ``url`` is on this very machine: 127.0.0.0/8, ::1 or localhost."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    address = host_address(url)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_private(url: str) -> bool:
    """Say whether the host of ``url`` is spelled as a private, loopback or otherwise not public address (X16)."""
    address = host_address(url)
    host = (urlsplit(url).hostname or "").rstrip(".")
    return (
        host == "localhost"
        or host.endswith(".localhost")
        or (address is not None and (not address.is_global or address.is_multicast))
    )


def _quoted(value: str) -> str:
    return f"“{value if value.isprintable() else ascii(value)[1:-1]}”"

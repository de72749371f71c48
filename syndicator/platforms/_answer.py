"""Reads a platform's answer without ever raising: dates, delays, JSON. It must not decide what an answer means."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

from syndicator.model import Json

if TYPE_CHECKING:
    from requests import Response


def platform_date(response: "Response") -> datetime | None:
    """Return the platform's own clock (``Date`` header) as aware UTC, or None when it is missing or garbage."""
    return _http_date(response.headers.get("Date", ""))


def is_recent(at: object, life: timedelta) -> bool:
    """Say whether ``at`` (ISO 8601, as staged refs keep it) is less than ``life`` ago; anything else is not."""
    try:
        return timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(str(at)) < life
    except (TypeError, ValueError):
        return False


def read_json(response: "Response") -> Json | None:
    """Return the answer when it is a JSON object, else None."""
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return cast(Json, value) if isinstance(value, dict) else None


def retry_after(response: "Response") -> timedelta | None:
    """Return ``Retry-After`` (seconds, or a date counted from the answer's own ``Date``); None unless it lies ahead."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 30 * 86400)) or None
    until = _http_date(value)
    if until is None:
        return None
    wait = until - (platform_date(response) or datetime.now(UTC))
    return wait if wait > timedelta(0) else None


def is_cached(response: "Response") -> bool:
    """Say whether some cache answered (``Age`` above 0 or unreadable): no evidence of absence then (R11)."""
    age = response.headers.get("Age", "0").strip()
    return not (age.isascii() and age.isdigit() and int(age[:9]) == 0)


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None

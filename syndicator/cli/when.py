"""Times as people type them: ``18:30``, ``2026-12-01 08:00``, ``in 2h``, ``7d`` (ago, for ``--since``)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from syndicator.settings.values import read_duration as duration


def moment(text: str, *, timezone: str, now: datetime) -> datetime:
    """Read a future time: ISO date and time or ``HH:MM`` in the site's time zone, or ``in 2h`` / ``2h``."""
    words = text.strip()
    try:
        return now + duration(words.removeprefix("in ").strip())
    except ValueError:
        pass
    local_now = now.astimezone(ZoneInfo(timezone))
    try:
        if len(words) <= 5 and ":" in words:
            hour, minute = (int(part) for part in words.split(":"))
            at = local_now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return (at if at > local_now else at + timedelta(days=1)).astimezone(UTC)
        at = datetime.fromisoformat(words)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time; write 18:30, 2026-12-01T08:00 or 'in 2h'", param_hint="--at"
        ) from None
    at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
    if at < now:
        raise click.BadParameter(f"{text!r} is over ({at:%Y-%m-%d %H:%M} UTC)", param_hint="--at")
    return at


def past(text: str, *, timezone: str, now: datetime) -> datetime:
    """Read a past time: a duration ago (``7d``), or an ISO date (and time) in the site's time zone."""
    try:
        return now - duration(text.strip())
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time; write 7d, 12h or 2026-11-01", param_hint="--since") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)

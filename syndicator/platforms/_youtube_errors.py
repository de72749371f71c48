"""What an answer of the YouTube Data API or of Google's token endpoint means, as tables. Pure: no network, no SDK.

The error reasons of the ``posts`` pilot are not published yet, so only reasons shared by the whole Data API count as a
refusal, and only in Google's JSON with a 4xx status (R7); everything else is doubtful for the one visible write.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syndicator.errors import (
    AuthRequired,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from syndicator.model import Json

QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
ACCESS = frozenset(
    {
        "forbidden",
        "insufficientPermissions",
        "ineligibleAccount",
        "youtubeSignupRequired",
        "accountDelegationForbidden",
        "accessNotConfigured",
        "channelForbidden",
    }
)
RATE_WAIT = timedelta(seconds=15)
QUOTA_ZONE = "America/Los_Angeles"
TOKEN_TROUBLE = frozenset({"temporarily_unavailable", "server_error", "internal_failure", "slow_down"})
"""OAuth errors that say the endpoint is in trouble, not that the credentials are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleFault:
    """One error object in Google's form; ``readable`` is False when the answer was not one."""

    status: int
    readable: bool = False
    reasons: frozenset[str] = frozenset()
    message: str = ""

    @property
    def reason(self) -> str:
        """The reasons as one word for people and logs."""
        return "+".join(sorted(self.reasons))


def fault_in(body: Json | None, status: int) -> GoogleFault:
    """Read ``{"error": {"code", "message", "errors": [{"reason"}]}}``."""
    error = body.get("error") if body else None
    if not isinstance(error, dict):
        return GoogleFault(status=status)
    items = error.get("errors")
    reasons = (_reason(item) for item in (items if isinstance(items, list) else ()))
    return GoogleFault(
        status=status,
        readable=True,
        reasons=frozenset(reason for reason in reasons if reason),
        message=str(error.get("message") or "")[:500],
    )


def _reason(item: Any) -> str:
    return str(item.get("reason") or "") if isinstance(item, dict) else ""


def kind_of(fault: GoogleFault, *, publishing: bool) -> type[PlatformError]:
    """Give the error class of ``fault``; with ``publishing`` for the visible write, else for every other request."""
    doubt = OutcomeUnknown if publishing else Unreachable
    if not fault.readable or not 400 <= fault.status < 500 or fault.status in (408, 409):
        return doubt
    if fault.reasons & (QUOTA | RATE) or fault.status == 429:
        return RateLimited
    if fault.status in (401, 403) or fault.reasons & ACCESS or _no_such_method(fault):
        return AuthRequired
    if fault.status in (400, 404):
        return Rejected
    return doubt


def _no_such_method(fault: GoogleFault) -> bool:
    """Tell "your project has no such method" (how projects outside the pilot are answered) from "no such post"."""
    return fault.status == 404 and not any(reason.endswith("NotFound") for reason in fault.reasons)


def quota_reset(now: datetime) -> datetime:
    """Give the next 00:01 in Pacific time after ``now``, as UTC: the daily quota starts anew at local midnight."""
    zone = ZoneInfo(QUOTA_ZONE)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0, 1), zone).astimezone(UTC)


def refuses_credentials(body: Json | None, status: int) -> str | None:
    """Give the OAuth error with which the token endpoint refuses the credentials; None when it is merely in trouble."""
    error = body.get("error") if body else None
    if isinstance(error, str) and 400 <= status < 500 and status not in (408, 429) and error not in TOKEN_TROUBLE:
        return error[:100]
    return None

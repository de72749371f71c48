"""What an answer of Facebook's Graph API means, as one table. Pure: no network, no SDK.

The table is that of a *create*: a refusal counts only when the Graph error is on the short list below and came with a
4xx status (R7). Everything else is doubtful for the one visible write and merely unreachable for every other request.
Code numbers: Graph API "Handle errors" and "Rate limits" pages; the doubtful ones also from public reports
(koala #699: code 2 with the photo live; koala #422: code 368 with nothing live; postiz #1681: limit error, post live).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syndicator.errors import (
    AuthRequired,
    Duplicate,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)

TOKEN = frozenset({102, 104, 190})
"""Session, signature and token errors."""
PERMISSION = frozenset({3, 10, *range(200, 300)})
IDENTITY = frozenset({1404078, 4854002})
"""The Page or person still has to pass an identity or publishing authorisation."""
THROTTLE = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
CONTENT = frozenset({100, 1366046, 1609008, 2061006, 2069019})
"""Bad parameter, picture or link: refused as such."""
POLICY = frozenset({1346003, 1404102, 1404112})
NOT_SCRAPABLE = 1609005
DUPLICATE = 506
DUPLICATE_SUBCODE = 1366051
ABUSE = 368
TOO_FAST_SUBCODE = 1390008
MISSING = (100, 33)
"""(code, subcode) of an object that does not exist or is not visible to this token."""

THROTTLE_WAIT = timedelta(minutes=5)
TOO_FAST_WAIT = timedelta(hours=2)
SCRAPE_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFault:
    """One error object of the Graph API, with the HTTP status it came with; ``code`` is None when unreadable."""

    code: int | None
    subcode: int | None = None
    message: str = ""
    transient: bool = False
    status: int | None = None
    trace: str | None = None

    @property
    def missing(self) -> bool:
        """True when the object asked for does not exist (any more)."""
        return (self.code, self.subcode) == MISSING

    @property
    def label(self) -> str:
        """Code and subcode as people quote them, ``368/1390008``."""
        if self.code is None:
            return ""
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


def kind_of(fault: GraphFault, *, publishing: bool) -> type[PlatformError]:
    """Give the error class of ``fault``; with ``publishing`` for the visible write, else for every other request."""
    doubt = OutcomeUnknown if publishing else Unreachable
    if fault.code is None or fault.transient or not _refused(fault.status):
        return doubt
    if _says_duplicate(fault):
        # R8: neither success nor failure. A refused *draft* shows nothing, so there it is a plain refusal.
        return Duplicate if publishing else Rejected
    if _throttled(fault):
        # D10: limit codes have come with a live post, so a publish is doubtful first and paced afterwards.
        return OutcomeUnknown if publishing else RateLimited
    if _unauthorised(fault):
        return AuthRequired
    if fault.code in CONTENT:
        return Rejected
    if fault.code == ABUSE or fault.code in POLICY:
        # Not on R7's list for a publish: a block by content rules was reported together with a live post.
        return OutcomeUnknown if publishing else Rejected
    return doubt


def _refused(status: int | None) -> bool:
    return status is not None and 400 <= status < 500 and status not in (408, 409)


def _says_duplicate(fault: GraphFault) -> bool:
    if fault.code == DUPLICATE or fault.subcode == DUPLICATE_SUBCODE:
        return True
    return fault.code == ABUSE and "already" in fault.message.lower() and "posted" in fault.message.lower()


def _throttled(fault: GraphFault) -> bool:
    return fault.code in THROTTLE or fault.subcode == TOO_FAST_SUBCODE or fault.status == 429


def _unauthorised(fault: GraphFault) -> bool:
    if fault.code in TOKEN | PERMISSION | IDENTITY or fault.subcode in IDENTITY:
        return True
    # A wrong or outdated proof comes as code 100 like any bad parameter; the post is not to blame for it.
    return fault.code == 100 and "appsecret" in fault.message.lower()


def wait_for(fault: GraphFault, headers: Mapping[str, str]) -> timedelta | None:
    """Give how long the platform wants us to wait, at most 24 h; None when the fault is no matter of waiting."""
    if fault.subcode == TOO_FAST_SUBCODE:
        return TOO_FAST_WAIT
    if fault.code == NOT_SCRAPABLE:
        return SCRAPE_WAIT
    if not _throttled(fault):
        return None
    return min(regain(headers) or THROTTLE_WAIT, LONGEST_WAIT)


def regain(headers: Mapping[str, str]) -> timedelta | None:
    """Read the longest ``estimated_time_to_regain_access`` (minutes) of the business-use-case header, None without.

    The header's shape is not stable (unknown keys and items without ``type`` were measured), so anything unexpected
    is ignored.
    """
    text = next((value for name, value in headers.items() if name.lower() == "x-business-use-case-usage"), "")
    try:
        usage = json.loads(text)
    except ValueError:
        return None
    minutes = max((_minutes(item) for item in _items(usage)), default=0.0)
    return timedelta(minutes=min(minutes, LONGEST_WAIT / timedelta(minutes=1))) if minutes > 0 else None


def _items(usage: Any) -> list[Any]:
    groups = usage.values() if isinstance(usage, dict) else ()
    return [item for group in groups if isinstance(group, list) for item in group]


def _minutes(item: Any) -> float:
    value = item.get("estimated_time_to_regain_access", 0) if isinstance(item, dict) else 0
    try:
        minutes = float(value)
    except (TypeError, ValueError):
        return 0.0
    return minutes if math.isfinite(minutes) else 0.0

"""X's answers, classified: which of our errors an HTTP answer of the v2 API means. It must not send anything.

Read from the status and the problem document, never from tweepy's exceptions: those lose the codes of v2 problems and
raise while parsing odd bodies (tweepy 4.17). The table is X's documentation of 2026-08 and bodies reported since.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from syndicator.errors import AuthRequired, Duplicate, OutOfBudget, PlatformError, RateLimited, Rejected, Unreachable
from syndicator.model import Json
from syndicator.platforms._answer import platform_date, read_json, retry_after
from syndicator.platforms._redaction import redact

if TYPE_CHECKING:
    from requests import Response

PLATFORM = "twitter"
WINDOW = timedelta(minutes=15)
"""X's ordinary rate limit window: the wait when an answer names none that lies ahead."""
LONGEST_WAIT = timedelta(hours=24)
OVER_DAILY_LIMIT = timedelta(hours=3)
BLOCKED_AT_THE_DOOR = timedelta(minutes=30)
"""Cloudflare's HTML 403: asking again soon only prolongs it."""
LONGEST_DETAIL = 300

_DUPLICATE = re.compile(r"\bduplicate (content|status|tweet|post)\b|\bis a duplicate\b|\balready said that\b")
_BUDGET = ("spendcap", "spend cap", "spend-cap", "usage-capped", "usagecap", "credits")
_ACCOUNT = ("user-suspended", "account is suspended", "temporarily locked", "looks like it might be automated")
_APP = (
    "client-forbidden",
    "client-not-enrolled",
    "unsupported-authentication",
    "oauth1-permissions",
    "oauth2 app permissions",
    "not permitted to access this feature",
    "access to a subset of",
    "scopes",
    "read-only application",
)
_ACCOUNT_CODES = frozenset({64, 226, 326})
_APP_CODES = frozenset({261, 453})


def facts(response: "Response") -> dict[str, Any]:
    """Give what every error of ours says about an answer."""
    return {
        "platform": PLATFORM,
        "http_status": response.status_code,
        "request_id": response.headers.get("x-transaction-id") or response.headers.get("x-request-id"),
        "platform_at": platform_date(response),
    }


def refusal(response: "Response", *, doubt: type[PlatformError], secrets: Sequence[str] = ()) -> PlatformError:
    """Classify an answer that is not the success hoped for.

    ``doubt`` is what an answer means that is on no list (R7): ``OutcomeUnknown`` for the visible write,
    ``Unreachable`` for everything that is invisible or repeatable.
    """
    problem = read_json(response)
    codes, words = _codes(problem), _words(problem)
    kind, code, wait = _kind(response, problem=problem, codes=codes, words=words)
    code = code or (str(min(codes)) if codes else str(response.status_code))
    message = redact(f"X answered {response.status_code}: {_detail(problem)}", secrets)
    return (kind or doubt)(message, code=code, retry_after=wait, **facts(response))


def _kind(
    response: "Response", *, problem: Json | None, codes: frozenset[int], words: str
) -> tuple[type[PlatformError] | None, str, timedelta | None]:
    """Give the error, its code ('' = the answer's own) and the wait; None is a doubt."""
    status = response.status_code
    if status in {400, 403} and (187 in codes or _DUPLICATE.search(words)):
        return Duplicate, "duplicate", None
    if status == 401:
        return AuthRequired, "", None
    if status == 402 or (status in {403, 429} and any(hint in words for hint in _BUDGET)):
        return OutOfBudget, "", None
    if status == 403:
        return _forbidden(problem, codes=codes, words=words)
    if status == 429:
        return RateLimited, "", _window(response)
    return (Rejected, "", None) if status == 400 else (None, "", retry_after(response))


def _forbidden(
    problem: Json | None, *, codes: frozenset[int], words: str
) -> tuple[type[PlatformError], str, timedelta | None]:
    if problem is None:
        return Unreachable, "403-html", BLOCKED_AT_THE_DOOR
    if codes & _ACCOUNT_CODES or any(hint in words for hint in _ACCOUNT):
        return AuthRequired, "account", None
    if 185 in codes:
        return RateLimited, "185", OVER_DAILY_LIMIT
    if codes & _APP_CODES or any(hint in words for hint in _APP):
        return AuthRequired, "app", None
    return Rejected, "", None


def _window(response: "Response") -> timedelta:
    """Say how long every exhausted window still lasts, by X's clock; a reset that is past or missing is 15 minutes."""
    now = platform_date(response) or datetime.now(UTC)
    waits = [retry_after(response)]
    for prefix in ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"):
        reset = response.headers.get(f"{prefix}-reset", "")
        if response.headers.get(f"{prefix}-remaining", "0") == "0" and reset.isascii() and reset.isdigit():
            waits.append(timedelta(seconds=min(int(reset[:12]) - now.timestamp(), LONGEST_WAIT.total_seconds())))
    return max((wait for wait in waits if wait is not None and wait > timedelta(0)), default=WINDOW)


def _entries(problem: Json | None) -> Iterator[Json]:
    """Yield the problem document and the errors inside it."""
    if problem is None:
        return
    yield problem
    errors = problem.get("errors")
    yield from (error for error in (errors if isinstance(errors, list) else ()) if isinstance(error, dict))


def _codes(problem: Json | None) -> frozenset[int]:
    return frozenset(entry["code"] for entry in _entries(problem) if isinstance(entry.get("code"), int))


def _words(problem: Json | None) -> str:
    keys = ("type", "title", "detail", "reason", "message")
    found = [entry[key] for entry in _entries(problem) for key in keys if isinstance(entry.get(key), str)]
    return " ".join(found).lower()


def _detail(problem: Json | None) -> str:
    """Give X's own sentence, without control characters and bounded."""
    if problem is None:
        return "not a JSON answer"
    for entry in reversed(list(_entries(problem))):
        for key in ("detail", "message", "title"):
            if isinstance(entry.get(key), str) and entry[key]:
                return "".join(c if c.isprintable() else " " for c in entry[key])[:LONGEST_DETAIL]
    return "no reason given"

"""Named answers for scripted faults: the refusals and failures each platform documents or was seen to give."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from syndicator.sandbox.exchange import Answer
from syndicator.sandbox.faults import Fault
from syndicator.sandbox.problems import (
    X_CASHTAGS,
    X_CREDITS,
    X_DUPLICATE,
    X_NOT_PERMITTED,
    X_PROBLEMS,
    google_error,
    graph_error,
    oauth_error,
    x_codes,
    x_forbidden,
    x_invalid,
    x_missing,
    x_problem,
)

HTML_PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>All is well.</p></body></html>"
HTML_ERROR = "<!DOCTYPE html><html><head><title>520: Web server is returning an unknown error</title></head></html>"

Make = Callable[[float], Answer]
"""Takes now (seconds since 1970, the sandbox's clock)."""


def _x_429(**headers: Callable[[float], int] | int) -> Make:
    def make(now: float) -> Answer:
        values = {
            name.replace("_", "-"): str(value(now) if callable(value) else value) for name, value in headers.items()
        }
        return replace(x_problem(429, title="Too Many Requests", detail="Too Many Requests"), headers=values)

    return make


def _in(seconds: float) -> Callable[[float], int]:
    return lambda now: int(now + seconds)


def _fixed(answer: Answer) -> Make:
    return lambda _now: answer


X: Mapping[str, Make] = {
    "400": _fixed(x_invalid("text is invalid", text=["?"])),
    "401": _fixed(x_problem(401, title="Unauthorized", detail="Unauthorized")),
    "401-32": _fixed(x_codes(401, 32, "Could not authenticate you.")),
    "401-89": _fixed(x_codes(401, 89, "Invalid or expired token.")),
    "401-135": _fixed(x_codes(401, 135, "Timestamp out of bounds.")),
    "402": _fixed(
        x_problem(402, title="CreditsDepleted", detail=X_CREDITS, kind="https://api.twitter.com/2/problems/credits")
    ),
    "402-new": _fixed(
        x_problem(402, title="Payment Required", detail="credits depleted", kind=X_PROBLEMS + "credits-depleted")
    ),
    "403": _fixed(x_forbidden(X_NOT_PERMITTED)),
    "403-duplicate": _fixed(x_forbidden(X_DUPLICATE)),
    "403-cashtag": _fixed(x_forbidden(X_CASHTAGS)),
    "403-url": _fixed(x_forbidden("The Tweet contains an invalid URL.")),
    "403-187": _fixed(x_codes(403, 187, "Status is a duplicate.")),
    "403-185": _fixed(x_codes(403, 185, "User is over daily status update limit.")),
    "403-html": _fixed(Answer(status=403, body=HTML_ERROR, content_type="text/html; charset=utf-8")),
    "spend-cap": _fixed(
        x_problem(
            403,
            title="SpendCapReached",
            detail="Your account has reached its billing cycle spend cap.",
            kind=X_PROBLEMS + "spend-cap-reached",
        )
    ),
    "not-enrolled": _fixed(
        x_problem(
            403,
            title="Client Forbidden",
            detail="Your client app is not enrolled for this endpoint.",
            kind=X_PROBLEMS + "client-forbidden",
            reason="client-not-enrolled",
        )
    ),
    "suspended": _fixed(
        x_problem(403, title="Forbidden", detail="Your account is suspended.", kind=X_PROBLEMS + "user-suspended")
    ),
    "404": _fixed(x_missing("0")),
    "429": _x_429(x_rate_limit_limit=100, x_rate_limit_remaining=0, x_rate_limit_reset=_in(900)),
    "429-24h": _x_429(
        x_rate_limit_limit=100,
        x_rate_limit_remaining=57,
        x_rate_limit_reset=_in(300),
        x_app_limit_24hour_limit=10000,
        x_app_limit_24hour_remaining=0,
        x_app_limit_24hour_reset=_in(36_000),
        x_user_limit_24hour_limit=100,
        x_user_limit_24hour_remaining=0,
        x_user_limit_24hour_reset=_in(43_200),
    ),
    "429-none": _x_429(),
    "429-past": _x_429(x_rate_limit_limit=100, x_rate_limit_remaining=0, x_rate_limit_reset=_in(-600)),
    "429-retry-after": _x_429(retry_after=120),
    "usage-capped": _fixed(
        x_problem(
            429,
            title="UsageCapExceeded",
            detail="Usage cap exceeded: Monthly product cap",
            kind="https://api.twitter.com/2/problems/usage-capped",
            period="Monthly",
        )
    ),
}


def _graph_wait(code: int, message: str, *, minutes: int = 0) -> Make:
    usage = [{"type": "pages", "call_count": 100, "total_cputime": 20, "total_time": 25}]
    headers = {"X-App-Usage": json.dumps({"call_count": 100, "total_time": 25, "total_cputime": 20})}
    if minutes:
        usage[0]["estimated_time_to_regain_access"] = minutes
        headers = {"X-Business-Use-Case-Usage": json.dumps({"100200300400500": usage})}
    return _fixed(replace(graph_error(code, message), headers=headers))


FACEBOOK: Mapping[str, Make] = {
    "1": _fixed(graph_error(1, "An unknown error occurred", status=500, subcode=99)),
    "2": _fixed(
        graph_error(
            2, "An unexpected error has occurred. Please retry your request later.", status=500, is_transient=True
        )
    ),
    "4": _graph_wait(4, "(#4) Application request limit reached"),
    "4-2207051": _fixed(graph_error(4, "(#4) Application request limit reached", subcode=2207051, status=403)),
    "10": _fixed(graph_error(10, "(#10) Application does not have permission for this action", status=403)),
    "17": _graph_wait(17, "(#17) User request limit reached"),
    "32": _graph_wait(32, "(#32) Page request limit reached"),
    "100": _fixed(graph_error(100, "(#100) Invalid parameter")),
    "100-33": _fixed(graph_error(100, "Unsupported request.", subcode=33, type="GraphMethodException")),
    "190": _fixed(graph_error(190, "Error validating access token: The session was invalidated.", subcode=460)),
    "190-463": _fixed(graph_error(190, "Error validating access token: Session has expired.", subcode=463)),
    "200": _fixed(graph_error(200, "(#200) The permission pages_manage_posts is missing", status=403)),
    "341": _graph_wait(341, "(#341) Feed action request limit reached"),
    "368": _fixed(graph_error(368, "The action attempted has been deemed abusive or is otherwise disallowed")),
    "368-already": _fixed(graph_error(368, "You've already posted this")),
    "368-fast": _fixed(
        graph_error(
            368, "We limit how often you can post or do other things in a given amount of time", subcode=1390008
        )
    ),
    "506": _fixed(graph_error(506, "Duplicate status message", subcode=1366051)),
    "613": _graph_wait(613, "(#613) Calls to this api have exceeded the rate limit."),
    "613-1996": _fixed(graph_error(613, "(#613) Calls to this api have exceeded the rate limit.", subcode=1996)),
    "80001": _graph_wait(80001, "(#80001) There have been too many calls to this Page account.", minutes=17),
    "1404078": _fixed(graph_error(1404078, "Your page's publishing authorization is needed")),
    "1609005": _fixed(graph_error(1609005, "There was a problem scraping data from the provided link.")),
    "500-empty": _fixed(Answer(status=500, body={})),
}

YOUTUBE: Mapping[str, Make] = {
    "400": _fixed(google_error(400, "invalid", "Invalid value", domain="youtube.post")),
    "401": _fixed(
        google_error(401, "authError", "Invalid Credentials", locationType="header", location="Authorization")
    ),
    "403": _fixed(google_error(403, "forbidden", "Forbidden")),
    "404": _fixed(google_error(404, "notFound", "Not Found")),
    "429": _fixed(google_error(429, "rateLimitExceeded", "Resource has been exhausted (e.g. check quota).")),
    "accessNotConfigured": _fixed(
        google_error(403, "accessNotConfigured", "Access Not Configured.", domain="usageLimits")
    ),
    "insufficientPermissions": _fixed(google_error(403, "insufficientPermissions", "Insufficient Permission")),
    "ineligibleAccount": _fixed(google_error(403, "ineligibleAccount", "The account is not eligible.")),
    "youtubeSignupRequired": _fixed(
        google_error(401, "youtubeSignupRequired", "Unauthorized", domain="youtube.header")
    ),
    "quotaExceeded": _fixed(
        google_error(
            403,
            "quotaExceeded",
            "The request cannot be completed because you have exceeded your quota.",
            domain="youtube.quota",
        )
    ),
    "dailyLimitExceeded": _fixed(google_error(403, "dailyLimitExceeded", "Daily Limit Exceeded", domain="usageLimits")),
    "rateLimitExceeded": _fixed(google_error(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")),
    "userRateLimitExceeded": _fixed(
        google_error(403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits")
    ),
    "uploadLimitExceeded": _fixed(
        google_error(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
    ),
}

GOOGLE: Mapping[str, Make] = {
    "invalid_grant": _fixed(oauth_error(400, "invalid_grant", "Token has been expired or revoked.")),
    "invalid_client": _fixed(oauth_error(401, "invalid_client", "The OAuth client was not found.")),
    "503": _fixed(Answer(status=503, body=HTML_ERROR, content_type="text/html; charset=utf-8")),
}

PRESETS: Mapping[str, Mapping[str, Make]] = {"x": X, "facebook": FACEBOOK, "youtube": YOUTUBE, "google": GOOGLE}


def default_answer(fault: Fault, *, now: float) -> Answer:
    """Make the answer of a ``status`` fault: its preset, its own body, or what the platform says with that status."""
    make = PRESETS[fault.platform].get(fault.name)
    if make is not None:
        answer = make(now)
    else:
        answer = _plain(fault.platform, fault.status or 503)
    return Answer(
        status=fault.status or answer.status,
        body=answer.body if fault.body is None else fault.body,
        headers={**answer.headers, **fault.headers},
        content_type=answer.content_type if fault.body is None else _content_type(fault.body),
    )


def _plain(platform: str, status: int) -> Answer:
    if platform == "x":
        titles = {500: "Internal Server Error", 503: "Service Unavailable"}
        return x_problem(status, title=titles.get(status, "Error"), detail=titles.get(status, "Something is broken"))
    if platform == "facebook" and status < 502:
        return graph_error(2, "Service temporarily unavailable", status=status, is_transient=True)
    if platform == "youtube" and status != 502:
        return google_error(status, "backendError", "Backend Error")
    return Answer(status=status, body=HTML_ERROR, content_type="text/html; charset=utf-8")


def _content_type(body: Any) -> str:
    return (
        "text/html; charset=utf-8"
        if isinstance(body, str) and body.startswith("<")
        else "application/json; charset=utf-8"
    )

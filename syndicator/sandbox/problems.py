"""The documented error bodies of the played platforms, built in one place for handlers and scripted faults."""

import secrets
from typing import Any

from syndicator.sandbox.exchange import Answer
from syndicator.sandbox.remote import Json

X_PROBLEMS = "https://api.x.com/2/problems/"
PROBLEM_JSON = "application/problem+json; charset=utf-8"

X_DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
X_NOT_PERMITTED = "You are not permitted to perform this action."
X_REPLY_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
X_CASHTAGS = "Posts are limited to a maximum of one cashtag"
X_CREDITS = "Your enrolled account [1725000000000000001] does not have any credits to fulfill this request."


def x_problem(status: int, *, title: str, detail: str, kind: str = "about:blank", **more: Any) -> Answer:
    """X: a problem document."""
    return Answer(
        status=status,
        body={"title": title, "detail": detail, "type": kind, "status": status, **more},
        content_type=PROBLEM_JSON,
    )


def x_forbidden(detail: str) -> Answer:
    """X: 403 with a sentence and nothing else."""
    return x_problem(403, title="Forbidden", detail=detail)


def x_codes(status: int, code: int, message: str) -> Answer:
    """X: the older shape with numbered errors, still used by its authentication layer."""
    return Answer(status=status, body={"errors": [{"code": code, "message": message}]})


def x_invalid(message: str, **parameters: list[str]) -> Answer:
    """X: 400 about parameters."""
    return x_problem(
        400,
        title="Invalid Request",
        detail="One or more parameters to your request was invalid.",
        kind=X_PROBLEMS + "invalid-request",
        errors=[{"parameters": parameters, "message": message}],
    )


def x_missing(resource_id: str, *, resource: str = "tweet", parameter: str = "id") -> Answer:
    """X: 404 about a resource."""
    return x_problem(
        404,
        title="Not Found Error",
        detail=f"Could not find {resource} with {parameter}: [{resource_id}].",
        kind=X_PROBLEMS + "resource-not-found",
        resource_type=resource,
        resource_id=resource_id,
        parameter=parameter,
        value=resource_id,
    )


def graph_error(code: int, message: str, *, status: int = 400, subcode: int | None = None, **more: Any) -> Answer:
    """Graph: the error object. ``type`` follows from the code unless given."""
    error: Json = {"message": message, "type": more.pop("type", "OAuthException"), "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error.update(more)
    error["fbtrace_id"] = trace_id()
    headers = {"WWW-Authenticate": f'OAuth "Facebook Platform" "invalid_token" "{message}"'} if code == 190 else {}
    return Answer(status=status, body={"error": error}, headers=headers)


def trace_id() -> str:
    """Make up a trace id as Graph gives one with every error."""
    return "A" + secrets.token_urlsafe(16)


def google_error(status: int, reason: str, message: str, *, domain: str = "global", **more: Any) -> Answer:
    """YouTube: the error object."""
    item: Json = {"message": message, "domain": domain, "reason": reason, **more}
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'}
    return Answer(
        status=status,
        body={"error": {"code": status, "message": message, "errors": [item]}},
        headers=headers if status == 401 else {},
    )


def oauth_error(status: int, error: str, description: str) -> Answer:
    """Google's token endpoint: the error object of RFC 6749."""
    return Answer(status=status, body={"error": error, "error_description": description})

"""X's door: checks the OAuth 1.0a signature of RFC 5849 (HMAC-SHA1) and its time stamp; or an app-only bearer token."""

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote, urlsplit

from syndicator.sandbox.accounts import X
from syndicator.sandbox.exchange import Incoming, Refused
from syndicator.sandbox.problems import X_PROBLEMS, x_codes, x_problem
from syndicator.sandbox.state import State

_PAIR = re.compile(r'([A-Za-z0-9_]+)="([^"]*)"')
_NEEDED = {
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_token",
}


def authenticate(incoming: Incoming, state: State, *, app_only: bool = False) -> str:
    """Check who is asking and give the user's id. ``app_only``: the endpoint also takes the app's own token.

    Raises:
        Refused: 401, or 403 for a bearer token that may not do this.
    """
    scheme, _, rest = incoming.headers.get("authorization", "").partition(" ")
    if state.switches.x_revoked:
        raise Refused(x_codes(401, 89, "Invalid or expired token."))
    if scheme.lower() == "bearer":
        _check_bearer(rest, app_only=app_only)
        return X["user_id"]
    if scheme.lower() != "oauth":
        raise Refused(x_problem(401, title="Unauthorized", detail="Unauthorized"))
    _check_oauth({name: unquote(value) for name, value in _PAIR.findall(rest)}, incoming, state)
    return X["user_id"]


def _check_bearer(token: str, *, app_only: bool) -> None:
    if token != X["bearer_token"]:
        raise Refused(x_problem(401, title="Unauthorized", detail="Unauthorized"))
    if not app_only:
        detail = (
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
            "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
        )
        kind = X_PROBLEMS + "unsupported-authentication"
        raise Refused(x_problem(403, title="Unsupported Authentication", detail=detail, kind=kind))


def _check_oauth(oauth: dict[str, str], incoming: Incoming, state: State) -> None:
    wrong = x_codes(401, 32, "Could not authenticate you.")
    if _NEEDED - oauth.keys() or oauth["oauth_signature_method"] != "HMAC-SHA1":
        raise Refused(wrong)
    if oauth["oauth_consumer_key"] != X["consumer_key"]:
        raise Refused(wrong)
    if oauth["oauth_token"] != X["access_token"]:
        raise Refused(x_codes(401, 89, "Invalid or expired token."))
    if not hmac.compare_digest(signature(oauth, incoming), oauth["oauth_signature"]):
        raise Refused(wrong)
    if abs(_number(oauth["oauth_timestamp"]) - state.clock.epoch()) > state.switches.x_oauth_window:
        raise Refused(x_codes(401, 135, "Timestamp out of bounds."))
    used = f"{oauth['oauth_timestamp']}/{oauth['oauth_nonce']}"
    with state.lock:
        if used in state.nonces:
            raise Refused(wrong)
        state.nonces.add(used)


def signature(oauth: dict[str, str], incoming: Incoming) -> str:
    """Compute the signature that the request should carry."""
    pairs = [(name, value) for name, value in oauth.items() if name not in {"oauth_signature", "realm"}]
    pairs += incoming.query_pairs + incoming.form_pairs
    normal = "&".join(f"{name}={value}" for name, value in sorted((_escape(n), _escape(v)) for n, v in pairs))
    base = "&".join([incoming.method.upper(), _escape(_base_uri(incoming.url)), _escape(normal)])
    key = f"{_escape(X['consumer_secret'])}&{_escape(X['access_token_secret'])}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _base_uri(url: str) -> str:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}[parts.scheme]
    host = (parts.hostname or "").lower()
    return f"{parts.scheme}://{host}{'' if parts.port in {None, default} else f':{parts.port}'}{parts.path}"


def _escape(text: str) -> str:
    return quote(text, safe="-._~")


def _number(text: str) -> float:
    try:
        return float(int(text))
    except ValueError:
        return 0.0

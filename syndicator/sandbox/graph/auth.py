"""Graph's door: the access token, and ``appsecret_proof`` with its optional time stamp."""

import hashlib
import hmac

from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.exchange import Incoming, Refused
from syndicator.sandbox.problems import graph_error
from syndicator.sandbox.state import State

APP_TOKEN = f"{FACEBOOK['app_id']}|{FACEBOOK['app_secret']}"


def authenticate(incoming: Incoming, state: State) -> str:
    """Check token and proof, and give the token.

    Raises:
        Refused: 104 without a token, 190 for a bad one, 100 for a bad proof.
    """
    token = token_of(incoming)
    if not token:
        raise Refused(graph_error(104, "An access token is required to request this resource."))
    check_token(token, state)
    _check_proof(token, incoming, state)
    return token


def token_of(incoming: Incoming) -> str:
    """Find the access token: parameter or header."""
    scheme, _, rest = incoming.headers.get("authorization", "").partition(" ")
    return incoming.fields.get("access_token") or (rest if scheme.lower() in {"bearer", "oauth"} else "")


def check_token(token: str, state: State) -> None:
    """Refuse unknown and revoked tokens."""
    if token not in {FACEBOOK["page_token"], APP_TOKEN}:
        raise Refused(graph_error(190, "Invalid OAuth access token - Cannot parse access token"))
    if state.switches.facebook_revoked and token == FACEBOOK["page_token"]:
        message = (
            "Error validating access token: The session has been invalidated because the user changed the password."
        )
        raise Refused(graph_error(190, message, status=401, subcode=460))


def _check_proof(token: str, incoming: Incoming, state: State) -> None:
    proof, stamp = incoming.fields.get("appsecret_proof"), incoming.fields.get("appsecret_time")
    if proof is None:
        if state.switches.facebook_proof_required and token != APP_TOKEN:
            message = "API calls from the server require an appsecret_proof argument"
            raise Refused(graph_error(100, message, type="GraphMethodException"))
        return
    signed = token if stamp is None else f"{token}|{stamp}"
    right = hmac.new(FACEBOOK["app_secret"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, proof) or (stamp is not None and not _fresh(stamp, state)):
        message = "Invalid appsecret_proof provided in the API argument"
        raise Refused(graph_error(100, message, type="GraphMethodException"))


def _fresh(stamp: str, state: State) -> bool:
    return stamp.isdigit() and abs(state.clock.epoch() - int(stamp)) <= state.switches.facebook_proof_window


def require(scope: str, state: State) -> None:
    """Refuse when the token lacks a permission."""
    if scope not in state.switches.facebook_scopes:
        message = f"(#200) This endpoint requires the '{scope}' permission"
        raise Refused(graph_error(200, message, status=403))

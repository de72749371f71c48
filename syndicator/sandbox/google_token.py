"""Plays Google's token endpoint: refresh grants only. Also the check of an access token, as YouTube does it."""

import secrets

from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.problems import google_error, oauth_error
from syndicator.sandbox.state import State


class GooglePlatform:
    """The token endpoint at ``/google/token``."""

    name = "google"
    mount = "/google"

    def __init__(self, state: State) -> None:
        self._state = state

    def describe(self, incoming: Incoming) -> tuple[str, str, str]:
        """Say path, role and words."""
        return incoming.path, "token", ""

    async def answer(self, incoming: Incoming) -> Answer:
        """Give an access token for the refresh token, or say no."""
        if incoming.method != "POST" or incoming.path != "/token":
            return Answer(status=404, body="Not Found", content_type="text/plain; charset=utf-8")
        form = dict(incoming.form_pairs)
        if form.get("client_id") != YOUTUBE["client_id"]:
            return oauth_error(401, "invalid_client", "The OAuth client was not found.")
        if form.get("client_secret") != YOUTUBE["client_secret"]:
            return oauth_error(401, "invalid_client", "Unauthorized")
        if form.get("grant_type") != "refresh_token":
            return oauth_error(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if form.get("refresh_token") != YOUTUBE["refresh_token"] or self._state.switches.youtube_revoked:
            return oauth_error(400, "invalid_grant", "Token has been expired or revoked.")
        return self._grant()

    def _grant(self) -> Answer:
        switches = self._state.switches
        token = f"ya29.sandbox-{secrets.token_urlsafe(24)}"
        with self._state.lock:
            self._state.tokens[token] = self._state.clock.epoch() + switches.youtube_token_seconds
        return Answer(
            body={
                "access_token": token,
                "expires_in": max(0, int(switches.youtube_token_seconds) - 1),
                "scope": " ".join(switches.youtube_scopes),
                "token_type": "Bearer",
            }
        )


def authenticate(incoming: Incoming, state: State, *scopes: str) -> None:
    """Check the bearer token and that it has one of ``scopes`` (names without the common address).

    Raises:
        Refused: 401, or 403 ``insufficientPermissions``.
    """
    scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(google_error(401, "required", "Login Required.", location="Authorization", locationType="header"))
    with state.lock:
        expires = state.tokens.get(token, 0.0)
    if expires <= state.clock.epoch() or state.switches.youtube_revoked:
        refusal = google_error(401, "authError", "Invalid Credentials", location="Authorization", locationType="header")
        raise Refused(refusal)
    granted = {scope.rpartition("/")[2] for scope in state.switches.youtube_scopes}
    if scopes and not granted & {*scopes, "youtube", "youtubepartner"}:
        raise Refused(google_error(403, "insufficientPermissions", "Insufficient Permission"))

"""What can be set about the played platforms without breaking them: limits, permissions, pilot access. Values only."""

from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The settings of the sandbox; durations are in seconds of its own clock."""

    # X
    x_text_limit: int = 280
    x_post_limit: int = 100
    """Posts per 15 minutes and user."""
    x_read_limit: int = 900
    """Timeline reads per 15 minutes and user."""
    x_oauth_window: float = 600
    """How far an OAuth time stamp may be from the clock."""
    x_duplicate_window: float = 86_400
    """How long the same words count as a duplicate; 0 switches the check off."""
    x_reads: bool = True
    """False: the plan does not include reading the timeline (403)."""
    x_writes: bool = True
    """False: the app was only given read access (403)."""
    x_fields: str = "both"
    """Which query parameter names the fields: ``tweet.fields``, ``post.fields`` or ``both``."""
    x_self_replies: bool = True
    """False: not even the account's own posts may be answered over the API (403)."""
    x_revoked: bool = False
    # Facebook
    facebook_text_limit: int = 63_206
    facebook_proof_required: bool = False
    """True: the app has "Require App Secret" switched on."""
    facebook_proof_window: float = 300
    """How long a time-stamped ``appsecret_proof`` is accepted."""
    facebook_scopes: tuple[str, ...] = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_posts",
        "pages_manage_engagement",
    )
    facebook_honours_unpublished: bool = True
    """False: ``published=false`` is ignored and drafts show at once (what a canary must notice)."""
    facebook_duplicates: bool = True
    """True: the same message and link twice in a row is refused with 506."""
    facebook_revoked: bool = False
    # YouTube
    pilot: bool = True
    """False: the project is not in the pilot of the ``posts`` resource."""
    pilot_refusal: int = 404
    """How a project outside the pilot is turned away: 404 or 403."""
    youtube_text_limit: int = 1000
    youtube_scopes: tuple[str, ...] = (
        "https://www.googleapis.com/auth/youtube.force-ssl",
        "https://www.googleapis.com/auth/youtube.upload",
    )
    youtube_token_seconds: float = 3600
    """How long an access token lives."""
    youtube_revoked: bool = False
    """True: the refresh token is dead (``invalid_grant``) and so are the access tokens."""

    def changed(self, **changes: Any) -> "Switches":
        """Give a copy with ``changes``.

        Raises:
            ValueError: an unknown name.
        """
        unknown = sorted(set(changes) - {field.name for field in fields(self)})
        if unknown:
            raise ValueError(f"no such switch: {', '.join(unknown)}")
        tuples = {name: tuple(value) for name, value in changes.items() if isinstance(value, list)}
        return replace(self, **{**changes, **tuples})

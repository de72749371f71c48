"""The sandbox's accounts: every name and every "secret" the played platforms accept. Not one is valid anywhere else."""

from collections.abc import Mapping
from types import MappingProxyType

X: Mapping[str, str] = MappingProxyType(
    {
        "user_id": "1725000000000000001",
        "username": "sandbox_today",
        "name": "Sandbox Today",
        "consumer_key": "sandbox-consumer-key",
        "consumer_secret": "sandbox-consumer-secret",
        "access_token": "1725000000000000001-sandboxAccessToken",
        "access_token_secret": "sandbox-access-token-secret",
        "bearer_token": "sandbox-app-only-bearer-token",
    }
)
"""X: OAuth 1.0a user context; ``bearer_token`` is app-only and may read but not post."""

FACEBOOK: Mapping[str, str] = MappingProxyType(
    {
        "page_id": "100200300400500",
        "page_name": "Sandbox Today",
        "page_token": "sandbox-page-token",
        "app_id": "600700800900",
        "app_name": "syndicator sandbox app",
        "app_secret": "sandbox-app-secret",
        "user_id": "500400300200",
    }
)
"""A Facebook Page and the app that posts to it."""

YOUTUBE: Mapping[str, str] = MappingProxyType(
    {
        "channel_id": "UCsandboxsandboxsandbox0",
        "title": "Sandbox Today",
        "handle": "@sandboxtoday",
        "client_id": "sandbox-client-id.apps.googleusercontent.com",
        "client_secret": "sandbox-client-secret",
        "refresh_token": "sandbox-refresh-token",
    }
)
"""A YouTube channel and the OAuth client of its project."""

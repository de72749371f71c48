"""The real adapters of the platforms, put on a wire of ours: their requests and their judgement, no SDK's sockets."""

import copy
from functools import cache
from typing import Any

from syndicator.model import Channel, Credentials
from syndicator.platforms import facebook, twitter
from tests.simulation.pagesite import PAGE
from tests.simulation.wire import Answer, Wire

SECRETS = Credentials(
    dict.fromkeys(("consumer_key", "consumer_secret", "access_token_secret", "page_token", "app_secret"), "played")
    | {"access_token": "1725000000000000001-played"}
)


class XClient:
    """Stands where tweepy's client stands; it hands the request to the wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def request(
        self, method: str, route: str, *, params: Any = None, json: Any = None, user_auth: bool = False
    ) -> Answer:
        return self._wire.exchange(method, route, json if json is not None else dict(params or {}))


class PageClient:
    """Stands where the Graph API's client stands."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get_object(self, object_id: str, **query: str) -> Answer:
        return self._wire.exchange("GET", object_id, query)

    def get_connection(self, object_id: str, connection: str, **query: str) -> Answer:
        return self._wire.exchange("GET", f"{object_id}/{connection}", query)

    def post_object(
        self, object_id: str, connection: str | None = None, *, data: Any = None, files: Any = None
    ) -> Answer:
        return self._wire.exchange("POST", f"{object_id}/{connection}" if connection else object_id, data)


@cache
def _prototype(platform: str) -> Any:
    if platform == "twitter":
        return twitter.connect(Channel(name="x", platform=platform), SECRETS)
    return facebook.connect(Channel(name="page", platform=platform, options={"page_id": PAGE}), SECRETS)


def adapter_on(wire: Wire, platform: str) -> Any:
    """Give the real adapter of a platform, on a wire of ours."""
    adapter = copy.copy(_prototype(platform))
    if platform == "twitter":
        adapter._session, adapter._client = wire, XClient(wire)
        return adapter
    graph = adapter._graph = copy.copy(adapter._graph)
    graph._session, graph._api = lambda: wire, lambda _: PageClient(wire)
    return adapter

"""One YouTube adapter on the sandbox, with the few steps that its tests repeat."""

from typing import Any

from syndicator.model import Channel, Composed, Credentials, Staged
from syndicator.platforms import Adapter, youtube
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.faults import Fault
from tests.contract.workbench import Picture, link_of, marker_of, requests_of, teaser

CREDENTIALS = {name: YOUTUBE[name] for name in ("client_id", "client_secret", "refresh_token")}


def channel_at(sandbox: Sandbox, *, api_base: str = "", **options: str) -> Channel:
    given = {
        "channel_id": YOUTUBE["channel_id"],
        "read_timeout": "20",
        "token_uri": sandbox.urls.token_uri,
        "text_limit": "2000",
    }
    return Channel(
        name="desk",
        platform="youtube",
        api_base=api_base or sandbox.urls.youtube,
        image="attach",
        options=given | options,
    )


class Desk:
    """One adapter on the sandbox's YouTube channel, with the few steps that the tests below repeat."""

    def __init__(self, sandbox: Sandbox, credentials: dict[str, str] | None = None, **options: Any) -> None:
        self.sandbox = sandbox
        self.channel = channel_at(sandbox, **options)
        given = Credentials(CREDENTIALS if credentials is None else credentials)
        self.adapter: Adapter = youtube.connect(self.channel, given)

    def compose(self, number: int = 1, *, link: str | None = None, pictures: tuple[Picture, ...] = ()) -> Composed:
        marker = marker_of(number)
        words = teaser(
            youtube.capabilities(self.channel),
            platform="youtube",
            text="Ferries are late",
            link=link_of(marker) if link is None else link,
            pictures=pictures,
        )
        return youtube.compose(self.channel, words, marker)

    def staged(self, number: int = 1, **parts: Any) -> Staged:
        return self.adapter.stage(self.compose(number, **parts), {}.__getitem__, None)

    def order(self, *, platform: str = "youtube", **fault: Any) -> None:
        self.sandbox.state.faults.add(Fault(platform=platform, **fault))

    def live(self) -> list[Any]:
        return list(self.sandbox.state.posts("youtube"))

    def switch(self, **switches: Any) -> None:
        self.sandbox.state.switches = self.sandbox.state.switches.changed(**switches)

    def inserts(self) -> int:
        return len(requests_of(self.sandbox, "youtube", "create"))

    def tokens(self) -> int:
        return len(requests_of(self.sandbox, "google"))

    def requests(self) -> int:
        return len(requests_of(self.sandbox, "youtube")) + self.tokens()

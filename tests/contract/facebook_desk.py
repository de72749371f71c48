"""One Facebook adapter on the sandbox's Page, with the few steps that its tests repeat."""

from dataclasses import replace
from typing import Any

from syndicator.model import Channel, Composed, Credentials, Staged
from syndicator.platforms import Adapter, facebook
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.faults import Fault
from tests.contract.workbench import link_of, marker_of, teaser

CREDENTIALS = {"page_token": FACEBOOK["page_token"], "app_secret": FACEBOOK["app_secret"]}


def channel_at(sandbox: Sandbox, *, api_base: str = "", image: str = "card", **options: str) -> Channel:
    return Channel(
        name="desk",
        platform="facebook",
        api_base=api_base or sandbox.urls.graph,
        image=image,
        options={"page_id": FACEBOOK["page_id"], "read_timeout": "20", "text_limit": "90000"} | options,
    )


class Page:
    """One adapter on the sandbox's Page, with the few steps that the tests below repeat."""

    def __init__(self, sandbox: Sandbox, credentials: dict[str, str] | None = None, **options: Any) -> None:
        self.sandbox = sandbox
        self.channel = channel_at(sandbox, **options)
        self.adapter: Adapter = facebook.connect(self.channel, Credentials(credentials or CREDENTIALS))

    def compose(self, number: int = 1, *, text: str = "Ferries are late", link: str | None = None) -> Composed:
        marker = marker_of(number)
        words = teaser(
            facebook.capabilities(self.channel),
            platform="facebook",
            text=text,
            link=link_of(marker) if link is None else link,
        )
        return facebook.compose(self.channel, words, marker)

    def staged(self, number: int = 1, **parts: Any) -> Staged:
        return self.adapter.stage(self.compose(number, **parts), {}.__getitem__, None)

    def order(self, **fault: Any) -> None:
        self.sandbox.state.faults.add(Fault(platform="facebook", **fault))

    def live(self) -> list[Any]:
        return list(self.sandbox.state.posts("facebook"))

    def switch(self, **switches: Any) -> None:
        self.sandbox.state.switches = self.sandbox.state.switches.changed(**switches)

    def change(self, **parts: Any) -> None:
        """Change the only live post behind our back."""
        self.sandbox.state.put(replace(self.live()[0], **parts))

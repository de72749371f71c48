"""D38: one logical send is one body on the wire, for every adapter and every wire fault; the sandbox counts."""

import time
from collections.abc import Iterator
from typing import cast

import pytest

from syndicator.errors import OutcomeUnknown, PlatformError, RateLimited
from syndicator.model import Channel, Composed, Credentials, Receipt, Staged
from syndicator.platforms import Adapter, Following, load
from syndicator.sandbox import Sandbox, accounts
from syndicator.sandbox.faults import Fault, Kind, When
from syndicator.sandbox.hand import post_by_hand
from tests.contract import facebook_desk, youtube_desk
from tests.contract.workbench import READ_TIMEOUT, link_of, marker_of, requests_of, teaser

X = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
FAULTS = ("drop", "rst", "stale", "503", "429", "307", "slow")
SENDS = ("x", "x answer", "facebook direct", "facebook draft", "facebook flip", "facebook comment", "youtube")
ROLES = {"facebook draft": "stage", "facebook flip": "flip"}
FOLLOWING = ("x answer", "facebook comment")
REMOTE = {"twitter": "x"}


class Send:
    """One logical send of one adapter: the request under test, and what has to be done before it."""

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self.name = name
        self.sandbox = sandbox
        self.role = ROLES.get(name, "create")
        self.channel = _channel(name, sandbox)
        self.remote = REMOTE.get(self.channel.platform, self.channel.platform)
        self.adapter: Adapter = load(self.channel.platform).connect(self.channel, _credentials(self.channel.platform))

    def compose(self, number: int) -> Composed:
        marker, module = marker_of(number), load(self.channel.platform)
        words = teaser(
            module.capabilities(self.channel),
            platform=self.channel.platform,
            text=f"Ferries are late ({number})",
            link=link_of(marker),
        )
        if self.name not in FOLLOWING:
            return module.compose(self.channel, words, marker)
        above = post_by_hand(self.sandbox.state, self.remote, f"Above ({number})")
        return cast(Following, module).follow(self.channel, words, marker, to=above.id)

    def ready(self, number: int) -> Composed | Staged:
        """Do everything that comes before the request under test."""
        composed = self.compose(number)
        return composed if self.role == "stage" else self.adapter.stage(composed, {}.__getitem__, None)

    def go(self, ready: Composed | Staged) -> Receipt | Staged | PlatformError:
        """Make the request under test, once."""
        try:
            if isinstance(ready, Composed):
                return self.adapter.stage(ready, {}.__getitem__, None)
            receipt = self.adapter.publish(ready, lambda: None)
        except PlatformError as error:
            return error
        assert isinstance(receipt, Receipt)
        return receipt

    def bodies(self) -> int:
        """Count the requests of that role whose body arrived completely."""
        return len(requests_of(self.sandbox, self.remote, self.role))

    def order(self, fault: str, when: When) -> None:
        kinds = {"drop": Kind.DROP, "rst": Kind.RST, "307": Kind.REDIRECT, "slow": Kind.SLOW}
        self.sandbox.state.faults.add(
            Fault(
                platform=self.remote,
                role=self.role,
                kind=kinds.get(fault, Kind.STATUS),
                status=int(fault) if fault.isdigit() else None,
                headers={"Retry-After": "0"} if fault in ("429", "503") else {},
                delay=2 * READ_TIMEOUT if fault == "slow" else None,
                when=when,
            )
        )


def _channel(name: str, sandbox: Sandbox) -> Channel:
    timeout = str(READ_TIMEOUT)
    if name in ("x", "x answer"):
        return Channel(name="desk", platform="twitter", api_base=sandbox.urls.x, options={"read_timeout": timeout})
    if name == "youtube":
        return youtube_desk.channel_at(sandbox, driver="api", read_timeout=timeout)
    mode = "direct" if name == "facebook direct" else "two_phase"
    return facebook_desk.channel_at(sandbox, publish_mode=mode, read_timeout=timeout)


def _credentials(platform: str) -> Credentials:
    given = {"facebook": facebook_desk.CREDENTIALS, "youtube": youtube_desk.CREDENTIALS}
    return Credentials(given.get(platform) or {name: accounts.X[name] for name in X})


@pytest.fixture(params=SENDS)
def send(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Send]:
    made = Send(request.param, sandbox)
    yield made
    made.adapter.close()


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "stale"])
def test_d38_one_logical_send_is_one_body(send: Send, fault: str, when: When) -> None:
    ready, before = send.ready(1), send.bodies()
    send.order(fault, when)
    outcome = send.go(ready)
    assert send.bodies() - before == 1
    assert isinstance(outcome, PlatformError)
    if send.role != "stage":
        clear = fault == "429" and send.name not in {"facebook direct", "facebook flip", "facebook comment"}
        assert isinstance(outcome, RateLimited if clear else OutcomeUnknown), outcome
    assert send.sandbox.state.faults.pending() == []


def test_d38_a_connection_that_went_stale_is_no_reason_to_send_again(send: Send) -> None:
    """Two sends over a connection that the server closed in between are two bodies: a pooled one made them three."""
    first, second, before = send.ready(1), send.ready(2), send.bodies()
    assert not isinstance(send.go(first), PlatformError)
    send.sandbox.hang_up()
    time.sleep(0.2)  # it does so in its own time, and must not meet the second send
    assert not isinstance(send.go(second), PlatformError)
    assert send.bodies() - before == 2


def test_d38_covers_every_adapter_and_every_fault() -> None:
    assert len(SENDS) * len(FAULTS) == 49

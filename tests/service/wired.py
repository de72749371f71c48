"""A work bench whose adapters are the real ones, on a sandbox over HTTP: tests assert what is live there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator import platforms
from syndicator.model import Channel, Credentials
from syndicator.platforms import Adapter
from syndicator.sandbox import Sandbox, accounts
from syndicator.sandbox.faults import Fault, Kind
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from tests.contract.raw import closed_port
from tests.service.bench import Bench, make_bench

X = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
SECRETS: Mapping[str, Mapping[str, str]] = {
    "twitter": {name: accounts.X[name] for name in X},
    "facebook": {"page_token": accounts.FACEBOOK["page_token"], "app_secret": accounts.FACEBOOK["app_secret"]},
    "youtube": {name: accounts.YOUTUBE[name] for name in ("client_id", "client_secret", "refresh_token")},
}
REMOTE = {"twitter": "x", "facebook": "facebook", "youtube": "youtube"}
"""The sandbox's names."""


def channel_of(sandbox: Sandbox, kind: str, **changes: Any) -> Channel:
    """Make a channel: ``x``, ``facebook`` (direct), ``page`` (two_phase) or ``youtube`` (the API driver)."""
    options: dict[str, str] = {"read_timeout": "5"}
    if kind in ("facebook", "page"):
        options |= {"page_id": accounts.FACEBOOK["page_id"]}
        options |= {"publish_mode": "two_phase"} if kind == "page" else {}
    elif kind == "youtube":
        options |= {"channel_id": accounts.YOUTUBE["channel_id"], "driver": "api"}
        options |= {"token_uri": sandbox.urls.token_uri}
    platform = {"x": "twitter", "page": "facebook"}.get(kind, kind)
    base = {"twitter": sandbox.urls.x, "facebook": sandbox.urls.graph, "youtube": sandbox.urls.youtube}[platform]
    return Channel(**({"name": kind, "platform": platform, "api_base": base, "options": options} | changes))


class Wired:
    """A bench and a sandbox whose clocks go together."""

    def __init__(self, bench: Bench, sandbox: Sandbox) -> None:
        self.bench = bench
        self.sandbox = sandbox

    def pass_time(self, by: timedelta) -> None:
        self.bench.clock.tick(by)
        self.sandbox.state.clock.offset += by.total_seconds()

    def round(self) -> None:
        """Let each verb that settles or sends come once."""
        reconcile(self.bench.parts)
        deliver(self.bench.parts)

    def live_on(self, hours: float, *, step: timedelta) -> None:
        """Work for a while, one round at each step."""
        until = self.bench.clock.now() + timedelta(hours=hours)
        while self.bench.clock.now() < until:
            self.round()
            self.pass_time(step)

    def fault(self, platform: str, **fault: Any) -> None:
        self.sandbox.state.faults.add(Fault(platform=platform, **{"kind": Kind.STATUS, **fault}))

    def switch(self, **switches: Any) -> None:
        self.sandbox.state.switches = self.sandbox.state.switches.changed(**switches)

    def live(self, platform: str) -> list[Any]:
        return list(self.sandbox.state.posts(platform))

    def requests(self, platform: str, *roles: str) -> list[dict[str, Any]]:
        found = self.sandbox.state.traffic.requests(platform)
        return [row for row in found if not roles or row["role"] in roles]

    @property
    def subjects(self) -> list[str]:
        return [notice.subject for notice in self.bench.told.notices]


@contextmanager
def wired(folder: Path, sandbox: Sandbox, *channels: Channel) -> Iterator[Wired]:
    """Put real adapters of ``channels`` on a bench."""
    bench = make_bench(folder, channels=channels)
    made: dict[tuple[str, str], Adapter] = {}

    def adapter(name: str, purpose: str) -> Adapter:
        if (name, purpose) not in made:
            channel = bench.parts.channels[name]
            platform = platforms.load(channel.platform)
            made[name, purpose] = platform.connect(channel, Credentials(SECRETS[channel.platform]))
        return made[name, purpose]

    bench.clock.set(datetime.now(UTC))
    # The clocks of sandbox and service move together, the machine's, which signs, stands: so signatures look old.
    endless = {"x_oauth_window": 1e9, "facebook_proof_window": 1e9, "youtube_token_seconds": 1e8, "x_read_limit": 10**6}
    sandbox.state.switches = sandbox.state.switches.changed(**endless)
    found = Wired(replace(bench, parts=replace(bench.parts, adapter=adapter)), sandbox)
    try:
        yield found
    finally:
        for connected in made.values():
            connected.close()
        bench.parts.store.close()


def nowhere() -> str:
    """Give an address on this machine where nobody listens."""
    return f"http://127.0.0.1:{closed_port()}"

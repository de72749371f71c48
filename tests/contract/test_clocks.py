"""What clocks may do to an adapter: signatures are as old as their request, and a clock of ours that ran ahead hides
nothing.
"""

import re
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from syndicator.errors import PlatformError
from syndicator.model import Channel, Credentials, Staged
from syndicator.platforms import Adapter, load
from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import FACEBOOK, X
from tests.contract.facebook_desk import Page
from tests.contract.raw import RawServer, answer
from tests.contract.test_twitter import SECRETS, TwitterHooks
from tests.contract.workbench import link_of, marker_of, now, teaser
from tests.contract.youtube_desk import Desk

PAUSE = 30
"""Seconds that pass between the dead-line check and the first byte."""
SIGNED = {
    "twitter": (Credentials({name: X[name] for name in SECRETS}), rb'oauth_timestamp="(\d+)"', {}),
    "facebook": (
        Credentials({"page_token": FACEBOOK["page_token"], "app_secret": FACEBOOK["app_secret"]}),
        rb"appsecret_time=(\d+)",
        {"page_id": FACEBOOK["page_id"], "appsecret_time": "on"},
    ),
}


@pytest.mark.parametrize("platform", SIGNED)
def test_r5_the_signature_is_made_before_the_dead_line_is_checked(platform: str) -> None:
    """A worker that falls asleep after the check wakes up with a signature that the platform can refuse."""
    credentials, stamp, options = SIGNED[platform]
    module, marker = load(platform), marker_of(1)
    with RawServer(answer()) as server:
        channel = Channel(name="desk", platform=platform, api_base=server.url, options=options)  # type: ignore[arg-type]
        words = teaser(module.capabilities(channel), platform=platform, text="News", link=link_of(marker))
        staged = Staged(composed=module.compose(channel, words, marker), refs={})
        adapter = module.connect(channel, credentials)
        with time_machine.travel(time.time(), tick=True) as clock:

            def sleep_after_the_check() -> None:
                checked.append(time.time())
                clock.shift(PAUSE)

            checked: list[float] = []
            with suppress(PlatformError):  # what the answer means is another test's matter
                adapter.publish(staged, sleep_after_the_check)
        adapter.close()
        ((head, body),) = server.requests
    signed = re.search(stamp, head.encode() + body)
    assert signed is not None
    assert int(signed[1]) <= checked[0] + 1


AHEAD = {"x": timedelta(minutes=9), "facebook": timedelta(hours=12), "youtube": timedelta(hours=12)}
"""As far as each platform's signatures let our clock be wrong, or half a day where none bound it."""


def desk_of(platform: str, sandbox: Sandbox) -> tuple[Adapter, Staged]:
    if platform == "x":
        hooks: Any = TwitterHooks()
        adapter = hooks.module.connect(hooks.make_channel(sandbox), hooks.make_credentials())
        return adapter, hooks.staged(adapter, sandbox)
    desk: Page | Desk = Page(sandbox) if platform == "facebook" else Desk(sandbox, driver="api")
    return desk.adapter, desk.staged()


@pytest.mark.parametrize("platform", AHEAD)
def test_d18_a_live_post_is_found_although_our_clock_ran_ahead_when_it_was_sent(
    sandbox: Sandbox, platform: str
) -> None:
    adapter, staged = desk_of(platform, sandbox)
    adapter.publish(staged, lambda: None)
    look = adapter.find(staged, now(sandbox) + AHEAD[platform])
    assert len(look.hits) == 1
    adapter.close()


@pytest.mark.parametrize("platform", AHEAD)
def test_r11_a_platforms_clock_before_the_intent_proves_no_absence(sandbox: Sandbox, platform: str) -> None:
    adapter, staged = desk_of(platform, sandbox)
    look = adapter.find(staged, now(sandbox) + AHEAD[platform])
    assert (look.hits, look.complete) == ((), False)
    adapter.close()

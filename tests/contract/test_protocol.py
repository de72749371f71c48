"""Every platform module has the names that the rest of syndicator asks for, with the protocol's parameters."""

import inspect

import pytest

from syndicator import platforms
from syndicator.model import Channel, PlatformSpec
from syndicator.platforms import twitter

NAMES = ("twitter", "facebook", "youtube")


@pytest.mark.parametrize("name", NAMES)
def test_a_platform_has_its_five_names(name: str) -> None:
    module = platforms.load(name)
    assert isinstance(module.SPEC, PlatformSpec)
    assert module.SPEC.name == name
    for function in ("capabilities", "compose", "connect", "remote_id_from_url"):
        wanted = list(inspect.signature(getattr(platforms.Platform, function)).parameters)[1:]
        assert list(inspect.signature(getattr(module, function)).parameters) == wanted


def test_x_is_another_name_for_twitter() -> None:
    assert platforms.load("x") is platforms.load("twitter")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/EU_today/status/2124479660220743690",
        " https://twitter.com/EU_today/status/2124479660220743690?s=20 ",
        "https://mobile.twitter.com/EU_today/statuses/2124479660220743690/photo/1",
        "https://x.com/i/web/status/2124479660220743690",
    ],
)
def test_the_address_of_a_post_on_x(url: str) -> None:
    assert twitter.remote_id_from_url(Channel(name="x", platform="twitter"), url) == "2124479660220743690"


@pytest.mark.parametrize(
    "url",
    ["", "https://x.com/EU_today", "https://x.com/EU_today/status/abc", "https://x.com.evil.example/a/status/1"],
)
def test_what_is_no_post_on_x(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a post on X"):
        twitter.remote_id_from_url(Channel(name="x", platform="twitter"), url)

"""Which hub announces a feed, and under which name."""

import pytest

from syndicator.model import Source
from syndicator.sources import feed
from syndicator.sources._announced import in_feed, in_headers, in_json

BASE = "https://news.example/feed/"
HUB, TOPIC = "https://hub.example/", "https://news.example/feed/rss"

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>
{head}<item><title>One</title><link>https://news.example/1</link>{item}</item></channel></rss>"""
LINKS = f'<atom:link rel="hub" href="{HUB}"/><atom:link href="{TOPIC}" rel="self" type="application/rss+xml"/>'


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"', (HUB, TOPIC)),
        (f"<{HUB}>; rel=hub,<{TOPIC}>;rel=self", (HUB, TOPIC)),
        (f'<{TOPIC}>; title="a, b; rel=hub"; rel="self"', ("", TOPIC)),
        (f'<{HUB}>; rel="alternate hub"', (HUB, "")),
        ('<https://api.example/>; rel="https://api.w.org/"', ("", "")),
        ('<http://one.example/>; rel="hub", <https://two.example/>; rel="hub"', ("https://two.example/", "")),
        ('</hub>; rel="hub"', ("https://news.example/hub", "")),
        ('<javascript:alert(1)>; rel="hub"', ("", "")),
        ('<https://user:pass@hub.example/>; rel="hub"', ("", "")),
        ("<" * 9000, ("", "")),
        ("<a>" + ';x="' * 3000, ("", "")),
        ("", ("", "")),
    ],
)
def test_headers(header: str, found: tuple[str, str]) -> None:
    assert in_headers(header, base=BASE) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (RSS.format(head=LINKS, item=""), (HUB, TOPIC)),
        (RSS.format(head="", item=LINKS), ("", "")),
        (RSS.format(head=LINKS.replace("atom:link", "a10:LINK").replace('"', "'"), item=""), (HUB, TOPIC)),
        (f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="{HUB}?a=1&amp;b=2"/></feed>',
         (f"{HUB}?a=1&b=2", "")),
        ("<link " * 20_000, ("", "")),
    ],
)  # fmt: skip
def test_feeds(text: str, found: tuple[str, str]) -> None:
    assert in_feed(text, base=BASE) == found


def test_json_feeds() -> None:
    text = (
        f'{{"feed_url": "{TOPIC}", "hubs": [{{"type": "rssCloud", "url": "x"}}, {{"type": "WebSub", "url": "{HUB}"}}]}}'
    )
    assert in_json(text, base=BASE) == (HUB, TOPIC)
    for none in ("{}", '{"hubs": 7}', '{"hubs": [7, {"type": "WebSub"}, {"url": 7}]}', '["hubs"]'):
        assert in_json(none, base=BASE)[0] == ""


def test_a_parsed_feed_names_them() -> None:
    source = Source(name="news", kind="feed", url=BASE)
    reading = feed.parse(RSS.format(head=LINKS, item="").encode(), url=BASE, content_type="", source=source)
    assert (reading.hub, reading.topic) == (HUB, TOPIC)

"""Documents built to break a reader (F19–F25), each made here: every one ends soon, and the news behind it is read."""

import asyncio
import contextlib
import gzip
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.confined import process as _process
from syndicator.errors import SourceError, SourceHostile, SourceInvalid
from syndicator.model import Source
from syndicator.sources import Reading
from syndicator.sources._child import Limits, Parsers
from syndicator.sources._fetch import Fetcher
from syndicator.sources.feed import read
from tests.confined import end_all

from .conftest import item, rss
from .site import Site

NEWS = Source(name="news", kind="feed", url="https://eutoday.example/feed/")
SOON = 10.0
"""Seconds, the limit of the issue; a document of this size would take some parsers minutes."""


def laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{levels}]><rss><channel><title>&l11;</title></channel></rss>'.encode()


def quadratic() -> bytes:
    return f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]><rss><title>{"&a;" * 50_000}</title></rss>'.encode()


def attributes(count: int) -> bytes:
    return rss("<title " + " ".join(f'a{n}="x"' for n in range(count)) + ">x</title>").encode()


def many(count: int, *, damaged: bool = False) -> bytes:
    text = rss(*(item(f"News {n}", link=f"/{n}") for n in range(count)))
    return (text.replace("</channel>", "<b></channel>") if damaged else text).encode()


BOMBS: dict[str, Callable[[], bytes]] = {
    "billion laughs": laughs,
    "quadratic entity": quadratic,
    "entity from outside": lambda: (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss(item("&x;")).encode()
    ),
    "200,000 attributes": lambda: attributes(200_000),
    "199 attributes, often": lambda: rss(*(f"<title {'a=1 ' * 190}>x</title>" for _ in range(5_000))).encode(),
    "author of 32 KB": lambda: rss(item(rest="<author>" + "a" * 32_000 + "</author>")).encode(),
    "60,000 items": lambda: many(60_000),
    "60,000 items, damaged": lambda: many(60_000, damaged=True),
    "one token of 16 MB": lambda: rss("<title>" + "x" * 16_000_000 + "</title>").encode(),
    "one token of 9 MB": lambda: rss("<title>" + "x" * 9_000_000 + "</title>").encode(),
    "one token of 9 MB, damaged": lambda: rss("<b><title>" + "x" * 9_000_000 + "</title>").encode(),
    "deep": lambda: b"<rss><channel>" + b"<a>" * 1_000_000,
    "deep JSON": lambda: b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 2_000_000,
    "ampersands": lambda: rss(item("&" * 2_000_000)).encode(),
    "markup in a summary": lambda: rss(item(rest=f"<description>{'&lt;b&gt;&lt;p ' * 200_000}</description>")).encode(),
    "a summary of quotes": lambda: rss(item(rest=f"<description>&lt;a {'&quot;' * 900_000}</description>")).encode(),
}


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    end_all()
    made = Parsers(Limits(cpu=SOON, wall=SOON))
    yield made
    made.close()
    assert not _process.alive


def parsed(parsers: Parsers, body: bytes) -> Reading:
    return asyncio.run(parsers.parsed("feed:parse", body, source=NEWS, url=NEWS.url, content_type=""))


@pytest.mark.parametrize("name", BOMBS)
def test_f20_to_f23_every_bomb_ends_soon_and_the_next_feed_is_read(parsers: Parsers, name: str) -> None:
    body = BOMBS[name]()
    started = time.monotonic()
    try:
        found = parsed(parsers, body)
    except SourceError as error:
        assert error.source == "news"  # noqa: PT017 - both ends are allowed, nothing else is
    else:
        assert len(found.entries) <= 2000
        assert all(len(entry.title) <= 1000 and len(entry.summary) <= 5000 for entry in found.entries)
        assert "root:" not in found.entries[0].title if found.entries else True
    assert time.monotonic() - started < SOON + 2
    assert len(parsed(parsers, rss(item()).encode()).entries) == 1


def test_f20_a_feed_of_60000_items_gives_its_first_2000(parsers: Parsers) -> None:
    assert len(parsed(parsers, many(60_000)).entries) == 2000


def test_others_are_read_while_bombs_go_off(parsers: Parsers) -> None:
    bombs = [make() for make in BOMBS.values()]
    good = rss(item()).encode()
    with ThreadPoolExecutor(8) as pool:
        noise = [pool.submit(parsed, parsers, body) for body in bombs]
        found = [pool.submit(parsed, parsers, good) for _ in range(40)]
        assert all(len(one.result(timeout=60).entries) == 1 for one in found)
        assert all(isinstance(one.exception(timeout=60), SourceError | None) for one in noise)


@pytest.mark.parametrize("layers", [1, 2])
def test_f19_a_compressed_bomb_is_stopped_while_it_is_read(site: Site, layers: int) -> None:
    body = bytes(200_000_000)
    for _ in range(layers):
        body = gzip.compress(body, 9, mtime=0)
    encoding = ", ".join(["gzip"] * layers)
    url = site.page("/feed", body, Content_Encoding=encoding)

    async def run() -> Reading:
        async with Fetcher(deadline=timedelta(seconds=SOON)) as fetcher:
            return await read(replace(NEWS, url=url, allow_private=True), None, fetcher)

    started = time.monotonic()
    with pytest.raises(SourceInvalid, match=r"larger than|grows|not asked for"):
        asyncio.run(run())
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>" + b"<a " * 1_000_000, b"<div>" * 600_000,
        b"<html><title>x</title><script type='application/ld+json'>" + b"[" * 400_000 + b"</script>",
        b"<meta " + b'property="og:title" content="x" ' * 150_000 + b">",
    ],
    ids=["open tags", "deep", "deep JSON-LD", "one long tag"],
)  # fmt: skip
def test_a_page_bomb_ends_soon(parsers: Parsers, body: bytes) -> None:
    started = time.monotonic()
    with contextlib.suppress(SourceError):
        asyncio.run(parsers.parsed("webpage:parse_body", body, source=NEWS, url=NEWS.url, charset=None))
    assert time.monotonic() - started < SOON + 2


@pytest.mark.parametrize("name", ["200,000 attributes", "author of 32 KB"])
def test_f22_a_bomb_that_no_check_knows_ends_at_the_limit(name: str) -> None:
    """The parser alone, without our checks in front of it: only the process stands between it and the news."""
    strict = Parsers(Limits(cpu=0.7, wall=SOON, places=1))
    with pytest.raises(SourceHostile, match=r"0\.7 seconds of processor time"):
        asyncio.run(strict.parsed("tests.sources.misbehaving:unguarded", BOMBS[name](), source=NEWS))
    assert len(parsed(strict, rss(item()).encode()).entries) == 1
    strict.close()

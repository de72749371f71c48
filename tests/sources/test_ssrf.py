"""X16, X17: no way of writing a private address, at no entry, makes us connect to it; nor does a name that changes.

Instead of a server that waits to be hit, every attempt to connect is seen as the interpreter makes it: also one that
would fail. A new entry is one line in ``ENTRIES``.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, Self

import aiohttp
import pytest

from syndicator import sources
from syndicator.errors import SourceError
from syndicator.model import Source
from syndicator.sources import images, webpage
from syndicator.sources._fetch import Fetcher, _Request

from .site import Site
from .spellings import ADDRESSES, hosts

PUBLIC = "93.184.216.34"
_watching = [False]
_attempts: list[str] = []
_lookups: list[str] = []


def _hook(name: str, args: tuple[Any, ...]) -> None:
    if not _watching[0]:
        return
    if name == "socket.getaddrinfo":
        _lookups.append(str(args[0]))
    if name == "socket.connect" and isinstance(args[1], tuple):
        _attempts.append(str(args[1][0]))
        if not str(args[1][0]).startswith("127."):
            raise ConnectionRefusedError("no test leaves this machine")


sys.addaudithook(_hook)


@pytest.fixture
def attempts() -> Iterator[list[str]]:
    """Give the addresses that somebody tried to connect to during the test."""
    _attempts.clear()
    _lookups.clear()
    _watching[0] = True
    yield _attempts
    _watching[0] = False


def kind(name: str) -> Callable[[Fetcher, str], Awaitable[object]]:
    return lambda fetcher, url: sources.read(Source(name="news", kind=name, url=url), None, fetcher)


class Elsewhere:
    """A session whose first answer is a redirect from a public server; what follows goes over the real one."""

    def __init__(self, real: aiohttp.ClientSession, location: str) -> None:
        self._real = real
        self._location: str | None = location

    def get(self, url: object, **options: Any) -> Any:
        return self._answer(self._real.get, url, options)

    def post(self, url: object, **options: Any) -> Any:
        return self._answer(self._real.post, url, options)

    def _answer(self, real: Callable[..., Any], url: object, options: dict[str, Any]) -> Any:
        location, self._location = self._location, None
        return real(url, **options) if location is None else Moved(location)


class Moved:
    status = 308

    def __init__(self, location: str) -> None:
        self.headers = {"Location": location}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


async def redirected(fetcher: Fetcher, url: str) -> object:
    session: Any = Elsewhere(fetcher._session(allow_private=False), url)
    request = _Request(session=session, headers={}, validators=None, allow_private=False, max_bytes=1000, source="news")
    try:
        return await request.follow(f"http://{PUBLIC}/")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SourceError(repr(error), source="news") from error


async def hub_redirected(fetcher: Fetcher, url: str) -> object:
    elsewhere: Any = Elsewhere(fetcher._session(allow_private=False), url)
    fetcher._sessions[False] = elsewhere
    try:
        return await fetcher.submit(f"http://{PUBLIC}/", {"hub.mode": "subscribe"})
    finally:
        fetcher._sessions[False] = elsewhere._real


ENTRIES: dict[str, Callable[[Fetcher, str], Awaitable[object]]] = {
    "feed": kind("feed"),
    "web page": kind("webpage"),
    "sitemap": kind("sitemap"),
    "WordPress": kind("wordpress"),
    "article page": lambda fetcher, url: webpage.read_page(url, fetcher=fetcher),
    "picture": lambda fetcher, url: images.fetch_image(url, fetcher=fetcher),
    "hub": lambda fetcher, url: fetcher.submit(url, {"hub.mode": "subscribe"}),
    "redirect": redirected,
    "redirect of a hub": hub_redirected,
}


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(ADDRESSES) == 31
    assert min(len(hosts(address)) for address in ADDRESSES) >= 12


@pytest.mark.parametrize("entry", ENTRIES)
def test_x16_no_spelling_of_a_private_address_is_connected_to(entry: str, attempts: list[str]) -> None:
    async def run() -> list[str]:
        through = []
        async with Fetcher(deadline=timedelta(seconds=5)) as fetcher:
            for address in ADDRESSES:
                for host in hosts(address):
                    for scheme in ("http", "https"):
                        try:
                            await ENTRIES[entry](fetcher, f"{scheme}://{host}/")
                        except SourceError:
                            continue
                        through.append(host)
        return through

    assert asyncio.run(run()) == []
    assert attempts == []


@pytest.mark.parametrize("place", [f"{PUBLIC}:22", f"{PUBLIC}:6379", f"a@{PUBLIC}", "rebind.example:8080"])
def test_x16_a_redirect_leads_to_no_other_service(attempts: list[str], place: str) -> None:
    """Not even at a public address: whoever redirects would have us talk to what does not speak HTTP."""

    async def run() -> None:
        async with Fetcher(deadline=timedelta(seconds=5), names=NameServer([PUBLIC])) as fetcher:
            with pytest.raises(SourceError, match="refused"):
                await redirected(fetcher, f"http://{place}/")

    asyncio.run(run())
    assert attempts == []


def test_the_watch_sees_a_connection(attempts: list[str], site: Site) -> None:
    site.page("/feed", b"x")

    async def run() -> None:
        async with Fetcher() as fetcher:
            await fetcher.get(site.url + "/feed", allow_private=True)
            with pytest.raises(SourceError):
                await fetcher.get(f"http://{PUBLIC}/")

    asyncio.run(run())
    assert attempts == ["127.0.0.1", PUBLIC]


class NameServer:
    """Answers each question with the next answer; the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        kinds = [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in answer]
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in kinds]


def reads(names: NameServer, *, times: int, fetchers: int = 1, host: str = "rebind.example") -> None:
    async def run() -> None:
        for _ in range(fetchers):
            async with Fetcher(deadline=timedelta(seconds=5), names=names) as fetcher:
                for _ in range(times):
                    with pytest.raises(SourceError):
                        await fetcher.get(f"http://{host}/feed")

    asyncio.run(run())


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"])
def test_x16_a_name_that_changes_its_mind_reaches_nothing_private(attempts: list[str], private: str) -> None:
    """The address that was vetted is the one connected to: there is no second question to lie to."""
    names = NameServer([PUBLIC], [private])
    reads(names, times=3)
    assert names.asked == 1  # vetted once, and used as vetted
    assert set(attempts) == {PUBLIC}
    attempts.clear()
    reads(names, times=3, fetchers=3)  # fresh ones ask again, and hear the lie
    assert attempts == []


@pytest.mark.parametrize("order", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "0.0.0.0"]])
def test_x16_one_private_address_among_public_ones_refuses_the_name(attempts: list[str], order: list[str]) -> None:
    reads(NameServer(order), times=2)
    assert attempts == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "localhost.localdomain", "ip6-localhost", "a.localhost"])
def test_x16_names_of_this_machine_are_resolved_and_refused(attempts: list[str], host: str) -> None:
    reads(NameServer(["127.0.0.1"]), times=1, host=host)
    assert attempts == []


def test_x16_a_private_door_never_serves_a_public_source(attempts: list[str], site: Site) -> None:
    site.page("/feed", b"x")

    async def run() -> None:
        async with Fetcher(shared=[site.url.removeprefix("http://")]) as fetcher:
            await fetcher.get(site.url + "/feed", allow_private=True)
            with pytest.raises(SourceError):
                await fetcher.get(site.url + "/feed", allow_private=False)

    asyncio.run(run())
    assert len(site.requests) == 1

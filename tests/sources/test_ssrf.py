"""X16, X17: no way of writing a private address, at no entry, makes us connect to it; nor does a name that changes.

Instead of a server that waits to be hit, every attempt to connect is seen as the interpreter makes it: also one that
would fail. Who opens what somebody else names stands in ``entries``.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from syndicator.errors import SourceError, SourceUnreachable
from syndicator.sources._fetch import Fetcher
from syndicator.sources._links import absolute

from .entries import ENTRIES, PUBLIC, redirected
from .site import Site, serving
from .spellings import ADDRESSES, hosts

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


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_would_go_where_it_is_sent(entry: str, attempts: list[str]) -> None:
    """Else the test above would show nothing."""

    async def run() -> None:
        async with Fetcher(deadline=timedelta(seconds=5)) as fetcher:
            with suppress(SourceError):
                await ENTRIES[entry](fetcher, f"http://{PUBLIC}/next")

    asyncio.run(run())
    assert set(attempts) == {PUBLIC}


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


def typed(site: Site, location: str) -> bytes:
    """Read an address of ``site`` that a person typed and that redirects."""
    site.page("/typed", status=302, Location=location)

    async def run() -> bytes:
        async with Fetcher(named=site.url + "/typed", deadline=timedelta(seconds=5)) as fetcher:
            return (await fetcher.get(site.url + "/typed", allow_private=True)).body

    return asyncio.run(run())


def test_x16_what_a_person_typed_may_be_private_but_not_what_it_leads_to(site: Site) -> None:
    site.page("/next", b"x")
    assert typed(site, "/next") == b"x"
    with serving() as other:
        other.page("/next", b"secret")
        # The same address with another port is asked for anew: a name may lead elsewhere by then.
        with pytest.raises(SourceUnreachable, match="refused"):
            typed(site, other.url + "/next")
        assert other.requests == []


def test_x16_a_typed_page_names_no_other_private_address(site: Site) -> None:
    site.page("/next", b"x")

    async def run() -> None:
        async with Fetcher(named="https://news.example/") as fetcher:
            with pytest.raises(SourceUnreachable, match="refused"):
                await fetcher.get(site.url + "/next", allow_private=True)

    asyncio.run(run())
    assert site.requests == []


@pytest.mark.parametrize("link", ["http://[::１]/", "https://[a]/", "//[::1%]]/", "http://[::1/", "http://]/"])
def test_x17_what_one_parser_takes_for_an_address_and_another_does_not_is_none(link: str) -> None:
    assert absolute(link, base="https://news.example/") is None


def test_x17_an_address_of_version_six_is_one() -> None:
    assert absolute("http://[2606:2800::1]/a[1]", base="https://news.example/") == "http://[2606:2800::1]/a[1]"

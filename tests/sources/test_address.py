import asyncio
import socket
from collections.abc import Callable

import pytest

from syndicator.errors import SourceUnreachable
from syndicator.sources._address import AddressRefused, CheckedResolver, checked, guarded_socket, refusal

NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "::ffff:0:127.0.0.1",
]  # fmt: skip
PRIVATE = ["127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "::1",
           "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.63.255.255", "2606:4700::1111", "2a00:1450:4001::1"]

SPELLINGS = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://localhost/",
    "http://localhost./", "http://LOCALHOST/", "http://0/", "http://[::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1%25lo]/", "http://10.0.0.1/",
]  # fmt: skip
MALFORMED = [
    "http://a.example\\@127.0.0.1/", "http://user@127.0.0.1/", "http://user:secret@a.example/",
    "http://@a.example/",
    "http://a.example:22/", "http://a.example:8080/", "http://a.example:0/", "http://a.example:99999/",
    "ftp://a.example/",
    "file:///etc/passwd", "gopher://a.example/", "javascript:alert(1)", "data:text/html,x", "//a.example/",
    "a.example",
    "", "http://", "http:///x", "http://a exa.mple/", "http://a.example/\r\nX: y", "http://a.example/\x00",
    "http://[::1",
    "http://a%2e.example/", "http://127.0.0.1%00.example/", "http://" + "a" * 5000 + ".example/",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_reserved_addresses_are_refused_even_where_private_ones_are_allowed(address: str) -> None:
    assert refusal(address, allow_private=True)
    assert refusal(address, allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_a_source_that_names_them(address: str) -> None:
    assert refusal(address, allow_private=False)
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert refusal(address, allow_private=False) is None


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_a_private_address_is_fetched(url: str, get: Callable[..., object]) -> None:
    with pytest.raises(SourceUnreachable, match=r"refused:|private or loopback|not known"):
        get(url, allow_private=False)


@pytest.mark.parametrize("url", MALFORMED)
def test_malformed_and_foreign_addresses_are_refused_before_any_connection(url: str) -> None:
    with pytest.raises(ValueError):
        checked(url, allow_private=False)


def test_a_name_is_refused_if_only_one_of_its_addresses_is() -> None:
    async def run(*, allow_private: bool) -> list[str]:
        found = await CheckedResolver(allow_private=allow_private).resolve("localhost", 80, socket.AF_INET)
        return [result["host"] for result in found]

    assert asyncio.run(run(allow_private=True)) == ["127.0.0.1"]
    with pytest.raises(AddressRefused, match="private or loopback"):
        asyncio.run(run(allow_private=False))


def test_the_last_look_is_on_the_socket() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))
    guarded_socket(allow_private=True)(info).close()
    with pytest.raises(AddressRefused):
        guarded_socket(allow_private=False)(info)


@pytest.mark.parametrize("url", ["https://eutoday.example/feed/?p=1#x", "http://bücher.example/é", "http://1.1.1.1/"])
def test_ordinary_addresses_pass(url: str) -> None:
    assert checked(url, allow_private=False).scheme in {"http", "https"}

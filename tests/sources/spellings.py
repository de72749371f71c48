"""Addresses that must never be read from, each written in a dozen ways: what SSRF tries."""

import ipaddress
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address

ADDRESSES = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.0.9", "100.64.0.1", "169.254.169.254",
    "169.254.0.7", "172.16.0.1", "172.31.255.254", "192.0.0.8", "192.0.2.1", "192.168.0.1", "192.168.255.9",
    "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fec0::1",
    "fd12:3456::1", "ff02::1", "2001:db8::1",
)  # fmt: skip
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")


def _four(text: str) -> Iterator[str]:
    address = IPv4Address(text)
    number = int(address)
    a, b, c, d = text.split(".")
    yield text
    yield str(number)
    yield f"{number:#x}"
    yield f"{number:#o}".replace("0o", "0")
    yield f"{a}.{(int(b) << 16) + (int(c) << 8) + int(d)}"
    yield f"{a}.{b}.{(int(c) << 8) + int(d)}"
    yield ".".join(f"{int(part):#04x}" for part in (a, b, c, d))
    yield ".".join(f"0{int(part):o}" for part in (a, b, c, d))
    yield text + "."
    yield text.translate(WIDE)
    yield text.replace(".", "。")
    yield f"[::ffff:{text}]"
    yield text.translate(CIRCLED)
    yield f"[64:ff9b::{text}]"
    yield f"a.example\\@{text}"
    yield f"a.example@{text}"


def _six(text: str) -> Iterator[str]:
    address = IPv6Address(text)
    long = address.exploded
    tail = str(IPv4Address(int(address) & 0xFFFFFFFF))
    yield f"[{text}]"
    yield f"[{long}]"
    yield f"[{long.upper()}]"
    yield f"[{':'.join(long.split(':')[:6])}:{tail}]"
    yield f"[{address}%25lo]"
    yield f"[{address}%lo]"
    yield f"[{address}]:80"
    yield f"[{address}]:443"
    yield f"{address}"
    yield f"a.example@[{address}]"
    yield f"a.example\\@[{address}]"
    yield f"%5B{address}%5D"
    yield f"[{str(address).translate(WIDE)}]"
    yield f"[{address}]."


def hosts(text: str) -> list[str]:
    """Give the spellings of an address as hosts; at least twelve."""
    spell: Callable[[str], Iterator[str]] = _four if ipaddress.ip_address(text).version == 4 else _six
    return list(dict.fromkeys(spell(text)))

"""Which addresses may be read from (X16, X17). One parser (yarl) for check and fetch; must not open connections.

The deny list is our own: ``ipaddress.is_global`` of Python 3.11 calls ``64:ff9b::7f00:1``, ``2002:7f00:1::`` and
multicast global.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, TypeAlias

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MAX_URL = 4096
FRESH = 30.0
"""Seconds; shorter than any name server's word, so a newsroom that moves is followed."""
MAX_VETTED = 2000
"""Hosts that are remembered at a time."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_USERINFO = re.compile(r"[^:/?#]*:/*[^/?#]*@")
_NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)

# Never, whoever asks: "this" network, link-local (cloud metadata lives there), multicast, reserved, documentation,
# and every form in which an IPv4 address hides inside an IPv6 one.
_NEVER = (
    "0.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
# Only for a source that names such an address itself.
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")

_NEVER_NETWORKS: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in _NEVER)
_PRIVATE_NETWORKS: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in _PRIVATE)


class AddressRefused(OSError):
    """The address may not be read from. An OSError, because aiohttp passes those through its connector."""


@lru_cache(maxsize=512)
def refusal(address: str, *, allow_private: bool) -> str | None:
    """Say why ``address`` (a literal, scope id allowed) may not be read from; None when it may."""
    try:
        ip = _unmapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return "not an IP address"
    if _inside(ip, _PRIVATE_NETWORKS):
        return None if allow_private else "a private or loopback address"
    return "a reserved, link-local or multicast address" if _inside(ip, _NEVER_NETWORKS) else None


def _unmapped(ip: Address) -> Address:
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _inside(ip: Address, networks: tuple[Network, ...]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def checked(url: str, *, allow_private: bool) -> URL:
    """Give ``url`` parsed, once it may be fetched as far as that can be told without a name server.

    Raises:
        ValueError: scheme, user information, port, characters or literal address are refused; the text says which.
    """
    if len(url) > MAX_URL:
        raise ValueError("the address is longer than 4,096 characters")
    if _UNSAFE.search(url):
        raise ValueError("the address holds a space, a control character or a backslash")
    parsed = URL(url)
    if parsed.scheme not in {"http", "https"}:
        raise ValueError("only http and https addresses are read")
    if _USERINFO.match(url) or parsed.user is not None:
        raise ValueError("the address holds a user name or password")
    _check_port(parsed, allow_private=allow_private)
    _check_host(url, parsed, allow_private=allow_private)
    return parsed


def _check_port(parsed: URL, *, allow_private: bool) -> None:
    port = parsed.port
    if port is None or port == 0 or (port not in {80, 443} and not allow_private):
        raise ValueError(f"port {port} is refused (80 and 443 only, unless allow_private is set)")


def _check_host(url: str, parsed: URL, *, allow_private: bool) -> None:
    host = parsed.raw_host or ""
    if not host:
        raise ValueError("the address has no host")
    if host not in url and ":" not in host and _is_quad(host):
        raise ValueError("the host is an address in an unusual notation")
    if reason := _host_refusal(host, allow_private=allow_private):
        raise ValueError(reason)


@lru_cache(maxsize=512)
def _host_refusal(host: str, *, allow_private: bool) -> str | None:
    """Say why nothing is read from ``host``, as far as that can be told without a name server; None when it may be."""
    if ":" in host or _is_quad(host):
        reason = refusal(host, allow_private=allow_private)
        return reason and f"{host} is {reason}"
    # Normalising forms (full-width digits, ideographic full stops) become ASCII inside yarl: judge what it made.
    if _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return "the host is a number in an unusual notation"
    if not host.isascii() or "%" in host:
        return "the host name is not valid"
    return None


def _is_quad(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


# Names are asked for in threads of their own: a name server that is silent for half a minute must not keep the threads
# that store what was read.
_NAMES = ThreadPoolExecutor(max_workers=16, thread_name_prefix="names")


Ask: TypeAlias = Callable[..., Sequence[tuple[Any, ...]]]
"""As ``socket.getaddrinfo``."""


class CheckedResolver(AbstractResolver):
    """Resolve names, refusing a host if one of its addresses is refused; aiohttp connects to these very addresses.

    What was vetted is used for ``FRESH`` seconds: thousands of sources may share a host.
    """

    def __init__(self, *, allow_private: bool, ask: Ask = socket.getaddrinfo) -> None:
        self._allow_private = allow_private
        self._ask = ask
        self._vetted: dict[tuple[str, int, int], tuple[float, list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give the vetted addresses of ``host``.

        Raises:
            AddressRefused: an address is refused (so a rebinding answer with one good address does not help).
            OSError: the name cannot be resolved.
        """
        loop = asyncio.get_running_loop()
        until, known = self._vetted.get((host, port, family), (0.0, []))
        if loop.time() < until:
            return known
        ask = partial(self._ask, host, port, type=socket.SOCK_STREAM, family=family)
        infos = await loop.run_in_executor(_NAMES, ask)
        addresses = list(dict.fromkeys((info[0], str(info[4][0])) for info in infos))
        for _, address in addresses:
            reason = refusal(address, allow_private=self._allow_private)
            if reason:
                raise AddressRefused(f"{host} resolves to {reason}")
        found = [_result(host, address, port=port, family=socket.AddressFamily(kind)) for kind, address in addresses]
        if len(self._vetted) >= MAX_VETTED:
            self._vetted.clear()
        self._vetted[host, port, family] = (loop.time() + FRESH, found)
        return found

    async def close(self) -> None:
        """Nothing to close."""


def guarded_socket(*, allow_private: bool) -> Callable[[AddrInfoType], socket.socket]:
    """Give a maker of sockets that refuses refused addresses: the last look, on what is really connected to."""

    def make(info: AddrInfoType) -> socket.socket:
        reason = refusal(str(info[4][0]), allow_private=allow_private)
        if reason:
            raise AddressRefused(f"the address is {reason}")
        return socket.socket(info[0], info[1], info[2])

    return make


def _result(host: str, address: str, *, port: int, family: socket.AddressFamily) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )

"""A server of feeds to measure readers on: real documents under any number of addresses, with ETag; dripping ones too.

A process of its own (``python -m tests.benchmarks.newsstand``), so that nobody's figures hold its work. It answers on
every address of loopback and on nothing else, counts, and writes its port on its first line of output.
"""

import asyncio
import hashlib
import json
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

SO_BINDTODEVICE = 25
"""Linux; not in Python's socket module everywhere."""
DRIP = 1.0
"""Seconds between two bytes of an answer that never ends."""
_CONDITION = re.compile(rb"\r\nif-none-match: *([^\r\n]*)", re.IGNORECASE)
_LINK = re.compile(
    rb"(<(?:link|guid|id|feedburner:origLink)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*https?://|<link\b[^>]*?href=[\"']https?://"
    rb"|rdf:about=[\"']https?://)"
)
_ONE = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Stand {n}</title>
<link>https://stand{n}.example/</link><item><title>The only story of stand {n}</title><guid>stand-{n}-1</guid>
<link>https://stand{n}.example/1</link><description>Words.</description>
<pubDate>Sun, 22 Nov 2026 08:00:00 GMT</pubDate></item></channel></rss>"""


class Shelf:
    """Documents by number. Every number has addresses and guids of its own, or all feeds would hold one article."""

    def __init__(self, documents: list[bytes]) -> None:
        self._documents = documents

    @lru_cache(maxsize=2000)  # noqa: B019 - one shelf lives as long as the process
    def document(self, kind: str, n: int) -> tuple[bytes, bytes]:
        """Give (body, ETag)."""
        if kind == "one":
            body = _ONE.format(n=n).encode()
        else:
            body = _LINK.sub(rb"\g<1>f%d." % n, self._documents[n % len(self._documents)])
        return body, b'"' + hashlib.sha1(body, usedforsecurity=False).hexdigest()[:16].encode() + b'"'


class Counts:
    """What was asked, since the last time somebody asked for it."""

    def __init__(self) -> None:
        self.open = 0
        self.forget()

    def forget(self) -> None:
        self.most_open = self.open
        self.answers: Counter[str] = Counter()
        self.asked: dict[str, list[float]] = {}


class Stand(asyncio.Protocol):
    """One connection."""

    def __init__(self, shelf: Shelf, counts: Counts) -> None:
        self._shelf, self._counts = shelf, counts
        self._held = b""
        self._wire: asyncio.Transport
        self._tasks: list[asyncio.Task[None]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._counts.open += 1
        self._counts.most_open = max(self._counts.most_open, self._counts.open)
        if not str(transport.get_extra_info("peername")[0]).startswith("127."):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._counts.open -= 1
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self._held += data
        while b"\r\n\r\n" in self._held:
            head, _, self._held = self._held.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode("ascii", "replace")
        _, kind, *rest = path.split("/")
        last = b"\r\nconnection: close" in head.lower()
        if kind == "counts":
            self._say(json.dumps(self._told(forget="forget" in rest)).encode(), b"", last=last)
            return
        self._counts.asked.setdefault(path, []).append(time.time())
        if kind == "drip":
            self._tasks.append(asyncio.ensure_future(self._drip()))
            return
        body, etag = self._shelf.document(kind, int(rest[0]))
        condition = _CONDITION.search(head)
        if condition and condition.group(1).strip() == etag:
            self._counts.answers["304"] += 1
            self._wire.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n")
            if last:
                self._wire.close()
        else:
            self._counts.answers["200"] += 1
            self._say(body, etag, last=last)

    def _say(self, body: bytes, etag: bytes, *, last: bool) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n" % len(body)
        self._wire.write(head + (b"ETag: " + etag + b"\r\n" if etag else b"") + b"\r\n" + body)
        if last:
            self._wire.close()

    def _told(self, *, forget: bool) -> dict[str, Any]:
        counts = self._counts
        told = {"answers": dict(counts.answers), "most_open": counts.most_open, "asked": counts.asked}
        if forget:
            counts.forget()
        return told

    async def _drip(self) -> None:
        self._wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: 100000\r\n\r\n<")
        while not self._wire.is_closing():
            await asyncio.sleep(DRIP)
            self._wire.write(b" ")


async def _serve(documents: list[bytes]) -> None:
    shelf, counts = Shelf(documents), Counts()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Every 127.x.y.z is a host of its own. Where the kernel cannot be told "loopback only", one address must do.
    everywhere = True
    try:
        listening.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")
    except OSError:
        everywhere = False
    listening.bind(("0.0.0.0" if everywhere else "127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stand(shelf, counts), sock=listening, backlog=4096)
    print(json.dumps({"port": listening.getsockname()[1], "everywhere": everywhere}), flush=True)  # noqa: T201
    # Whoever started this holds the other end: when that goes, so do we.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@dataclass
class Newsstand:
    """A running server. A context manager."""

    files: list[Path]
    port: int = 0
    everywhere: bool = False
    """Whether every 127.x.y.z answers."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.benchmarks.newsstand", *map(str, self.files)]
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        said = json.loads(self._process.stdout.readline())
        self.port, self.everywhere = said["port"], said["everywhere"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def url(self, kind: str, n: int, *, host: str = "127.0.0.1") -> str:
        """Give the address of document ``n``: ``feed`` (a real one), ``one`` (one entry), ``drip`` (never ends)."""
        return f"http://{host}:{self.port}/{kind}/{n}"

    def counts(self, *, forget: bool = False) -> dict[str, Any]:
        """Give what was asked: ``answers`` by status, ``most_open`` connections, ``asked`` (path to Unix times)."""
        url = f"http://127.0.0.1:{self.port}/counts" + ("/forget" if forget else "")
        with urlopen(Request(url, headers={"Connection": "close"})) as answer:
            told: dict[str, Any] = json.load(answer)
            return told


def host(n: int) -> str:
    """Give the n-th host of loopback's own."""
    return f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}"


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve([Path(name).read_bytes() for name in sys.argv[1:]]))

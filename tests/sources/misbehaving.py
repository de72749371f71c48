"""Parsers that misbehave, for the process that runs them: imported there by name."""

import ctypes
import os
import socket
import time
from pathlib import Path
from typing import Any

from syndicator.confined.frames import pack
from syndicator.model import Entry, Source
from syndicator.sources import Reading, _exact

KEPT: list[bytearray] = []
"""What a parser that leaks does not give back."""


def fine(body: bytes, **_: Any) -> Reading:
    text = body.decode()
    return Reading(
        entries=(Entry(guid=text, url="https://a.example/", canonical_url="https://a.example/", title=text),)
    )


def spin(body: bytes, **_: Any) -> Reading:
    while True:
        body = body[:]


def spin_in_c(body: bytes, **_: Any) -> Reading:
    return fine(str(3 ** (10**9)).encode() + body)


def sleep(body: bytes, **_: Any) -> Reading:
    time.sleep(60)
    return fine(body)


def nap(body: bytes, **_: Any) -> Reading:
    time.sleep(0.3)
    return fine(body)


def eat(body: bytes, **_: Any) -> Reading:
    eaten = [bytearray(50_000_000) for _ in range(100)]
    return fine(body + bytes(len(eaten)))


def grow(body: bytes, **_: Any) -> dict[str, int]:
    KEPT.append(bytearray(b"x") * 300_000_000)
    return {"size": len(KEPT), "pid": os.getpid()}


def crash(body: bytes, **_: Any) -> Reading:
    ctypes.string_at(0)
    return fine(body)


def leave(body: bytes, **_: Any) -> Reading:
    os._exit(0)


def fail(body: bytes, **_: Any) -> Reading:
    raise {b"type": TypeError, b"recursion": RecursionError, b"system": SystemError}[body]("too many values to unpack")


def refuse(body: bytes, **_: Any) -> Reading:
    raise ValueError("it is\na \x1b[31mbanana")


def who(body: bytes, **_: Any) -> dict[str, Any]:
    return {"pid": os.getpid(), "environ": dict(os.environ), "body": len(body)}


def told(body: bytes, *, source: Source, **facts: Any) -> dict[str, Any]:
    return {"source": [source.name, source.url, source.language, dict(source.options)], "facts": facts, "n": len(body)}


def half(body: bytes, **_: Any) -> dict[str, str]:
    return {"text": "half a character: \ud83d"}


def unguarded(body: bytes, **_: Any) -> Reading:
    """Hand the document to the slowest parser without a look at it."""
    _exact.items(body.decode(), base="https://a.example/")
    return fine(b"read")


def escape(body: bytes, **_: Any) -> dict[str, str]:
    """Try what a taken-over parser would try; give how each ended."""
    tries = {
        "read": lambda: Path("/etc/passwd").read_text(encoding="utf-8"),
        "write": lambda: Path("/tmp/syndicator-was-here").write_text("x", encoding="utf-8"),
        "list": lambda: list(Path("/").iterdir()),
        "connect": lambda: socket.create_connection(("127.0.0.1", int(body)), 1),
        "socketpair": socket.socketpair,
        "resolve": lambda: socket.getaddrinfo("localhost", 80),
        "fork": os.fork,
        "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "exec": lambda: os.execv("/bin/true", ["true"]),
        "kill": lambda: os.kill(os.getppid(), 0),
        "reuse": lambda: (os.close(1), os.open("/etc/passwd", os.O_RDONLY)),
        "room": lambda: bytearray(600_000_000),
    }
    ended = {}
    for name, act in tries.items():
        try:
            act()
        except OSError as error:
            ended[name] = type(error).__name__
        except MemoryError:
            ended[name] = "MemoryError"
        else:
            ended[name] = "done"
    return ended


def babble(body: bytes, **_: Any) -> Reading:
    """Say to the parent what no honest process says."""
    os.write(
        0, {b"noise": b"\xff" * 64, b"pickle": b"\0\0\0\5\0\0\0\0cos\n.", b"list": b"\0\0\0\2\0\0\0\0[]"}.get(body, b"")
    )
    os.write(0, pack({"reading": {"entries": "all of them"}}))
    return fine(b"x")


def rehearse() -> None:
    _exact.items("<rss/>", base="https://a.example/")

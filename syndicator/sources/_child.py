"""Parsing in processes of their own: killable, re-used, with limits (F19–F25, X20). Must not parse here.

A document that takes too long, too much memory or the parser's life costs one process; the next document gets a new
one, and the others wait for nothing (``confined.places``).
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from syndicator.confined.frames import Garbled
from syndicator.confined.places import Places
from syndicator.confined.process import Died, Limits, NotStarted, Said, Trade
from syndicator.errors import SourceError, SourceHostile, SourceInvalid
from syndicator.model import Source
from syndicator.sources import _frames
from syndicator.sources._reading import Reading

__all__ = ["Limits", "Parsers", "asked", "close", "parsed", "pictured", "warm"]


_PARSING = Trade(host="syndicator.sources._inside", deed="parsing it", worker="parser")
_FEEDS = Limits(documents=10_000)  # of 40 MB in all nothing was added over hundreds of real feeds
_PICTURES = Limits(memory=1536 * 1024**2, places=1)


class Parsers:
    """Some places for parsers (``Places``). Thread-safe."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._places = Places(limits or _FEEDS, _PARSING)

    def submit(self, call: str, body: bytes, *, source: Source | str, facts: Mapping[str, Any]) -> "Future[Said]":
        """Ask for ``call`` (``module:function``, a bare module is a kind of ours) on ``body``."""
        said = dict(facts) if isinstance(source, str) else {**facts, "source": _plain(source)}
        module, _, function = call.partition(":")
        module = _full(module)
        question = {"call": f"{module}:{function}", "facts": said} if function else {}
        return self._places.submit(question, body, needs=frozenset((module,)))

    def close(self) -> None:
        """End every process and wait until they are gone; what is asked later starts new ones."""
        self._places.close()

    async def parsed(self, call: str, body: bytes, *, source: Source, **facts: Any) -> Reading:
        """Give the reading that ``call(body, source=source, **facts)`` makes.

        Raises:
            SourceInvalid: it is refused, or its parser failed; SourceHostile when the parser had to be killed.
        """
        with _named(source.name):
            said = await asyncio.wrap_future(self.submit(call, body, source=source, facts=facts))
        return _reading(said, source.name)

    async def asked(self, call: str, body: bytes, *, source: Source, **facts: Any) -> Any:
        """Give the plain data that ``call(body, source=source, **facts)`` makes. It is not checked: check it.

        Raises:
            SourceInvalid: as ``parsed``.
        """
        with _named(source.name):
            said, _ = await asyncio.wrap_future(self.submit(call, body, source=source, facts=facts))
        return _accepted(said, "plain", source.name)

    def made(self, call: str, body: bytes, *, about: str, **facts: Any) -> tuple[dict[str, Any], bytes]:
        """Wait for the plain data and the bytes that ``call(body, **facts)`` makes; ``about`` names it in errors.

        Raises:
            SourceInvalid: as ``parsed``.
        """
        with _named(about):
            said, rest = self.submit(call, body, source=about, facts=facts).result()
        return _accepted(said, "plain", about), rest

    def warm(self, *modules: str) -> None:
        """Start a process for ``modules`` beside what we do meanwhile, so that the first document need not wait."""
        self._places.expect(frozenset(map(_full, modules[1:])))
        self.submit(f"{modules[0]}:", b"", source="parser", facts={})


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Make an error of the source of what befell its parser's process."""
    try:
        yield
    except Died as error:
        raise SourceHostile(f"hostile: {error}", source=source) from error
    except NotStarted as error:
        raise SourceError(str(error), source="parser") from error


def _full(module: str) -> str:
    return module if "." in module else f"syndicator.sources.{module}"


def _accepted(said: dict[str, Any], what: str, source: str) -> Any:
    if "refused" in said:
        raise SourceInvalid(_sentence(said["refused"]), source=source)
    if "failed" in said:
        raise SourceInvalid(f"the parser failed on it ({_sentence(said['failed'])})", source=source)
    if what not in said:
        raise SourceHostile("hostile: its parser was taken over (no answer)", source=source)
    return said[what]


def _reading(answer: Said, source: str) -> Reading:
    try:
        return _frames.to_reading(_accepted(answer[0], "reading", source))
    except Garbled as error:
        raise SourceHostile(f"hostile: its parser was taken over ({error})", source=source) from error


def _sentence(said: object) -> str:
    """Give one line that may stand in a log."""
    return "".join(sign if sign.isprintable() else " " for sign in str(said)[:1000])


def _plain(source: Source) -> dict[str, Any]:
    """Give what a parser may know of a source."""
    return {
        "name": source.name,
        "kind": source.kind,
        "url": source.url,
        "language": source.language,
        "options": dict(source.options),
    }


def _forget() -> None:
    """A fork has the numbers of our processes and is not their parent: it starts its own."""
    global _shared, _pictures
    _shared, _pictures = Parsers(), Parsers(_PICTURES)


_shared = Parsers()
_pictures = Parsers(_PICTURES)
os.register_at_fork(after_in_child=_forget)


async def parsed(call: str, body: bytes, *, source: Source, **facts: Any) -> Reading:
    """Ask this process's own parsers (``Parsers.parsed``)."""
    return await _shared.parsed(call, body, source=source, **facts)


async def asked(call: str, body: bytes, *, source: Source, **facts: Any) -> Any:
    """Ask this process's own parsers (``Parsers.asked``)."""
    return await _shared.asked(call, body, source=source, **facts)


def pictured(call: str, body: bytes, *, about: str, **facts: Any) -> tuple[dict[str, Any], bytes]:
    """Ask the process for pictures: one, with room for 50 million pixels several times over (``Parsers.made``)."""
    return _pictures.made(call, body, about=about, **facts)


def warm(*modules: str) -> None:
    """Let this process's own parsers start (``Parsers.warm``)."""
    (_pictures if modules == ("images",) else _shared).warm(*modules)


def close() -> None:
    """End this process's own parsers with their threads; what is asked later starts new ones."""
    _shared.close()
    _pictures.close()

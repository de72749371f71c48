"""Parsing without a process of its own, for lives that are about delivery: starting one would double their price.

Lives with few descriptors or little memory have the real ones, and so does every test of the sources.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from syndicator.model import Source
from syndicator.sources import _child, _inside
from syndicator.sources._child import Parsers
from syndicator.sources._process import Said


class Inline(Parsers):
    """Answers at once, in the words of a parser's process."""

    def submit(self, call: str, body: bytes, *, source: Source | str, facts: Mapping[str, Any]) -> "Future[Said]":
        """Call what is asked for here."""
        said = dict(facts) if isinstance(source, str) else {**facts, "source": _child._plain(source)}
        module, _, name = call.partition(":")
        path = module if "." in module else f"syndicator.sources.{module}"
        answer: Future[Said] = Future()
        told, rest = _inside._answer({"call": f"{path}:{name}", "facts": said}, body) if name else ({}, b"")
        answer.set_result((json.loads(json.dumps(told)), rest))
        return answer


def parse_inline() -> None:
    """Let this process parse by itself from now on."""
    _child._shared = _child._pictures = Inline()

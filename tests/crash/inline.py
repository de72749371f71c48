"""Parsing and rendering without processes of their own, for lives that are about delivery: starting one would double
their price.

Lives with few descriptors or little memory have the real ones, and so does every test of the sources and of rendering.
"""

import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from syndicator.confined.process import Said
from syndicator.model import Source
from syndicator.service import rendering, rendering_inside
from syndicator.sources import _child, _inside
from syndicator.sources._child import Parsers


class Inline(Parsers):
    """Answers at once, in the words of a parser's process."""

    def submit(self, call: str, body: bytes, *, source: Source | str, facts: Mapping[str, Any]) -> "Future[Said]":
        """Call what is asked for here."""
        said = dict(facts) if isinstance(source, str) else {**facts, "source": _child._plain(source)}
        module, _, name = call.partition(":")
        path = module if "." in module else f"syndicator.sources.{module}"
        answer: Future[Said] = Future()
        told, rest = _inside.answer({"call": f"{path}:{name}", "facts": said}, body) if name else ({}, b"")
        answer.set_result((json.loads(json.dumps(told)), rest))
        return answer


class InlineRenderers:
    """Answers at once, in the words of a renderer's process; that has one thread, and one life has many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def submit(self, question: dict[str, Any], body: bytes, *, needs: frozenset[str]) -> "Future[Said]":
        """Render here."""
        answer: Future[Said] = Future()
        with self._lock:
            for need in needs:
                rendering_inside.prepare(need)
            answer.set_result(rendering_inside.answer(question, body))
        return answer

    def close(self) -> None:
        """Nothing was started."""


def work_inline() -> None:
    """Let this process parse and render by itself from now on."""
    _child._shared = _child._pictures = Inline()
    rendering._shared = InlineRenderers()

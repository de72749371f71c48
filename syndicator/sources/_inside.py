"""What a parser's process does (``confined.inside``): it parses one document after the other. Started by ``_child``."""

import codecs
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from yarl import URL

from syndicator.errors import SourceError
from syndicator.model import Source
from syndicator.sources import _frames
from syndicator.sources._encoding import CODECS
from syndicator.sources._reading import Reading


def load() -> None:
    """Load what is found in files only when a document needs it: each encoding, and the table of foreign host names."""
    for name in CODECS:
        codecs.lookup(name)  # some are decoded without it
        b"a a ".decode(name, "ignore")  # no bytes at all would be decoded without the codec
    for name in ("idna", "punycode"):
        "b\u00fccher".encode(name).decode(name)
    URL("https://b\u00fccher.example/").human_repr()


def prepare(module: str) -> None:
    """Load a module that parses, with what it reads from files."""
    getattr(import_module(module), "rehearse", bool)()


def answer(question: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Call what was asked for; give the answer to pack."""
    try:
        module, _, name = question["call"].partition(":")
        act: Callable[..., Any] = getattr(import_module(module), name)
        facts = dict(question["facts"])
        if "source" in facts:
            facts["source"] = Source(**facts["source"])
        found = act(body, **facts)
        if isinstance(found, Reading):
            return {"reading": _frames.written(found)}, b""
        plain, rest = found if isinstance(found, tuple) else (found, b"")
        json.dumps(plain)
    except SourceError as error:
        return {"refused": str(error).removeprefix(f"{error.source}: ")}, b""
    except ValueError as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        # The boundary of the parsers: nothing that a library raises on odd input may get further (F24).
        # A name only: the text of an error may be the document's.
        missing = f" {error.name}" if isinstance(error, ImportError) else ""
        return {"failed": type(error).__name__ + missing}, b""
    return {"plain": plain}, rest

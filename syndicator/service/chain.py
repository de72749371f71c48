"""Lines that hold each other: each carries its number, the hash of the line before, and its own. No database here.

A line is one JSON object: the fact with ``seq`` and ``prev`` as canonical JSON (keys sorted, no spaces), and at its end
``sha256`` of exactly those bytes without it. So whoever has the file can check it with any SHA-256 and no syndicator:
cut ``,"sha256":"…"`` out of a line, hash the rest. It must not decide what is worth a line.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from syndicator.errors import SyndicatorError
from syndicator.model import Json
from syndicator.store.codec import canonical

BEFORE_ALL = "0" * 64
"""What the first line names as the hash before it."""
LONGEST = 16 * 1024 * 1024
"""Bytes of a line; a longer one was not written by us."""
_MEMBER = b',"sha256":"'
_TAIL = len(_MEMBER) + 64 + len(b'"}\n')


class Broken(SyndicatorError):
    """The chain does not hold; ``line`` says where."""

    exit_code = 1

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line} {why}")
        self.line = line
        self.why = why


class Torn(Broken):
    """The last line has no end: a crash while it was written. ``offset`` is where it begins, in bytes."""

    def __init__(self, line: int, offset: int) -> None:
        super().__init__(line, "has no end (a crash while it was written; the next export repairs that)")
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One line that fits: what it says, its number (from 1), its hash and where it ends in the file."""

    seq: int
    sha256: str
    fact: Json
    end: int


def seal(fact: Json, *, seq: int, prev: str) -> tuple[bytes, str]:
    """Give the line for ``fact`` and its hash."""
    body = canonical({**fact, "seq": seq, "prev": prev}).encode()
    digest = sha256(body).hexdigest()
    return body[:-1] + _MEMBER + digest.encode() + b'"}\n', digest


def read(stream: BinaryIO) -> Iterator[Link]:
    """Give line after line, each checked against the one before; keeps one line in memory.

    Raises:
        Torn: the last line has no end.
        Broken: a line was changed, removed, added or moved.
    """
    seq, prev, end = 0, BEFORE_ALL, 0
    while raw := stream.readline(LONGEST):
        seq += 1
        if not raw.endswith(b"\n") and len(raw) < LONGEST:
            raise Torn(seq, end)
        end += len(raw)
        fact, digest = _checked(raw, seq)
        _follow(fact, seq=seq, prev=prev)
        prev = digest
        yield Link(seq=seq, sha256=digest, fact=fact, end=end)


def _checked(raw: bytes, line: int) -> tuple[Json, str]:
    body, member = raw[:-_TAIL] + b"}", raw[-_TAIL:]
    digest = sha256(body).hexdigest()
    if member != _MEMBER + digest.encode() + b'"}\n':
        raise Broken(line, "was changed: its hash does not fit what it says")
    try:
        fact = json.loads(body)
    except ValueError:
        fact = None
    if not isinstance(fact, dict):
        raise Broken(line, "is not a line of an audit file")
    return fact, digest


def _follow(fact: Json, *, seq: int, prev: str) -> None:
    said = fact.pop("seq", None)
    before = fact.pop("prev", None)
    if said != seq:
        why = "lines before it are missing" if isinstance(said, int) and said > seq else "lines were added or moved"
        raise Broken(seq, f"says that it is line {said}: {why}")
    if before != prev:
        raise Broken(seq, "does not follow the line before it: one of the two was replaced")

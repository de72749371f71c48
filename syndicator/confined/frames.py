"""What goes between us and a confined process: frames of JSON and bytes. Pure.

The process may be in an attacker's hands, so what it says is never unpickled; whoever asked checks it field by field.
"""

import json
import struct
from collections.abc import Callable
from typing import Any

MOST = 64_000_000
"""Bytes in one part of a frame: more than the largest document or answer."""
NO_MEMORY = 77
"""Exit code of a process to which its work was too much."""
_HEAD = struct.Struct("!II")


class Garbled(Exception):
    """What was said is not what an honest process says."""


def pack(said: dict[str, Any], body: bytes = b"") -> bytes:
    """Make a frame."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return _HEAD.pack(len(text), len(body)) + text + body


def read(receive: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame with ``receive`` (size at most → bytes, empty at the end); None when the channel ended.

    Raises:
        Garbled: not a frame, or it breaks off.
    """
    head = _exactly(receive, _HEAD.size)
    if head is None:
        return None
    sizes = _HEAD.unpack(head)
    if max(sizes) > MOST:
        raise Garbled("a frame is too long")
    text, body = (_exactly(receive, size) for size in sizes)
    if text is None or body is None:
        raise Garbled("a frame breaks off")
    return _plain(text), body


def _exactly(receive: Callable[[int], bytes], size: int) -> bytes | None:
    piece = receive(size) if size else b""
    if len(piece) == size:
        return piece
    found = bytearray(piece)
    while piece:
        piece = receive(min(size - len(found), 1_048_576))
        found += piece
        if len(found) == size:
            return bytes(found)
    return None


def _plain(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled("a frame holds no JSON") from error
    # Half a character, which no database takes, can only be written as an escape.
    if not isinstance(said, dict) or (b"\\ud" in text.lower() and not _is_text(said)):
        raise Garbled("a frame holds no object")
    return said


def _is_text(said: object) -> bool:
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True

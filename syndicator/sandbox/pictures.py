"""Reads kind and size of a picture from its first bytes, as the platforms do; declared types are not believed."""

import struct
from dataclasses import dataclass

_JPEG_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the bytes say: MIME type and size in pixels."""

    mime: str
    width: int
    height: int


def recognise(data: bytes) -> Picture | None:
    """Tell kind and size from the content; None when it is no JPEG, PNG, GIF or WebP."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _sized("image/png", struct.unpack(">II", data[16:24]))
        if data[:6] in {b"GIF87a", b"GIF89a"}:
            return _sized("image/gif", struct.unpack("<HH", data[6:10]))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _sized("image/webp", _webp(data))
        if data.startswith(b"\xff\xd8\xff"):
            return _sized("image/jpeg", _jpeg(data))
    except (struct.error, IndexError):
        return None
    return None


def _sized(mime: str, size: tuple[int, ...]) -> Picture | None:
    width, height = size
    return Picture(mime=mime, width=width, height=height) if width and height else None


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF

"""Reading a response body: decoded bytes are counted while they come (F18–F20). Must not judge the content."""

import zlib
from collections.abc import AsyncIterator, Callable

RATIO_LIMIT = 100
"""Decoded bytes per compressed byte. Real feeds reach about 30; deflate can reach 1,032."""
RATIO_FROM = 1_000_000
"""Decoded bytes up to which the ratio does not matter."""
_STEP = 65_536
_GZIP_MAGIC = b"\x1f\x8b"


class BodyRefused(Exception):
    """The body is too large, a decompression bomb, broken, or in an encoding nobody asked for."""


class Inflater:
    """Undo gzip or deflate piece by piece, never holding more than the limit."""

    def __init__(self, encoding: str, *, max_bytes: int) -> None:
        self._gzip = encoding == "gzip"
        self._max_bytes = max_bytes
        self._stream: zlib._Decompress | None = None
        self._held = b""
        self._members = 0
        self._ended = False
        self._read = 0
        self._given = 0

    def feed(self, data: bytes) -> bytes:
        """Give what ``data`` decodes to."""
        self._read += len(data)
        data = self._held + data
        self._held = b""
        pieces = []
        while data and not self._ended:
            piece, data = self._inflate(data)
            pieces.append(piece)
        return b"".join(pieces)

    def _inflate(self, data: bytes) -> tuple[bytes, bytes]:
        """Decode one member as far as ``data`` reaches; give the output and what is left for the next member."""
        if self._stream is None:
            if self._members and not data.startswith(_GZIP_MAGIC[: len(data)]):
                self._ended = True  # padding after the last member
                return b"", b""
            if self._gzip and len(data) < len(_GZIP_MAGIC):
                self._held = data
                return b"", b""
            self._stream = self._open(data)
        out = bytearray()
        while True:
            piece = self._stream.decompress(data, _STEP)
            out += piece
            self._count(len(piece))
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                return bytes(out), self._close_member(self._stream.unused_data)
            if not data and len(piece) < _STEP:
                return bytes(out), b""

    def _close_member(self, rest: bytes) -> bytes:
        self._stream = None
        self._members += 1
        self._ended = not self._gzip
        return rest

    def finish(self) -> None:
        """Check that the stream was complete."""
        if self._stream is not None or (self._held and not self._members):
            raise BodyRefused("the compressed body ends early")

    def _open(self, data: bytes) -> "zlib._Decompress":
        if self._gzip:
            return zlib.decompressobj(wbits=31)
        # "deflate" means zlib framing, but servers also send the raw stream.
        framed = data[0] & 0x0F == 8
        return zlib.decompressobj(wbits=15 if framed else -15)

    def _count(self, size: int) -> None:
        self._given += size
        if self._given > self._max_bytes:
            raise BodyRefused(_too_large(self._max_bytes))
        if self._given > RATIO_FROM and self._given > RATIO_LIMIT * self._read:
            raise BodyRefused(f"the body grows more than {RATIO_LIMIT} times when decompressed")


def decoder(content_encoding: str, *, max_bytes: int) -> tuple[Callable[[bytes], bytes], Callable[[], None]]:
    """Give (feed, finish) for a ``Content-Encoding`` header.

    Raises:
        BodyRefused: an encoding that was not asked for, or several on top of each other.
    """
    name = content_encoding.strip().lower()
    if name in {"", "identity"}:
        return (lambda data: data), (lambda: None)
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise BodyRefused("the body is compressed in a way that was not asked for")
    inflater = Inflater(name.removeprefix("x-"), max_bytes=max_bytes)
    return inflater.feed, inflater.finish


async def collect(chunks: AsyncIterator[bytes], *, content_encoding: str, max_bytes: int) -> bytes:
    """Read and decode all ``chunks``, at most ``max_bytes`` of them after decoding.

    Raises:
        BodyRefused: too large, a bomb, or not what its header says.
    """
    feed, finish = decoder(content_encoding, max_bytes=max_bytes)
    body = bytearray()
    try:
        async for chunk in chunks:
            body += feed(chunk)
            if len(body) > max_bytes:
                raise BodyRefused(_too_large(max_bytes))
    except zlib.error as error:
        raise BodyRefused("the compressed body is broken") from error
    finish()
    return bytes(body)


def _too_large(max_bytes: int) -> str:
    return f"the body is larger than {max_bytes:,} bytes"

"""Pictures: fetched as they are, then checked by content and made again (F29). Must not trust names or headers.

What leaves here was decoded and encoded by us: no EXIF (X29), no second format hidden in it, never a moving picture.
"""

import hashlib
import io
import math
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from syndicator.errors import SourceInvalid
from syndicator.model import AfterUnknown, Capabilities, Counting, Media

if TYPE_CHECKING:  # the process that decodes fetches nothing
    from syndicator.sources._fetch import Fetcher
    from syndicator.sources._pillow import Raster

__all__ = ["fetch_image", "prepare", "prepare_apart", "rehearse"]

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
MAX_SIDE = 2048
MIN_SIDE = 32
ACCEPT = "image/jpeg, image/png, image/webp;q=0.9, image/gif;q=0.8, */*;q=0.1"
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITIES = (88, 80, 72, 64, 55)
_SHRINK = 0.75
_FEW_COLOURS = 256
_FEW_GREYS = 64
_NO_LIMIT = 5_000_000
"""Bytes aimed at where a platform names no limit."""
_ROOM = 16 * 1024**2
"""Bytes: what the most generous platform takes."""
_KEPT = 2
_latest: OrderedDict[tuple[object, ...], tuple[Media, bytes]] = OrderedDict()
_lock = Lock()
# Pillow names no common error for damaged pictures: each decoder raises its own.
_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)


async def fetch_image(url: str, *, fetcher: "Fetcher", allow_private: bool = False) -> bytes:
    """Fetch the bytes of a picture.

    Raises:
        SourceError: unreachable, empty, larger than 20 MB, or plainly no picture.
    """
    fetched = await fetcher.get(url, allow_private=allow_private, max_bytes=MAX_BYTES, accept=ACCEPT)
    if not fetched.body:
        raise SourceInvalid("the picture is empty", source=url)
    if fetched.body[:200].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        raise SourceInvalid("not a picture but a page (or SVG, which no platform takes)", source=url)
    return fetched.body


def prepare(data: bytes, *, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
    """Make a picture ready for a platform: (what it is, its bytes). The same input gives the same bytes.

    Turned upright, cropped to ``capabilities.media_ratio`` around its subject, at most 2,048 pixels a side (or
    ``media_max_side``), transparency on white, JPEG (PNG where few colours make it a drawing), within
    ``capabilities.media_max_bytes``.

    Raises:
        ValueError: not a JPEG, PNG, WebP or GIF, damaged, too large in pixels, or too small to show.
    """
    try:
        with readable():
            picture = _decoded(data, capabilities)
    except Refused as error:
        raise ValueError(str(error)) from error
    mime, body, size = encoded(picture, capabilities)
    return media_of(body, mime=mime, size=size, alt=alt, capabilities=capabilities), body


@contextmanager
def readable() -> Iterator[None]:
    """Turn whatever a decoder raises on odd bytes into ``Refused``."""
    from syndicator.sources._pillow import Image

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(_too_many()) from error
    except _FAILURES as error:
        raise Refused("the picture is damaged, or no JPEG, PNG, WebP or GIF") from error


def media_of(body: bytes, *, mime: str, size: tuple[int, int], alt: str, capabilities: Capabilities) -> Media:
    """Describe a picture that was made ready."""
    digest, words = hashlib.sha256(body).hexdigest(), _fitting(alt, capabilities)
    return Media(sha256=digest, mime=mime, width=size[0], height=size[1], size=len(body), alt=words)


def _fitting(alt: str, capabilities: Capabilities) -> str:
    return alt if len(alt) <= capabilities.alt_limit else _shortened(alt, capabilities.alt_limit)


def prepare_apart(data: bytes, *, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
    """Do as ``prepare`` in a process that can be killed and can open nothing (X20).

    A post's channels follow each other, and most take the same picture: the last ones are kept.

    Raises:
        ValueError: as ``prepare``.
        SourceError: the process was killed, or could not be started.
    """
    limit = capabilities.media_max_bytes or _NO_LIMIT
    key = (
        hashlib.sha256(data).digest(), "image/png" in capabilities.media_types,
        capabilities.media_ratio, capabilities.media_max_side,
    )  # fmt: skip
    with _lock:
        media, body = _latest.get(key, (None, b""))
    if media is None:
        # What is small enough for every platform is what each of them would have had made for itself.
        room = replace(capabilities, media_max_bytes=max(limit, _ROOM))
        media, body = made_apart("images:prepare_inside", data, capabilities=room, alt="", about="picture")
        with _lock:
            _latest[key] = media, body
            while len(_latest) > _KEPT:
                _latest.popitem(last=False)
    if len(body) > limit:
        return made_apart("images:prepare_inside", data, capabilities=capabilities, alt=alt, about="picture")
    return replace(media, alt=_fitting(alt, capabilities)), body


def made_apart(
    call: str, data: bytes, *, capabilities: Capabilities, alt: str, about: str, **facts: Any
) -> tuple[Media, bytes]:
    """Have ``call`` make a picture of ``data`` in the process for pictures; check what it gives.

    Raises:
        ValueError: it refuses, or what it gives is no picture.
        SourceError: the process was killed, or could not be started.
    """
    from syndicator.sources import _child  # which a parser's process has no use for

    said, body = _child.pictured(
        call,
        data,
        about=about,
        media_types=list(capabilities.media_types),
        media_max_bytes=capabilities.media_max_bytes,
        media_ratio=capabilities.media_ratio,
        media_max_side=capabilities.media_max_side,
        **facts,
    )
    mime, width, height = said.get("mime"), said.get("width"), said.get("height")
    # What the process says is not believed; that it is a picture is seen.
    start = b"\xff\xd8\xff" if mime == "image/jpeg" else b"\x89PNG\r\n" if mime == "image/png" else b"\0"
    if not body.startswith(start) or type(width) is not int or type(height) is not int or len(body) > MAX_BYTES:
        raise ValueError("the picture cannot be read")
    return media_of(body, mime=str(mime), size=(width, height), alt=alt, capabilities=capabilities), body


def prepare_inside(body: bytes, **wanted: Any) -> tuple[dict[str, Any], bytes]:
    """Prepare for ``prepare_apart``: the fields of ``Capabilities`` that shape a picture, as plain data.

    Raises:
        ValueError: as ``prepare``.
    """
    media, data = prepare(body, capabilities=shape(**wanted), alt="")
    return {"mime": media.mime, "width": media.width, "height": media.height}, data


def shape(*, media_ratio: Sequence[int] | None, **wanted: Any) -> Capabilities:
    """Make of plain data what of a platform's capabilities shapes a picture."""
    return Capabilities(
        text_limit=0,
        counting=Counting.CODE_POINTS,
        after_unknown=AfterUnknown.ASK,
        settle=timedelta(0),
        link_in_text=False,
        media_ratio=(media_ratio[0], media_ratio[1]) if media_ratio else None,
        **wanted,
    )


def rehearse() -> None:
    """Load all that decoding and encoding need, while files can still be opened."""
    from syndicator.sources import _focus
    from syndicator.sources._pillow import Image

    picture = Image.new("RGB", (MIN_SIDE, MIN_SIDE))
    _focus.crop(picture, (2, 1))
    for kind in _FORMATS:
        out = io.BytesIO()
        picture.save(out, kind)
        with Image.open(io.BytesIO(out.getvalue()), formats=_FORMATS) as opened:
            opened.convert("RGB")


class Refused(Exception):
    """A picture that can be read and is not wanted."""


def _decoded(data: bytes, capabilities: Capabilities) -> "Raster":
    """Give the first frame, upright, cropped, scaled down, RGB."""
    from syndicator.sources import _focus
    from syndicator.sources._pillow import Image, ImageOps

    side = min(capabilities.media_max_side or MAX_SIDE, MAX_SIDE)
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise Refused(_too_many())
        if min(opened.size) < MIN_SIDE:
            raise Refused(f"the picture is smaller than {MIN_SIDE} pixels")
        # Lets the JPEG decoder skip what would be scaled away: less memory, less time.
        opened.draft("RGB", _needed(opened.size, capabilities.media_ratio, side))
        opened.seek(0)
        picture: Raster = ImageOps.exif_transpose(opened)
        picture = _flat(picture)
    if capabilities.media_ratio:
        picture = _focus.crop(picture, capabilities.media_ratio)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _needed(size: tuple[int, int], ratio: tuple[int, int] | None, side: int) -> tuple[int, int]:
    """Give how large a picture has to be decoded so that what is cut out of it is ``side`` pixels long.

    Which way up it is, is not known yet, so the ratio is taken both ways.
    """
    longest = max(size)
    if ratio is not None:
        width, height = size
        shapes = ((ratio[0], ratio[1]), (ratio[1], ratio[0]))
        longest = min(max(min(width, height * a // b), min(height, width * b // a)) for a, b in shapes)
    share = min(1.0, side / max(longest, 1))
    return math.ceil(size[0] * share), math.ceil(size[1] * share)


def _flat(picture: "Raster") -> "Raster":
    """Put transparency on white and give RGB."""
    from syndicator.sources._pillow import Image

    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture.convert("RGB")


def encoded(
    picture: "Raster", capabilities: Capabilities, *, colours: int = _FEW_COLOURS, **how: object
) -> tuple[str, bytes, tuple[int, int]]:
    """Give (type, bytes, size) of the best version that is small enough; ``how`` is said to the JPEG encoder.

    PNG for what has so few ``colours`` that it is a drawing.

    Raises:
        ValueError: none is small enough.
    """
    limit = capabilities.media_max_bytes or _NO_LIMIT
    for version in _versions(picture):
        if "image/png" in capabilities.media_types and _is_drawn(version, colours):
            body = _saved(version, "PNG", optimize=True)
            if len(body) <= limit:
                return "image/png", body, version.size
        for quality in _QUALITIES:
            # Neither progressive nor optimised: platforms encode it anew anyway, and each doubles the time for some
            # per cent of the bytes.
            body = _saved(version, "JPEG", quality=quality, **how)
            if len(body) <= limit:
                return "image/jpeg", body, version.size
    raise ValueError(f"the picture cannot be made smaller than {limit:,} bytes")


def _is_drawn(picture: "Raster", colours: int) -> bool:
    found = picture.getcolors(colours)
    if found is None or colours > _FEW_COLOURS or len(found) <= _FEW_GREYS:
        return found is not None
    # A black-and-white photograph has no more colours than a drawing, but many greys.
    return any(isinstance(colour, tuple) and min(colour) != max(colour) for _, colour in found)


def _versions(picture: "Raster") -> Iterator["Raster"]:
    """Give the picture, then smaller and smaller ones."""
    while min(picture.size) >= MIN_SIDE:
        yield picture
        picture = picture.resize((round(picture.width * _SHRINK) or 1, round(picture.height * _SHRINK) or 1))


def _saved(picture: "Raster", kind: str, **options: object) -> bytes:
    # A new picture of the pixels alone: info (EXIF, ICC, comments) must not travel along.
    clean = picture.copy()
    clean.info = {}
    out = io.BytesIO()
    clean.save(out, kind, **options)
    return out.getvalue()


def _shortened(text: str, limit: int) -> str:
    if limit < 1:
        return ""
    head = text[: limit - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:–-") + "…"


def _too_many() -> str:
    return f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels"

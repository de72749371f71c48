"""The newsroom's pictures as JPEG bytes: made by Pillow from an article's motif, palette and slug, and kept in memory.

Deterministic: the same slug, motif and palette give the same picture. It must not touch the disk or the network.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from PIL import Image

from syndicator.sandbox.newsroom.motifs import MOTIFS, Canvas
from syndicator.sandbox.newsroom.scenes import SCENES

SIZE = (1200, 675)
"""Width and height in pixels of every picture: 16:9, large enough for every platform's link preview."""

DRAWINGS = MOTIFS | SCENES
PALETTES = (
    ("#0b2545", "#13547a", "#80d0c7", "#ffd166"),
    ("#22223b", "#4a4e69", "#c9ada7", "#f2e9e4"),
    ("#2d0b3a", "#7b2d5b", "#f4845f", "#f7b267"),
    ("#123524", "#3e7b27", "#85a947", "#efe3c2"),
    ("#10002b", "#5a189a", "#ff6d9e", "#ffd6a5"),
)


def look_of(slug: str) -> tuple[str, tuple[str, ...]]:
    """Choose a motif and a palette for an article that names none; the same slug always gets the same."""
    digest = sha256(slug.encode()).digest()
    return sorted(DRAWINGS)[digest[0] % len(DRAWINGS)], PALETTES[digest[1] % len(PALETTES)]


def render(slug: str, *, motif: str, palette: Sequence[str]) -> bytes:
    """Give the illustration as JPEG bytes, 1200 by 675 pixels.

    Raises:
        KeyError: no such motif.
        ValueError: the palette has not four colours.
    """
    return _rendered(slug, motif, tuple(palette))


def scaled(picture: bytes, width: int, height: int) -> bytes:
    """Give a smaller copy as JPEG bytes, cropped to the middle where the shape differs."""
    with Image.open(io.BytesIO(picture)) as whole:
        factor = max(width / whole.width, height / whole.height)
        copy = whole.resize((round(whole.width * factor), round(whole.height * factor)), Image.Resampling.LANCZOS)
    left, top = (copy.width - width) // 2, (copy.height - height) // 2
    target = io.BytesIO()
    copy.crop((left, top, left + width, top + height)).save(target, "JPEG", quality=85)
    return target.getvalue()


@lru_cache(maxsize=128)
def _rendered(slug: str, motif: str, palette: tuple[str, ...]) -> bytes:
    dark, middle, accent, light = palette
    canvas = Canvas((dark, middle, accent, light), slug)
    DRAWINGS[motif](canvas)
    finished = canvas.image.resize(SIZE, Image.Resampling.LANCZOS)
    target = io.BytesIO()
    finished.save(target, "JPEG", quality=88, optimize=True, progressive=True)
    return target.getvalue()

"""``[brand]``: how the newsroom looks on cards drawn for articles without a picture. Opens the files, draws nothing."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator.model import Brand
from syndicator.settings.values import Unfit

if TYPE_CHECKING:
    from syndicator.settings.problems import Problems
    from syndicator.settings.shape import File, Key

CONTRAST = 4.5
"""Between text and background, as WCAG 2.2 (success criterion 1.4.3) asks for."""
CONTRAST_LARGE = 3.0
LOGO_BYTES = 5_000_000
_LOGOS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_FONTS = (b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")
_HEX = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)


def read_colour(value: object) -> str:
    """Read a colour such as ``#12263f`` or ``#fff``; give it as ``#rrggbb``."""
    if not isinstance(value, str) or not _HEX.fullmatch(value.strip()):
        raise Unfit("must be a colour in quotes", 'such as "#12263f"')
    digits = value.strip().lstrip("#").lower()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 (none) to 21, as WCAG counts it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def read_brand(file: "File", *, project: Path, problems: "Problems") -> Brand:
    """Give the brand of the newsroom; its name is the site's where it has none of its own."""
    table = file.brand
    logo = project / table.logo if table.logo else None
    fonts = [project / font for font in table.fonts or ()]
    brand = Brand(
        name=file.site.name or "" if table.name is None else table.name,
        logo=str(logo) if logo else "",
        fonts=tuple(str(font) for font in fonts),
        **table.given("background", "text", "accent"),
    )
    if logo is not None:
        _check_file(("brand", "logo"), logo, _LOGOS, "a PNG, JPEG or WebP picture", problems)
    for font in fonts:
        _check_file(("brand", "fonts"), font, _FONTS, "a TrueType or OpenType font (.ttf, .otf, .ttc)", problems)
    for name, colour, least in (("text", brand.text, CONTRAST), ("accent", brand.accent, CONTRAST_LARGE)):
        found = contrast(colour, brand.background)
        if found < least and not problems.within("brand"):
            message = f"cannot be read on the background: contrast {found:.1f}, must be {least:g} or more"
            problems.add(("brand", name), message, "take a lighter or a darker one")
    return brand


def _check_file(key: "Key", path: Path, starts: tuple[bytes, ...], what: str, problems: "Problems") -> None:
    try:
        with path.open("rb") as file:
            start, size = file.read(12), path.stat().st_size
    except OSError as error:
        problems.add(key, f"cannot be read: {error.strerror} ({path})", "paths start at the project folder")
        return
    if not start.startswith(starts) or (start.startswith(b"RIFF") and start[8:] != b"WEBP"):
        problems.add(
            key, f"is not {what}: {path.name}", "SVG cannot be drawn; export it as PNG" if "PNG" in what else ""
        )
    elif "PNG" in what and size > LOGO_BYTES:
        problems.add(key, f"is larger than {LOGO_BYTES // 1_000_000} MB", "a logo of 600 pixels is plenty")

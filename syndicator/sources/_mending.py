"""Small repairs that make a feed well-formed again, so that nothing of its text is lost. Pure.

Only character references and ampersands are touched, and only outside CDATA: those are what hand-made feeds get wrong,
and what both libraries then read by dropping text.
"""

import html
import re
from html.entities import html5

_CDATA = re.compile(r"(<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z)|<!--(?s:.*?)(?:-->|\Z))")
_AMPERSAND = re.compile(r"&(#[0-9]{1,9};|#[xX][0-9a-fA-F]{1,8};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def mend(text: str) -> str:
    """Escape bare ampersands, resolve HTML's entity names, drop references to characters that XML forbids."""
    parts = _CDATA.split(text)
    parts[::2] = [_AMPERSAND.sub(_mended, part) for part in parts[::2]]
    return "".join(parts)


def _mended(match: re.Match[str]) -> str:
    reference = match.group(1)
    if not reference:
        return "&amp;"
    if reference in _XML:
        return match.group()
    if reference.startswith("#"):
        return match.group() if _allowed(reference) else ""
    character = html5.get(reference)
    return html.escape(character, quote=False) if character else "&amp;" + reference


def _allowed(reference: str) -> bool:
    hexadecimal = reference[1] in "xX"
    number = int(reference[2:-1], 16) if hexadecimal else int(reference[1:-1])
    return number < 0x110000 and not _FORBIDDEN.match(chr(number))

"""A teaser as a file that people read and compare: a golden rendering. Pure; the same teaser gives the same text.

Lines that begin with ``# `` are about the text; everything else is the text itself. What nobody could see in an editor
is written by its number: ``‹U+2060›``.
"""

import unicodedata
from collections.abc import Iterator

from syndicator.model import Teaser

_SEEN = frozenset("\n\u200c\u200d")
"""Line ends, and the joiners that scripts and emoji are written with."""


def golden(teaser: Teaser, *, label: str) -> str:
    """Write a teaser down; ``label`` names the article."""
    return visible("\n".join(_lines(teaser, label))) + "\n"


def failed(reason: str, *, template: str, label: str) -> str:
    """Write down that there is no teaser, and why."""
    return visible(f"# {label}, by {template}\n# no teaser: {reason}") + "\n"


def visible(text: str) -> str:
    """Write what cannot be seen by its number."""
    return "".join(f"‹U+{ord(sign):04X}›" if _hidden(sign) else sign for sign in text)


def _hidden(sign: str) -> bool:
    return sign not in _SEEN and unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def _lines(teaser: Teaser, label: str) -> Iterator[str]:
    yield f"# {label}, by {teaser.template}"
    yield f"# {teaser.length} of {teaser.limit}"
    for warning in teaser.warnings:
        yield f"# warning: {warning}"
    yield teaser.text
    if teaser.link and teaser.link not in teaser.text:
        yield f"# link: {teaser.link}"
    for number, part in enumerate(teaser.parts, start=1):
        yield f"# follow-up {number}, {part.length} of {part.limit}"
        yield part.text
    for media in teaser.media:
        yield "# alternative text of the picture"
        yield media.alt

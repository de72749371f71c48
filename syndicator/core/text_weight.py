"""How X counts a text: weighted characters, emoji, links. Pure, linear.

Source of fact: X's published counting configuration, version 3, and its conformance cases. Normalised to NFC first;
letters of most alphabets weigh 1, everything else 2, an emoji sequence 2 as a whole, any link 23.
"""

import re
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

from syndicator.core.text_urls import Link, links_in

LIMIT = 280
LINK = 23
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_INVALID = re.compile("[\ufffe\ufeff\uffff]")
_PICTURES = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u20e3\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001ffff]"
)
"""One of these is in every emoji."""
_EMOJI_WEIGHT = 2
_FLAGS = """
ACDEFGILMOQRSTUWXZ BABDEFGHIJLMNOQRSTVWYZ CACDFGHIKLMNOPRUVWXYZ DEGJKMOZ EACEGHRSTU FIJKMOR GABDEFGHILMNPQRSTUWY
HKMNRTU ICDELMNOQRST JEMOP KEGHIMNPRWYZ LABCIKRSTUVY MACDEFGHKLMNOPQRSTUVWXYZ NACEFGILOPRUZ OM PAEFGHKLMNRSTWY QA
REOSUW SABCDEGHIJKLMNORSTVXYZ TACDFGHJKLMNORTVWZ UAGMNSYZ VACEGINU WFS XK YET ZAMW
"""
"""Regions that have a flag: a first letter and all its second letters. Any other pair of letters counts apart."""


class Weight(NamedTuple):
    """Weighted length of a text; ``valid``: not empty, within 280, no forbidden character; ``permillage`` of 280."""

    length: int
    valid: bool
    permillage: int


def weigh(text: str, *, emoji: bool = True) -> Weight:
    """Weigh a text as X does. ``emoji=False`` is X's older configuration (kept for its published cases)."""
    text = normalize("NFC", text)
    length = weigh_normal(text, links_in(text), emoji=emoji)
    valid = 0 < length <= LIMIT and not _INVALID.search(text)
    return Weight(length, valid, length * 1000 // LIMIT)


def weigh_normal(text: str, links: list[Link], *, emoji: bool = True) -> int:
    """Weigh an NFC text whose links are known."""
    if not links:
        return _weigh_plain(text, emoji=emoji)
    total, position = 0, 0
    for link in links:
        total += _weigh_plain(text[position : link.start], emoji=emoji)
        # X may not know a young domain and then counts every letter: take the dearer, a refusal costs more.
        total += max(LINK, _weigh_plain(text[link.start : link.end], emoji=emoji)) if link.young else LINK
        position = link.end
    return total + _weigh_plain(text[position:], emoji=emoji)


def _weigh_plain(text: str, *, emoji: bool = True) -> int:
    if text.isascii():
        return len(text)
    heavy = len(_HEAVY.findall(text))
    if not heavy:
        return len(text)
    if not emoji:
        return len(text) + heavy
    if not _PICTURES.search(text):
        return len(text) + heavy
    rest: str
    count: int
    rest, count = _emoji().subn("", text)
    return _EMOJI_WEIGHT * count + len(rest) + (len(_HEAVY.findall(rest)) if count else heavy)


@cache
def _emoji() -> Any:
    """Compile the shape of one emoji: keycap, flag, or up to four pictographs joined into one.

    Text-like signs are emoji unless U+FE0E follows; © and ® only with U+FE0F. A longer chain than any real emoji
    counts as several: too much is safe, too little is refused.
    """
    import regex

    pictograph = (
        r"(?:[©®]\uFE0F|(?![©®])\p{Extended_Pictographic}(?:\uFE0F|[\U0001F3FB-\U0001F3FF]|(?!\uFE0E)))"
        r"(?:[\U000E0020-\U000E007E]{1,8}+\U000E007F)?"
    )
    letter = {chr(ord("A") + n): chr(0x1F1E6 + n) for n in range(26)}
    flags = "|".join(
        f"{letter[group[0]]}[{''.join(letter[second] for second in group[1:])}]" for group in _FLAGS.split()
    )
    keycap = r"[#*0-9]\uFE0F?\u20E3"
    return regex.compile(rf"{keycap}|{flags}|{pictograph}(?:\u200D{pictograph}){{0,3}}")

"""Lines of a text as paragraphs: what was wrapped is joined, headings and list debris are told from sentences. Pure.

Markup has become lines before (one for each block), so that a heading, an agency's name or a caption is a line without
a full stop. Put before the next paragraph on one line it would read as the beginning of its first sentence.
"""

import re
from itertools import pairwise

MARKS = "।॥؟۔։።፧།။។"
"""Ends of sentences that no other use of the sign disturbs: Devanagari, Arabic, Urdu, Armenian, Ethiopic, Khmer …"""

_FINISHED = re.compile(r"[.!?…。！？｡" + MARKS + r";][\s\"'”“’»«›)\]」』）】]*\Z")
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uff9f]"
)
_THAI = re.compile(r"[\u0e00-\u0eff]")
_HEADING = 100
"""Characters: a longer line without a full stop is a paragraph whose author forgot it."""
_HEADING_WIDE = 36
"""The same in scripts that say a word in two or three signs."""
_WRAPPED = 100
_CONTINUES = re.compile(r"[,;–—-]\Z")
_LEAST = 25
_LABEL = 20
"""Letters: one word alone without a full stop ("Introduction") is a label."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS = 3
_BLANKS = re.compile(r" {2,}")


def spaceless(sign: str) -> bool:
    """Say whether a letter is of a script written without blanks between words."""
    return bool(_SPACELESS.match(sign))


def is_finished(line: str) -> bool:
    """Say whether a line ends like a sentence; Thai and Lao have no such sign, there every paragraph does."""
    return bool(_FINISHED.search(line)) or (bool(_THAI.search(line[-12:])) and _is_long(line))


def paragraphs(text: str) -> list[str]:
    """Give the paragraphs that say something, each on one line; [] when there are only labels and loose words."""
    found = [_BLANKS.sub(" ", line) for part in re.split(r"\n\s*\n", text) for line in _unwrapped(part.split("\n"))]
    if len(found) <= 1:
        return [line for line in found if " " in line or is_finished(line) or len(line) > _LABEL or spaceless(line[-1])]
    real = [line for line in found if is_finished(line) or _is_long(line)]
    if real:
        return real
    telling = [line for line in found if _tells(line)]
    return telling[:1] if telling or len(found) > 2 else found[:1]


def _tells(line: str) -> bool:
    """Say whether a line without a full stop is more than a label or a figure."""
    if spaceless(line[0]):
        return len(line) >= _LEAST // 3
    return len(line) >= _LEAST and len(_WORD.findall(line)) >= _WORDS


def _is_long(line: str) -> bool:
    return len(line) > (_HEADING_WIDE if spaceless(line[len(line) // 2]) else _HEADING)


def _unwrapped(lines: list[str]) -> list[str]:
    """Join lines that only a line width had parted."""
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) < 2:
        return lines
    wrapped = _is_wrapped(lines)
    joined = [lines[0]]
    for line in lines[1:]:
        before = joined[-1]
        if wrapped or (not is_finished(before) and _goes_on(before, line)):
            joined[-1] = f"{before} {line}"
        else:
            joined.append(line)
    return joined


def _goes_on(before: str, line: str) -> bool:
    return (line[0].islower() and max(len(before), len(line)) >= 40) or (
        len(before) >= _LEAST and bool(_CONTINUES.search(before))
    )


def _is_wrapped(lines: list[str]) -> bool:
    """Say whether a program wrapped the lines: one width for all but the last, and sentences that go on in the next."""
    widths = [len(line) for line in lines[:-1]]
    if len(lines) < 3 or max(widths) > _WRAPPED or min(widths) < 0.7 * max(widths) or max(widths) < 40:
        return False
    parted = [line for before, line in pairwise(lines) if not is_finished(before)]
    return 2 * len(parted) > len(widths) and 2 * sum(line[0].islower() for line in parted) >= len(parted)

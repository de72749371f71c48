"""Where sentences end, in the scripts newsrooms write. Pure, linear; no dictionaries, so it errs on the longer side.

A line is never joined to the next one as if it were the same sentence: headings, agency names and loose list items are
left out where real sentences follow (``text_paragraphs``). What stands between quotation marks or brackets is not taken
apart. Thai and Lao write no mark at the end of a sentence, only a blank, which also stands around names and numbers:
there a blank ends a sentence once it is long enough to be one (60 characters) and nothing says that it goes on.
"""

import re
from collections.abc import Iterator
from itertools import islice

from syndicator.core.text import measure
from syndicator.core.text_paragraphs import MARKS, is_finished, paragraphs, spaceless
from syndicator.core.text_words import ABBREVIATIONS, EVERYWHERE, MONTH, ORDINAL_LANGUAGES, STARTERS, THAI_GOES_ON
from syndicator.model import Counting

_ENDING = re.compile(
    r"(?:(?P<wide>[。！？｡．][。！？｡．…]*)|(?P<other>[" + MARKS + r"][" + MARKS + r"!?…]*)"
    r"|(?P<mark>(?:[!?…]|\.\.\.)[!?….]*)|(?P<dot>\.)|(?P<greek>;))"
    r"(?P<close>(?:[\"'”“’»«›)\]」』）】]|[ \u00a0\u202f]»(?=[\s,.;]|\Z))*)(?P<blank>\s+|\Z)?"
)
_BEFORE = re.compile(r"[^\s(\[{\"'’“‘«„]*\Z")
_LEADING = "\"'“‘«„([¿¡—–- \u00a0\u202f"
_PAIRS = {
    "“": "”", "„": "“”", "«": "»", "‹": "›", "「": "」", "『": "』", "《": "》", "(": ")", "（": "）", "【": "】",
    "»": "«", '"': '"', "”": "”",
}  # fmt: skip
_SAME = frozenset('"”»')
"""Marks that may open or close: one opens behind a blank and before a letter."""
_OPENING = "“„«「『"
_LONGEST_QUOTE = 400
"""A longer quotation is taken apart like any other text: a lead cannot hold it whole."""
_MOST_WHOLE = 12
_SHORT = 3
"""Letters between two full stops of an abbreviation ("p.m.", "κ.λπ."); "example.com." ends a sentence."""
_THAI_BLANK = re.compile(r"(?<=[\u0e00-\u0eff]) +(?=[\u0e00-\u0eff])")
_THAI_SENTENCE = 60
_THAI_LONGEST = 240


def sentences(text: str, n: int, *, language: str | None = None) -> str:
    """Give the first ``n`` sentences of a text on one line (all of it when it has fewer).

    A line that ends without a full stop ends the lead: nothing is put behind it as if it belonged to it.
    """
    taken: list[str] = []
    n = max(n, 0)
    for paragraph in paragraphs(text):
        ends = list(islice(_ends(paragraph, (language or "").lower()), n))
        n -= len(ends)
        if ends:
            taken.append(paragraph[: ends[-1]].rstrip())
        if n == 0 or not is_finished(paragraph):
            break
    line = _closed(_joined(taken))
    bare = line if is_finished(line) else line.rstrip(",:–—- ")
    return f"{bare}…" if bare and bare != line else line


def _closed(line: str) -> str:
    """Close a quotation that began the lead and goes on behind it."""
    closing = _PAIRS.get(line[:1], "") if line[:1] in _OPENING else ""
    return line + closing[0] if closing and not any(mark in line[1:] for mark in closing) else line


def whole_sentences(text: str, *, limit: int, counting: Counting) -> str:
    """Give the first sentences of a line that fit ``limit`` whole; "" when none do, or half would stay empty."""
    best = ""
    for n in range(1, _MOST_WHOLE):
        found = sentences(text, n) if "\n" not in text else ""
        if found == best or measure(found, counting) > limit:
            break
        best = found
    return best if text.startswith(best) and measure(best, counting) * 2 >= limit else ""


def _joined(parts: list[str]) -> str:
    line = ""
    for part in parts:
        line += ("" if not line or (spaceless(line[-1]) and spaceless(part[0])) else " ") + part
    return line


def _ends(paragraph: str, language: str) -> Iterator[int]:
    """Give the end of each sentence of one paragraph, the last one's too."""
    quoted = _quotations(paragraph)
    last = 0
    for match in _ENDING.finditer(paragraph):
        end = match.end("close")
        if any(start < match.start() and end <= close for start, close in quoted):
            continue
        if _ends_sentence(paragraph, match, language):
            yield from _thai_ends(paragraph, last, match.start())
            yield end
            last = end
    if paragraph[last:].strip():
        yield from _thai_ends(paragraph, last, len(paragraph))
        yield len(paragraph)


def _quotations(text: str) -> list[tuple[int, int]]:
    """Give quotations and bracketed pieces that are closed again: (opening mark, closing mark), outermost only."""
    found: list[tuple[int, int]] = []
    position = 0
    for index, sign in enumerate(text):
        if index < position or sign not in _PAIRS or (sign in _SAME and not _opens(text, index)):
            continue
        places = [text.find(mark, index + 1, index + _LONGEST_QUOTE) for mark in _PAIRS[sign]]
        if (close := min((place for place in places if place > 0), default=-1)) > 0:
            found.append((index, close))
            position = close + 1
    return found


def _opens(text: str, index: int) -> bool:
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return (not before or before.isspace() or before in "([—–-") and bool(after) and not after.isspace()


def _ends_sentence(text: str, match: re.Match[str], language: str) -> bool:
    following = text[match.end() : match.end() + 24].lstrip(_LEADING)
    if match["wide"]:
        return not _goes_on(text, match)
    if match["other"]:
        return True
    if match["blank"] is None:
        # Full-width text with ASCII marks; what follows a closing mark may still be the same sentence.
        return bool(match["mark"]) and match["mark"][0] in "!?" and not match["close"] and spaceless(text[match.end()])
    if match["greek"]:
        return language.startswith("el") or _is_greek(text[max(0, match.start() - 3) : match.start()])
    if not following:
        return True
    if following[0].islower() and not "\u10d0" <= following[0] <= "\u10ff":  # Georgian has small letters only
        return False
    return not match["dot"] or bool(match["close"]) or not _is_abbreviation(text, match.start(), following, language)


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Say whether a wide mark is inside a number, or ends a Japanese quotation inside a sentence (「…。」と)."""
    following = text[match.end("close") : match.end("close") + 1]
    if match["close"] and "\u3041" <= following <= "\u309f":
        return True
    return match["wide"] == "．" and following.isdigit() and text[match.start() - 1 : match.start()].isdigit()


def _is_greek(text: str) -> bool:
    return any("\u0370" <= sign <= "\u03ff" or "\u1f00" <= sign <= "\u1fff" for sign in text)


def _is_abbreviation(text: str, dot: int, following: str, language: str) -> bool:
    """Say whether the full stop at ``dot`` belongs to the word before it ("Dr.", "z. B.", "U.S.", "3. Mai")."""
    found = _BEFORE.search(text, max(0, dot - 24), dot)
    word = found[0] if found else ""
    if word.isdigit():
        return len(word) <= 2 and (language[:2] in ORDINAL_LANGUAGES or bool(MONTH.match(following)))
    starts = following.split(maxsplit=1)[0].rstrip(",") in STARTERS
    if "." in word:
        return not starts and max(map(len, word.split("."))) <= _SHORT and not word[-1].isdigit()
    if len(word) == 1 and word.isalpha() and not spaceless(word):
        return not starts and not _is_acronym(text, dot)
    if word.lower() == "no":
        return following[0].isdigit()
    return word.lower() in EVERYWHERE or word.lower() in ABBREVIATIONS.get(language[:2], ())


def _is_acronym(text: str, dot: int) -> bool:
    """Say whether the letter before ``dot`` is a Hebrew acronym's last one, which has a mark before it."""
    return dot > 2 and text[dot - 2] in "\"״'׳" and "\u05d0" <= text[dot - 3] <= "\u05ea"


def _thai_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Give the blanks between ``start`` and ``end`` that end a sentence in a script without marks."""
    for match in _THAI_BLANK.finditer(text, start, end):
        length = match.start() - start
        if length >= _THAI_LONGEST or (length >= _THAI_SENTENCE and not THAI_GOES_ON.search(_around(text, match))):
            yield match.start()
            start = match.end()


def _around(text: str, match: re.Match[str]) -> str:
    return f"{text[max(0, match.start() - 24) : match.start()]} {text[match.end() : match.end() + 8]}"

"""What only one source prints around its articles, as the newsroom wrote it down for that source. Pure.

A plain phrase is compared as the built-in rules are: with a whole line, also with a colon and more behind it, or with
the last piece of the text behind a finished sentence; capitals do not matter. ``re:`` begins a regular expression for
the whole of such a line or piece. Expressions are tried out when they are read, and stopped when they take too long.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

EXPRESSION = "re:"
LONGEST = 200
_PATIENCE = 0.05
"""Seconds for one comparison; an expression that needs more is no use on this line."""
_HOSTILE = (
    "a" * 600 + "!",
    " " * 600 + "!",
    "a b" * 200 + "\n",
    "1.1," * 150 + "\n",
    "Photo: " * 90 + "\n",
    "é:" * 300 + "\n",
)
_PIECE = re.compile(r"(?:\A|(?<=[.!?…»”\"')\]。！？।]\s)|(?<=[。！？।])|\n)(?=\S)")
_TAIL_LENGTH = 700
_TAIL_PIECES = 12


class Unusable(ValueError):
    """A phrase that cannot be used; the text says why."""


def check(phrase: str) -> None:
    """See whether a phrase can be used.

    Raises:
        Unusable: empty, too long, no regular expression, one that matches nothing or everything, or one that is slow.
    """
    if not phrase.strip():
        raise Unusable("is empty")
    if len(phrase) > LONGEST:
        raise Unusable(f"is longer than {LONGEST} characters")
    pattern = _compiled(phrase)
    if not phrase.startswith(EXPRESSION):
        return
    try:
        if pattern.fullmatch("", timeout=_PATIENCE):
            raise Unusable("matches the empty text, and so would say nothing about what it removes")
        found = [pattern.fullmatch(text, timeout=_PATIENCE) for text in (*_HOSTILE, *_ORDINARY)]
    except TimeoutError:
        raise Unusable("takes too long on some texts: repeat nothing that is repeated already") from None
    if all(found[-len(_ORDINARY) :]):
        raise Unusable("matches every sentence, and would leave nothing of any article")


_ORDINARY = ("The ferries run again.", "Die Fähren fahren wieder, teilte der Hafen mit.", "Паром ходит снова.")


class Own:
    """The phrases of one source, compiled."""

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._patterns = [_compiled(phrase) for phrase in phrases]

    def is_line(self, line: str) -> bool:
        """Say whether a line is nothing but what one of the phrases names."""
        return any(_matches(pattern, line) for pattern in self._patterns)

    def tail(self, text: str) -> int:
        """Give the length of ``text`` without a last piece that one of the phrases names."""
        if not self._patterns:
            return len(text)
        starts = [match.end() for match in _PIECE.finditer(text, max(0, len(text) - _TAIL_LENGTH))]
        return next((start for start in starts[-_TAIL_PIECES:] if self.is_line(text[start:])), len(text))


NOTHING = Own()


@lru_cache(maxsize=64)
def own_of(phrases: tuple[str, ...]) -> Own:
    """Give the phrases of one source, compiled once."""
    return Own(phrases) if phrases else NOTHING


def _matches(pattern: Any, text: str) -> bool:
    try:
        return bool(pattern.fullmatch(text, timeout=_PATIENCE))
    except TimeoutError:
        return False


def _compiled(phrase: str) -> Any:
    import regex

    if not phrase.startswith(EXPRESSION):
        words = r"\s+".join(map(regex.escape, phrase.split()))
        phrase = rf"{words}(?:[\s.!?…»>→›]*|(?:\s*[:：|»→>]|\s+[–—-]\s).{{0,250}})"
    try:
        return regex.compile(phrase.removeprefix(EXPRESSION), regex.IGNORECASE | regex.VERSION0)
    except regex.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise Unusable(f"is not a regular expression: {error.msg}{where}") from None
    except (OverflowError, RecursionError):
        raise Unusable("is not a regular expression: too large") from None

"""Where a line may end, script by script: what Unicode's rules (UAX 14) and typesetters' habits allow. Pure."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

EMOJI = -1
"""The face of a cluster that is a coloured picture."""
_VOWELS = frozenset("aeiouyäöüåæøœáéíóúýàèìòùâêîôûëïãõąęěůőűıαεηιουωάέήίόύώϊаеёиоуыэюяіїєў")
_TOGETHER = frozenset(("ch", "ck", "ph", "th", "sh", "sc", "qu", "rh", "gh", "gn", "ll", "rr", "ст", "дж"))
"""Letters that stand for one sound."""
_LONG = 12


class Cluster(NamedTuple):
    """What a reader takes for one character, with its font and its bidirectional level."""

    text: str
    face: int
    level: int = 0


class Token(NamedTuple):
    """What stays on one line: clusters from ``start`` to ``end``, blanks after it up to ``next``."""

    start: int
    end: int
    next: int
    divided: bool = False
    """True: a piece of a word; the line that it ends has a hyphen."""


def tokens(text: Sequence[Cluster]) -> list[Token]:
    """Divide a text where its scripts let a line end (UAX 14, as far as headlines need it)."""
    kana = _classes().kana
    by_phrase = any(kana.match(cluster.text) for cluster in text)
    found = []
    start = at = 0
    while at < len(text):
        end = at
        while at < len(text) and _is_blank(text[at].text):
            at += 1
        if at > end or (at > start and _may_break(text, at, by_phrase=by_phrase)):
            if end > start and not (at > end and _is_unit(text, end, at)):
                found.append(Token(start, end, at))
                start = at
            elif end == start:
                start = at
        if at < len(text):
            at += 1
    if at > start:
        found.append(Token(start, at, at))
    return found


def _is_blank(text: str) -> bool:
    """Say whether a line may end at a blank: at those that were made to hold words together it may not."""
    return text.isspace() and text not in "\u00a0\u202f\u2007"


def _is_unit(text: Sequence[Cluster], end: int, at: int) -> bool:
    """Say whether a short word after a number belongs to it: 45 °C, 30 %, 7 km."""
    if not text[end - 1].text.isdigit():
        return False
    length = next((n for n in range(4) if at + n >= len(text) or _is_blank(text[at + n].text)), 4)
    return 0 < length <= 2 and not text[at].text.isdigit() and text[at].face != EMOJI


def _may_break(text: Sequence[Cluster], at: int, *, by_phrase: bool) -> bool:
    before, after = text[at - 1], text[at]
    signs = _classes()
    one, other = before.text[-1], after.text[0]
    if signs.closing.match(other) or signs.opening.match(one):
        return False
    if EMOJI in (before.face, after.face):
        return True
    if signs.wide.match(one) or signs.wide.match(other):
        # A number and what it counts stay together; Japanese ends its phrases in hiragana.
        return not one.isdigit() and (not by_phrase or _ends_phrase(one, other))
    if signs.syllable.match("".join(cluster.text for cluster in text[at : at + 5])):
        # Two of them in a row belong together.
        return not signs.vowel.match(one) and not signs.starter.search(
            "".join(c.text for c in text[max(0, at - 5) : at])
        )
    return bool(signs.hyphen.match(one)) and other.isalpha() and at > 1 and text[at - 2].text.isalpha()


def _ends_phrase(one: str, other: str) -> bool:
    signs = _classes()
    if not one.isalnum() or signs.opening.match(other):
        return True
    if signs.hiragana.match(one):
        return not signs.hiragana.match(other)
    return bool(signs.katakana.match(other)) != bool(signs.katakana.match(one)) and not signs.hiragana.match(other)


class _Classes(NamedTuple):
    closing: Any
    """What begins no line."""
    opening: Any
    """What ends no line."""
    wide: Any
    """Between such signs a line may end."""
    hyphen: Any
    syllable: Any
    """Thai and Lao have no blanks between words: sure beginnings of a syllable are a vowel that is written before
    its consonant, and some words that begin phrases.
    """
    vowel: Any
    starter: Any
    unhyphened: Any
    """Scripts that divide words without a sign."""
    kana: Any
    hiragana: Any
    katakana: Any


@cache
def _classes() -> _Classes:
    import regex

    return _Classes(
        regex.compile(
            r"[\p{LB=CL}\p{LB=CP}\p{LB=EX}\p{LB=IS}\p{LB=SY}\p{LB=NS}\p{LB=CJ}\p{LB=GL}\p{LB=WJ}\p{LB=IN}\p{LB=PO}”’»」』]"
        ),
        regex.compile(r"[\p{LB=OP}\p{LB=GL}\p{LB=WJ}\p{LB=PR}“‘«「『]"),
        regex.compile(
            r"[\p{LB=ID}\p{LB=CJ}\p{LB=NS}\p{LB=CL}&&[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3000-\u303f\uff00-\uffef]]",
            regex.V1,
        ),
        regex.compile(r"[\p{LB=HY}\p{LB=BA}/]"),
        regex.compile(r"[เแโใไເແໂໃໄ]|การ|ความ|ที่|ของ|จาก|กับ|หรือ|ซึ่ง|ถึง|หลัง|ฉบับ"),
        regex.compile(r"[เแโใไເແໂໃໄ]"),
        regex.compile(r"(?:\A|\s)(?:การ|ความ|ที่|ของ|จาก|กับ|หรือ|ซึ่ง|ถึง|หลัง)\Z"),
        regex.compile(
            r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Han}\p{Hiragana}\p{Katakana}\p{Arabic}\p{Hebrew}ー]"
        ),
        regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
        regex.compile(r"\p{Hiragana}"),
        regex.compile(r"[\p{Katakana}ー]"),
    )


def places(text: Sequence[Cluster], word: Token) -> list[int]:
    """Give where a long word may be divided: before a consonant with its vowel, three letters from either end.

    Where there is no such place for long (a number, initials, an address), after every twelfth letter.
    """
    letters = [text[at].text[0].casefold() for at in range(word.start, word.end)]
    found = [0]
    for at in range(3, len(letters) - 2):
        one, other, third = letters[at - 1 : at + 2]
        syllable = one.isalpha() and other.isalpha() and other not in _VOWELS and third in _VOWELS
        if (syllable and one + other not in _TOGETHER and at - found[-1] > 1) or at - found[-1] > _LONG:
            found.append(at)
    return [word.start + at for at in found[1:]]


def is_hyphened(text: Sequence[Cluster], word: Token) -> bool:
    """Say whether a word that is divided gets a hyphen."""
    unhyphened = _classes().unhyphened
    return not any(unhyphened.match(cluster.text) for cluster in text[word.start : word.end])

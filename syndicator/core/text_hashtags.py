"""Tags of an article made into hashtags that a platform links and a reader can read. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

_STOP = """
news latest breaking featured feature uncategorized uncategorised general article articles blog post posts home
homepage frontpage slider top topstories main story stories headline headlines update updates misc other all default
editorspick editorspicks sticky carousel rss feed web online archive actualités actualité actu une nachrichten aktuell
allgemein noticias actualidad portada notizie attualità nieuws algemeen ειδήσεις επικαιρότητα αρχική новини новости
головне главное aktualności wiadomości
"""
"""What content systems put among the tags and no reader looks for; compared without case and blanks."""
STOP = frozenset(_STOP.split())

_LONGEST = 30
_APOSTROPHES = re.compile(r"[’'ʼ`´׳]")


class Hashtags(tuple[str, ...]):
    """Hashtags in order; printed with blanks between them."""

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(self)


def hashtags(
    tags: Iterable[str],
    limit: int = 2,
    *,
    style: str = "camel",
    skip: Iterable[str] = (),
    named: Mapping[str, str] = MappingProxyType({}),
) -> Hashtags:
    """Make at most ``limit`` hashtags: ``eu elections`` → ``#EuElections``.

    ``style``: ``camel`` (words with a capital, joined), ``snake`` (joined with underscores) or ``lower``. Scripts
    without capitals are joined with underscores, those without spaces directly. Left out: stop words and ``skip``,
    numbers alone, one letter, more than 30 characters, repetitions. Existing capitals (``NATO``) stay. ``named`` says
    for some tags (as :func:`key_of` writes them) which hashtag they are, without ``#``: nothing is left out of those.
    """
    skipped = {key_of(word) for word in skip}
    found: dict[str, str] = {}
    for tag in tags:
        if len(found) >= limit:
            break
        if named and (given := named.get(key_of(tag))):
            found.setdefault(given.casefold(), f"#{given}")
            continue
        word = _word(tag, style)
        key = word.casefold()
        if word and key not in found and key not in STOP and key not in skipped:
            found[key] = f"#{word}"
    return Hashtags(list(found.values())[: max(limit, 0)])


def key_of(tag: str) -> str:
    """Reduce a tag to what makes it the same: no case, no blanks, no signs."""
    return _word(tag, "camel").casefold()


@lru_cache(maxsize=1024)
def _word(tag: str, style: str) -> str:
    separator, letter, wordless = _patterns()
    parts = [part for part in separator.split(_APOSTROPHES.sub("", tag)) if part]
    if style == "lower":
        word = "".join(parts).lower()
    elif style == "snake" or any(
        not _has_case(part) and not wordless.search(part) and letter.search(part) for part in parts
    ):
        word = "_".join(parts)
    else:
        word = "".join(part[:1].upper() + part[1:] for part in parts)
    usable = 1 < len(word) <= _LONGEST and letter.search(word)
    return word if usable else ""


def _has_case(part: str) -> bool:
    return part.lower() != part.upper()


@cache
def _patterns() -> tuple[Any, Any, Any]:
    import regex

    return (
        regex.compile(r"[^\p{L}\p{M}\p{Nd}]+"),
        regex.compile(r"\p{L}"),
        regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"),
    )

"""Mentions, hashtags and cashtags as X finds them in a text. Pure, linear.

Spans include the sign. The rules follow X's published extraction cases; what lies inside a link is not an entity.
"""

import re
from functools import cache
from typing import Any

from syndicator.core.text_urls import links_in

Span = tuple[int, int]

_NAME = re.compile(r"[@＠][A-Za-z0-9_]{1,20}(?:/[A-Za-z][A-Za-z0-9_-]{0,24})?")
_NOT_BEFORE_NAME = re.compile(r"[A-Za-z0-9_!#$%&*@＠]")
_RETWEET = re.compile(r"(?<![A-Za-z0-9_+~.-])[rR][tT]\Z")
_NOT_AFTER_NAME = re.compile(r"[@＠\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0300-\u036f\u1e00-\u1eff]|://")
_CASHTAG = re.compile(
    r"(?:^|(?<=[\s\u0085\u180e\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069]))"
    r"\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=$|[\s!'#%&()*+,\-./:;<=>?@\[\\\]^_{|}~$])"
)


def urls_in(text: str) -> list[Span]:
    """Find what X would turn into links, bare domains included: spans (start, end) in order."""
    return [(link.start, link.end) for link in links_in(text)] if "." in text else []


def mentions_in(text: str) -> list[Span]:
    """Find ``@name`` and ``@name/list``."""
    if "@" not in text and "＠" not in text:
        return []
    return _outside(text, [match.span() for match in _NAME.finditer(text) if _is_mention(text, match)])


def _is_mention(text: str, name: re.Match[str]) -> bool:
    start = name.start()
    if start and _NOT_BEFORE_NAME.match(text, start - 1) and not _RETWEET.search(text, max(0, start - 3), start):
        return False
    return not _NOT_AFTER_NAME.match(text, name.end())


def hashtags_in(text: str) -> list[Span]:
    """Find ``#word``: letters, marks, digits and a few joiners, with at least one letter."""
    if "#" not in text and "＃" not in text:
        return []
    tag, letter = _hashtag()
    return _outside(text, [match.span() for match in tag.finditer(text) if letter.search(match[0])])


def cashtags_in(text: str) -> list[Span]:
    """Find ``$TICKER``."""
    return [match.span() for match in _CASHTAG.finditer(text)] if "$" in text else []


def protected(text: str) -> list[Span]:
    """Give all spans that a cut must not go through, in order; overlapping ones are one."""
    return joined(urls_in(text) + mentions_in(text) + hashtags_in(text) + cashtags_in(text))


def joined(found: list[Span]) -> list[Span]:
    """Give spans in order, overlapping ones as one."""
    spans: list[Span] = []
    for span in sorted(found):
        if spans and span[0] < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], span[1]))
        else:
            spans.append(span)
    return spans


def _outside(text: str, spans: list[Span]) -> list[Span]:
    urls = urls_in(text) if spans else []
    if not urls:
        return spans
    inside = [False] * (len(text) + 1)
    for start, end in urls:
        inside[start:end] = [True] * (end - start)
    return [span for span in spans if not inside[span[0]]]


@cache
def _hashtag() -> tuple[Any, Any]:
    import regex

    word = (
        r"\p{L}\p{M}\p{Nd}_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003"
        r"\u0f0b\u0f0c\u00b7"
    )
    before = rf"(?:(?<![{word}&])|(?<=[\uFE0E\uFE0F]))"
    tag = regex.compile(rf"{before}[#＃](?!\uFE0F|\u20E3)[{word}]++(?![#＃]|://)")
    return tag, regex.compile(r"[\p{L}\p{M}]")

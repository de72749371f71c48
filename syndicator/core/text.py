"""Length of a text as a platform counts it, and cutting it to fit. Pure, linear.

The parts: ``text_weight`` (X's counting), ``text_urls`` (what X links), ``text_entities``, ``text_clean``.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

from syndicator.core.text_clean import clean, neutral
from syndicator.core.text_entities import cashtags_in, hashtags_in, joined, mentions_in, protected, urls_in
from syndicator.core.text_graphemes import Clusters, count_mastodon, handles_in
from syndicator.core.text_negation import trusted_end
from syndicator.core.text_urls import links_in
from syndicator.core.text_weight import weigh, weigh_normal
from syndicator.model import Counting

__all__ = ["cashtags_in", "clean", "cut", "hashtags_in", "measure", "mentions_in", "neutral", "urls_in"]

_LOOSE_END = re.compile(r"[\s,;:.\-–—/|·…、，。；：،؛]++\Z")
_LOOSE_OPENING = re.compile(r"(?:\A|(?<=\s))[(\[{\"'„«‹“‘¿¡「『（]++\s*+\Z")
_WORD_SHARE = 0.5


def measure(text: str, counting: Counting) -> int:
    """Count a text the way a platform does: X's weights, UTF-16 units, code points or grapheme clusters."""
    if counting is Counting.X_WEIGHTED:
        text = normalize("NFC", text)
        return weigh_normal(text, links_in(text))
    if counting is Counting.MASTODON:
        return count_mastodon(text)
    if counting is Counting.BLUESKY:
        return Clusters.of(text).bluesky
    if counting is Counting.UTF16 and not text.isascii():
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def cut(text: str, *, limit: int, counting: Counting, ellipsis: str = "…") -> str:
    """Shorten a text to ``limit`` at a word, showing that something is missing.

    Never inside a grapheme cluster, link, hashtag or mention. A word is divided only where the script writes no
    spaces, or where keeping it whole would lose half of the room. Whatever is removed, the ellipsis shows it; and a
    negation is kept with its verb or goes with it (C10). Returns "" when not even one cluster and the ellipsis fit.
    Under X's counting the text is normalised (NFC) first.
    """
    if counting is Counting.X_WEIGHTED:
        text = normalize("NFC", text)
    if measure(text, counting) <= limit:
        return text
    breaks = _breaks(text, room=limit - measure(ellipsis, counting), counting=counting)
    while (index := _best(breaks)) is not None:
        floor = breaks[index].floor
        trimmed = _trusted(text, len(_trimmed(text[: breaks[index].end], floor)), floor)
        # A blank can belong to a cluster with a sign before it (U+0600): end where a cluster ends.
        shortened = text[: max((each.end for each in breaks[: index + 1] if each.end <= trimmed), default=0)]
        if shortened and measure(shortened + ellipsis, counting) <= limit:
            return shortened + ellipsis
        # A cut can make a link out of what was none ("foo.community" → "foo.com"); such places are rare, so step back.
        del breaks[min(index, len(breaks) - 1 - len(breaks) // 8) :]
    return ""


class _Break(NamedTuple):
    """A place to cut: after ``end`` characters of ``weight``; ``floor`` is the end of the last protected span."""

    end: int
    weight: int
    floor: int
    word: bool


def _breaks(text: str, *, room: int, counting: Counting) -> list[_Break]:
    """List the places where a text may be cut within ``room``; reads no further than that."""
    spaceless = _patterns()[1]
    breaks: list[_Break] = []
    total = Clusters()
    for start, end, atomic in _units(text, counting):
        unit = text[start:end]
        total = total.plus(*_weigh_unit(unit, counting, atomic=atomic))
        weight = total.bluesky
        if weight > room:
            break
        following = text[end : end + 1]
        word = following.isspace() or not following or bool(spaceless.match(unit) or spaceless.match(following))
        breaks.append(_Break(end, weight, end if atomic else (breaks[-1].floor if breaks else 0), word))
    return breaks


def _units(text: str, counting: Counting) -> Iterator[tuple[int, int, bool]]:
    """Walk through a text: protected spans whole, the rest by grapheme cluster.

    A cluster that reaches into a span, or out of it, belongs to the span: X lets a link begin with a combining mark.
    """
    cluster = _patterns()[0]
    position = 0
    spans = protected(text)
    if counting is Counting.MASTODON:
        spans = joined([*spans, *handles_in(text)])
    for start, span_end in [*spans, (len(text), len(text))]:
        while position < start:
            end = cluster.match(text, position).end()
            if end > start:
                break
            yield position, end, False
            position = end
        if span_end > position:
            last = cluster.match(text, max(position, span_end - 1))
            end = max(span_end, last.end() if last else span_end)
            yield position, end, True
            position = end


def _weigh_unit(unit: str, counting: Counting, *, atomic: bool) -> Clusters:
    """Give what one unit adds: its length, and for Bluesky its bytes, too."""
    if counting is Counting.X_WEIGHTED:
        return Clusters(weigh(unit).length if atomic else weigh_normal(unit, []))
    if counting is Counting.BLUESKY:
        return Clusters.of(unit)
    return Clusters(measure(unit, counting) if atomic or counting is not Counting.MASTODON else 1)


def _best(breaks: list[_Break]) -> int | None:
    """Choose the last break at a word, or the very last when that would waste too much."""
    if not breaks:
        return None
    last = len(breaks) - 1
    for index in range(last, -1, -1):
        if breaks[index].weight < breaks[last].weight * _WORD_SHARE:
            break
        if breaks[index].word:
            return index
    return last


def _trimmed(text: str, floor: int) -> str:
    """Drop blanks, dangling punctuation and opening quotes at the end, but nothing before ``floor``."""
    for _ in range(3):
        before = len(text)
        for pattern in (_LOOSE_END, _LOOSE_OPENING):
            match = pattern.search(text, floor)
            text = text[: match.start()] if match else text
        if len(text) == before:
            break
    return text


def _trusted(text: str, end: int, floor: int) -> int:
    """Step back from a negation that the cut would tear apart, but not into what is protected (C10)."""
    earlier = trusted_end(text, end)
    return end if earlier == end or earlier < floor else len(_trimmed(text[:earlier], floor))


@cache
def _patterns() -> tuple[Any, Any]:
    """Compile: a grapheme cluster; a letter of a script that is written without spaces."""
    import regex

    spaceless = (
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u3000-\u303f\uff00-\uff65]"
    )
    return regex.compile(r"\X"), regex.compile(spaceless)

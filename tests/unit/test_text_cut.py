"""Cutting a text to fit: never over the limit, never through a cluster, link or hashtag, always with a sign."""

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.core.text import clean, cut, hashtags_in, measure, mentions_in, urls_in
from syndicator.model import Counting

SCRIPTS = [
    "minister", "Österreich", "Ουκρανία", "Україна", "الوزير", "ישראל", "中国政府は", "ประเทศไทย", "한국",
    "हिन्दी", "ශ්‍රීලංකා", "می‌خواهم", "e\u0301a\u0323\u0307", "אָ֑לֶף", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🇺🇦🇪🇺", "❤️‍🔥", "✌🏿", "1️⃣", "not", "no", "kein", "ne…pas", "“", "”", "(", "—", ",", ".", "…",
    "Booking.com", "https://example.com/a/b?c=d", "example.community", "foo.co", "#hashtag", "#ハッシュ",
    "@name", "$TSLA", "a.b.c", "-", "\n", "  ", "\u200f", "\u0600", "x" * 40, "K\u0308", "\u1100\u1161\u11a8",
    "®", "‼", "\u0d4e",
]  # fmt: skip
titles = st.lists(st.sampled_from(SCRIPTS) | st.text(max_size=4), max_size=40).flatmap(
    lambda words: st.sampled_from(["".join(words), " ".join(words)])
)
countings = st.sampled_from(list(Counting))


def boundaries(text: str) -> set[int]:
    return {0, *(match.end() for match in regex.finditer(r"\X", text))}


@settings(max_examples=1500, deadline=None)
@given(text=titles, limit=st.integers(0, 120), counting=countings)
def test_cut_keeps_every_promise(text: str, limit: int, counting: Counting) -> None:
    text = clean(text)
    result = cut(text, limit=limit, counting=counting)
    assert measure(result, counting) <= limit
    if measure(text, counting) <= limit:
        assert result == text
        return
    if not result:
        return
    assert result.endswith("…")
    head = result[:-1]
    assert text.startswith(head)
    assert len(head) in boundaries(text)
    for find in (urls_in, hashtags_in, mentions_in):
        assert not any(start < len(head) < end for start, end in find(text)), find.__name__


def test_a_negation_never_vanishes_silently() -> None:
    cases = {
        "Minister will resign not": 24,
        "Der Kanzler tritt zurück, nein": 30,
        "La ministre ne démissionnera pas": 32,
        "Ο υπουργός παραιτείται όχι": 26,
    }
    for title, length in cases.items():
        for limit in range(3, length):
            assert cut(title, limit=limit, counting=Counting.CODE_POINTS).endswith("…")


def test_cut_at_words_and_tidy_ends() -> None:
    def shorter(text: str, limit: int) -> str:
        return cut(text, limit=limit, counting=Counting.CODE_POINTS)

    assert shorter("Talks fail, ministers leave Brussels", 14) == "Talks fail…"
    assert shorter("She said “never again” to reporters", 11) == "She said…"
    assert shorter("U.S. aid: what comes next for Kyiv", 12) == "U.S. aid…"
    assert shorter("Donaudampfschifffahrtsgesellschaft", 10) == "Donaudamp…"
    assert shorter("see https://example.com/a-long-path- and more", 38) == "see https://example.com/a-long-path-…"
    assert shorter("https://example.com/a-long-path and more", 20) == ""


def test_scripts_without_spaces_are_cut_between_clusters() -> None:
    title = "故人西辞黄鹤楼，烟花三月下扬州"
    assert cut(title, limit=12, counting=Counting.X_WEIGHTED) == "故人西辞黄…"
    thai = "นายกรัฐมนตรีลาออก"
    head = cut(thai, limit=9, counting=Counting.CODE_POINTS)[:-1]
    assert len(head) in boundaries(thai)


def test_a_cut_makes_no_new_link() -> None:
    """Cut inside "example.communityx", "example.community…" would be a link of 23."""
    text = "y example.communityxxxxxxxxxxxxxxxxxxxxxx z"
    for limit in range(5, 40):
        result = cut(text, limit=limit, counting=Counting.X_WEIGHTED)
        assert measure(result, Counting.X_WEIGHTED) <= limit

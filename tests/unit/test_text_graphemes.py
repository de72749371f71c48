"""Mastodon and Bluesky: clusters, links, mentions with a host, bytes."""

import pytest

from syndicator.core.text import cut, measure
from syndicator.model import Counting

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0), ("harbour", 7), ("ée\u0301", 2), (FAMILY * 3, 3), ("🇺🇦🇪🇺", 2), ("नमस्ते", 3), ("a\r\nb", 3),
        ("https://example.com/a/very/long/path?with=a&query=too#and-a-fragment", 23), ("http://a.co", 23),
        ("See https://example.com.", 4 + 23 + 1), ("example.com", 11), ("@ann@mast.example and @bob", 4 + 5 + 4),
        ("@ann@mast.example, @bob@b.example!", 4 + 2 + 4 + 1), ("mail ann@mast.example", 21),
        ("https://mast.example.com/@ann@other.example", 23), ("é@ann@mast.example", 18),
        ("https://example.music/" + "a" * 40, 62),  # a domain that it may not know: the dearer of both
    ],
)  # fmt: skip
def test_c05_mastodon_counts_clusters_links_and_mentions(text: str, length: int) -> None:
    assert measure(text, Counting.MASTODON) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0), ("harbour", 7), ("a" * 300, 300), ("字" * 300, 300), ("🇺🇦" * 100, 100), ("é" * 300, 300),
        (FAMILY * 100, 250),  # 25 bytes each: the bytes are what runs out first
        (FAMILY, 3), ("https://example.com/a/long/path", 31),
    ],
)  # fmt: skip
def test_bluesky_counts_clusters_or_bytes(text: str, length: int) -> None:
    assert measure(text, Counting.BLUESKY) == length


def test_c05_bluesky_within_the_limit_is_within_both() -> None:
    for piece in ("a", "字", "🇺🇦", FAMILY, "e\u0301\u0302\u0303\u0304"):
        for count in range(60, 320):
            text = piece * count
            within = count <= 300 and len(text.encode()) <= 3000
            assert (measure(text, Counting.BLUESKY) <= 300) == within


def test_cuts_for_mastodon_keep_links_and_handles_whole() -> None:
    text = "Harbour reopens says @ann@mast.example at https://example.com/2026/11/harbour-reopens today"
    assert measure(text, Counting.MASTODON) == 58
    assert cut(text, limit=57, counting=Counting.MASTODON).endswith("harbour-reopens…")
    assert cut(text, limit=40, counting=Counting.MASTODON) == "Harbour reopens says @ann@mast.example at…"
    assert cut(text, limit=25, counting=Counting.MASTODON) == "Harbour reopens says…"
    assert cut(FAMILY * 9, limit=5, counting=Counting.MASTODON) == FAMILY * 4 + "…"


def test_cuts_for_bluesky_keep_to_the_bytes() -> None:
    text = " ".join([FAMILY] * 200)
    result = cut(text, limit=300, counting=Counting.BLUESKY)
    assert 2970 <= len(result.encode()) <= 3000
    assert result.endswith(FAMILY + "…")
    assert len(cut("字" * 400, limit=300, counting=Counting.BLUESKY)) == 300

"""Text from outside can hide nothing, mention nobody and turn nothing around."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.core.text import cashtags_in, clean, hashtags_in, mentions_in, neutral, urls_in

WJ = "\u2060"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("Evil\u202etxt.exe", "Eviltxt.exe"),
        ("\u2066isolated\u2069 \u202aembedded\u202c", "isolated embedded"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("nul\x00 esc\x1b[31m c1\x9b", "nul esc[31m c1"),
        ("line\u2028para\u2029next\x85end\r\nlast", "line\npara\nnext\nend\nlast"),
        ("tags\U000e0041\U000e0042 lone\ud800 end", "tags lone end"),
        ("a\u200db a\ufe0f b\ufe0e", "ab a b"),
        ("Auf\u200clage", "Auflage"),
        ("two  blanks\tand tab", "two blanks and tab"),
        ("mark\u200e only in Latin", "mark only in Latin"),
        ("e\u0301", "é"),
    ],
)
def test_cleaned(given: str, wanted: str) -> None:
    assert clean(given) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧‍👦 ❤️ ❤️‍🔥 ✌🏿 1️⃣ 🏳️‍🌈 🏴‍☠️",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿 Six Nations",
        "می‌خواهم بدانم",
        "ශ්‍රී ලංකා",
        "क्‍ष न्‍",
        "葛\U000e0100飾区",
        "עברית \u200fעם סימן",
        "अंतर्राष्ट्रीय",
        "Straße, naïve café, Ελλάδα, Україна",
        "السعودية",
        "ประเทศไทย",
        "한국어",
    ],
)
def test_what_a_script_needs_is_kept(text: str) -> None:
    assert clean(text) == text


def test_zalgo_is_tamed() -> None:
    cleaned = clean("h" + "\u0335\u0301\u0320\u0345" * 50 + "i")
    assert max(len(marks) for marks in regex.findall(r"\p{M}+", cleaned)) <= 4


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("@everyone look", f"@{WJ}everyone look"),
        ("＠full ＃wide", f"＠{WJ}full ＃{WJ}wide"),
        ("RT@user and rt @user", f"RT@{WJ}user and rt @{WJ}user"),
        ("の@usernameに", f"の@{WJ}usernameに"),
        ("mail a@example.com", "mail a@example.com"),
        ("an #ad, C# and the #16 bus", f"an #{WJ}ad, C# and the #16 bus"),
        ("#\U00018d80 of a newer Unicode", f"#{WJ}\U00018d80 of a newer Unicode"),
        ("#1a #日本", f"#{WJ}1a #{WJ}日本"),
        ("$TSLA up, $AAPL down", f"$TSLA up, ${WJ}AAPL down"),
        ("costs $300", "costs $300"),
        ("https://medium.com/@joe/x#frag stays", "https://medium.com/@joe/x#frag stays"),
        ("@@double", f"@{WJ}@{WJ}double"),
    ],
)
def test_defused(given: str, wanted: str) -> None:
    assert neutral(given) == wanted


def test_cashtags_up_to_what_the_platform_takes() -> None:
    assert neutral("$AA $BB", max_cashtags=0) == f"${WJ}AA ${WJ}BB"
    assert neutral("$AA $BB", max_cashtags=None) == "$AA $BB"


hostile = st.text(
    alphabet=st.sampled_from("@＠#＃$aA1é日ا\u200d\u200c\u202e\ufe0f👨🏿🇺 .\n_/:-!&") | st.characters(), max_size=60
)


@settings(max_examples=1000, deadline=None)
@given(hostile)
def test_nothing_of_the_source_mentions_or_tags(text: str) -> None:
    safe = neutral(text)
    assert mentions_in(safe) == []
    assert hashtags_in(safe) == []
    assert len(cashtags_in(safe)) <= 1
    safe.encode("utf-8")
    assert not regex.search(r"[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x00-\x09\x0b-\x1f]", safe)


@settings(max_examples=500, deadline=None)
@given(hostile)
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert neutral(neutral(text)) == neutral(text)


def test_links_survive() -> None:
    text = "See https://example.com/@a?x=#y, example.org/#z"
    assert [text[start:end] for start, end in urls_in(text)] == ["https://example.com/@a?x=#y", "example.org/#z"]
    assert neutral(text) == text

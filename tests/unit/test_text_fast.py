"""Each fast way through a text ends where the slow one ends."""

import re
import sys
import unicodedata
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.core import boilerplate, teaser_text, text_clean, text_weight
from syndicator.core.text_clean import clean

EVERY = [chr(number) for number in range(sys.maxunicode + 1)]
SECONDS = {
    chr(int(parts[1], 16))
    for parts in (unicodedata.decomposition(sign).split() for sign in EVERY)
    if len(parts) == 2 and not parts[0].startswith("<")
}
"""Signs that Unicode joins with the one before them."""
ORDINARY = [sign for sign in EVERY if text_clean._ORDINARY.match(sign)]
JOINING = "\u200c\u200d\ufe0e\ufe0f\ufe00\u180b\U000e0067\U000e007f\U000e0100\u200e\u061c\u0301\u0345\u094d🏴👨☺क ا漢"
words = st.text(alphabet=st.sampled_from(JOINING) | st.sampled_from(ORDINARY) | st.characters(), max_size=20)


def slow(text: str) -> str:
    """Clean a text without the fast ways."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_clean, "_ORDINARY", re.compile(r"(?!)"))
        patched.setattr(text_clean, "_JOINERS", re.compile(""))
        return clean(text)


def test_an_ordinary_sign_is_left_alone_and_joins_with_none() -> None:
    assert len(ORDINARY) > 40_000
    assert slow("".join(ORDINARY)) == "".join(ORDINARY)
    assert [sign for sign in ORDINARY if slow(f"a{sign}") != f"a{sign}"] == []
    assert [
        sign for sign in ORDINARY if sign in SECONDS or unicodedata.combining(sign) or regex.match(r"\p{M}", sign)
    ] == []


@settings(max_examples=1500, deadline=None)
@given(text=words)
def test_cleaned_as_on_the_slow_way(text: str) -> None:
    assert clean(text) == slow(text)


def test_every_emoji_has_one_of_the_signs_that_are_looked_for() -> None:
    begin = regex.compile(r"\p{Extended_Pictographic}|\p{RI}|\u20e3")
    assert [sign for sign in EVERY if begin.match(sign) and not text_weight._PICTURES.match(sign)] == []


@settings(max_examples=1500, deadline=None)
@given(st.text(alphabet=st.sampled_from("日本ひカ한글a1#@/:.-_ 　com東京") | st.characters(), max_size=16))
def test_a_plain_word_is_what_is_left_without_links_and_tags(text: str) -> None:
    if teaser_text._PLAIN_WORD.search(text):
        assert teaser_text._says_something(text)


@pytest.mark.parametrize(
    "end", ["", " […]", " [...]", " [&hellip;]", " (…)", " (...)", " …", " ...", "!…", ".…", ". ..."]
)
@pytest.mark.parametrize("text", ["The ferries run", "The ferries run.", "A [note] stays", "More (or less)"])
def test_a_cut_off_end_is_seen_whatever_it_looks_like(text: str, end: str) -> None:
    assert bool(boilerplate._TRUNCATED.search(text + end)) is (text + end).endswith(boilerplate._CUT_OFF)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*"ab.!? \n([])…", "...", "&hellip;"]), max_size=12))
def test_a_cut_off_end_is_never_overlooked(pieces: list[str]) -> None:
    text = "".join(pieces)
    if boilerplate._TRUNCATED.search(text):
        assert text.endswith(boilerplate._CUT_OFF)


@pytest.mark.parametrize(("signs", "pattern"), [(signs, pattern) for signs, pattern, _ in boilerplate._WRITTEN])
def test_what_a_writing_system_left_is_looked_for_where_its_signs_are(signs: tuple[str, ...], pattern: Any) -> None:
    samples = (
        "a ( https://a.example/b ) c", "[word](https://a.example/)", "[word](/b)", "[word](#c)", "a **b** c",
        "a __b__ c", 'a <a href="x">b</a>', "a </A >b", "a&NBSP;b", "a b\ufffd c",
    )  # fmt: skip
    fitting = [sample for sample in samples if pattern.search(sample)]
    assert fitting
    assert all(any(sign in sample for sign in signs) for sample in fitting)

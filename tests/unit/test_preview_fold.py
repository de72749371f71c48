"""Where long texts are folded: at a word, never in a link or a sign, and nothing of the text is lost."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.cli.preview_fold import FACEBOOK_DESKTOP, FACEBOOK_PHONE, Fold, place, stretches
from syndicator.cli.preview_text import segments

LONG = " ".join(f"word{number}" for number in range(200))
LINK = "https://news.example/2026/11/harbour/?utm_source=facebook&utm_content=abcdefghijklm"


def shown(text: str, platform: str = "facebook", link: str = "") -> dict[str, str]:
    """Give the stretches of a text by what hides them."""
    found = stretches(text, link, platform)
    return {each.hidden: "".join(piece.text for piece in each.segments) for each in found}


def test_facebook_folds_early_on_a_phone_and_later_on_a_desktop() -> None:
    found = shown(LONG)
    assert list(found) == ["", "phone", "always"]
    assert 100 <= len(found[""]) <= 126
    assert 440 <= len(found[""] + found["phone"]) <= 480
    assert "".join(found.values()) == LONG


@pytest.mark.parametrize("text", ["", "Short.", "Two\n\nparagraphs.", "x" * 126])
def test_what_fits_is_not_folded(text: str) -> None:
    assert shown(text) == {"": text}


def test_what_fits_a_desktop_is_folded_on_a_phone_only() -> None:
    assert list(shown(LONG[:300])) == ["", "phone"]


def test_lines_count_and_not_only_letters() -> None:
    found = shown("a\nb\nc\nd\ne\nf\ng")
    assert found == {"": "a\nb\nc", "phone": "\nd\ne\nf", "always": "\ng"}


def test_a_text_is_folded_behind_a_word() -> None:
    for kind in (FACEBOOK_PHONE, FACEBOOK_DESKTOP):
        at = place(segments(LONG), kind)
        assert at is not None
        assert LONG[at] == " "
        assert LONG[at - 1].isdigit()


def test_chinese_is_folded_where_its_lines_are_full() -> None:
    text = "暴风雨过后，港口重新开放。\n\n" + "渡轮恢复运行" * 20
    at = place(segments(text), FACEBOOK_PHONE)
    assert at is not None
    assert text[:at].count("\n") == 2
    assert len(text[:at].rpartition("\n")[2]) == 21


def test_a_link_is_not_cut_and_counts_as_it_is_printed() -> None:
    text = f"{'word ' * 22}{LINK} and more, and still more of it"
    at = place(segments(text, LINK), FACEBOOK_PHONE)
    assert at == text.index(LINK) - 1
    assert shown(f"{'word ' * 8}{LINK}", link=LINK) == {"": f"{'word ' * 8}{LINK}"}


def test_a_link_that_is_longer_than_all_there_is_room_for_is_shown() -> None:
    assert place(segments(LINK, LINK), Fold(lines=1, columns=10)) is None


def test_x_shows_the_first_280_of_a_long_post_everywhere() -> None:
    found = shown(LONG, "twitter")
    assert list(found) == ["", "always"]
    assert 260 <= len(found[""]) <= 280
    assert "".join(found.values()) == LONG
    assert shown("渡" * 140, "twitter") == {"": "渡" * 140}
    assert list(shown("渡" * 141, "twitter")) == ["", "always"]


@pytest.mark.parametrize("platform", ["youtube", "mastodon"])
def test_where_nothing_is_known_nothing_is_folded(platform: str) -> None:
    assert shown(LONG, platform) == {"": LONG}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["word ", "\n", "渡轮", "👩‍👩‍👧", "e\u0301", "ไทย", "مرفأ ", "#tag ", "https://a.example/x?y=1 ", "🇧🇪"]
        ),
        max_size=120,
    ),
    st.sampled_from(["facebook", "twitter", "youtube"]),
)
def test_no_text_loses_anything_and_no_sign_is_torn(pieces: list[str], platform: str) -> None:
    text = "".join(pieces)
    found = stretches(text, "", platform)
    assert "".join(piece.text for each in found for piece in each.segments) == text
    edges = {match.end() for match in regex.finditer(r"\X", text)}
    at = 0
    for each in found[:-1]:
        at += sum(len(piece.text) for piece in each.segments)
        assert at in edges
        assert 0 < at < len(text)


def test_a_very_long_text_costs_no_more_than_a_long_one() -> None:
    assert place(segments("word " * 12_000), FACEBOOK_DESKTOP) is not None


@pytest.mark.parametrize("sign", ["👩‍👩‍👧", "🇧🇪", "e\u0301", "ก็", "각"])
def test_no_sign_is_torn_where_a_line_is_full(sign: str) -> None:
    for kind in (Fold(lines=1, columns=number) for number in range(5, 12)):
        at = place(segments(sign * 60), kind)
        assert at is not None
        assert at % len(sign) == 0

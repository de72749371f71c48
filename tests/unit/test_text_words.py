"""Sentences and hashtags in the languages of a European newsroom and beyond."""

import pytest

from syndicator.core.text_hashtags import hashtags
from syndicator.core.text_sentences import sentences


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        (
            "Dr. Smith met Mr. Jones in the U.S. on Monday. They talked.",
            "en",
            "Dr. Smith met Mr. Jones in the U.S. on Monday.",
        ),
        ("He won no. Votes were lost.", "en", "He won no."),
        ("At No. 10 nobody spoke. Silence.", "en", "At No. 10 nobody spoke."),
        ("“Stop!” he said. She left.", "en", "“Stop!” he said."),
        ("Prices rose 3.5 per cent. Then fell.", "en", "Prices rose 3.5 per cent."),
        ("What next?! Nobody knows.", "en", "What next?!"),
        ("J. R. R. Tolkien wrote. Yes.", "en", "J. R. R. Tolkien wrote."),
        ("Am 3. Mai trafen sich z. B. die Minister. Schluss.", "de", "Am 3. Mai trafen sich z. B. die Minister."),
        ("M. Macron a dit « non ». Il part.", "fr", "M. Macron a dit « non »."),
        ("Τι αλλάζει; Όλα.", "el", "Τι αλλάζει;"),
        ("«Ми не підемо», — сказав р. Іван. Далі.", "uk", "«Ми не підемо», — сказав р. Іван."),
        ("これは最初の文です。次の文。", "ja", "これは最初の文です。"),
        ("他说：“不行。”然后离开。", "zh", "他说：“不行。”"),
        ("यह पहला है। दूसरा है।", "hi", "यह पहला है।"),
        ("هل هذا صحيح؟ نعم.", "ar", "هل هذا صحيح؟"),
        ("No end here", None, "No end here"),
        ("One.\nTwo.", None, "One."),
        ("", None, ""),
    ],
)
def test_first_sentence(text: str, language: str | None, first: str) -> None:
    assert sentences(text, 1, language=language) == first


def test_more_sentences_and_none() -> None:
    assert sentences("One.\n\nTwo.  Three.", 2) == "One. Two."
    assert sentences("One. Two.", 9) == "One. Two."
    assert sentences("One.", 0) == ""


def test_hashtags_read_well() -> None:
    tags = ["eu elections", "NATO", "News", "2024", "EU-elections", "People's Party", "Covid-19", "a", "C++"]
    assert hashtags(tags, 9) == ("#EuElections", "#NATO", "#PeoplesParty", "#Covid19")
    assert str(hashtags(tags, 2)) == "#EuElections #NATO"
    assert hashtags(tags, 0) == ()
    assert hashtags(["word " * 20], 2) == ()


def test_hashtags_in_scripts_without_capitals() -> None:
    tags = ["日本 経済", "انتخابات أوروبا", "चुनाव आयोग", "#Ukraine", "київ сьогодні"]
    wanted = ("#日本経済", "#انتخابات_أوروبا", "#चुनाव_आयोग", "#Ukraine", "#КиївСьогодні")
    assert hashtags(tags, 9) == wanted


def test_hashtag_styles_and_skipping() -> None:
    assert hashtags(["EU Elections"], style="lower") == ("#euelections",)
    assert hashtags(["EU Elections"], style="snake") == ("#EU_Elections",)
    assert hashtags(["EU Elections", "Kyiv"], skip=["eu elections"]) == ("#Kyiv",)

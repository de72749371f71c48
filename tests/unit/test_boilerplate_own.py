"""What only one source prints: phrases and expressions of its own, checked when read, stopped when slow."""

import time
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest

from syndicator import platforms
from syndicator.core.boilerplate import clean_lead
from syndicator.core.boilerplate_own import Own, Unusable, check, own_of
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_context import ArticleView
from syndicator.model import HouseStyle
from tests.unit.settings_files import SOUND, complaints, read
from tests.values import article, channel

LEAD = "The ferries run again."
FEED = 'url = "https://today.example/feed/"'


@pytest.mark.parametrize(
    "text",
    [
        f"{LEAD}\nRead our liveblog", f"{LEAD}\nREAD OUR  LIVEBLOG »",
        f"{LEAD}\nRead our liveblog: the storm hour by hour",
        f"{LEAD} Read our liveblog.", f"Read our liveblog\n{LEAD}", f"{LEAD}\nFoto: Ann, who was there in 2026",
        f"{LEAD}\nOur reporter was a guest of Ambel Ferries.", f"{LEAD} Our reporter was a guest of Ambel Ferries.",
    ],
)  # fmt: skip
def test_what_a_source_names_goes(text: str) -> None:
    own = Own(["Read our liveblog", r"re:^Foto: .*\d{4}$", "re:our reporter was a guest of .*"])
    assert clean_lead(text, own=own) == LEAD
    assert clean_lead(text) != LEAD or "Foto" in text


@pytest.mark.parametrize(
    "text",
    [
        "Read our liveblog to the end and you will know.",
        "He said: read our liveblog and our reporter was a guest of nobody.",
        f"Our reporter was a guest of Ambel Ferries.\nNo, he was not.\n{LEAD}",
    ],
)  # fmt: skip
def test_a_sentence_that_only_begins_so_stays(text: str) -> None:
    own = Own(["Read our liveblog", "re:Our reporter was a guest of nobody"])
    assert clean_lead(text, own=own) == text


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("", "empty"), ("  ", "empty"), ("x" * 201, "longer than 200"), ("re:(", "regular expression"), ("re:[z-a]",
         "regular"),
        ("re:", "empty text"), ("re:.*", "empty text"), ("re:.+", "every sentence"), (r"re:(a|a)*\d", "too long"),
    ],
)  # fmt: skip
def test_a_phrase_that_cannot_be_used_says_why(phrase: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        check(phrase)


def test_an_expression_that_is_slow_on_a_line_is_stopped_there() -> None:
    own = Own([r"re:(x|x)*\d"])
    began = time.process_time()
    assert clean_lead(f"{LEAD}\n{'x' * 600}", own=own) == f"{LEAD}\n{'x' * 600}"
    assert time.process_time() - began < 2.0


def test_the_phrases_are_those_of_the_articles_own_source() -> None:
    story = article(summary=f"{LEAD}\nRead our liveblog")
    assert ArticleView(story, max_cashtags=None, boilerplate=("Read our liveblog",)).summary == LEAD
    assert ArticleView(story, max_cashtags=None).summary == f"{LEAD}\nRead our liveblog"
    assert own_of(("a",)) is own_of(("a",))


def test_a_teaser_is_made_without_what_its_source_names() -> None:
    house = HouseStyle(boilerplate={"news": ("Read our liveblog",)})
    loader = jinja2.DictLoader({"youtube.j2": "{{ article.summary }}"})
    request = TeaserRequest(
        article=article(summary=f"{LEAD}\nRead our liveblog"),
        channel=channel("yt", "youtube"),
        capabilities=platforms.load("youtube").capabilities(channel("yt", "youtube")),
        template="youtube.j2",
        link="",
    )
    assert Templates(loader, house).render(request).text == LEAD
    other = replace(request, article=replace(request.article, source="agency"))
    assert Templates(loader, house).render(other).text == f"{LEAD}\nRead our liveblog"


def test_settings_carry_them_to_the_house_style(tmp_path: Path) -> None:
    told = """boilerplate = ["Read our liveblog", 're:^Photo: .*$']"""
    settings = read(tmp_path, SOUND.replace(FEED, f"{FEED}\n{told}"))
    assert settings.source("news").boilerplate == ("Read our liveblog", "re:^Photo: .*$")
    assert dict(settings.house.boilerplate) == {"news": ("Read our liveblog", "re:^Photo: .*$")}
    assert read(tmp_path, SOUND).house.boilerplate == {}


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ("boilerplate = [\"re:(\"]", "regular expression"), ("boilerplate = [\"\"]", "is empty"),
         ("boilerplate = [3]", "phrase in quotes"),
        ("boilerplate = \"Read our liveblog\"", "list"), ("boilerplate = ['re:.*']", "empty text"),
    ],
)  # fmt: skip
def test_settings_say_what_is_wrong_with_one(tmp_path: Path, told: str, complaint: str) -> None:
    found = complaints(tmp_path, SOUND.replace(FEED, f"{FEED}\n{told}"))
    assert any("boilerplate" in str(each) and complaint in str(each) for each in found), found

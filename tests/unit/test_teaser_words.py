"""What editors say in templates and settings: tags, alternative text, follow-ups, campaign words, the allow-list."""

from typing import Any

import jinja2
import pytest

from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.text import cashtags_in, hashtags_in, mentions_in
from syndicator.errors import ComposeError, TemplateError
from syndicator.model import HouseStyle, Media, Teaser
from tests import values
from tests.unit.test_teaser import LINK, capabilities

PICTURE = Media(sha256="0" * 64, mime="image/jpeg", width=10, height=10, size=9, alt="from the feed")


def render(source: str, *, house: HouseStyle | None = None, **changes: Any) -> Teaser:
    limits = {key: changes.pop(key) for key in ("text_limit", "parts_most", "part_limit", "link_in_text", "alt_limit")
              if key in changes}  # fmt: skip
    on = changes.pop("on", {})
    request = TeaserRequest(
        article=values.article(**changes),
        channel=values.channel(**on),
        capabilities=capabilities(**({"parts_most": 24} | limits)),
        template="t.j2",
        link=LINK,
        media=(PICTURE,),
    )
    return Templates(jinja2.DictLoader({"t.j2": source}), house).render(request)


# --- hashtags -------------------------------------------------------------------------------------------------------


def test_the_house_names_hashtags_and_stops_others() -> None:
    house = HouseStyle(hashtags={"European Union": "EU", "news": "Newsroom"}, stop=("Weather",))
    tags = ("european union", "Weather", "News", "Harbour")
    text = render("{{ article.title }} {{ article.tags | hashtags(9) }} {{ link }}", house=house, tags=tags).text
    assert [text[start:end] for start, end in hashtags_in(text)] == ["#EU", "#Newsroom", "#Harbour"]


def test_a_channel_has_a_style_and_a_maximum_of_its_own() -> None:
    source = "{{ article.title }} {{ article.tags | hashtags(3) }} {{ link }}"
    tags = ("border budget", "eu vote", "harbour")
    assert "#BorderBudget #EuVote #Harbour" in render(source, tags=tags).text
    quiet = render(source, tags=tags, on={"hashtags_most": 1, "hashtags_style": "snake"}).text
    assert "#border_budget https" in quiet
    assert "#" not in render(source, tags=tags, on={"hashtags_most": 0}).text
    said = "{{ article.title }} {{ article.tags | hashtags(1, style='lower') }} {{ link }}"
    assert "#borderbudget " in render(said, tags=tags, on={"hashtags_style": "snake"}).text


# --- emoji and campaign words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("🎉 Harbour reopens 🎉", "Harbour reopens"),
        ("Family 👨‍👩‍👧‍👦 day", "Family day"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 and 🇺🇦 win", "and win"),
        ("Love ❤️‍🔥 and ❤️ and ☺️", "Love and and"),
        ("1️⃣ First 👍🏽", "First"),
        ("Price ™ © → ↑ 5 * # 3", "Price ™ © → ↑ 5 * # 3"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("欧盟 一 ♥ text", "欧盟 一 ♥ text"),
    ],
)
def test_no_emoji_leaves_words_and_signs(text: str, left: str) -> None:
    assert render("{{ article.title | no_emoji | fit }} words {{ link }}", title=text).text.startswith(f"{left} words")
    assert "words" in render("{% filter no_emoji %}🎉 {{ article.title }} words{% endfilter %} {{ link }}").text


def test_utm_changes_the_link_wherever_it_is_shown_and_never_the_marker() -> None:
    source = "{% set link = utm(campaign='desk & co', medium='push') %}{{ article.title }} {{ link }}"
    teaser = render(source)
    assert "utm_campaign=desk%20%26%20co" in teaser.link
    assert "utm_medium=push" in teaser.link
    assert "utm_source=x" in teaser.link
    assert teaser.link.endswith("utm_content=abcdefghij234")
    assert teaser.text.endswith(teaser.link)
    beside = render("{{ article.title }}{% set link = utm(source='page') %}", link_in_text=False)
    assert "utm_source=page" in beside.link
    assert "utm_source" not in beside.text


@pytest.mark.parametrize("words", ["content='x'", "utm_content='x'", "**{'a b': 'c'}"])
def test_utm_refuses_the_marker_and_strange_names(words: str) -> None:
    with pytest.raises(TemplateError, match=r"t\.j2:1"):
        render(f"{{{{ article.title }}}} {{{{ utm({words}) }}}}")


# --- the allow-list (C02) -------------------------------------------------------------------------------------------


def test_c02_what_is_allowed_stays_alive_and_nothing_else() -> None:
    title = "@EU_today and @eu_todaynow, #EU and #EUx, $TSLA and $AAPL"
    house = HouseStyle(allow=("@EU_today", "#EU", "$TSLA"))
    text = render("{{ article.title }} {{ link }}", house=house, title=title).text
    assert [text[start:end] for start, end in mentions_in(text)] == ["@EU_today"]
    assert [text[start:end] for start, end in hashtags_in(text)] == ["#EU"]
    assert [text[start:end] for start, end in cashtags_in(text)] == ["$TSLA"]
    bare = render("{{ article.title }} {{ link }}", title=title).text
    assert (mentions_in(bare), hashtags_in(bare), cashtags_in(bare)) == ([], [], [])


def test_c02_the_platforms_own_maximum_holds_for_what_is_allowed() -> None:
    house = HouseStyle(allow=("$TSLA", "$AAPL"))
    text = render("{{ article.title }} {{ link }}", house=house, title="$TSLA and $AAPL move").text
    assert len(cashtags_in(text)) == 1


# --- alternative text -----------------------------------------------------------------------------------------------


def test_a_template_gives_the_alternative_text() -> None:
    teaser = render("{{ article.title }} {{ link }}{% alt %}  A ferry,\n {{ article.source | fit }} {% endalt %}")
    assert [media.alt for media in teaser.media] == ["A ferry, news"]
    assert "ferry" not in teaser.text
    assert render("{{ article.title }}{% alt %} {% endalt %}").media == (PICTURE,)
    assert render("{{ article.title }}").media == (PICTURE,)


def test_an_alternative_text_fits_the_platform() -> None:
    (media,) = render("{{ article.title }}{% alt %}{{ article.summary }}{% endalt %}", alt_limit=20).media
    assert len(media.alt) <= 20
    assert media.alt.endswith("…")


# --- follow-ups -----------------------------------------------------------------------------------------------------

THREAD = "{{ article.title | fit }}\n{{ link }}{% part %}{{ article.summary | fit }}{% part %}More: {{ link }}"


def test_part_begins_a_follow_up_that_fits_by_itself() -> None:
    teaser = render(THREAD, title="t " * 300, summary="word " * 200)
    first, second = teaser.parts
    assert teaser.length <= 280
    assert (first.length <= 280, first.limit, first.text.endswith("…")) == (True, 280, True)
    assert second.text == f"More: {LINK}"
    assert (first.link, second.link) == ("", LINK)
    assert "follow-up 1: the summary was shortened to fit" in teaser.warnings
    assert teaser.text.endswith(LINK)


def test_a_blank_follow_up_is_none() -> None:
    assert [part.text for part in render(THREAD, summary="").parts] == [f"More: {LINK}"]


def test_a_follow_up_has_a_limit_of_its_own() -> None:
    teaser = render(THREAD, summary="word " * 200, part_limit=100)
    assert [part.limit for part in teaser.parts] == [100, 100]
    assert teaser.parts[0].length <= 100


@pytest.mark.parametrize("most", [0, 1])
def test_more_follow_ups_than_the_platform_takes_are_left_out_and_told(most: int) -> None:
    teaser = render(THREAD, parts_most=most)
    assert len(teaser.parts) == most
    assert any("2 follow-ups" in warning for warning in teaser.warnings)


def test_a_link_in_a_follow_up_is_not_added_to_the_post_unless_the_platform_drops_the_follow_up() -> None:
    source = "{{ article.title }}{% part %}Read: {{ link }}"
    teaser = render(source)
    assert (teaser.text, teaser.link) == ("Harbour reopens after the storm", "")
    beside = render(source, link_in_text=False)
    assert (beside.text, beside.link) == ("Harbour reopens after the storm", "")
    alone = render(source, parts_most=0)
    assert alone.text.endswith(LINK)
    assert alone.link == LINK


def test_a_follow_up_that_cannot_fit_is_an_error_that_names_it() -> None:
    with pytest.raises(ComposeError, match=r"follow-up 1: .*too long"):
        render("{{ article.title }} {{ link }}{% part %}{{ article.summary }}", summary="word " * 200)


def test_parts_may_be_made_in_a_loop_and_only_there_where_it_is_said() -> None:
    source = "{{ article.title }}{% for tag in article.tags %}{% part %}{{ loop.index }}. {{ tag }}{% endfor %}"
    assert [part.text for part in render(source).parts] == ["1. Harbour", "2. Weather"]


def test_data_cannot_begin_a_follow_up() -> None:
    teaser = render("{{ article.title }} {{ link }}", title="one\x1dtwo {% part %} \x02three\x03")
    assert teaser.parts == ()
    assert "{% part %}" in teaser.text
    assert teaser.media == (PICTURE,)

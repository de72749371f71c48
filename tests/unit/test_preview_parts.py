"""Follow-ups, link cards and the switches of the preview page."""

from dataclasses import replace
from typing import Any

import pytest

from syndicator.cli.preview_page import View, render
from syndicator.model import Article, Picture
from tests import values
from tests.unit import preview_drafts as drafts
from tests.unit.preview_reading import css, one, page_of, post, words

ATTACHED = [replace(channel, image="attach") for channel in drafts.CHANNELS]


def thread_of(page: Any) -> list[str]:
    return [words(text) for text in css(post(page, "twitter"), "p.text")]


# --- threads and first comments ---


def test_a_thread_stands_in_order_and_is_the_text_of_its_requests() -> None:
    preview = drafts.threaded(values.article())
    draft, page = preview.drafts["x"], page_of(preview)
    requests = [draft.composed.request, *(each.request for each in draft.follow_ups)]
    assert len(requests) == 3
    assert thread_of(page) == [request["text"] for request in requests]
    assert len(css(post(page, "twitter"), ".item .side .avatar")) == 3
    figure = one(page.xpath("//figure[.//article[contains(@class, 'twitter')]]"))
    gauges = [" ".join(gauge.text_content().split()) for gauge in css(figure, ".gauge")]
    assert gauges[1].startswith("post 2 of 3 ")
    assert gauges[1].endswith(f"{draft.follow_ups[0].teaser.length} / 280 $0.015")
    assert "3 posts and 3 follow-ups" in one(css(page, "header.top")).text_content()


def test_what_all_costs_is_the_sum_of_posts_and_follow_ups() -> None:
    preview = drafts.threaded(values.article(), channels=[drafts.X])
    costs = [preview.drafts["x"].composed.cost, *(each.cost for each in preview.drafts["x"].follow_ups)]
    assert f"${sum(costs)} if all are sent" in one(css(page_of(preview), "header.top")).text_content()


def test_the_first_comment_stands_under_the_post() -> None:
    preview = drafts.threaded(values.article())
    draft, page = preview.drafts["page"], page_of(preview)
    comment = one(css(post(page, "facebook"), "section.comment"))
    (following,) = draft.follow_ups
    assert words(one(css(comment, "p.text"))) == following.request["fields"]["message"]
    assert following.teaser.link in following.request["fields"]["message"]
    assert "link" not in draft.composed.request["fields"]
    cards = css(post(page, "facebook"), ".card")
    assert [card.getparent().get("class") for card in cards] == ["said"]  # the card stands where the link is


def test_each_post_of_a_thread_with_a_link_has_its_card() -> None:
    page = page_of(drafts.threaded(values.article(), channels=ATTACHED))
    items = css(post(page, "twitter"), ".item")
    assert [(len(css(item, ".pictures")), len(css(item, ".card"))) for item in items] == [(1, 0), (0, 0), (0, 1)]


@pytest.mark.parametrize("kind", drafts.TITLES)
def test_follow_ups_are_escaped_and_choose_their_direction(kind: str) -> None:
    page = page_of(drafts.threaded(drafts.titled(kind)))
    assert css(page, "script") == []
    texts = css(page, "p.text")
    assert len(texts) == 6
    assert {text.get("dir") for text in texts} == {"auto"}


# --- folds ---


def test_a_long_text_is_folded_with_the_rest_at_hand() -> None:
    own = "A long text of an editor. " * 30
    preview = drafts.previews(values.article(), channels=[drafts.PAGE], text=own)[0]
    shown = post(page_of(preview), "facebook")
    labels = css(shown, "label.more")
    assert [label.get("class") for label in labels] == ["more phone", "more always"]
    assert [label.text_content() for label in labels] == ["… See more"] * 2
    assert all(one(label.xpath(".//input")).get("type") == "checkbox" for label in labels)
    assert words(one(css(shown, "p.text"))) == preview.drafts["page"].composed.request["fields"]["message"]


# --- link cards ---


def test_cards_are_what_the_page_says_and_not_the_source() -> None:
    asked: list[str] = []

    def page_of_article(article: Article) -> Article:
        asked.append(article.url)
        picture = Picture(url="https://news.example/og.jpg", alt="As the page has it")
        return replace(article, title="Title of the page | News", summary="Said by the page", image=picture)

    pictures: list[str] = []

    def picture(article: Article) -> tuple[str, bytes] | None:
        assert article.image is not None
        pictures.append(article.image.url)
        return drafts.composer().card(article)

    page = page_of(*drafts.previews(values.article()), page_of=page_of_article, card_picture=picture)
    assert one(css(page, ".twitter .over")).text == "Title of the page | News"
    assert one(css(page, ".facebook .lines")).text == "Said by the page"
    assert one(css(page, ".twitter .art img")).get("alt") == "As the page has it"
    assert (asked, pictures) == ([values.article().url], ["https://news.example/og.jpg"])


def test_a_page_without_a_picture_has_a_card_without_one_whatever_the_source_has() -> None:
    page = page_of(*drafts.previews(values.article()), page_of=lambda article: replace(article, image=None))
    assert css(page, ".card img") == []
    assert len(css(page, ".twitter .card.small")) == 1
    assert "names no picture (og:image)" in one(css(page, ".note")).text


def test_a_page_that_cannot_be_read_is_said() -> None:
    page = page_of(*drafts.previews(values.article()), page_of=lambda _: None)
    assert "could not be read" in one(css(page, ".note")).text
    assert one(css(page, ".twitter .over")).text == values.article().title


def test_nobody_is_asked_for_a_card_that_is_not_shown() -> None:
    def never(article: Article) -> Article:
        raise AssertionError(article.url)

    page_of(*drafts.previews(values.article(), channels=ATTACHED), page_of=never)
    page_of(*drafts.previews(values.article(), channels=[drafts.COMMUNITY]), page_of=never)


# --- switches ---


@pytest.mark.parametrize("scheme", ["own", "light", "dark"])
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_the_switches_are_set_as_asked(scheme: str, width: str) -> None:
    page = page_of(*drafts.previews(values.article()), view=View(scheme=scheme, width=width))
    inputs = css(page, ".switches input")
    assert [each.get("id") for each in inputs if each.get("checked") is not None] == [
        f"width-{width}",
        f"scheme-{scheme}",
    ]
    assert {each.get("type") for each in inputs} == {"radio"}


def test_a_watched_page_looks_again_and_tells_what_is_wrong() -> None:
    view = View(again=2, trouble=f"twitter.j2:3: {drafts.HOSTILE}")
    text = render(drafts.previews(values.article()), settings=drafts.settings(), view=view)
    assert '<meta http-equiv="refresh" content="2">' in text
    assert "<script" not in text
    assert 'http-equiv="refresh"' not in render([], settings=drafts.settings())
